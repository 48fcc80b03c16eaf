"""How soon the agent answers."""

import pytest

from analyzers.conversation import Conversation, Party, Span
from analyzers.measure import Evidence, Measure
from analyzers.responsiveness import ANSWER_MEDIAN, ANSWER_P95, GREETING, NAMES, analyze, answers
from tests.builders import Line, dialogue

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER


def measures(call: Conversation) -> dict[str, Measure]:
    return {measure.name: measure for measure in analyze(call)}


def offsets(*lines: Line) -> list[float]:
    return [round(answer.offset_s, 3) for answer in answers(dialogue(lines))]


def test_an_answer_is_the_time_from_turn_to_turn_and_may_be_negative() -> None:
    assert offsets(
        (AGENT, "hello", 0, 2),
        (CUSTOMER, "hi", 3, 5),
        (AGENT, "yes", 5.4, 8),
        (CUSTOMER, "so", 9, 12),
        (AGENT, "no", 11.8, 14),
    ) == [0.4, -0.2]


def test_turns_inside_a_turn_take_no_floor() -> None:
    assert offsets(
        (CUSTOMER, "well it was like this", 0, 10), (AGENT, "mm hmm", 4, 4.4), (AGENT, "i see", 10.5, 12)
    ) == [0.5]


def test_the_return_from_an_announced_hold_is_no_slow_answer() -> None:
    hold: list[Line] = [(AGENT, "please hold", 0, 2), (CUSTOMER, "okay", 2.5, 3), (AGENT, "i am back", 20, 22)]
    assert offsets(*hold) == []
    assert offsets((AGENT, "your name please", 0, 2), *hold[1:]) == [17.0]


def test_median_p95_and_greeting_with_their_evidence() -> None:
    lines: list[Line] = [(AGENT, "hello", 2.5, 3)]
    for i, offset_s in enumerate((0.2, 0.4, 0.6, 0.8, 3.0)):
        start_s = 10.0 * (i + 1)
        lines += [(CUSTOMER, "so", start_s, start_s + 2), (AGENT, "yes", start_s + 2 + offset_s, start_s + 7)]
    found = measures(dialogue(lines))
    assert found[ANSWER_MEDIAN].value == pytest.approx(0.6)
    assert found[ANSWER_P95].value == pytest.approx(0.8 + 0.8 * 2.2)
    assert found[ANSWER_P95].low_confidence_because == "5 answers, 20 are needed"
    assert found[ANSWER_P95].evidence[0] == Evidence(Span(52, 55), AGENT)
    assert found[GREETING] == Measure(GREETING, AGENT, 2.5, "s", (Evidence(Span(0, 2.5), AGENT),))


def test_what_did_not_happen_is_said() -> None:
    assert {name: measure.missing_because for name, measure in measures(dialogue([(CUSTOMER, "hi")])).items()} == {
        ANSWER_MEDIAN: "the agent never takes over from the customer outside an announced hold",
        ANSWER_P95: "the agent never takes over from the customer outside an announced hold",
        GREETING: "the agent is not heard",
    }
    assert set(measures(dialogue([]))) == NAMES
