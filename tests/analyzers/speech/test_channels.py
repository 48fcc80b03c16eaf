"""One signal on two channels is found, two voices are not taken for one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from analyzers.speech.audio import decode
from analyzers.speech.channels import same_signal

RATE_HZ = 8000
Samples = npt.NDArray[np.float64]


def voice(seed: int) -> Samples:
    """Ten seconds of noise that comes and goes as speech does."""
    noise = np.random.default_rng(seed).standard_normal(10 * RATE_HZ)
    syllables = np.repeat(np.random.default_rng(seed + 1).uniform(0, 0.2, 100), RATE_HZ // 10)
    return noise * syllables


def is_one(folder: Path, left: Samples, right: Samples) -> bool:
    path = folder / "call.wav"
    soundfile.write(path, np.stack([left, right], axis=1), RATE_HZ, subtype="ULAW")
    with decode(path, folder) as audio:
        return same_signal(audio)


def line(seed: int, below_db: float) -> Samples:
    """The noise of one line, so far under the voice."""
    level = np.sqrt(np.mean(np.square(voice(1)))) * 10 ** (-below_db / 20)
    return level * np.random.default_rng(seed).standard_normal(10 * RATE_HZ)


def beep(sound: Samples) -> Samples:
    """The same but for half a second of a tone."""
    copy = sound.copy()
    copy[3 * RATE_HZ : 7 * RATE_HZ // 2] = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE_HZ // 2) / RATE_HZ)
    return copy


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(lambda x: x, id="equal"),
        pytest.param(lambda x: 0.25 * x, id="quieter"),
        pytest.param(lambda x: -x, id="inverted"),
        pytest.param(lambda x: np.roll(x, RATE_HZ // 50), id="20 ms later"),
        pytest.param(lambda x: np.roll(x, -RATE_HZ // 50), id="20 ms earlier"),
        pytest.param(lambda x: x + line(3, 15), id="on a noisier line"),
        pytest.param(beep, id="with a tone of its own"),
        pytest.param(lambda x: -0.25 * np.roll(x, RATE_HZ // 50) + line(3, 35), id="all at once"),
    ],
)
def test_a_copy_is_found(tmp_path: Path, copy: Callable[[Samples], Samples]) -> None:
    assert is_one(tmp_path, voice(1), copy(voice(1)))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(voice(7), id="another voice"),
        pytest.param(np.zeros(10 * RATE_HZ), id="a silent channel"),
        pytest.param(voice(7) + 0.1 * voice(1), id="another voice with leak"),
        pytest.param(
            np.concatenate([voice(1)[: 5 * RATE_HZ], voice(7)[5 * RATE_HZ :]]), id="the same half of the time"
        ),
    ],
)
def test_another_signal_is_not_a_copy(tmp_path: Path, other: Samples) -> None:
    assert not is_one(tmp_path, voice(1), other)


def test_silence_on_both_channels_is_no_signal_at_all(tmp_path: Path) -> None:
    assert not is_one(tmp_path, np.zeros(RATE_HZ), np.zeros(RATE_HZ))


def test_two_in_turn_who_hear_each_other_loudly_are_two(tmp_path: Path) -> None:
    turns = np.arange(10 * RATE_HZ) // RATE_HZ % 4 < 2
    one, other = voice(1) * turns, voice(7) * ~turns
    assert not is_one(tmp_path, one + 0.6 * other, other + 0.6 * one)
