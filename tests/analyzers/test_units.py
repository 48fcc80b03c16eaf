"""What counts as one spoken unit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.units import is_counted_in_characters, is_hanzi, spoken_units


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("您好，请讲。", ["您", "好", "请", "讲"]),
        ("一三八", ["一", "三", "八"]),
        ("138", ["1", "3", "8"]),
        ("我的iPhone 15坏了", ["我", "的", "iphone", "1", "5", "坏", "了"]),
        ("I don't know, o’clock", ["i", "don't", "know", "o’clock"]),
        ("mm-hmm", ["mm", "hmm"]),
        ("二〇", ["二", "〇"]),
        ("café ♪ …", ["café"]),
        ("", []),
    ],
)
def test_spoken_units(text: str, units: list[str]) -> None:
    assert spoken_units(text) == units


def test_only_chinese_is_counted_in_characters() -> None:
    assert [language for language in ("zh", "yue", "en", "de") if is_counted_in_characters(language)] == ["zh", "yue"]


def test_hanzi() -> None:
    assert [unit for unit in ("您", "〇", "1", "a", "。", "您好", "") if is_hanzi(unit)] == ["您", "〇"]


TEXTS = st.text(alphabet="您好〇一138 iPhone'’-,。é", max_size=20)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_texts_side_by_side_have_the_units_of_both(one: str, other: str) -> None:
    assert spoken_units(f"{one} {other}") == spoken_units(one) + spoken_units(other)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_units_are_their_own_units(text: str) -> None:
    assert spoken_units(" ".join(spoken_units(text))) == spoken_units(text)
