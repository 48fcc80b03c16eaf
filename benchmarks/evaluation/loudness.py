"""Loudness by somebody else's meter: ffmpeg's `ebur128` filter, through PyAV, for each channel of a recording.

The integrated loudness of a whole channel in LUFS, gated as ITU-R BS.1770-4 asks; what our own meter is held against.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.filter import Graph

from analyzers.speech.audio import Audio, decode

INTEGRATED = "lavfi.r128.I"
ABSOLUTE_GATE_LUFS = -70.0  # BS.1770-4; what the filter says where nothing passes it


def ebur128_lufs(path: Path) -> tuple[float | None, ...]:
    """Integrated loudness of each channel, in LUFS; None where nothing passes the absolute gate.

    Raises:
        RecordingError: the recording can't be read.
    """
    with decode(path, Path(tempfile.gettempdir())) as audio:
        return tuple(_integrated(audio, channel) for channel in range(audio.channels))


def _integrated(audio: Audio, channel: int) -> float | None:
    graph = Graph()
    rate_hz = audio.sample_rate_hz
    source = graph.add_abuffer(format="flt", sample_rate=rate_hz, layout="mono", time_base=Fraction(1, rate_hz))
    meter, sink = graph.add("ebur128", "metadata=1:framelog=quiet"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    lufs = ABSOLUTE_GATE_LUFS
    for frame in (*_frames(audio, channel), None):
        graph.push(frame)
        for measured in _pulled(graph):
            lufs = float(measured.metadata.get(INTEGRATED, lufs))
    return lufs if lufs > ABSOLUTE_GATE_LUFS else None


def _frames(audio: Audio, channel: int) -> Iterator[AudioFrame]:
    first = 0
    for block in audio.blocks(channel):
        frame = AudioFrame.from_ndarray(block.reshape(1, -1).copy(), format="flt", layout="mono")
        frame.sample_rate, frame.pts = audio.sample_rate_hz, first
        first += len(block)
        yield frame


def _pulled(graph: Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        if isinstance(frame, AudioFrame):
            yield frame
