from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Span
from benchmarks.evaluation import events
from benchmarks.evaluation.events import Event, matched
from benchmarks.evaluation.tally import Hits, Offsets, Share
from tests.benchmarks.evaluation.trials import AGENT, CALL, CUSTOMER, score_of, swapped, trial, truth

# In CALL the agent comes in at 7.0 while the customer speaks to 8.0 and goes on to 10.0: an interruption. Nobody speaks
# from 10.0 to 16.0 (a silence, and dead air) nor in the first and the last second.


def later(seconds: float) -> list[tuple[object, str, float, float]]:
    """CALL, the agent's interruption shifted."""
    return [(w, t, s + seconds * (s == 7.0), e + seconds * (s == 7.0)) for w, t, s, e in CALL]


def test_what_is_there_is_found() -> None:
    found = events.score(trial(truth(), CALL))
    assert score_of(found, events.INTERRUPTION).tally == Hits(1, 0, 0)
    assert score_of(found, events.OVERLAP).tally == Hits(1, 0, 0)
    assert score_of(found, events.BACKCHANNEL).tally == Hits(0, 0, 0)
    assert score_of(found, events.SILENCES).tally == Hits(1, 0, 0)
    assert score_of(found, events.DEAD_AIR).tally == Hits(1, 0, 0)
    assert score_of(found, events.SILENCE_ERROR).tally == Offsets((0.0,))


@pytest.mark.parametrize(("seconds", "tally"), [(0.25, Hits(1, 0, 0)), (-0.25, Hits(1, 0, 0)), (0.4, Hits(0, 1, 1))])
def test_the_onset_may_be_off_by_three_tenths(seconds: float, tally: Hits) -> None:
    found = score_of(events.score(trial(truth(), later(seconds))), events.INTERRUPTION)  # type: ignore[arg-type]
    assert found.tally == tally


def test_the_other_party_interrupts_somebody_else() -> None:
    call = swapped(trial(truth(), CALL).call)
    found = score_of(events.score(trial(truth(), call)), events.INTERRUPTION)
    assert found.tally == Hits(0, 1, 1)
    assert {case.party for case in found.cases} == {AGENT, CUSTOMER}


def test_a_tagged_turn_is_the_authors_interruption() -> None:
    true = truth()
    tagged = replace(true, turns=tuple(replace(turn, tags=("interruption",)) for turn in true.turns[2:3]))
    whole = replace(true, turns=(*true.turns[:2], *tagged.turns, *true.turns[3:]))
    assert score_of(events.score(trial(whole, CALL)), events.PLANTED).tally == Share(1, 1)
    lost = score_of(events.score(trial(whole, later(0.5))), events.PLANTED)  # type: ignore[arg-type]
    assert lost.tally == Share(0, 1)
    assert [case.span for case in lost.cases] == [Span(7.0, 10.0)]


def test_a_silence_is_found_where_half_is_shared() -> None:
    half = [*CALL[:3], (CUSTOMER, "yes I did that", 13.1, 18.0)]
    found = events.score(trial(truth(), half))
    assert score_of(found, events.SILENCES).tally == Hits(1, 0, 0)
    assert score_of(found, events.SILENCE_ERROR).tally == Offsets((pytest.approx(-2.9),))  # type: ignore[arg-type]
    little = [*CALL[:3], (CUSTOMER, "yes I did that", 12.9, 18.0)]
    assert score_of(events.score(trial(truth(), little)), events.SILENCES).tally == Hits(0, 0, 1)


def test_silences_that_the_truth_lists_go_before_those_of_its_turns() -> None:
    true = truth(silences=(Span(0.0, 1.0),))
    assert events.true_silences(trial(true, CALL)) == (Span(0.0, 1.0),)


def test_what_nothing_was_heard_of_is_missed() -> None:
    found = events.score(trial(truth(), []))
    assert score_of(found, events.INTERRUPTION).tally == Hits(0, 0, 1)
    assert score_of(found, events.SILENCES).tally == Hits(0, 0, 1)


STARTS = st.lists(st.floats(0, 100), max_size=8)


@given(STARTS, STARTS)
@settings(max_examples=40, deadline=None)
def test_each_event_is_matched_once_and_only_where_it_is_near(true: list[float], found: list[float]) -> None:
    trues, founds = ([Event(Span(s, s + 1), AGENT) for s in starts] for starts in (true, found))
    pairs = matched(trues, founds, events._onset_apart)
    assert len(pairs) <= min(len(trues), len(founds))
    assert all(abs(t.span.start_s - f.span.start_s) <= events.ONSET_S for t, f in pairs)
    assert matched(trues, trues, events._onset_apart) == tuple((one, one) for one in trues) or len(set(true)) < len(
        true
    )
