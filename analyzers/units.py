"""Spoken units: what counts as one when speech is counted.

A Hanzi is one, a digit is one (138 and 一三八 are both spoken as three), a Latin word is one. So Chinese is
counted in characters, English in words, and text that mixes both in either, without a choice to make.

Left out: punctuation, symbols and spaces, which nobody speaks. English numbers that a recogniser writes in
digits count by digit, which is right for the numbers that calls are full of (telephone, order, account) and
a little off for years and amounts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from analyzers.conversation import Word

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTERS = rf"[^\W\d_{_HAN}]+"
_UNIT = re.compile(rf"[{_HAN}]|\d|{_LETTERS}(?:['’]{_LETTERS})*")


def spoken_units(text: str) -> list[str]:
    """The units of a text in order, in lower case.

    >>> spoken_units("我的 iPhone 15，don't!")
    ['我', '的', 'iphone', '1', '5', "don't"]
    """
    return _UNIT.findall(text.lower())


def units_of(words: Iterable[Word]) -> list[str]:
    """The units of the words in order."""
    return [unit for word in words for unit in spoken_units(word.text)]


def is_counted_in_characters(language: str) -> bool:
    """Whether speech in this language is counted in characters (Chinese) or in words (all else)."""
    return language in {"zh", "yue"}
