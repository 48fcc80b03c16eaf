"""Hearing put together: real audio in a file, engines that say what they are told."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from analyzers.conversation import Engine, Limit, Metadata, Party, Recording, SoundKind, Span, Speech, Turn, Word
from analyzers.roles import with_roles
from analyzers.speech import hear as hearing
from analyzers.speech.audio import Audio, RecordingCode, RecordingError
from analyzers.speech.diarization import Diarization, one_voice
from analyzers.speech.hallucinations import HeardWord
from analyzers.speech.options import HearingOptions
from analyzers.speech.packing import PAD_S
from analyzers.speech.voices import Voices

RATE_HZ = 8000
OPTIONS = HearingOptions(language="en")
ENGINES = tuple(Engine(job, "fake", "1", "fake") for job in ("voice activity", "diarization", "transcription"))


class FakeEngines:
    """Detector, diarizer and recogniser in one: regions by channel, and what is said in each window."""

    def __init__(self, regions: Mapping[int, tuple[Span, ...]], said: Mapping[int, str], shared: Diarization) -> None:
        self.regions, self.said, self.shared = regions, said, shared
        self.engine = ENGINES[0]

    def speech(self, audio: Audio, channel: int) -> tuple[Span, ...]:
        return self.regions.get(channel, ())

    def diarize(self, audio: Audio, channel: int) -> Diarization:
        return self.shared

    def prompts(self, language: str) -> tuple[str, ...]:
        return ()

    def languages(self, window: np.ndarray) -> Mapping[str, float]:
        return {"en": 0.9, "zh": 0.1}

    def transcribe(self, windows: Iterable[np.ndarray], language: str) -> Iterator[tuple[HeardWord, ...]]:
        for i, _ in enumerate(windows):
            text = self.said.get(i, "")
            yield tuple(
                HeardWord(word, Span(PAD_S + 0.5 * j, PAD_S + 0.5 * j + 0.5), 0.9)
                for j, word in enumerate(text.split())
            )

    def transcribe_alone(self, window: np.ndarray, language: str) -> tuple[HeardWord, ...]:
        return ()


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Call":
    return Call(tmp_path / "call.wav", monkeypatch)


class Call:
    """A recording of steady tones, and engines that hear words in it."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, self.monkeypatch = path, monkeypatch

    def heard(
        self,
        *channels: np.ndarray,
        regions: Mapping[int, tuple[Span, ...]] | None = None,
        said: Mapping[int, str] | None = None,
        shared: Diarization = Diarization((), ()),  # noqa: B008 - frozen
        options: HearingOptions = OPTIONS,
        told: int | None = None,
        **metadata: object,
    ) -> hearing.Conversation:
        soundfile.write(self.path, np.stack(channels, axis=1), RATE_HZ)
        engines = FakeEngines(regions or {}, said or {}, shared)
        for name in ("_detector", "_diarizer", "_recogniser"):
            self.monkeypatch.setattr(hearing, name, lambda options: engines)
        self.monkeypatch.setattr(hearing, "_apart", lambda options: one_voice)
        return with_roles(hearing.hear(self.recording(len(channels), **metadata), options), told)

    def recording(self, channels: int, **metadata: object) -> Recording:
        described = Metadata(**metadata)  # type: ignore[arg-type]
        return Recording("call-1", "0" * 64, str(self.path), 0.0, RATE_HZ, channels, "pcm_s16le", described)


def tone(hz: float, seconds: float = 10.0, amplitude: float = 0.5) -> np.ndarray:
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return amplitude * syllables(seconds) * np.sin(2 * np.pi * hz * time_s)


def near(word: Word) -> Word:
    return replace(word, span=Span(round(word.span.start_s, 3), round(word.span.end_s, 3)))


def rush(seed: int) -> np.ndarray:
    """Noise as loud as speech, rising and falling as speech does: neither words nor music."""
    return 0.1 * np.random.default_rng(seed).standard_normal(10 * RATE_HZ) * syllables(10.0)


