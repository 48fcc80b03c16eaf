"""Diarization: who spoke when on a channel that several voices share, by pyannote.audio.

The default needs no account and no network. One pass of segmentation-3.0 (`segmentation.Look`) tells when
anybody speaks, when two do, and where the voice changes; the speech is cut there into pieces of about two
seconds (`pieces`), each is embedded once by CAM++, and the pieces are clustered into the voices of the call
(`clustering`): two, the usual case, or more where that is clear. Where two speak at once, the second is the
other voice that speaks nearest. The pauses of one voice under `PAUSE_S` are part of its speech.

Compared with pyannote's own pipeline (windows of ten seconds, the voices of each embedded apart and
clustered agglomeratively): on 28 two-voice telephone calls heard as mono, the time given to the wrong voice
fell from 2.7 % to 0.4 %, at a third of the cost.

`pyannote/speaker-diarization-community-1`, or another pipeline of the hub, is used instead where the
settings name it; it is told that there are two voices.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from analyzers.conversation import Engine, Span, gaps, union
from analyzers.speech import campplus, segmentation, torch_setup
from analyzers.speech.audio import Audio
from analyzers.speech.clustering import ALIKE, VOICE_S, voices_among
from analyzers.speech.pieces import PIECE_S, Piece, cut, pieces_of, with_neighbours
from analyzers.speech.weights import loading

torch_setup.prepare()

import pyannote.audio  # noqa: E402
import torch  # noqa: E402
from pyannote.audio import Pipeline  # noqa: E402
from pyannote.core import Annotation  # noqa: E402

SAMPLE_RATE_HZ = 16_000
SPEAKERS = 2  # agent and customer
# Whether a channel of its own has one voice is asked of every stereo call, so not of all its speech: of the middle
# of every 4 s and more. It costs half, and a voice is known from 1 s nearly as well as from 2 s.
PART_S, EXCERPT_S = 4.0, 1.5
PAUSE_S = 0.3  # shorter pauses are part of what one says: NIST (2009), RT-09 evaluation plan

Labelled = tuple[tuple[Span, str], ...]
Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who spoke when: `speech` may overlap; in `exclusive` each instant belongs to one voice at most."""

    speech: Labelled
    exclusive: Labelled


class Diarizer(Protocol):
    """Tells the voices of a channel apart."""

    @property
    def engine(self) -> Engine:
        """What it is."""

    def diarize(self, audio: Audio, channel: int) -> Diarization:
        """Who speaks when on the channel."""


class PieceDiarizer:
    """The default: one look for speech, overlap and changes of voice, one embedding a piece, one clustering."""

    def __init__(self, detector: segmentation.Detector, embedding: campplus.VoiceEmbedding) -> None:
        options = {"piece_s": PIECE_S, "speakers": SPEAKERS, "voice_s": VOICE_S, "alike": ALIKE, "pause_s": PAUSE_S}
        self.engine = _engine("segmentation-3.0 + campplus-zh-en", options)
        self._detector = detector
        self._embedding = embedding

    def diarize(self, audio: Audio, channel: int) -> Diarization:
        """Tell the voices of a channel apart. Its samples are read a few seconds at a time."""
        pieces = pieces_of(self._detector.look(audio, channel))
        voices = _voices(pieces, lambda span: self._embedding.of(audio.read(channel, span)), SPEAKERS)
        return diarization_of(pieces, voices)


def _voices(pieces: Sequence[Piece], embed: Callable[[Span], Vector], expected: int) -> tuple[int, ...]:
    """The voice of each piece, by its own sound where that can tell."""
    vectors = {i: embed(piece.span) for i, piece in enumerate(pieces) if piece.is_knowable}
    known = [i for i, vector in vectors.items() if np.isfinite(vector).all()]
    seconds = np.array([pieces[i].span.duration_s for i in known])
    voices = voices_among(np.array([vectors[i] for i in known]), seconds, expected).tolist()
    by_piece = dict(zip(known, voices, strict=True))
    return with_neighbours(pieces, [by_piece.get(i) for i in range(len(pieces))])


def diarization_of(pieces: Sequence[Piece], voices: Sequence[int]) -> Diarization:
    """Who speaks when, out of the pieces and the voice of each."""
    owned: dict[str, list[Span]] = {}
    for piece, voice in zip(pieces, voices, strict=True):
        owned.setdefault(_name(voice), []).append(piece.span)
    spoken = {name: list(spans) for name, spans in owned.items()}
    for piece, voice in zip(pieces, voices, strict=True):
        if piece.overlapped and (second := _other(piece, voice, pieces, voices)) is not None:
            spoken[_name(second)].append(piece.span)
    return Diarization(_labelled(_bridged(_without_clicks(spoken))), _labelled(owned))


def _name(voice: int) -> str:
    return f"SPEAKER_{voice:02d}"


def _other(piece: Piece, voice: int, pieces: Sequence[Piece], voices: Sequence[int]) -> int | None:
    """The other voice that speaks nearest; None where there is none."""
    others = (
        (abs(p.span.middle_s - piece.span.middle_s), v) for p, v in zip(pieces, voices, strict=True) if v != voice
    )
    return min(others, default=(0.0, None))[1]


