"""A phrasebook: which of many phrases a text holds, found by sound.

In a wording `(a/b)` stands for a or b, and `…` for up to `GAP` units, such as a name. A recogniser's wrong character
of the same sound (`analyzers.sound`) is let pass, one in every `RIGHT_PER_WRONG` units: by sound alone 我先 would be
我想. Phrases long enough not to be common among friends are also found with 你 for 您. Of those that overlap the
longest is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from analyzers.sound import sound_of
from analyzers.units import spoken_units

GAP = 6  # units (Hanzi or words): the longest name or number with its title
RIGHT_PER_WRONG = 4
INDEXED = 2  # units at the beginning of a phrase by which it is looked up
FEWEST_FAMILIAR = 4  # units; shorter ones keep 您, which is what makes them polite


def expanded(pattern: str) -> Iterator[str]:
    """Every wording that a pattern with `(a/b)` stands for.

    >>> list(expanded("(may/can) I help"))
    ['may I help', 'can I help']
    """
    parts = re.split(r"\((.*?)\)", pattern)
    for chosen in product(*(part.split("/") if i % 2 else [part] for i, part in enumerate(parts))):
        yield "".join(chosen)


@dataclass(frozen=True)
class Phrasebook:
    """Phrases to be found in texts; `wordings` without `(a/b)` (see `expanded`)."""

    wordings: tuple[str, ...]

    def find(self, text: str) -> list[str]:
        """The wordings in a text, in order, none overlapping: where several do, the longest."""
        units = spoken_units(text)
        heard = [sound_of(unit) for unit in units]
        fits = [
            (-one.length, at, end, one.wording)
            for at in range(len(heard))
            for length in (1, INDEXED)
            for one in self._by_first_sounds.get(tuple(heard[at : at + length]), ())
            if (end := one.end(units, heard, at))
        ]
        taken: dict[int, str] = {}
        covered: set[int] = set()
        for _, at, end, wording in sorted(fits):
            if covered.isdisjoint(range(at, end)):
                covered.update(range(at, end))
                taken[at] = wording
        return [taken[at] for at in sorted(taken)]

    @cached_property
    def _by_first_sounds(self) -> dict[tuple[str, ...], list[_Sounding]]:
        listed: dict[tuple[str, ...], list[_Sounding]] = {}
        for wording in self.wordings:
            for text in {wording, _familiar(wording)}:
                one = _sounding(wording, text)
                listed.setdefault(one.sounds[0][:INDEXED], []).append(one)
        return listed


@dataclass(frozen=True, slots=True)
class _Sounding:
    """A wording cut at its gap: the units and the sounds of each part."""

    wording: str
    units: tuple[tuple[str, ...], ...]
    sounds: tuple[tuple[str, ...], ...]
    length: int

    def end(self, units: Sequence[str], heard: Sequence[str], at: int) -> int | None:
        """Where it ends if it begins at `at`; None where it does not."""
        wrong = 0
        for nth, (part, sounds) in enumerate(zip(self.units, self.sounds, strict=True)):
            starts = range(at, at + 1 + (GAP if nth else 0))
            start = next((i for i in starts if tuple(heard[i : i + len(part)]) == sounds), None)
            if start is None:
                return None
            at = start + len(part)
            wrong += sum(one != other for one, other in zip(units[start:at], part, strict=True))
        return at if wrong <= self.length // RIGHT_PER_WRONG else None


def _sounding(wording: str, text: str) -> _Sounding:
    units = tuple(tuple(spoken_units(part)) for part in text.split("…"))
    return _Sounding(wording, units, tuple(tuple(map(sound_of, part)) for part in units), sum(map(len, units)))


def _familiar(wording: str) -> str:
    return wording.replace("您", "你") if len(spoken_units(wording)) >= FEWEST_FAMILIAR else wording


def phrasebook(patterns: Iterable[str]) -> Phrasebook:
    """A phrasebook of patterns with `(a/b)`."""
    return Phrasebook(tuple(dict.fromkeys(wording for pattern in patterns for wording in expanded(pattern))))
