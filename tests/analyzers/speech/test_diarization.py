"""What a diarization pipeline answers becomes plain spans inside the recording."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pyannote.core import Annotation, Segment

from analyzers.conversation import Engine, Span
from analyzers.speech.diarization import SAMPLE_RATE_HZ, SPEAKERS, Diarization, Diarizer
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


def test_voices_may_overlap_and_stay_inside_the_recording() -> None:
    speech = annotation((-0.2, 2.0, "A"), (1.5, 3.0, "B"), (3.5, 4.7, "A"), (4.1, 4.6, "B"))
    pipeline = FakePipeline(speech, annotation((0.0, 1.7, "A"), (1.7, 3.0, "B"), (3.5, 4.7, "A")))
    found = Diarizer(pipeline, ENGINE).diarize(audio(hum(4.0, 0.5, 8000), rate_hz=8000), 0)
    assert found == Diarization(
        speech=((Span(0, 2), "A"), (Span(1.5, 3), "B"), (Span(3.5, 4), "A")),
        exclusive=((Span(0, 1.7), "A"), (Span(1.7, 3), "B"), (Span(3.5, 4), "A")),
    )
    assert pipeline.asked == ((1, 4 * SAMPLE_RATE_HZ), SAMPLE_RATE_HZ, SPEAKERS)
    assert {type(edge) for span, _ in found.speech for edge in (span.start_s, span.end_s)} == {float}


@pytest.mark.parametrize("seconds", [0.01, 3.0])
def test_nobody_speaks(seconds: float) -> None:
    pipeline = FakePipeline(annotation(), annotation())
    assert Diarizer(pipeline, ENGINE).diarize(audio(hum(seconds, 0.5)), 0) == Diarization((), ())
