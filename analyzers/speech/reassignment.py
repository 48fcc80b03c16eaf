"""Reassignment: a second look at whose each piece of a two-voice recording is.

A diarizer decides by windows of ten seconds, and gives a whole sentence to the wrong voice where a window
mixes two. So what it found is cut into pieces of about two seconds, each is embedded on its own, and goes
to the voice whose mean it is clearly nearer to: 2-means by cosine similarity, started from the diarizer's
own answer. Where voices overlap both stay. That brought the mean diarization error rate (no collar) of 16
calls heard as mono from 0.124 to 0.108, and of 4 others from 0.127 to 0.084.

Left out: recordings with one voice or more than two, and pieces too short to tell a voice by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from analyzers.conversation import Span, intersection, union

PIECE_S = 2.0  # long enough to know a voice, short enough that hardly any holds two; 1 and 1.5 s did less well
MARGIN = 0.1  # of cosine similarity: a piece changes its voice only when it is nearer by this; 0 undid right answers
SHORTEST_S = 0.4  # shorter pieces keep the diarizer's answer
ROUNDS = 10  # 2-means on a call settles in three or four

Labelled = tuple[tuple[Span, str], ...]
Vectors = npt.NDArray[np.float32]


def reassign(
    speech: Labelled, exclusive: Labelled, embed: Callable[[Span], npt.NDArray[np.float32]]
) -> tuple[Labelled, Labelled]:
    """Speech and exclusive speech, (span, voice) in order, after the second look.

    `embed` gives the voice of a span as a vector (dimensions,), NaN where it can't.
    """
    voices = sorted({voice for _, voice in exclusive})
    if len(voices) != 2:  # noqa: PLR2004 (agent and customer)
        return speech, exclusive
    pieces = [(piece, voice) for span, voice in exclusive for piece in _cut(span)]
    vectors = {piece: embed(piece) for piece, _ in pieces if piece.duration_s >= SHORTEST_S}
    known = [(piece, voice) for piece, voice in pieces if piece in vectors and np.isfinite(vectors[piece]).all()]
    first = np.array([voice == voices[1] for _, voice in known], dtype=np.int64)
    nearer = nearer_voice(np.array([vectors[piece] for piece, _ in known]), first)
    owners = dict(pieces) | {piece: voices[i] for (piece, _), i in zip(known, nearer, strict=True)}
    both = intersection(_of(voices[0], speech), _of(voices[1], speech))
    alone = {voice: [piece for piece, owner in owners.items() if owner == voice] for voice in voices}
    return _labelled({v: [*alone[v], *both] for v in voices}), _labelled(alone)


def nearer_voice(vectors: Vectors, first: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For each vector (pieces, dimensions) the nearer of two means, 0 or 1, started from `first`.

    Where one voice would be left with nothing, `first` stands.
    """
    if not len(vectors):
        return first
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = first
    for _ in range(ROUNDS):
        if len(set(labels.tolist())) < 2:  # noqa: PLR2004 (two voices)
            return first
        means = np.stack([directions[labels == voice].mean(axis=0) for voice in (0, 1)])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        nearer = directions @ (means[1] - means[0])
        labels = np.where(np.abs(nearer) < MARGIN, first, (nearer > 0).astype(np.int64))
    return labels


def _cut(span: Span) -> Iterator[Span]:
    count = max(1, math.floor(span.duration_s / PIECE_S))
    edges = np.linspace(span.start_s, span.end_s, count + 1).tolist()
    return (Span(start_s, end_s) for start_s, end_s in pairwise(edges))


def _of(voice: str, found: Labelled) -> Iterable[Span]:
    return (span for span, who in found if who == voice)


def _labelled(spans: dict[str, list[Span]]) -> Labelled:
    return tuple(sorted((span, voice) for voice, parts in spans.items() for span in union(parts)))
