"""The text of a conversation: which words make a turn, and words written as people write them.

English puts spaces between words, Chinese does not; in mixed text a space stands only between two
Latin or digit words. Nothing is corrected here: no case, no punctuation that was not heard.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analyzers.conversation import Conversation, Party, Span, Turn, take_turns

# Scripts written without spaces: CJK punctuation, kana, Han with its extensions, full-width forms.
_UNSPACED = "\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_SPACE_BETWEEN = re.compile(f"[^{_UNSPACED}]{{2}}")
# What hangs on the word before it: closing punctuation, and halves that recognisers cut off (it|'s, self|-made).
_ATTACHED = re.compile(r"[,.!?;:%)\]}…]|['’-]\w")


def join_words(words: Iterable[str]) -> str:
    """The words as one line: spaces between Latin or digit words, none beside Chinese.

    >>> join_words(["我", "要", "iPhone", "15", "Pro", "手机"])
    '我要iPhone 15 Pro手机'
    """
    texts = [text for word in words if (text := word.strip())]
    spaces = [" " if _spaced(before, after) else "" for before, after in pairwise(texts)]
    return "".join(part for pair in zip(["", *spaces], texts, strict=False) for part in pair)


@dataclass(frozen=True, slots=True)
class Said:
    """A turn of one voice and the text of its words."""

    turn: Turn
    text: str


def said_in_turns(conversation: Conversation) -> tuple[Said, ...]:
    """What each voice's turns say, in time order, whatever their party."""
    turns = take_turns(conversation.speech)
    turn_at = turns_by_speaker(turns)
    words: dict[Turn | None, list[str]] = {}
    for word in conversation.words:
        words.setdefault(turn_at(word.speaker, word.span.middle_s), []).append(word.text)
    return tuple(Said(turn, join_words(words.get(turn, ()))) for turn in turns)


def turns_by_speaker(turns: Iterable[Turn]) -> Callable[[str, float], Turn | None]:
    """Finds for a speaker and a time (s) its turn that began last by then, else its first; None where it has none."""
    own: dict[str, list[Turn]] = {}
    for turn in sorted(turns, key=lambda turn: turn.span):
        own.setdefault(turn.speaker, []).append(turn)
    starts_s = {speaker: [turn.span.start_s for turn in mine] for speaker, mine in own.items()}

    def turn_at(speaker: str, time_s: float) -> Turn | None:
        mine = own.get(speaker)
        return mine[max(0, bisect_right(starts_s[speaker], time_s) - 1)] if mine else None

    return turn_at


def turn_indices(conversation: Conversation) -> tuple[int | None, ...]:
    """For each word the index of its turn in `conversation.turns`; None where its party has no turn.

    A word belongs to the turn of its party in which its middle lies, else to the nearest of them.
    """
    indices: list[int | None] = [None] * len(conversation.words)
    for party in Party:
        turns = [i for i, turn in enumerate(conversation.turns) if turn.party is party]
        words = [i for i, word in enumerate(conversation.words) if word.party is party]
        spans = [conversation.turns[i].span for i in turns]
        nearest = _nearest(spans, [conversation.words[i].span.middle_s for i in words]) if turns else []
        for word, position in zip(words, nearest, strict=False):
            indices[word] = turns[position]
    return tuple(indices)


def _nearest(spans: list[Span], times_s: list[float]) -> list[int]:
    """For each time the position of the span it lies in, else of the nearest; `spans` are in order of start."""
    times = np.array(times_s)
    starts_s = np.array([span.start_s for span in spans])
    ends_s = np.array([span.end_s for span in spans])
    # Spans may overlap (two people on one side): of those begun before, the last to begin and the last to end count.
    lasting = np.maximum.accumulate(np.where(ends_s == np.maximum.accumulate(ends_s), np.arange(len(spans)), 0))
    after = np.searchsorted(starts_s, times, side="right")
    before = (after - 1).clip(0)
    candidates = np.stack([before, lasting[before], after.clip(max=len(spans) - 1)])
    distances_s = np.maximum(starts_s[candidates] - times, times - ends_s[candidates]).clip(0)
    chosen: list[int] = candidates[distances_s.argmin(axis=0), np.arange(len(times))].tolist()
    return chosen


def _spaced(before: str, after: str) -> bool:
    return _SPACE_BETWEEN.fullmatch(before[-1] + after[0]) is not None and _ATTACHED.match(after) is None
