"""Expectations: whether the rules find what the truth says they must, and flag nothing else.

The truth's `expect` names rules by their id: `greeting: true` means that it was said, `false` that it was not.
`forbidden` lists phrases that the agent said; `interruptions_by_agent`, `interruptions_by_customer` and `dead_air` are
counts. A key that no loaded rule and no count goes by is not judged.

* **said**: what was said is right where the rule passes, missed where it is flagged or not looked at: an agent flagged
  though he or she said it. What was not said is false where the rule passes.
* **undetermined**: share of those rules that a person has to decide; they count as neither right nor missed.
* **forbidden**: a planted phrase is found where a flag's evidence overlaps the place of the phrase. That is its part of
  the turn's text, taken as the same part of the turn's time, 1 s wider on each side. A flag is false where the
  same rules, reading the true words, flag nothing within 1 s and nothing was planted: what an author forgot to list,
  but the agent said, is no false flag.
* **verdicts**: share of all rules whose verdict is that which the same rules give on the truth (its words and times,
  roles known). Rules that do not apply to either, or that either leaves to a person, are not counted.
* **counts**: share of the expected counts that the measures give exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from analyzers import interruptions, silence
from analyzers.conversation import Party, Span, union
from analyzers.measure import Evidence
from analyzers.units import spoken_units
from benchmarks.evaluation.tally import NOTHING, Case, Hits, Score, Share, not_computed
from benchmarks.evaluation.tried import Tried
from benchmarks.evaluation.truth import TrueTurn
from benchmarks.evaluation.wording import NO_PARTIES, NO_WORDS
from rubrics.finding import Finding, Text, Verdict

SAID = "expectations.said"
UNDETERMINED = "expectations.undetermined"
FORBIDDEN = "expectations.forbidden"
VERDICTS = "expectations.verdicts"
COUNTS = "expectations.counts"
NAMES = (SAID, UNDETERMINED, FORBIDDEN, VERDICTS, COUNTS)

COUNTED: Mapping[str, tuple[str, Party | None]] = {
    "interruptions_by_agent": (interruptions.COUNT, Party.AGENT),
    "interruptions_by_customer": (interruptions.COUNT, Party.CUSTOMER),
    "dead_air": (silence.DEAD_AIR_COUNT, None),
}
PLACE_S = 1.0  # speech is not even: a phrase lies that far from where its share of the text puts it
NOTHING_EXPECTED = Text("the truth has no such expectation", "真值没有这样的预期")
WAS_SAID, NOT_SAID, DECIDED = Text("said", "说了"), Text("not said", "没说"), Text("a verdict", "有结论")
GRAVE, LIGHT = 2.0, 1.0  # a false flag harms an agent, a missed one only leaves something unseen
_OPEN = frozenset({Verdict.UNDETERMINED, Verdict.NOT_APPLICABLE})


def score(tried: Tried) -> tuple[Score, ...]:
    """Findings against expectations; cases: each that does not hold."""
    expect = dict(tried.truth.expect)
    forbidding = frozenset(rule.id for rubric in tried.rubrics for rule in rubric.rules if rule.expect == "not_said")
    said = [finding for finding in tried.findings if finding.rule_id not in forbidding]
    flags = [finding for finding in tried.findings if finding.rule_id in forbidding]
    return (
        *_said(tried, said, expect),
        _forbidden(tried, flags, expect.get("forbidden")),
        _verdicts(tried),
        _counts(tried, expect),
    )


def _said(tried: Tried, findings: Iterable[Finding], expect: Mapping[str, object]) -> tuple[Score, ...]:
    by_rule = {finding.rule_id: finding for finding in findings}
    asked = [(by_rule[key], wanted) for key, wanted in expect.items() if isinstance(wanted, bool) and key in by_rule]
    if not asked:
        return not_computed(NOTHING_EXPECTED, SAID, UNDETERMINED)
    left = [finding for finding, _ in asked if finding.verdict is Verdict.UNDETERMINED]
    decided = [(finding, wanted) for finding, wanted in asked if finding.verdict is not Verdict.UNDETERMINED]
    right = [finding for finding, wanted in decided if wanted and finding.verdict is Verdict.PASS]
    missed = [finding for finding, wanted in decided if wanted and finding.verdict is not Verdict.PASS]
    false = [finding for finding, wanted in decided if not wanted and finding.verdict is Verdict.PASS]
    cases = (
        *(_case(tried, finding, WAS_SAID, GRAVE) for finding in missed),
        *(_case(tried, finding, NOT_SAID, LIGHT) for finding in false),
    )
    open_cases = tuple(_case(tried, finding, DECIDED, LIGHT) for finding in left)
    return (
        Score(SAID, Hits(len(right), len(false), len(missed)), cases=cases),
        Score(UNDETERMINED, Share(len(left), len(asked)), cases=open_cases),
    )


def _case(tried: Tried, finding: Finding, expected: Text, weight: float) -> Case:
    span = finding.evidence[0].span if finding.evidence else tried.call.recording.span
    wanted = Text(f"{finding.title.en}: {expected.en}", f"{finding.title.zh}：{expected.zh}")
    return Case(span, Party.AGENT, wanted, _verdict(finding.verdict), weight)


def _verdict(verdict: Verdict) -> Text:
    zh = {Verdict.PASS: "通过", Verdict.FLAG: "问题", Verdict.UNDETERMINED: "待复核", Verdict.NOT_APPLICABLE: "不适用"}
    return Text(verdict.value.replace("_", " "), zh[verdict])


def _forbidden(tried: Tried, findings: Sequence[Finding], planted: object) -> Score:
    if not isinstance(planted, list | tuple):
        return not_computed(NOTHING_EXPECTED, FORBIDDEN)[0]
    evidence = tuple(_flagged(findings))
    rules = {finding.rule_id for finding in findings}
    true = [_wider(one.span) for one in _flagged(f for f in tried.reference_findings if f.rule_id in rules)]
    places = [(str(phrase), place) for phrase in planted for place in _places(tried, str(phrase))]
    lost = [(phrase, place) for phrase, place in places if not any(place.overlap_s(one.span) for one in evidence)]
    allowed = [*true, *(place for _, place in places)]
    false = [one for one in evidence if not any(place.overlap_s(one.span) for place in allowed)]
    cases = (
        *(Case(place, Party.AGENT, phrase, NOTHING, LIGHT) for phrase, place in lost),
        *(Case(one.span, one.party, NOTHING, one.quote, GRAVE) for one in false),
    )
    several = len(union(one.span for one in false))  # several rules on the same words are one false flag
    return Score(FORBIDDEN, Hits(len(places) - len(lost), several, len(lost)), cases=cases)


def _flagged(findings: Iterable[Finding]) -> Iterator[Evidence]:
    return (one for finding in findings if finding.verdict is Verdict.FLAG for one in finding.evidence)


def _wider(span: Span) -> Span:
    return Span(max(0.0, span.start_s - PLACE_S), span.end_s + PLACE_S)


def _places(tried: Tried, phrase: str) -> Iterator[Span]:
    """Where the agent says a phrase; the whole call where no turn's text holds it."""
    turns = [turn for turn in tried.truth.turns if turn.party is not Party.CUSTOMER]
    places = [place for turn in turns if (place := _place(turn, phrase))]
    yield from places or [tried.call.recording.span]


