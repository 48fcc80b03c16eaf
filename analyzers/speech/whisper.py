"""The default recogniser: Whisper through faster-whisper and CTranslate2."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analyzers.conversation import Engine, Span
from analyzers.speech import torch_setup
from analyzers.speech.hallucinations import HeardWord
from analyzers.speech.options import HearingOptions
from analyzers.speech.weights import loading

torch_setup.prepare()

import ctranslate2  # noqa: E402
import faster_whisper  # noqa: E402
from faster_whisper import BatchedInferencePipeline, WhisperModel  # noqa: E402

SAMPLE_RATE_HZ = 16_000
RETRY_TEMPERATURES = (0.0, 0.4)  # Whisper's own six took up to 7 s over a sound of 0.2 s
TOKENS_PER_S, MOST_TOKENS = 15, 220  # twice the fastest speech ends a loop; half of Whisper's context
# Without a prompt Whisper writes Mandarin in either script and leaves out punctuation.
PROMPTS = {"zh": "以下是普通话的句子。"}

logging.getLogger("faster_whisper").setLevel(logging.ERROR)

_LETTER = re.compile("[A-Za-z]")

Samples = npt.NDArray[np.float32]


class FasterWhisper:
    """A Whisper model on one device, safe to call from several threads. See `transcription.Recogniser`."""

    def __init__(self, model: WhisperModel, engine: Engine, options: HearingOptions) -> None:
        self.engine = engine
        self._model = model
        self._options = options

    def prompts(self, language: str) -> tuple[str, ...]:
        """What Whisper is told before it listens; not the vocabulary, which people do say."""
        return (PROMPTS[language],) if language in PROMPTS else ()

    def languages(self, window: Samples) -> dict[str, float]:
        """The probability of each language in up to 30 s of samples, shape (samples,)."""
        *_, probabilities = self._model.detect_language(window)
        return dict(probabilities)

    def transcribe(self, windows: Iterable[Samples], language: str) -> Iterator[tuple[HeardWord, ...]]:
        """The words of each window of up to 30 s, times from its start; one beam search, a batch at a time."""
        remaining = iter(windows)
        while batch := tuple(islice(remaining, self._options.batch_size)):
            yield from self._transcribe_batch(batch, language)

    def _transcribe_batch(self, windows: Sequence[Samples], language: str) -> Iterator[tuple[HeardWord, ...]]:
        edges = np.cumsum([0, *(len(window) for window in windows)]) / SAMPLE_RATE_HZ
        # The pipeline keeps state between calls and is cheap to make: a fresh one per call.
        segments, _ = BatchedInferencePipeline(self._model).transcribe(
            np.concatenate(windows),
            language=language,
            clip_timestamps=[{"start": float(a), "end": float(b)} for a, b in pairwise(edges)],
            word_timestamps=True,
            beam_size=self._options.beam_size,
            batch_size=self._options.batch_size,
            initial_prompt=PROMPTS.get(language),
            hotwords=self._options.vocabulary or None,
        )
        heard: list[list[HeardWord]] = [[] for _ in windows]
        for segment in segments:
            # `seek` is the window's start in frames of 10 ms, cut off: a frame later is surely inside it.
            i = int(np.searchsorted(edges, (segment.seek + 1.5) / 100, side="right")) - 1
            heard[i] += _words(segment.words or (), float(edges[i]), len(windows[i]) / SAMPLE_RATE_HZ)
        return (tuple(words) for words in heard)

    def transcribe_alone(self, window: Samples, language: str) -> tuple[HeardWord, ...]:
        """The words of one difficult window: no prompt to echo, and a hotter try where the first one loops."""
        duration_s = len(window) / SAMPLE_RATE_HZ
        segments, _ = self._model.transcribe(
            window,
            language=language,
            word_timestamps=True,
            beam_size=self._options.beam_size,
            temperature=RETRY_TEMPERATURES,
            max_new_tokens=min(MOST_TOKENS, round(TOKENS_PER_S * (duration_s + 1))),
            condition_on_previous_text=False,
            vad_filter=False,
        )
        return tuple(word for segment in segments for word in _words(segment.words or (), 0.0, duration_s))


def _words(words: Sequence[faster_whisper.transcribe.Word], offset_s: float, duration_s: float) -> Iterator[HeardWord]:
    for word in _whole(words):
        start_s = min(max(word.start - offset_s, 0.0), duration_s)
        end_s = min(max(word.end - offset_s, start_s), duration_s)
        if word.word.strip():
            yield HeardWord(word.word.strip(), Span(float(start_s), float(end_s)), float(word.probability))


def _whole(words: Iterable[faster_whisper.transcribe.Word]) -> list[faster_whisper.transcribe.Word]:
    """The words, Latin ones in one piece: in Chinese text each token is a word of its own (i|Phone, V|IP)."""
    whole: list[faster_whisper.transcribe.Word] = []
    for word in words:
        # A space before a token says that a new word begins.
        if whole and _LETTER.match(word.word) and _LETTER.match(whole[-1].word[-1:]):
            before = whole[-1]
            probability = min(before.probability, word.probability)
            whole[-1] = replace(before, word=before.word + word.word, end=word.end, probability=probability)
        else:
            whole.append(word)
    return whole


@lru_cache(maxsize=2)
def load(model: str, device: str, options: HearingOptions) -> FasterWhisper:
    """A recogniser from a weights folder or a hub name, on `cpu` or `cuda`."""
    # On a CPU int8 is as accurate as float32 and twice as fast; elsewhere the model's own type is best.
    compute_type = "int8" if (options.compute_type, device) == ("default", "cpu") else options.compute_type
    with loading(model):
        whisper = WhisperModel(
            model, device=device, compute_type=compute_type, cpu_threads=options.threads, num_workers=options.workers
        )
    version = f"{faster_whisper.__version__}+ctranslate2-{ctranslate2.__version__}"
    described = (("beam_size", str(options.beam_size)), ("compute_type", whisper.model.compute_type))
    return FasterWhisper(
        whisper, Engine("transcription", "faster-whisper", version, Path(model).name, described), options
    )
