"""Audio: what a recording holds, and its samples without ever holding all of them.

A recording is decoded once, as a stream, to a scratch file of raw float32 samples at the recording's
own rate; stretches are then read from it and resampled. So a two-hour call costs disk, not memory.
PyAV brings the decoders (FFmpeg inside the wheel), so no system package is needed.

Time runs by the file's own clock: where data is missing in the middle (a damaged stretch, a recorder
that leaves pauses out) silence takes its place, so that seconds here are seconds in any player.

Left out: headerless samples (.pcm, .raw, .vox: nothing in the file says rate or coding), video,
audio streams after the first, and playlists, which could send the reader to other files or hosts.

Sources: FFmpeg (libavformat, libavcodec) through PyAV; soxr "HQ" (20 bit) for resampling.
"""

from __future__ import annotations

import codecs
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import IO

import av
import numpy as np
import numpy.typing as npt
import soxr
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from analyzers.conversation import CUT_OFF, Limit, Span

Samples = npt.NDArray[np.float32]

SPEECH_RATE_HZ = 16_000  # what Whisper and segmentation-3.0 were trained on

# The demuxers of the file types we promise. Playlists and capture devices stay out by not being named.
CONTAINERS = "wav,w64,mp3,aac,mp4,ogg,flac,amr,asf,webm,aiff,au,caf,gsm"

ENDS_EARLY_S = 2.0  # less is rounding in the container, or a hang-up while the recorder was closing
ENDS_EARLY_SHARE = 0.01  # durations reckoned from a bit rate are right to about this share
LEAST_USABLE_S = 1.0  # of a broken file: below this not even "hello" is left of the call
MOST_LOST_SHARE = 0.5  # with more packets undecodable it is no audio, or nothing is left to understand

GAP_S = 0.1  # steps of the file's clock below this are rounding (ASF, WebM: 1 ms) and jitter
LONGEST_GAP_S = 600.0  # a longer step is a broken clock: no call is on hold for ten minutes unrecorded

MOST_GAPS_S = 7200.0  # all gaps together: so that a file of nothing but clock steps can't fill the disk

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 4_000, 384_000  # beyond them it is damage (and the resampler is at sea)

CONTEXT_S = 0.05  # read beyond both ends for the resampler: pieces then equal the whole to 1e-6 (measured)
BLOCK_S = 60.0  # 4 MB of float32 at 8 kHz stereo, 90 MB at 192 kHz

RIFF_HEADER_BYTES = 44  # before the samples; recorders that write more are out by a few milliseconds
# RIFF sizes from here on are placeholders of recorders that could not go back and fill them in.
RIFF_UNKNOWN_BYTES = 0x7FFF_0000

MAGIC = {
    b"RIFF": "a WAV",
    b"RIFX": "a WAV",
    b"fLaC": "a FLAC",
    b"OggS": "an Ogg",
    b"ID3": "an MP3",
    b"\xff\xfb": "an MP3",
    b"\xff\xf3": "an MP3",
    b"\xff\xf2": "an MP3",
    b"#!AMR": "an AMR",
    b"\x30\x26\xb2\x75": "a WMA",
    b"\x1a\x45\xdf\xa3": "a WebM",
    b"caff": "a CAF",
    b".snd": "an AU",
    b"FORM": "an AIFF",
}


class RecordingCode(StrEnum):
    """Why a recording can't be heard."""

    EMPTY_FILE = "EMPTY_FILE"
    NOT_AUDIO = "NOT_AUDIO"
    NO_AUDIO = "NO_AUDIO"
    TRUNCATED = "TRUNCATED"
    UNREADABLE = "UNREADABLE"
    UNSUPPORTED_CODEC = "UNSUPPORTED_CODEC"
    UNSUPPORTED_RATE = "UNSUPPORTED_RATE"
    UNSUPPORTED_CHANNELS = "UNSUPPORTED_CHANNELS"
    DUPLICATE_CALL_ID = "DUPLICATE_CALL_ID"
    SCRATCH_FULL = "SCRATCH_FULL"