def _place(turn: TrueTurn, phrase: str) -> Span | None:
    text, wanted = spoken_units(turn.text or ""), spoken_units(phrase)
    starts = [i for i in range(len(text) - len(wanted) + 1) if text[i : i + len(wanted)] == wanted]
    if not starts or not wanted:
        return None
    step_s = turn.span.duration_s / len(text)
    start_s = turn.span.start_s + starts[0] * step_s
    return _wider(Span(start_s, start_s + len(wanted) * step_s))


def _verdicts(tried: Tried) -> Score:
    if not tried.truth.has_parties or not tried.truth.has_words:
        return not_computed(NO_PARTIES if not tried.truth.has_parties else NO_WORDS, VERDICTS)[0]
    pairs = [
        (heard, true)
        for heard, true in zip(tried.findings, tried.reference_findings, strict=True)
        if Verdict.UNDETERMINED not in (heard.verdict, true.verdict) and {heard.verdict, true.verdict} - _OPEN
    ]
    wrong = [(heard, true) for heard, true in pairs if heard.verdict is not true.verdict]
    cases = tuple(
        _case(tried, heard, _verdict(true.verdict), GRAVE if heard.verdict is Verdict.FLAG else LIGHT)
        for heard, true in wrong
    )
    return Score(VERDICTS, Share(len(pairs) - len(wrong), len(pairs)), cases=cases)


def _counts(tried: Tried, expect: Mapping[str, object]) -> Score:
    values = {(measure.name, measure.party): measure.value for measure in tried.measures}
    asked = [
        (key, float(wanted), values.get(COUNTED[key]))
        for key, wanted in expect.items()
        if key in COUNTED and isinstance(wanted, int | float) and not isinstance(wanted, bool)
    ]
    if not asked:
        return not_computed(NOTHING_EXPECTED, COUNTS)[0]
    wrong = [(key, wanted, found) for key, wanted, found in asked if found != wanted]
    cases = tuple(
        Case(
            tried.call.recording.span,
            COUNTED[key][1],
            f"{key}: {wanted:g}",
            NOTHING if found is None else f"{found:g}",
            LIGHT,
        )
        for key, wanted, found in wrong
    )
    return Score(COUNTS, Share(len(asked) - len(wrong), len(asked)), cases=cases)
