"""Clustering: which pieces of speech are one voice, by how they sound.

Each piece is a vector (an embedding of the voice), weighted by its seconds. Spherical k-means puts every
piece to the voice whose mean direction it is nearest to. The start is not left to chance: the pieces of one
voice after the other are halved along the direction in which they differ most, and the halving that leaves
all pieces nearest to their voices is kept ("bisecting k-means").

A call has as many voices as expected, unless there clearly is one more: then each voice has spoken for
`VOICE_S`, and no two of them are more alike than `ALIKE`. One person who shouts, or moves away from the
microphone, stays nearer to himself than that.

Sources: Dhillon and Modha (2001), "Concept decompositions for large sparse text data using clustering";
Steinbach, Karypis and Kumar (2000), "A comparison of document clustering techniques".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# One more voice must have spoken for this long. The few short answers of one person can differ as two voices do:
# 6.6 s and 5.8 s of one were 0.47 alike.
VOICE_S = 8.0
# Of cosine similarity: parts of one voice were 0.62 to 0.97 alike, two voices 0.22 to 0.86. A further voice that
# is missed does less harm than one that is none.
ALIKE = 0.6
MOST_VOICES = 4  # a call with more is a conference
ROUNDS = 50  # k-means on a call settles in three to five

Vectors = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Voices:
    """`labels` (pieces,): the voice of each piece, from 0. `means` (voices, dimensions): of length one."""

    labels: Labels
    means: Vectors


def voices_among(vectors: Vectors, seconds: npt.NDArray[np.float64], expected: int) -> Labels:
    """For each vector (pieces, dimensions) its voice, from 0 in the order of who speaks first.

    There are `expected` voices or, where that is clear, more; fewer only where there are fewer pieces.
    """
    if not len(vectors):
        return np.zeros(0, dtype=np.int64)
    directions = _directions(vectors)
    found = Voices(np.zeros(len(vectors), dtype=np.int64), _means(directions, seconds, np.zeros(len(vectors)), 1))
    for count in range(2, min(MOST_VOICES, len(vectors)) + 1):
        more = _one_more(directions, seconds, found)
        if more is None or (count > expected and not _is_clear(more, seconds)):
            break
        found = more
    return _by_first(found.labels)


def _one_more(directions: Vectors, seconds: npt.NDArray[np.float64], voices: Voices) -> Voices | None:
    """The best answer that halves one of the voices; None where nothing can be halved."""
    count = len(voices.means)
    halved = (_halved(directions, seconds, voices.labels, voice, count) for voice in range(count))
    settled = [better for labels in halved if (better := _settled(directions, seconds, labels, count + 1))]
    return max(settled, key=lambda found: _nearness(directions, seconds, found), default=None)


def _halved(directions: Vectors, seconds: npt.NDArray[np.float64], labels: Labels, voice: int, new: int) -> Labels:
    mine = labels == voice
    centred = directions[mine] - np.average(directions[mine], axis=0, weights=seconds[mine])
    _, _, axes = np.linalg.svd(centred * np.sqrt(seconds[mine])[:, None], full_matrices=False)
    out = labels.copy()
    out[mine] = np.where(centred @ axes[0] > 0, new, voice)
    return out


def _settled(directions: Vectors, seconds: npt.NDArray[np.float64], labels: Labels, count: int) -> Voices | None:
    """K-means from these labels on; None where a voice is left with nothing."""
    for _ in range(ROUNDS):
        if len(np.unique(labels)) < count:
            return None
        means = _means(directions, seconds, labels, count)
        before, labels = labels, (directions @ means.T).argmax(axis=1)
        if np.array_equal(before, labels):
            break
    return Voices(labels, means) if len(np.unique(labels)) == count else None


def _nearness(directions: Vectors, seconds: npt.NDArray[np.float64], voices: Voices) -> float:
    return float(seconds @ np.einsum("ij,ij->i", directions, voices.means[voices.labels]))


def _is_clear(voices: Voices, seconds: npt.NDArray[np.float64]) -> bool:
    count = len(voices.means)
    spoken_s = np.bincount(voices.labels, weights=seconds, minlength=count)
    likeness = voices.means @ voices.means.T - np.eye(count)
    return bool(spoken_s.min() >= VOICE_S and likeness.max() < ALIKE)


def _means(directions: Vectors, seconds: npt.NDArray[np.float64], labels: npt.ArrayLike, count: int) -> Vectors:
    shares = seconds * (np.arange(count)[:, None] == np.asarray(labels))
    return _directions(shares @ directions)


def _directions(vectors: npt.NDArray[np.floating]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)


def _by_first(labels: Labels) -> Labels:
    order = list(dict.fromkeys(labels.tolist()))
    return np.array([order.index(label) for label in labels], dtype=np.int64)
