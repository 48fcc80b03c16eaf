"""How soon one answers, and how the call begins and ends."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import CUT_OFF, PARTIES, Conversation, Limit, Party, Span
from analyzers.measure import Evidence, Measure
from analyzers.responsiveness import (
    ANSWER_MEDIAN,
    ANSWER_P95,
    FIRST_USEFUL_ANSWER,
    GREETING,
    HUNG_UP_BY_AGENT,
    NAMES,
    RING,
    TRAILING_SILENCE,
    analyze,
    answers,
)
from tests.builders import Line, dialogue, with_metadata

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER


def measures(call: Conversation, party: Party = AGENT) -> dict[str, Measure]:
    """Those of the party and of the call as a whole."""
    return {measure.name: measure for measure in analyze(call) if measure.party in (party, None)}


def offsets(*lines: Line, party: Party = AGENT) -> list[float]:
    return [round(answer.offset_s, 3) for answer in answers(dialogue(lines), party)]


def test_an_answer_is_the_time_from_turn_to_turn_and_may_be_negative() -> None:
    lines: list[Line] = [
        (AGENT, "hello", 0, 2),
        (CUSTOMER, "hi", 3, 5),
        (AGENT, "yes", 5.4, 8),
        (CUSTOMER, "so", 9, 12),
        (AGENT, "no", 11.8, 14),
    ]
    assert offsets(*lines) == [0.4, -0.2]
    assert offsets(*lines, party=CUSTOMER) == [1.0, 1.0]


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


def test_the_customer_has_answers_too() -> None:
    found = measures(dialogue([(AGENT, "hello", 0, 2), (CUSTOMER, "hi", 3, 5), (AGENT, "yes", 9, 10)]), CUSTOMER)
    assert found[ANSWER_MEDIAN] == Measure(ANSWER_MEDIAN, CUSTOMER, 1.0, "s", (Evidence(Span(2, 3), CUSTOMER),))


def test_the_first_useful_answer_shows_request_and_answer() -> None:
    request, answer = "my parcel has not arrived yet", "which parcel do you mean"
    call = dialogue([(CUSTOMER, request, 1, 4), (AGENT, "let me check", 5, 7), (AGENT, answer, 15, 18)])
    assert measures(call)[FIRST_USEFUL_ANSWER] == Measure(
        FIRST_USEFUL_ANSWER,
        AGENT,
        11.0,
        "s",
        (Evidence(Span(1, 4), CUSTOMER, request), Evidence(Span(15, 18), AGENT, answer)),
    )


def test_ring_and_hang_up_are_what_the_metadata_says() -> None:
    call = dialogue([(AGENT, "goodbye", 0, 2)], duration_s=10)
    after = (Evidence(Span(2, 10)),)
    for by, value in (("agent", 1.0), ("customer", 0.0), ("system", 0.0)):
        found = measures(with_metadata(call, ring_s=12.5, hung_up_by=by))
        assert found[RING] == Measure(RING, None, 12.5, "s")
        assert found[HUNG_UP_BY_AGENT] == Measure(HUNG_UP_BY_AGENT, None, value, "0 or 1", after)
    assert {name: measures(call)[name].missing_because for name in (RING, HUNG_UP_BY_AGENT)} == {
        RING: "the metadata does not say how long it rang (ring_s)",
        HUNG_UP_BY_AGENT: "the metadata does not say who ended the call (hung_up_by)",
    }


def test_trailing_silence_ends_with_the_recording_unless_that_is_cut_off() -> None:
    call = dialogue([(AGENT, "goodbye", 0, 2), (CUSTOMER, "bye", 2, 3)], duration_s=10)
    assert measures(call)[TRAILING_SILENCE] == Measure(TRAILING_SILENCE, None, 7.0, "s", (Evidence(Span(3, 10)),))
    cut = replace(call, limits=(Limit(CUT_OFF, "the file ends early: 10.0 s of 60.0 s"),))
    assert measures(cut)[TRAILING_SILENCE].missing_because == (
        "the recording stops before the call does: the file ends early: 10.0 s of 60.0 s"
    )


def test_what_did_not_happen_is_said() -> None:
    alone = {name: measure.missing_because for name, measure in measures(dialogue([(CUSTOMER, "hi")])).items()}
    assert {name: alone[name] for name in (ANSWER_MEDIAN, ANSWER_P95, GREETING, FIRST_USEFUL_ANSWER)} == {
        ANSWER_MEDIAN: "the agent never takes over from the customer outside an announced hold",
        ANSWER_P95: "the agent never takes over from the customer outside an announced hold",
        GREETING: "the agent is not heard",
        FIRST_USEFUL_ANSWER: "the customer asks for nothing, as far as words were recognised",
    }
    unanswered = measures(dialogue([(CUSTOMER, "my parcel has not arrived"), (AGENT, "one moment please")]))
    assert unanswered[FIRST_USEFUL_ANSWER].missing_because == (
        "the agent says nothing to the first request, as far as words were recognised"
    )
    nobody = measures(dialogue([]))
    assert set(nobody) == NAMES
    assert nobody[TRAILING_SILENCE].missing_because == "nobody is heard: without speech there is no silence after it"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PARTIES), st.integers(0, 600), st.integers(1, 90)), max_size=10))
def test_the_other_way_round_parties_change_places(lines: list[tuple[Party, int, int]]) -> None:
    given: list[Line] = [(party, "so it was", start / 10, (start + length) / 10) for party, start, length in lines]
    turned: list[Line] = [(party.counterpart, *rest) for party, *rest in given]  # type: ignore[misc]
    # Of two that begin and end at once neither comes first.
    if len({line[2:] for line in given}) == len(given):
        assert offsets(*given) == offsets(*turned, party=CUSTOMER)