class RecordingError(Exception):
    """One recording that can't be heard; the others can.

    The message names the file, what was found, what was expected and what to do.
    """

    def __init__(self, code: RecordingCode, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What the file says of itself. `duration_s` is the container's word, not yet decoded."""

    duration_s: float
    sample_rate_hz: int
    channels: int
    codec: str


@dataclass(frozen=True, slots=True)
class Audio:
    """A decoded recording on scratch disk. Reads share no file position: any thread may read at any time.

    `frames` counts samples per channel; `limits` says what of the recording could not be decoded.
    """

    codec: str
    channels: int
    sample_rate_hz: int
    frames: int
    limits: tuple[Limit, ...]
    scratch: IO[bytes] = field(repr=False, compare=False)

    @property
    def duration_s(self) -> float:
        """Length in seconds of what was really decoded."""
        return self.frames / self.sample_rate_hz

    def read(self, channel: int, span: Span, sample_rate_hz: int = SPEECH_RATE_HZ) -> Samples:
        """One stretch of one channel: float32 in [-1, 1], shape `(round(span.duration_s * rate),)`.

        Pieces read one by one are the same samples as the whole read at once. Before the start and
        after the end of the recording there is silence.

        Raises:
            ValueError: the recording has no such channel.
        """
        common = math.gcd(self.sample_rate_hz, sample_rate_hz)
        step_in, step_out = self.sample_rate_hz // common, sample_rate_hz // common
        first, count = round(span.start_s * sample_rate_hz), round(span.duration_s * sample_rate_hz)
        context = round(CONTEXT_S * self.sample_rate_hz)
        # Both grids meet every `step_in` samples; starting there keeps the resampler's phase the same.
        meet = (first * step_in // step_out - context) // step_in
        last_in = -(-(first + count) * step_in // step_out) + context
        native = self._window(channel, meet * step_in, last_in)
        resampled = native if step_in == step_out else soxr.resample(native, step_in, step_out, "HQ")
        skip = first - meet * step_out
        piece: Samples = resampled[skip : skip + count]
        return np.pad(piece, (0, count - len(piece)))

    def blocks(self, channel: int, seconds: float = BLOCK_S) -> Iterator[Samples]:
        """One channel from start to end at its own rate, `(round(seconds * sample_rate_hz),)` at a time.

        Raises:
            ValueError: the recording has no such channel.
        """
        size = max(1, round(seconds * self.sample_rate_hz))
        for first in range(0, self.frames, size):
            yield self._window(channel, first, min(first + size, self.frames))

    def _window(self, channel: int, first: int, last: int) -> Samples:
        """Samples `[first, last)` of one channel; silence outside the recording."""
        if not 0 <= channel < self.channels:
            raise ValueError(f"channel {channel} was asked for, the recording has 0 to {self.channels - 1}")
        window = np.zeros(max(0, last - first), np.float32)
        size = round(BLOCK_S * self.sample_rate_hz)
        for start in range(max(0, first), min(last, self.frames), size):
            stop = min(start + size, last, self.frames)
            window[start - first : stop - first] = self._frames(start, stop - start)[:, channel]
        return window

    def _frames(self, first: int, count: int) -> Samples:
        width = 4 * self.channels
        raw = os.pread(self.scratch.fileno(), count * width, first * width)
        return np.frombuffer(raw, np.float32).reshape(-1, self.channels)


def probe(path: Path) -> AudioInfo:
    """What a recording holds, by its header and its first sound.

    Where the container does not say how long it is, its packets are counted through (not decoded).

    Raises:
        RecordingError: the file can't be read, is no audio, or holds no sound.
    """
    with _opened(path) as (container, stream):
        decoding = _Decoding(path, container, stream)
        frame = next(decoding.av_frames(), None)
        if frame is None:
            raise _no_sound(path, decoding)
        duration_s = _promised_s(container, stream)
        channels, codec = frame.layout.nb_channels, stream.codec_context.codec.canonical_name
    return AudioInfo(duration_s or _counted_s(path), frame.sample_rate, channels, codec)


@contextmanager
def decode(path: Path, scratch: Path) -> Iterator[Audio]:
    """Decode a recording to a scratch file in the folder `scratch`; it is gone when the block ends.

    The scratch file never has a name (POSIX), so even a killed process leaves no audio behind.
    It takes 4 bytes a sample: 460 MB for two hours of 8 kHz stereo.

    What could be decoded of a damaged or cut-off file is kept and the loss is said in `Audio.limits`,
    unless less than `LEAST_USABLE_S` of it or less than half of its packets are left.

    Raises:
        RecordingError: the file can't be read, is no audio, or too little of it can be decoded;
            or the scratch folder can't hold it.
    """
    with ExitStack() as stack:
        with _scratch_errors(path):
            scratch.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(tempfile.TemporaryFile(dir=scratch))
        yield _decoded(path, file)


def _decoded(path: Path, file: IO[bytes]) -> Audio:
    with _opened(path) as (container, stream):
        decoding = _Decoding(path, container, stream)
        for block in decoding.blocks():
            with _scratch_errors(path):
                file.write(block.tobytes())
        with _scratch_errors(path):
            file.flush()
        if not decoding.frames:
            raise _no_sound(path, decoding)
        limits = _losses(path, decoding, _promised_s(container, stream))
        codec = stream.codec_context.codec.canonical_name
    return Audio(codec, decoding.channels, decoding.rate_hz, decoding.frames, limits, file)


@contextmanager
def _scratch_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = f"{path}: the scratch folder can't hold its decoded samples ({error.strerror})"
        what = "free some disk or set another scratch folder"
        raise RecordingError(RecordingCode.SCRATCH_FULL, f"{why}; {what}") from error


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, AudioStream]]:
    """The container and its first audio stream, opened so that it can't lead to any other file or host."""
    head = _head(path)
    options = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS}
    try:
        # Tags of old recorders are in any encoding; they are not read here and must not stop the call.
        container = av.open(f"file:{path}", options=options, metadata_errors="replace")
    except FFmpegError as error:
        raise _not_audio(path, head) from error
    with container:
        if not container.streams.audio:
            raise RecordingError(RecordingCode.NO_AUDIO, f"{path}: holds no audio stream; export it with sound")
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            why = f"{path}: its audio coding is not known to FFmpeg; expected PCM, G.711, GSM, MP3, AAC, Opus, FLAC"
            raise RecordingError(RecordingCode.UNSUPPORTED_CODEC, f"{why}, AMR or WMA; convert it")
        yield container, stream


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        why = f"{path}: can't be read ({error.strerror}); expected a readable file; check its permissions and the disk"
        raise RecordingError(RecordingCode.UNREADABLE, why) from error
    if not head:
        raise RecordingError(RecordingCode.EMPTY_FILE, f"{path}: 0 bytes; expected a recording; copy it again")
    return head


