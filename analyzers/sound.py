"""How words sound: a text as syllables, so that a recogniser's wrong character does not hide a phrase.

About one Mandarin character in six is recognised wrongly on telephone audio, mostly as another with the
same sound: 坐席 becomes 作其, 来电 becomes 来店. A Hanzi is therefore its toneless pinyin, with the initials
zh/z, ch/c, sh/s and the finals -ng/-n taken as one, as many speakers do. Words of other scripts stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

import pypinyin

from analyzers.units import spoken_units


def sounds(units: Iterable[str]) -> str:
    """Spoken units as one line of syllables, a space before and after each, so that `in` finds whole ones."""
    return " " + "".join(f"{sound_of(unit)} " for unit in units)


def sounds_of(text: str) -> str:
    """The same for a text."""
    return sounds(spoken_units(text))


@cache
def sound_of(unit: str) -> str:
    """How one spoken unit sounds."""
    syllable: str = pypinyin.lazy_pinyin(unit)[0]
    return syllable if syllable == unit else re.sub("ng$", "n", re.sub("^([zcs])h", r"\1", syllable))
