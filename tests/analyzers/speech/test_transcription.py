"""What happens around the recogniser: a second hearing for what got no words, and an account of what is lost."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Engine, Span, intersection, union
from analyzers.speech.hallucinations import HeardWord
from analyzers.speech.transcription import (
    LOST_S,
    REACH_S,
    ChannelWord,
    Transcript,
    detect_language,
    lost,
    normalised,
    transcribe,
)
from tests.analyzers.speech.made import RATE_HZ, audio

Samples = np.ndarray
ENGINE = Engine("transcription", "fake", "1", "fake")

HELLO, BYE, MUMBLE, FAINT = 0.1, 0.2, 0.3, 0.4  # what is "said": the recogniser knows words by their amplitude
WORDS = {HELLO: "hello", BYE: "再見"}


@dataclass
class FakeRecogniser:
    """Says the word whose amplitude it finds in each half second; says `alone` to what is heard on its own."""

    alone: Callable[[Samples], tuple[HeardWord, ...]] = lambda window: ()
    odds: Callable[[Samples], Mapping[str, float]] = lambda window: {}
    engine: Engine = ENGINE
    heard_alone: list[float] = field(default_factory=list)

    def prompts(self, language: str) -> tuple[str, ...]:
        return ("以下是普通话的句子。",)

    def languages(self, window: Samples) -> Mapping[str, float]:
        return self.odds(window)

    def transcribe(self, windows: Iterable[Samples], language: str) -> Iterator[tuple[HeardWord, ...]]:
        return (tuple(said(window)) for window in windows)

    def transcribe_alone(self, window: Samples, language: str) -> tuple[HeardWord, ...]:
        self.heard_alone.append(len(window) / RATE_HZ)
        return self.alone(window)


def said(window: Samples, probability: float = 0.9) -> Iterator[HeardWord]:
    """One word for each stretch of one amplitude that stands for one."""
    edges = [0, *(np.flatnonzero(np.diff(window)) + 1).tolist(), len(window)]
    for first, last in pairwise(edges):
        for amplitude, text in WORDS.items():
            if first < last and window[first] == pytest.approx(amplitude):
                yield HeardWord(text, Span(first / RATE_HZ, last / RATE_HZ), probability)


def line(duration_s: float, *parts: tuple[float, Span]) -> Samples:
    """A channel on which each amplitude lasts for its span."""
    samples = np.zeros(round(duration_s * RATE_HZ), np.float32)
    for amplitude, span in parts:
        samples[round(span.start_s * RATE_HZ) : round(span.end_s * RATE_HZ)] = amplitude
    return samples


def word(channel: int, start_s: float, end_s: float, text: str = "hello", probability: float = 0.9) -> ChannelWord:
    return ChannelWord(channel, Span(start_s, end_s), text, text, probability)


def rounded(transcript: Transcript) -> Transcript:
    def near(span: Span) -> Span:
        return Span(round(span.start_s, 3), round(span.end_s, 3))

    words = tuple(ChannelWord(w.channel, near(w.span), w.text, w.original, w.probability) for w in transcript.words)
    return Transcript(transcript.language, words, tuple((c, near(s)) for c, s in transcript.unintelligible))


def test_words_of_both_channels_come_back_in_call_time() -> None:
    left, right = Span(10, 11), Span(3, 4.5)
    call = audio(line(20, (HELLO, left)), line(20, (BYE, right)))
    transcript = transcribe(FakeRecogniser(), call, {0: [left], 1: [right]}, "zh")
    expected = (ChannelWord(1, right, "再见", "再見", 0.9), ChannelWord(0, left, "hello", "hello", 0.9))
    assert rounded(transcript) == Transcript("zh", expected, ())


def test_speech_left_wordless_is_heard_again_with_some_surroundings() -> None:
    region = Span(5, 6)
    call = audio(line(10, (MUMBLE, region)))
    recogniser = FakeRecogniser(alone=lambda window: (HeardWord("quietly", Span(0.4, 1.2), 0.8),))
    transcript = transcribe(recogniser, call, {0: [region]}, "en")
    assert recogniser.heard_alone == [pytest.approx(1.6)]
    assert rounded(transcript) == Transcript("en", (word(0, 5.1, 5.9, "quietly", 0.8),), ())


@pytest.mark.parametrize(
    "alone",
    [
        (),
        (HeardWord("maybe", Span(0.3, 0.8), 0.6), HeardWord("that", Span(0.8, 1.2), 0.3)),
        (HeardWord("字幕by索兰娅", Span(0.3, 1.2), 0.9),),
    ],
    ids=["nothing", "doubted", "credits"],
)
def test_what_a_second_hearing_cannot_tell_is_reported(alone: tuple[HeardWord, ...]) -> None:
    clear, unclear = Span(1, 2), Span(5, 6)
    call = audio(line(10, (HELLO, clear), (MUMBLE, unclear)))
    transcript = transcribe(FakeRecogniser(alone=lambda window: alone), call, {0: [clear, unclear]}, "en")
    assert rounded(transcript) == Transcript("en", (word(0, 1, 2),), ((0, unclear),))


def test_a_neighbours_words_are_not_said_twice() -> None:
    clear, unclear = Span(1, 2), Span(2.2, 3.2)
    call = audio(line(10, (HELLO, clear), (MUMBLE, unclear)))
    again = (HeardWord("hello", Span(0, 0.04), 0.9), HeardWord("there", Span(0.3, 1.3), 0.9))
    transcript = transcribe(FakeRecogniser(alone=lambda window: again), call, {0: [clear, unclear]}, "en")
    assert [w.text for w in transcript.words] == ["hello", "there"]


def test_an_echo_of_the_prompt_is_not_a_word() -> None:
    region = Span(1, 2)
    recogniser = FakeRecogniser()
    recogniser.transcribe = lambda windows, language: (  # type: ignore[method-assign]
        (HeardWord("以下是普通话的句子。", Span(0.1, 1), 0.9),) for _ in windows
    )
    assert transcribe(recogniser, audio(line(10)), {0: [region]}, "zh") == Transcript("zh", (), ((0, region),))


def test_nobody_speaks() -> None:
    recogniser = FakeRecogniser()
    assert transcribe(recogniser, audio(line(3)), {}, "zh") == Transcript("zh", (), ())
    assert detect_language(recogniser, audio(line(3)), {}) == "zh"


def test_the_language_is_that_of_most_of_the_speech() -> None:
    call = audio(line(60, (HELLO, Span(0, 20))), line(60, (BYE, Span(30, 33))))
    sure = {HELLO: {"en": 0.6, "zh": 0.4, "de": 0.9}, BYE: {"zh": 0.9, "en": 0.1}}
    recogniser = FakeRecogniser(odds=lambda window: sure[round(float(window.max()), 1)])
    assert detect_language(recogniser, call, {0: [Span(0, 20)], 1: [Span(30, 33)]}) == "en"
    assert detect_language(recogniser, call, {0: [Span(0, 2)], 1: [Span(30, 33)]}) == "zh"
    assert detect_language(recogniser, call, {0: [], 1: [Span(30, 33)]}) == "zh"


def test_text_is_simplified_and_narrow_and_keeps_its_punctuation() -> None:
    assert normalised("訂單號，ＡＢ１２！", "zh") == "订单号，AB12！"
    assert normalised("訂單,", "zh") == "订单，"
    assert normalised("訂單,", "en") == "訂單,"
    assert normalised("Ｏｋ，fine", "en") == "Ok，fine"


def spans_of(edges: list[float]) -> list[Span]:
    ordered = sorted(edges)
    return [Span(a, b) for a, b in zip(ordered[::2], ordered[1::2], strict=False) if a < b]


EDGES = st.lists(st.floats(0, 100), max_size=16, unique=True)


@settings(max_examples=100)
@given(EDGES, EDGES)
def test_lost_is_speech_without_a_word_near(speech: list[float], words: list[float]) -> None:
    regions, heard = spans_of(speech), [word(0, span.start_s, span.end_s) for span in spans_of(words)]
    gone = lost(regions, heard, 0)
    assert gone == union(gone)
    assert intersection(gone, regions) == gone
    assert all(span.duration_s >= LOST_S or span in regions for span in gone)
    reach = [Span(max(0.0, w.span.start_s - REACH_S), w.span.end_s + REACH_S) for w in heard]
    assert intersection(gone, reach) == ()
    assert lost(regions, heard, 1) == tuple(regions)
    assert set(lost(regions, [], 0)) == set(regions)


@settings(max_examples=50)
@given(EDGES)
def test_nothing_is_lost_where_every_region_is_words(speech: list[float]) -> None:
    regions = spans_of(speech)
    assert lost(regions, [word(0, region.start_s, region.end_s) for region in regions], 0) == ()


def test_a_pause_between_words_is_lost_only_when_long() -> None:
    assert lost([Span(0, 10)], [word(0, 0, 4), word(0, 5.2, 10)], 0) == ()
    assert lost([Span(0, 10)], [word(0, 0, 4), word(0, 6, 10)], 0) == (Span(4.25, 5.75),)
