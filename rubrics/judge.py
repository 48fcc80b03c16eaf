"""Judging: what each rule of each rubric says about one call, and why.

A rule passes or is flagged only on what is certain enough. It is `undetermined` (nobody gains or loses points,
a person listens) where

* it depends on who is speaking and that is less sure than `ROLE_CONFIDENCE`;
* something expected was not found, but the party's speech where it was looked for holds
  `UNINTELLIGIBLE_S` without words, or words that average less than `WINDOW_PROBABILITY`;
* something forbidden was found, but its words average less than `HIT_PROBABILITY`;
* a measure it needs could not be taken, or only with low confidence where it would be flagged.

It is `not_applicable` where its condition does not hold, where there was no occasion for it, or where it
has no phrases for the call's language. Left out: what a phrase means in its sentence; scorecards (`score` is the plain
share of points).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from analyzers.analyze import ROLE_CONFIDENCE
from analyzers.conversation import CUT_OFF, Conversation, Metadata, Party, Span
from analyzers.measure import Evidence, Measure
from rubrics.faults import ATTRIBUTE
from rubrics.finding import Finding, Text, Verdict
from rubrics.phrases import Heard, Hit, Phrase, find, hear
from rubrics.schema import Anchor, Condition, MetadataIs, Rubric, Rule, Said, Threshold, Where

# A forbidden phrase of four syllables met by chance is rarer than a recogniser that doubts what it heard rightly: in
# Whisper-base's telephone transcripts words of phrases really said average 0.5 and more, invented stretches under 0.25.
HIT_PROBABILITY = 0.3

# A party that was heard well averages 0.75 to 0.97 (Whisper-base, 8 synthetic telephone calls); at one half as many
# words may be wrong as right, and a phrase that is missing may be among the wrong ones.
WINDOW_PROBABILITY = 0.5

# Two syllables, the shortest greeting or apology, take about 0.4 s at ordinary speed; less speech hides none.
UNINTELLIGIBLE_S = 0.5

# How many phrases a reason lists before it says "and more".
PHRASES_LISTED = 5

_PARTY_ZH = {Party.AGENT: "坐席", Party.CUSTOMER: "客户", Party.OTHER: "第三方"}
_BOUND_ZH = {"above": "大于", "below": "小于", "at_least": "不小于", "at_most": "不大于"}


@dataclass(frozen=True, slots=True)
class _Case:
    """One call before one rubric."""

    call: Conversation
    heard: Mapping[Party, Heard]
    measures: Mapping[tuple[str, Party | None], Measure]
    rubric: Rubric

    @property
    def language(self) -> str:
        return self.call.language.casefold().partition("-")[0]

    def rule(self, rule_id: str) -> Rule:
        return next(rule for rule in self.rubric.rules if rule.id == rule_id)

    def phrases(self, rule: Rule) -> tuple[Phrase, ...]:
        return rule.phrases.of(self.language, self.rubric.phrase_sets) if rule.phrases else ()

    def hits(self, party: Party, phrases: Iterable[Phrase]) -> tuple[Hit, ...]:
        return find(self.heard[party], phrases)

    def measure(self, name: str, *parties: Party | None) -> Measure | None:
        """The measure of the first of these parties that has one, else the whole call's."""
        return next((m for party in (*parties, None) if (m := self.measures.get((name, party)))), None)


@dataclass(frozen=True, slots=True)
class _Window:
    """Seconds that were searched, and what was found in them."""

    span: Span
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class _Outcome:
    verdict: Verdict
    because: Text
    value: float | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class _Answer:
    """Whether a condition holds; None: nobody can tell."""

    holds: bool | None
    because: Text


def judge(conversation: Conversation, measures: Sequence[Measure], rubrics: Sequence[Rubric]) -> tuple[Finding, ...]:
    """One finding for every rule, in the order of the files. Pure: the same call gives the same findings."""
    heard = {party: hear(conversation.words_of(party)) for party in Party}
    named = {(measure.name, measure.party): measure for measure in measures}
    cases = (_Case(conversation, heard, named, rubric) for rubric in rubrics)
    return tuple(_finding(case, rule) for case in cases for rule in case.rubric.rules)


