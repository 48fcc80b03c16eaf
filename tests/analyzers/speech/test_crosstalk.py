"""The other side's voice on a channel is found with its gain and delay, and told from the channel's own."""

import numpy as np
import numpy.typing as npt
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Span, gaps, intersection, union
from analyzers.speech.crosstalk import FAINTEST_DB, SHORTEST_S, WINDOW_S, Crosstalk, find, own_speech
from tests.analyzers.speech.made import audio, heard_of, voice

RATE_HZ = 8000
DURATION_S = 30.0
# Who speaks when: in turn, at 8 to 9 s and 21 to 22 s both at once.
FIRST = (Span(1, 4), Span(7, 9), Span(14, 19), Span(21, 22))
SECOND = (Span(4.5, 6.5), Span(8, 13), Span(20, 27))
TELEPHONE = scipy.signal.butter(2, [300, 3000], "band", fs=RATE_HZ, output="sos")

Samples = npt.NDArray[np.float64]
OWN = voice(1, DURATION_S, FIRST, RATE_HZ)
OTHER = voice(2, DURATION_S, SECOND, RATE_HZ)


def leak(sound: Samples, below_db: float, delay_s: float) -> Samples:
    return heard_of(sound, below_db, delay_s, RATE_HZ)


def noise(seed: int, dbfs: float) -> Samples:
    return np.random.default_rng(seed).standard_normal(len(OWN)) * 10 ** (dbfs / 20)


def later(spans: tuple[Span, ...], delay_s: float) -> tuple[Span, ...]:
    return tuple(Span(span.start_s + delay_s, span.end_s + delay_s) for span in spans)


def seconds(spans: tuple[Span, ...]) -> float:
    return sum(span.duration_s for span in spans)


def found_on_first(channels: tuple[Samples, Samples], delay_s: float) -> tuple[Crosstalk | None, tuple[Span, ...]]:
    """What the first channel hears of the second, and what is left of its speech."""
    call = audio(*channels, rate_hz=RATE_HZ)
    active = union((*FIRST, *later(SECOND, delay_s)), bridge_s=0.1)  # voice activity hears both
    found = find(call, 0, {0: active, 1: SECOND})
    return found, own_speech(call, found, active) if found else active


def is_nearly(found: tuple[Span, ...], true: tuple[Span, ...]) -> bool:
    """Equal up to one window at each edge."""
    lost = sum(seconds(gaps(found, span)) for span in true)
    false = sum(seconds(gaps(true, span)) for span in found)
    return lost <= WINDOW_S * len(true) and false <= WINDOW_S * len(true)


@settings(max_examples=12, deadline=None)
@given(below_db=st.floats(3, 30), delay_s=st.floats(0, 0.45), inverted=st.booleans())
def test_gain_and_delay_are_found_and_only_its_own_voice_is_left(
    below_db: float, delay_s: float, inverted: bool
) -> None:
    sign = -1 if inverted else 1
    found, left = found_on_first((OWN + sign * leak(OTHER, below_db, delay_s), OTHER), delay_s)
    assert found is not None
    assert found.below_db == pytest.approx(below_db, abs=0.5)
    assert found.delay_s == pytest.approx(delay_s, abs=1 / RATE_HZ)
    assert is_nearly(left, FIRST)


@pytest.mark.parametrize("below_db", [12, 24])
def test_a_line_that_colours_the_leak_changes_nothing(below_db: float) -> None:
    coloured = scipy.signal.sosfilt(TELEPHONE, leak(OTHER, below_db, 0.12))
    _, left = found_on_first((OWN + coloured, OTHER), 0.12)
    assert is_nearly(left, FIRST)


def test_a_quiet_voice_at_the_leaks_own_level_is_kept() -> None:
    _, left = found_on_first((0.2 * OWN + leak(OTHER, 14, 0.004), OTHER), 0.004)
    assert is_nearly(left, FIRST)


def test_both_at_once_are_both_kept_when_each_hears_the_other() -> None:
    channels = OWN + leak(OTHER, 20, 0.0), OTHER + leak(OWN, 20, 0.0)
    call = audio(*channels, rate_hz=RATE_HZ)
    active = {0: union((*FIRST, *SECOND)), 1: union((*FIRST, *SECOND))}
    found = [find(call, channel, active) for channel in (0, 1)]
    left = [own_speech(call, one, active[one.channel]) for one in found if one]
    assert is_nearly(left[0], FIRST)
    assert is_nearly(left[1], SECOND)
    assert seconds(intersection(*left)) == pytest.approx(2, abs=2 * WINDOW_S)


def test_nothing_is_left_of_a_channel_that_only_hears_the_other() -> None:
    call = audio(noise(3, -70) + leak(OTHER, 18, 0.002), OTHER, rate_hz=RATE_HZ)
    found = find(call, 0, {0: SECOND, 1: SECOND})
    assert found is not None
    assert own_speech(call, found, SECOND) == ()


@pytest.mark.parametrize(
    ("own", "other"),
    [
        pytest.param(OWN, OTHER, id="two voices apart"),
        pytest.param(OWN + noise(3, -25), OTHER + noise(4, -25), id="two noisy lines"),
        pytest.param(OWN, np.zeros(round(DURATION_S * RATE_HZ)), id="a silent channel"),
        pytest.param(OWN + leak(OTHER, FAINTEST_DB + 5, 0), OTHER, id="too faint"),
    ],
)
def test_nothing_is_found_where_nothing_is_heard(own: Samples, other: Samples) -> None:
    call = audio(own, OTHER, rate_hz=RATE_HZ)
    assert find(call, 0, {0: FIRST, 1: SECOND}) is None


def test_the_channel_that_is_heard_does_not_hear_itself() -> None:
    call = audio(OWN + leak(OTHER, 15, 0.0), OTHER, rate_hz=RATE_HZ)
    assert find(call, 1, {0: union((*FIRST, *SECOND)), 1: SECOND}) is None


def test_who_never_speaks_is_heard_nowhere() -> None:
    call = audio(OWN, OTHER, rate_hz=RATE_HZ)
    assert find(call, 0, {0: FIRST}) is None
    assert find(call, 0, {0: FIRST, 1: (Span(4.5, 4.5 + SHORTEST_S),)}) is None
