"""Words that a recogniser writes although nobody said them, and how they are told.

Whisper was trained on subtitles: on noise and unintelligible speech it can write the prompt it was given,
the credits that end a film, or one phrase over and over. Each guard here removes words and adds none;
what loses its words is heard again on its own, and is called unintelligible if nothing better comes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzers.conversation import Span
from analyzers.speech.script import simplified

# Subtitle credits seen in Whisper's output for Mandarin and English; nobody says these to a customer.
CREDITS = re.compile(
    r"字幕(by|由|志愿者|制作|组)|请不吝点赞|点赞订阅|订阅转发|打赏支持|明镜与点点|(中文)?字幕提供|优优独播剧场|"
    r"amaraorg|subtitlesby|subtitledby|captionsby|thanksforwatching|thankyouforwatching|"
    r"(likeand)?subscribetomychannel|pleasesubscribe|transcriptionby|copyrightaustralianbroadcasting"
)
CREDIT_CHARACTERS = 40  # the longest credit with the name that follows it
LOOP_REPEATS = 4  # people do say 对对对; four times the same five characters is a loop
LOOP_CHARACTERS = 5
LONGEST_LOOP_WORDS = 12
FASTEST_CHARACTERS_PER_S = 30.0  # English auctioneers reach 25, Mandarin 10: faster cannot have been spoken
FASTEST_OVER_S = 0.3  # a shorter word's time is too unsure to judge its speed


@dataclass(frozen=True, slots=True)
class HeardWord:
    """One word as the recogniser gives it: its text, time in the window, and probability (0 to 1)."""

    text: str
    span: Span
    probability: float


def letters(text: str) -> str:
    """Only the letters, digits and Hanzi of a text: half-width, lower case, simplified."""
    return "".join(char for char in simplified(unicodedata.normalize("NFKC", text).lower()) if char.isalnum())


def believable(words: Sequence[HeardWord], prompts: Iterable[str] = ()) -> tuple[HeardWord, ...]:
    """The words of one window without prompt echo, loops, credits, and words too fast to be spoken."""
    kept = without_loops(without_echo(words, prompts))
    return without_rush(() if _is_credit(kept) else kept)


def without_echo(words: Sequence[HeardWord], prompts: Iterable[str]) -> tuple[HeardWord, ...]:
    """Drop the prompts where they come back as the beginning of the text, once or again and again."""
    echoes = {letters(prompt) for prompt in prompts}
    for count in range(len(words), 0, -1):
        if letters("".join(word.text for word in words[:count])) in echoes:
            return without_echo(words[count:], echoes)
    return tuple(words)


def _is_credit(words: Sequence[HeardWord]) -> bool:
    text = letters("".join(word.text for word in words))
    return len(text) <= CREDIT_CHARACTERS and CREDITS.search(text) is not None


def without_loops(words: Sequence[HeardWord]) -> tuple[HeardWord, ...]:
    """Cut a phrase said `LOOP_REPEATS` times or more in a row down to its first saying."""
    kept: list[HeardWord] = []
    i = 0
    while i < len(words):
        length, repeats = _loop_at(words, i)
        kept += words[i : i + length]
        i += length * repeats
    return tuple(kept)


def _loop_at(words: Sequence[HeardWord], start: int) -> tuple[int, int]:
    """Length in words and number of sayings of the loop that starts here; (1, 1) where none does."""
    text = [letters(word.text) for word in words[start:]]
    for length in range(1, min(LONGEST_LOOP_WORDS, len(text) // LOOP_REPEATS) + 1):
        repeats = 1
        while text[repeats * length : (repeats + 1) * length] == text[:length]:
            repeats += 1
        if repeats >= LOOP_REPEATS and len("".join(text[:length])) * repeats >= LOOP_CHARACTERS * LOOP_REPEATS:
            return length, repeats
    return 1, 1


def without_rush(words: Sequence[HeardWord]) -> tuple[HeardWord, ...]:
    """Drop everything where the whole is longer than could be spoken in its time."""
    if not words:
        return ()
    spoken_s = words[-1].span.end_s - words[0].span.start_s
    rate = len(letters("".join(word.text for word in words))) / max(spoken_s, FASTEST_OVER_S)
    return tuple(words) if rate <= FASTEST_CHARACTERS_PER_S else ()