def syllables(seconds: float) -> np.ndarray:
    """Four a second."""
    return 0.75 + 0.25 * np.sin(2 * np.pi * 4 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


STEREO = {0: (Span(1, 2),), 1: (Span(3, 4),)}


def test_a_stereo_call_becomes_a_document(call: Call) -> None:
    heard = call.heard(tone(300), tone(500), regions=STEREO, said={0: "my order", 1: "this is"}, agent_channel=1)
    assert heard.recording.duration_s == 10.0
    assert heard.language == "en"
    assert tuple(map(near, heard.words)) == (
        Word(Span(1, 1.5), "my", Party.CUSTOMER, 0.9, 0, "my", "channel-0"),
        Word(Span(1.5, 2), "order", Party.CUSTOMER, 0.9, 0, "order", "channel-0"),
        Word(Span(3, 3.5), "this", Party.AGENT, 0.9, 1, "this", "channel-1"),
        Word(Span(3.5, 4), "is", Party.AGENT, 0.9, 1, "is", "channel-1"),
    )
    assert heard.speech == (
        Speech(Span(1, 2), Party.CUSTOMER, "channel-0", 0),
        Speech(Span(3, 4), Party.AGENT, "channel-1", 1),
    )
    assert heard.turns == (
        Turn(Span(1, 2), Party.CUSTOMER, "channel-0"),
        Turn(Span(3, 4), Party.AGENT, "channel-1"),
    )
    assert (heard.roles.source, heard.roles.confidence) == ("metadata", 1.0)
    assert (heard.unintelligible, heard.limits, heard.speech_coverage) == ((), (), 1.0)
    assert {(track.name, track.channel) for track in heard.tracks} >= {("level", 0), ("level", 1)}


def test_metadata_comes_before_settings_and_settings_before_what_is_said(call: Call) -> None:
    said = {0: "how may i help you", 1: "i ordered a kettle"}
    by_content = call.heard(tone(300), tone(500), regions=STEREO, said=said)
    by_settings = call.heard(tone(300), tone(500), regions=STEREO, said=said, told=1)
    by_metadata = call.heard(tone(300), tone(500), regions=STEREO, said=said, told=1, agent_channel=0)
    assert [c.roles.source for c in (by_content, by_settings, by_metadata)] == ["content", "settings", "metadata"]
    assert [c.words[0].party for c in (by_content, by_settings, by_metadata)] == [
        Party.AGENT,
        Party.CUSTOMER,
        Party.AGENT,
    ]


def test_the_language_is_the_metadatas_then_the_settings_then_what_is_heard(call: Call) -> None:
    unset = HearingOptions()
    heard = [
        call.heard(tone(300), tone(500), regions=STEREO, said={0: "hi"}, options=options, **metadata)
        for options, metadata in ((OPTIONS, {"language": "zh"}), (replace(unset, language="zh"), {}), (unset, {}))
    ]
    assert [one.language for one in heard] == ["zh", "zh", "en"]


def test_speech_without_words_is_kept_as_unintelligible(call: Call) -> None:
    regions = {0: (Span(1, 2), Span(6, 8)), 1: (Span(3, 4),)}
    heard = call.heard(rush(1), rush(2), regions=regions, said={0: "hello there", 1: "yes yes"})
    assert heard.unintelligible == (Speech(Span(6, 8), Party.AGENT, "channel-0", 0),)
    assert heard.speech_coverage == pytest.approx(0.5)


def test_speech_without_words_in_a_tone_was_the_tone(call: Call) -> None:
    regions = {0: (Span(1, 2), Span(6, 8)), 1: (Span(3, 4),)}
    heard = call.heard(tone(450), rush(2), regions=regions, said={0: "hello there", 1: "yes yes"})
    assert heard.speech_of(Party.AGENT) == (Span(1, 2),)
    assert heard.unintelligible == ()
    assert {(sound.kind, sound.channel) for sound in heard.sounds} == {(SoundKind.RINGING, 0)}
    assert not any(sound.span.overlap_s(Span(1, 2)) for sound in heard.sounds)


def test_a_burst_without_words_is_no_speech(call: Call) -> None:
    regions = {0: (Span(1, 2), Span(6, 6.2)), 1: (Span(3, 4), Span(7, 7.2))}
    heard = call.heard(tone(300), tone(500), regions=regions, said={0: "hello there", 1: "yes yes"})
    assert [region.span for region in heard.speech] == [Span(1, 2), Span(3, 4)]
    assert heard.unintelligible == ()
    assert heard.limits == (Limit("wordless sounds", "0.4 s of short or quiet sounds without words: taken for noise"),)


def test_nobody_speaks_and_that_is_said(call: Call) -> None:
    heard = call.heard(tone(300, amplitude=0.0), tone(300, amplitude=0.0))
    assert (heard.words, heard.speech, heard.turns, heard.speech_coverage) == ((), (), (), None)
    assert heard.limits == (hearing.NOBODY,)
    assert heard.roles.confidence < 0.8


def test_a_third_channel_is_somebody_else(call: Call) -> None:
    regions = {0: (Span(1, 3),), 1: (Span(4, 6),), 2: (Span(7, 8),)}
    said = {0: "how may i help you", 1: "i ordered a kettle", 2: "please"}
    heard = call.heard(tone(300), tone(500), tone(700), regions=regions, said=said)
    assert [region.party for region in heard.speech] == [Party.AGENT, Party.CUSTOMER, Party.OTHER]


SHARED = Diarization(
    ((Span(1, 3), "A"), (Span(2.5, 5), "B")),
    ((Span(1, 3), "A"), (Span(3, 5), "B")),
)
BOTH = {0: "how may i help i ordered a kettle"}


@pytest.mark.parametrize("copies", [1, 2])
def test_a_mono_call_is_told_apart_also_when_written_twice(call: Call, copies: int) -> None:
    heard = call.heard(*[tone(300)] * copies, said=BOTH, shared=SHARED, agent_channel=1)
    assert [word.text for word in heard.words_of(Party.AGENT)] == ["how", "may", "i", "help"]
    assert [word.text for word in heard.words_of(Party.CUSTOMER)] == ["i", "ordered", "a", "kettle"]
    assert heard.speech == (Speech(Span(1, 3), Party.AGENT, "A"), Speech(Span(2.5, 5), Party.CUSTOMER, "B"))
    assert heard.diarized
    assert heard.roles.source == "content"
    assert heard.limits == ((hearing.ONE_SIGNAL,) if copies == 2 else ())


def test_a_file_that_is_no_audio_is_named(call: Call) -> None:
    call.path.write_text("no audio at all, but some text")
    with pytest.raises(RecordingError, match=r"call\.wav") as raised:
        hearing.hear(call.recording(2), OPTIONS)
    assert raised.value.code is RecordingCode.NOT_AUDIO


VOICEMAIL = {0: (Span(1, 4),)}


@pytest.mark.parametrize(("amplitude", "dbfs"), [(0.0, -100), (0.001, -65)])
def test_a_channel_that_nobody_speaks_on_is_said(call: Call, amplitude: float, dbfs: int) -> None:
    heard = call.heard(tone(300), tone(50, amplitude=amplitude), regions=VOICEMAIL, said={0: "hello there"})
    assert [region.speaker for region in heard.speech] == ["channel-0"]
    because = f"nobody speaks on channel 1 (its level is {dbfs} dBFS)"
    assert [limit for limit in heard.limits if limit.what == "channels"] == [Limit("channels", because)]


def test_voices_that_share_the_living_channel_are_told_apart(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    both = tuple(Speech(Span(s, s + 1), Party.OTHER, f"channel-1-voice-{s}", 1) for s in (1, 2))
    monkeypatch.setattr(hearing, "on_channels_apart", lambda *_: Voices(both, engines=(ENGINES[0],)))
    told_apart = ((Span(1, 2.2), "SPEAKER_00"), (Span(2, 3), "SPEAKER_01"))
    heard = call.heard(
        tone(300, amplitude=0), tone(500), said={0: "one two"}, shared=Diarization(told_apart, told_apart)
    )
    assert [(region.speaker, region.channel) for region in heard.speech] == [("SPEAKER_00", 1), ("SPEAKER_01", 1)]
    because = "nobody speaks on channel 0 (its level is -100 dBFS): several voices share channel 1"
    assert Limit("channels", f"{because}, told apart by diarization") in heard.limits


def test_every_channels_signal_is_measured(call: Call) -> None:
    cut = tone(500)
    cut[round(3.4 * RATE_HZ) : round(3.5 * RATE_HZ)] = 0
    heard = call.heard(tone(300), cut, regions={0: (Span(5, 8),), 1: (Span(3, 4),)}, said={0: "a b", 1: "c d"})
    assert [signal.channel for signal in heard.signals] == [0, 1]
    assert [signal.dropouts for signal in heard.signals] == [(), (Span(3.4, 3.5),)]
    assert heard.signals[1].bandwidth_hz is None  # one second of speech is too little to tell
