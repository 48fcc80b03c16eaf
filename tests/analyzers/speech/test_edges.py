"""Speech from its first sound to its last, on levels whose truth is known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Party, Span, Speech, Track
from analyzers.speech.edges import OVERHANG_S, without_silent_edges

HOP_S = 0.02
QUIET_DBFS, LOUD_DBFS = -70.0, -20.0


def level(*loud: tuple[float, float], quiet_dbfs: float = QUIET_DBFS, channel: int = 0) -> Track:
    """A line that is loud in the given seconds of its ten."""
    inside = [any(a <= (i + 0.5) * HOP_S < b for a, b in loud) for i in range(500)]
    return Track("level", channel, tuple(LOUD_DBFS if here else quiet_dbfs for here in inside), HOP_S, "dBFS")


def region(start_s: float, end_s: float, speaker: str = "channel-0", channel: int = 0) -> Speech:
    return Speech(Span(start_s, end_s), Party.OTHER, speaker, channel)


def spans(speech: tuple[Speech, ...]) -> list[tuple[float, float]]:
    return [(round(one.span.start_s, 6), round(one.span.end_s, 6)) for one in speech]


def test_what_is_silent_at_the_edges_is_no_speech() -> None:
    assert spans(without_silent_edges([region(0.96, 3.1)], [level((1, 3))])) == [(1.0, 3.0)]


def test_a_pause_inside_stays_where_it_is() -> None:
    assert spans(without_silent_edges([region(1, 4)], [level((1, 2), (3, 4))])) == [(1, 4)]


def test_no_edge_moves_by_more_than_voice_activity_is_late() -> None:
    assert spans(without_silent_edges([region(0.5, 4)], [level((1, 3))])) == [(0.7, 3.8)]


@pytest.mark.parametrize(("noise_dbfs", "found"), [(-41.0, (1.0, 3.0)), (-40.0, (0.96, 3.1)), (-30.0, (0.96, 3.1))])
def test_noise_is_silence_as_long_as_it_hides_no_speech(noise_dbfs: float, found: tuple[float, float]) -> None:
    """The voice lies at -20.3 dBFS: noise of -41 dBFS is more than 20 dB below it."""
    assert spans(without_silent_edges([region(0.96, 3.1)], [level((1, 3), quiet_dbfs=noise_dbfs)])) == [found]


def test_where_somebody_always_speaks_the_noise_is_not_known() -> None:
    talk = [region(0, 0.96), region(0.96, 3.1, "SPEAKER_01"), region(3.1, 9.5)]
    assert spans(without_silent_edges(talk, [level((0, 0.9), (1, 3), (3.2, 9.5), quiet_dbfs=-45)]))[1] == (0.96, 3.1)


def test_each_voice_is_judged_by_its_own_level() -> None:
    line = level((1, 3), (5, 7), quiet_dbfs=-90)
    faint = Track("level", 0, tuple(-55.0 if i >= 200 and v == LOUD_DBFS else v for i, v in enumerate(line.values)),
                  HOP_S, "dBFS")  # fmt: skip
    found = without_silent_edges([region(0.96, 3.1, "SPEAKER_00"), region(4.9, 7.1, "SPEAKER_01")], [faint])
    # The second voice is silence beside the first, but not by its own measure.
    assert spans(found) == [(1.0, 3.0), (5.0, 7.0)]


def test_a_channel_whose_level_is_not_known_stays() -> None:
    assert without_silent_edges([region(1, 2, "channel-1", 1)], [level((0, 10))]) == (region(1, 2, "channel-1", 1),)


def test_times_beyond_the_track_do_no_harm() -> None:
    assert spans(without_silent_edges([region(9.5, 10.4), region(11, 12)], [level((0, 10))])) == [(9.5, 10.2), (11, 12)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 100)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 100)), min_size=1, max_size=6),
)
def test_edges_only_move_inwards_and_never_far(heard: list[tuple[int, int]], loud: list[tuple[int, int]]) -> None:
    speech = [region(start / 100, (start + length) / 100) for start, length in sorted(heard)]
    line = level(*((start / 100, (start + length) / 100) for start, length in loud))
    found = without_silent_edges(speech, [line])
    assert len(found) == len(speech)
    for one in found:
        assert any(
            was.span.start_s - 1e-9 <= one.span.start_s <= was.span.start_s + OVERHANG_S + 1e-9
            and was.span.end_s - OVERHANG_S - 1e-9 <= one.span.end_s <= was.span.end_s + 1e-9
            for was in speech
        )
    assert without_silent_edges([], [line]) == ()


def test_doing_it_again_to_what_was_silent_changes_nothing() -> None:
    once = without_silent_edges([region(0.96, 3.1), region(5.9, 6.15)], [level((1, 3), (6, 6.1))])
    assert without_silent_edges(once, [level((1, 3), (6, 6.1))]) == once
    assert [one.span.end_s for one in once] == pytest.approx([3.0, 6.1])
