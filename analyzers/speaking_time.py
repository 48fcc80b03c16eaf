"""Speaking time: what a party says, laid end to end on a clock that runs only while it speaks.

A window on this clock may span several turns, so that somebody who speaks in short turns is measured too.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from analyzers.conversation import Party, Span, Word
from analyzers.measure import Evidence
from analyzers.text import join_words


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the call in which a party speaks; `units`: how many each of its words counts for."""

    span: Span
    words: tuple[Word, ...]
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SpeakingTime:
    """A party's stretches laid end to end: `edges_s` is where each begins and, last, where all end.

    `times_s`: when each word is half said, on the same clock; `before`: the units said before each, and in all.
    """

    party: Party
    stretches: tuple[Stretch, ...]
    edges_s: tuple[float, ...]
    times_s: tuple[float, ...]
    before: tuple[int, ...]

    @property
    def seconds(self) -> float:
        """How long all of it is."""
        return self.edges_s[-1]

    def units_in(self, window: Span) -> int:
        """The units said in a half-open window of the clock."""
        first, end = bisect_left(self.times_s, window.start_s), bisect_left(self.times_s, window.end_s)
        return self.before[end] - self.before[first]

    def densest(self, window_s: float) -> Span:
        """The first window of this length with the most units; it begins at a word or ends where all ends."""
        return max(self._windows(self.times_s, window_s), key=self.units_in)

    def sparsest(self, window_s: float) -> Span:
        """The first window of this length with the fewest units; it ends before a word or where all ends."""
        starts_s = (time_s - window_s for time_s in self.times_s)
        return min(self._windows(starts_s, window_s), key=self.units_in)

    def evidence(self, window: Span) -> tuple[Evidence, ...]:
        """Where in the call a window of the clock is, and what is said there."""
        return tuple(
            self._evidence(stretch, part.start_s - edge_s, part.end_s - edge_s)
            for stretch, (edge_s, end_s) in zip(self.stretches, pairwise(self.edges_s), strict=True)
            if (part := Span(edge_s, end_s).within(window))
        )

    def _windows(self, starts_s: Iterable[float], window_s: float) -> list[Span]:
        latest_s = self.seconds - window_s
        starts = sorted({min(max(start_s, 0.0), latest_s) for start_s in (*starts_s, latest_s)})
        return [Span(start_s, start_s + window_s) for start_s in starts]

    def _evidence(self, stretch: Stretch, from_s: float, to_s: float) -> Evidence:
        span = Span(stretch.span.start_s + from_s, stretch.span.start_s + to_s)
        said = join_words(word.original or word.text for word in stretch.words if word.span.middle_s in span)
        return Evidence(span, self.party, said)


def lay_end_to_end(stretches: Sequence[Stretch], party: Party) -> SpeakingTime:
    """The speaking time of a party in these stretches, in their order."""
    edges_s = tuple(accumulate((stretch.span.duration_s for stretch in stretches), initial=0.0))
    times_s = tuple(
        edge_s + _inside_s(word, stretch.span)
        for stretch, edge_s in zip(stretches, edges_s, strict=False)
        for word in stretch.words
    )
    units = (count for stretch in stretches for count in stretch.units)
    return SpeakingTime(party, tuple(stretches), edges_s, times_s, tuple(accumulate(units, initial=0)))


def _inside_s(word: Word, span: Span) -> float:
    # Recognisers put words a little beside the speech; the last instant of a half-open stretch is before its end.
    return min(max(word.span.middle_s - span.start_s, 0.0), math.nextafter(span.duration_s, 0.0))
