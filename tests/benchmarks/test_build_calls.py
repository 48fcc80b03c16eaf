"""Built calls: what is planned is in the samples and in the truth, and the analyzers find it there."""

import csv
import json
import wave
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analyzers import interruptions, silence, volume
from analyzers.analyze import analyze
from analyzers.conversation import PARTIES, Party, Recording, Span
from analyzers.measure import Measure
from analyzers.roles import with_roles
from analyzers.speech.acoustics import channel_tracks
from analyzers.speech.audio import decode
from analyzers.speech.hear import hear
from analyzers.speech.options import HearingOptions
from benchmarks.build_calls.__main__ import main
from benchmarks.build_calls.circuit import CIRCUITS, Band, Circuit, Layout, in_band, recorded
from benchmarks.build_calls.plan import EVENTS, Event, Line, Plan, planned, read_plan
from benchmarks.build_calls.render import place, render, truth, write
from benchmarks.build_calls.utterances import (
    Clip,
    Utterance,
    UtterancesError,
    find_utterances,
    first_part,
    load,
)
from benchmarks.evaluation.tried import reference
from benchmarks.evaluation.truth import TruthFiles

SAMPLES = Path(__file__).parents[2] / "samples"
AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER
RATE_HZ = 8000
CLEAN = CIRCUITS["clean"]


def write_wav(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())


def cut_turns(call: str, folder: Path) -> None:
    """The turns of a sample call that nobody talks into, as utterances in a folder per voice."""
    known = json.loads((SAMPLES / "truth" / f"{call}.json").read_text("utf-8"))
    with decode(SAMPLES / "inbox" / f"{call}.flac", folder) as audio:
        for i, turn in enumerate(known["turns"]):
            span = Span(turn["start_s"] - 0.05, turn["end_s"] + 0.05)
            if not turn["cut_short"] and not any(
                span.overlap_s(Span(o["start_s"], o["end_s"])) for o in known["overlaps"]
            ):
                channel = 0 if turn["party"] == "agent" else 1
                name = folder / f"{call}-{turn['party']}" / f"{i:02}.wav"
                write_wav(name, audio.read(channel, span, RATE_HZ))
                name.with_suffix(".txt").write_text(turn["text"], "utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Utterances of two Mandarin and two English voices."""
    cut = tmp_path_factory.mktemp("utterances")
    cut_turns("zh-exemplary", cut)
    cut_turns("en-exemplary", cut)
    return cut


@pytest.fixture(scope="module")
def voices(folder: Path) -> dict[Party, tuple[Clip, ...]]:
    """Two voices that announce no hold: after that, no silence is dead air."""
    utterances = [u for u in find_utterances(folder) if not any(phrase in u.text for phrase in silence.HOLD_PHRASES)]
    return {
        party: tuple(load(each, CLEAN) for each in utterances if each.speaker == f"zh-exemplary-{party}")
        for party in PARTIES
    }


def clips_of(voices: dict[Party, tuple[Clip, ...]]) -> dict[str, Clip]:
    return {clip.utterance.name: clip for clips in voices.values() for clip in clips}


def burst(name: str, seconds: float, rate_hz: int = RATE_HZ, text: str = "one two three four five six seven") -> Clip:
    """A clip of noise with an RMS of 1."""
    samples = np.random.default_rng(len(name)).choice([-1.0, 1.0], round(seconds * rate_hz))
    return Clip(Utterance(name, Path(name), name[0], text, "en"), samples, rate_hz, 0.0)


def plan_of(*lines: Line, circuit: Circuit = CLEAN) -> Plan:
    return Plan("call", "en", 1, circuit, lines)


# --- utterances


def test_the_three_layouts_of_a_folder(tmp_path: Path) -> None:
    for name in ("own/S1/a.wav", "aishell/wav/S0002/B1.wav", "libri/84/121/84-121-0000.wav", "table/x.wav"):
        write_wav(tmp_path / name, np.zeros(800))
    (tmp_path / "own/S1/a.txt").write_text("Hello  there.\n")
    (tmp_path / "aishell/t.txt").write_text("B1 而 对 楼市\nB2 没有 录音\n", "utf-8")
    (tmp_path / "libri/84/121/84-121.trans.txt").write_text("84-121-0000 GO DO YOU HEAR\n")
    (tmp_path / "table/utterances.csv").write_text("file,speaker,text,language\nx.wav,S9,guten Tag,de\n")
    found = [find_utterances(tmp_path / each)[0] for each in ("own", "aishell", "libri", "table")]
    assert [(each.name, each.speaker, each.text, each.language) for each in found] == [
        ("S1/a.wav", "S1", "Hello there.", "en"),
        ("wav/S0002/B1.wav", "S0002", "而对楼市", "zh"),
        ("84/121/84-121-0000.wav", "84", "GO DO YOU HEAR", "en"),
        ("x.wav", "S9", "guten Tag", "de"),
    ]


def test_a_folder_without_texts_says_what_is_expected(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.zeros(800))
    with pytest.raises(UtterancesError, match=r"no audio with a text, expected utterances\.csv"):
        find_utterances(tmp_path)
    (tmp_path / "utterances.csv").write_text("file,text\na.wav,hello\n")
    with pytest.raises(UtterancesError, match="no column speaker"):
        find_utterances(tmp_path)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100])
