"""Voices: when each voice of a recording speaks, whether it has a channel of its own or shares one.

With two channels every channel is one voice, found by voice activity. On one channel a diarizer tells
the voices apart. Either way, sounds far below the channel's speech are background (another desk, the other
side's leak, breath) and not this call's speech, nor are short or quiet sounds that nobody could put a word to.
How much was left out for that is said.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analyzers.conversation import Engine, Limit, Party, Span, Speech, gaps, union
from analyzers.speech.audio import Audio
from analyzers.speech.diarization import Diarizer
from analyzers.speech.segmentation import Detector

FAINT_DB = 15.9  # below the channel's speech: ITU-T P.56 counts what is fainter by this margin as no activity
BURST_S = 0.3  # a shorter sound that no hearing could put a word to is a breath or a click, not speech
WORDLESS_DB = 10.0  # nor is one that has no words and half the loudness of the channel's speech


@dataclass(frozen=True, slots=True)
class Voices:
    """Who speaks when: `speech` in time order, its party not known yet.

    `owners` gives each instant of a shared channel to one voice, for words: disjoint, in order; empty where
    channels are apart.
    """

    speech: tuple[Speech, ...]
    owners: tuple[tuple[Span, str], ...] = ()
    engines: tuple[Engine, ...] = ()
    limits: tuple[Limit, ...] = ()

    def regions(self) -> dict[int, tuple[Span, ...]]:
        """Per channel the time in which anybody speaks."""
        channels = sorted({region.channel for region in self.speech})
        return {c: union(region.span for region in self.speech if region.channel == c) for c in channels}

    def owner(self, channel: int, span: Span) -> str:
        """Whose a word is: the channel's voice, or on a shared channel the one it overlaps most, else the nearest."""
        if not self.owners:
            return channel_voice(channel)
        # Owners are disjoint and in order: only those about the word can be its own.
        first = bisect_right(self.owners, span.start_s, key=_start_s) - 1
        last = bisect_left(self.owners, span.end_s, key=_start_s)
        near = self.owners[max(0, first) : last + 1]
        return max(near, key=lambda owner: (owner[0].overlap_s(span), -_distance_s(owner[0], span.middle_s)))[1]


def _start_s(owner: tuple[Span, str]) -> float:
    return owner[0].start_s


def channel_voice(channel: int) -> str:
    """The name of the voice that has a channel to itself."""
    return f"channel-{channel}"


def on_channels_apart(audio: Audio, detector: Detector) -> Voices:
    """Each channel a voice of its own."""
    found = [(channel, span) for channel in range(audio.channels) for span in detector.speech(audio, channel)]
    speech = (Speech(span, Party.OTHER, channel_voice(channel), channel) for channel, span in found)
    return _without_faint(audio, Voices(_in_order(speech), engines=(detector.engine,)))


def on_one_channel(audio: Audio, diarizer: Diarizer) -> Voices:
    """The voices that share a channel."""
    heard = diarizer.diarize(audio, 0)
    speech = (Speech(span, Party.OTHER, speaker) for span, speaker in heard.speech)
    return _without_faint(audio, Voices(_in_order(speech), heard.exclusive, (diarizer.engine,)))


def without_noise(audio: Audio, voices: Voices, wordless: Sequence[tuple[int, Span]]) -> Voices:
    """The voices without the `wordless` sounds (channel, span) that are too short or too quiet to be speech."""
    usual = _usual_levels(audio, voices)
    noise = [
        (channel, span)
        for channel, span in wordless
        if span.duration_s < BURST_S or _level_db(audio, channel, span) < usual[channel] - WORDLESS_DB
    ]
    speech = tuple(replace(s, span=rest) for s in voices.speech for rest in gaps(_on(s.channel, noise), s.span))
    noise_s = sum(span.duration_s for _, span in noise)
    limit = Limit("wordless sounds", f"{noise_s:.1f} s of short or quiet sounds without words: taken for noise")
    return replace(voices, speech=speech, limits=(*voices.limits, limit) if noise_s >= BURST_S else voices.limits)


def _on(channel: int, found: Iterable[tuple[int, Span]]) -> tuple[Span, ...]:
    return tuple(span for where, span in found if where == channel)


def _in_order(speech: Iterable[Speech]) -> tuple[Speech, ...]:
    return tuple(sorted(speech, key=lambda region: (region.span, region.speaker)))


def _without_faint(audio: Audio, voices: Voices) -> Voices:
    usual = _usual_levels(audio, voices)
    clear = tuple(s for s in voices.speech if _level_db(audio, s.channel, s.span) >= usual[s.channel] - FAINT_DB)
    faint_s = sum(s.span.duration_s for s in voices.speech) - sum(s.span.duration_s for s in clear)
    because = f"{faint_s:.1f} s lie more than {FAINT_DB} dB below the channel's speech: taken for background, not heard"
    limits = (*voices.limits, Limit("faint speech", because)) if faint_s >= BURST_S else voices.limits
    return replace(voices, speech=clear, limits=limits)


def _level_db(audio: Audio, channel: int, span: Span) -> float:
    samples = audio.read(channel, span)
    return float(10 * np.log10(np.mean(np.square(samples)) + np.finfo(np.float32).tiny))


def _usual_levels(audio: Audio, voices: Voices) -> dict[int, float]:
    """Per channel the level in dBFS that half of its speech time lies above."""
    levels = [(s.channel, _level_db(audio, s.channel, s.span), s.span.duration_s) for s in voices.speech]
    return {c: _weighted_median([(db, t) for channel, db, t in levels if channel == c]) for c, *_ in levels}


def _weighted_median(values: list[tuple[float, float]]) -> float:
    ordered = sorted(values)
    passed = np.cumsum([weight for _, weight in ordered])
    return ordered[int(np.searchsorted(passed, passed[-1] / 2))][0]


def _distance_s(span: Span, time_s: float) -> float:
    return max(span.start_s - time_s, time_s - span.end_s, 0.0)
