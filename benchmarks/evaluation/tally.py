"""Tallies: what a score is made of, so that scores of many recordings can be put together and doubted.

* **share**: a part of a whole: errors of words, wrong seconds of speech, right words of all. Put together, parts
  and wholes are summed, so a long call weighs more than a short one.
* **hits**: things found against things that are there: right, false, missed. Precision is right / found, recall is
  right / there, F1 their harmonic mean.
* **offsets**: signed differences, found minus true. What is told of them is the median of their sizes; beside it
  the median (which way it leans) and the 95th percentile of their sizes.

Nothing to count is None, never 0 or NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from analyzers.conversation import Party, Span
from rubrics.finding import Text

NOTHING = "–"
PARTY_TEXTS = {
    Party.AGENT: Text("agent", "坐席"),
    Party.CUSTOMER: Text("customer", "客户"),
    Party.OTHER: Text("other", "第三方"),
}


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; both in the same unit. Errors may be more than the whole (insertions)."""

    part: float
    whole: float

    @property
    def value(self) -> float | None:
        """The share; None where there is no whole."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Hits:
    """Things found: rightly, falsely, and not."""

    right: int
    false: int
    missed: int

    @property
    def precision(self) -> float | None:
        """Right of all found; None where nothing was found."""
        found = self.right + self.false
        return self.right / found if found else None

    @property
    def recall(self) -> float | None:
        """Right of all that are there; None where nothing is."""
        there = self.right + self.missed
        return self.right / there if there else None

    @property
    def value(self) -> float | None:
        """F1; None where nothing is there and nothing was found."""
        all_twice = 2 * self.right + self.false + self.missed
        return 2 * self.right / all_twice if all_twice else None


@dataclass(frozen=True, slots=True)
class Offsets:
    """Found minus true, each."""

    values: tuple[float, ...]

    @property
    def value(self) -> float | None:
        """The median size."""
        return median(map(abs, self.values)) if self.values else None

    @property
    def lean(self) -> float | None:
        """The median, sign and all."""
        return median(self.values) if self.values else None

    @property
    def p95(self) -> float | None:
        """The 95th percentile of the sizes."""
        return float(np.percentile(np.abs(self.values), 95)) if self.values else None


Tally = Share | Hits | Offsets


def pooled(tallies: Sequence[Tally]) -> Tally | None:
    """Several tallies of one kind as one; None of none.

    Raises:
        TypeError: they are of different kinds.
    """
    match tallies:
        case []:
            return None
        case [Share(), *_]:
            shares = [one for one in tallies if isinstance(one, Share)]
            total: Tally = Share(sum(one.part for one in shares), sum(one.whole for one in shares))
        case [Hits(), *_]:
            hits = [one for one in tallies if isinstance(one, Hits)]
            total = Hits(*(sum(getattr(one, name) for one in hits) for name in ("right", "false", "missed")))
        case _:
            total = Offsets(tuple(value for one in tallies if isinstance(one, Offsets) for value in one.values))
    if len({type(one) for one in tallies}) > 1:
        raise TypeError(f"tallies of one score are of one kind, got {sorted({type(one).__name__ for one in tallies})}")
    return total


@dataclass(frozen=True, slots=True)
class Case:
    """Seconds to listen to: what was expected there and what was found. `weight`: how bad, within its score.

    What is the same in every language (quotes, numbers) is a plain string.
    """

    span: Span
    party: Party | None
    expected: Text | str
    found: Text | str
    weight: float


@dataclass(frozen=True, slots=True)
class Score:
    """One score of one recording: a tally, or why there is none.

    Raises:
        ValueError: it has neither a tally nor a reason, or both.
    """

    name: str
    tally: Tally | None
    missing_because: Text | None = None
    cases: tuple[Case, ...] = ()

    def __post_init__(self) -> None:
        if (self.tally is None) == (self.missing_because is None):
            raise ValueError(f"score {self.name}: a tally or a reason for its absence, got {self}")


def not_computed(because: Text, *names: str) -> tuple[Score, ...]:
    """Scores that this recording's truth, or this machine, cannot carry."""
    return tuple(Score(name, None, because) for name in names)
