"""Pieces and their voices, or what a whole pipeline answers, become plain spans inside the recording."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pyannote.core import Annotation, Segment

from analyzers.conversation import Engine, Span, intersection
from analyzers.speech import weights
from analyzers.speech.audio import Audio, decode
from analyzers.speech.diarization import (
    PAUSE_S,
    SAMPLE_RATE_HZ,
    SPEAKERS,
    Diarization,
    PieceDiarizer,
    PipelineDiarizer,
    diarization_of,
    load,
    voices_apart,
)
from analyzers.speech.pieces import Piece
from analyzers.speech.segmentation import Look
from tests.analyzers.speech.made import audio, hum

ENGINE = Engine("diarization", "fake", "1", "fake")


@dataclass
class FakePipeline:
    """Answers with what it is given, and keeps what it was asked."""

    speech: Annotation
    exclusive: Annotation
    asked: Any = None

    def __call__(self, file: dict[str, Any], *, num_speakers: int) -> SimpleNamespace:
        self.asked = (file["waveform"].shape, file["sample_rate"], num_speakers)
        return SimpleNamespace(speaker_diarization=self.speech, exclusive_speaker_diarization=self.exclusive)


def annotation(*tracks: tuple[float, float, str]) -> Annotation:
    said = Annotation()
    for i, (start_s, end_s, speaker) in enumerate(tracks):
        said[Segment(np.float64(start_s), np.float64(end_s)), i] = speaker
    return said


def test_the_voices_of_a_pipeline_may_overlap_and_stay_inside_the_recording() -> None:
    speech = annotation((-0.2, 2.0, "A"), (1.5, 3.0, "B"), (3.5, 4.7, "A"), (4.1, 4.6, "B"))
    pipeline = FakePipeline(speech, annotation((0.0, 1.7, "A"), (1.7, 3.0, "B"), (3.5, 4.7, "A")))
    found = PipelineDiarizer(pipeline, ENGINE).diarize(audio(hum(4.0, 0.5, 8000), rate_hz=8000), 0)
    assert found == Diarization(
        speech=((Span(0, 2), "A"), (Span(1.5, 3), "B"), (Span(3.5, 4), "A")),
        exclusive=((Span(0, 1.7), "A"), (Span(1.7, 3), "B"), (Span(3.5, 4), "A")),
    )
    assert pipeline.asked == ((1, 4 * SAMPLE_RATE_HZ), SAMPLE_RATE_HZ, SPEAKERS)
    assert {type(edge) for span, _ in found.speech for edge in (span.start_s, span.end_s)} == {float}


@pytest.mark.parametrize("seconds", [0.01, 3.0])
def test_a_pipeline_that_hears_nobody(seconds: float) -> None:
    pipeline = FakePipeline(annotation(), annotation())
    assert PipelineDiarizer(pipeline, ENGINE).diarize(audio(hum(seconds, 0.5)), 0) == Diarization((), ())


def test_scraps_of_a_pipeline_are_cleaned() -> None:
    speech = annotation((0.0, 1.0, "A"), (1.2, 2.0, "A"), (2.5, 2.51, "B"), (3.0, 3.5, "B"))
    pipeline = FakePipeline(speech, speech)
    found = PipelineDiarizer(pipeline, ENGINE).diarize(audio(hum(4.0, 0.5)), 0)
    assert found.speech == ((Span(0, 2), "A"), (Span(3, 3.5), "B"))


def test_where_two_speak_at_once_the_second_is_the_other_that_speaks_nearest() -> None:
    pieces = (
        Piece(Span(0, 2), 0),
        Piece(Span(2, 3), 0, overlapped=True),
        Piece(Span(3, 5), 1),
        Piece(Span(6, 9), 2),
    )
    assert diarization_of(pieces, (0, 0, 1, 2)) == Diarization(
        speech=((Span(0, 3), "SPEAKER_00"), (Span(2, 5), "SPEAKER_01"), (Span(6, 9), "SPEAKER_02")),
        exclusive=((Span(0, 3), "SPEAKER_00"), (Span(3, 5), "SPEAKER_01"), (Span(6, 9), "SPEAKER_02")),
    )


def test_overlap_with_nobody_else_in_the_call_is_one_voice() -> None:
    pieces = (Piece(Span(0, 2), 0), Piece(Span(2, 3), 0, overlapped=True))
    assert diarization_of(pieces, (0, 0)).speech == ((Span(0, 3), "SPEAKER_00"),)


def test_a_scrap_of_another_voice_is_none() -> None:
    pieces = (Piece(Span(0, 2), 0), Piece(Span(2, 2.05), 1), Piece(Span(2.05, 4), 0), Piece(Span(5, 7), 1))
    assert diarization_of(pieces, (0, 1, 0, 1)).speech == ((Span(0, 4), "SPEAKER_00"), (Span(5, 7), "SPEAKER_01"))


def test_a_short_pause_is_part_of_what_one_says_unless_another_speaks_in_it() -> None:
    def said(*spans: tuple[float, float, int]) -> list[tuple[float, float, str]]:
        pieces = [Piece(Span(start_s, end_s), voice) for start_s, end_s, voice in spans]
        found = diarization_of(pieces, [voice for *_, voice in spans]).speech
        return [(span.start_s, span.end_s, name[-1]) for span, name in found]

    short, long = 2 + PAUSE_S - 0.01, 2 + PAUSE_S + 0.01
    assert said((0, 2, 0), (short, 4, 0)) == [(0, 4, "0")]
    assert said((0, 2, 0), (long, 4, 0)) == [(0, 2, "0"), (long, 4, "0")]
    assert said((0, 2, 0), (short, 4, 1)) == [(0, 2, "0"), (short, 4, "1")]
    assert said((0, 2, 0), (2, short, 1), (short, 4, 0)) == [(0, 2, "0"), (2, short, "1"), (short, 4, "0")]


@dataclass
class FakeDetector:
    """Has seen one voice and then another, without a pause, and two at once at the end of the first."""

    def look(self, recording: Audio, channel: int) -> Look:
        hop_s, times = 0.02, np.arange(0, 8, 0.02)
        low, high = times < 4, times >= 3.2
        voices = np.stack([low, high, np.zeros_like(low)], axis=1).astype(np.float32)
        return Look(np.ones(len(times), np.float32), (low & high).astype(np.float32), voices, hop_s, 8.0)


@dataclass
class PitchEmbedding:
    """A voice is how often the samples cross zero."""

    def of(self, samples: np.ndarray) -> np.ndarray:
        rate = float(np.mean(np.diff(np.signbit(samples))))
        return np.array([1.0, 0.0] if rate < 0.02 else [0.0, 1.0], np.float32)


def two_tones() -> Audio:
    times = np.arange(8 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    return audio(np.sin(2 * np.pi * np.where(times < 4, 100.0, 400.0) * times))


def test_a_shared_channel_is_looked_at_cut_embedded_and_clustered() -> None:
    found = PieceDiarizer(FakeDetector(), PitchEmbedding()).diarize(two_tones(), 0)  # type: ignore[arg-type]
    spans = [(round(span.start_s, 1), round(span.end_s, 1), who) for span, who in found.speech]
    assert spans == [(0.0, 4.0, "SPEAKER_00"), (3.2, 8.0, "SPEAKER_01")]
    assert sum(span.duration_s for span, _ in found.exclusive) == pytest.approx(8.0)


def test_a_second_voice_on_a_channel_of_its_own_is_heard_only_where_it_is_clear() -> None:
    long, short = [Span(0, 4), Span(4, 8)], [Span(0, 4), Span(5, 7)]
    embedding: Any = PitchEmbedding()
    assert voices_apart(embedding, two_tones(), 0, short) == ((Span(0, 4), 0), (Span(5, 7), 0))
    assert voices_apart(embedding, two_tones(), 0, ()) == ()
    twice = audio(np.concatenate([two_tones().read(0, Span(0, 8)), two_tones().read(0, Span(0, 8))]))
    assert {who for _, who in voices_apart(embedding, twice, 0, [*long, Span(8, 12), Span(12, 16)])} == {0, 1}


@pytest.mark.slow
def test_the_two_voices_of_a_real_call_are_told_apart_on_one_channel(tmp_path: Path) -> None:
    folder = weights.cache_folder(None)
    segmentation = weights.resolve(weights.DEFAULT, weights.SEGMENTATION, folder)
    diarizer = load(segmentation, weights.resolve(weights.DEFAULT, weights.EMBEDDING, folder), "cpu")
    with decode(Path(__file__).parents[3] / "samples/inbox/zh-exemplary.flac", tmp_path) as call:
        whole = Span(0, call.duration_s)
        mixed = audio(call.read(0, whole) + call.read(1, whole))
        alone = [regions(call.read(channel, whole)) for channel in (0, 1)]
    found = diarizer.diarize(mixed, 0)
    assert {who for _, who in found.speech} == {"SPEAKER_00", "SPEAKER_01"}  # the agent speaks first
    for channel, spans in enumerate(alone):
        theirs = [span for span, who in found.exclusive if who == f"SPEAKER_{channel:02d}"]
        heard_s = sum(span.duration_s for span in intersection(theirs, spans))
        assert heard_s > 0.9 * sum(span.duration_s for span in spans)


def regions(samples: np.ndarray) -> list[Span]:
    """Where 0.1 s of a clean channel are within 25 dB of its loudest."""
    size = SAMPLE_RATE_HZ // 10
    power = np.square(samples[: len(samples) // size * size].reshape(-1, size)).mean(axis=1)
    return [Span(i / 10, (i + 1) / 10) for i in np.flatnonzero(power > power.max() * 10**-2.5).tolist()]
