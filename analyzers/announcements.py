"""Announcements: turns in which a machine speaks (menus, "this call may be recorded", "all our agents are busy").

A turn is one where it holds a phrase of recorded messages and nothing that only a person says: an announcement
does not speak of "I", introduces nobody and asks no question. Agents say some of these things too, so it must
also stand where announcements do: a voice begins with it, or ends with a menu (rate this call), or it comes
after the voice announced a hold, after music, or after another announcement there. What a voice says
before an announcement that it begins with ("Welcome to Galaxy Bank.") is part of it. A voice of its own that
says little else is an announcement whole.

Left out: recorded messages without any of these phrases (advertisements), and what is said in one breath
with a person's own words, which stays that person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import yaml

from analyzers.conversation import Conversation, SoundKind, Span, Turn
from analyzers.hold_phrases import HOLD_PHRASES
from analyzers.phrasebook import Phrasebook, expanded, phrasebook
from analyzers.text import Said
from analyzers.units import spoken_units

MOSTLY = 0.5  # of what a voice says: more, and it is the machine's
PHRASES = Path(__file__).with_suffix(".yaml")
# Only people say these; 我们, 我行 and the like are the company.
PERSON = re.compile(
    r"我(?!们|行|司|公司|院|校|市|国|店)|请问|请讲|贵姓|吗|\b(?:i|i'm|i'll|i've|i'd|my|me)\b"
    r"|\bthis is (?!an? |the |your )|\bhow are you\b",
    re.IGNORECASE,
)


def announcements(said: Sequence[Said], conversation: Conversation) -> frozenset[Turn]:
    """The turns of a call that are announcements."""
    voices: dict[str, list[int]] = {}
    for index, one in enumerate(said):
        voices.setdefault(one.turn.speaker, []).append(index)
    return frozenset(said[i].turn for mine in voices.values() for i in _announced(mine, said, conversation))


def _announced(mine: Sequence[int], said: Sequence[Said], conversation: Conversation) -> Iterator[int]:
    """Which of one voice's turns (indices into `said`)."""
    recorded = {i for i in mine if _kinds(said[i].text)}
    if _is_machine(mine, recorded, said):
        yield from mine
        return
    menus = {i for i in recorded if "menu" in _kinds(said[i].text)}
    edges = {*_run(mine, recorded, said), *_run(mine[::-1], menus, said)}
    before = dict(zip(mine[1:], mine, strict=False))
    for i in mine:
        if i in edges or (
            i in recorded and i in before and (before[i] in edges or _on_hold(before[i], i, said, conversation))
        ):
            edges.add(i)
            yield i


def _is_machine(mine: Sequence[int], recorded: set[int], said: Sequence[Said]) -> bool:
    units = {i: len(spoken_units(said[i].text)) for i in mine}
    if not recorded or any(_is_person(said[i].text) for i in mine):
        return False
    return sum(units[i] for i in recorded) >= MOSTLY * sum(units.values())


def _kinds(text: str) -> frozenset[str]:
    """What kinds of recorded phrases a machine's turn holds; none where a person speaks."""
    book, kinds = _listed()
    return frozenset() if _is_person(text) else frozenset(kinds[wording] for wording in book.find(text)) - {"neither"}


def _is_person(text: str) -> bool:
    return PERSON.search(text) is not None


def _run(order: Sequence[int], marked: set[int], said: Sequence[Said]) -> Sequence[int]:
    """The turns up to the last marked one that comes before a person's words or an unmarked turn that is answered."""
    end = 0
    for place, index in enumerate(order):
        if index in marked:
            end = place + 1
        elif _is_person(said[index].text) or (place + 1 < len(order) and abs(order[place + 1] - index) > 1):
            break
    return order[:end]


def _on_hold(before: int, index: int, said: Sequence[Said], conversation: Conversation) -> bool:
    """Whether the voice's turn before announced a hold, or music played since."""
    pause = Span(said[before].turn.span.end_s, max(said[before].turn.span.end_s, said[index].turn.span.start_s))
    music = any(sound.kind is SoundKind.MUSIC and sound.span.overlap_s(pause) > 0 for sound in conversation.sounds)
    return music or bool(_holds().find(said[before].text))


@cache
def _listed() -> tuple[Phrasebook, dict[str, str]]:
    listed = yaml.safe_load(PHRASES.read_text("utf-8"))
    kinds = {wording: kind for kind, patterns in listed.items() for one in patterns for wording in expanded(one)}
    return Phrasebook(tuple(kinds)), kinds


@cache
def _holds() -> Phrasebook:
    return phrasebook(HOLD_PHRASES)
