"""Recorded messages are told from people by what is said, and where."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from analyzers.announcements import announcements
from analyzers.conversation import Conversation, Party, Roles, Sound, SoundKind, Span, Speech, Word, take_turns
from analyzers.text import said_in_turns
from tests.builders import recording, tokens

PAUSE_S = 2.0  # between lines: each is a turn
RECORDED = "This call may be recorded for training purposes."
MENU = "For sales, press one."
ZH = "为了提升服务质量，来电可能会被录音"


def announced(lines: Sequence[tuple[str, str]], sounds: tuple[Sound, ...] = ()) -> list[int]:
    """Which of the lines (voice, text), one every ten seconds, are announcements."""
    words, speech = [], []
    for i, (who, text) in enumerate(lines):
        span = Span(10.0 * i, 10.0 * i + 5)
        words += [Word(span, word, Party.OTHER, 0.9, 0, word, who) for word in tokens(text)]
        speech.append(Speech(span, Party.OTHER, who))
    call = Conversation(recording(), "en", tuple(words), tuple(speech), take_turns(speech), sounds=sounds)
    found = announcements(said_in_turns(replace(call, roles=Roles("none", 0.5))), call)
    return [i for i, region in enumerate(speech) if any(turn.span == region.span for turn in found)]


@pytest.mark.parametrize("text", [RECORDED, MENU, ZH, "查询请按1", "坐席全忙", "all our agents are currently busy"])
def test_a_voice_begins_with_recorded_messages(text: str) -> None:
    lines = [
        ("A", text),
        ("A", "Galaxy, Amy, hello"),
        ("B", "I need help"),
        ("A", "I am listening to you, how can I help?"),
    ]
    assert announced(lines) == [0]


@pytest.mark.parametrize(
    "text",
    [
        "My name is Amy, this call may be recorded",
        "This is Amy on a recorded line, the call may be recorded",
        "您好，我是小林，为了提升服务质量，来电可能会被录音",
        "本次通话会录音，请问有什么可以帮您",
        "请按一下电源键",
        "Galaxy bank, good morning",
    ],
)
def test_a_person_who_says_so_is_no_recorded_message(text: str) -> None:
    assert announced([("A", text), ("B", "I need help"), ("A", "I see. 我看看")]) == []


def test_what_a_voice_says_before_is_part_of_the_message_unless_it_is_answered() -> None:
    after = [("B", "I need help"), ("A", "I see, hello you, how can I help you there today?")]
    assert announced([("A", "Welcome to Galaxy bank"), ("A", RECORDED), *after]) == [0, 1]
    assert announced([("A", "Welcome to Galaxy bank"), ("B", "hi"), ("A", RECORDED), *after]) == []


CALL = [("A", "I am Amy, how can I help?"), ("B", "I need help")]


def test_in_a_hold_after_music_or_at_the_end_but_nowhere_else() -> None:
    held = [*CALL, ("A", "I will check, please hold"), ("B", "sure"), ("A", RECORDED), ("A", MENU), ("A", "I am back")]
    assert announced(held) == [4, 5]
    plain = [*CALL, ("A", "I see"), ("A", RECORDED), ("A", "I am done")]
    assert announced(plain) == []
    assert announced(plain, (Sound(Span(26, 29), SoundKind.MUSIC),)) == [3]
    assert announced([*CALL, ("A", "I am done"), ("A", MENU)]) == [3]
    assert announced([*CALL, ("A", "I am done"), ("A", RECORDED)]) == [], "agents end like that, menus only machines"


def test_a_voice_of_its_own_is_an_announcement_whole() -> None:
    assert announced([("X", "Galaxy bank"), *CALL, ("X", RECORDED), ("A", "I see"), ("X", MENU)]) == [0, 3, 5]
    assert announced([*CALL, ("X", "Galaxy"), ("A", "I see")]) == []
