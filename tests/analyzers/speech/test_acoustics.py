"""Tracks against what is exactly known of the signal: sines, squares, noise, bursts with known gaps."""

import os
from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Span, Track
from analyzers.speech import acoustics
from analyzers.speech.acoustics import (
    K_WEIGHTING,
    LEVEL_FLOOR_DBFS,
    LEVEL_HOP_S,
    LOUDNESS_FLOOR_LUFS,
    PITCH_PIECE_S,
    channel_tracks,
    pitch_track,
)
from analyzers.speech.audio import decode
from analyzers.volume import gated_loudness, power_mean_db
from tests.analyzers.speech.made import audio

SAMPLES = Path(__file__).parents[3] / "samples" / "inbox"
RATES_HZ = (8000, 11025, 16000, 22050, 44100, 48000, 192000)
Samples = npt.NDArray[np.float32]


def sine(frequency_hz: float, peak: float, seconds: float, rate_hz: int = 8000) -> Samples:
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (peak * np.sin(2 * np.pi * frequency_hz * times_s)).astype(np.float32)


def silence(seconds: float, rate_hz: int = 8000) -> Samples:
    return np.zeros(round(seconds * rate_hz), np.float32)


def tracks(*blocks: Samples, rate_hz: int = 8000) -> dict[str, Track]:
    return {track.name: track for track in channel_tracks(blocks, rate_hz, 0)}


def whole_blocks(track: Track) -> tuple[float, ...]:
    return track.values[1:-2]  # where no 400 ms block fits, the value is the floor


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_full_scale_997_hz_sine_is_at_minus_3_dbfs_and_minus_3_lufs(rate_hz: int) -> None:
    heard = tracks(sine(997, 1.0, 3, rate_hz), rate_hz=rate_hz)
    loudness = whole_blocks(heard["loudness"])[3:]  # the filters have settled
    assert power_mean_db(heard["level"].values) == pytest.approx(-3.01, abs=0.05)
    assert power_mean_db(loudness) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("frequency_hz", [100, 300, 500, 1500, 3000])
def test_k_weighting_follows_bs_1770_at_every_rate(rate_hz: int, frequency_hz: float) -> None:
    """Within 0.4 dB of the response of the standard's own 48 kHz filter; what 8 kHz warps is above 1.5 kHz."""
    _, response = scipy.signal.sosfreqz(np.array(K_WEIGHTING), [frequency_hz], fs=48000)
    heard = tracks(sine(frequency_hz, 0.1, 3, rate_hz), rate_hz=rate_hz)
    gain = power_mean_db(whole_blocks(heard["loudness"])[3:]) + 0.691 - power_mean_db(heard["level"].values)
    assert gain == pytest.approx(20 * np.log10(abs(response[0])), abs=0.4)


def test_level_is_20_log10_of_the_rms() -> None:
    noise = (0.1 * np.random.default_rng(1).standard_normal(8000 * 20)).astype(np.float32)
    expected = 20 * np.log10(np.sqrt(np.mean(noise.astype(np.float64) ** 2)))
    assert power_mean_db(tracks(noise)["level"].values) == pytest.approx(expected, abs=0.05)


def test_digital_silence_is_at_the_floor() -> None:
    heard = tracks(silence(1))
    assert set(heard["level"].values) == {LEVEL_FLOOR_DBFS}
    assert set(heard["loudness"].values) == {LOUDNESS_FLOOR_LUFS}
    assert set(heard["clipped"].values) == {0.0}


def test_bursts_stand_where_they_were_put() -> None:
    burst = sine(500, 10 ** (-17 / 20), 0.5)
    heard = tracks(silence(1), burst, silence(0.7), burst, silence(0.3))["level"]
    loud = [i * heard.hop_s for i, level in enumerate(heard.values) if level > -60]
    assert loud == pytest.approx([*np.arange(1.0, 1.5, 0.02), *np.arange(2.2, 2.7, 0.02)])
    assert power_mean_db(heard.inside([Span(1.0, 1.5), Span(2.2, 2.7)])) == pytest.approx(-20.01, abs=0.05)


def test_a_loudness_value_is_the_block_around_it() -> None:
    heard = tracks(silence(2), sine(997, 1.0, 0.4), silence(2))["loudness"]
    loudest = max(range(len(heard.values)), key=lambda i: heard.values[i])
    assert loudest * heard.hop_s == pytest.approx(2.1)  # the block [2.0, 2.4)
    assert heard.values[loudest] == pytest.approx(-3.0, abs=0.3)