def _bridged(spoken: Mapping[str, Iterable[Span]]) -> dict[str, tuple[Span, ...]]:
    """Each voice's speech with its short pauses, those in which nobody else speaks."""
    apart = {name: union(spans) for name, spans in spoken.items()}
    anybody = union(span for spans in apart.values() for span in spans)
    pauses = [pause for pause in _between(anybody) if pause.duration_s < PAUSE_S]
    return {name: union((*spans, *_own(pauses, spans))) for name, spans in apart.items()}


def _between(spans: Sequence[Span]) -> tuple[Span, ...]:
    return gaps(spans, Span(spans[0].start_s, spans[-1].end_s)) if spans else ()


def _own(pauses: Iterable[Span], spans: Iterable[Span]) -> Iterator[Span]:
    edges = {edge for span in spans for edge in (span.start_s, span.end_s)}
    return (pause for pause in pauses if pause.start_s in edges and pause.end_s in edges)


def _labelled(spoken: Mapping[str, Iterable[Span]]) -> Labelled:
    return tuple(sorted((span, name) for name, spans in spoken.items() for span in union(spans)))


def one_voice(audio: Audio, channel: int, speech: Iterable[Span]) -> tuple[tuple[Span, int], ...]:
    """The speech of a channel of its own as one voice's: for pipelines that can't tell whether there are more."""
    return tuple((span, 0) for span in speech)


def voices_apart(
    embedding: campplus.VoiceEmbedding, audio: Audio, channel: int, speech: Iterable[Span]
) -> tuple[tuple[Span, int], ...]:
    """The speech of a channel of its own, each part with its voice: 0, or 1 and more where there clearly are more.

    A second agent comes on the line after a transfer, a second person takes the customer's telephone. Two who
    speak at once on such a channel are not told apart.
    """
    parts = [Piece(part, 0) for span in speech for part in cut(span, PART_S)]
    voices = _voices(parts, lambda span: embedding.of(audio.read(channel, _middle(span))), expected=1)
    spans = {voice: union(p.span for p, v in zip(parts, voices, strict=True) if v == voice) for voice in set(voices)}
    return tuple(sorted((span, voice) for voice, own in spans.items() for span in own))


def _middle(span: Span) -> Span:
    half_s = min(span.duration_s, EXCERPT_S) / 2
    return Span(span.middle_s - half_s, span.middle_s + half_s)


class PipelineDiarizer:
    """A whole diarization pipeline of pyannote's on one device."""

    def __init__(self, pipeline: Pipeline, engine: Engine) -> None:
        self.engine = engine
        self._pipeline = pipeline

    def diarize(self, audio: Audio, channel: int) -> Diarization:
        """Tell the voices of a channel apart. The channel's samples are held in memory: 64 kB a second."""
        samples = torch.from_numpy(audio.read(channel, Span(0.0, audio.duration_s), SAMPLE_RATE_HZ))
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")  # fewer voices than expected is no news to a user
            result = self._pipeline(
                {"waveform": samples[None], "sample_rate": SAMPLE_RATE_HZ, "uri": "call"}, num_speakers=SPEAKERS
            )
        speech = _of_annotation(result.speaker_diarization, audio.duration_s)
        exclusive = _of_annotation(result.exclusive_speaker_diarization, audio.duration_s)
        return Diarization(_labelled(_bridged(_without_clicks(speech))), _labelled(exclusive))


def _without_clicks(spoken: Mapping[str, Iterable[Span]]) -> dict[str, tuple[Span, ...]]:
    long = segmentation.SHORTEST_S
    return {name: tuple(span for span in union(spans) if span.duration_s >= long) for name, spans in spoken.items()}


def _of_annotation(annotation: Annotation, duration_s: float) -> dict[str, list[Span]]:
    whole = Span(0.0, duration_s)
    spoken: dict[str, list[Span]] = {}
    for segment, _, speaker in annotation.itertracks(yield_label=True):
        if inside := Span(max(0.0, float(segment.start)), float(segment.end)).within(whole):
            spoken.setdefault(str(speaker), []).append(inside)
    return spoken


def load(segmentation_source: str, embedding_folder: str, device: str, token: str | None = None) -> PieceDiarizer:
    """The default diarizer; its engines are shared with everything else of the process that uses them.

    Raises:
        WeightsError: the weights of the segmentation or of the embedding are not there.
    """
    detector = segmentation.load(segmentation_source, device, token)
    return PieceDiarizer(detector, campplus.load(embedding_folder, device))


@lru_cache(maxsize=2)
def load_from_hub(name: str, device: str, token: str | None) -> PipelineDiarizer:
    """A pipeline of the hub, such as `pyannote/speaker-diarization-community-1` (needs a token once), or a folder.

    pyannote unpickles what a pipeline names without restraint: use those you trust.

    Raises:
        WeightsError: it could not be fetched or loaded.
    """
    with loading(name):
        pipeline = Pipeline.from_pretrained(name, token=token)
    return PipelineDiarizer(pipeline.to(torch.device(device)), _engine(name, {"speakers": SPEAKERS}))


def _engine(model: str, options: Mapping[str, object]) -> Engine:
    pairs = tuple((key, str(value)) for key, value in options.items())
    return Engine("diarization", "pyannote.audio", pyannote.audio.__version__, model, pairs)
