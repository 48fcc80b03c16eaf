"""Volume against the standards' own meters, on sound that rises and falls like speech.

ITU-T P.56 (2011) method B is written out here; loudness is read off ffmpeg's ebur128 filter, which comes with PyAV.
"""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
import pytest
import scipy

from analyzers.conversation import Conversation, Party
from analyzers.speech.acoustics import channel_tracks
from analyzers.volume import ACTIVE_LEVEL, LOUDNESS, SHORT_TERM_MAX, analyze
from tests.builders import dialogue

RATE_HZ = 16_000
# Where the voice sounds: turns and pauses of a call's length, in seconds.
SPOKEN_S = ((1.0, 4.5), (5.2, 6.0), (9.0, 15.0), (21.0, 22.5), (26.0, 33.0))
DURATION_S = 36.0

Samples = npt.NDArray[np.float64]


def voice(seed: int) -> Samples:
    """Pink-like noise in syllables (4 Hz, nearly silent between them), at rest -65 dBFS of line noise."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(DURATION_S * RATE_HZ)) / RATE_HZ
    sounding = np.zeros(len(times))
    for start_s, end_s in SPOKEN_S:
        sounding[(times >= start_s) & (times < end_s)] = 10 ** (rng.uniform(-3, 3) / 20)
    syllables = 0.02 + np.abs(np.sin(2 * np.pi * 2 * times)) ** 1.5
    coloured = scipy.signal.lfilter([1], [1, -0.85], rng.standard_normal(len(times)))
    return 0.04 * sounding * syllables * coloured + 10 ** (-65 / 20) * rng.standard_normal(len(times))


def heard(samples: Samples) -> Conversation:
    """The agent on a channel of its own, heard without an error."""
    call = dialogue([(Party.AGENT, "so it is", *span) for span in SPOKEN_S], duration_s=DURATION_S)
    return replace(call, tracks=channel_tracks([samples.astype(np.float32)], RATE_HZ, 0))


def active_speech_level_dbfs(samples: Samples) -> float:
    """ITU-T P.56 method B: 30 ms envelope, 0.2 s hangover, margin of 15.9 dB."""
    smoothing = np.exp(-1 / (0.03 * RATE_HZ))
    envelope = np.abs(samples)
    for _ in range(2):
        envelope = scipy.signal.lfilter([1 - smoothing], [1, -smoothing], envelope)
    power, previous = float(np.sum(samples**2)), (0.0, np.inf)
    for threshold in 2.0 ** np.arange(-15, 1):
        last = np.maximum.accumulate(np.where(envelope >= threshold, np.arange(len(samples)), -len(samples)))
        active = np.sum(np.arange(len(samples)) - last <= 0.2 * RATE_HZ)
        level = 10 * np.log10(power / active)
        above = level - 20 * np.log10(threshold) - 15.9
        if above <= 0:
            share = previous[1] / (previous[1] - above)
            return float(previous[0] + share * (level - previous[0]))
        previous = (level, above)
    raise AssertionError("no level lies 15.9 dB over its threshold")


def ebur128(samples: Samples) -> tuple[float, float]:
    """Integrated and highest short-term loudness in LUFS."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE_HZ, format="flt", layout="mono", time_base=Fraction(1, RATE_HZ))
    meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), format="flt", layout="mono")
    frame.sample_rate = RATE_HZ
    source.push(frame)
    source.push(None)
    integrated, short_term = -100.0, -100.0
    while True:
        try:
            said = dict(graph.pull().metadata)
        except (av.BlockingIOError, av.EOFError):
            return integrated, short_term
        integrated = float(said.get("lavfi.r128.I", integrated))
        short_term = max(short_term, float(said.get("lavfi.r128.S", short_term)))


@pytest.mark.parametrize("seed", range(3))
def test_active_level_and_loudness(seed: int) -> None:
    samples = voice(seed)
    found = {m.name: m.value for m in analyze(heard(samples)) if m.party is Party.AGENT}
    integrated, short_term = ebur128(samples)
    assert found[ACTIVE_LEVEL] == pytest.approx(active_speech_level_dbfs(samples), abs=1.0)
    assert found[LOUDNESS] == pytest.approx(integrated, abs=0.2)
    assert found[SHORT_TERM_MAX] == pytest.approx(short_term, abs=0.6)