def score(findings: Iterable[Finding]) -> float | None:
    """Points earned, in percent of those that could be earned (0 to 100); None where nothing was decided."""
    decided = [finding for finding in findings if finding.points is not None]
    possible = sum(finding.max_points for finding in decided)
    return 100 * sum(finding.points or 0.0 for finding in decided) / possible if possible else None


def _finding(case: _Case, rule: Rule) -> Finding:
    outcome = _outcome(case, rule)
    earned = {Verdict.PASS: rule.points, Verdict.FLAG: 0.0}.get(outcome.verdict)
    return Finding(
        rule_id=rule.id,
        title=rule.title.text,
        rubric=case.rubric.rubric,
        rubric_version=case.rubric.version,
        rubric_digest=case.rubric.digest,
        verdict=outcome.verdict,
        severity=rule.severity,
        points=earned,
        max_points=rule.points,
        value=outcome.value,
        evidence=outcome.evidence,
        because=outcome.because,
    )


def _outcome(case: _Case, rule: Rule) -> _Outcome:
    if rule.phrases and not case.phrases(rule):
        language = case.call.language
        told = Text(f"no phrases for language {language!r}", f"没有语种 {language!r} 的词句")
        return _Outcome(Verdict.NOT_APPLICABLE, told)
    applies = _holds(case, rule.applies_when, rule) if rule.applies_when else None
    if applies and applies.holds is False:
        told = Text(f"does not apply: {applies.because.en}", f"不适用：{applies.because.zh}")
        return _Outcome(Verdict.NOT_APPLICABLE, told)
    outcome = _of_measure(case, rule, rule.measure) if rule.measure else _of_phrases(case, rule)
    if applies and applies.holds is None and outcome.verdict is not Verdict.NOT_APPLICABLE:
        told = Text(f"whether it applies is unknown: {applies.because.en}", f"是否适用无法判断：{applies.because.zh}")
        return replace(outcome, verdict=Verdict.UNDETERMINED, because=told)
    return _doubt_roles(case, rule, outcome)


def _doubt_roles(case: _Case, rule: Rule, outcome: _Outcome) -> _Outcome:
    sure = case.call.roles.confidence
    if sure >= ROLE_CONFIDENCE or not _depends_on_roles(rule) or outcome.verdict is Verdict.NOT_APPLICABLE:
        return outcome
    told = Text(
        f"who is the agent is only {sure:.0%} sure, {ROLE_CONFIDENCE:.0%} are needed; else: {outcome.because.en}",
        f"坐席身份的把握只有 {sure:.0%}，需要 {ROLE_CONFIDENCE:.0%}；否则：{outcome.because.zh}",
    )
    return replace(outcome, verdict=Verdict.UNDETERMINED, because=told)


def _depends_on_roles(rule: Rule) -> bool:
    thresholds = [rule.measure, *(condition.measure for condition in rule.conditions)]
    said = any(condition.said for condition in rule.conditions)
    return bool(rule.party or said or any(threshold.party for threshold in thresholds if threshold))


# Measures


def _of_measure(case: _Case, rule: Rule, wanted: Threshold) -> _Outcome:
    measure = case.measure(wanted.name, *([wanted.party] if wanted.party else []), rule.party)
    if measure is None or measure.value is None:
        return _Outcome(Verdict.UNDETERMINED, _unmeasured(wanted, measure))
    told = _compared(wanted, measure)
    evidence = measure.evidence or (Evidence(case.call.recording.span, measure.party),)
    if wanted.holds(measure.value):
        return _Outcome(Verdict.PASS, told, measure.value, evidence)
    if doubt := measure.low_confidence_because:
        told = Text(f"{told.en}, but not surely: {doubt}", f"{told.zh}，但把握不足：{doubt}")
        return _Outcome(Verdict.UNDETERMINED, told, measure.value, evidence)
    return _Outcome(Verdict.FLAG, told, measure.value, evidence)


def _unmeasured(wanted: Threshold, measure: Measure | None) -> Text:
    why = measure.missing_because if measure else "no analyzer gave it"
    return Text(f"{wanted.name} could not be measured: {why}", f"{wanted.name} 无法测量：{why}")


