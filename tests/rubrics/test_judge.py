from dataclasses import replace
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.analyze import analyze
from analyzers.conversation import CUT_OFF, Conversation, Limit, Party, Roles, Span, Speech
from analyzers.measure import Evidence, Measure, missing
from rubrics.finding import Finding, Severity, Text, Verdict
from rubrics.judge import HIT_PROBABILITY, UNINTELLIGIBLE_S, WINDOW_PROBABILITY, judge, score
from rubrics.load import load_rubrics
from rubrics.schema import Rubric
from tests.builders import conversation, dialogue, with_metadata

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER
PASS, FLAG, UNDETERMINED, NOT_APPLICABLE = Verdict.PASS, Verdict.FLAG, Verdict.UNDETERMINED, Verdict.NOT_APPLICABLE

HELLO = """
id: hello
title: {zh: 问候, en: Greeting}
party: agent
severity: minor
points: 5
phrases: {en: [hello], zh: [您好]}
"""
RUDE = """
id: rude
title: {zh: 粗鲁, en: Rudeness}
party: agent
severity: critical
points: 10
expect: not_said
phrases: {en: [shut up, not my problem], zh: [不归我管]}
"""


def rubric(*rules: str) -> Rubric:
    content: dict[str, Any] = {"rubric": "house", "version": "1", "title": {"zh": "自家", "en": "House"}}
    return Rubric.model_validate({**content, "rules": [yaml.safe_load(rule) for rule in rules]})


def findings(call: Conversation, *rules: str, measures: tuple[Measure, ...] = ()) -> list[Finding]:
    return list(judge(call, measures, [rubric(*rules)]))


def verdict(call: Conversation, rule: str, *more: str, measures: tuple[Measure, ...] = ()) -> Verdict:
    return findings(call, rule, *more, measures=measures)[0].verdict


def doubted(call: Conversation, probability: float) -> Conversation:
    return replace(call, words=tuple(replace(word, probability=probability) for word in call.words))


def test_what_a_cut_off_file_does_not_hold_may_have_been_said() -> None:
    goodbye = HELLO.replace("hello]", "goodbye]")
    early = HELLO + "where: {first_s: 2}\n"
    call = dialogue([(AGENT, "my name is Amy", 0, 3), (CUSTOMER, "I need help", 5, 8)], duration_s=9)
    cut = replace(call, limits=(Limit(CUT_OFF, "the file ends early: 9.0 s of 60.0 s"),))
    assert [verdict(call, goodbye), verdict(cut, goodbye)] == [FLAG, UNDETERMINED]
    assert verdict(cut, early) == FLAG  # the beginning is whole


def test_a_finding_says_everything() -> None:
    call = dialogue([(AGENT, "that's not my problem", 2, 4), (CUSTOMER, "shut up", 5, 6)])
    house = rubric(RUDE)
    assert judge(call, (), [house]) == (
        Finding(
            rule_id="rude",
            title=Text("Rudeness", "粗鲁"),
            rubric="house",
            rubric_version="1",
            rubric_digest=house.digest,
            verdict=FLAG,
            severity=Severity.CRITICAL,
            points=0.0,
            max_points=10,
            value=1,
            evidence=(Evidence(Span(2.5, 4), AGENT, "not my problem"),),
            because=Text("heard 1: 'not my problem' at 2.5 s (exact)", "听到 1 次：“not my problem” 2.5 秒（原文）"),
        ),
    )


def test_what_was_expected_and_not_said_is_shown_by_the_window_searched() -> None:
    call = dialogue([(AGENT, "good day to you", 3, 5), (CUSTOMER, "hello", 6, 7)], duration_s=60)
    (found,) = findings(call, HELLO + "where: {first_s: 15}")
    assert (found.verdict, found.points, found.value) == (FLAG, 0.0, 0)
    assert found.evidence == (Evidence(Span(3, 18), AGENT),)
    assert found.because == Text(
        "said 0 of 1 between 3.0 and 18.0 s; looked for: hello", "3.0 至 18.0 秒内说了 0 次，要求 1 次；查找：hello"
    )


def test_nothing_forbidden_is_full_points() -> None:
    (found,) = findings(conversation("good day", "shut up"), RUDE)
    assert (found.verdict, found.points, found.value) == (PASS, 10, 0)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("{first_s: 5}", FLAG),
        ("{first_s: 25}", PASS),
        ("{last_s: 15}", FLAG),
        ("{last_s: 25}", PASS),
        ("{first_turns: 1}", FLAG),
        ("{first_turns: 2}", PASS),
        ("{last_turns: 1}", FLAG),
        ("{last_turns: 2}", PASS),
    ],
)
def test_a_window_is_the_partys_own(where: str, expected: Verdict) -> None:
    lines = [(AGENT, "yes", 10, 11), (CUSTOMER, "ok", 20, 21), (AGENT, "hello", 30, 31), (AGENT, "fine", 50, 51)]
    assert verdict(dialogue(lines, duration_s=90), HELLO + f"where: {where}") is expected


