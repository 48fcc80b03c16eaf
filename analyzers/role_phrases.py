"""What agents say and what customers say: phrases, how much each tells, and where in a call it belongs.

A weight is about the natural logarithm of how many times likelier the phrase is from one side than from the
other. At `CLEAR` and beyond people outside service calls hardly say it either; what is below is also said
among friends; those of `other` keep a phrase from counting for what it holds ("I will need" is no customer's "I need").
The phrases are in `role_phrases.yaml`; how they are written and found: `analyzers.phrasebook`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from analyzers.conversation import Party
from analyzers.phrasebook import Phrasebook, expanded

CLEAR = 2.0  # seven times likelier
PHRASES = Path(__file__).with_suffix(".yaml")


class Place(StrEnum):
    """Where in what a voice says a phrase belongs."""

    OPENING = "opening"
    CLOSING = "closing"
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase that `party` says; `OTHER`: either side does."""

    text: str
    party: Party
    weight: float
    place: Place


def phrases_in(text: str) -> list[tuple[Phrase, ...]]:
    """The phrases in a text, in order; each with all its places, since some belong in two."""
    return [_phrases()[wording] for wording in _book().find(text)]


@cache
def _book() -> Phrasebook:
    return Phrasebook(tuple(_phrases()))


@cache
def _phrases() -> dict[str, tuple[Phrase, ...]]:
    listed: dict[str, tuple[Phrase, ...]] = defaultdict(tuple)
    for party, places in yaml.safe_load(PHRASES.read_text("utf-8")).items():
        for place, weights in places.items():
            for weight, patterns in weights.items():
                for text in (text for pattern in patterns for text in expanded(pattern)):
                    listed[text] += (Phrase(text, Party(party), float(weight), Place(place)),)
    return dict(listed)
