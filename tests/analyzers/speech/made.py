"""Audio made by hand: samples in, a decoded recording out, no file and no decoder."""

from __future__ import annotations

import tempfile

import numpy as np
import numpy.typing as npt

from analyzers.speech.audio import Audio

RATE_HZ = 16_000


def audio(*channels: npt.ArrayLike, rate_hz: int = RATE_HZ) -> Audio:
    """A recording of these channels, each of shape (samples,)."""
    samples = np.stack([np.asarray(channel, np.float32) for channel in channels], axis=1)
    scratch = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the Audio
    scratch.write(samples.tobytes())
    scratch.flush()
    return Audio("pcm_f32le", len(channels), rate_hz, len(samples), (), scratch)


def hum(seconds: float, amplitude: float, rate_hz: int = RATE_HZ) -> np.ndarray:
    """A 200 Hz tone; its level is 20 log10(amplitude) - 3.01 dBFS."""
    return amplitude * np.sin(2 * np.pi * 200 * np.arange(round(seconds * rate_hz)) / rate_hz)
