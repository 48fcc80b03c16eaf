"""Crosstalk: the other side's voice on a channel, as leak of the line or as echo, told from the channel's own voice.

A channel hears the other side where a filtered, delayed copy of that side's channel is part of it. Three steps:

* **delay**: the peak of the phase correlation (GCC-PHAT) of both channels, averaged over blocks in which the
  other side speaks. Every block and frequency counts alike, so a loud voice of the channel's own hides nothing.
* **response**: the filter from one channel to the other about that delay, by least squares over the frames
  that it explains; frames count by their likeness, not by their loudness.
* **own voice**: what of 100 ms the filtered other side leaves unexplained, where that is more than the
  response's own error and stands above the line's noise. So two who speak at once are both kept.

Left out: a path that changes within the call (a call passed on to another line), delays over 0.5 s,
more than two channels.

Sources: Knapp and Carter (1976) for GCC-PHAT; Gänsler et al. (1996), whose double-talk detector also asks how
coherent an echo is with what caused it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from analyzers.conversation import Span, gaps
from analyzers.speech.audio import Audio

RATE_HZ = 8_000  # the telephone band: crosstalk of wider lines is heard in it as well
BAND_HZ = (200.0, 3_600.0)  # below is mains hum, which channels share; above telephone lines carry nothing

LATEST_S, EARLIEST_S = 0.5, -0.05  # the echo of two mobile networks; recorders that write a channel late
BLOCK_S = 0.5
MOST_BLOCKS = 60  # evenly over the call: 30 s tell the delay, and long calls cost no more
CLEAR_PEAK = 8.0  # standard deviations; the highest of 4,400 chance values lies at 4

FRAME_S = 0.256  # four times the response: what wraps around in the transform is small
MOST_FRAMES = 240  # a minute of the other side's voice
BEFORE_S, RESPONSE_S = 0.008, 0.064  # the response about its delay: a handset, or a room close by
REFINEMENTS = 3  # each leaves frames out that the response before does not explain
EXPLAINED = 0.5  # share of a frame's energy: most of it
LOUDER = 2.0  # 6 dB: how much more a line may let through for a while
LEAST_EXPLAINED_S = 1.0  # less could be chance
LOUDEST_DB, FAINTEST_DB = -3.0, 45.0  # below the source: equal channels differ by noise; beyond, nobody hears it

WINDOW_S, HOP_S = 0.1, 0.02  # a syllable; from one decision to the next
ERROR_MARGIN = 3.0  # times the share that the response usually leaves: the rest is no error of a codec
LEAST_OWN_SHARE, MOST_OWN_SHARE = 0.1, 0.5
ABOVE_NOISE = 4.0  # 6 dB of energy: what stands less above the line's noise is no voice
SHORTEST_S = 0.1  # a shorter rest is an edge of what was explained, not a syllable
BRIDGE_S = 0.3  # shorter crosstalk within what the channel's own voice says is no reason to cut it

Samples = npt.NDArray[np.float32]
Energies = npt.NDArray[np.floating]
Spectra = npt.NDArray[np.complex64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Crosstalk:
    """How `channel` hears `source`: `below_db` fainter than the source's own channel, `delay_s` after it.

    `response`: the filter at `RATE_HZ`, its first tap at `response_from_s`. `own_share`: the share of energy above
    which what it leaves unexplained is a voice. `noise`: the line's own energy per window.
    """

    channel: int
    source: int
    below_db: float
    delay_s: float
    response: Samples
    response_from_s: float
    own_share: float
    noise: float


def find(audio: Audio, channel: int, speech: Mapping[int, Sequence[Span]]) -> Crosstalk | None:
    """How a channel of two hears the other one; None where it does not.

    `speech`: per channel when anybody is heard on it, crosstalk included.
    """
    source = 1 - channel
    spoken = speech.get(source, ())
    peak_s = _peak_s(audio, channel, source, spoken)
    if peak_s is None:
        return None
    starts, from_s = _starts(spoken, FRAME_S, MOST_FRAMES), peak_s - BEFORE_S
    own = _spectra(audio, channel, [start_s + peak_s for start_s in starts])
    other = _spectra(audio, source, [start_s + peak_s - from_s for start_s in starts])
    response, explained = _response(own, other)
    own, other = own[explained], other[explained]
    heard = _filtered(other, response)
    below_db = 10 * np.log10(_energy(other).sum() / _energy(heard).sum()) if explained.any() else np.inf
    if len(own) * FRAME_S < LEAST_EXPLAINED_S or not LOUDEST_DB <= below_db <= FAINTEST_DB:
        return None
    delay_s = from_s + float(np.argmax(np.abs(response))) / RATE_HZ
    error = ERROR_MARGIN * float(np.median(1 - _explained(own, heard)))
    own_share = min(max(LEAST_OWN_SHARE, error), MOST_OWN_SHARE)
    noise = _noise(audio, channel, speech)
    return Crosstalk(channel, source, float(below_db), delay_s, response, from_s, own_share, noise)


def own_speech(audio: Audio, crosstalk: Crosstalk, spans: Sequence[Span]) -> tuple[Span, ...]:
    """The parts of the channel's speech in which its own voice speaks, alone or over the other's."""
    return tuple(part for span in spans for part in gaps(_foreign(audio, crosstalk, span), span) if _is_long(part))


def _is_long(span: Span) -> bool:
    return span.duration_s >= SHORTEST_S


def _peak_s(audio: Audio, channel: int, source: int, spoken: Sequence[Span]) -> float | None:
    """The delay in seconds at which the channels are likest; None where none stands out."""
    starts = _starts(spoken, BLOCK_S, MOST_BLOCKS)
    if not starts:
        return None
    phases = sum(_phases(audio, channel, source, start_s) for start_s in starts)
    size = np.abs(scipy.fft.irfft(phases, round((BLOCK_S + LATEST_S - EARLIEST_S) * RATE_HZ)))
    size = size[: round((LATEST_S - EARLIEST_S) * RATE_HZ) + 1]
    clear = CLEAR_PEAK * float(np.sqrt(np.mean(np.square(size))))
    # What comes earlier is the source hearing this channel, unless nothing else is found.
    for lags in (slice(round((LATEST_S + BEFORE_S) * RATE_HZ)), slice(None)):
        peak = int(np.argmax(size[lags]))
        if size[peak] > clear:
            return LATEST_S - peak / RATE_HZ
    return None


def _starts(spoken: Sequence[Span], length_s: float, most: int) -> tuple[float, ...]:
    """Where to look: at most so many stretches of this length, evenly over what is spoken."""
    starts = [t for span in spoken for t in np.arange(span.start_s, span.end_s - length_s, length_s)]
    chosen = np.linspace(0, len(starts) - 1, min(most, len(starts))).astype(int)
    # On whole samples, so that adding a delay shifts by just that many.
    return tuple(round(float(starts[i]) * RATE_HZ) / RATE_HZ for i in chosen)


def _phases(audio: Audio, channel: int, source: int, start_s: float) -> Spectra:
    """Per frequency the phase between a block of the channel and what lies about it on the source, as unit vectors.

    Their inverse transform has a peak at the lag of the block behind the source, counted down from `LATEST_S`.
    """
    block = audio.read(channel, Span(start_s, start_s + BLOCK_S), RATE_HZ)
    around = audio.read(source, Span(start_s - LATEST_S, start_s + BLOCK_S - EARLIEST_S), RATE_HZ)
    cross = np.conj(scipy.fft.rfft(block, len(around))) * scipy.fft.rfft(around) * _in_band(len(around))
    size = np.abs(cross)
    return np.asarray(np.divide(cross, size, out=np.zeros_like(cross), where=size > 0))


def _in_band(size: int) -> Mask:
    frequency_hz = scipy.fft.rfftfreq(size, 1 / RATE_HZ)
    return np.asarray((frequency_hz >= BAND_HZ[0]) & (frequency_hz <= BAND_HZ[1]))


def _spectra(audio: Audio, channel: int, starts: Sequence[float]) -> Spectra:
    """Spectra of `FRAME_S` from each start, in band, shape (frames, frequencies)."""
    frames = np.stack([audio.read(channel, Span(start_s, start_s + FRAME_S), RATE_HZ) for start_s in starts])
    window = scipy.signal.get_window("hann", frames.shape[1]).astype(np.float32)
    return np.asarray(scipy.fft.rfft(frames * window) * _in_band(frames.shape[1]))


def _response(own: Spectra, other: Spectra) -> tuple[Samples, Mask]:
    """The filter that makes the channel out of the source, and which frames it explains."""
    loudest = 10 ** (-LOUDEST_DB / 10)
    usable = (_energy(own) > 0) & (_energy(own) <= loudest * _energy(other))
    response = np.zeros(round(RESPONSE_S * RATE_HZ), np.float32)
    for _ in range(REFINEMENTS):
        if usable.any():
            response = _least_squares(own[usable], other[usable])
            usable &= _explained(own, _filtered(other, response)) >= EXPLAINED
    return response, usable


def _least_squares(own: Spectra, other: Spectra) -> Samples:
    weight = 1 / _energy(own)[:, None]  # so that a loud voice of the channel's own weighs no more than a pause
    cross = np.sum(weight * own * np.conj(other), axis=0)
    power = np.sum(weight * np.square(np.abs(other)), axis=0)
    # Where the source has no energy nothing is known of the response; the floor keeps it from being noise.
    response = scipy.fft.irfft(cross / (power + 1e-3 * power.max()), round(FRAME_S * RATE_HZ))
    return np.asarray(response[: round(RESPONSE_S * RATE_HZ)], np.float32)


def _filtered(spectra: Spectra, response: Samples) -> Spectra:
    return np.asarray(spectra * scipy.fft.rfft(response, round(FRAME_S * RATE_HZ)))


def _energy(spectra: Spectra) -> Energies:
    return np.asarray(np.sum(np.square(np.abs(spectra)), axis=1))


def _explained(own: Spectra, heard: Spectra) -> Energies:
    """Per frame the share of its energy that what was heard of the source explains, at up to `LOUDER` than usual.

    Without that bound a voice of the channel's own would be explained by its own leak in the source.
    """
    likeness, of_heard, energy = np.sum(np.real(own * np.conj(heard)), axis=1), _energy(heard), _energy(own)
    gain = np.clip(np.divide(likeness, of_heard, out=np.zeros_like(energy), where=of_heard > 0), 0, LOUDER)
    explained = gain * (2 * likeness - gain * of_heard)
    return np.asarray(np.divide(explained, energy, out=np.zeros_like(energy), where=energy > 0))


def _noise(audio: Audio, channel: int, speech: Mapping[int, Sequence[Span]]) -> float:
    """The channel's energy per window where nobody speaks on either; 0 where there is no such time."""
    pauses = gaps([span for spans in speech.values() for span in spans], Span(0.0, audio.duration_s))
    starts = _starts(pauses, WINDOW_S, MOST_BLOCKS)
    windows = [audio.read(channel, Span(start_s, start_s + WINDOW_S), RATE_HZ) for start_s in starts]
    return float(np.median([_energy(_windows(window)) for window in windows])) if windows else 0.0