def _compared(wanted: Threshold, measure: Measure) -> Text:
    found = f"{wanted.name} = {measure.value:.4g} {measure.unit}".rstrip()
    en = ", ".join(f"{name.replace('_', ' ')} {bound:g}" for name, bound in wanted.bounds.items())
    zh = "，".join(f"{_BOUND_ZH[name]} {bound:g}" for name, bound in wanted.bounds.items())
    return Text(f"{found}; wanted: {en}", f"{found}；要求：{zh}")


# Phrases


def _of_phrases(case: _Case, rule: Rule) -> _Outcome:
    party = rule.party or Party.AGENT
    if not case.heard[party].words:
        told = Text(f"no words of the {party} were recognised", f"没有识别出{_PARTY_ZH[party]}的话")
        return _Outcome(Verdict.UNDETERMINED, told, None, (Evidence(case.call.recording.span, party),))
    windows = tuple(_windows(case, rule))
    if not windows:
        return _Outcome(Verdict.NOT_APPLICABLE, Text("there was no occasion for it", "通话中没有需要它的场合"))
    return _said(case, rule, windows) if rule.expect == "said" else _not_said(rule, windows)


def _said(case: _Case, rule: Rule, windows: Sequence[_Window]) -> _Outcome:
    """Every window must hold the phrases; the windows that do not are the evidence."""
    lacking = [window for window in windows if len(window.hits) < rule.min_count]
    if not lacking:
        hits = _hits_of(windows)
        return _Outcome(Verdict.PASS, _heard_text(hits), len(hits), _evidence_of(hits))
    doubts = [(window, doubt) for window in lacking if (doubt := _doubt(case, rule, window.span))]
    sure = len(doubts) < len(lacking)
    shown = [w for w in lacking if w not in [doubted for doubted, _ in doubts]] if sure else lacking
    told = _lack_text(rule, case.phrases(rule), shown)
    if not sure:
        doubt = doubts[0][1]
        told = Text(f"{told.en}; but {doubt.en}", f"{told.zh}；但{doubt.zh}")
    evidence = tuple(Evidence(window.span, rule.party) for window in shown) + _evidence_of(_hits_of(shown))
    return _Outcome(Verdict.FLAG if sure else Verdict.UNDETERMINED, told, len(_hits_of(windows)), evidence)


def _not_said(rule: Rule, windows: Sequence[_Window]) -> _Outcome:
    hits = _hits_of(windows)
    if not hits:
        told = Text("none of the phrases was heard", "没有听到这些词句")
        return _Outcome(Verdict.PASS, told, 0, tuple(Evidence(window.span, rule.party) for window in windows))
    sure = [hit for hit in hits if hit.probability >= HIT_PROBABILITY]
    told = _heard_text(sure or hits)
    if sure:
        return _Outcome(Verdict.FLAG, told, len(sure), _evidence_of(sure))
    best = max(hit.probability for hit in hits)
    told = Text(
        f"{told.en}; but the recogniser gives these words {best:.2f}, {HIT_PROBABILITY} is needed",
        f"{told.zh}；但识别置信度只有 {best:.2f}，需要 {HIT_PROBABILITY}",
    )
    return _Outcome(Verdict.UNDETERMINED, told, len(hits), _evidence_of(hits))


def _doubt(case: _Case, rule: Rule, window: Span) -> Text | None:
    """Why the phrases may have been said in this window after all."""
    lost = (speech.span.within(window) for speech in case.call.unintelligible if speech.party is rule.party)
    longest_s = max((span.duration_s for span in lost if span), default=0.0)
    if longest_s >= UNINTELLIGIBLE_S:
        return Text(f"{longest_s:.1f} s of speech there got no words", f"其中有 {longest_s:.1f} 秒语音无法识别")
    words = [word for word in case.heard[rule.party or Party.AGENT].words if word.span.middle_s in window]
    mean = sum(word.probability for word in words) / len(words) if words else 1.0
    if mean < WINDOW_PROBABILITY:
        return Text(f"the words there have a mean probability of {mean:.2f}", f"其中词语的平均置信度只有 {mean:.2f}")
    cut_off = any(limit.what == CUT_OFF for limit in case.call.limits)
    if cut_off and window.end_s >= case.call.recording.duration_s:
        return Text("the file ends before the call does", "录音文件在通话结束前中断")
    return None


