"""Conversations built by hand: no audio, no engine, one line of code each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from analyzers.conversation import (
    UNASSIGNED,
    Conversation,
    Metadata,
    Party,
    Recording,
    Roles,
    Span,
    Speech,
    Word,
    take_turns,
)

WORD_S = 0.3  # how long a word lasts where only its text is given
GAP_S = 0.5  # between two lines whose start is not given

Line = tuple[Party, str] | tuple[Party, str, float] | tuple[Party, str, float, float]


def recording(call_id: str = "call-1", duration_s: float = 60.0, **metadata: object) -> Recording:
    """A two-channel telephone recording that exists on paper only."""
    sha256 = call_id.encode().hex().ljust(64, "0")[:64]
    return Recording(call_id, sha256, f"{call_id}.wav", duration_s, 8000, 2, "pcm_mulaw", Metadata(**metadata))  # type: ignore[arg-type]


def tokens(text: str) -> list[str]:
    """English by spaces; every Hanzi a word of its own."""
    spaced = "".join(f" {char} " if "\u4e00" <= char <= "\u9fff" else char for char in text)
    return spaced.split()


def dialogue(lines: Sequence[Line], *, language: str = "en", duration_s: float | None = None) -> Conversation:
    """A two-channel call out of (party, text[, start_s[, end_s]]) lines.

    Where no start is given a line follows `GAP_S` after the one before it; where no end is given
    each word lasts `WORD_S`. Words share their line's time evenly.
    """
    words: list[Word] = []
    speech: list[Speech] = []
    clock_s = 0.0
    for party, text, *times in lines:
        cut = tokens(text)
        start_s = times[0] if times else clock_s
        end_s = times[1] if len(times) > 1 else start_s + WORD_S * max(1, len(cut))
        channel = 0 if party is Party.AGENT else 1
        step_s = (end_s - start_s) / max(1, len(cut))
        edges = [start_s + i * step_s for i in range(len(cut))] + [end_s]
        words += [
            Word(Span(edges[i], edges[i + 1]), t, party, 0.9, channel, t, f"channel-{channel}")
            for i, t in enumerate(cut)
        ]
        speech.append(Speech(Span(start_s, end_s), party, f"channel-{channel}", channel))
        clock_s = max(clock_s, end_s) + GAP_S
    return Conversation(
        recording=recording(duration_s=duration_s if duration_s is not None else clock_s),
        language=language,
        words=tuple(sorted(words, key=lambda word: word.span)),
        speech=tuple(sorted(speech, key=lambda region: region.span)),
        turns=take_turns(speech),
        roles=Roles("metadata", 1.0),
    )


def conversation(agent: str, customer: str = "", *, language: str = "en") -> Conversation:
    """The agent says one thing, the customer answers another."""
    lines: list[Line] = [(Party.AGENT, agent)] + ([(Party.CUSTOMER, customer)] if customer else [])
    return dialogue(lines, language=language)


def with_metadata(call: Conversation, **metadata: object) -> Conversation:
    """The same call with other metadata."""
    return replace(call, recording=replace(call.recording, metadata=Metadata(**metadata)))  # type: ignore[arg-type]


def heard(lines: Sequence[tuple[str, str]], *, stereo: bool = True, **metadata: object) -> Conversation:
    """A call as hearing leaves it: (speaker, text) lines, no parties; `channel-1-voice-2` speaks on channel 1."""
    words: list[Word] = []
    speech: list[Speech] = []
    clock_s = 0.0
    for speaker, text in lines:
        channel = int(speaker.split("-")[1]) if speaker.startswith("channel-") else 0
        cut = tokens(text)
        edges_s = [clock_s + i * WORD_S for i in range(max(1, len(cut)) + 1)]
        spans = [Span(start_s, end_s) for start_s, end_s in pairwise(edges_s)]
        words += [Word(s, t, Party.OTHER, 0.9, channel, t, speaker) for s, t in zip(spans, cut, strict=False)]
        speech.append(Speech(Span(clock_s, edges_s[-1]), Party.OTHER, speaker, channel))
        clock_s = edges_s[-1] + GAP_S
    about = replace(recording(duration_s=clock_s, **metadata), channels=2 if stereo else 1)
    return Conversation(about, "zh", tuple(words), tuple(speech), take_turns(speech), roles=UNASSIGNED)
