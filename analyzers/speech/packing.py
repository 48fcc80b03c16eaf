"""Packing: speech cut out of a call and laid densely into windows for the recogniser, and the way back.

Whisper pays a full 30 s pass for every window, however little speech it holds; so the speech regions of
a channel are laid one after the other, half a second of digital silence between them, into windows of
up to `WINDOW_S`. That is faster, and more accurate, than one region per window or the whole channel in
sequence. Every window keeps the map from its own time to call time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from analyzers.conversation import Span
from analyzers.speech.audio import Audio

SAMPLE_RATE_HZ = 16_000
WINDOW_S = 29.0  # just under Whisper's 30 s: the end of a full window is where words get lost
BETWEEN_S = 0.5  # of silence between two pieces: less ran words together, more only cost room
PAD_S = 0.15  # of the real audio kept on either side: the detector's edges are about this unsure

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Piece:
    """A region of a channel as it lies in a window: `span` in call time, `start_s` in window time."""

    channel: int
    span: Span
    start_s: float

    @property
    def end_s(self) -> float:
        """Where it ends in window time."""
        return self.start_s + self.span.duration_s

    def in_call(self, window_time_s: float) -> float:
        """Call time of a time in the window, held inside the piece."""
        return min(max(self.span.start_s + window_time_s - self.start_s, self.span.start_s), self.span.end_s)


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces of one channel in time order, `BETWEEN_S` apart, at most `WINDOW_S` long in all."""

    pieces: tuple[Piece, ...]

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return self.pieces[-1].end_s

    def samples(self, audio: Audio) -> Samples:
        """The window's audio, shape (samples,), 16 kHz."""
        out = np.zeros(round(self.duration_s * SAMPLE_RATE_HZ), dtype=np.float32)
        for piece in self.pieces:
            part = audio.read(piece.channel, piece.span, SAMPLE_RATE_HZ)
            first = round(piece.start_s * SAMPLE_RATE_HZ)
            out[first : first + len(part)] = part[: len(out) - first]
        return out

    def to_call(self, heard: Span) -> tuple[int, Span]:
        """Channel and call time of something heard in the window: the piece nearest to its middle has it."""
        piece = min(self.pieces, key=lambda piece: _distance_s(heard.middle_s, piece))
        return piece.channel, Span(piece.in_call(heard.start_s), piece.in_call(heard.end_s))


def _distance_s(time_s: float, piece: Piece) -> float:
    return max(piece.start_s - time_s, time_s - piece.end_s, 0.0)


def pack(channel: int, regions: Iterable[Span], duration_s: float, *, window_s: float = WINDOW_S) -> tuple[Window, ...]:
    """Lay a channel's speech regions, in time order, into as few windows as they need.

    `duration_s` is the recording's: padding never reaches outside it, nor over the next region.
    """
    windows: list[Window] = []
    pieces: list[Piece] = []
    for span in _padded([part for region in regions for part in _cut(region, window_s - 2 * PAD_S)], duration_s):
        start_s = pieces[-1].end_s + BETWEEN_S if pieces else 0.0
        if pieces and start_s + span.duration_s > window_s:
            windows.append(Window(tuple(pieces)))
            pieces, start_s = [], 0.0
        pieces.append(Piece(channel, span, start_s))
    return (*windows, Window(tuple(pieces))) if pieces else ()


def _cut(region: Span, longest_s: float) -> Iterator[Span]:
    count = max(1, math.ceil(region.duration_s / longest_s))
    edges = [region.start_s + i * region.duration_s / count for i in range(count)] + [region.end_s]
    return (Span(start_s, end_s) for start_s, end_s in pairwise(edges))


def _padded(regions: list[Span], duration_s: float) -> Iterator[Span]:
    """Each region with `PAD_S` on either side, but only up to half-way to its neighbours."""
    borders = pairwise([0.0, *((a.end_s + b.start_s) / 2 for a, b in pairwise(regions)), duration_s])
    for region, (earliest_s, latest_s) in zip(regions, borders, strict=False):
        start_s = max(region.start_s - PAD_S, min(earliest_s, region.start_s))
        yield Span(start_s, min(region.end_s + PAD_S, max(latest_s, region.end_s)))
