"""Figures are counted as they are said, whoever writes them down."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Party, Span, Word
from analyzers.reading import read_aloud, read_words
from analyzers.units import spoken_units
from rubrics.tokens import spell_numbers

ZH_DIGITS = "零一二三四五六七八九"
EN_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

ZH = {
    "138": "一三八",
    "一百三十八元": "一百三十八元",
    "138元": "一百三十八元",
    "60 7号话务员": "六零七号话务员",
    "13 86 47 09 15, 没错": "一三八六四七零九一五没错",
    "0 21 6 87 34 50": "零二一六八七三四五零",
    "400-820-8820": "四零零八二零八八二零",
    "6, 9, 8, 3": "六九八三",
    "2026年3月15号": "二零二六年三月十五号",
    "30年": "三十年",
    "1000亿": "一千亿",
    "1,200元": "一千二百元",
    "1. 5倍": "一点五倍",
    "8.5折": "八点五折",
    "9:30": "九点三十",
    "9：05到10:00": "九点零五到十点",
    "20%": "百分之二十",
    "¥100，$5.5": "一百元五点五美元",
    "A4纸，5G": "A四纸五G",
    "iPhone 15": "iPhone十五",
    "amy@163.com": "amy at 一六三点com",
    "12315": "一二三一五",
    "3, 20%": "三百分之二十",
}
EN = {
    "one three eight": "one three eight",
    "138": "one three eight",
    "$134 or 135 dollars": "one hundred thirty four dollars or one hundred thirty five dollars",
    "from 9.30 a.m. to 5 p.m.": "from nine thirty a m to five p m",
    "9:05, 10:00, 11:00 am": "nine oh five ten o'clock eleven am",
    "the 3rd of May, 1988": "the third of May nineteen eighty eight",
    "2005 1905": "two zero zero five one nine zero five",
    "in 2005": "in two thousand five",
    "in 2026 or 1905": "in twenty twenty six or nineteen oh five",
    "715-139-0787": "seven one five one three nine zero seven eight seven",
    "NS 640 371": "NS six four zero three seven one",
    "50% of £400": "fifty percent of four hundred pounds",
    "£1,250.50": "one thousand two hundred fifty point five zero pounds",
    "24/7, 21st, 12th, 20th": "twenty four seven twenty first twelfth twentieth",
    "until 10. 5 people": "until ten five people",
    "amy.lee@example.com": "amy dot lee at example dot com",
    "Yes. No.": "Yes No",
    "3 million": "three million",
}


@pytest.mark.parametrize(("written", "said"), ZH.items())
def test_chinese(written: str, said: str) -> None:
    assert read_aloud(written, "zh") == read_aloud(said, "zh")
    assert [unit.lower() for unit in read_aloud(written, "zh")] == spoken_units(said)


@pytest.mark.parametrize(("written", "said"), EN.items())
def test_english(written: str, said: str) -> None:
    assert read_aloud(written, "en") == tuple(said.split())


def test_other_languages_are_counted_as_written() -> None:
    assert read_aloud("le 24 mai", "fr") == ("le", "2", "4", "mai")


def word(text: str) -> Word:
    return Word(Span(0, 1), text, Party.AGENT, 0.9)


def test_words_share_out_a_figure_that_runs_across_them() -> None:
    assert read_words([word(text) for text in ("号码", "13", "86", "4", "，", "138", "元")], "zh") == (
        ("号", "码"),
        ("一", "三"),
        ("八", "六"),
        ("四",),
        (),
        ("一", "百", "三", "十", "八"),
        ("元",),
    )


@settings(max_examples=80, deadline=None)
@given(st.from_regex(r"[0-9]{3,11}", fullmatch=True))
def test_digits_that_stand_alone_count_the_same_however_they_are_written(digits: str) -> None:
    spoken = "".join(ZH_DIGITS[int(digit)] for digit in digits)
    assert read_aloud(f"号码{digits}，", "zh") == read_aloud(f"号码{spoken}，", "zh")


@settings(max_examples=80, deadline=None)
@given(st.integers(3, 99_999_999))
def test_a_chinese_amount_says_its_value(value: int) -> None:
    """The reader of phrases, written apart from this one, hears the same number."""
    said = read_aloud(f"{value}元", "zh")
    assert "".join(token for token, _, _ in spell_numbers(said)) == f"{value}元"
    assert read_aloud(f"{value:,}元", "zh") == said


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**12 - 1))
def test_an_english_amount_says_its_value(value: int) -> None:
    sizes = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
    small = {read_aloud(str(n), "en")[0]: n for n in (*range(20), *range(20, 100, 10))}
    assert len(small) == 28
    total = part = 0
    for unit in read_aloud(f"${value}", "en")[:-1]:
        if unit == "hundred":
            part *= 100
        elif unit in sizes:
            total, part = total + part * sizes[unit], 0
        else:
            part += small[unit]
    assert total + part == value


TEXTS = st.text(alphabet="的好138 05,.:%¥$@abc-第元年st。", max_size=20)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from(["zh", "en", "fr"]))
def test_sentences_are_read_one_by_one(one: str, other: str, language: str) -> None:
    assert read_aloud(f"{one}。{other}", language) == read_aloud(one, language) + read_aloud(other, language)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from(["zh", "en", "fr"]))
def test_what_is_read_reads_the_same_again(text: str, language: str) -> None:
    said = read_aloud(text, language)
    assert read_aloud("。".join(said), language) == said
    assert all(not unit.isdecimal() for unit in said) or language == "fr"


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.text(alphabet="的好138 05,.:%¥元年a", min_size=1, max_size=6), max_size=6),
    st.sampled_from(["zh", "en"]),
)
def test_words_lose_and_gain_nothing(texts: list[str], language: str) -> None:
    units = [unit for said in read_words([word(text) for text in texts], language) for unit in said]
    assert tuple(units) == read_aloud(" ".join(texts), language)
