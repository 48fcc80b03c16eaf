"""Pieces: the speech of a channel that voices share, cut so finely that each part is one voice's.

Speech is cut where two voices begin or cease to speak at once, where the network hears another of its local
voices take over, and then into parts of about two seconds: long enough to know a voice by, short enough that
one which holds two by mistake does little harm.

A piece whose own sound tells too little (it is short, or two speak at once) has the voice of the nearest
piece that the network took for the same local voice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from analyzers.conversation import Span
from analyzers.speech.segmentation import WINDOW_S, Look

PIECE_S = 2.0
KNOWABLE_S = 0.4  # a voice can't be known from less
CHANGE_S = 0.25  # nobody takes over for less: the local voices are smoothed over this


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the speech: whose the network thinks it is (`local_voice`, good for some ten seconds around)."""

    span: Span
    local_voice: int
    overlapped: bool = False

    @property
    def is_knowable(self) -> bool:
        """True where its sound may tell whose it is."""
        return not self.overlapped and self.span.duration_s >= KNOWABLE_S


def pieces_of(look: Look) -> tuple[Piece, ...]:
    """The pieces of a channel: disjoint, in order; together they are its regions of speech."""
    width = 2 * round(CHANGE_S / look.hop_s / 2) + 1  # odd, so that nothing is moved
    local_voice = uniform_filter1d(look.voices, width, axis=0, mode="nearest").argmax(axis=1)
    spoken, doubly = _frames(look, look.regions()), _frames(look, look.overlaps())
    kinds = np.where(spoken, 2 * local_voice + doubly, -1)
    edges = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(kinds)]
    found = ((first, last, int(kinds[first])) for first, last in pairwise(edges) if kinds[first] >= 0)
    return tuple(
        Piece(part, kind // 2, bool(kind % 2))
        for first, last, kind in found
        for part in cut(Span(first * look.hop_s, min(last * look.hop_s, look.duration_s)))
    )


def cut(span: Span, part_s: float = PIECE_S) -> Iterator[Span]:
    """Parts of equal length, each at least `part_s` long where the span is, and less than twice that."""
    count = max(1, math.floor(span.duration_s / part_s))
    edges = np.linspace(span.start_s, span.end_s, count + 1).tolist()
    return (Span(start_s, end_s) for start_s, end_s in pairwise(edges))


def with_neighbours(pieces: Sequence[Piece], voices: Sequence[int | None]) -> tuple[int, ...]:
    """The voice of every piece, those that are not known (None) after the nearest that are."""
    known = [(piece, voice) for piece, voice in zip(pieces, voices, strict=True) if voice is not None]
    return tuple(
        _nearest(piece, known) if voice is None else voice for piece, voice in zip(pieces, voices, strict=True)
    )


def _nearest(piece: Piece, known: Iterable[tuple[Piece, int]]) -> int:
    def distance(other: tuple[Piece, int]) -> tuple[bool, float]:
        apart_s = abs(other[0].span.middle_s - piece.span.middle_s)
        return (other[0].local_voice != piece.local_voice or apart_s > WINDOW_S, apart_s)

    return min(known, key=distance, default=(piece, 0))[1]


def _frames(look: Look, spans: Iterable[Span]) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(look.speech), dtype=np.bool_)
    for span in spans:
        inside[round(span.start_s / look.hop_s) : math.ceil(span.end_s / look.hop_s - 1e-6)] = True
    return inside
