"""Reading: the units of a text as it was said, whatever the recogniser wrote for it.

The same words come back as 一百三十八元 or as 138元, as "nine thirty" or as "9:30". Counted as written, a party would
seem faster or slower by the recogniser's taste. So figures are read as people say them, in the call's language:

* **digit by digit**: telephone, order and account numbers (five or more digits, a leading zero, digits in
  groups), and three or four digits of which nothing tells more: 138 is 一三八 or one three eight.
* **as a number**: up to two digits (21: 二十一, twenty-one), longer ones before what is counted (138元, 120 minutes)
  or with commas (1,000); in English also round hundreds and years (1988: nineteen eighty-eight).
* **amounts, shares, times, decimals**: ¥100 is 一百元, $5 five dollars, 20% 百分之二十, 9:30 九点三十, 3.5 三点五.
* **addresses**: the @ and the dots of amy.lee@example.com are said.

Left out: the "and" of English numbers, which some say and some do not; the "to" of ranges; other symbols. Where two
readings are as usual (138 in a house number) the one above is taken. Languages other than Chinese and English are
counted as written, a digit as one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from analyzers.conversation import Word
from analyzers.units import UNIT, is_counted_in_characters

LONGEST_NUMBER = 12  # digits: more is no amount that anybody says as one number
LONGEST_PLAIN_NUMBER = 2  # digits: up to here nobody says them one by one, whatever stands beside them
YEARS = range(1100, 2100)  # said in two halves in English

_FIGURE = r"""
      (?P<currency>[¥￥$€£])\s?(?P<amount>\d[\d,]*(?:\.\d+)?)
    | (?P<hour>(?<!\d)\d{{1,2}})\s?(?:[:：]|\.(?=\d\d\s?[ap]\.?m))\s?(?P<minute>[0-5]\d)(?!\d)
    | (?P<share>\d+(?:{point}\d+)?)\s?[%％]
    | (?P<decimal>\d+{point}\d+)
    | (?P<thousands>\d{{1,3}}(?:,\d{{3}})+)(?!\d)
    | (?P<ordinal>\d+)(?:st|nd|rd|th)\b
    | (?P<run>\d+(?:(?:\s|,\s|-)\d+(?!\d|\s?[%％:：]|\.\d|st|nd|rd|th))*)
    | (?P<at>(?<=\w)@(?=\w))
    | (?P<dot>(?<=\w)\.(?=(?:[\w@-]+\.)*(?:com|cn|net|org|edu|gov|uk|io)\b))