def test_the_count_is_asked_for() -> None:
    assert verdict(conversation("hello and hello"), HELLO + "min_count: 2") is PASS
    (found,) = findings(conversation("hello"), HELLO + "min_count: 2")
    assert (found.verdict, found.value, [e.quote for e in found.evidence]) == (FLAG, 1, ["", "hello"])


def test_a_call_in_another_language_is_not_judged() -> None:
    (found,) = findings(conversation("hallo", language="de"), HELLO)
    assert (found.verdict, found.points) == (NOT_APPLICABLE, None)
    assert "'de'" in found.because.en
    assert verdict(conversation("您好", language="zh-CN"), HELLO) is PASS


@pytest.mark.parametrize(("confidence", "expected"), [(0.79, UNDETERMINED), (0.8, FLAG)])
def test_a_party_that_is_not_sure_is_not_charged(confidence: float, expected: Verdict) -> None:
    call = replace(conversation("shut up"), roles=Roles("content", confidence))
    (found,) = findings(call, RUDE)
    assert found.verdict is expected
    assert (found.points is None) == (expected is UNDETERMINED)
    assert [e.quote for e in found.evidence] == ["shut up"]


SHARE = """
id: share
title: {zh: 占比, en: Share}
severity: minor
points: 5
measure: {name: talk_share.share, party: agent, at_most: 0.7}
"""
QUIET = """
id: quiet
title: {zh: 静默, en: Quiet}
severity: minor
points: 5
measure: {name: silence.count, at_most: 1}
"""


@pytest.mark.parametrize(("rule", "expected"), [(SHARE, UNDETERMINED), (QUIET, PASS)])
def test_a_partys_measure_earns_nothing_where_parties_are_not_sure(rule: str, expected: Verdict) -> None:
    call = replace(conversation("hello"), roles=Roles("content", 0.5))
    taken = (Measure("talk_share.share", AGENT, 0.5, "share"), Measure("silence.count", None, 0, "silences"))
    assert verdict(call, rule, measures=taken) is expected
    assert verdict(replace(call, roles=Roles("content", 0.9)), rule, measures=taken) is PASS


@pytest.mark.parametrize(
    ("span", "party", "expected"),
    [
        (Span(6, 6 + UNINTELLIGIBLE_S), AGENT, UNDETERMINED),
        (Span(6, 5.9 + UNINTELLIGIBLE_S), AGENT, FLAG),
        (Span(6, 9), CUSTOMER, FLAG),
        (Span(30, 33), AGENT, FLAG),
        (Span(1, 2), AGENT, UNDETERMINED),  # before the first word
    ],
)
def test_speech_without_words_may_have_been_it(span: Span, party: Party, expected: Verdict) -> None:
    call = dialogue([(AGENT, "yes", 3, 5)], duration_s=60)
    lost = Speech(span, party, "x")
    turns = tuple(sorted((*call.turns, *dialogue([(party, "", span.start_s, span.end_s)]).turns), key=lambda t: t.span))
    call = replace(call, unintelligible=(lost,), turns=turns)
    assert verdict(call, HELLO + "where: {first_s: 15}") is expected


@pytest.mark.parametrize(
    ("probability", "expected"), [(WINDOW_PROBABILITY - 0.01, UNDETERMINED), (WINDOW_PROBABILITY, FLAG)]
)
def test_a_badly_heard_window_does_not_prove_absence(probability: float, expected: Verdict) -> None:
    assert verdict(doubted(conversation("good day"), probability), HELLO) is expected


@pytest.mark.parametrize(("probability", "expected"), [(HIT_PROBABILITY - 0.01, UNDETERMINED), (HIT_PROBABILITY, FLAG)])
def test_a_badly_heard_phrase_does_not_prove_rudeness(probability: float, expected: Verdict) -> None:
    (found,) = findings(doubted(conversation("shut up"), probability), RUDE)
    assert found.verdict is expected
    assert [e.quote for e in found.evidence] == ["shut up"]


def test_a_party_that_was_not_heard_is_undetermined() -> None:
    call = dialogue([(CUSTOMER, "hello")])
    assert [f.verdict for f in findings(call, HELLO, RUDE)] == [UNDETERMINED, UNDETERMINED]


DEAD_AIR = """
id: dead_air
title: {zh: 冷场, en: Dead air}
severity: major
points: 4
measure: {name: silence.dead_air_count, at_most: 1}
"""