def test_a_clip_is_the_sounding_part_at_an_rms_of_1(tmp_path: Path, rate_hz: int) -> None:
    tone = 0.2 * np.sin(2 * np.pi * 800 * np.arange(rate_hz) / rate_hz)
    noise = 1e-4 * np.random.default_rng(0).standard_normal(rate_hz)
    write_wav(tmp_path / "a.wav", np.concatenate([noise, tone, noise[: rate_hz // 2], tone, noise]), rate_hz)
    clip = load(Utterance("a", tmp_path / "a.wav", "S", "text", "en"), CLEAN)
    assert clip.duration_s == pytest.approx(2.5, abs=0.03)
    assert clip.longest_pause_s == pytest.approx(0.5, abs=0.03)
    assert np.mean(np.square(clip.samples)) == pytest.approx(1)


def test_silence_is_no_utterance(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", np.zeros(8000))
    with pytest.raises(UtterancesError, match="holds no sound"):
        load(Utterance("a", tmp_path / "a.wav", "S", "text", "en"), CLEAN)


@pytest.mark.parametrize(
    ("text", "share", "said"),
    [
        ("您好，我想问一下。", 0.6, "您好，我想"),
        ("One two, three four.", 0.5, "One two"),
        ("Yes.", 1.0, "Yes"),
        ("No", 0.2, ""),
    ],
)
def test_a_stopped_text_is_cut_in_proportion_and_unfinished(text: str, share: float, said: str) -> None:
    assert first_part(text, share) == said


# --- circuit


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(samples))))


def tone(frequency_hz: float, seconds: float = 2.0, rate_hz: int = RATE_HZ, peak: float = 0.1) -> np.ndarray:
    return peak * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz)


@pytest.mark.parametrize(("frequency_hz", "lost_db"), [(60, 40), (150, 12), (1000, 0), (2500, 0)])
def test_the_telephone_carries_300_to_3400_hz(frequency_hz: float, lost_db: float) -> None:
    sent = tone(frequency_hz)
    lost = level_db(sent) - level_db(in_band(sent, CLEAN))
    assert lost == pytest.approx(0, abs=0.1) if lost_db == 0 else lost > lost_db
    assert (in_band(sent, CIRCUITS["wide"]) == sent).all()


def test_noise_lies_as_far_below_the_quieter_party_as_was_asked() -> None:
    circuit = replace(CIRCUITS["wide"], agent_dbfs=-20, customer_dbfs=-30, snr_db=15)
    heard = recorded(np.zeros(32000), np.zeros(32000), circuit, 1)
    assert level_db(heard) == pytest.approx(-45, abs=0.1)
    assert abs(np.corrcoef(heard.T)[0, 1]) < 0.05  # a line each


def test_crosstalk_is_the_other_party_weaker_and_later() -> None:
    circuit = replace(CIRCUITS["wide"], snr_db=90, crosstalk_db=30, crosstalk_delay_s=0.01)
    agent = np.random.default_rng(1).standard_normal(32000) * 0.1
    heard = recorded(agent, np.zeros(32000), circuit, 1)
    assert heard[160:, 1] == pytest.approx(agent[:-160] * 10 ** (-30 / 20), abs=1e-4)
    assert level_db(heard[:160, 1]) < -90


def test_the_telephones_code_costs_38_db_and_overload_is_cut_flat() -> None:
    quiet = replace(CLEAN, snr_db=120)
    sent = tone(997)
    heard = recorded(sent, sent, quiet, 1)[:, 0]
    assert 35 < level_db(sent) - level_db(heard - sent) < 40
    driven = recorded(sent, sent, replace(quiet, drive_db=26), 1)
    assert (np.abs(driven) > 0.9999).mean() > 0.3


@pytest.mark.parametrize(("layout", "channels"), [(Layout.STEREO, 2), (Layout.MONO, 1), (Layout.COPIED, 2)])
def test_layouts(layout: Layout, channels: int) -> None:
    heard = recorded(tone(500), tone(1500), replace(CLEAN, layout=layout), 1)
    assert heard.shape == (16000, channels)
    power = np.abs(np.fft.rfft(heard[:, 0])) ** 2
    assert (power[3000] > power[1000] / 100) == (layout is not Layout.STEREO)
    if layout is Layout.COPIED:
        assert (heard[16:, 1] == 0.5 * heard[:-16, 0]).all()


# --- placing


def test_lines_lie_where_the_plan_puts_them() -> None:
    clips = {name: burst(name, seconds) for name, seconds in (("a", 4.0), ("bb", 2.0), ("ccc", 3.0))}
    plan = plan_of(
        Line(AGENT, "a", 0.5),
        Line(CUSTOMER, "bb", -1.5, gain_db=9.0, stops_other_after_s=0.75, tags=("interruption", "successful")),
        Line(AGENT, "ccc", 6.0, tags=("dead_air",)),
        Line(CUSTOMER, "bb", 9.0, lasts_s=0.5, hold_music=True),
    )
    known = truth(plan, place(plan, clips))
    turns = known.pop("turns")
    assert [(t["party"], t["start_s"], t["end_s"], t["units"], t["rms_dbfs"], t["cut_short"]) for t in turns] == [
        ("agent", 0.5, 3.75, 6, -26.01, True),  # the fade at a cut costs 0.01 dB
        ("customer", 3.0, 5.0, 7, -17.0, False),
        ("agent", 11.0, 14.0, 7, -26.0, False),
        ("customer", 23.0, 23.5, 2, -26.06, True),
    ]
    assert [(t["text"], t["tags"]) for t in turns] == [
        ("one two three four five six", []),
        ("one two three four five six seven", ["interruption", "successful"]),
        ("one two three four five six seven", ["dead_air"]),
        ("one two", []),
    ]
    del known["recipe"]
    assert known == {
        "call": "call",
        "language": "en",
        "layout": "stereo",
        "sample_rate": 8000,
        "duration_s": 24.5,
        "overlaps": [{"start_s": 3.0, "end_s": 3.75, "by": "customer"}],
        "silences_3s": [{"start_s": 5.0, "end_s": 11.0}],
        "sounds": [{"start_s": 14.5, "end_s": 22.5, "kind": "music", "channel": 0}],
        "expect": {"interruptions_by_agent": 0, "interruptions_by_customer": 1, "dead_air": 1},
    }


def test_samples_are_where_the_truth_says() -> None:
    clips = {"a": burst("a", 2.0), "bb": burst("bb", 2.0)}
    circuit = replace(CIRCUITS["wide"], sample_rate_hz=8000, snr_db=80)
    plan = plan_of(Line(AGENT, "a", 1.0), Line(CUSTOMER, "bb", 3.0, gain_db=6.0), circuit=circuit)
    heard = render(plan, place(plan, clips))
    assert heard.shape == (72000, 2)
    assert level_db(heard[8000:24000, 0]) == pytest.approx(-26, abs=0.01)
    assert level_db(heard[48000:64000, 1]) == pytest.approx(-20, abs=0.01)
    assert level_db(heard[24000:, 0]) < -100


# --- plans


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_event_is_planned_as_often_as_asked(voices: dict[Party, tuple[Clip, ...]], seed: int) -> None:
    plan = planned("call", voices, CLEAN, seed)
    tags = Counter(line.tags[-1] for line in plan.lines if line.tags)
    assert tags == Counter(event.value for event in EVENTS if event is not Event.TURN)


def test_without_short_utterances_a_backchannel_is_the_start_of_a_long_one() -> None:
    voices = {party: tuple(burst(f"{party}{'-' * i}", 4.0 + i / 2) for i in range(5)) for party in PARTIES}
    plan = planned("call", voices, CLEAN, 3, (Event.BACKCHANNEL,))
    (line,) = (line for line in plan.lines if line.tags)
    assert line.lasts_s is not None
    assert 0.35 <= line.lasts_s <= 0.8


def test_who_has_too_little_to_say_is_named() -> None:
    voices = {party: (burst(f"{party}", 2.0),) for party in PARTIES}
    with pytest.raises(UtterancesError, match=r"speaker \w: no utterance of 3\.5 to 15 s"):
        planned("call", voices, CLEAN, 0)


def test_a_wrong_plan_is_refused_by_field(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("{call: a, language: en, seed: 1, circuit: {band: short}, lines: []}")
    with pytest.raises(ValueError, match=r"plan\.yaml: no plan of a call: circuit\.band: Input should be 'telephone'"):
        read_plan(tmp_path / "plan.yaml")


# --- the command


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    return ((path.name, path.read_bytes()) for path in sorted(folder.rglob("*.*")))


def test_the_same_command_and_the_recipe_build_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    command = [str(folder), "--language", "zh", "--calls", "2", "--seed", "5", "--circuit", "leak"]
    for out in ("one", "two"):
        main([command[0], str(tmp_path / out), *command[1:]])
    first = dict(files(tmp_path / "one"))
    assert first == dict(files(tmp_path / "two"))
    assert list(first) == [
        *("metadata.csv", "zh-leak-mono-6.json", "zh-leak-stereo-5.json", "zh-leak-mono-6.wav", "zh-leak-stereo-5.wav"),
    ]
    rows = csv.DictReader(first["metadata.csv"].decode().splitlines())
    assert [row["agent_channel"] for row in rows] == ["0", ""]
    main([str(folder), str(tmp_path / "again"), "--plan", str(tmp_path / "one" / "truth" / "zh-leak-stereo-5.json")])
    again = dict(files(tmp_path / "again"))
    assert {name: first[name] for name in again if name != "metadata.csv"} == {
        name: content for name, content in again.items() if name != "metadata.csv"
    }


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ([], "--language None: the utterances are in en, zh; ask for one of them"),
        (["--language", "fr"], "--language fr: the utterances are in en, zh"),
    ],
)
def test_a_language_has_to_be_chosen(folder: Path, tmp_path: Path, asked: list[str], why: str) -> None:
    with pytest.raises(UtterancesError, match=why):
        main([str(folder), str(tmp_path), *asked])


