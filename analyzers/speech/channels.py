"""Channels: whether a two-channel recording is what it seems, or one signal written twice.

Many recorders write a mono call as two equal channels. Taken for agent and customer, everything would be
said by both at once. Two channels are the same signal when, in blocks of a minute, one explains the other
up to gain and a short delay: their normalised cross-correlation reaches `SAME` on average over the energy.
Two people on two channels, even with each heard faintly on the other's, stay far below.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import correlate  # type: ignore[import-untyped]

from analyzers.speech.audio import Audio

SAME = 0.95  # mu-law and MP3 cost two equal channels less than 0.02; two people on two channels stayed under 0.02
DELAY_S = 0.05  # longer is an echo, which is a voice of its own on the line
EDGES_S = 2 * DELAY_S  # blocks shorter than this can't be shifted against each other

Samples = npt.NDArray[np.float32]


def same_signal(audio: Audio) -> bool:
    """True where a recording's two channels carry one signal, up to gain and delay."""
    if audio.channels != 2:  # noqa: PLR2004 (a pair)
        return False
    weighed = [_likeness(a, b, audio.sample_rate_hz) for a, b in zip(audio.blocks(0), audio.blocks(1), strict=True)]
    energy = sum(weight for _, weight in weighed)
    return energy > 0 and sum(likeness * weight for likeness, weight in weighed) / energy >= SAME


def _likeness(a: Samples, b: Samples, sample_rate_hz: int) -> tuple[float, float]:
    """The best normalised cross-correlation within `DELAY_S`, and the energy it speaks for."""
    energy = float(np.sqrt(np.sum(np.square(a)) * np.sum(np.square(b))))
    if energy == 0 or len(a) < EDGES_S * sample_rate_hz:
        # One silent channel beside a sounding one is no copy of it.
        return 0.0, float(max(np.sum(np.square(a)), np.sum(np.square(b))))
    reach = round(DELAY_S * sample_rate_hz)
    lags = correlate(a, b, mode="full", method="fft")[len(b) - 1 - reach : len(b) + reach]
    return float(np.abs(lags).max()) / energy, energy