def test_gating_leaves_out_the_pauses() -> None:
    """EBU Tech 3341: -36 LUFS around -23 LUFS moves nothing, the relative gate takes it out."""
    loud, soft = sine(997, 10 ** (-20 / 20), 20), sine(997, 10 ** (-33 / 20), 10)
    heard = tracks(soft, loud, soft)["loudness"]
    assert gated_loudness(heard.values) == pytest.approx(-23.0, abs=0.1)


# EBU Tech 3341 (2016), minimum requirements: level in LUFS and seconds of a 1000 Hz tone, one part after another.
# There both channels of a pair carry it; one channel alone needs 3.01 dB more for the same loudness.
TECH_3341 = {
    1: ((-23.0, 20.0),),
    2: ((-33.0, 20.0),),
    3: ((-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)),
    4: ((-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)),
    5: ((-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)),
}


def tones(parts: Iterable[tuple[float, float]], rate_hz: int) -> Samples:
    return np.concatenate([sine(1000, 10 ** ((lufs + 3.01) / 20), seconds, rate_hz) for lufs, seconds in parts])


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("case", TECH_3341)
def test_integrated_loudness_meets_ebu_tech_3341(case: int, rate_hz: int) -> None:
    heard = tracks(tones(TECH_3341[case], rate_hz), rate_hz=rate_hz)["loudness"]
    assert gated_loudness(heard.values) == pytest.approx(-33.0 if case == 2 else -23.0, abs=0.1)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
def test_momentary_loudness_meets_ebu_tech_3341(rate_hz: int) -> None:
    """Case 12: 0.18 s and 0.22 s in turn fill every 400 ms alike. Case 13: 400 ms alone read in full."""
    alike = tracks(tones(((-20.0, 0.18), (-30.0, 0.22)) * 25, rate_hz), rate_hz=rate_hz)["loudness"]
    assert whole_blocks(alike)[10:] == pytest.approx([-23.0] * len(whole_blocks(alike)[10:]), abs=0.1)
    alone = tones(((-23.0, 0.4),), rate_hz)
    heard = tracks(silence(1, rate_hz), alone, silence(1, rate_hz), rate_hz=rate_hz)["loudness"]
    assert max(heard.values) == pytest.approx(-23.0, abs=0.2)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("level_dbfs", [-20.0, -40.0, -60.0])
def test_sines_and_noise_read_their_level_at_every_rate(rate_hz: int, level_dbfs: float) -> None:
    rms = 10 ** (level_dbfs / 20)
    noise = np.random.default_rng(3).standard_normal(5 * rate_hz)
    noise *= rms / np.sqrt(np.mean(np.square(noise)))
    for samples in (sine(440, rms * np.sqrt(2), 5, rate_hz), noise.astype(np.float32)):
        heard = tracks(samples, rate_hz=rate_hz)["level"]
        assert power_mean_db(heard.values) == pytest.approx(level_dbfs, abs=0.03)


