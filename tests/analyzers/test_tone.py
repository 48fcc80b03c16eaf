"""Tone against voices whose pitch and level are known by construction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from analyzers.conversation import PARTIES, Conversation, Party, Span, Speech, Track
from analyzers.measure import Measure
from analyzers.tone import (
    AGITATED_PASSAGES,
    ENERGY_TREND,
    FLAT_PASSAGES,
    LEVEL_SPREAD,
    NAMES,
    PITCH_MEDIAN,
    PITCH_SPREAD,
    UNITS,
    analyze,
)
from tests.builders import Line, dialogue

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER
PITCH_HOP_S, LEVEL_HOP_S = 0.032, 0.02
NOISE_DBFS = -60.0


@dataclass(frozen=True)
class Said:
    """A turn: where, and how the voice is in it. It swings by `semitones` and `decibels` about its middles."""

    start_s: float
    end_s: float
    pitch_hz: float = 120.0
    semitones: float = 3.0
    level_dbfs: float = -20.0
    decibels: float = 6.0
    party: Party = AGENT


def call(*turns: Said, channels: int = 2, voiced: float = 0.6) -> Conversation:
    lines: list[Line] = [(turn.party, "so it is", turn.start_s, turn.end_s) for turn in turns]
    duration_s = max(turn.end_s for turn in turns) + 1
    spoken = dialogue(lines, duration_s=duration_s)
    if channels == 1:
        spoken = replace(spoken, speech=tuple(Speech(s.span, s.party, s.party.value, 0) for s in spoken.speech))
    tracks = [
        track
        for channel in range(channels)
        for track in _tracks(
            [t for t in turns if channels == 1 or t.party is PARTIES[channel]], channel, duration_s, voiced
        )
    ]
    return replace(spoken, tracks=tuple(tracks))


def _tracks(turns: Sequence[Said], channel: int, duration_s: float, voiced: float) -> tuple[Track, Track]:
    """Pitch and level that swing with periods of their own, and syllables of 0.2 s that are voiced at first."""
    pitch, level = np.zeros(int(duration_s / PITCH_HOP_S)), np.full(int(duration_s / LEVEL_HOP_S), NOISE_DBFS)
    for turn in turns:
        times_s = (np.arange(len(pitch)) + 0.5) * PITCH_HOP_S
        on = (times_s >= turn.start_s) & (times_s < turn.end_s) & ((times_s / 0.2) % 1 < voiced)
        swing = turn.semitones * np.sin(2 * np.pi * times_s / 1.7)
        pitch[on] = (turn.pitch_hz * 2 ** (swing / 12))[on]
        times_s = (np.arange(len(level)) + 0.5) * LEVEL_HOP_S
        on = (times_s >= turn.start_s) & (times_s < turn.end_s)
        level[on] = (turn.level_dbfs + turn.decibels * np.sin(2 * np.pi * times_s / 1.3))[on]
    return (
        Track("pitch", channel, tuple(pitch.tolist()), PITCH_HOP_S, "Hz"),
        Track("level", channel, tuple(level.tolist()), LEVEL_HOP_S, "dBFS"),
    )


def measure(conversation: Conversation, name: str, party: Party = AGENT) -> Measure:
    (found,) = (m for m in analyze(conversation) if m.name == name and m.party is party)
    return found


SWING_80 = 2 * np.sin(0.4 * np.pi)  # the 80 % range of a sine of height 1


def test_pitch_and_level_are_those_of_the_voice() -> None:
    one = call(Said(1, 41, pitch_hz=120, semitones=3, decibels=6))
    assert measure(one, PITCH_MEDIAN).value == pytest.approx(120, rel=0.02)
    assert measure(one, PITCH_SPREAD).value == pytest.approx(3 * SWING_80, abs=0.3)
    assert measure(one, LEVEL_SPREAD).value == pytest.approx(6 * SWING_80, abs=0.6)


def test_each_party_has_its_own_channel() -> None:
    two = call(Said(1, 11), Said(5, 15, pitch_hz=220, party=CUSTOMER))
    assert [measure(two, PITCH_MEDIAN, party).value for party in PARTIES] == pytest.approx([120, 220], rel=0.02)


def test_on_a_shared_channel_only_the_time_alone_counts() -> None:
    two = call(Said(1, 11), Said(8, 18, pitch_hz=220, party=CUSTOMER), channels=1)
    assert measure(two, PITCH_MEDIAN).value == pytest.approx(120, rel=0.02)
    assert measure(two, PITCH_SPREAD).value == pytest.approx(3 * SWING_80, abs=0.4)


@pytest.mark.parametrize("octave", [0.5, 2.0])
def test_octave_errors_move_nothing(octave: float) -> None:
    one = call(Said(1, 41))
    pitch, level = one.tracks[0], one.tracks[1]
    slips = np.random.default_rng(1).random(len(pitch.values)) < 0.15
    slipped = replace(pitch, values=tuple((np.array(pitch.values) * np.where(slips, octave, 1)).tolist()))
    wrong = replace(one, tracks=(slipped, level, *one.tracks[2:]))
    for name in (PITCH_MEDIAN, PITCH_SPREAD):
        assert measure(wrong, name).value == pytest.approx(measure(one, name).value, rel=0.05)


def turns(*levels_dbfs: float) -> list[Said]:
    return [Said(10 * i, 10 * i + 4, level_dbfs=level) for i, level in enumerate(levels_dbfs)]


def test_the_trend_is_the_slope_of_the_turns_and_one_loud_turn_does_not_make_it() -> None:
    rising = measure(call(*turns(-25, -24, -23, -22, -21, -20, -19)), ENERGY_TREND)
    assert rising.value == pytest.approx(6, abs=0.3)  # 1 dB in 10 s
    assert rising.low_confidence_because == ""
    assert len(rising.evidence) == 7
    steady = measure(call(*turns(-25, -25, -25, -10, -25, -25, -25)), ENERGY_TREND)
    assert steady.value == pytest.approx(0, abs=0.3)
    assert "anywhere from" in steady.low_confidence_because


def test_few_turns_make_no_trend() -> None:
    assert "5 turns" in measure(call(*turns(-25, -20, -15, -10)), ENERGY_TREND).missing_because
    close = [Said(2 * i, 2 * i + 1.5) for i in range(6)]
    assert "over 30 s" in measure(call(*close), ENERGY_TREND).missing_because


USUAL = [Said(12 * i, 12 * i + 9) for i in range(6)]


def test_a_voice_that_is_as_usual_has_neither_kind_of_passage() -> None:
    assert [measure(call(*USUAL), name).value for name in (FLAT_PASSAGES, AGITATED_PASSAGES)] == [0, 0]


@pytest.mark.parametrize(
    ("semitones", "decibels", "found"), [(1.0, 2.0, 1), (1.0, 6.0, 0), (3.0, 2.0, 0), (2.7, 5.4, 0)]
)
def test_a_passage_is_flat_where_pitch_and_level_both_stand_still(
    semitones: float, decibels: float, found: int
) -> None:
    flat = Said(80, 92, semitones=semitones, decibels=decibels)
    measured = measure(call(*USUAL, flat), FLAT_PASSAGES)
    assert measured.value == found
    assert all(e.span.overlap_s(span_of(flat)) > 7 for e in measured.evidence)


@pytest.mark.parametrize(
    ("raised_semitones", "raised_db", "found"), [(4, 8, 1), (4, 0, 0), (0, 8, 0), (1, 2, 0), (-4, 8, 0)]
)
def test_a_passage_is_agitated_where_the_voice_is_both_higher_and_louder(
    raised_semitones: float, raised_db: float, found: int
) -> None:
    loud = Said(80, 92, pitch_hz=120 * 2 ** (raised_semitones / 12), level_dbfs=-20 + raised_db)
    measured = measure(call(*USUAL, loud), AGITATED_PASSAGES)
    assert measured.value == found
    assert all(e.span.overlap_s(span_of(loud)) > 7 for e in measured.evidence)


def span_of(turn: Said) -> Span:
    return Span(turn.start_s, turn.end_s)


def test_turns_far_apart_make_no_passage() -> None:
    short = [Said(40 * i, 40 * i + 3) for i in range(10)]
    assert "in a row" in measure(call(*short), FLAT_PASSAGES).missing_because


def test_little_speech_has_no_norm() -> None:
    found = measure(call(Said(0, 15)), FLAT_PASSAGES)
    assert found.missing_because == "the agent speaks 15 s alone, its norm needs 24 s with 8 s in a row"
    assert measure(call(Said(0, 15)), PITCH_MEDIAN).value is not None


@pytest.mark.parametrize(
    ("conversation", "because"),
    [
        (call(Said(0, 3)), "the agent has 1.9 s of voiced speech, at least 3 s are needed"),
        (call(Said(0, 40), voiced=0.15), "a noisy line"),
        (replace(call(Said(0, 40)), tracks=()), "there is no pitch track for the agent's channel"),
        (call(Said(0, 40, party=CUSTOMER)), "the agent is not heard"),
        (call(Said(0, 9), Said(0, 9, party=CUSTOMER), channels=1), "the agent never speaks alone"),
    ],
)
def test_what_cannot_be_told_is_said(conversation: Conversation, because: str) -> None:
    found = [m for m in analyze(conversation) if m.party is AGENT]
    assert [(m.name, m.unit) for m in found] == list(UNITS.items())
    assert {m.value for m in found} == {None}
    assert all(because in m.missing_because for m in found)


def test_all_names_are_there_for_both() -> None:
    found = analyze(call(*USUAL))
    assert {m.name for m in found} == NAMES
    assert len(found) == 2 * len(NAMES)
