"""Bandwidth is what the line carried, not what the file could hold."""

import numpy as np
import pytest
import scipy
import soxr

from analyzers.conversation import Span
from analyzers.speech.bandwidth import LEAST_SPEECH_S, bandwidth_hz
from tests.analyzers.speech.made import audio, voice

SPOKEN = (Span(1, 4), Span(6, 9))


def line(top_hz: float, rate_hz: int, noise_dbfs: float = -80.0) -> np.ndarray:
    """A voice up to `top_hz`, and noise over all that the file holds."""
    sound = voice(1, 10, SPOKEN, rate_hz)
    if top_hz < rate_hz / 2:
        sound = scipy.signal.sosfiltfilt(scipy.signal.butter(16, top_hz, fs=rate_hz, output="sos"), sound)
    return sound + np.random.default_rng(2).standard_normal(len(sound)) * 10 ** (noise_dbfs / 20)


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 44_100])
@pytest.mark.parametrize("top_hz", [3400, 7000])
def test_the_band_of_the_line_is_found_at_any_sample_rate(top_hz: float, rate_hz: int) -> None:
    found = bandwidth_hz(audio(line(top_hz, rate_hz), rate_hz=rate_hz), 0, SPOKEN)
    assert found == pytest.approx(min(top_hz, rate_hz / 2), rel=0.15)


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_a_telephone_call_stored_at_a_higher_rate_stays_a_telephone_call(rate_hz: int) -> None:
    stored = soxr.resample(line(3400, 8000), 8000, rate_hz)
    assert bandwidth_hz(audio(stored, rate_hz=rate_hz), 0, SPOKEN) == pytest.approx(3600, abs=300)


def test_noise_above_the_voice_is_no_speech() -> None:
    noisy = line(3400, 16_000, noise_dbfs=-45)
    found = bandwidth_hz(audio(noisy, rate_hz=16_000), 0, SPOKEN)
    assert found == pytest.approx(3400, rel=0.15)


@pytest.mark.parametrize(
    ("sound", "spoken"),
    [
        pytest.param(line(3400, 8000), (Span(1, 1 + LEAST_SPEECH_S / 2),), id="too little speech"),
        pytest.param(line(3400, 8000), (), id="nobody speaks"),
        pytest.param(np.zeros(80_000), SPOKEN, id="digital silence"),
    ],
)
def test_where_there_is_nothing_to_tell_it_by_nothing_is_said(sound: np.ndarray, spoken: tuple[Span, ...]) -> None:
    assert bandwidth_hz(audio(sound, rate_hz=8000), 0, spoken) is None
