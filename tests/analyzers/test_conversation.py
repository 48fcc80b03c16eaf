"""Spans and turns: the arithmetic everything else stands on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.conversation import Party, Span, Speech, Turn, gaps, intersection, take_turns, union

times = st.integers(0, 200).map(lambda tenths: tenths / 10)
spans = st.tuples(times, times).map(lambda pair: Span(*sorted(pair)))
many_spans = st.lists(spans, max_size=12)
WINDOW = Span(0.0, 20.0)


def covered(parts: tuple[Span, ...], time_s: float) -> bool:
    return any(time_s in part for part in parts)


def test_a_span_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        Span(2.0, 1.0)


@given(many_spans, times)
def test_union_covers_what_any_span_covers(parts: list[Span], time_s: float) -> None:
    assert covered(union(parts), time_s) == any(time_s in part for part in parts)


@given(many_spans, times)
def test_gaps_are_the_rest_of_the_window(parts: list[Span], time_s: float) -> None:
    inside = time_s in WINDOW
    assert covered(gaps(parts, WINDOW), time_s) == (inside and not covered(tuple(parts), time_s))


@given(many_spans, many_spans, times)
def test_intersection_is_what_both_cover(these: list[Span], those: list[Span], time_s: float) -> None:
    expected = covered(tuple(these), time_s) and covered(tuple(those), time_s)
    assert covered(intersection(these, those), time_s) == expected


def speech(party: Party, start_s: float, end_s: float) -> Speech:
    return Speech(Span(start_s, end_s), party, party.value)


def turn(party: Party, start_s: float, end_s: float) -> Turn:
    return Turn(Span(start_s, end_s), party, party.value)


def test_a_short_pause_stays_in_the_turn_and_a_long_one_ends_it() -> None:
    regions = [speech(Party.AGENT, 0, 1), speech(Party.AGENT, 1.5, 3), speech(Party.AGENT, 4.5, 5)]
    assert take_turns(regions) == (turn(Party.AGENT, 0, 3), turn(Party.AGENT, 4.5, 5))


def test_somebody_else_in_the_pause_ends_the_turn() -> None:
    regions = [speech(Party.AGENT, 0, 1), speech(Party.CUSTOMER, 1.2, 1.4), speech(Party.AGENT, 1.6, 3)]
    assert take_turns(regions) == (
        turn(Party.AGENT, 0, 1),
        turn(Party.CUSTOMER, 1.2, 1.4),
        turn(Party.AGENT, 1.6, 3),
    )


def test_turns_of_two_parties_may_overlap() -> None:
    regions = [speech(Party.AGENT, 0, 4), speech(Party.CUSTOMER, 3, 6)]
    assert take_turns(regions) == (turn(Party.AGENT, 0, 4), turn(Party.CUSTOMER, 3, 6))