@pytest.mark.parametrize(
    ("measure", "expected", "points", "told"),
    [
        (
            Measure("silence.dead_air_count", None, 1, "silences"),
            PASS,
            4,
            "silence.dead_air_count = 1 silences; wanted: at most 1",
        ),
        (
            Measure("silence.dead_air_count", None, 2, "silences"),
            FLAG,
            0,
            "silence.dead_air_count = 2 silences; wanted: at most 1",
        ),
        (
            Measure("silence.dead_air_count", None, 2, "silences", low_confidence_because="noise"),
            UNDETERMINED,
            None,
            "not surely: noise",
        ),
        (missing("silence.dead_air_count", None, "silences", "no speech"), UNDETERMINED, None, "no speech"),
        (Measure("silence.count", None, 2, "silences"), UNDETERMINED, None, "no analyzer gave it"),
    ],
)
def test_a_measure_is_held_against_its_bounds(
    measure: Measure, expected: Verdict, points: float | None, told: str
) -> None:
    (found,) = findings(conversation("hello"), DEAD_AIR, measures=(measure,))
    assert (found.verdict, found.points) == (expected, points)
    assert told in found.because.en


def test_the_measure_of_the_rules_party_comes_before_the_calls() -> None:
    rule = DEAD_AIR.replace("silence.dead_air_count", "interruptions.count") + "party: agent"
    measures = tuple(
        Measure("interruptions.count", party, n, "") for party, n in ((None, 9), (CUSTOMER, 9), (AGENT, 1))
    )
    assert verdict(conversation("hello"), rule, measures=measures) is PASS


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("said: {party: customer, en: [complain]}", FLAG),
        ("said: {party: customer, en: [lawyer]}", NOT_APPLICABLE),
        ("said: {party: agent, en: [complain]}", NOT_APPLICABLE),
        ("measure: {name: silence.count, above: 2}", FLAG),
        ("measure: {name: silence.count, above: 3}", NOT_APPLICABLE),
        ("measure: {name: silence.longest, above: 3}", UNDETERMINED),
        ("rule: rude", NOT_APPLICABLE),
        ("rule: polite", FLAG),
        ("flagged: rude", NOT_APPLICABLE),
        ("flagged: blunt", FLAG),
        ("metadata: {field: direction, equals: Inbound}", FLAG),
        ("metadata: {field: queue, equals: gold}", NOT_APPLICABLE),
        ("metadata: {field: key_customer, equals: true}", FLAG),
        ("metadata: {field: attributes.shop, equals: north}", FLAG),
        ("any: [{rule: rude}, {rule: polite}]", FLAG),
        ("any: [{rule: rude}, {flagged: rude}]", NOT_APPLICABLE),
        ("any: [{rule: rude}, {measure: {name: silence.longest, above: 3}}]", UNDETERMINED),
        ("{rule: polite, measure: {name: silence.longest, above: 3}}", UNDETERMINED),
        ("{rule: rude, measure: {name: silence.longest, above: 3}}", NOT_APPLICABLE),
    ],
)
def test_a_rule_applies_when_its_condition_holds(condition: str, expected: Verdict) -> None:
    call = with_metadata(
        conversation("good day", "I want to complain"),
        direction="inbound",
        key_customer=True,
        attributes=(("shop", "North"),),
    )
    wrapped = condition if condition.startswith("{") else f"{{{condition}}}"
    polite = RUDE.replace("id: rude", "id: polite").replace("not_said", "said").replace("shut up", "good day")
    blunt = RUDE.replace("id: rude", "id: blunt").replace("shut up", "good day")
    counted = (Measure("silence.count", None, 3, "silences"),)
    assert verdict(call, HELLO + f"applies_when: {wrapped}", RUDE, polite, blunt, measures=counted) is expected


HOLD = HELLO + "where: {before: {measure: silence.count, lasting_s: 5}, within_s: 10}"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([(AGENT, "hello", 0, 2), (AGENT, "yes", 10, 12)], PASS),
        ([(AGENT, "hello", 0, 2), (CUSTOMER, "ok", 2.5, 3), (AGENT, "yes", 10, 12)], PASS),
        ([(AGENT, "well", 0, 2), (AGENT, "hello", 10, 12)], FLAG),
        ([(AGENT, "hello", 0, 2), (CUSTOMER, "so and so", 3, 14), (AGENT, "yes", 20, 22)], FLAG),
        ([(AGENT, "well", 0, 2), (AGENT, "yes", 6, 8)], NOT_APPLICABLE),  # 4 s
        ([(AGENT, "your number?", 0, 2), (CUSTOMER, "one", 10, 12)], NOT_APPLICABLE),  # the customer's silence
        ([(AGENT, "yes", 10, 12)], NOT_APPLICABLE),  # before the first word
        ([(AGENT, "hello", 0, 2), (CUSTOMER, "ok?", 20, 21), (AGENT, "yes", 30, 32)], PASS),  # one wait
        ([(AGENT, "hello", 0, 2), (AGENT, "well", 20, 21), (AGENT, "yes", 30, 32)], FLAG),  # two
    ],
)
def test_words_are_looked_for_beside_each_silence(lines: list[Any], expected: Verdict) -> None:
    call = dialogue(lines)
    assert verdict(call, HOLD, measures=analyze(call)) is expected


