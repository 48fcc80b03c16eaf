"""Sounds: music and call-progress tones, which are neither speech nor silence.

Music is told from speech by partials that stand still: a musical note, and above all a chord, keeps its
frequencies for a third of a second, while the harmonics of a voice glide with every syllable. Per hop of
64 ms, the spectrum's peaks that stay within 5 Hz for four hops are steady, and the share of the power in them
is averaged over 4 s. Half of recorded music lies above 0.4 of it, all of 50 minutes of speech below 0.28.
Partials that stand there for seconds are the hum of a line, not music.

* **music**: 4 s with a steady share of 0.3 and more, clearly above the noise of the line, 2 s or longer
  (music on hold, jingles). Drums alone and unaccompanied singing are not found.
* **ringing**: bursts of one steady tone, or two, between 300 and 650 Hz with quiet around them: ringing, busy and
  dialling tones (ITU-T E.180: one frequency or a sum of two, 0.25 s and longer, up to 5 s of pause). From the first
  burst to the last it is one sound. Bells and ring melodies count as music or as nothing.

Where somebody speaks and got words, it is speech whatever sounds behind it; speech that got no words and lies in
a sound was taken for speech by mistake (`without_sounds`).

Left out: which music, announcements (they are speech), key tones, fax and modem.

Sources: Seyerlehner, Pohle, Schedl and Widmer (2007), "Automatic music detection in television productions"
(continuous frequency activation); ITU-T E.180/Q.35 (1998) and Supplement 2 to E.180 (tones of each country).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from analyzers.conversation import Sound, SoundKind, Span, Speech, gaps, union
from analyzers.speech.audio import Audio
from analyzers.speech.voices import Voices

RATE_HZ = 8000  # the telephone's: what tells music from speech lies below 3.5 kHz
FRAME = 1024  # samples, 128 ms: partials 16 Hz apart are told from each other
HOP = 512  # samples
HOP_S = HOP / RATE_HZ
BIN_HZ = RATE_HZ / FRAME
FIRST_BIN, LAST_BIN = round(200 / BIN_HZ), round(3500 / BIN_HZ)  # below: mains hum; above: no telephone band
CHUNK_HOPS = 900  # 1 minute of spectra in memory at a time

PEAK_DB = 6.0  # above the bins about it; noise peaks reach this, but do not stay where they are
PEAK_REACH = 10  # bins on either side, 80 Hz: the width of a voice's harmonic and its neighbours
PEAK_RANGE_DB = 30.0  # below the strongest bin: fainter partials carry no power
STEADY_HOPS = 4  # 128 + 3 * 64 = 320 ms: longer than most vowels
STEADY_HZ = 5.0  # over these; a voice that glides one semitone a second leaves it from 300 Hz on
PEAK_WIDTH = 2  # bins on either side that a Hann window spreads a partial over
HELD_HOPS = (14, 27, 40)  # 0.9, 1.7 and 2.6 s away: what stands there each time is hum; no bar of music fits all three

AUDIBLE_DB = 10.0  # above the channel's quiet tenth
QUIETEST_DBFS = -60.0  # fainter sounds nobody hears
LOUDEST_FLOOR_DBFS = -50.0  # a channel that is never quieter has no quiet tenth: it is full of sound

MUSIC_WINDOW_HOPS = 62  # 4 s: music goes on; one drawled "well", or a row of Mandarin level tones, does not
MUSIC_SHARE = 0.3  # over the window: the most of 50 minutes of speech is 0.28; 9 in 10 windows of music lie above
MUSIC_HOP_SHARE = 0.15  # of the first and the last hop of a piece
EDGE_HOPS = 16  # 1 s: after its first hop, and before its last, a piece has the share of the whole
SHORTEST_MUSIC_S = 2.0

TONE_SHARE = 0.85  # of the power in steady partials between `TONE_BINS`: a tone has no harmonics
TONE_BINS = slice(round(300 / BIN_HZ) - FIRST_BIN, round(650 / BIN_HZ) - FIRST_BIN)  # 350 to 620 Hz, with their skirts
SHORTEST_BURST_S = 0.2  # ITU-T E.180: a congestion tone lasts 0.25 s
BURST_SHARE = 0.6  # of a burst's hops: those at its edges hold half a tone
SAME_TONE_HZ = 12.0  # of two bursts; E.180 gives each tone within 25 Hz, one exchange keeps it
LONGEST_PAUSE_S = 5.5  # between bursts: E.180 asks for 5 s at most, and edges are half a frame unsure
SHORTEST_RINGING_S = 0.7  # of tone in all: two busy tones, or one ring; a single beep is neither

WORDLESS_SHARE = 0.5  # of wordless speech that lies in a sound: then the sound is what was heard

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class _Hops:
    """What is known of each hop of 64 ms of a channel; arrays of shape (hops,)."""

    level_dbfs: Values
    musical: Values  # share of the power in steady partials that are no hum
    tonal: Values  # share of the power in steady partials where call-progress tones lie
    tone_hz: Values  # the strongest frequency there


def sounds_on(audio: Audio, channel: int) -> tuple[Sound, ...]:
    """The music and the ringing of a channel, in time order; it may sound while somebody speaks.

    Raises:
        ValueError: the recording has no such channel.
    """
    hops = _hops(audio, channel)
    if not len(hops.level_dbfs):
        return ()
    floor_dbfs = min(float(np.percentile(hops.level_dbfs, 10)), LOUDEST_FLOOR_DBFS)
    audible = hops.level_dbfs > max(floor_dbfs + AUDIBLE_DB, QUIETEST_DBFS)
    ringing = _ringing(hops, audible)
    music = [part for span in _music(hops, audible) for part in gaps(ringing, span)]
    found = [(span, SoundKind.RINGING) for span in ringing] + [(span, SoundKind.MUSIC) for span in music]
    return tuple(Sound(span, kind, channel) for span, kind in sorted(found) if span.duration_s > 0)


def without_sounds(voices: Voices, sounds: Iterable[Sound], wordless: Iterable[tuple[int, Span]]) -> Voices:
    """The voices without the `wordless` speech (channel, span) that was a sound all along."""
    heard = tuple(sounds)
    mistaken = [(channel, span) for channel, span in wordless if _is_sound(channel, span, heard)]
    speech = tuple(replace(s, span=rest) for s in voices.speech for rest in gaps(_on(s.channel, mistaken), s.span))
    return replace(voices, speech=speech)


def beside_speech(sounds: Iterable[Sound], speech: Sequence[Speech]) -> tuple[Sound, ...]:
    """The sounds where nobody speaks on their channel: what is said goes before what sounds behind it."""
    return tuple(
        replace(sound, span=rest)
        for sound in sounds
        for rest in gaps((region.span for region in speech if region.channel == sound.channel), sound.span)
    )


def _on(channel: int, found: Iterable[tuple[int, Span]]) -> tuple[Span, ...]:
    return tuple(span for where, span in found if where == channel)


def _is_sound(channel: int, span: Span, sounds: Sequence[Sound]) -> bool:
    covered_s = sum(sound.span.overlap_s(span) for sound in sounds if sound.channel == channel)
    return covered_s >= WORDLESS_SHARE * span.duration_s


def _music(hops: _Hops, audible: Mask) -> Iterator[Span]:
    musical = np.where(audible & (hops.tonal < TONE_SHARE), hops.musical, 0.0)
    window = min(MUSIC_WINDOW_HOPS, len(musical))
    (firsts,) = np.nonzero(_means(musical, window) >= MUSIC_SHARE)
    goes_on = _means(np.pad(musical, (EDGE_HOPS, EDGE_HOPS)), EDGE_HOPS) >= MUSIC_SHARE
    steady = musical >= MUSIC_HOP_SHARE
    for piece in union(Span(float(first), float(first + window)) for first in firsts):
        inside = np.arange(int(piece.start_s), int(piece.end_s))
        begins = inside[steady[inside] & goes_on[inside + EDGE_HOPS]]
        ends = inside[steady[inside] & goes_on[inside + 1]] + 1
        if len(begins) and len(ends) and (ends[-1] - begins[0]) * HOP_S >= SHORTEST_MUSIC_S:
            yield Span(float(begins[0]) * HOP_S, float(ends[-1]) * HOP_S)


def _means(values: Values, size: int) -> Values:
    """The mean of each `size` values in a row; the first is that of the first ones."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((sums[size:] - sums[:-size]) / size)


