"""A look at a channel becomes pieces of one voice each."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Span, union
from analyzers.speech.pieces import PIECE_S, Piece, cut, pieces_of, with_neighbours
from analyzers.speech.segmentation import Look

HOP_S = 0.02


def look(*parts: tuple[str, float]) -> Look:
    """(who speaks, seconds) one after the other: the numbers of local voices, "" for nobody, "02" for two at once."""
    rows = [who for who, seconds in parts for _ in range(round(seconds / HOP_S))]
    voices = np.array([[str(voice) in who for voice in range(3)] for who in rows], np.float32)
    spoken = voices.sum(axis=1)
    return Look((spoken > 0).astype(np.float32), (spoken > 1).astype(np.float32), voices, HOP_S, len(rows) * HOP_S)


def rounded(pieces: tuple[Piece, ...]) -> list[tuple[float, float, int, bool]]:
    return [(round(p.span.start_s, 2), round(p.span.end_s, 2), p.local_voice, p.overlapped) for p in pieces]


def test_a_piece_ends_where_speech_does_and_where_another_voice_takes_over() -> None:
    found = pieces_of(look(("", 1), ("0", 1.5), ("", 1), ("0", 1), ("1", 1.5), ("", 1)))
    assert rounded(found) == [(1.0, 2.5, 0, False), (3.5, 4.5, 0, False), (4.5, 6.0, 1, False)]


def test_long_speech_is_cut_into_equal_parts() -> None:
    assert rounded(pieces_of(look(("2", 6.2)))) == [
        (0.0, 2.07, 2, False),
        (2.07, 4.13, 2, False),
        (4.13, 6.2, 2, False),
    ]


def test_two_at_once_are_a_piece_of_its_own_whose_sound_tells_nothing() -> None:
    found = pieces_of(look(("0", 1.6), ("01", 0.8), ("1", 1.6)))
    assert [(p.overlapped, p.is_knowable) for p in found if p.overlapped] == [(True, False)] * 2
    assert union(p.span for p in found if p.overlapped) == (Span(80 * HOP_S, 120 * HOP_S),)


def test_a_flicker_of_another_voice_is_no_change_of_voice() -> None:
    assert rounded(pieces_of(look(("0", 0.9), ("1", 0.06), ("0", 0.9)))) == [(0.0, 1.86, 0, False)]


def test_what_cannot_be_known_goes_with_the_nearest_of_the_same_local_voice() -> None:
    pieces = (Piece(Span(0, 2), 0), Piece(Span(3, 3.2), 0), Piece(Span(3.3, 5), 1), Piece(Span(40, 40.2), 0))
    assert with_neighbours(pieces, [0, None, 1, None]) == (0, 0, 1, 1)


def test_where_no_voice_is_known_there_is_one() -> None:
    assert with_neighbours((Piece(Span(0, 0.2), 0), Piece(Span(1, 1.2), 1)), [None, None]) == (0, 0)


turns = st.lists(st.tuples(st.sampled_from(["", "0", "1", "2", "01", "12"]), st.floats(0.02, 5)), max_size=12)


@settings(max_examples=40)
@given(turns)
def test_pieces_are_the_regions_of_speech(parts: list[tuple[str, float]]) -> None:
    seen = look(*parts, ("", 1.0))
    pieces = pieces_of(seen)
    edges = [edge for piece in pieces for edge in (piece.span.start_s, piece.span.end_s)]
    assert edges == sorted(edges)
    joined = [(s.start_s, s.end_s) for s in union((p.span for p in pieces), bridge_s=1e-6)]
    assert np.allclose(joined, [(s.start_s, s.end_s) for s in seen.regions()])


@given(st.floats(0.01, 500))
def test_parts_are_equal_and_about_two_seconds(seconds: float) -> None:
    parts = list(cut(Span(0, seconds)))
    assert parts[-1].end_s == seconds
    assert max(part.duration_s for part in parts) < 2 * PIECE_S
    assert np.allclose([part.duration_s for part in parts], seconds / len(parts))
