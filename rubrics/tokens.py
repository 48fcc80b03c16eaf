"""Tokens: text brought to a form in which what was said can be compared with what is looked for.

A token is one Hanzi, one digit or one Latin word. Width and case (NFKC, casefold), traditional to simplified
Chinese (OpenCC t2s), punctuation, spaces, English contractions and spoken numbers (二十四, twenty-four: 24)
no longer tell two texts apart. For sound, a Hanzi is its toneless pinyin (pypinyin), in its commonest reading.

Left out: hundreds and more in English numbers; polyphonic characters by context, which a recogniser's wrong
characters would mislead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import opencc
from pypinyin import lazy_pinyin

_TOKEN = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇]"  # one Hanzi
    r"|\d"  # one digit
    r"|[^\W\d_\u3400-\u9fff〇]+(?:'[^\W\d_\u3400-\u9fff〇]+)*"  # one word, its apostrophes inside
)
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc\u0060\u00b4\u2032", "'"))

_WHOLE = {  # also where the recogniser left the apostrophe out
    "cannot": "can not", "can't": "can not", "cant": "can not", "won't": "will not", "wont": "will not",
    "shan't": "shall not", "ain't": "is not", "let's": "let us", "dont": "do not", "doesnt": "does not",
    "didnt": "did not", "isnt": "is not", "arent": "are not", "wasnt": "was not", "werent": "were not",
    "couldnt": "could not", "wouldnt": "would not", "shouldnt": "should not", "havent": "have not", "hasnt": "has not",
    "thats": "that is", "whats": "what is", "theres": "there is", "youre": "you are", "theyre": "they are",
    "youve": "you have", "youll": "you will", "ive": "i have", "im": "i am", "gonna": "going to", "wanna": "want to",
    "gotta": "got to", "gimme": "give me", "goodbye": "good bye", "okay": "ok",
}  # fmt: skip
_ENDINGS = {"n't": " not", "'re": " are", "'ll": " will", "'ve": " have", "'m": " am", "'d": " would"}
_IS = frozenset(
    ("that", "it", "what", "he", "she", "there", "here", "who", "where", "how", "this", "when", "everything", "name")
)

HANZI = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇]")
_ZH_DIGITS = dict(zip("零〇一幺二两三四五六七八九", "0011223456789", strict=True))
_ZH_UNITS = {"十": 10, "百": 100, "千": 1000}
_ZH_NUMERALS = frozenset(_ZH_DIGITS) | frozenset(_ZH_UNITS) | {"万"}
_EN_NUMERALS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_EN_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip

_FOLDS = (  # syllables that accents and recognisers mix up
    (re.compile("^(z|c|s)h"), r"\1"),
    (re.compile("^n"), "l"),
    (re.compile("^f"), "h"),
    (re.compile("(an|en|in)g$"), r"\1"),
)


@lru_cache(maxsize=1)
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=65536)
def tokenize(text: str) -> tuple[str, ...]:
    """One token a Hanzi, a digit or a Latin word; contractions as two."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", _simplifier().convert(plain))
    return tuple(part for token in _TOKEN.findall(plain) for part in _spell_out(token))


def _spell_out(token: str) -> list[str]:
    if token in _WHOLE:
        return _WHOLE[token].split()
    stem, _, ending = token.rpartition("'")
    if not stem:
        return [token]
    if ending == "s":
        return [stem, "is"] if stem in _IS else [stem.replace("'", "") + "s"]
    for shortened, word in _ENDINGS.items():
        if token.endswith(shortened):
            return (token.removesuffix(shortened).replace("'", "") + word).split()
    return [token.replace("'", "")]


def spell_numbers(tokens: Sequence[str]) -> list[tuple[str, int, int]]:
    """Spoken numbers as digits; every digit stands for the whole number it came from."""
    spelt: list[tuple[str, int, int]] = []
    i = 0
    while i < len(tokens):
        size, written = _number_at(tokens, i)
        spelt += [(token, i, i + size - 1) for token in written]
        i += size
    return spelt


def _number_at(tokens: Sequence[str], i: int) -> tuple[int, Sequence[str]]:
    """How many tokens are read at `i`, and what is written for them."""
    token = tokens[i]
    if token in _EN_TENS:
        unit = _EN_NUMERALS.get(tokens[i + 1], 0) if i + 1 < len(tokens) else 0
        joined = 0 < unit <= 9  # noqa: PLR2004
        return 1 + joined, str(_EN_TENS[token] + unit * joined)
    if token in _EN_NUMERALS:
        return 1, str(_EN_NUMERALS[token])
    size = next((n for n, t in enumerate(tokens[i:]) if t not in _ZH_NUMERALS), len(tokens) - i)
    if (value := _zh_value("".join(tokens[i : i + size]))) is not None:
        return size, str(value)
    return 1, (_ZH_DIGITS.get(token, token),)


def _zh_value(run: str) -> int | None:
    """The value of a number said with its units (二十四); None where it has none or they make no number."""
    total = section = 0
    digit: int | None = None
    if not any(char in _ZH_UNITS or char == "万" for char in run):
        return None
    for i, char in enumerate(run):
        if char in _ZH_DIGITS:
            if digit:
                return None
            digit = int(_ZH_DIGITS[char])
        elif char == "万":
            if not (section or digit):
                return None
            total, section, digit = (section + (digit or 0)) * 10_000, 0, None
        elif digit or (char == "十" and i == 0):
            section, digit = section + (digit or 1) * _ZH_UNITS[char], None
        else:
            return None
    return total + section + (digit or 0)


@lru_cache(maxsize=65536)
def syllable(token: str) -> str:
    """Toneless pinyin of a Hanzi in its commonest reading, or of a digit; other tokens as they are."""
    char = "零一二三四五六七八九"[int(token)] if token.isdecimal() else token
    return lazy_pinyin(char)[0] if HANZI.match(char) else char


@lru_cache(maxsize=4096)
def fold(syllable: str) -> str:
    """The syllable with what accents and recognisers blur made equal: `shang` and `san` are one."""
    for pattern, to in _FOLDS:
        syllable = pattern.sub(to, syllable)
    return syllable