def _not_audio(path: Path, head: bytes) -> RecordingError:
    kind = "an MP4" if head[4:8] == b"ftyp" else next((MAGIC[m] for m in MAGIC if head.startswith(m)), None)
    if kind:
        why = f"{path}: starts as {kind} file but can't be opened: damaged or cut off; copy or export it again"
        return RecordingError(RecordingCode.TRUNCATED, why)
    found = "text" if _is_text(head) else "bytes of no known audio file"
    why = f"{path}: found {found}, expected audio (WAV, MP3, M4A, Ogg, FLAC, AMR, WMA, WebM); remove or replace it"
    return RecordingError(RecordingCode.NOT_AUDIO, why)


def _is_text(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char.isspace() for char in text)


def _no_sound(path: Path, decoding: _Decoding) -> RecordingError:
    if decoding.lost_packets:
        return _not_audio(path, _head(path))
    if _riff_stretch(path) > 1:
        return RecordingError(RecordingCode.TRUNCATED, f"{path}: cut off right after its header; copy it again")
    return RecordingError(
        RecordingCode.NO_AUDIO, f"{path}: a header and 0 s of sound; expected a call; export it again"
    )


class _Decoding:
    """One pass over an audio stream: its samples on the file's own clock, and what was lost on the way."""

    def __init__(self, path: Path, container: InputContainer, stream: AudioStream) -> None:
        self._path, self._container, self._stream = path, container, stream
        self._clock_start_s: float | None = None
        self.rate_hz = self.channels = self.frames = self.packets = self.lost_packets = 0
        self.gaps_s: list[float] = []

    def blocks(self) -> Iterator[Samples]:
        """Interleaved float32 of shape (samples, channels), all at the first frame's rate and layout."""
        layout: AudioLayout | None = None
        for _, run in groupby(self.av_frames(), key=_form):
            resampler: AudioResampler | None = None
            for frame in run:
                if layout is None:
                    layout, self.channels, self.rate_hz = frame.layout, frame.layout.nb_channels, frame.sample_rate
                resampler = resampler or AudioResampler("flt", layout, self.rate_hz)
                yield from self._missing_before(frame)
                yield from self._converted(resampler, frame)
            if resampler is not None:
                yield from self._converted(resampler, None)

    def av_frames(self) -> Iterator[AudioFrame]:
        """The frames that can be decoded; a packet that can't is counted and passed over.

        Raises:
            RecordingError: the sampling rate is none that sound is recorded at.
        """
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                self.packets += packet.size > 0  # the last one is empty and only empties the decoder
                frames = packet.decode()
            except FFmpegError:
                self.lost_packets += 1
                continue
            for frame in frames:
                _check_rate(self._path, frame.sample_rate)
                yield frame

    def _converted(self, resampler: AudioResampler, frame: AudioFrame | None) -> Iterator[Samples]:
        try:
            frames = resampler.resample(frame)
        except FFmpegError:
            self.lost_packets += 1
            return
        for one in frames:
            block = one.to_ndarray().astype(np.float32, copy=False).reshape(-1, self.channels)
            self.frames += len(block)
            yield block

    def _missing_before(self, frame: AudioFrame) -> Iterator[Samples]:
        """Silence for the time that the file's clock has gone on without samples."""
        if frame.time is None or frame.pts is None:
            return
        decoded_s = self.frames / self.rate_hz
        if self._clock_start_s is None:
            self._clock_start_s = frame.time - decoded_s
        gap_s = frame.time - self._clock_start_s - decoded_s
        if not -GAP_S <= gap_s <= min(LONGEST_GAP_S, MOST_GAPS_S - sum(self.gaps_s)):
            self._clock_start_s = frame.time - decoded_s
        elif gap_s > GAP_S:
            self.gaps_s.append(gap_s)
            yield from self._silence(round(gap_s * self.rate_hz))

    def _silence(self, count: int) -> Iterator[Samples]:
        for start in range(0, count, self.rate_hz):
            block = np.zeros((min(self.rate_hz, count - start), self.channels), np.float32)
            self.frames += len(block)
            yield block


