"""The guards take away what nobody said, keep what people do say, and never add a word."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Span
from analyzers.speech.hallucinations import HeardWord, believable, letters
from analyzers.speech.whisper import PROMPTS

PROMPT = PROMPTS["zh"]


def words(*texts: str, word_s: float = 0.3) -> tuple[HeardWord, ...]:
    return tuple(HeardWord(text, Span(i * word_s, (i + 1) * word_s), 0.9) for i, text in enumerate(texts))


def kept(*texts: str, word_s: float = 0.3) -> list[str]:
    return [word.text for word in believable(words(*texts, word_s=word_s), (PROMPT,))]


@pytest.mark.parametrize(
    "said",
    [
        ("对", "对", "对", "对,", "没", "错"),
        ("yes", "yes", "yes"),
        ("no,", "no,", "no,", "no", "no."),
        ("好", "的", "好", "的", "好", "的"),
        ("one", "one", "one", "one", "five", "five"),
        ("thank", "you", "for", "calling,", "thank", "you", "for", "watching", "over", "my", "account", "so", "long."),
        ("以下", "是", "您", "的", "订单"),
        ("订", "阅", "服", "务", "怎", "么", "取", "消"),
        ("13812345678",),
    ],
)
def test_real_speech_is_kept(said: tuple[str, ...]) -> None:
    assert kept(*said, word_s=0.5 if len(said) > 1 else 2.0) == list(said)


@pytest.mark.parametrize(
    "said",
    [
        (PROMPT,),
        ("以下", "是", "普通话", "的", "句子", "。"),
        ("以下", "是", "普通話", "的", "句子"),
        ("以下是普通话的句子", "以下是普通话的句子", "以下是普通话的句子"),
        ("字幕", "by", "索兰娅"),
        ("請", "不吝", "點贊", "訂閱", "轉發", "打賞", "支持", "明鏡", "與", "點點", "欄目"),
        ("请不吝点赞", "订阅", "转发", "打赏", "支持", "明镜与点点栏目"),
        ("Thanks", "for", "watching!"),
        ("Subtitles", "by", "the", "Amara.org", "community"),
        ("字幕志愿者", "杨茜茜"),
        ("字幕製作", "貝爾"),
    ],
)
def test_what_nobody_said_is_dropped(said: tuple[str, ...]) -> None:
    assert kept(*said) == []


def test_what_follows_an_echo_is_kept() -> None:
    assert kept("以下是普通话的句子。", "您好,", "请讲") == ["您好,", "请讲"]


def test_a_loop_is_cut_to_its_first_saying() -> None:
    assert kept("I", *("think", "that", "it's", "a", "good") * 6, "bye") == [
        "I",
        "think",
        "that",
        "it's",
        "a",
        "good",
        "bye",
    ]
    assert kept(*("呃",) * 40) == ["呃"]


def test_a_loop_that_breaks_off_leaves_its_rest() -> None:
    said = (*("please", "hold", "the", "line") * 5, "please", "hold")
    assert kept(*said) == ["please", "hold", "the", "line", "please", "hold"]


def test_more_text_than_can_be_spoken_is_dropped_whole() -> None:
    assert kept("This", "call", "may", "be", "recorded", "for", "training", "purposes", word_s=0.05) == []
    assert kept("This", "call", "may", "be", "recorded", "for", "training", "purposes", word_s=0.25) != []


def test_nothing_said_is_nothing_heard() -> None:
    assert believable((), (PROMPT,)) == ()
    assert believable(words("Hello"), ()) == words("Hello")


TEXTS = st.sampled_from(["对", "yes", "字幕by", "以下是普通话的句子", "hello", "Thanks", "for", "watching", ",", "12"])


@settings(max_examples=100)
@given(st.lists(TEXTS, max_size=40), st.floats(0.01, 1))
def test_no_word_is_added_or_moved(texts: list[str], word_s: float) -> None:
    said = words(*texts, word_s=word_s)
    left = iter(said)
    assert all(word in left for word in believable(said, (PROMPT,)))  # a subsequence


def test_letters_are_compared_in_one_width_case_and_script() -> None:
    assert letters("ＡＢＣ，Don't 普通話。１２３") == "abcdont普通话123"
