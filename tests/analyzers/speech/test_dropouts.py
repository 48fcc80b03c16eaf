"""What was cut out of speech is found where it was cut; pauses of people and of noise gates are not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Span
from analyzers.speech.dropouts import COLLAPSE_DB, HOP_S, LONGEST_S, SHORTEST_S, dropouts
from tests.analyzers.speech.made import audio

RATE_HZ = 8000
SPOKEN = (Span(0.5, 9.5),)


def vowel(seconds: float = 10.0) -> np.ndarray:
    """A steady voice of 120 Hz and its harmonics at -20 dBFS, on a line at -75 dBFS."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    sound = sum(np.cos(2 * np.pi * 120 * n * time_s + n * n) / n for n in range(1, 20))
    noise = np.random.default_rng(1).standard_normal(len(time_s)) * 10 ** (-75 / 20)
    return 0.1 * sound / np.sqrt(np.mean(np.square(sound))) + noise


def cut(sound: np.ndarray, *spans: Span, rest: float = 0.0) -> np.ndarray:
    left = sound.copy()
    for span in spans:
        left[round(span.start_s * RATE_HZ) : round(span.end_s * RATE_HZ)] *= rest
    return left


def found(sound: np.ndarray, spoken: tuple[Span, ...] = SPOKEN) -> tuple[Span, ...]:
    return dropouts(audio(sound, rate_hz=RATE_HZ), 0, spoken)


@settings(max_examples=25, deadline=None)
@given(start_s=st.floats(1, 8), length_s=st.floats(SHORTEST_S + HOP_S, LONGEST_S))
def test_a_cut_is_found_where_it_is(start_s: float, length_s: float) -> None:
    (dropout,) = found(cut(vowel(), Span(start_s, start_s + length_s)))
    assert dropout.start_s == pytest.approx(start_s, abs=HOP_S + 0.001)
    assert dropout.end_s == pytest.approx(start_s + length_s, abs=HOP_S + 0.001)


def test_each_of_several_cuts_is_found() -> None:
    cuts = (Span(1, 1.02), Span(1.1, 1.16), Span(5, 5.4))
    assert found(cut(vowel(), *cuts)) == cuts


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(vowel(), id="nothing is cut"),
        pytest.param(cut(vowel(), Span(4, 4 + SHORTEST_S / 2)), id="a click"),
        pytest.param(cut(vowel(), Span(4, 4.1 + LONGEST_S)), id="a muted microphone"),
        pytest.param(cut(vowel(), Span(4, 4.1), rest=10 ** (-(COLLAPSE_DB - 5) / 20)), id="a weak sound"),
        pytest.param(np.zeros(10 * RATE_HZ), id="digital silence"),
    ],
)
def test_what_is_no_dropout_is_not_found(sound: np.ndarray) -> None:
    assert found(sound) == ()


@pytest.mark.parametrize("fades", ["before", "after"])
def test_a_voice_that_fades_on_one_side_was_not_cut(fades: str) -> None:
    gain = np.ones(10 * RATE_HZ)
    gain[4 * RATE_HZ : round(4.1 * RATE_HZ)] = 0
    slope = np.geomspace(1, 0.01, round(0.06 * RATE_HZ))
    if fades == "before":
        gain[4 * RATE_HZ - len(slope) : 4 * RATE_HZ] = slope
    else:
        gain[round(4.1 * RATE_HZ) : round(4.1 * RATE_HZ) + len(slope)] = slope[::-1]
    assert found(vowel() * gain) == ()


def test_outside_of_speech_nothing_drops_out() -> None:
    sound = cut(vowel(), Span(3, 3.1), Span(6, 6.1))
    assert found(sound, (Span(5, 7),)) == (Span(6, 6.1),)
    assert found(sound, ()) == ()


def test_long_calls_at_odd_rates_keep_their_time() -> None:
    rate_hz = 11_025
    time_s = np.arange(130 * rate_hz) / rate_hz
    sound = 0.1 * np.sin(2 * np.pi * 300 * time_s) * ((time_s < 125.0) | (time_s >= 125.1))
    (dropout,) = dropouts(audio(sound, rate_hz=rate_hz), 0, (Span(0, 130),))
    assert (dropout.start_s, dropout.end_s) == pytest.approx((125.0, 125.1), abs=HOP_S)
