"""Audio made by hand: samples in, a decoded recording out, no file and no decoder."""

from __future__ import annotations

import tempfile

import numpy as np
import numpy.typing as npt
import scipy

from analyzers.conversation import Span
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


def voice(seed: int, seconds: float, spoken: tuple[Span, ...], rate_hz: int = RATE_HZ) -> np.ndarray:
    """Noise that comes and goes as syllables do where it speaks, -20 dBFS there, on a line at -70 dBFS."""
    random = np.random.default_rng(seed)
    noise = scipy.signal.lfilter([1], [1, -0.9], random.standard_normal(round(seconds * rate_hz)))
    time_s = np.arange(len(noise)) / rate_hz
    syllables = random.uniform(0.3, 1, round(seconds * 8) + 1)[(time_s * 8).astype(int)]
    speaks = np.any([(time_s >= span.start_s) & (time_s < span.end_s) for span in spoken], axis=0)
    sound = noise * syllables * speaks
    line = random.standard_normal(len(noise)) * 10 ** (-70 / 20)
    return 0.1 * sound / np.sqrt(np.mean(np.square(sound[speaks]))) + line


def heard_of(sound: np.ndarray, below_db: float, delay_s: float, rate_hz: int = RATE_HZ) -> np.ndarray:
    """A copy so much fainter and later."""
    delay = round(delay_s * rate_hz)
    return np.concatenate([np.zeros(delay), sound])[: len(sound)] * 10 ** (-below_db / 20)
