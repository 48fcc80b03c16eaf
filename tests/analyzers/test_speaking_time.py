"""Windows on the clock that runs only while a party speaks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Party, Span, Word
from analyzers.measure import Evidence
from analyzers.speaking_time import SpeakingTime, Stretch, lay_end_to_end


def stretch(start_s: float, end_s: float, *words: tuple[float, int]) -> Stretch:
    """Words are given by when each is half said and how many units it counts for."""
    said = tuple(Word(Span(time_s, time_s), f"w{time_s:g}", Party.AGENT, 0.9) for time_s, _ in words)
    return Stretch(Span(start_s, end_s), said, tuple(units for _, units in words))


def laid(*stretches: Stretch) -> SpeakingTime:
    return lay_end_to_end(stretches, Party.AGENT)


def test_the_clock_stands_still_between_stretches() -> None:
    found = laid(stretch(2, 4, (2.5, 1), (3, 2)), stretch(10, 13, (11, 4)))
    assert (found.edges_s, found.times_s, found.seconds) == ((0, 2, 5), (0.5, 1, 3), 5)
    assert [found.units_in(Span(*window)) for window in ((0, 5), (0, 1), (1, 3), (1, 3.1))] == [7, 1, 2, 6]


def test_words_beside_their_stretch_count_at_its_edge() -> None:
    found = laid(stretch(2, 4, (1.8, 1), (4.2, 1)), stretch(10, 11))
    assert [found.units_in(Span(*window)) for window in ((0, 2), (2, 3), (0, 3))] == [2, 0, 2]


def test_a_window_is_shown_where_it_is_in_the_call() -> None:
    found = laid(stretch(2, 4, (3.5, 1)), stretch(10, 13, (10.5, 1), (12.5, 1)))
    assert found.evidence(Span(1, 3)) == (
        Evidence(Span(3, 4), Party.AGENT, "w3.5"),
        Evidence(Span(10, 11), Party.AGENT, "w10.5"),
    )


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.lists(st.tuples(st.integers(0, 39), st.integers(0, 5)), max_size=6)),
        min_size=1,
        max_size=5,
    ),
    st.floats(0.1, 1.0),
)
def test_no_window_holds_more_or_less(parts: list[tuple[int, list[tuple[int, int]]]], share: float) -> None:
    found = laid(
        *(
            stretch(100 * i, 100 * i + length, *sorted((100 * i + min(at, length), units) for at, units in words))
            for i, (length, words) in enumerate(parts)
        )
    )
    window_s = share * found.seconds
    densest, sparsest = found.densest(window_s), found.sparsest(window_s)
    assert densest.duration_s == pytest.approx(window_s)
    for step in range(200):
        start_s = step / 199 * (found.seconds - window_s)
        held = found.units_in(Span(start_s, start_s + window_s))
        assert found.units_in(sparsest) <= held <= found.units_in(densest)
