"""Voices: when each voice of a recording speaks, whether it has a channel of its own or shares one.

With two channels every channel is one voice, found by voice activity. On one channel a diarizer tells
the voices apart. Either way, sounds far below the channel's speech are background (another desk, the other
side's leak, breath) and not this call's speech; how much was taken for that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analyzers.conversation import Engine, Limit, Party, Span, Speech, union
from analyzers.speech.audio import Audio
from analyzers.speech.diarization import Diarizer
from analyzers.speech.segmentation import Detector

FAINT_DB = 15.9  # below the channel's speech: ITU-T P.56 counts what is fainter by this margin as no activity
BURST_S = 0.3  # a shorter sound that no hearing could put a word to is a breath or a click, not speech


@dataclass(frozen=True, slots=True)
class Voices:
    """Who speaks when: `speech` in time order, its party not known yet.

    `owners` gives each instant of a shared channel to one voice, for words; empty where channels are apart.
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
        return max(self.owners, key=lambda owner: (owner[0].overlap_s(span), -_distance_s(owner[0], span.middle_s)))[1]


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


def without_bursts(voices: Voices, unintelligible: Sequence[tuple[int, Span]]) -> Voices:
    """The voices without sounds under `BURST_S` that are wholly `unintelligible` (channel, span)."""
    bursts = {(channel, span) for channel, span in unintelligible if span.duration_s < BURST_S}
    return replace(voices, speech=tuple(s for s in voices.speech if (s.channel, s.span) not in bursts))


def _in_order(speech: Iterable[Speech]) -> tuple[Speech, ...]:
    return tuple(sorted(speech, key=lambda region: (region.span, region.speaker)))


def _without_faint(audio: Audio, voices: Voices) -> Voices:
    levels = [(region, _level_db(audio, region)) for region in voices.speech]
    usual = {channel: _usual_db(levels, channel) for channel in range(audio.channels)}
    clear = tuple(region for region, level in levels if level >= usual[region.channel] - FAINT_DB)
    faint_s = sum(region.span.duration_s for region in voices.speech) - sum(region.span.duration_s for region in clear)
    if faint_s < BURST_S:
        return replace(voices, speech=clear)
    because = f"{faint_s:.1f} s lie more than {FAINT_DB} dB below the channel's speech: taken for background, not heard"
    return replace(voices, speech=clear, limits=(*voices.limits, Limit("faint speech", because)))


def _level_db(audio: Audio, region: Speech) -> float:
    samples = audio.read(region.channel, region.span)
    return float(10 * np.log10(np.mean(np.square(samples)) + np.finfo(np.float32).tiny))


def _usual_db(levels: Sequence[tuple[Speech, float]], channel: int) -> float:
    """The level that half of the channel's speech time lies above; 0 where it has none."""
    mine = sorted((level, region.span.duration_s) for region, level in levels if region.channel == channel)
    if not mine:
        return 0.0
    passed_s = np.cumsum([duration_s for _, duration_s in mine])
    return mine[int(np.searchsorted(passed_s, passed_s[-1] / 2))][0]


def _distance_s(span: Span, time_s: float) -> float:
    return max(span.start_s - time_s, time_s - span.end_s, 0.0)
