"""Small nights: an inbox of recordings that hold no speech, and a shelf on which their conversations lie already."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from analyzers.conversation import Conversation, Party
from analyzers.speech.recordings import take_in
from analyzers.speech.shelf import Shelf
from flows.settings import Settings, load
from tests.builders import dialogue

RATE_HZ = 8000
AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER

POLITE = dialogue(
    [
        (AGENT, "Thank you for calling Galaxy, my name is Amy, how may I help you today?"),
        (CUSTOMER, "Where is my order, please?"),
        (AGENT, "It comes tomorrow morning. Is there anything else I can do for you?"),
        (CUSTOMER, "No, that is all, thank you."),
        (AGENT, "Thank you for calling, have a wonderful day, goodbye."),
    ]
)
RUDE = dialogue(
    [
        (AGENT, "什么事快说"),
        (CUSTOMER, "我要投诉你们的服务"),
        (AGENT, "这不归我管你听不懂吗"),
        (CUSTOMER, "你叫什么名字"),
    ],
    language="zh",
)


def recording(path: Path, seconds: float = 1.0) -> None:
    """A two-channel WAV file; its bytes depend on its name, so that no two are the same call."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        tone = path.name.encode().ljust(64, b"\0")[:64]
        file.writeframes((tone * int(seconds * RATE_HZ * 4 / 64 + 1))[: int(seconds * RATE_HZ) * 4])


def night(folder: Path, calls: Mapping[str, Conversation | None], **run: object) -> Settings:
    """An inbox with these recordings; those that have a conversation were heard before."""
    flags = {"paths": {"inbox": folder / "inbox", "data": folder / "data"}, "run": {"workers": 1, **run}}
    settings = load(flags=flags)
    settings.paths.inbox.mkdir(parents=True, exist_ok=True)
    for name in calls:
        recording(settings.paths.inbox / f"{name}.wav")
    shelf = Shelf(settings.paths.shelf)
    for taken in take_in(settings.paths.inbox).recordings:
        conversation = calls.get(taken.call_id)
        if conversation:
            heard = replace(taken, duration_s=conversation.recording.duration_s)
            shelf.put(shelf.key(taken, settings.hearing_options), replace(conversation, recording=heard))
    return settings


def broken(settings: Settings, name: str = "broken") -> None:
    """A text that is called a recording."""
    (settings.paths.inbox / f"{name}.wav").write_text("no audio at all")
