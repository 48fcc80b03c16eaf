from __future__ import annotations

from dataclasses import replace

import pytest

from analyzers.conversation import Conversation, Track
from benchmarks.evaluation import levels
from benchmarks.evaluation.tally import Offsets, Score
from benchmarks.evaluation.truth import Truth
from tests.benchmarks.evaluation.trials import AGENT, CALL, CUSTOMER, Line, score_of, trial, truth

HOP_S = 0.1
RATES: tuple[Line, ...] = (
    (AGENT, "one two three four five six seven eight nine ten", 0.0, 5.0),  # 120 a minute
    (CUSTOMER, "yes", 5.5, 5.8),  # too short to have a rate
)


def loud(call: Conversation, *dbfs: float, loudness: tuple[float, ...] = ()) -> Conversation:
    """A call whose channels have one level each."""
    hops = round(call.recording.duration_s / HOP_S)
    found = [Track("level", c, (level,) * hops, HOP_S, "dBFS") for c, level in enumerate(dbfs)]
    found += [Track("loudness", c, (lufs,) * hops, HOP_S, "LUFS") for c, lufs in enumerate(loudness)]
    return replace(call, tracks=tuple(found))


def with_levels(true: Truth, dbfs: float) -> Truth:
    return replace(true, turns=tuple(replace(turn, level_dbfs=dbfs) for turn in true.turns))


def offsets(scores: tuple[Score, ...], name: str) -> tuple[float, ...]:
    tally = score_of(scores, name).tally
    assert isinstance(tally, Offsets)
    return tally.values


def test_levels_are_found_minus_true() -> None:
    call = loud(trial(truth(), CALL).call, -20.0, -24.5)
    found = levels.score(trial(with_levels(truth(), -22.0), call))
    assert offsets(found, levels.TURN_LEVEL) == pytest.approx((2.0, -2.5, 2.0, -2.5))
    assert offsets(found, levels.ACTIVE_LEVEL) == pytest.approx((2.0, -2.5))
    assert len(score_of(found, levels.ACTIVE_LEVEL).cases) == 2


def test_the_channel_of_a_voice_is_where_it_is_heard() -> None:
    call = loud(trial(truth(), CALL).call, -20.0, -30.0)
    other = replace(
        call,
        recording=call.recording,
        speech=tuple(replace(speech, channel=1 - speech.channel) for speech in call.speech),
    )
    found = levels.score(trial(with_levels(truth(), -30.0), other))
    assert offsets(found, levels.TURN_LEVEL) == pytest.approx((0.0, 10.0, 0.0, 10.0))


def test_on_one_channel_overlapped_turns_have_no_level() -> None:
    call = loud(trial(truth(), CALL).call, -20.0)
    mono = replace(
        call,
        recording=replace(call.recording, channels=1),
        speech=tuple(replace(speech, channel=0) for speech in call.speech),
    )
    found = levels.score(trial(with_levels(truth(), -20.0), mono))
    assert offsets(found, levels.TURN_LEVEL) == pytest.approx((0.0, 0.0))
    assert score_of(found, levels.LOUDNESS).missing_because == levels.NO_METER


def test_loudness_is_held_against_the_other_meter() -> None:
    call = loud(trial(truth(), CALL).call, -20.0, -20.0, loudness=(-23.0, -25.0))
    found = levels.score(trial(truth(), call, loudness_lufs=(-23.1, None)))
    assert offsets(found, levels.LOUDNESS) == pytest.approx((0.1,))
    assert offsets(found, levels.CHANNEL_LOUDNESS) == pytest.approx((0.1,))


def test_talk_speed_is_held_against_units_and_times_of_the_truth() -> None:
    slower = ((AGENT, RATES[0][1], 0.0, 6.25), (CUSTOMER, "yes", 6.5, 6.8))
    found = levels.score(trial(truth(RATES), slower))
    # Ten words in 6.25 s are 96 a minute instead of 120.
    assert offsets(found, levels.TALK_SPEED) == pytest.approx((-0.2,))
    assert [(case.expected, case.found) for case in score_of(found, levels.TALK_SPEED).cases] == [("120/min", "96/min")]


def test_the_truths_own_units_go_before_those_of_its_text() -> None:
    true = truth(RATES)
    counted = replace(true, turns=(replace(true.turns[0], units=20), *true.turns[1:]))
    assert offsets(levels.score(trial(counted, RATES)), levels.TALK_SPEED) == pytest.approx((-0.5,))


def test_turns_that_a_breath_parts_are_one() -> None:
    parted = (
        (AGENT, "one two three four five", 0.0, 2.0),
        (AGENT, "six seven eight nine ten", 2.5, 5.0),
        RATES[1],
    )
    assert levels.true_rate(trial(truth(parted), RATES), AGENT) == pytest.approx(120)


def test_without_levels_they_are_not_computed() -> None:
    found = levels.score(trial(truth(), CALL))
    assert score_of(found, levels.TURN_LEVEL).missing_because == levels.NO_LEVELS