def _ringing(hops: _Hops, audible: Mask) -> tuple[Span, ...]:
    """Bursts of one tone with nothing else audible between them."""
    found: list[Span] = []
    group: list[Span] = []
    tone_hz = 0.0
    for first, end in _runs(audible):
        burst = Span(first * HOP_S, end * HOP_S)
        tonal = hops.tonal[first:end] >= TONE_SHARE
        is_tone = burst.duration_s >= SHORTEST_BURST_S and np.mean(tonal) >= BURST_SHARE
        hz = float(np.median(hops.tone_hz[first:end][tonal])) if is_tone else 0.0
        goes_on = group and abs(hz - tone_hz) <= SAME_TONE_HZ
        if group and not (goes_on and burst.start_s - group[-1].end_s <= LONGEST_PAUSE_S):
            found += _whole(group)
            group = []
        if is_tone:
            group, tone_hz = [*group, burst], hz
    return (*found, *_whole(group))


def _whole(bursts: Sequence[Span]) -> tuple[Span, ...]:
    long_enough = sum(burst.duration_s for burst in bursts) >= SHORTEST_RINGING_S
    return (Span(bursts[0].start_s, bursts[-1].end_s),) if long_enough else ()


def _runs(flags: Mask) -> Iterator[tuple[int, int]]:
    padded = np.concatenate([[False], flags, [False]])
    starts, ends = np.flatnonzero(~padded[:-1] & padded[1:]), np.flatnonzero(padded[:-1] & ~padded[1:])
    return ((int(first), int(end)) for first, end in zip(starts, ends, strict=True))


