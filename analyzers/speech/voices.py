"""Voices: when each voice of a recording speaks, whether it has a channel of its own or shares one.

With two channels every channel is one voice, found by voice activity; where a channel hears the other side,
as leak or echo, that is not its own speech (`crosstalk`). On one channel a diarizer tells the voices apart.
Either way, sounds far below the channel's speech are background (another desk, breath) and not this call's
speech, nor are steady sounds, and short or quiet ones that nobody could put a word to. How much was left
out for that is said.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analyzers.conversation import Engine, Limit, Party, Span, Speech, gaps, union
from analyzers.speech import crosstalk
from analyzers.speech.audio import SPEECH_RATE_HZ, Audio
from analyzers.speech.crosstalk import Crosstalk
from analyzers.speech.diarization import Diarizer
from analyzers.speech.segmentation import Detector

FRAME_S = 0.05  # a few pulses of any voice, and shorter than a syllable
FAINT_DB = 15.9  # below the channel's speech: ITU-T P.56 counts what is fainter by this margin as no activity
PAIR = 2  # channels that can hear each other; of more nobody knows who is whose
BURST_S = 0.3  # a shorter sound that no hearing could put a word to is a breath or a click, not speech
EQUAL_DB = 3.0  # channels that hear each other this well carry the same: what is on both is left on one
STEADY_DB = 3.0  # from a sound's quietest 50 ms to its loudest: noise has 1 to 2, speech 6 and more
WORDLESS_DB = 10.0  # nor is one that has no words and half the loudness of the channel's speech


# Tells the voices of a channel of its own apart: (audio, channel, its speech) to (part, voice from 0).
Apart = Callable[[Audio, int, Sequence[Span]], Sequence[tuple[Span, int]]]


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
    crosstalk: tuple[Crosstalk, ...] = ()

    def regions(self) -> dict[int, tuple[Span, ...]]:
        """Per channel the time in which anybody speaks."""
        channels = sorted({region.channel for region in self.speech})
        return {c: union(region.span for region in self.speech if region.channel == c) for c in channels}

    def owner(self, channel: int, span: Span) -> str:
        """Whose a word is: the channel's voice, or on a shared channel the one it overlaps most, else the nearest."""
        owners = self.owners or tuple((s.span, s.speaker) for s in self.speech if s.channel == channel)
        if not self.owners and len({voice for _, voice in owners}) <= 1:
            return channel_voice(channel)
        # Owners are disjoint and in order: only those about the word can be its own.
        first = bisect_right(owners, span.start_s, key=_start_s) - 1
        last = bisect_left(owners, span.end_s, key=_start_s)
        near = owners[max(0, first) : last + 1]
        return max(near, key=lambda owner: (owner[0].overlap_s(span), -_distance_s(owner[0], span.middle_s)))[1]


def _start_s(owner: tuple[Span, str]) -> float:
    return owner[0].start_s


def channel_voice(channel: int, voice: int = 0) -> str:
    """The name of the voice that has a channel to itself, or of another (1, 2 ...) that comes in on it."""
    return f"channel-{channel}" + (f"-voice-{voice + 1}" if voice else "")


def on_channels_apart(audio: Audio, detector: Detector) -> Voices:
    """Each channel a voice of its own."""
    found = [(channel, span) for channel in range(audio.channels) for span in detector.speech(audio, channel)]
    speech = (Speech(span, Party.OTHER, channel_voice(channel), channel) for channel, span in found)
    voices = Voices(_in_order(speech), engines=(detector.engine,))
    voices = _without_steady(audio, voices)
    return _without_faint(audio, _without_crosstalk(audio, voices) if audio.channels == PAIR else voices)


def with_further_voices(audio: Audio, voices: Voices, apart: Apart) -> Voices:
    """Channels apart, where one clearly has more than one voice: a second agent after a transfer, a second caller."""
    found = [(c, span, voice) for c, spans in voices.regions().items() for span, voice in apart(audio, c, spans)]
    several = {channel for channel, _, voice in found if voice}
    others = [s for s in voices.speech if s.channel not in several]
    parts = [Speech(span, Party.OTHER, channel_voice(c, voice), c) for c, span, voice in found if c in several]
    return replace(voices, speech=_in_order([*others, *parts]))


