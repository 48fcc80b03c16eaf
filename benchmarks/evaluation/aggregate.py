"""Many recordings as one number, with how far it can be trusted.

Tallies are pooled over the recordings of a group (`tally.pooled`). The interval is the 95 % percentile bootstrap over
recordings: whole recordings are drawn again with replacement, 1000 times, because what is wrong in a call is wrong
together. The draws are seeded, so the same scores give the same intervals. One recording has no interval; with
fewer than ten it is a hint at best, so the number of recordings is always told beside it.

Groups: all, each language, each layout, each language in each layout, and each first folder of the tree where
there are several.

Source: Bisani and Ney (2004), bootstrap estimates for confidence intervals in ASR performance evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.evaluation.score import ScoredRecording
from benchmarks.evaluation.tally import Hits, Offsets, Share, Tally, pooled

DRAWS = 1000  # more change the second digit of an interval no more
SEED = 20_040_517
ALL = "all"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score of a group: the pooled tally, its 95 % interval (None: too few), and of how many recordings."""

    name: str
    tally: Tally
    low: float | None
    high: float | None
    recordings: int


def groups(recordings: Sequence[ScoredRecording]) -> dict[str, tuple[ScoredRecording, ...]]:
    """The recordings by group, in the order in which groups are shown."""
    found = {ALL: tuple(recordings)}
    for label in (_language, _layout, _both, _folder):
        for name in sorted({label(one) for one in recordings} - {""}):
            found[name] = tuple(one for one in recordings if label(one) == name)
    return found


def _language(one: ScoredRecording) -> str:
    return one.language


def _layout(one: ScoredRecording) -> str:
    return one.layout


def _both(one: ScoredRecording) -> str:
    return f"{one.language} {one.layout}"


def _folder(one: ScoredRecording) -> str:
    return f"{one.folder}/" if one.folder else ""


def estimate(recordings: Sequence[ScoredRecording], name: str) -> Estimate | None:
    """The score of a group; None where none of its recordings carries it."""
    tallies = [tally for one in recordings if (tally := one.score(name).tally) is not None]
    total = pooled(tallies)
    if total is None:
        return None
    low, high = interval(tallies)
    return Estimate(name, total, low, high, len(tallies))


def interval(tallies: Sequence[Tally]) -> tuple[float | None, float | None]:
    """The 95 % percentile bootstrap of the pooled value; (None, None) of fewer than two recordings."""
    if len(tallies) < 2:
        return None, None
    drawn = np.random.default_rng(SEED).integers(0, len(tallies), (DRAWS, len(tallies)))
    values = _values(tallies, drawn)
    values = values[np.isfinite(values)]
    if not len(values):
        return None, None
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _values(tallies: Sequence[Tally], drawn: npt.NDArray[np.int64]) -> Floats:
    """The pooled value of each draw; NaN where it has none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if isinstance(tallies[0], Share):
            part, whole = _sums([(t.part, t.whole) for t in tallies if isinstance(t, Share)], drawn)
            return np.asarray(part / whole)
        if isinstance(tallies[0], Hits):
            counts = [(t.right, t.false, t.missed) for t in tallies if isinstance(t, Hits)]
            right, false, missed = _sums(counts, drawn)
            return np.asarray(2 * right / (2 * right + false + missed))
    sizes = [np.abs(t.values) for t in tallies if isinstance(t, Offsets)]
    pools = (np.concatenate([sizes[i] for i in draw]) for draw in drawn)
    return np.array([np.median(pool) if len(pool) else np.nan for pool in pools])


def _sums(rows: Sequence[tuple[float, ...]], drawn: npt.NDArray[np.int64]) -> Floats:
    """The sum of each column over each draw, shape (columns, draws)."""
    return np.asarray(np.array(rows, dtype=float)[drawn].sum(axis=1).T)
