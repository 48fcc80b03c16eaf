"""Spoken units: what counts as one when speech is counted.

A Hanzi is one, a digit is one (138 and 一三八 are both spoken as three), a Latin word is one. So Chinese is
counted in characters, English in words, and text that mixes both in either, without a choice to make.

Left out: punctuation, symbols and spaces. Text is taken as it is written; `analyzers.reading` has it as it was
said, where figures are not always spoken digit by digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from analyzers.conversation import Word

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTERS = rf"[^\W\d_{_HAN}]+"
UNIT = re.compile(rf"[{_HAN}]|\d|{_LETTERS}(?:['’]{_LETTERS})*")
_HANZI = re.compile(f"[{_HAN}]")


def spoken_units(text: str) -> list[str]:
    """The units of a text in order, in lower case.

    >>> spoken_units("我的 iPhone 15，don't!")
    ['我', '的', 'iphone', '1', '5', "don't"]
    """
    return UNIT.findall(text.lower())


def units_of(words: Iterable[Word]) -> list[str]:
    """The units of the words in order."""
    return [unit for word in words for unit in spoken_units(word.text)]


def is_hanzi(unit: str) -> bool:
    """Whether a unit is a Chinese character."""
    return _HANZI.fullmatch(unit) is not None


def is_counted_in_characters(language: str) -> bool:
    """Whether speech in this language is counted in characters (Chinese) or in words (all else)."""
    return language in {"zh", "yue"}
