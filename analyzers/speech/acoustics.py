"""Acoustics: what a channel sounds like over time, measured once so that no analyzer needs the audio.

Three tracks of one channel, at its native sample rate, before any resampling (`channel_tracks`):

* `level`: RMS of 20 ms in dBFS. 0 dBFS is an RMS of 1.0 (20 * log10(rms / 1.0)), as sox and ITU-T P.56
  meters count it; a full-scale sine is at -3.01. (AES17 adds 3.01 dB, so that the sine is at 0; we do not.)
* `loudness`: ITU-R BS.1770-4 momentary loudness in LUFS, blocks of 400 ms every 100 ms, of this channel
  alone. Value `i` is the block that starts one hop before value `i` does, so that block and value share
  their middle within 50 ms. Where the block reaches outside the recording the value is the floor, which
  lies below the gate of BS.1770: only whole blocks count, as the standard asks.
* `clipped`: the share of samples in 100 ms that are clipped. A sample is clipped when it stands in a run
  of at least three equal samples at the top of the scale: a converter that is driven too hard cuts the
  wave flat. One high sample alone is only a peak.

And one at the telephone's rate, where somebody speaks (`pitch_track`):

* `pitch`: fundamental frequency in Hz by probabilistic YIN, 0 where no voiced speech is. A telephone band
  (300 to 3400 Hz) has cut the fundamental away, and one strong harmonic is then easily taken for it: in a third
  of the voiced frames of nine voices. So the wave is rectified first, which brings the fundamental back (all
  harmonics beat at it): 3 % were off by two semitones and more, half of the others by less than 0.2.

Left out: an unfinished last hop; true peaks between the samples; clipping that a lossy codec (MP3, Opus)
smoothed or that was turned down afterwards, which no longer looks flat; the pitch of two voices at once.

Sources: Recommendation ITU-R BS.1770-4 (2015) annex 1; ITU-T P.56 (2011); AES17-2020; runs of three are
what Audacity's Find Clipping counts from; Mauch and Dixon (2014), "pYIN: a fundamental frequency estimator
using probabilistic threshold distributions"; Zahorian and Hu (2008), "A spectral/temporal method for robust
fundamental frequency tracking" (telephone speech, rectified or squared).
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import librosa  # loads its parts when they are first used, so this import costs nothing
import numpy as np
import numpy.typing as npt
import scipy
from platformdirs import user_cache_path

from analyzers.conversation import Span, Track, union
from analyzers.speech.audio import Audio

LEVEL_HOP_S = 0.02  # a pitch period is 2.5 to 16 ms: long enough for one, short enough for a syllable's edge
LEVEL_HOPS_PER_BLOCK = 5  # 100 ms between loudness blocks: BS.1770-4 overlaps its 400 ms by 75 %
BLOCK_HOPS = 4  # 400 ms, the gating block of BS.1770-4
BLOCKS_PER_CHUNK = 100  # 10 s of samples in memory at a time, whatever comes in

LEVEL_FLOOR_DBFS = -100.0  # digital silence; the quietest 16-bit sample alone is at -90
LOUDNESS_FLOOR_LUFS = -100.0  # below the absolute gate of BS.1770-4, -70 LUFS
LOUDNESS_OFFSET_LU = -0.691  # BS.1770-4: makes a full-scale 997 Hz sine in one channel read -3.01 LUFS

# G.711 tops out at 0.9803 of full scale (mu-law) and 0.9844 (A-law), 16-bit PCM at 0.99997.
CLIP_LEVEL = 0.98
CLIP_RUN = 3  # samples; two can be equal on the round top of a wave

# BS.1770-4 annex 1, tables 1 and 2: the two K-weighting stages as b0 b1 b2 a0 a1 a2, for 48 kHz.
K_WEIGHTING_RATE_HZ = 48000
K_WEIGHTING = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585),
    (1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621),
)
CALIBRATION_HZ = 997.0  # the tone BS.1770-4 calibrates with: there every sample rate reads the same
LOWEST_SAMPLE_RATE_HZ = 4000  # below, the calibration tone and most of speech are not in the signal

PITCH_RATE_HZ = 8000  # the harmonics that tell a voice's pitch lie below 4 kHz
PITCH_HOP = 256  # samples, 32 ms: a syllable lasts 100 to 300 ms
PITCH_FRAME = 384  # samples, 48 ms: three periods of the lowest voice; longer frames smear gliding tones
LOWEST_PITCH_HZ, HIGHEST_PITCH_HZ = 65.0, 500.0  # C2 to B4: a low male voice to a raised female one
PITCH_STEP_SEMITONES = 0.25  # finer costs squared and shifts no median; coarser loses voiced frames
# Mean threshold 0.15, the middle one of the three priors of pYIN: librosa cuts frames off at their end, which
# makes long periods look noisier, and with the usual 0.1 a quarter of male voices' frames pass for unvoiced.
PITCH_THRESHOLDS = (2.0, 34 / 3)
VOICING_SWITCH = 0.1  # probability per hop: voiced stretches of syllables last about ten hops
CARRIED_HZ = 300.0  # what the telephone carries, on any line: then a wide band gives the same pitch
PITCH_BAND_HZ = (60.0, 500.0)  # where the rectified wave holds the pitch and its lowest harmonics
PITCH_PIECE_S = 30.0  # longer regions are cut, so that memory stays flat

Samples = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]


def _keep_compiled() -> None:
    """Give librosa's compiler a folder for its work: without a writable one librosa does not even load.

    By itself it takes librosa's own folder or the user's cache. Where both are read-only (a container), a private
    folder of this process takes their place, and each process compiles anew (half a minute): the site can do
    better by setting `NUMBA_CACHE_DIR` to a folder that stays.
    """
    usual = (Path(librosa.__file__).parent, user_cache_path())
    if "NUMBA_CACHE_DIR" not in os.environ and not any(_writable(folder) for folder in usual):
        os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(prefix="nightcall-numba-")


def _writable(folder: Path) -> bool:
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return os.access(there, os.W_OK)


_keep_compiled()


def channel_tracks(blocks: Iterable[Samples], sample_rate_hz: int, channel: int) -> tuple[Track, ...]:
    """Level, loudness and clipping of one channel.

    Args:
        blocks: consecutive float32 mono samples, full scale 1.0, each of any length; together they are the
            channel. How they are cut changes nothing, and 10 s are held at a time.
        sample_rate_hz: of the samples; a hop is the nearest whole number of samples to 20 ms.
        channel: the number the tracks carry.

    Returns:
        `level` (dBFS, 20 ms), `loudness` (LUFS, 100 ms) and `clipped` (share of samples, 100 ms).
        Decibels are rounded to 0.1 and shares to 0.001: finer would be noise, and documents stay small.

    Raises:
        ValueError: the sample rate is below 4 kHz, or a sample is not a finite number.
    """
    if sample_rate_hz < LOWEST_SAMPLE_RATE_HZ:
        raise ValueError(f"channel {channel}: speech needs {LOWEST_SAMPLE_RATE_HZ} Hz or more, got {sample_rate_hz} Hz")
    level_hop = round(LEVEL_HOP_S * sample_rate_hz)
    block_hop = level_hop * LEVEL_HOPS_PER_BLOCK
    weigh = _KWeighting(sample_rate_hz)
    level, power, clipped = [np.empty(0)], [np.empty(0)], [np.empty(0)]
    for chunk in _chunks(blocks, block_hop * BLOCKS_PER_CHUNK, channel):
        level.append(_rms(chunk, level_hop))
        power.append(_mean_per_hop(np.square(weigh(chunk)), block_hop))
        clipped.append(_mean_per_hop(_is_clipped(chunk), block_hop))
    level_hop_s, block_hop_s = level_hop / sample_rate_hz, block_hop / sample_rate_hz
    return (
        Track("level", channel, _rounded(_level_dbfs(np.concatenate(level)), 1), level_hop_s, "dBFS"),
        Track("loudness", channel, _rounded(_momentary_lufs(np.concatenate(power)), 1), block_hop_s, "LUFS"),
        Track("clipped", channel, _rounded(np.concatenate(clipped), 3), block_hop_s, "share"),
    )


def pitch_track(audio: Audio, channel: int, regions: Iterable[Span]) -> Track:
    """The pitch of whoever speaks on a channel, looked for in its speech regions alone.

    Returns:
        `pitch` (Hz, 32 ms, rounded to 0.1), 0 outside the regions and where speech is not voiced.

    Raises:
        ValueError: the recording has no such channel.
    """
    hop_s = PITCH_HOP / PITCH_RATE_HZ
    values = np.zeros(int(audio.duration_s / hop_s))
    for first, end in _pitch_pieces(regions, hop_s, len(values)):
        lead_s = (PITCH_FRAME - PITCH_HOP) / 2 / PITCH_RATE_HZ  # a frame lies about the middle of its hop
        span = Span(first * hop_s - lead_s, end * hop_s + lead_s)
        values[first:end] = _pitch_hz(audio.read(channel, span, PITCH_RATE_HZ))
    return Track("pitch", channel, _rounded(values, 1), hop_s, "Hz")


def _pitch_pieces(regions: Iterable[Span], hop_s: float, hops: int) -> Iterator[tuple[int, int]]:
    """First hop and end of each piece of speech: disjoint, in order."""
    length = round(PITCH_PIECE_S / hop_s)
    on_grid = (Span(int(span.start_s / hop_s), min(hops, math.ceil(span.end_s / hop_s))) for span in regions)
    for span in union(on_grid):
        first, end = int(span.start_s), int(span.end_s)
        yield from ((start, min(start + length, end)) for start in range(first, end, length))


def _pitch_hz(samples: Samples) -> Values:
    pitch, _, _ = librosa.pyin(
        _with_fundamental(samples),
        fmin=LOWEST_PITCH_HZ,
        fmax=HIGHEST_PITCH_HZ,
        sr=PITCH_RATE_HZ,
        frame_length=PITCH_FRAME,
        hop_length=PITCH_HOP,
        beta_parameters=PITCH_THRESHOLDS,
        resolution=PITCH_STEP_SEMITONES,
        switch_prob=VOICING_SWITCH,
        fill_na=0.0,
        center=False,
    )
    return np.asarray(pitch, dtype=np.float64)


def _with_fundamental(samples: Samples) -> Samples:
    """The wave in which the beat of all carried harmonics, the fundamental, is the strongest component."""
    carried = scipy.signal.butter(4, CARRIED_HZ, "highpass", fs=PITCH_RATE_HZ, output="sos")
    band = scipy.signal.butter(2, PITCH_BAND_HZ, "bandpass", fs=PITCH_RATE_HZ, output="sos")
    rectified = np.abs(scipy.signal.sosfilt(carried, samples))
    return np.asarray(scipy.signal.sosfilt(band, rectified), dtype=np.float32)


def _chunks(blocks: Iterable[Samples], size: int, channel: int) -> Iterator[Samples]:
    """The same samples in pieces of `size`, the last one shorter: results cannot depend on how they came."""
    held: list[Samples] = []
    count = 0
    for block in blocks:
        if not np.isfinite(block).all():
            raise ValueError(f"channel {channel}: samples must be finite, found NaN or infinity; decode the file anew")
        held.append(block)
        count += len(block)
        if count >= size:
            joined = np.concatenate(held)
            whole = count - count % size
            yield from joined[:whole].reshape(-1, size)
            held, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(held)


def _rms(chunk: Samples, hop: int) -> Values:
    if len(chunk) < hop:
        return np.empty(0)
    frames = librosa.feature.rms(y=chunk, frame_length=hop, hop_length=hop, center=False)
    return np.asarray(frames[0], dtype=np.float64)


def _level_dbfs(rms: Values) -> Values:
    return np.asarray(20 * np.log10(np.maximum(rms, 10 ** (LEVEL_FLOOR_DBFS / 20))))


def _mean_per_hop(values: npt.NDArray[np.generic], hop: int) -> Values:
    whole = len(values) - len(values) % hop
    return np.asarray(values[:whole].reshape(-1, hop).mean(axis=1), dtype=np.float64)


def _momentary_lufs(power: Values) -> Values:
    lufs = np.full(len(power), LOUDNESS_FLOOR_LUFS)
    if len(power) >= BLOCK_HOPS:
        blocks = np.lib.stride_tricks.sliding_window_view(power, BLOCK_HOPS).mean(axis=1)
        silence = 10 ** ((LOUDNESS_FLOOR_LUFS - LOUDNESS_OFFSET_LU) / 10)
        lufs[1 : 1 + len(blocks)] = LOUDNESS_OFFSET_LU + 10 * np.log10(np.maximum(blocks, silence))
    return lufs


def _is_clipped(chunk: Samples) -> npt.NDArray[np.bool_]:
    # A lossy codec can overshoot full scale; a player cuts that off, so it is cut here too.
    # Runs are looked for inside the chunk: one that its edge cuts loses at most four samples in 10 s.
    samples = np.clip(chunk, -1.0, 1.0)
    clipped = np.zeros(len(samples), dtype=np.bool_)
    repeated = samples[1:] == samples[:-1]
    starts = repeated[:-1] & repeated[1:] & (np.abs(samples[: -CLIP_RUN + 1]) >= CLIP_LEVEL)
    for offset in range(CLIP_RUN):
        clipped[offset : offset + len(starts)] |= starts
    return clipped


class _KWeighting:
    """The K-weighting of BS.1770-4 over consecutive chunks: it remembers the filters' state."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._stages = np.array([_at_rate(stage, sample_rate_hz) for stage in K_WEIGHTING])
        self._state = np.zeros((len(self._stages), 2))

    def __call__(self, chunk: Samples) -> Values:
        weighted, self._state = scipy.signal.sosfilt(self._stages, chunk.astype(np.float64), zi=self._state)
        return np.asarray(weighted)


def _at_rate(stage: tuple[float, ...], sample_rate_hz: int) -> Values:
    """A 48 kHz filter stage at another sample rate, the same at the calibration tone.

    The bilinear transform there and back; in between, frequency is stretched so that 997 Hz stays in place.
    """
    at_48_khz = np.tan(np.pi * CALIBRATION_HZ / K_WEIGHTING_RATE_HZ)
    stretch = (at_48_khz / np.tan(np.pi * CALIBRATION_HZ / sample_rate_hz)) ** np.arange(3)
    numerator = _bilinear(_bilinear(np.array(stage[:3])) * stretch)
    denominator = _bilinear(_bilinear(np.array(stage[3:])) * stretch)
    return np.asarray(np.concatenate([numerator, denominator]) / denominator[0])


def _bilinear(c: Values) -> Values:
    # (1 - s) / (1 + s) for 1/z, or the reverse: the substitution is its own inverse, up to a common factor.
    return np.array([c[0] + c[1] + c[2], 2 * (c[0] - c[2]), c[0] - c[1] + c[2]])


def _rounded(values: Values, digits: int) -> tuple[float, ...]:
    return tuple(np.round(values, digits).tolist())
