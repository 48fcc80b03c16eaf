from __future__ import annotations

from analyzers.analyze import analyze
from analyzers.conversation import Party, Span
from analyzers.measure import Evidence, Measure, missing
from flows.summary import CallLine, Flag, call_line
from rubrics.finding import Finding, Severity, Text, Verdict
from rubrics.judge import judge
from rubrics.load import load_rubrics
from tests.builders import conversation
from tests.flows.nights import RUDE
from warehouse.load import ScoredCall

TITLE = Text("A rule", "规则")


def finding(rule_id: str, rubric: str, verdict: Verdict, severity: Severity = Severity.MINOR, **more: float) -> Finding:
    points = {Verdict.PASS: 10.0, Verdict.FLAG: 0.0}.get(verdict)
    evidence = (Evidence(Span(0, 1), Party.AGENT, "words that were said"),)
    value = more.get("value")
    return Finding(
        rule_id, TITLE, rubric, "1", "digest", verdict, severity, points, 10.0, value, evidence, Text("why", "为何")
    )


def test_a_line_holds_the_call_in_numbers() -> None:
    call = conversation("good morning", "hi")
    measures = (
        Measure("talk_speed.speech_rate", Party.AGENT, 201.6, "words/min"),
        Measure("talk_speed.speech_rate", Party.CUSTOMER, 99.0, "words/min"),
        Measure("volume.active_level", Party.AGENT, -21.4, "dBFS"),
        missing("volume.active_level", Party.CUSTOMER, "dBFS", "the customer is not heard"),
        Measure("interruptions.count", Party.AGENT, 3.0, "interruptions"),
        Measure("interruptions.count", Party.CUSTOMER, 1.0, "interruptions"),
        Measure("silence.count", None, 2.0, "silences"),
        Measure("silence.dead_air_count", None, 1.0, "silences"),
    )
    findings = (
        finding("greeting", "politeness", Verdict.PASS),
        finding("closing", "politeness", Verdict.FLAG),
        finding("rudeness", "forbidden_phrases", Verdict.FLAG, Severity.CRITICAL, value=2),
        finding("impatience", "forbidden_phrases", Verdict.UNDETERMINED, value=5),
    )
    assert call_line(ScoredCall(call, measures, findings)) == CallLine(
        call_id="call-1",
        language="en",
        duration_s=call.recording.duration_s,
        speed=201.6,
        speed_unit="words/min",
        level_dbfs=(-21.4, None),
        interruptions=(3, 1),
        silences=2,
        dead_airs=1,
        politeness=50.0,
        forbidden=2,
        score=100 / 3,
        undetermined=1,
        flags=(Flag("rudeness", TITLE, Severity.CRITICAL), Flag("closing", TITLE, Severity.MINOR)),
    )


def test_what_was_not_measured_or_judged_is_none() -> None:
    line = call_line(ScoredCall(conversation("good morning")))
    assert (line.speed, line.level_dbfs, line.interruptions, line.silences) == (None, (None, None), (None, None), None)
    assert (line.politeness, line.forbidden, line.score, line.flags) == (None, None, None, ())


def test_no_word_of_the_call_is_in_its_line() -> None:
    measures = analyze(RUDE)
    line = call_line(ScoredCall(RUDE, measures, judge(RUDE, measures, load_rubrics())))
    assert line.flags
    assert not any(word in repr(line) for word in ("不归我管", "听不懂", "投诉你们"))