"""


@dataclass(frozen=True, slots=True)
class _Tongue:
    """How a language says figures; `share` and `currencies` have a place for the number.

    `run` gets what is written and what follows, `clock` also hour and minute.
    """

    figure: re.Pattern[str]
    digits: Sequence[str]
    number: Callable[[int], str]
    ordinal: Callable[[int], str]
    clock: Callable[[int, int, str], str]
    run: Callable[[str, str], str]
    point: str
    dot: str
    share: str
    currencies: Mapping[str, str]


def read_aloud(text: str, language: str) -> tuple[str, ...]:
    """The units of a text as they are said; capitals stay.

    >>> read_aloud("138元，尾号138", "zh")
    ('一', '百', '三', '十', '八', '元', '尾', '号', '一', '三', '八')
    >>> read_aloud("It's $134 at 9:30", "en")
    ("It's", 'one', 'hundred', 'thirty', 'four', 'dollars', 'at', 'nine', 'thirty')
    """
    return tuple(unit for _, unit in _read(text, language))


def read_words(words: Sequence[Word], language: str) -> tuple[tuple[str, ...], ...]:
    """The units of each word, read together with the words about it: a figure may run across several."""
    texts = [word.text for word in words]
    starts = list(accumulate((len(text) + 1 for text in texts[:-1]), initial=0))
    said: list[list[str]] = [[] for _ in texts]
    for offset, unit in _read(" ".join(texts), language):
        said[bisect_right(starts, offset) - 1].append(unit)
    return tuple(tuple(units) for units in said)


def _read(text: str, language: str) -> Iterator[tuple[int, str]]:
    """The units and where in the text each stands."""
    tongue = _ZH if is_counted_in_characters(language) else _EN if language == "en" else None
    end = 0
    for figure in tongue.figure.finditer(text) if tongue else ():
        yield from ((unit.start(), unit[0]) for unit in UNIT.finditer(text, end, figure.start()))
        units = UNIT.findall(_said(figure, tongue)) if tongue else []
        yield from zip(_places(figure, len(units)), units, strict=True)
        end = figure.end()
    yield from ((unit.start(), unit[0]) for unit in UNIT.finditer(text, end))


def _places(figure: re.Match[str], count: int) -> list[int]:
    """Where so many units of a figure stand: each digit where it is written, other readings spread over it."""
    digits = [figure.start() + i for i, char in enumerate(figure[0]) if char.isdecimal()]
    return digits if len(digits) == count else [figure.start() + i * len(figure[0]) // count for i in range(count)]


def _said(figure: re.Match[str], tongue: _Tongue) -> str:
    return _SAID[figure.lastgroup or ""](figure, tongue, figure.string[figure.end() :].lstrip())


def _value(written: str, tongue: _Tongue) -> str:
    whole, _, fraction = re.sub(r"[\s,]", "", written).partition(".")
    said = tongue.number(int(whole)) if len(whole) <= LONGEST_NUMBER else _one_by_one(whole, tongue.digits)
    return f"{said} {tongue.point} {_one_by_one(fraction, tongue.digits)}" if fraction else said


def _one_by_one(written: str, digits: Sequence[str]) -> str:
    return " ".join(digits[int(digit)] for digit in written if digit.isdecimal())


def _is_number(written: str, counted: bool) -> bool:
    """Whether digits are said as one number: few, or of something `counted`; not in groups or after a zero."""
    if not written.isdecimal() or (written[0] == "0" and len(written) > 1):
        return False
    return len(written) <= LONGEST_PLAIN_NUMBER or (counted and len(written) <= LONGEST_NUMBER)


# Chinese

_ZH_DIGITS = "零一二三四五六七八九"
_ZH_PLACES = ("", "十", "百", "千")
_ZH_MYRIADS = ("", "万", "亿", "兆")
_ZH_COUNTED = frozenset(
    "元块角分钱个人天周月年岁倍度秒钟点小米公里斤克吨升瓦伏折条件台套张笔单盒箱袋瓶杯本平百千万亿多余名家户毫位次"
)
_ZH_YEAR_DIGITS = 4  # 2026年 is 二零二六年, 300年 is 三百年


def _zh_number(value: int) -> str:
    """一百零五; 十五, not 一十五."""
    said, gap = "", False
    for power in range(len(_ZH_MYRIADS) - 1, -1, -1):
        section = value // 10_000**power % 10_000
        gap = gap or bool(said and section < 1000)  # noqa: PLR2004
        if section:
            said += "零" * gap + _zh_section(section) + _ZH_MYRIADS[power]
            gap = False
    return said.removeprefix("一") if said.startswith("一十") else said or "零"


def _zh_section(value: int) -> str:
    said = ""
    for power in (3, 2, 1, 0):
        digit = value // 10**power % 10
        if digit:
            said += _ZH_DIGITS[digit] + _ZH_PLACES[power]
        elif said and value % 10**power and not said.endswith("零"):
            said += "零"
    return said


def _zh_clock(hour: int, minute: int, _after: str) -> str:
    minutes = "零" * (0 < minute < 10) + _zh_number(minute) if minute else ""  # noqa: PLR2004
    return f"{_zh_number(hour)}点{minutes}"


def _zh_run(written: str, after: str) -> str:
    # Recognisers cut Chinese digits into words as it happens: a space says nothing.
    joined = re.sub(r"\s", "", written)
    year = after.startswith("年") and len(joined) == _ZH_YEAR_DIGITS
    number = not year and _is_number(joined, counted=after[:1] in _ZH_COUNTED and bool(after))
    return _zh_number(int(joined)) if number else _one_by_one(joined, _ZH_DIGITS)


# English

_EN_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_EN_TEENS = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_EN_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_EN_THOUSANDS = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_EN_ORDINALS = {
    **{"one": "first", "two": "second", "three": "third", "five": "fifth"},
    **{"eight": "eighth", "nine": "ninth", "twelve": "twelfth"},
}
_EN_COUNTED = re.compile(
    "dollar|pound|euro|cent|penc|penn|buck|yuan|per ?cent|minute|hour|second|day|week|month|year|time|people|person"
    "|guest|mile|met(?:re|er)|kilo|gram|degree|point|item|unit|piece|mega|giga|hundred|thousand|million|billion"
)


def _en_number(value: int) -> str:
    if value < 20:  # noqa: PLR2004
        return (*_EN_DIGITS, *_EN_TEENS)[value]
    if value < 100:  # noqa: PLR2004
        return f"{_EN_TENS[value // 10 - 2]} {_EN_DIGITS[value % 10] if value % 10 else ''}".strip()
    size, name = next((size, name) for size, name in _EN_THOUSANDS if value >= size)
    return f"{_en_number(value // size)} {name} {_en_number(value % size) if value % size else ''}".strip()


def _en_ordinal(value: int) -> str:
    *before, last = _en_number(value).split()
    return " ".join((*before, _EN_ORDINALS.get(last) or re.sub("y$", "ie", last) + "th"))


def _en_clock(hour: int, minute: int, after: str) -> str:
    if minute:
        return f"{_en_number(hour)} {'oh ' * (minute < 10)}{_en_number(minute)}"  # noqa: PLR2004
    return _en_number(hour) if re.match(r"[ap]\.?m\b", after) else f"{_en_number(hour)} o'clock"


def _en_run(written: str, after: str) -> str:
    round_hundreds = written.endswith("00") and len(written) <= 4  # noqa: PLR2004
    if _is_number(written, counted=round_hundreds or _EN_COUNTED.match(after) is not None):
        return _en_number(int(written))
    if written.isdecimal() and len(written) == 4 and int(written) in YEARS:  # noqa: PLR2004
        return _en_year(int(written))
    return _one_by_one(written, _EN_DIGITS)


def _en_year(year: int) -> str:
    """nineteen eighty-four, twenty twenty-six; two thousand five, nineteen oh five."""
    century, rest = divmod(year, 100)
    if century % 10 == 0 and rest < 10:  # noqa: PLR2004
        return _en_number(year)
    return f"{_en_number(century)} {'oh ' * (rest < 10)}{_en_number(rest)}"  # noqa: PLR2004


_ZH = _Tongue(
    figure=re.compile(_FIGURE.format(point=r"\s?\.\s?"), re.VERBOSE),
    digits=_ZH_DIGITS,
    number=_zh_number,
    ordinal=_zh_number,
    clock=_zh_clock,
    run=_zh_run,
    point="点",
    dot="点",
    share="百分之{}",
    currencies={"¥": "{}元", "￥": "{}元", "$": "{}美元", "€": "{}欧元", "£": "{}英镑"},
)
_EN = _Tongue(
    figure=re.compile(_FIGURE.format(point=r"\."), re.VERBOSE),
    digits=_EN_DIGITS,
    number=_en_number,
    ordinal=_en_ordinal,
    clock=_en_clock,
    run=_en_run,
    point="point",
    dot="dot",
    share="{} percent",
    currencies={"¥": "{} yuan", "￥": "{} yuan", "$": "{} dollars", "€": "{} euros", "£": "{} pounds"},
)

# By the last group of `_FIGURE` that matched: the figure, how the language says it, what follows.
_SAID: Mapping[str, Callable[[re.Match[str], _Tongue, str], str]] = {
    "amount": lambda figure, tongue, _: tongue.currencies[figure["currency"]].format(_value(figure["amount"], tongue)),
    "minute": lambda figure, tongue, after: tongue.clock(int(figure["hour"]), int(figure["minute"]), after),
    "share": lambda figure, tongue, _: tongue.share.format(_value(figure["share"], tongue)),
    "decimal": lambda figure, tongue, _: _value(figure["decimal"], tongue),
    "thousands": lambda figure, tongue, _: _value(figure["thousands"], tongue),
    "ordinal": lambda figure, tongue, _: tongue.ordinal(int(figure["ordinal"])),
    "run": lambda figure, tongue, after: tongue.run(figure["run"], after),
    "at": lambda _figure, _tongue, _: "at",
    "dot": lambda _figure, tongue, _: tongue.dot,
}
