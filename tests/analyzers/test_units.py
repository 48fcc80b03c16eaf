"""What counts as one spoken unit."""

import pytest

from analyzers.units import is_counted_in_characters, spoken_units


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
