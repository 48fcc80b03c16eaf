"""Whisper behind our protocol: what needs no engine, and that windows do not get each other's words."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from faster_whisper.transcribe import Word

from analyzers.conversation import Engine, Span
from analyzers.speech import weights, whisper
from analyzers.speech.audio import decode
from analyzers.speech.options import HearingOptions
from analyzers.speech.whisper import SAMPLE_RATE_HZ, FasterWhisper
from analyzers.units import spoken_units

SAMPLES = Path(__file__).parents[3] / "samples"
ENGINE = Engine("transcription", "faster-whisper", "1", "none")


def test_the_sites_vocabulary_is_nothing_to_be_dropped() -> None:
    recogniser = FasterWhisper(None, ENGINE, HearingOptions(vocabulary="Galaxy Appliances"))  # type: ignore[arg-type]
    assert recogniser.prompts("zh") == ("以下是普通话的句子。",)
    assert recogniser.prompts("en") == ()


class Saying:
    """A model that hears the given tokens, half a second each, in whatever it listens to."""

    def __init__(self, *tokens: str) -> None:
        words = [Word(i / 2, (i + 1) / 2, token, 0.9 - i / 10) for i, token in enumerate(tokens)]
        self.segments = [SimpleNamespace(words=words)]

    def transcribe(self, window: object, **options: object) -> tuple[list[SimpleNamespace], None]:
        return self.segments, None


def test_latin_words_among_hanzi_are_put_together_and_figures_and_words_stay_apart() -> None:
    model = Saying("我", "的", "i", "Phone", " Pro", "，", "", "V", "IP", "138", "00", "用户")
    recogniser = FasterWhisper(model, ENGINE, HearingOptions())  # type: ignore[arg-type]
    heard = recogniser.transcribe_alone(np.zeros(10 * SAMPLE_RATE_HZ, np.float32), "zh")
    assert [word.text for word in heard] == ["我", "的", "iPhone", "Pro", "，", "VIP", "138", "00", "用户"]
    assert (heard[2].span, heard[2].probability) == (Span(1, 2), pytest.approx(0.6))


def test_no_window_is_no_work() -> None:
    recogniser = FasterWhisper(None, ENGINE, HearingOptions())  # type: ignore[arg-type]
    assert list(recogniser.transcribe([], "en")) == []


@pytest.mark.parametrize("model", ["no-such-model", "folder"])
def test_a_model_that_cannot_be_loaded_is_named(model: str, tmp_path: Path) -> None:
    source = str(tmp_path) if model == "folder" else model
    with pytest.raises(weights.WeightsError, match=source):
        whisper.load(source, "cpu", HearingOptions())


def lines(name: str, count: int, scratch: Path) -> list[tuple[np.ndarray, str]]:
    """The first turns of a sample call: their samples and what is said in them."""
    turns = json.loads((SAMPLES / "truth" / f"{name}.json").read_text(encoding="utf-8"))["turns"][:count]
    with decode(SAMPLES / "inbox" / f"{name}.flac", scratch) as audio:
        cut = [audio.read(int(turn["party"] == "customer"), Span(turn["start_s"], turn["end_s"])) for turn in turns]
    return [(samples, turn["text"]) for samples, turn in zip(cut, turns, strict=True)]


@pytest.mark.slow
def test_each_window_gets_its_own_words_across_batches(tmp_path: Path) -> None:
    model = weights.resolve(weights.DEFAULT, weights.RECOGNISER, weights.cache_folder())
    recogniser = whisper.load(model, "cpu", HearingOptions(batch_size=2))
    said = lines("en-exemplary", 3, tmp_path)
    heard = list(recogniser.transcribe((samples for samples, _ in said), "en"))
    assert len(heard) == len(said)
    for words, (samples, text) in zip(heard, said, strict=True):
        units, expected = spoken_units(" ".join(word.text for word in words)), spoken_units(text)
        assert len(set(units) & set(expected)) >= 0.7 * len(set(expected))
        assert all(0 <= word.span.start_s <= word.span.end_s <= len(samples) / SAMPLE_RATE_HZ for word in words)
        assert all(type(number) is float for w in words for number in (w.span.start_s, w.span.end_s, w.probability))
    odds = recogniser.languages(said[0][0])
    assert max(odds, key=lambda language: odds[language]) == "en"