def _check_rate(path: Path, rate_hz: int) -> None:
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        what = f"{path}: {rate_hz} samples a second, expected {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ}; damaged?"
        raise RecordingError(RecordingCode.UNSUPPORTED_RATE, f"{what} Export it again")


def _form(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _losses(path: Path, decoding: _Decoding, promised_s: float | None) -> tuple[Limit, ...]:
    """What the decoded samples lack of the recording.

    Raises:
        RecordingError: too little is left to be of use.
    """
    decoded_s = decoding.frames / decoding.rate_hz
    lost = f"{decoding.lost_packets} of {decoding.packets} packets can't be decoded"
    whole_s = max(promised_s or 0.0, decoded_s * _riff_stretch(path))
    ends_early = whole_s - decoded_s > max(ENDS_EARLY_S, ENDS_EARLY_SHARE * whole_s)
    left = f"{decoded_s:.1f} s of {whole_s:.1f} s"
    if decoding.lost_packets > MOST_LOST_SHARE * decoding.packets or (ends_early and decoded_s < LEAST_USABLE_S):
        why = f"{path}: only {left} can be decoded, {lost}; the file is damaged or cut off: copy or export it again"
        raise RecordingError(RecordingCode.TRUNCATED, why)
    gaps = f"{sum(decoding.gaps_s):.1f} s in {len(decoding.gaps_s)} place(s) are not in the file (damage, or pauses"
    said = (
        (ends_early, CUT_OFF, f"the file ends early: {left}"),
        (decoding.lost_packets, "recording", f"the file is damaged: {lost}"),
        (decoding.gaps_s, "recording", f"{gaps} left out by the recorder); silence stands in their place"),
    )
    return tuple(Limit(what, because) for true, what, because in said if true)


def _promised_s(container: InputContainer, stream: AudioStream) -> float | None:
    """How long the file says it is; None where it doesn't, or where FFmpeg would only guess from a bit rate."""
    if container.format.name in {"aac", "amr", "gsm"}:
        return None
    if stream.duration and stream.duration > 0 and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration and container.duration > 0 else None


def _riff_stretch(path: Path) -> float:
    """How many times more samples a WAV header tells of than there are: above 1 the file is cut off.

    FFmpeg reckons the duration of a cut-off PCM file from what is left, so the header has to be asked.
    """
    with path.open("rb") as file:
        head = file.read(8)
        size = file.seek(0, os.SEEK_END)
    said = int.from_bytes(head[4:8], "little") + 8 if head[:4] == b"RIFF" else 0
    cut_off = size < said < RIFF_UNKNOWN_BYTES
    return (said - RIFF_HEADER_BYTES) / max(1, size - RIFF_HEADER_BYTES) if cut_off else 1.0


def _counted_s(path: Path) -> float:
    """Length in seconds by the packets' own times, without decoding them."""
    with _opened(path) as (container, stream):
        base = stream.time_base or 0
        ends = (packet.pts + (packet.duration or 0) for packet in container.demux(stream) if packet.pts is not None)
        return float(max(ends, default=0) * base)