@pytest.mark.parametrize(("back_s", "expected"), [(95, PASS), (112, FLAG)])
def test_a_long_hold_ends_when_the_agent_is_back(back_s: float, expected: Verdict) -> None:
    rule = HELLO + "where: {after: {measure: silence.hold_count, lasting_s: 5}, within_s: 10}"
    call = dialogue(
        [(AGENT, "one moment please", 0, 2), (AGENT, "well", 94, 94.5), (AGENT, "hello", back_s, back_s + 1)]
    )
    assert verdict(call, rule, measures=analyze(call)) is expected


def test_each_silence_needs_its_words() -> None:
    call = dialogue([(AGENT, "hello", 0, 2), (AGENT, "well", 10, 12), (AGENT, "yes", 30, 32)])
    (found,) = findings(call, HOLD, measures=analyze(call))
    assert (found.verdict, found.value, found.evidence) == (FLAG, 1, (Evidence(Span(2, 12), AGENT),))


@pytest.mark.parametrize(("start_s", "expected"), [(10, PASS), (40, FLAG)])
def test_words_are_looked_for_after_another_rules_hit(start_s: float, expected: Verdict) -> None:
    call = dialogue([(AGENT, "shut up", 0, 2), (CUSTOMER, "what", 5, 6), (AGENT, "hello", start_s, start_s + 1)])
    assert verdict(call, HELLO + "where: {after: rude, within_s: 20}", RUDE) is expected
    assert verdict(conversation("hello"), HELLO + "where: {after: rude, within_s: 20}", RUDE) is NOT_APPLICABLE


def test_the_score_is_the_share_of_the_points_decided() -> None:
    call = conversation("shut up and hello")
    decided = findings(call, HELLO, RUDE)
    assert [f.points for f in decided] == [5, 0]
    assert score(decided) == pytest.approx(100 * 5 / 15)
    unsure = [*decided, *findings(replace(call, roles=Roles("content", 0.5)), RUDE)]
    assert score(unsure) == score(decided)
    assert score([]) is None
    assert score(findings(replace(call, roles=Roles("content", 0.5)), RUDE)) is None


PACKS = load_rubrics()
spoken = st.lists(
    st.tuples(
        st.sampled_from([AGENT, CUSTOMER, Party.OTHER]),
        st.sampled_from(
            ["您好，请稍等", "我要投诉", "不归我管", "感谢您的来电", "hello please hold", "shut up", "嗯", ""]
        )
        | st.text(max_size=12),
        st.floats(0, 100),
        st.floats(0, 10),
    ),
    max_size=6,
)


@given(spoken, st.sampled_from(["zh", "en", "fr"]), st.floats(0.5, 1), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_any_call_is_judged_within_bounds(lines: list[Any], language: str, sure: float, heard: float) -> None:
    call = dialogue([(p, t, s, s + d) for p, t, s, d in lines], language=language, duration_s=120)
    call = doubted(replace(call, roles=Roles("content", sure)), heard)
    found = judge(call, analyze(call), PACKS)
    assert len(found) == sum(len(pack.rules) for pack in PACKS)
    assert all((f.points is None) == (f.verdict in (UNDETERMINED, NOT_APPLICABLE)) for f in found)
    assert all(f.because.en and f.because.zh for f in found)
    assert 0 <= (score(found) or 0) <= 100


@given(spoken, st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rules_does_not_matter(lines: list[Any], random: Random) -> None:
    call = dialogue([(p, t, s, s + d) for p, t, s, d in lines], language="zh", duration_s=120)
    pack = next(pack for pack in PACKS if pack.rubric == "politeness")
    shuffled = pack.model_copy(update={"rules": tuple(random.sample(pack.rules, len(pack.rules)))})
    measures = analyze(call)
    plain, mixed = judge(call, measures, [pack]), judge(call, measures, [shuffled])
    assert {f.rule_id: (f.verdict, f.because) for f in plain} == {f.rule_id: (f.verdict, f.because) for f in mixed}
