"""Bandwidth: up to which frequency a channel carries speech, whatever the file's sample rate promises.

A call that went through the telephone network carries 300 to 3400 Hz, also where the recorder stored it at 16 or
44.1 kHz. Bandwidth is the highest frequency at which the strong sounds of speech (in each 50 Hz the level that
5 % of the time is above) stand clear of the line's noise and within `RANGE_DB` of the strongest. Hiss sounds
(s, sh, f) reach the top of any band within a few seconds of speech, so the strong sounds tell it, not the average.

Left out: speech of less than `LEAST_SPEECH_S`; a recorder that only interpolates between samples (it leaves mirror
images above the band, 10 to 30 dB down, which count as sound).

Source: ITU-T G.711 and G.712 for the telephone band, G.722 for the wide one (50 to 7000 Hz).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy

from analyzers.conversation import Span, gaps
from analyzers.speech.audio import Audio

FRAME_S = 0.02  # 50 Hz apart
BLOCK_S = 0.2
MOST_BLOCKS = 100  # evenly over the call: 20 s tell the band, and long calls cost no more
LEAST_SPEECH_S = 2.0  # a few words hold a hiss sound
STRONG = 0.95  # quantile: hiss sounds are about a tenth of speech
RANGE_DB = 50.0  # under the strongest vowel: the faintest sounds of speech lie 30 dB down (Fletcher), filters 60
CLEAR_DB = 10.0  # above the noise
LEAST_BINS = 3  # in a row: a single line is a tone, not speech

Power = npt.NDArray[np.float64]


def bandwidth_hz(audio: Audio, channel: int, speech: Sequence[Span]) -> float | None:
    """Up to where the channel carries speech, in Hz; None where it has too little speech to tell.

    `speech`: when somebody speaks on the channel; what lies between is taken for the line's noise.
    """
    if sum(span.duration_s for span in speech) < LEAST_SPEECH_S:
        return None
    spoken = _strong(audio, channel, speech)
    noise = _strong(audio, channel, gaps(speech, Span(0.0, audio.duration_s)))
    carried = (spoken > spoken.max() * 10 ** (-RANGE_DB / 10)) & (spoken > noise * 10 ** (CLEAR_DB / 10))
    in_a_row = np.convolve(carried, np.ones(LEAST_BINS), mode="valid") == LEAST_BINS
    if not in_a_row.any():
        return None
    top = int(np.flatnonzero(in_a_row)[-1]) + LEAST_BINS - 1
    return min(round((top + 0.5) / FRAME_S), audio.sample_rate_hz / 2)


def _strong(audio: Audio, channel: int, spans: Sequence[Span]) -> Power:
    """The level that each frequency's strongest frames pass, as power, shape (frequencies,); 0 without any frame."""
    size = round(FRAME_S * audio.sample_rate_hz)
    starts = [t for span in spans for t in np.arange(span.start_s, span.end_s - BLOCK_S, BLOCK_S)]
    chosen = np.linspace(0, len(starts) - 1, min(MOST_BLOCKS, len(starts))).astype(int)
    if not len(chosen):
        return np.zeros(size // 2 + 1)
    blocks = (audio.read(channel, Span(starts[i], starts[i] + BLOCK_S), audio.sample_rate_hz) for i in chosen)
    frames = np.concatenate([block[: len(block) - len(block) % size].reshape(-1, size) for block in blocks])
    window = scipy.signal.get_window("hann", size).astype(np.float32)
    power = np.square(np.abs(scipy.fft.rfft(frames * window)))
    return np.asarray(np.quantile(power, STRONG, axis=0), dtype=np.float64)