def test_two_speakers_are_needed(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UtterancesError, match="1 of 1 speakers have"):
        main([str(folder / "zh-exemplary-agent"), str(tmp_path)])


def test_a_circuit_band_shapes_the_clip(folder: Path) -> None:
    utterance = find_utterances(folder)[0]
    narrow, wide = load(utterance, CLEAN), load(utterance, Circuit(band=Band.WIDE, sample_rate_hz=16000))
    assert (narrow.sample_rate_hz, wide.sample_rate_hz) == (8000, 16000)
    assert narrow.duration_s == pytest.approx(wide.duration_s, abs=0.1)


# --- what is planted is found


@dataclass(frozen=True)
class Built:
    """A built call: its plan and truth file, and the measures of the truth with the tracks of its samples."""

    plan: Plan
    known: dict[str, Any]
    measures: tuple[Measure, ...]

    def measure(self, name: str, party: Party | None = None) -> Measure:
        (found,) = (each for each in self.measures if each.name == name and each.party is party)
        return found

    def planted(self, party: Party, *events: Event) -> int:
        return sum(line.party is party and line.tags[-1:] == (event,) for line in self.plan.lines for event in events)

    def turns(self, party: Party) -> list[dict[str, Any]]:
        return [turn for turn in self.known["turns"] if turn["party"] == party]


