"""Diarization: who spoke when on a channel that several voices share, by pyannote.audio.

The default pipeline is pyannote's own (segmentation-3.0, clustering of voices) with the CAM++ embedding,
so that it needs no account and no network; `pyannote/speaker-diarization-community-1` is used instead
where the settings name it. A call is taken to have two voices: the usual case, and short calls give
clustering too little to find out by itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from analyzers.conversation import Engine, Span
from analyzers.speech import campplus, segmentation, torch_setup
from analyzers.speech.audio import Audio
from analyzers.speech.reassignment import PIECE_S, Labelled, reassign
from analyzers.speech.weights import loading

torch_setup.prepare()

import pyannote.audio  # noqa: E402
import torch  # noqa: E402
from pyannote.audio import Pipeline  # noqa: E402
from pyannote.audio.core.plda import PLDA  # noqa: E402
from pyannote.audio.pipelines import SpeakerDiarization  # noqa: E402
from pyannote.core import Annotation  # noqa: E402

SAMPLE_RATE_HZ = 16_000
SPEAKERS = 2  # agent and customer
CLUSTERING = {"method": "centroid", "min_cluster_size": 12, "threshold": 0.7}  # 0.6 to 0.8 did equally well
BATCH = 32


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who spoke when: `speech` may overlap; in `exclusive` each instant belongs to one voice at most."""

    speech: Labelled
    exclusive: Labelled


class Diarizer:
    """A diarization pipeline on one device; with an embedding, its answer gets a second look (`reassignment`)."""

    def __init__(self, pipeline: Pipeline, engine: Engine, embedding: campplus.VoiceEmbedding | None = None) -> None:
        self.engine = engine
        self._pipeline = pipeline
        self._embedding = embedding

    def diarize(self, audio: Audio, channel: int) -> Diarization:
        """Tell the voices of a channel apart. The channel's samples are held in memory: 64 kB a second."""
        samples = torch.from_numpy(audio.read(channel, Span(0.0, audio.duration_s), SAMPLE_RATE_HZ))
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")  # fewer voices than expected is no news to a user
            result = self._pipeline(
                {"waveform": samples[None], "sample_rate": SAMPLE_RATE_HZ, "uri": "call"}, num_speakers=SPEAKERS
            )
        speech = tuple(_labelled(result.speaker_diarization, audio.duration_s))
        exclusive = tuple(_labelled(result.exclusive_speaker_diarization, audio.duration_s))
        if embedding := self._embedding:
            speech, exclusive = reassign(speech, exclusive, lambda span: embedding.of(audio.read(channel, span)))
        return Diarization(speech, exclusive)


def _labelled(annotation: Annotation, duration_s: float) -> Iterator[tuple[Span, str]]:
    whole = Span(0.0, duration_s)
    for segment, _, speaker in annotation.itertracks(yield_label=True):
        if inside := Span(max(0.0, float(segment.start)), float(segment.end)).within(whole):
            yield inside, str(speaker)


class _NoPlda(PLDA):  # type: ignore[misc]
    """Clustering by distance needs no PLDA, but the pipeline insists on one, from the hub."""

    def __init__(self) -> None:
        """Load nothing."""


@lru_cache(maxsize=2)
def load(segmentation_source: str, embedding_folder: str, device: str, step: float) -> Diarizer:
    """The default pipeline. `step` is the share of a 10 s window from one window to the next: 0.25 was as
    accurate as pyannote's own 0.1 on telephone calls, and 2.5 times faster."""
    embedding = campplus.load(embedding_folder, device)
    pipeline = SpeakerDiarization(
        segmentation=segmentation.load(segmentation_source, device).model,
        segmentation_step=step,
        embedding=embedding,
        plda=_NoPlda(),
        clustering="AgglomerativeClustering",
        segmentation_batch_size=BATCH,
        embedding_batch_size=BATCH,
    )
    pipeline.instantiate({"segmentation": {"min_duration_off": 0.0}, "clustering": CLUSTERING})
    options = {"step": step, "speakers": SPEAKERS, **CLUSTERING, "reassignment_s": PIECE_S}
    engine = _engine("segmentation-3.0 + campplus-zh-en", options)
    return Diarizer(pipeline.to(torch.device(device)), engine, embedding)


@lru_cache(maxsize=2)
def load_from_hub(name: str, device: str, token: str | None) -> Diarizer:
    """A pipeline of the hub, such as `pyannote/speaker-diarization-community-1` (needs a token once), or a folder.

    pyannote unpickles what a pipeline names without restraint: use those you trust.

    Raises:
        WeightsError: it could not be fetched or loaded.
    """
    with loading(name):
        pipeline = Pipeline.from_pretrained(name, token=token)
    return Diarizer(pipeline.to(torch.device(device)), _engine(name, {"speakers": SPEAKERS}))


def _engine(model: str, options: dict[str, object]) -> Engine:
    pairs = tuple((key, str(value)) for key, value in options.items())
    return Engine("diarization", "pyannote.audio", pyannote.audio.__version__, model, pairs)