def ebur128_lufs(samples: Samples, rate_hz: int) -> float:
    """Integrated loudness by ffmpeg's own meter."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=rate_hz, format="flt", layout="mono", time_base=Fraction(1, rate_hz))
    meter, sink = graph.add("ebur128", "metadata=1:framelog=quiet"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(samples[None].copy(), format="flt", layout="mono")
    frame.sample_rate = rate_hz
    lufs = float("nan")
    for pushed in (frame, None):
        source.push(pushed)
        with suppress(av.BlockingIOError, av.EOFError):
            while True:
                lufs = float(graph.pull().metadata.get("lavfi.r128.I", lufs))
    return lufs


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("call", ["zh-rude", "en-exemplary"])
def test_loudness_of_recorded_speech_is_that_of_ffmpeg(call: str, rate_hz: int, tmp_path: Path) -> None:
    with decode(SAMPLES / f"{call}.flac", tmp_path) as recording:
        for channel in (0, 1):
            samples = recording.read(channel, Span(0.0, recording.duration_s), rate_hz)
            heard = tracks(samples, rate_hz=rate_hz)["loudness"]
            assert gated_loudness(heard.values) == pytest.approx(ebur128_lufs(samples, rate_hz), abs=0.2)


bursts_s = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(bursts=bursts_s, level_dbfs=st.floats(-50, -6), rate_hz=st.sampled_from([8000, 16000, 48000]))
def test_active_level_and_gaps_of_bursts(bursts: list[tuple[int, int]], level_dbfs: float, rate_hz: int) -> None:
    """However much of the time is silent, the level while active is that of the bursts, and the gaps are the gaps."""
    hop_s = LEVEL_HOP_S
    active = np.concatenate([np.repeat([1.0, 0.0], [on, off]) for on, off in bursts])
    tone = sine(500, 10 ** (level_dbfs / 20) * np.sqrt(2), len(active) * hop_s, rate_hz)
    heard = tracks((tone * np.repeat(active, round(hop_s * rate_hz))).astype(np.float32), rate_hz=rate_hz)["level"]
    assert [value > LEVEL_FLOOR_DBFS for value in heard.values] == active.astype(bool).tolist()
    edges_s = np.flatnonzero(np.diff(active, prepend=0.0, append=0.0)) * hop_s
    spoken = [Span(*pair) for pair in edges_s.reshape(-1, 2).tolist()]
    assert power_mean_db(heard.inside(spoken)) == pytest.approx(level_dbfs, abs=0.06)


def test_flat_tops_are_clipped_and_a_hot_sine_is_not() -> None:
    hot = sine(300, 0.999, 2)
    assert sum(tracks(hot)["clipped"].values) == 0
    driven = np.clip(sine(300, 2.0, 2), -1, 1)
    share = np.mean(tracks(driven)["clipped"].values)
    assert share == pytest.approx(np.mean(np.abs(driven) == 1), abs=0.002)


@pytest.mark.parametrize("top", [32124 / 32768, 32256 / 32768, 32767 / 32768, 1.3])
def test_clipping_is_seen_at_the_top_of_every_code(top: float) -> None:
    """mu-law, A-law, 16 bit, and a lossy codec that overshoots full scale."""
    driven = np.clip(sine(300, 3.0, 1), -top, top)
    assert np.mean(tracks(driven)["clipped"].values) > 0.5


def test_flat_stretches_below_the_top_are_not_clipping() -> None:
    assert sum(tracks(np.full(8000, 0.5, np.float32))["clipped"].values) == 0


def cut(samples: Samples, places: Iterable[int]) -> list[Samples]:
    return np.split(samples, sorted(place % len(samples) for place in places))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 10**6), max_size=8))
def test_how_the_samples_are_cut_changes_nothing(places: list[int]) -> None:
    noise = np.clip(np.random.default_rng(2).standard_normal(8000 * 21 + 77), -1, 1).astype(np.float32)
    assert channel_tracks(cut(noise, places), 8000, 1) == channel_tracks([noise], 8000, 1)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_time_axis_holds_over_a_long_recording(rate_hz: int) -> None:
    heard = tracks(*[silence(10, rate_hz)] * 6, sine(500, 0.5, 1, rate_hz), rate_hz=rate_hz)
    for track in (heard["level"], heard["clipped"], heard["loudness"]):
        assert len(track.values) * track.hop_s == pytest.approx(61.0, abs=0.11)
    first_loud = next(i for i, level in enumerate(heard["level"].values) if level > -40)
    assert first_loud * heard["level"].hop_s == pytest.approx(60.0, abs=0.02)


@pytest.mark.parametrize(("samples", "hops"), [(0, 0), (1, 0), (159, 0), (160, 1), (8000, 50)])
def test_an_unfinished_hop_is_left_out(samples: int, hops: int) -> None:
    assert len(tracks(np.zeros(samples, np.float32))["level"].values) == hops


def test_no_samples_make_empty_tracks() -> None:
    assert [track.values for track in channel_tracks([], 8000, 0)] == [(), (), ()]


def test_samples_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="channel 0: samples must be finite"):
        tracks(np.array([0.0, np.nan], np.float32))


def test_a_rate_too_low_for_speech_is_refused() -> None:
    with pytest.raises(ValueError, match="4000 Hz or more, got 2000 Hz"):
        tracks(silence(1), rate_hz=2000)


def voice(pitch_hz: npt.NDArray[np.float64], band_hz: tuple[float, float], rate_hz: int = 8000) -> Samples:
    """All harmonics of a pitch contour that lie in a band, equally strong: no fundamental on the telephone."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / rate_hz
    inside = ((k * pitch_hz > band_hz[0]) & (k * pitch_hz < band_hz[1]) for k in range(1, 40))
    return (0.05 * sum(np.where(on, np.sin(k * phase), 0) for k, on in enumerate(inside, 1))).astype(np.float32)


def glide(start_hz: float, end_hz: float, seconds: float, rate_hz: int = 8000) -> npt.NDArray[np.float64]:
    return np.geomspace(start_hz, end_hz, round(seconds * rate_hz))


def with_noise(samples: Samples, snr_db: float) -> Samples:
    noise = np.random.default_rng(4).standard_normal(len(samples))
    return (samples + noise * np.sqrt(np.mean(samples**2) / 10 ** (snr_db / 10))).astype(np.float32)


