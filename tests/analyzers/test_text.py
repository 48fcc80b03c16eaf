from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Party, Span, Turn, Word
from analyzers.text import Said, join_words, said_in_turns, turn_indices, turns_by_speaker
from tests.builders import conversation, dialogue, heard


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["good", "morning"], "good morning"),
        (["您", "好"], "您好"),
        (["我", "要", "iPhone", "15", "Pro", "手机"], "我要iPhone 15 Pro手机"),
        ([" hello", ",", " world", "!"], "hello, world!"),
        (["it", "'s", "self", "-made"], "it's self-made"),
        (["您好，", "请讲。"], "您好，请讲。"),
        (["OK，", "good"], "OK，good"),
        (["𠮷", "野", "家", "Tokyo"], "𠮷野家Tokyo"),
        ([" ", "", "嗯"], "嗯"),
        ([], ""),
    ],
)
def test_join_words(words: list[str], text: str) -> None:
    assert join_words(words) == text


@settings(max_examples=50)
@given(st.lists(st.text(alphabet="ab1您好，.' ", max_size=4), max_size=6))
def test_join_words_loses_and_adds_nothing_but_spaces(words: list[str]) -> None:
    assert join_words(words).replace(" ", "") == "".join(words).replace(" ", "")


def test_turn_indices_follow_the_lines() -> None:
    call = dialogue([(Party.AGENT, "good morning"), (Party.CUSTOMER, "hi there"), (Party.AGENT, "how are you")])
    assert turn_indices(call) == (0, 0, 1, 1, 2, 2, 2)


def test_overlapping_parties_keep_their_own_words() -> None:
    call = dialogue([(Party.AGENT, "a b c d", 0.0, 4.0), (Party.CUSTOMER, "x y", 1.0, 3.0)])
    of_party = {call.turns[i].party for i in (0, 1)}
    assert of_party == {Party.AGENT, Party.CUSTOMER}
    assert [call.turns[i].party for i in turn_indices(call) if i is not None] == [word.party for word in call.words]


def test_a_word_of_a_party_without_turns_has_none() -> None:
    call = replace(conversation("hello"), words=(Word(Span(0, 1), "hm", Party.OTHER, 0.5),))
    assert turn_indices(call) == (None,)


@settings(max_examples=60)
@given(
    spans=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10)), min_size=1, max_size=6),
    times=st.lists(st.integers(0, 50), max_size=6),
)
def test_turn_indices_give_a_nearest_turn(spans: list[tuple[int, int]], times: list[int]) -> None:
    turns = tuple(Turn(Span(a, a + length), Party.AGENT, str(n)) for n, (a, length) in enumerate(sorted(spans)))
    words = tuple(Word(Span(t, t), "x", Party.AGENT, 1.0) for t in times)
    call = replace(conversation("hello"), turns=turns, words=words)

    def distance(turn: Turn, time_s: float) -> float:
        return max(turn.span.start_s - time_s, time_s - turn.span.end_s, 0.0)

    chosen = [distance(turns[i], t) for i, t in zip(turn_indices(call), times, strict=True) if i is not None]
    assert chosen == [min(distance(turn, t) for turn in turns) for t in times]


def test_what_is_said_goes_by_speaker_whatever_the_party() -> None:
    call = heard([("A", "may I help"), ("B", "you may"), ("A", "")], stereo=False)
    stray = replace(call.words[0], speaker="nobody", text="stray")
    assert said_in_turns(replace(call, words=(*call.words, stray))) == tuple(
        Said(turn, text) for turn, text in zip(call.turns, ["may I help", "you may", ""], strict=True)
    )


@pytest.mark.parametrize(("time_s", "nth"), [(0.0, 0), (1.0, 0), (2.9, 0), (3.0, 1), (99.0, 1)])
def test_the_turn_that_began_last_is_the_one_spoken_in(time_s: float, nth: int) -> None:
    turns = [Turn(Span(start_s, start_s + 1), Party.OTHER, "A") for start_s in (1.0, 3.0)]
    assert turns_by_speaker(turns[::-1])("A", time_s) == turns[nth]
    assert turns_by_speaker(turns)("B", time_s) is None
