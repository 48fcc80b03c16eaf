from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from benchmarks.evaluation.loudness import ebur128_lufs

RATE_HZ = 48_000
SECONDS = 5


def write(path: Path, *channels: np.ndarray) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.stack(channels, axis=1) * 32767).round().astype("<i2").tobytes())
    return path


def test_each_channel_has_its_loudness(tmp_path: Path) -> None:
    # BS.1770-4: a 997 Hz sine of 0 dBFS on one channel is -3.01 LUFS.
    sine = np.sin(2 * np.pi * 997 * np.arange(SECONDS * RATE_HZ) / RATE_HZ)
    path = write(tmp_path / "sine.wav", sine * 10 ** (-20 / 20), sine * 10 ** (-30 / 20), 0 * sine)
    agent, customer, silent = ebur128_lufs(path)
    assert (agent, customer) == (pytest.approx(-23.01, abs=0.05), pytest.approx(-33.01, abs=0.05))
    assert silent is None