def built(voices: dict[Party, tuple[Clip, ...]], circuit: Circuit, seed: int, out: Path) -> Built:
    plan = planned(f"call-{seed}", voices, circuit, seed)
    write(out, plan, clips_of(voices))
    wav = out / f"{plan.call}.wav"
    known = json.loads((out / "truth" / f"{plan.call}.json").read_text("utf-8"))
    recording = Recording(plan.call, "0" * 64, str(wav), known["duration_s"], RATE_HZ, 2)
    found = TruthFiles(out).of(recording)
    assert found is not None
    with decode(wav, out) as audio:
        tracks = tuple(t for c in (0, 1) for t in channel_tracks(audio.blocks(c), audio.sample_rate_hz, c))
    return Built(plan, known, analyze(replace(reference(found, recording, "zh"), tracks=tracks)))


def spans(measure: Measure) -> list[tuple[float, float]]:
    return [(each.span.start_s, each.span.end_s) for each in measure.evidence]


@settings(
    max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_what_is_planted_is_found(voices: dict[Party, tuple[Clip, ...]], tmp_path: Path, seed: int) -> None:
    call = built(voices, CLEAN, seed, tmp_path)
    for party in PARTIES:
        assert call.measure(interruptions.SUCCESSFUL, party).value == call.planted(party, Event.SUCCESSFUL)
        assert call.measure(interruptions.ATTEMPTS, party).value == call.planted(party, Event.ATTEMPT)
        assert call.measure(interruptions.BACKCHANNELS, party).value == call.planted(party, Event.BACKCHANNEL)
        overlapping = call.planted(party, Event.SUCCESSFUL, Event.ATTEMPT, Event.BACKCHANNEL, Event.QUICK_CHANGE)
        assert call.measure(interruptions.OVERLAP_COUNT, party).value == overlapping
        powers = [10 ** (turn["rms_dbfs"] / 10) for turn in call.turns(party)]
        true_dbfs = 10 * np.log10(np.average(powers, weights=[seconds(turn) for turn in call.turns(party)]))
        assert call.measure(volume.ACTIVE_LEVEL, party).value == pytest.approx(true_dbfs, abs=0.3)
        assert call.measure(volume.CLIPPED_SHARE, party).value == pytest.approx(0, abs=0.001)
    assert spans(call.measure(silence.COUNT)) == [(s["start_s"], s["end_s"]) for s in call.known["silences_3s"]]
    assert call.measure(silence.DEAD_AIR_COUNT).value == call.known["expect"]["dead_air"]


def seconds(turn: dict[str, Any]) -> float:
    return turn["end_s"] - turn["start_s"]


@settings(
    max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_planted_shouting_is_found_and_nobody_else_shouts(
    voices: dict[Party, tuple[Clip, ...]], tmp_path: Path, seed: int
) -> None:
    call = built(voices, CLEAN, seed, tmp_path)
    for party in PARTIES:
        shouted = [turn for turn in call.turns(party) if "shouting" in turn["tags"]]
        found = spans(call.measure(volume.RISES, party))
        assert len(found) == len(shouted)
        for turn, (start_s, end_s) in zip(shouted, found, strict=True):
            assert Span(start_s, end_s).overlap_s(Span(turn["start_s"], turn["end_s"])) >= 2


def test_planted_overload_is_found(voices: dict[Party, tuple[Clip, ...]], tmp_path: Path) -> None:
    share = built(voices, CIRCUITS["clipped"], 1, tmp_path).measure(volume.CLIPPED_SHARE, AGENT).value
    assert share is not None
    assert 0.01 < share < 0.2


# --- with the engines


@pytest.mark.slow
@pytest.mark.parametrize(("layout", "least_found"), [(Layout.STEREO, 1.0), (Layout.MONO, 0.5)])
def test_the_engines_find_what_is_planted(
    voices: dict[Party, tuple[Clip, ...]], tmp_path: Path, layout: Layout, least_found: float
) -> None:
    """Interruptions within 0.3 s of their onset, silences, dead air and hold music by at least half of their span."""
    plan = planned("call", voices, replace(CLEAN, layout=layout), 11)
    write(tmp_path, plan, clips_of(voices))
    wav = tmp_path / "call.wav"
    known = json.loads((tmp_path / "truth" / "call.json").read_text("utf-8"))
    channels = 2 if layout is Layout.STEREO else 1
    recording = Recording("call", "0" * 64, str(wav), known["duration_s"], RATE_HZ, channels)
    call = with_roles(hear(recording, HearingOptions(language="zh")), agent_channel=0)
    found = {(each.name, each.party): spans(each) for each in analyze(call)}

    onsets_s = [start_s for party in PARTIES for start_s, _ in found[interruptions.COUNT, party]]
    planted_s = [turn["start_s"] for turn in known["turns"] if "interruption" in turn["tags"]]
    met = [any(abs(onset_s - true_s) <= 0.3 for onset_s in onsets_s) for true_s in planted_s]
    assert sum(met) >= least_found * len(planted_s)
    assert len(onsets_s) <= len(planted_s) + (layout is Layout.MONO)

    silences = [Span(each["start_s"], each["end_s"]) for each in known["silences_3s"]]
    assert_same(silences, found[silence.COUNT, None])
    assert_same([each for each in silences if each.duration_s >= 5], found[silence.DEAD_AIR_COUNT, None])
    music = [Span(each["start_s"], each["end_s"]) for each in known["sounds"]]
    assert_same(music, [(each.span.start_s, each.span.end_s) for each in call.sounds if each.channel == 0])


def assert_same(true: list[Span], found: list[tuple[float, float]]) -> None:
    assert len(true) == len(found)
    for one, other in zip(true, found, strict=True):
        assert one.overlap_s(Span(*other)) >= 0.5 * max(one.duration_s, other[1] - other[0])
