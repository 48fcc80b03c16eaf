"""How sure what is said makes of roles, over whole dialogues: right where it is sure, and never sure of a chat."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from analyzers.analyze import ROLE_CONFIDENCE
from analyzers.conversation import Conversation, Party
from analyzers.role_evidence import SUREST, Signs, alone, evidence, signs
from analyzers.roles import with_roles
from tests.builders import heard

DIALOGUES = yaml.safe_load((Path(__file__).parent / "dialogues.yaml").read_text("utf-8"))
ALL = [one for part in ("tuned", "unseen") for one in DIALOGUES[part]]
CALLS = [one for one in ALL if "chat" not in one]
CHATS = [one for one in ALL if "chat" in one]
STEREO = {"a": "channel-0", "b": "channel-0", "x": "channel-0", "c": "channel-1", "p": "channel-0", "q": "channel-1"}
SWAPPED = {who: {"channel-0": "channel-1", "channel-1": "channel-0"}[voice] for who, voice in STEREO.items()}
MONO = {who: who.upper() for who in STEREO}
PARTIES = {"a": Party.AGENT, "b": Party.AGENT, "c": Party.CUSTOMER, "x": Party.OTHER}
HOMOPHONES = dict(zip("的在请问欢迎致电帮查询订单想投诉为服务", "地再情文环营志店邦茶寻定丹相头素位福物", strict=True))


def played(lines: list[list[str]], voices: dict[str, str], **metadata: object) -> Conversation:
    return with_roles(heard([(voices[who], text) for who, text in lines], stereo=voices is not MONO, **metadata))


@pytest.mark.parametrize("voices", [STEREO, SWAPPED, MONO], ids=["stereo", "swapped", "mono"])
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call["id"])
def test_agent_and_customer_are_never_swapped(call: dict[str, Any], voices: dict[str, str]) -> None:
    found = played(call["lines"], voices)
    told = {turn.speaker: turn.party for turn in found.turns if turn.party is not Party.OTHER}
    assert told == {voices[who]: PARTIES[who] for who, _ in call["lines"] if who != "x"}


@pytest.mark.parametrize("direction", ["inbound", "outbound", None])
@pytest.mark.parametrize("chat", CHATS, ids=lambda chat: chat["id"])
def test_nobody_is_sure_of_a_chat(chat: dict[str, Any], direction: str | None) -> None:
    for voices in (STEREO, SWAPPED, MONO):
        assert played(chat["lines"], voices, direction=direction).roles.confidence < ROLE_CONFIDENCE


def misheard(text: str, chance: random.Random) -> str:
    """The text with every eighth unit or so lost or, in Chinese, replaced by one of the same sound."""
    units = text.split() if " " in text else list(text)
    kept = (HOMOPHONES.get(unit, unit) if chance.random() < 0.5 else unit for unit in units if chance.random() > 0.06)
    return (" " if " " in text else "").join(kept)


def excerpts(each: int) -> Iterator[tuple[list[list[str]], dict[str, str]]]:
    chance = random.Random(20261121)  # noqa: S311 (no secret)
    for call in CALLS:
        lines = [line for line in call["lines"] if line[0] in "ac"]
        for _ in range(each):
            length = chance.randint(3, len(lines))
            first = chance.randint(0, len(lines) - length)
            part = [[who, misheard(text, chance)] for who, text in lines[first : first + length]]
            if {who for who, _ in part} == {"a", "c"}:
                yield part, chance.choice([STEREO, SWAPPED, MONO])


def test_where_it_is_sure_it_is_right_also_on_misheard_parts_of_calls() -> None:
    right, sure = [], []
    for lines, voices in excerpts(6):
        found = played(lines, voices)
        agent = next(turn.party for turn in found.turns if turn.speaker == voices["a"])
        right.append(agent is Party.AGENT)
        sure.append(found.roles.confidence)
    assert len(sure) > 200
    assert sum(right) / len(right) >= 0.93
    assert all(ok for ok, confidence in zip(right, sure, strict=True) if confidence >= ROLE_CONFIDENCE)
    brier = sum((confidence - ok) ** 2 for ok, confidence in zip(right, sure, strict=True)) / len(sure)
    assert brier <= 0.07


def test_small_signs_are_held_and_clear_ones_add_up() -> None:
    assert Signs(0.0, 100.0).probability < ROLE_CONFIDENCE
    assert Signs(2.0, 100.0).probability < ROLE_CONFIDENCE, "one clear phrase may be chance"
    assert Signs(3.0, 100.0).probability > ROLE_CONFIDENCE
    assert [Signs(clear, 0.0).log_odds for clear in (0, 10)] == [0, pytest.approx(7)]
    assert Signs(1000.0, 0.0).probability == Signs(SUREST / 0.7 + 40, 0.0).probability < 1


@pytest.mark.parametrize("clear", [-30.0, -3.0, 0.0, 3.0, 30.0])
@pytest.mark.parametrize("small", [-9.0, -0.5, 0.0, 2.0])
def test_the_opposite_is_as_likely_as_not(clear: float, small: float) -> None:
    assert Signs(clear, small).probability + Signs(-clear, -small).probability == pytest.approx(1)


def test_a_phrase_out_of_its_place_counts_half() -> None:
    greeting, talk = "How may I help?", "The parcel left on Tuesday"
    assert evidence([greeting, *[talk] * 6]).clear == 2 * evidence([*[talk] * 6, greeting]).clear == 3
    assert evidence([greeting, greeting]).clear == 3, "said twice it counts once"


def test_one_voice_is_measured_by_its_phrases_alone() -> None:
    said = evidence(["How may I help you? May I have your name?"])
    assert alone(said) == Signs(6.0, 0.0)
    assert signs(said, evidence([])).small > 0


def test_phrases_that_contradict_each_other_count_less() -> None:
    agent, customer = "How may I help you? May I have your name?", "I want to complain."
    of_one_mind = signs(evidence([agent]), evidence([customer]))
    mixed_up = signs(evidence([agent, customer]), evidence([customer, ""]))
    assert of_one_mind.clear == 9.0
    assert mixed_up.clear == pytest.approx(6.0**2 / 12)
    assert mixed_up.probability < of_one_mind.probability