def _hits_of(windows: Iterable[_Window]) -> tuple[Hit, ...]:
    """Each once, in time order: windows may overlap."""
    hits = dict.fromkeys(chain.from_iterable(window.hits for window in windows))
    return tuple(sorted(hits, key=lambda hit: hit.span))


def _evidence_of(hits: Iterable[Hit]) -> tuple[Evidence, ...]:
    return tuple(Evidence(hit.span, hit.party, hit.heard) for hit in hits)


# Where to look


def _windows(case: _Case, rule: Rule) -> Iterator[_Window]:
    """The windows of a rule with the hits whose middle lies in them."""
    party = rule.party or Party.AGENT
    hits = case.hits(party, case.phrases(rule))
    for span in _searched(case, rule.where, party):
        yield _Window(span, tuple(hit for hit in hits if hit.span.middle_s in span))


def _searched(case: _Case, where: Where | None, party: Party) -> tuple[Span, ...]:
    call = case.call.recording.span
    words, turns = case.heard[party].words, case.call.turns_of(party)
    if where is None or not words:
        return (call,)
    if where.anchor:
        return tuple(_beside(where, span, call) for span in _anchors(case, where.anchor, party))
    # Speech without words before the first or after the last word may hold what is looked for: it is searched too.
    start_s = min([words[0].span.start_s, *(turn.span.start_s for turn in turns[:1])])
    if where.first_s:
        return (Span(start_s, words[0].span.start_s + where.first_s),)
    if where.last_s:
        return (Span(max(0.0, words[-1].span.end_s - where.last_s), max(call.end_s, words[-1].span.end_s)),)
    if not turns:
        return (call,)
    few = turns[: where.first_turns] if where.first_turns else turns[-(where.last_turns or 1) :]
    return (Span(few[0].span.start_s, max(turn.span.end_s for turn in few)),)


def _beside(where: Where, anchor: Span, call: Span) -> Span:
    within_s = where.within_s or 0.0
    if where.before:
        return Span(max(0.0, anchor.start_s - within_s), max(0.0, anchor.start_s))
    return Span(anchor.end_s, max(anchor.end_s, min(call.end_s, anchor.end_s + within_s)))


def _anchors(case: _Case, anchor: Anchor, party: Party) -> tuple[Span, ...]:
    if anchor.rule:
        return tuple(hit.span for hit in _hits_of(_windows(case, case.rule(anchor.rule))))
    measure = case.measure(anchor.measure or "", party)
    spans = [evidence.span for evidence in measure.evidence] if measure else []
    lasting = [span for span in spans if span.duration_s >= anchor.lasting_s]
    return tuple(_waits(case.call, lasting, party) if (anchor.measure or "").startswith("silence.") else lasting)


def _waits(call: Conversation, silences: Iterable[Span], party: Party) -> Iterator[Span]:
    """The silences in which the party kept the other waiting, from the words before to the words after.

    Silences between which the party says nothing are one wait. None before the first or after the last word of
    the call, and none in which the other was to answer: the party spoke last before, the other first after.
    """
    mine = call.speech_of(party)
    joined: list[Span] = []
    for span in sorted(silences):
        if joined and not any(joined[-1].end_s <= speech.start_s < span.start_s for speech in mine):
            joined[-1] = Span(joined[-1].start_s, span.end_s)
        else:
            joined.append(span)
    for span in joined:
        before = max((s for s in call.speech if s.span.end_s <= span.start_s), key=lambda s: s.span.end_s, default=None)
        after = min((s for s in call.speech if s.span.start_s >= span.end_s), key=lambda s: s.span, default=None)
        if before and after and (before.party is not party or after.party is party):
            yield Span(before.span.end_s, after.span.start_s)


# Conditions


def _holds(case: _Case, condition: Condition, rule: Rule) -> _Answer:
    """All that the condition names must hold; unknown weighs more than true, less than false."""
    answers = list(_answers(case, condition, rule))
    for holds in (False, None):
        if found := [answer for answer in answers if answer.holds is holds]:
            return found[0]
    return answers[0]