def _hops(audio: Audio, channel: int) -> _Hops:
    count = int(audio.duration_s / HOP_S)
    chunks = [
        _chunk(audio, channel, first, min(first + CHUNK_HOPS, count)) for first in range(0, count, CHUNK_HOPS)
    ] or [np.empty((4, 0))]
    return _Hops(*np.concatenate(chunks, axis=1))


def _chunk(audio: Audio, channel: int, first: int, end: int) -> Values:
    """Level, musical and tonal share, and tone of the hops `[first, end)`: shape (4, hops)."""
    around = HELD_HOPS[-1] + STEADY_HOPS  # what these hops' partials are compared with, before and after
    lead_s = (FRAME - HOP) / 2 / RATE_HZ  # a frame lies about the middle of its hop
    span = Span((first - around) * HOP_S - lead_s, (end + around) * HOP_S + lead_s)
    frames = np.lib.stride_tricks.sliding_window_view(audio.read(channel, span, RATE_HZ), FRAME)[::HOP]
    spectra = np.square(np.abs(np.fft.rfft(frames * np.hanning(FRAME).astype(np.float32), axis=1)))
    power = np.asarray(spectra[:, FIRST_BIN:LAST_BIN], dtype=np.float64) + np.finfo(np.float32).tiny
    partials = _steady(power)
    total = power.sum(axis=1)
    tone = power[:, TONE_BINS]
    # Half of the power of a Hann window's frame lies in each half of the spectrum; its mean square is 3/8.
    level_dbfs = 10 * np.log10(2 * total / (FRAME * FRAME * 3 / 8))
    musical = (power * (partials & ~_held(partials))).sum(axis=1) / total
    tonal = (tone * partials[:, TONE_BINS]).sum(axis=1) / total
    tone_hz = (FIRST_BIN + TONE_BINS.start + tone.argmax(axis=1)) * BIN_HZ
    return np.stack([level_dbfs, musical, tonal, tone_hz])[:, around : around + end - first]


def _steady(power: Values) -> Mask:
    """The bins of partials that stand still for `STEADY_HOPS`; shape (frames, bins) as given."""
    decibels = 10 * np.log10(power)
    peaks, hz = _peaks(decibels), _frequencies(decibels)
    anchors = peaks.copy()
    for later in range(1, STEADY_HOPS):
        near = np.zeros_like(peaks)
        for shift in (-1, 0, 1):
            apart_hz = np.abs(_moved(hz, later, shift) - hz)
            near |= _moved(peaks, later, shift) & (apart_hz <= STEADY_HZ)
        anchors &= near
    steady = anchors.copy()
    for later in range(1, STEADY_HOPS):
        steady[later:] |= anchors[:-later]
    return _widened(steady, PEAK_WIDTH)


def _peaks(decibels: Values) -> Mask:
    inner = decibels[:, 1:-1]
    peaks = np.zeros(decibels.shape, np.bool_)
    peaks[:, 1:-1] = (inner > decibels[:, :-2]) & (inner >= decibels[:, 2:])
    padded = np.pad(decibels, ((0, 0), (PEAK_REACH + 1, PEAK_REACH)), mode="edge")
    sums = np.cumsum(padded, axis=1)
    width = 2 * PEAK_REACH + 1
    around = (sums[:, width:] - sums[:, :-width]) / width
    clear = (decibels > around + PEAK_DB) & (decibels > decibels.max(axis=1, keepdims=True) - PEAK_RANGE_DB)
    return np.asarray(peaks & clear)


def _frequencies(decibels: Values) -> Values:
    """In Hz, where a peak at each bin lies between the bins: the top of the parabola through three."""
    left, middle, right = decibels[:, :-2], decibels[:, 1:-1], decibels[:, 2:]
    bend = np.minimum(left - 2 * middle + right, -np.finfo(np.float32).eps)
    offsets = np.clip((left - right) / 2 / bend, -0.5, 0.5)
    return np.asarray((np.arange(decibels.shape[1]) + np.pad(offsets, ((0, 0), (1, 1)))) * BIN_HZ)


def _moved(values: npt.NDArray[Number], later: int, shift: int) -> npt.NDArray[Number]:
    """The values of `later` frames after and `shift` bins above, at each place; zeros beyond the edges."""
    moved = np.zeros_like(values)
    bins = values.shape[1]
    moved[:-later, max(0, -shift) : bins - max(0, shift)] = values[later:, max(0, shift) : bins - max(0, -shift)]
    return moved


def _held(partials: Mask) -> Mask:
    """The partials that stood there in all of the last seconds, or will in all of the next."""
    back, ahead = partials.copy(), partials.copy()
    for hops in HELD_HOPS:
        back[hops:] &= partials[:-hops]
        back[:hops] = False
        ahead[:-hops] &= partials[hops:]
        ahead[-hops:] = False
    return np.asarray(back | ahead)


def _widened(mask: Mask, reach: int) -> Mask:
    wide = mask.copy()
    for shift in range(1, reach + 1):
        wide[:, shift:] |= mask[:, :-shift]
        wide[:, :-shift] |= mask[:, shift:]
    return wide