def _foreign(audio: Audio, crosstalk: Crosstalk, span: Span) -> tuple[Span, ...]:
    """The parts of one stretch of speech that are the other side's alone."""
    around = Span(span.start_s - WINDOW_S / 2, span.end_s + WINDOW_S / 2)
    sound = _windows(audio.read(crosstalk.channel, around, RATE_HZ))
    energy = _energy(sound)
    unexplained = energy * (1 - _explained(sound, _windows(_heard(audio, crosstalk, around))))
    quiet = ABOVE_NOISE * crosstalk.noise
    own = _without_short((unexplained > crosstalk.own_share * energy) & (unexplained > quiet))
    foreign = ~own & (energy > quiet)
    return tuple(
        Span(span.start_s + first * HOP_S, min(span.start_s + last * HOP_S, span.end_s))
        for first, last in _runs(~own)
        if foreign[first:last].sum() * HOP_S >= (SHORTEST_S if first == 0 or last == len(own) else BRIDGE_S)
    )


def _windows(samples: Samples) -> Spectra:
    """Spectra of `WINDOW_S` every `HOP_S`, in band, shape (windows, frequencies)."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, round(WINDOW_S * RATE_HZ))[:: round(HOP_S * RATE_HZ)]
    weights = scipy.signal.get_window("hann", windows.shape[1]).astype(np.float32)
    return np.asarray(scipy.fft.rfft(windows * weights) * _in_band(windows.shape[1]))


def _heard(audio: Audio, crosstalk: Crosstalk, span: Span) -> Samples:
    """What the channel hears of the source."""
    last_s = crosstalk.response_from_s + (len(crosstalk.response) - 1) / RATE_HZ
    reach = Span(span.start_s - last_s, span.end_s - crosstalk.response_from_s)
    source = audio.read(crosstalk.source, reach, RATE_HZ)
    heard = scipy.signal.oaconvolve(source, crosstalk.response, mode="valid")
    size = round(span.duration_s * RATE_HZ)
    return np.asarray(np.pad(heard, (0, max(0, size - len(heard))))[:size], np.float32)


def _without_short(mask: Mask) -> Mask:
    kept = mask.copy()
    for first, last in _runs(mask):
        kept[first:last] = (last - first) * HOP_S >= SHORTEST_S
    return kept


def _runs(mask: Mask) -> list[tuple[int, int]]:
    """First index and the one after the last of each stretch that is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
