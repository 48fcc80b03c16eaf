"""The expected values are reckoned by hand in the comments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzers.conversation import Conversation, Span, Speech, take_turns
from benchmarks.evaluation import voices
from benchmarks.evaluation.tally import Share
from tests.benchmarks.evaluation.trials import AGENT, CALL, CUSTOMER, Line, score_of, swapped, trial, truth

# True: a voice from 0 to 10, the other from 8 to 15: 17 s of speech, 2 of them overlapped. Heard: one voice to 9, then
# the other. Missed: 8 to 9 of the second, 9 to 10 of the first, so 2 s of 17.
TRUE: tuple[Line, ...] = ((AGENT, "a b", 0.0, 10.0), (CUSTOMER, "c d", 8.0, 15.0))
HEARD: tuple[Line, ...] = ((AGENT, "a b", 0.0, 9.0), (CUSTOMER, "c d", 9.0, 15.0))


def share(heard: Conversation | tuple[Line, ...], name: str) -> float | None:
    tally = score_of(voices.score(trial(truth(TRUE), heard)), name).tally
    assert isinstance(tally, Share)
    return tally.value


def test_missed_overlap_is_charged() -> None:
    assert share(HEARD, voices.DER) == pytest.approx(2 / 17)
    assert share(HEARD, voices.MISSED) == pytest.approx(2 / 17)
    assert (share(HEARD, voices.FALSE_ALARM), share(HEARD, voices.CONFUSION)) == (0, 0)


def test_the_collar_is_a_quarter_second_on_each_side() -> None:
    # Left out: 0 to 0.25, 7.75 to 8.25, 9.75 to 10.25, 14.75 to 15, which hold 0.25 + 0.75 + 0.75 + 0.25 s of speech.
    assert share(HEARD, voices.DER_COLLAR) == pytest.approx(1.5 / 15)


def test_jer_is_the_mean_over_voices() -> None:
    # First: 9 of 10 s shared, second: 6 of 7.
    assert share(HEARD, voices.JER) == pytest.approx((1 / 10 + 1 / 7) / 2)


def test_names_do_not_matter() -> None:
    call = trial(truth(TRUE), TRUE).call
    assert share(swapped(call), voices.DER) == 0
    assert share(swapped(call), voices.JER) == 0


def test_speech_of_anybody_is_missed_or_false() -> None:
    late = ((AGENT, "a b", 1.0, 10.0), (CUSTOMER, "c d", 8.0, 18.0))
    assert share(late, voices.SPEECH_MISSED) == pytest.approx(1 / 15)
    assert share(late, voices.SPEECH_FALSE) == pytest.approx(3 / 15)


def test_confused_speech_is_a_place_to_listen_to() -> None:
    speech = (
        Speech(Span(0.0, 6.0), AGENT, "A"),
        Speech(Span(6.0, 15.0), CUSTOMER, "B"),
    )
    call = replace(trial(truth(TRUE), TRUE).call, speech=speech, turns=take_turns(speech))
    found = score_of(voices.score(trial(truth(TRUE), call)), voices.DER)
    # 6 to 8 went to the other voice, 8 to 10 lost the first one.
    assert found.tally == Share(pytest.approx(4.0), pytest.approx(17.0))  # type: ignore[arg-type]
    assert [(case.span, case.party, case.found) for case in found.cases] == [(Span(6.0, 10.0), AGENT, voices.ANOTHER)]


def test_coverage_is_the_conversations_own() -> None:
    call = trial(truth(), CALL).call
    lost = replace(call, unintelligible=(replace(call.speech[0], span=Span(1.0, 2.0)),))
    found = score_of(voices.score(trial(truth(), lost)), voices.COVERAGE)
    assert found.tally is not None
    assert found.tally.value == pytest.approx(lost.speech_coverage)
    assert [case.span for case in found.cases] == [Span(1.0, 2.0)]


def test_a_call_in_which_nobody_was_heard_is_all_missed() -> None:
    assert share((), voices.DER) == 1
    assert share((), voices.COVERAGE) is None