def on_one_channel(audio: Audio, diarizer: Diarizer, channel: int = 0) -> Voices:
    """The voices that share a channel."""
    heard = diarizer.diarize(audio, channel)
    speech = (Speech(span, Party.OTHER, speaker, channel) for span, speaker in heard.speech)
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


def _without_steady(audio: Audio, voices: Voices) -> Voices:
    """Voice activity may hear speech in the noise of a line on which nobody speaks; voices rise and fall."""
    speech = tuple(s for s in voices.speech if s.span.duration_s < BURST_S or _range_db(audio, s) >= STEADY_DB)
    steady_s = _total_s(s.span for s in voices.speech) - _total_s(s.span for s in speech)
    limit = Limit("steady sounds", f"{steady_s:.1f} s of steady sound: taken for noise, not heard")
    return replace(voices, speech=speech, limits=(*voices.limits, limit) if steady_s >= BURST_S else voices.limits)


def _range_db(audio: Audio, speech: Speech) -> float:
    """By how much the level of 50 ms rises and falls, without the loudest and quietest twentieth."""
    samples, size = audio.read(speech.channel, speech.span), round(FRAME_S * SPEECH_RATE_HZ)
    power = np.mean(np.square(samples[: len(samples) // size * size].reshape(-1, size)), axis=1)
    quiet, loud = np.quantile(10 * np.log10(power + np.finfo(np.float32).tiny), (0.05, 0.95))
    return float(loud - quiet)


def _without_crosstalk(audio: Audio, voices: Voices) -> Voices:
    """What a channel hears of the other one is no speech of its own."""
    before = {channel: voices.regions().get(channel, ()) for channel in range(PAIR)}
    found = _one_way_if_equal([heard for channel in before if (heard := crosstalk.find(audio, channel, before))])
    own = {heard.channel: crosstalk.own_speech(audio, heard, before[heard.channel]) for heard in found}
    after = before | own
    speech = (Speech(span, Party.OTHER, channel_voice(c), c) for c in after for span in after[c])
    limits = tuple(limit for heard in found if (limit := _crosstalk_limit(heard, before, after)))
    return replace(voices, speech=_in_order(speech), limits=(*voices.limits, *limits), crosstalk=found)


def _one_way_if_equal(found: Sequence[Crosstalk]) -> tuple[Crosstalk, ...]:
    """Where both channels carry the same, each would be taken for the other's: the fainter (or second) one is."""
    if len(found) < PAIR or max(heard.below_db for heard in found) > EQUAL_DB:
        return tuple(found)
    return (max(found, key=lambda heard: (round(heard.below_db), heard.channel)),)


def _crosstalk_limit(
    heard: Crosstalk, before: Mapping[int, Sequence[Span]], after: Mapping[int, Sequence[Span]]
) -> Limit | None:
    cut_s = _total_s(before[heard.channel]) - _total_s(after[heard.channel])
    if cut_s < BURST_S:
        return None
    how = f"{heard.below_db:.0f} dB fainter and {1000 * heard.delay_s:.0f} ms later"
    what = f"channel {heard.channel} hears channel {heard.source} ({how})"
    return Limit("crosstalk", f"{what}: {cut_s:.1f} s of it are not taken for speech")


def _total_s(spans: Iterable[Span]) -> float:
    return sum(span.duration_s for span in spans)


def _without_faint(audio: Audio, voices: Voices) -> Voices:
    usual = _usual_levels(audio, voices)
    clear = tuple(s for s in voices.speech if _level_db(audio, s.channel, s.span) >= usual[s.channel] - FAINT_DB)
    faint_s = _total_s(s.span for s in voices.speech) - _total_s(s.span for s in clear)
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
