"""One recording that was tried: its truth, what the pipeline made of it, and the truth as the pipeline's own document.

The **reference** is a conversation built from the truth alone: speech is the true turns, words are the true text
spread evenly over its turn, the parties are the true ones. The analyzers' own definitions (what an interruption, a
backchannel, dead air is) are applied to it, so that what differs is what was heard wrongly, and not what is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from analyzers.analyze import analyze
from analyzers.conversation import Conversation, Party, Recording, Roles, Span, Speech, Word, intersection, take_turns
from analyzers.measure import Measure
from benchmarks.evaluation.truth import TrueTurn, Truth
from rubrics.finding import Finding
from rubrics.judge import judge
from rubrics.schema import Rubric

_WORD = re.compile(r"[\u3400-\u9fff][^\w\s]*|[^\s\u3400-\u9fff]+")  # punctuation stays with the word before it
CHANNELS = {Party.AGENT: 0, Party.CUSTOMER: 1, Party.OTHER: 2}


@dataclass(frozen=True)
class Tried:
    """A recording with truth, as heard.

    `rubrics`: those that gave the findings. `loudness_lufs`: ffmpeg's ebur128 of each channel (None: too
    quiet); empty where it was not run.
    """

    truth: Truth
    call: Conversation
    measures: tuple[Measure, ...]
    findings: tuple[Finding, ...] = ()
    rubrics: tuple[Rubric, ...] = ()
    loudness_lufs: tuple[float | None, ...] = ()

    @property
    def language(self) -> str:
        """The truth's, else the one that was heard."""
        return self.truth.language or self.call.language

    @property
    def layout(self) -> str:
        """`stereo`: the voices have channels of their own; `mono`: they share one."""
        return "stereo" if self.call.recording.channels > 1 and len(self.call.channels) != 1 else "mono"

    @cached_property
    def reference(self) -> Conversation:
        """The truth as a conversation."""
        return reference(self.truth, self.call.recording, self.language)

    @cached_property
    def reference_measures(self) -> tuple[Measure, ...]:
        """What the analyzers say of the truth."""
        return analyze(self.reference)

    @cached_property
    def reference_findings(self) -> tuple[Finding, ...]:
        """What the rules say of the truth."""
        return judge(self.reference, self.reference_measures, self.rubrics)

    def channel_of(self, speaker: str) -> int | None:
        """The channel on which a true voice is heard; None where nobody is heard while it speaks."""
        heard = {channel: self.heard_s(speaker, channel) for channel in sorted(self.call.channels)}
        best = max(heard, key=lambda channel: heard[channel], default=None)
        return best if best is not None and heard[best] > 0 else None

    def heard_s(self, speaker: str, channel: int) -> float:
        """Seconds in which a true voice speaks and somebody is heard on the channel."""
        own = (turn.span for turn in self.truth.of_speaker(speaker))
        there = (speech.span for speech in self.call.speech if speech.channel == channel)
        return sum(part.duration_s for part in intersection(own, there))


def reference(truth: Truth, recording: Recording, language: str) -> Conversation:
    """The truth as a conversation, every party on a channel of its own."""
    turns = [turn for turn in truth.turns if turn.party]
    speech = [
        Speech(turn.span, turn.party, turn.speaker, CHANNELS[turn.party]) for turn in turns if turn.party is not None
    ]
    return Conversation(
        recording=recording,
        language=language,
        words=tuple(sorted((word for turn in turns for word in _words(turn)), key=lambda word: word.span)),
        speech=tuple(sorted(speech, key=lambda one: (one.span, one.speaker))),
        turns=take_turns(speech),
        sounds=truth.sounds,
        roles=Roles("truth", 1.0),
    )


def _words(turn: TrueTurn) -> Iterator[Word]:
    texts = _WORD.findall(turn.text or "")
    step_s = turn.span.duration_s / max(1, len(texts))
    party = turn.party or Party.OTHER
    for i, text in enumerate(texts):
        span = Span(turn.span.start_s + i * step_s, turn.span.start_s + (i + 1) * step_s)
        yield Word(span, text, party, 1.0, CHANNELS[party], text, turn.speaker)
