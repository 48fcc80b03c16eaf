"""Channels: whether a two-channel recording is what it seems, or one signal written twice; how loud each is.

Many recorders write a mono call as two equal channels. Taken for agent and customer, everything would be
said by both at once. Two channels are the same signal when in `SAME_SHARE` of the seconds that sound one
explains the other, up to a short delay and a gain that stays the same: their normalised
cross-correlation reaches `SAME`, each line's own steady noise left out of account. Two people who hear each
other on their channels come near that likeness, but with a gain that changes with who speaks.

Left out: channels that are the same for a part of the call only; what is on both is then
crosstalk (`voices`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.signal import correlate

from analyzers.speech.audio import Audio

SAME = 0.9  # mu-law and MP3 cost two equal channels less than 0.02; two people on two channels stayed under 0.02
SAME_SHARE = 0.9  # of the seconds that sound: the rest may be a click or a tone on one of them
SOUNDING_DB = 30.0  # under the loudest tenth: the range of speech
SAME_GAIN_DB = 2.0  # about the usual one; who hears the other even at -3 dB has 6 dB between the two voices
DELAY_S = 0.05  # longer is an echo, which is a voice of its own on the line
LAG_S = 5.0  # tells the delay
PIECE_S = 1.0  # one voice, mostly
FRAME_S = 0.05  # a pause between words shows the line's noise
NOISE_QUANTILE = 0.1  # of frames: at least a tenth of a minute's talk are pauses
MOST_NOISE = 0.5  # of a piece's energy: what has more is no signal to compare

SILENT_DBFS = -100.0  # digital silence: the quietest 16-bit sample alone is at -90

Samples = npt.NDArray[np.float32]
Pieces = npt.NDArray[np.float64]


def same_signal(audio: Audio) -> bool:
    """True where a recording's two channels carry one signal, up to gain and delay."""
    if audio.channels != 2:  # noqa: PLR2004 (a pair)
        return False
    blocks = zip(audio.blocks(0), audio.blocks(1), strict=True)
    pieces = np.array([piece for a, b in blocks for piece in _pieces(a, b, audio.sample_rate_hz)]).reshape(-1, 3)
    likeness, gain_db, energy = pieces.T
    alike = likeness >= SAME
    if not alike.any():
        return False
    same = alike & (np.abs(gain_db - np.median(gain_db[alike])) <= SAME_GAIN_DB)
    sounding = energy > np.quantile(energy, 0.9) * 10 ** (-SOUNDING_DB / 10)
    return bool(np.count_nonzero(same & sounding) >= SAME_SHARE * np.count_nonzero(sounding))


def level_dbfs(audio: Audio, channel: int) -> float:
    """The channel's mean level in dBFS, `SILENT_DBFS` where there is nothing at all."""
    energy = sum(float(np.sum(np.square(block, dtype=np.float64))) for block in audio.blocks(channel))
    return float(10 * np.log10(max(energy / max(1, audio.frames), 10 ** (SILENT_DBFS / 10))))


def _pieces(a: Samples, b: Samples, sample_rate_hz: int) -> Iterator[tuple[float, float, float]]:
    """Per piece of a block: how alike the channels are, the gain between them in dB, the louder one's energy."""
    size, reach = round(PIECE_S * sample_rate_hz), round(DELAY_S * sample_rate_hz)
    if len(a) <= 2 * reach:
        return  # too short to be shifted
    lag = _lag(a, b, reach, round(LAG_S * sample_rate_hz))
    a, b = (a[lag:], b[: len(b) - lag]) if lag >= 0 else (a[:lag], b[-lag:])
    noise_a, noise_b = _noise(a, sample_rate_hz), _noise(b, sample_rate_hz)
    for first in range(0, len(a), size):
        one, other = a[first : first + size], b[first : first + size]
        of_one, of_other = _signal(one, noise_a), _signal(other, noise_b)
        both = of_one * of_other
        likeness = abs(float(np.dot(one, other))) / both**0.5 if both else 0.0
        yield likeness, 10 * np.log10(of_other / of_one) if both else 0.0, max(of_one, of_other)


def _lag(a: Samples, b: Samples, reach: int, size: int) -> int:
    """By how many samples `a` is later than `b`, up to `reach`, from the loudest `size` samples of them."""
    start = max(range(0, len(a), size), key=lambda first: float(np.sum(np.square(a[first : first + size]))))
    one, other = a[start : start + size], b[start : start + size]
    lags = correlate(one, other, mode="full", method="fft")[len(other) - 1 - reach : len(other) + reach]
    return int(np.argmax(np.abs(lags))) - reach


def _noise(samples: Samples, sample_rate_hz: int) -> float:
    """The mean square of the pauses."""
    size = round(FRAME_S * sample_rate_hz)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    return float(np.quantile(np.mean(np.square(frames), axis=1), NOISE_QUANTILE)) if len(frames) else 0.0


def _signal(samples: Samples, noise: float) -> float:
    """The energy without the line's noise; 0 where there is hardly more than that."""
    energy = float(np.sum(np.square(samples)))
    signal = energy - noise * len(samples)
    return signal if signal > (1 - MOST_NOISE) * energy else 0.0