def semitones_off(track: Track, truth_hz: npt.NDArray[np.float64], rate_hz: int = 8000) -> npt.NDArray[np.float64]:
    middles = (np.arange(len(track.values)) + 0.5) * track.hop_s
    found, true = np.array(track.values), truth_hz[(middles * rate_hz).astype(int)]
    return np.asarray(12 * np.log2(found[found > 0] / true[found > 0]))


@pytest.mark.parametrize(("start_hz", "end_hz"), [(80, 120), (130, 100), (180, 260), (300, 200)])
@pytest.mark.parametrize("snr_db", [60, 20, 10])
def test_the_pitch_of_a_glide_whose_fundamental_the_telephone_took(
    start_hz: float, end_hz: float, snr_db: float
) -> None:
    contour = glide(start_hz, end_hz, 3)
    heard = pitch_track(audio(with_noise(voice(contour, (300, 3400)), snr_db), rate_hz=8000), 0, [Span(0, 3)])
    off = semitones_off(heard, contour)
    assert len(off) >= 0.9 * len(heard.values)  # voiced throughout
    assert np.median(np.abs(off)) < 0.15
    assert np.mean(np.abs(off) > 1) < 0.02  # octaves and other slips


@pytest.mark.parametrize("pitch_hz", [90.0, 110.0, 140.0])
@pytest.mark.parametrize("strong", [3, 4])
def test_a_strong_harmonic_is_not_taken_for_the_pitch(pitch_hz: float, strong: int) -> None:
    """As a male voice comes through the telephone: the harmonic in the first formant outshines the others."""
    contour = glide(pitch_hz, 1.1 * pitch_hz, 3)
    harmonic = 0.25 * np.sin(2 * np.pi * strong * np.cumsum(contour) / 8000)
    samples = with_noise((voice(contour, (300, 3400)) + harmonic).astype(np.float32), 30)
    off = semitones_off(pitch_track(audio(samples, rate_hz=8000), 0, [Span(0, 3)]), contour)
    assert np.abs(np.median(off)) < 0.3
    assert np.mean(np.abs(off) > 2) < 0.1


def test_noise_and_silence_have_no_pitch() -> None:
    noise = (0.1 * np.random.default_rng(3).standard_normal(8000 * 4)).astype(np.float32)
    heard = pitch_track(audio(np.concatenate([noise, silence(2)]), rate_hz=8000), 0, [Span(0, 6)])
    assert np.mean(np.array(heard.values) > 0) < 0.05


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100])
def test_pitch_stands_where_it_was_spoken_and_only_speech_is_looked_at(rate_hz: int) -> None:
    contour = np.full(8 * rate_hz, 150.0)
    heard = pitch_track(audio(voice(contour, (300, 3400), rate_hz), rate_hz=rate_hz), 0, [Span(1, 3), Span(5, 7)])
    assert (heard.hop_s, heard.unit, len(heard.values)) == (0.032, "Hz", 250)
    voiced = [i * heard.hop_s for i, hz in enumerate(heard.values) if hz]
    assert voiced == pytest.approx([*np.arange(31, 94) * 0.032, *np.arange(156, 219) * 0.032], abs=0.04)


def test_a_long_region_is_cut_and_its_time_axis_holds() -> None:
    seconds = PITCH_PIECE_S + 3
    contour = glide(100, 200, seconds)
    heard = pitch_track(audio(voice(contour, (300, 3400)), rate_hz=8000), 0, [Span(0, seconds)])
    assert len(heard.values) == pytest.approx(seconds / heard.hop_s, abs=1)
    assert np.mean(np.abs(semitones_off(heard, contour)) > 0.5) < 0.01


def test_no_speech_has_an_empty_pitch_track() -> None:
    assert set(pitch_track(audio(sine(200, 0.5, 1), rate_hz=8000), 0, []).values) == {0.0}


@pytest.mark.parametrize(
    ("writable", "told", "kept"), [(False, None, True), (True, None, False), (False, "told", False)]
)
def test_a_read_only_install_gets_a_folder_for_compiled_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, writable: bool, told: str | None, kept: bool
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", told or "")
    if told is None:
        monkeypatch.delenv("NUMBA_CACHE_DIR")
    monkeypatch.setattr(acoustics.tempfile, "mkdtemp", lambda prefix: str(tmp_path / prefix))
    monkeypatch.setattr(acoustics.os, "access", lambda folder, mode: writable)
    acoustics._keep_compiled()
    assert os.environ.get("NUMBA_CACHE_DIR") == (str(tmp_path / "nightcall-numba-") if kept else told)
