"""Syllables of words whose pronunciation is in every dictionary."""

import pytest

from analyzers.syllables import syllables

WORDS = {
    1: "made asked miles shh strength through prayed it's I'm they've queue League walked goes whole",
    2: "table wanted changes refund handled hundred trying being quiet client didn't useless sometimes seven colleague",
    3: "idea video radio another delivered wonderful previous everyone Saturday India rhythmical",
    4: "everybody January appliances February",
    5: "university unfortunately appropriately immediately apologising",
}
SPELLED = {"SMS": 3, "VIP": 1, "OK": 2, "TV": 2, "GPS": 3, "WWW": 9, "PIN": 1, "SIM": 1, "A": 1, "HTTP": 4, "NATO": 2}


@pytest.mark.parametrize(("count", "word"), [(count, word) for count, words in WORDS.items() for word in words.split()])
def test_english(word: str, count: int) -> None:
    assert syllables(word) == count


@pytest.mark.parametrize(("word", "count"), SPELLED.items())
def test_abbreviations_are_spelled_unless_they_are_words(word: str, count: int) -> None:
    assert syllables(word) == count


@pytest.mark.parametrize("unit", ["您", "〇", "x", "8"])
def test_one_at_least(unit: str) -> None:
    assert syllables(unit) == 1


def test_case_and_apostrophe_change_nothing_in_words() -> None:
    assert [syllables(word) for word in ("Didn’t", "didn't", "DIDN'T")] == [2, 2, 2]
