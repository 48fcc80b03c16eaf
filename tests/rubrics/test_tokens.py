import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.tokens import fold, spell_numbers, syllable, tokenize


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＢＣ，Ｄｅｆ！", "abc def"),
        ("請您稍等", "请您稍等。"),
        ("Don’t", "do not"),
        ("dont", "don't"),
        ("THAT'S", "that is"),
        ("I'm you're we'll they've", "i am you are we will they have"),
        ("the customer's", "the customers"),
        ("cannot can't", "can not can not"),
        ("good-bye", "Goodbye"),
        ("rock 'n' roll", "rock n roll"),
    ],
)
def test_what_sounds_alike_is_written_alike(one: str, other: str) -> None:
    assert tokenize(one) == tokenize(other)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("二十四小时", "24小时"),
        ("幺二三一五", "12315"),
        ("两天", "2天"),
        ("十二点", "12点"),
        ("三百零五元", "305元"),
        ("一万二千", "12000"),
        ("twenty four hours", "24 hours"),
        ("twenty-four", "24"),
        ("ninety nine", "99"),
        ("twelve", "12"),
        ("一二三十", "1230"),
    ],
)
def test_spoken_and_written_numbers_are_the_same(text: str, written: str) -> None:
    spoken = [token for token, _, _ in spell_numbers(tokenize(text))]
    assert spoken == list(tokenize(written))


@pytest.mark.parametrize("text", ["万一", "百分", "千万别"])
def test_units_without_a_number_are_words(text: str) -> None:
    assert spell_numbers(tokenize(text))[0][0] == text[0]


def test_a_digit_stands_for_the_whole_number() -> None:
    assert spell_numbers(tokenize("等二十四天")) == [("等", 0, 0), ("2", 1, 3), ("4", 1, 3), ("天", 4, 4)]


@pytest.mark.parametrize(("one", "other"), [("是", "四"), ("您", "林"), ("上", "三"), ("知", "资"), ("福", "胡")])
def test_blurred_syllables_fold_together(one: str, other: str) -> None:
    assert syllable(one) != syllable(other)
    assert fold(syllable(one)) == fold(syllable(other))


@given(st.text())
@settings(max_examples=200)
def test_any_text_is_normalised(text: str) -> None:
    tokens = tokenize(text)
    assert all(token and not any(char.isspace() for char in token) for token in tokens)
    assert [first for _, first, _ in spell_numbers(tokens)] == sorted(first for _, first, _ in spell_numbers(tokens))
    assert {i for _, first, last in spell_numbers(tokens) for i in range(first, last + 1)} == set(range(len(tokens)))
    assert all(fold(syllable(token)) for token in tokens)
