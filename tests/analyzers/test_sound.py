"""Texts as they sound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.sound import sounds, sounds_of


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("坐席", "作席"),
        ("来电", "来店"),
        ("资料", "知料"),  # zh taken as z
        ("是", "四"),  # sh as s
        ("吃", "词"),  # ch as c
        ("帮您", "班您"),  # -ng as -n
        ("ＡＢ公司", "ab工司"),
    ],
)
def test_a_wrong_character_of_the_same_sound_is_the_same(said: str, written: str) -> None:
    assert sounds_of(said.replace("ＡＢ", "AB")) == sounds_of(written)


@pytest.mark.parametrize(("one", "other"), [("您好", "你好"), ("退款", "贷款"), ("yes", "no"), ("不是", "是")])
def test_other_sounds_are_not(one: str, other: str) -> None:
    assert sounds_of(one) != sounds_of(other)


def test_words_of_other_scripts_stay_as_they_are() -> None:
    assert sounds_of("Sheng, zhang don't 12 好") == " sheng zhang don't 1 2 hao "


def test_whole_syllables_are_found_and_parts_are_not() -> None:
    assert sounds_of("请问") in sounds_of("您好，请问有什么事")
    assert sounds_of("our") not in sounds_of("four hours")
    assert sounds_of("西安") not in sounds_of("先")


def test_punctuation_is_not_heard() -> None:
    assert sounds_of("好的。谢谢！") == sounds_of("好的 谢谢")
    assert sounds([]) == sounds_of("……") == " "


@given(st.text(alphabet="您好请问abc 1，。吗", max_size=20), st.text(alphabet="您好请问abc 1，。吗", max_size=20))
def test_a_text_is_found_in_whatever_it_is_part_of(before: str, after: str) -> None:
    assert sounds_of("让您久等") in sounds_of(f"{before} 让您久等 {after}")
