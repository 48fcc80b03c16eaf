"""Whose sounds are whose, and which are no speech of this call."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Engine, Limit, Party, Span, Speech, gaps, union
from analyzers.speech import segmentation, weights
from analyzers.speech.audio import Audio, decode
from analyzers.speech.diarization import Diarization, one_voice
from analyzers.speech.voices import (
    BURST_S,
    FAINT_DB,
    WORDLESS_DB,
    Voices,
    channel_voice,
    on_channels_apart,
    on_one_channel,
    with_further_voices,
    without_noise,
)
from tests.analyzers.speech.made import RATE_HZ, audio, heard_of, hum, voice

ENGINE = Engine("voice activity", "fake", "1", "fake")
LOUD = 0.5


class FakeDetector:
    """Hears what it is told to."""

    engine = ENGINE

    def __init__(self, *regions: tuple[Span, ...]) -> None:
        self.regions = regions

    def speech(self, audio: Audio, channel: int) -> tuple[Span, ...]:
        return self.regions[channel]


class FakeDiarizer:
    engine = ENGINE

    def __init__(self, found: Diarization) -> None:
        self.found = found

    def diarize(self, audio: Audio, channel: int) -> Diarization:
        return self.found


def below(decibels: float) -> float:
    """The amplitude that lies so many dB below `LOUD`."""
    return float(LOUD * 10 ** (-decibels / 20))


def line(*parts: tuple[float, float]) -> np.ndarray:
    """A channel of (amplitude, seconds) one after the other, with four syllables a second."""
    steady = np.concatenate([hum(seconds, amplitude) for amplitude, seconds in parts])
    return steady * (1 + 0.5 * np.sin(2 * np.pi * 4 * np.arange(len(steady)) / RATE_HZ))


def speech(channel: int, start_s: float, end_s: float, speaker: str | None = None) -> Speech:
    return Speech(Span(start_s, end_s), Party.OTHER, speaker or channel_voice(channel), channel)


def test_each_channel_is_a_voice() -> None:
    regions = (Span(1, 3), Span(6, 7)), (Span(2, 4),)
    call, detector = audio(voice(1, 10, regions[0]), voice(2, 10, regions[1])), FakeDetector(*regions)
    voices = on_channels_apart(call, detector)  # type: ignore[arg-type]
    expected = (speech(0, 1, 3), speech(1, 2, 4), speech(0, 6, 7))
    assert voices == Voices(expected, engines=(ENGINE,))
    assert voices.regions() == {0: (Span(1, 3), Span(6, 7)), 1: (Span(2, 4),)}
    assert voices.owner(1, Span(6, 7)) == "channel-1"


def test_noise_that_a_detector_calls_speech_is_none_and_said() -> None:
    noise = 0.1 * np.random.default_rng(1).standard_normal(10 * RATE_HZ)
    detector = FakeDetector((Span(1, 2), Span(3, 8.5)), (Span(1, 3),))
    voices = on_channels_apart(audio(noise, line((LOUD, 10))), detector)  # type: ignore[arg-type]
    limit = Limit("steady sounds", "6.5 s of steady sound: taken for noise, not heard")
    assert voices == Voices((speech(1, 1, 3),), engines=(ENGINE,), limits=(limit,))


FIRST, SECOND = (Span(0.5, 3), Span(7, 9)), (Span(3.5, 6.5), Span(8, 10))  # both at once from 8 to 9 s


def test_what_a_channel_hears_of_the_other_is_no_speech_of_its_own_and_said() -> None:
    own, other = voice(1, 11, FIRST), voice(2, 11, SECOND)
    detector = FakeDetector((FIRST[0], SECOND[0], Span(7, 10)), SECOND)
    voices = on_channels_apart(audio(own + heard_of(other, 18, 0.12), other), detector)  # type: ignore[arg-type]
    kept = [region for region in voices.speech if region.channel == 0]
    assert [region.span.start_s for region in kept] == [FIRST[0].start_s, FIRST[1].start_s]
    assert kept[1].span.end_s == pytest.approx(9, abs=0.1)
    assert [region.span for region in voices.speech if region.channel == 1] == list(SECOND)
    assert [limit.what for limit in voices.limits] == ["crosstalk"]
    said = r"channel 0 hears channel 1 \(18 dB fainter and 120 ms later\): [34]\.\d s of it are not taken for speech"
    assert re.fullmatch(said, voices.limits[0].because)


@pytest.mark.parametrize("louder", [0, 1])
def test_what_equal_channels_both_carry_is_left_on_the_louder_one(louder: int) -> None:
    sound = voice(1, 11, FIRST)
    lines = [voice(seed, 11, (Span(10.5, 10.6),)) + heard_of(sound, 1.0 * (seed - 2 != louder), 0) for seed in (2, 3)]
    voices = on_channels_apart(audio(*lines), FakeDetector(FIRST, FIRST))  # type: ignore[arg-type]
    assert [region for region in voices.speech if region.channel == louder] == [
        speech(louder, span.start_s, span.end_s) for span in FIRST
    ]
    assert not [region for region in voices.speech if region.channel != louder]


@pytest.mark.parametrize(("decibels", "heard"), [(FAINT_DB - 1, True), (FAINT_DB + 1, False)])
def test_background_far_below_a_channels_speech_is_left_out_and_said(decibels: float, heard: bool) -> None:
    call = audio(line((LOUD, 5), (below(decibels), 2)), line((below(30), 7)))
    regions = ((Span(0, 4.9), Span(5.1, 6.6)), (Span(1, 2),))  # the quiet line is not faint beside itself
    voices = on_channels_apart(call, FakeDetector(*regions))  # type: ignore[arg-type]
    because = f"1.5 s lie more than {FAINT_DB} dB below the channel's speech: taken for background, not heard"
    every = (speech(0, 0, 4.9), speech(1, 1, 2), speech(0, 5.1, 6.6))
    assert voices.speech == (every if heard else every[:2])
    assert voices.limits == (() if heard else (Limit("faint speech", because),))


def test_a_silent_recording_has_no_voices() -> None:
    call = audio(np.zeros(RATE_HZ), np.zeros(RATE_HZ))
    assert on_channels_apart(call, FakeDetector((), ())) == Voices((), engines=(ENGINE,))  # type: ignore[arg-type]


def test_digital_silence_that_a_detector_calls_speech_has_a_level_too() -> None:
    call = audio(np.zeros(4 * RATE_HZ), line((LOUD, 4)))
    voices = on_channels_apart(call, FakeDetector((Span(1, 1.2),), (Span(1, 2),)))  # type: ignore[arg-type]
    assert voices.speech == (speech(0, 1, 1.2), speech(1, 1, 2))


@pytest.mark.parametrize(
    ("wordless", "is_noise"),
    [
        (Span(6, 6 + BURST_S - 0.01), True),
        (Span(6, 7), False),
        (Span(8.1, 9), True),
    ],
    ids=["a burst", "as loud as the rest", "quiet"],
)
def test_wordless_sounds_are_noise_when_short_or_quiet(wordless: Span, is_noise: bool) -> None:
    call = audio(line((LOUD, 8), (below(WORDLESS_DB + 2), 2)))
    voices = Voices((speech(0, 0, 5), speech(0, wordless.start_s, wordless.end_s)))
    left = without_noise(call, voices, [(0, wordless)])
    assert left.speech == (voices.speech[:1] if is_noise else voices.speech)


def test_noise_is_cut_out_of_speech_and_said() -> None:
    call = audio(line((LOUD, 4), (below(WORDLESS_DB + 2), 2), (LOUD, 4)))
    left = without_noise(call, Voices((speech(0, 0, 10),)), [(0, Span(4, 6)), (0, Span(8, 8.1))])
    because = "2.1 s of short or quiet sounds without words: taken for noise"
    assert left == Voices(
        (speech(0, 0, 4), speech(0, 6, 8), speech(0, 8.1, 10)), limits=(Limit("wordless sounds", because),)
    )


def test_noise_on_one_channel_leaves_the_other_alone() -> None:
    call = audio(line((LOUD, 4)), line((LOUD, 4)))
    voices = Voices((speech(0, 1, 1.2), speech(1, 1, 1.2)))
    assert without_noise(call, voices, [(0, Span(1, 1.2))]).speech == (speech(1, 1, 1.2),)


SHARED = Diarization(
    speech=((Span(0, 3), "A"), (Span(2, 5), "B"), (Span(6, 7), "A")),
    exclusive=((Span(0, 2.5), "A"), (Span(2.5, 5), "B"), (Span(6, 7), "A")),
)


def test_the_voices_of_one_channel_may_overlap() -> None:
    voices = on_one_channel(audio(line((LOUD, 8))), FakeDiarizer(SHARED))  # type: ignore[arg-type]
    expected = (speech(0, 0, 3, "A"), speech(0, 2, 5, "B"), speech(0, 6, 7, "A"))
    assert voices == Voices(expected, SHARED.exclusive, (ENGINE,))
    assert voices.regions() == {0: (Span(0, 5), Span(6, 7))}


@pytest.mark.parametrize(
    ("span", "owner"),
    [
        (Span(1, 2), "A"),
        (Span(2.2, 2.6), "A"),
        (Span(2.3, 3), "B"),
        (Span(5.1, 5.3), "B"),
        (Span(5.7, 5.9), "A"),
        (Span(7.5, 9), "A"),
        (Span(3, 3), "B"),
    ],
)
def test_a_word_belongs_to_the_voice_it_overlaps_most_else_the_nearest(span: Span, owner: str) -> None:
    assert Voices((), SHARED.exclusive).owner(0, span) == owner


@settings(max_examples=100)
@given(
    st.lists(st.floats(0, 60), min_size=2, max_size=20, unique=True),
    st.floats(0, 60),
    st.floats(0.01, 30),
)
def test_the_owner_is_the_one_that_a_search_of_all_would_find(
    edges: list[float], start_s: float, length_s: float
) -> None:
    ordered = sorted(edges)
    spans = [Span(a, b) for a, b in zip(ordered[::2], ordered[1::2], strict=False)]
    owners = tuple((span, f"voice-{i}") for i, span in enumerate(spans))
    said = Span(start_s, start_s + length_s)
    owner = Voices((), owners).owner(0, said)
    best = max(span.overlap_s(said) for span in spans)
    span = spans[int(owner.removeprefix("voice-"))]
    assert span.overlap_s(said) == pytest.approx(best)
    if best == 0:
        distances = [max(s.start_s - said.middle_s, said.middle_s - s.end_s) for s in spans]
        assert max(span.start_s - said.middle_s, said.middle_s - span.end_s) == pytest.approx(min(distances))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(0, 8), st.floats(0.02, 1.9)), max_size=8))
def test_what_is_left_is_part_of_what_there_was(wordless: list[tuple[float, float]]) -> None:
    call = audio(line((LOUD, 5), (below(12), 5)))
    voices = Voices((speech(0, 0, 4), speech(0, 4.5, 9)))
    noise = [(0, Span(start_s, start_s + length_s)) for start_s, length_s in wordless]
    left = without_noise(call, voices, noise)
    assert all(any(region.span.within(s.span) == region.span for s in voices.speech) for region in left.speech)
    gone_s = sum(s.span.duration_s for s in voices.speech) - sum(s.span.duration_s for s in left.speech)
    assert -1e-9 <= gone_s <= sum(span.duration_s for span in union(span for _, span in noise)) + 1e-9


@pytest.mark.slow
def test_a_real_call_with_leak_both_ways_is_heard_as_without(tmp_path: Path) -> None:
    source = weights.resolve(weights.DEFAULT, weights.SEGMENTATION, weights.cache_folder(None))
    detector = segmentation.load(source, "cpu")
    with decode(Path(__file__).parents[3] / "samples/inbox/zh-exemplary.flac", tmp_path) as call:
        agent, customer = (call.read(channel, Span(0, call.duration_s)) for channel in (0, 1))
        clean = on_channels_apart(call, detector)
    leaking = audio(agent + heard_of(customer, 20, 0.003), customer + heard_of(agent, 20, 0.12))
    voices = on_channels_apart(leaking, detector)
    assert [(heard.channel, round(heard.below_db), round(heard.delay_s, 3)) for heard in voices.crosstalk] == [
        (0, 20, 0.003),
        (1, 20, 0.12),
    ]
    for channel, spans in clean.regions().items():
        found = voices.regions()[channel]
        true_s = sum(span.duration_s for span in spans)
        assert sum(gap.duration_s for span in spans for gap in gaps(found, span)) < 0.03 * true_s
        assert sum(gap.duration_s for span in found for gap in gaps(spans, span)) < 0.03 * true_s


def test_a_second_agent_after_a_transfer_is_a_voice_of_its_own_with_its_own_words() -> None:
    speech = (
        Speech(Span(0, 10), Party.OTHER, "channel-0"),
        Speech(Span(10, 12), Party.OTHER, "channel-1", 1),
        Speech(Span(30, 45), Party.OTHER, "channel-0"),
    )
    further = {0: ((Span(0, 10), 0), (Span(30, 45), 1)), 1: ((Span(10, 12), 0),)}
    voices = with_further_voices(audio([0], [0]), Voices(speech), lambda _audio, channel, _spans: further[channel])
    assert [region.speaker for region in voices.speech] == ["channel-0", "channel-1", "channel-0-voice-2"]
    words = [(0, Span(1, 2)), (0, Span(14, 15)), (0, Span(28, 29)), (0, Span(40, 41)), (1, Span(40, 41))]
    owners = [voices.owner(channel, span) for channel, span in words]
    assert owners == ["channel-0", "channel-0", "channel-0-voice-2", "channel-0-voice-2", "channel-1"]


def test_a_channel_with_one_voice_stays_as_it_is() -> None:
    speech = (Speech(Span(0, 10), Party.OTHER, "channel-0"), Speech(Span(12, 15), Party.OTHER, "channel-0"))
    voices = Voices(speech)
    assert with_further_voices(audio([0]), voices, one_voice) == voices
