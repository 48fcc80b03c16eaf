"""Transcription: the words of every speech region, and an account of the speech that got none.

Regions are packed into windows, the windows of all channels are recognised in batches, and the words go
back to call time. Speech that got no words is heard again on its own; what still has none, or only
words that the recogniser itself doubts, is returned as unintelligible. No speech is lost in silence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from analyzers.conversation import Engine, Span, gaps, union
from analyzers.speech.audio import Audio
from analyzers.speech.hallucinations import HeardWord, believable
from analyzers.speech.packing import Piece, Window, pack
from analyzers.speech.script import full_width, simplified

LANGUAGES = ("zh", "en")  # what the analyzers can count and the rules are written in
SAMPLE_RATE_HZ = 16_000

REACH_S = 0.25  # a word's edges are about this unsure
BRIDGE_S = 0.8  # no words for longer than this inside one region: something was left out
LOST_S = 0.5  # shorter remains at a region's edge are breath and word-time error
RETRY_PAD_S = 0.3  # a lone region gets more of its surroundings than one in a window
DOUBTED = 0.5  # mean word probability under which a second hearing is not believed: even odds

Samples = npt.NDArray[np.float32]


class Recogniser(Protocol):
    """What a speech recogniser must offer; put another one in Whisper's place by these four."""

    engine: Engine

    def prompts(self, language: str) -> tuple[str, ...]:
        """Texts that it is given before it listens and could echo, and that nobody says to a customer."""

    def languages(self, window: Samples) -> Mapping[str, float]:
        """The probability of each language in up to 30 s of 16 kHz samples, shape (samples,)."""

    def transcribe(self, windows: Iterable[Samples], language: str) -> Iterable[tuple[HeardWord, ...]]:
        """The words of each window of up to 30 s, times from the window's start; takes few windows at a time."""

    def transcribe_alone(self, window: Samples, language: str) -> tuple[HeardWord, ...]:
        """The words of one difficult window, with whatever the engine has for difficult speech."""


@dataclass(frozen=True, slots=True)
class ChannelWord:
    """A word in call time on a channel, before anybody knows whose it is; `text` normalised."""

    channel: int
    span: Span
    text: str
    original: str
    probability: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words in time order, and per channel the speech that got none."""

    language: str
    words: tuple[ChannelWord, ...]
    unintelligible: tuple[tuple[int, Span], ...]


def detect_language(recogniser: Recogniser, audio: Audio, regions: Mapping[int, Sequence[Span]]) -> str:
    """The likelier of `LANGUAGES` in the first half minute of each channel's speech; the first one if nobody speaks."""
    windows = [pack(channel, spans, audio.duration_s)[:1] for channel, spans in regions.items() if spans]
    heard = [(window.duration_s, recogniser.languages(window.samples(audio))) for window, *_ in windows]
    return max(LANGUAGES, key=lambda language: sum(weight * odds.get(language, 0.0) for weight, odds in heard))


def transcribe(
    recogniser: Recogniser, audio: Audio, regions: Mapping[int, Sequence[Span]], language: str
) -> Transcript:
    """The words of each channel's speech regions (disjoint, in order), in call time."""
    windows = [window for channel, spans in regions.items() for window in pack(channel, spans, audio.duration_s)]
    heard = recogniser.transcribe((window.samples(audio) for window in windows), language)
    words = [
        word
        for window, said in zip(windows, heard, strict=True)
        for word in _in_call(window, believable(said, recogniser.prompts(language)), language)
    ]
    for channel, spans in regions.items():
        for span in lost(spans, words, channel):
            words += _second_hearing(recogniser, audio, channel, span, language)
    unheard = tuple((channel, span) for channel, spans in regions.items() for span in lost(spans, words, channel))
    return Transcript(language, tuple(sorted(words, key=lambda word: (word.span, word.channel))), unheard)


def lost(regions: Iterable[Span], words: Iterable[ChannelWord], channel: int) -> tuple[Span, ...]:
    """The parts of a channel's speech regions in which no word was heard."""
    mine = (word.span for word in words if word.channel == channel)
    heard = union((Span(max(0.0, span.start_s - REACH_S), span.end_s + REACH_S) for span in mine), bridge_s=BRIDGE_S)
    rest = ((region, gap) for region in regions for gap in gaps(heard, region))
    return tuple(gap for region, gap in rest if gap == region or gap.duration_s >= LOST_S)


def _second_hearing(
    recogniser: Recogniser, audio: Audio, channel: int, span: Span, language: str
) -> tuple[ChannelWord, ...]:
    wide = Span(max(0.0, span.start_s - RETRY_PAD_S), min(audio.duration_s, span.end_s + RETRY_PAD_S))
    window = Window((Piece(channel, wide, 0.0),))
    said = believable(recogniser.transcribe_alone(window.samples(audio), language))
    if not said or sum(word.probability for word in said) / len(said) < DOUBTED:
        return ()
    # The wider stretch may hold a neighbour's words again: only what lies about the lost part is new.
    new = Span(max(0.0, span.start_s - REACH_S), span.end_s + REACH_S)
    return tuple(word for word in _in_call(window, said, language) if word.span.middle_s in new)


def _in_call(window: Window, said: Iterable[HeardWord], language: str) -> Iterable[ChannelWord]:
    for word in said:
        channel, span = window.to_call(word.span)
        yield ChannelWord(channel, span, normalised(word.text, language), word.text, word.probability)


def normalised(text: str, language: str) -> str:
    """Half-width letters and digits; Chinese in simplified characters with full-width punctuation."""
    narrow = "".join(unicodedata.normalize("NFKC", char) if char.isalnum() else char for char in text)
    return full_width(simplified(narrow)) if language == "zh" else narrow
