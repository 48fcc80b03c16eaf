"""Phrases in texts: by sound, with choices and gaps, the longest first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.phrasebook import GAP, Phrasebook, expanded, phrasebook


def test_a_pattern_stands_for_every_choice() -> None:
    assert list(expanded("(may/can) I (help/)")) == ["may I help", "may I ", "can I help", "can I "]
    assert list(expanded("请稍等")) == ["请稍等"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("嗯，欢迎志电星河", ["欢迎致电"]),  # one wrong character of the same sound in four
        ("欢迎志店", []),  # two
        ("我先问", []),  # of three none may be wrong: it sounds like 我想问
        ("我想问", ["我想问"]),
        ("祝你生活非常愉快", ["祝您…愉快"]),  # long: 你 does
        ("帮你", []),  # short: it must be 您
        ("帮您", ["帮您"]),
        ("May I help? Who, may I ask?", ["may i help", "may i"]),
        ("MAYBE I", []),
        ("", []),
    ],
)
def test_phrases_are_found_by_sound(text: str, found: list[str]) -> None:
    assert phrasebook(["欢迎致电", "我想问", "祝您…愉快", "帮您", "may i", "may i help"]).find(text) == found


@pytest.mark.parametrize(("between", "found"), [(0, True), (GAP, True), (GAP + 1, False)])
def test_a_gap_holds_a_name(between: int, found: bool) -> None:
    said = " ".join(["this is", *["x"] * between, "speaking"])
    assert Phrasebook(("this is…speaking",)).find(said) == ["this is…speaking"] * found


def test_of_overlapping_phrases_the_longest_counts() -> None:
    book = phrasebook(["i want", "want to complain", "i want my money", "my"])
    assert book.find("I want to complain, I want my money, my!") == ["want to complain", "i want my money", "my"]


@given(st.lists(st.sampled_from(["please hold", "hold on", "for you", "请您稍等", "稍等"]), min_size=1, max_size=6))
def test_a_text_made_of_phrases_is_found_whole(said: list[str]) -> None:
    text = ". and ".join(said)
    found = phrasebook(["please hold", "hold on", "for you", "请您稍等", "稍等"]).find(text)
    assert found == said
