"""Speech regions into dense windows, and every time back to the call it came from."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Span, gaps, union
from analyzers.speech.packing import BETWEEN_S, PAD_S, WINDOW_S, Piece, Window, pack
from tests.analyzers.speech.made import RATE_HZ, audio

ROUNDING_S = 1e-6
SAMPLE_S = 1 / RATE_HZ


@st.composite
def calls(draw: st.DrawFn) -> tuple[tuple[Span, ...], float]:
    """Speech regions, disjoint and in order, and how long their recording is."""
    lengths = draw(st.lists(st.tuples(st.floats(0.01, 8), st.floats(0.02, 70)), min_size=1, max_size=12))
    edges = np.cumsum([part for pause_s, speech_s in lengths for part in (pause_s, speech_s)]).tolist()
    regions = tuple(Span(start_s, end_s) for start_s, end_s in zip(edges[::2], edges[1::2], strict=True))
    return regions, regions[-1].end_s + draw(st.floats(0, 2))


def pieces(windows: tuple[Window, ...]) -> list[Piece]:
    return [piece for window in windows for piece in window.pieces]


@settings(max_examples=60)
@given(calls())
def test_every_region_is_covered_and_no_window_is_too_long(call: tuple[tuple[Span, ...], float]) -> None:
    regions, duration_s = call
    windows = pack(1, regions, duration_s)
    packed = union((piece.span for piece in pieces(windows)), bridge_s=ROUNDING_S)
    assert all(gap.duration_s < ROUNDING_S for region in regions for gap in gaps(packed, region))
    assert all(window.duration_s <= WINDOW_S + ROUNDING_S for window in windows)
    assert all(piece.span.start_s >= 0 and piece.span.end_s <= duration_s for piece in pieces(windows))
    assert {piece.channel for piece in pieces(windows)} == {1}


@settings(max_examples=60)
@given(calls())
def test_padding_stops_half_way_to_the_neighbours(call: tuple[tuple[Span, ...], float]) -> None:
    regions, duration_s = call
    for before, after in pairwise(pieces(pack(0, regions, duration_s))):
        assert before.span.end_s <= after.span.start_s + ROUNDING_S
    for before, after in pairwise(regions):
        halfway_s = (before.end_s + after.start_s) / 2
        touching = [p for p in pieces(pack(0, regions, duration_s)) if p.span.overlap_s(before) > ROUNDING_S]
        assert max(piece.span.end_s for piece in touching) <= halfway_s + ROUNDING_S
        assert max(piece.span.end_s for piece in touching) <= before.end_s + PAD_S + ROUNDING_S


@settings(max_examples=60)
@given(calls(), st.data())
def test_a_word_goes_back_to_its_channel_and_call_time(
    call: tuple[tuple[Span, ...], float], data: st.DataObject
) -> None:
    windows = pack(3, *call)
    window = data.draw(st.sampled_from(windows))
    piece = data.draw(st.sampled_from(window.pieces))
    start_s, end_s = sorted(data.draw(st.floats(0, piece.span.duration_s)) for _ in range(2))
    channel, said = window.to_call(Span(piece.start_s + start_s, piece.start_s + end_s))
    assert channel == 3
    assert said.start_s == pytest.approx(piece.span.start_s + start_s, abs=ROUNDING_S)
    assert said.end_s == pytest.approx(piece.span.start_s + end_s, abs=ROUNDING_S)


@settings(max_examples=60)
@given(calls(), st.floats(0, 29), st.floats(0, 3))
def test_whatever_the_recogniser_says_lands_inside_speech(
    call: tuple[tuple[Span, ...], float], start_s: float, length_s: float
) -> None:
    window, *_ = pack(0, *call)
    _, said = window.to_call(Span(start_s, start_s + length_s))
    assert any(p.span.start_s <= said.start_s and said.end_s <= p.span.end_s for p in window.pieces)


def test_pieces_lie_half_a_second_apart() -> None:
    (window,) = pack(0, [Span(1, 2), Span(5, 7)], 60.0)
    first, second = window.pieces
    assert first == Piece(0, Span(1 - PAD_S, 2 + PAD_S), 0.0)
    assert second == Piece(0, Span(5 - PAD_S, 7 + PAD_S), first.end_s + BETWEEN_S)


def test_a_long_region_is_cut_evenly_and_loses_nothing() -> None:
    windows = pack(0, [Span(10, 70)], 100.0)
    assert [window.pieces[0].span for window in windows] == [
        Span(10 - PAD_S, 30),
        Span(30, 50),
        Span(50, 70 + PAD_S),
    ]


def test_a_word_between_two_pieces_belongs_to_the_nearer_and_is_held_inside_it() -> None:
    window = Window((Piece(0, Span(10, 12), 0.0), Piece(0, Span(50, 53), 2.5)))
    assert window.to_call(Span(1.8, 2.2)) == (0, Span(11.8, 12))
    _, said = window.to_call(Span(2.3, 2.75))
    assert said == Span(50, 50.25)


def test_the_edges_of_the_recording_hold_the_padding() -> None:
    (window,) = pack(0, [Span(0.05, 0.9)], 1.0)
    assert window.pieces[0].span == Span(0, 1.0)


def test_no_speech_makes_no_window() -> None:
    assert pack(0, [], 60.0) == ()


def test_the_samples_of_a_window_are_those_of_its_pieces_with_silence_between() -> None:
    ramp = np.linspace(-1, 1, 10 * RATE_HZ)
    (window,) = pack(1, [Span(1, 2), Span(6, 7)], 10.0)
    samples = window.samples(audio(np.zeros_like(ramp), ramp))
    assert samples.shape == (round(window.duration_s * RATE_HZ),)
    for piece in window.pieces:
        first, last = round(piece.start_s * RATE_HZ), round(piece.end_s * RATE_HZ)
        expected = ramp[round(piece.span.start_s * RATE_HZ) : round(piece.span.end_s * RATE_HZ)]
        assert samples[first:last] == pytest.approx(expected, abs=1e-6)
    assert not samples[round(window.pieces[0].end_s * RATE_HZ) : round(window.pieces[1].start_s * RATE_HZ)].any()
    assert window.duration_s == pytest.approx(2 + 4 * PAD_S + BETWEEN_S, abs=SAMPLE_S)