def _answers(case: _Case, condition: Condition, rule: Rule) -> Iterator[_Answer]:
    if condition.said:
        yield _was_said(case, condition.said)
    if condition.measure:
        yield _measured(case, condition.measure, rule)
    if condition.rule:
        hits = _hits_of(_windows(case, case.rule(condition.rule)))
        told = _heard_text(hits) if hits else Text("nothing was heard", "没有听到")
        yield _Answer(bool(hits), Text(f"{condition.rule}: {told.en}", f"{condition.rule}：{told.zh}"))
    if condition.flagged:
        verdict = _outcome(case, case.rule(condition.flagged)).verdict
        told = Text(f"{condition.flagged} is {verdict}", f"{condition.flagged} 的结论是 {verdict}")
        yield _Answer(None if verdict is Verdict.UNDETERMINED else verdict is Verdict.FLAG, told)
    if condition.metadata:
        yield _site_says(case.call.recording.metadata, condition.metadata)
    if condition.any:
        yield _any([_holds(case, inner, rule) for inner in condition.any])


def _any(answers: Sequence[_Answer]) -> _Answer:
    for holds in (True, None):
        if found := [answer for answer in answers if answer.holds is holds]:
            return found[0]
    en, zh = (answer.because.en for answer in answers), (answer.because.zh for answer in answers)
    return _Answer(False, Text("; ".join(en), "；".join(zh)))


def _was_said(case: _Case, said: Said) -> _Answer:
    phrases = said.of(case.language, case.rubric.phrase_sets)
    hits = case.hits(said.party, phrases)
    if hits:
        return _Answer(True, _heard_text(hits))
    listed = _listed(phrases)
    who = _PARTY_ZH[said.party]
    return _Answer(False, Text(f"the {said.party} said none of: {listed}", f"{who}没有说：{listed}"))


def _measured(case: _Case, wanted: Threshold, rule: Rule) -> _Answer:
    measure = case.measure(wanted.name, *([wanted.party] if wanted.party else []), rule.party)
    if measure is None or measure.value is None:
        return _Answer(None, _unmeasured(wanted, measure))
    return _Answer(wanted.holds(measure.value), _compared(wanted, measure))


def _site_says(metadata: Metadata, wanted: MetadataIs) -> _Answer:
    attributes = dict(metadata.attributes)
    name = wanted.field.removeprefix(ATTRIBUTE)
    found = attributes.get(name) if wanted.field.startswith(ATTRIBUTE) else getattr(metadata, name)
    told = Text(f"{wanted.field} is {found}, not {wanted.equals}", f"{wanted.field} 为 {found}，不是 {wanted.equals}")
    return _Answer(str(found).casefold() == str(wanted.equals).casefold(), told)


# Reasons in words


def _heard_text(hits: Sequence[Hit]) -> Text:
    kinds = {"exact": "原文", "homophone": "同音", "fuzzy": "近似"}
    en = ", ".join(f"{hit.phrase!r} at {hit.span.start_s:.1f} s ({hit.kind})" for hit in hits[:PHRASES_LISTED])
    zh = "，".join(f"“{hit.phrase}” {hit.span.start_s:.1f} 秒（{kinds[hit.kind]}）" for hit in hits[:PHRASES_LISTED])
    more = len(hits) - PHRASES_LISTED
    return Text(
        f"heard {len(hits)}: {en}" + (f" and {more} more" if more > 0 else ""),
        f"听到 {len(hits)} 次：{zh}" + (f"，另有 {more} 次" if more > 0 else ""),
    )


def _lack_text(rule: Rule, phrases: Sequence[Phrase], windows: Sequence[_Window]) -> Text:
    first, listed, more = windows[0], _listed(phrases), len(windows) - 1
    start_s, end_s, n, wanted = first.span.start_s, first.span.end_s, len(first.hits), rule.min_count
    also_en, also_zh = (f" (and in {more} more places)", f"（另有 {more} 处）") if more else ("", "")
    return Text(
        f"said {n} of {wanted} between {start_s:.1f} and {end_s:.1f} s{also_en}; looked for: {listed}",
        f"{start_s:.1f} 至 {end_s:.1f} 秒内说了 {n} 次，要求 {wanted} 次{also_zh}；查找：{listed}",
    )


def _listed(phrases: Sequence[Phrase]) -> str:
    more = ", …" if len(phrases) > PHRASES_LISTED else ""
    return ", ".join(phrase.text for phrase in phrases[:PHRASES_LISTED]) + more
