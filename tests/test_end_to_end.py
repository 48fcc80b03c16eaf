"""Real engines on the sample calls: what is heard is what was said, and silence says nothing.

Synthetic speech is far easier to recognise than people: these tests show that the parts work together,
not how accurate they are (see benchmarks/).
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import pytest
import soundfile
import torch
from pyannote.core import Annotation, Segment
from pyannote.metrics.diarization import DiarizationErrorRate

from analyzers.analyze import MEASURE_NAMES, ROLE_CONFIDENCE, analyze
from analyzers.conversation import PARTIES, Conversation, Party, Span, gaps, intersection, union
from analyzers.floor import BREATH_S
from analyzers.measure import Measure
from analyzers.roles import with_roles
from analyzers.speech import campplus, segmentation, weights
from analyzers.speech.audio import decode, probe
from analyzers.speech.hallucinations import CREDITS, letters
from analyzers.speech.hear import NOBODY, hear
from analyzers.speech.options import HearingOptions
from analyzers.speech.recordings import Recording
from analyzers.speech.shelf import from_json, to_json
from analyzers.units import spoken_units, units_of
from rubrics.finding import Finding, Verdict
from rubrics.judge import judge
from rubrics.load import load_rubrics

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parents[1] / "samples"
RATE_HZ = 8000
RUDE = ("zh-rude", "en-rude")
STEREO = (*RUDE, "zh-dead-air")
MONO = "en-mono-support"
CALLS = (*STEREO, MONO)
ZH_DIGITS = str.maketrans("零一二两三四五六七八九", "01223456789")


@cache
def truth(name: str) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads((SAMPLES / "truth" / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@cache
def heard(name: str) -> Conversation:
    """A sample call, heard once for all tests, with no word of metadata."""
    return hear_call(SAMPLES / "inbox" / f"{name}.flac", HearingOptions())


def hear_call(path: Path, options: HearingOptions) -> Conversation:
    return with_roles(hear(recording(path), options))


def recording(path: Path) -> Recording:
    info = probe(path)
    return Recording(path.stem, "0" * 64, str(path), info.duration_s, info.sample_rate_hz, info.channels, info.codec)


def told(name: str, party: Party) -> tuple[Span, ...]:
    return union(Span(t["start_s"], t["end_s"]) for t in truth(name)["turns"] if t["party"] == party)


def length_s(spans: tuple[Span, ...]) -> float:
    return sum(span.duration_s for span in spans)


def measures(name: str) -> dict[tuple[str, Party | None], Measure]:
    return {(measure.name, measure.party): measure for measure in analyze(heard(name))}


def folder(default: weights.WeightSet) -> str:
    return weights.resolve(weights.DEFAULT, default, weights.cache_folder())


@pytest.mark.parametrize("name", STEREO)
@pytest.mark.parametrize("party", PARTIES)
def test_speech_is_found_where_it_is_and_not_elsewhere(name: str, party: Party) -> None:
    spoken, found = told(name, party), heard(name).speech_of(party)
    # The truth marks whole lines, with the breaths in them.
    assert length_s(intersection(spoken, union(found, bridge_s=BREATH_S))) >= 0.9 * length_s(spoken)
    false = [part for span in found for part in gaps(spoken, span)]
    assert length_s(tuple(false)) < 0.05 * length_s(spoken)


@pytest.mark.parametrize("name", CALLS)
def test_hardly_any_speech_is_left_without_words(name: str) -> None:
    coverage = heard(name).speech_coverage
    assert coverage is not None
    assert coverage > 0.97


@pytest.mark.parametrize("name", CALLS)
def test_the_language_is_heard(name: str) -> None:
    assert heard(name).language == truth(name)["language"]


@pytest.mark.parametrize("name", STEREO)
def test_the_words_are_those_that_were_said(name: str) -> None:
    said = [" ".join(turn["text"] for turn in truth(name)["turns"] if turn["party"] == party) for party in PARTIES]
    found = [" ".join(units_of(heard(name).words_of(party))).translate(ZH_DIGITS) for party in PARTIES]
    expected = [" ".join(spoken_units(text.translate(ZH_DIGITS))) for text in said]
    assert jiwer.wer(expected, found) < 0.15  # a unit is a Hanzi or an English word


@pytest.mark.parametrize("name", STEREO)
def test_the_agent_is_found_by_what_is_said(name: str) -> None:
    call = heard(name)
    assert {speech.channel: speech.party for speech in call.speech} == {0: Party.AGENT, 1: Party.CUSTOMER}
    assert call.roles.source == "content"
    assert call.roles.confidence > 0.95


def test_the_voices_of_a_mono_call_are_told_apart() -> None:
    call, turns = heard(MONO), truth(MONO)["turns"]
    expected, found = Annotation(), Annotation()
    for i, turn in enumerate(turns):
        expected[Segment(turn["start_s"], turn["end_s"]), i] = turn["party"]
    for i, speech in enumerate(call.speech):
        found[Segment(speech.span.start_s, speech.span.end_s), i] = speech.speaker
    assert DiarizationErrorRate()(expected, found, uem=Segment(0, call.recording.duration_s)) < 0.3
    assert call.diarized


def nearest(time_s: float) -> str:
    """Whose turn of the mono call it is at a time, or is next to it."""
    turns = truth(MONO)["turns"]
    turn = min(turns, key=lambda turn: max(turn["start_s"] - time_s, time_s - turn["end_s"], 0.0))
    return str(turn["party"])


def test_the_words_of_a_mono_call_go_to_who_said_them() -> None:
    call = heard(MONO)
    right = [word for word in call.words if nearest(word.span.middle_s) == word.party]
    assert len(right) >= 0.9 * len(call.words)
    assert "calling" in {word.text.strip(".,") for word in call.words_of(Party.AGENT)}


@pytest.mark.parametrize("name", RUDE)
def test_interruptions_by_the_agent_are_counted(name: str) -> None:
    found = measures(name)
    assert found["interruptions.count", Party.AGENT].value == truth(name)["expect"]["interruptions_by_agent"] == 3
    assert found["interruptions.count", Party.CUSTOMER].value == 0


def test_dead_air_is_counted() -> None:
    dead_air = measures("zh-dead-air")["silence.dead_air_count", None]
    assert dead_air.value == truth("zh-dead-air")["expect"]["dead_air"] == 2
    for evidence, silence in zip(dead_air.evidence, truth("zh-dead-air")["silences_3s"], strict=True):
        assert evidence.span.start_s == pytest.approx(silence["start_s"], abs=0.3)
        assert evidence.span.end_s == pytest.approx(silence["end_s"], abs=0.3)


def forbidden(name: str) -> list[Finding]:
    call = heard(name)
    findings = judge(call, analyze(call), load_rubrics())
    return [one for one in findings if one.rubric == "forbidden_phrases" and one.verdict is Verdict.FLAG]


@pytest.mark.parametrize("name", RUDE)
def test_forbidden_phrases_are_found_through_the_recogniser(name: str) -> None:
    evidence = [evidence for finding in forbidden(name) for evidence in finding.evidence]
    assert {one.party for one in evidence} == {Party.AGENT}
    for phrase in truth(name)["expect"]["forbidden"]:
        turn = next(turn for turn in truth(name)["turns"] if phrase in turn["text"].lower())
        said = Span(turn["start_s"], turn["end_s"])
        assert any(letters(phrase) in letters(e.quote) and said.overlap_s(e.span) > 0 for e in evidence), phrase


@pytest.mark.parametrize("name", ["zh-dead-air", MONO])
def test_a_civil_call_has_no_forbidden_phrases(name: str) -> None:
    assert forbidden(name) == []


def test_all_numbers_are_plain_and_survive_the_shelf() -> None:
    call = heard(MONO)
    kept = from_json(json.loads(json.dumps(to_json(call))))  # json refuses numpy's numbers
    assert [word.text for word in kept.words] == [word.text for word in call.words]
    assert {type(edge) for speech in call.speech for edge in (speech.span.start_s, speech.span.end_s)} == {float}
    assert {type(edge) for word in call.words for edge in (word.span.start_s, word.span.end_s)} == {float}


def cut(name: str, turn: int, path: Path, channels: int, seconds: float | None = None) -> Path:
    """One turn of a sample call as a recording of its own, with a second of silence on either side."""
    said = truth(name)["turns"][turn]
    end_s = said["end_s"] if seconds is None else said["start_s"] + seconds
    with decode(SAMPLES / "inbox" / f"{name}.flac", path.parent) as audio:
        channel = audio.channels - 1 if said["party"] == "customer" else 0
        samples = np.pad(audio.read(channel, Span(said["start_s"], end_s), RATE_HZ), RATE_HZ)
    soundfile.write(path, np.stack([samples, *[np.zeros_like(samples)] * (channels - 1)], axis=1), RATE_HZ)
    return path


def test_the_same_call_is_heard_the_same_way_twice(tmp_path: Path) -> None:
    path = cut("en-rude", 8, tmp_path / "call.wav", 2)
    one, other = (hear_call(path, HearingOptions()) for _ in range(2))
    assert one == other
    assert one.words != ()


NOISE = np.random.default_rng(0)
QUIET = {
    "silence": np.zeros(10 * RATE_HZ),
    "white noise": 0.1 * NOISE.standard_normal(20 * RATE_HZ),
    "faint noise": 0.001 * NOISE.standard_normal(20 * RATE_HZ),
    "a tone": 0.3 * np.sin(2 * np.pi * 440 * np.arange(20 * RATE_HZ) / RATE_HZ),
    "clicks": np.where(np.arange(20 * RATE_HZ) % RATE_HZ < 40, 0.8, 0.0) * NOISE.standard_normal(20 * RATE_HZ),
    "a tenth of a second": np.zeros(RATE_HZ // 10),
}


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("kind", QUIET)
def test_nothing_is_heard_where_nobody_speaks(kind: str, channels: int, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    loud = [np.roll(QUIET[kind], 1000 * i) * (-1) ** i for i in range(channels)]
    soundfile.write(path, np.stack(loud, axis=1).clip(-1, 1), RATE_HZ)
    call = hear_call(path, HearingOptions())
    assert (call.words, call.turns, call.speech_coverage) == ((), (), None)
    assert NOBODY in call.limits
    assert {measure.name for measure in analyze(call)} == MEASURE_NAMES


@pytest.mark.parametrize("channels", [1, 2])
def test_a_call_of_one_word_is_a_call(channels: int, tmp_path: Path) -> None:
    path = cut("en-rude", 0, tmp_path / "call.wav", channels, seconds=0.45)  # "Yeah,"
    call = hear_call(path, HearingOptions(language="en"))
    assert letters(call.words[0].text) == "yeah"
    assert len(call.words) <= 2  # the cut leaves the first sound of "what"
    assert call.recording.span.within(call.words[0].span) == call.words[0].span
    assert call.roles.confidence < ROLE_CONFIDENCE
    assert {measure.name for measure in analyze(call)} == MEASURE_NAMES


@pytest.mark.parametrize("channels", [1, 2])
def test_a_hum_is_no_film_credit(channels: int, tmp_path: Path) -> None:
    path = cut(MONO, 6, tmp_path / "call.wav", channels)  # "Mm hmm."
    call = hear_call(path, HearingOptions(language="en"))
    assert len(call.words) <= 3
    assert not CREDITS.search(letters("".join(word.text for word in call.words)))


def test_a_voice_is_nearer_to_itself_than_to_another(tmp_path: Path) -> None:
    voices = campplus.load(folder(weights.EMBEDDING), "cpu")
    vectors: dict[str, list[torch.Tensor]] = {"agent": [], "customer": []}
    with decode(SAMPLES / "inbox" / "zh-rude.flac", tmp_path) as audio, torch.inference_mode():
        for turn in truth("zh-rude")["turns"][1:7]:
            samples = audio.read(int(turn["party"] == "customer"), Span(turn["start_s"], turn["end_s"]))
            vectors[turn["party"]].append(voices(torch.from_numpy(samples)[None, None])[0])

    def nearness(these: list[torch.Tensor], those: list[torch.Tensor]) -> list[float]:
        return [torch.cosine_similarity(a, b, dim=0).item() for a in these for b in those if a is not b]

    same = [*nearness(vectors["agent"], vectors["agent"]), *nearness(vectors["customer"], vectors["customer"])]
    assert min(same) > max(nearness(vectors["agent"], vectors["customer"]))


def test_the_segmentation_model_gives_a_probability_for_every_set_of_voices() -> None:
    model = segmentation.load(folder(weights.SEGMENTATION), "cpu").model
    with torch.inference_mode():
        answer = model(torch.zeros(2, 1, 10 * 16_000)).exp()
    assert answer.shape[0] == 2
    assert answer.shape[2] == 7  # nobody, three voices, three pairs of them
    torch.testing.assert_close(answer.sum(-1), torch.ones(answer.shape[:2]))


def test_the_engines_say_who_they_are() -> None:
    stereo, mono = heard("zh-rude"), heard(MONO)
    assert [engine.job for engine in stereo.engines] == ["voice activity", "transcription"]
    assert [engine.job for engine in mono.engines] == ["diarization", "transcription"]
    assert all(engine.version and engine.model and engine.options for engine in (*stereo.engines, *mono.engines))
    assert replace(stereo, engines=()) != stereo
