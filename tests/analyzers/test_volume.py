"""Volume against tracks whose level is known by construction."""

from dataclasses import replace

import numpy as np
import pytest

from analyzers.conversation import Conversation, Party, Sound, SoundKind, Span, Speech, Track
from analyzers.measure import Measure
from analyzers.volume import (
    ACTIVE_LEVEL,
    CLIPPED_SHARE,
    LEVEL_DIFFERENCE,
    LOUDEST,
    LOUDEST_ABOVE_MEDIAN,
    LOUDNESS,
    QUIETEST,
    RISES,
    SHORT_TERM_MAX,
    UNITS,
    analyze,
    gated_loudness,
    power_mean_db,
)
from tests.builders import Line, dialogue

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER
NOISE_DBFS = -60.0
BOTH = ((0, AGENT), (1, CUSTOMER))
Loud = tuple[Party, float, float, float]  # party, start_s, end_s, level


def call_with(*lines: Loud, channels: int = 2, duration_s: float = 60.0) -> Conversation:
    """A call in which each line has a level of its own; on a shared channel the last line is what is heard."""
    spoken: list[Line] = [(party, "so it is", start_s, end_s) for party, start_s, end_s, _ in lines]
    call = dialogue(spoken, duration_s=duration_s)
    if channels == 1:
        call = replace(call, speech=tuple(Speech(s.span, s.party, s.party.value, 0) for s in call.speech))
    tracks = tuple(
        Track(name, channel, tuple(_values(lines, channel, channels, hop_s, duration_s)), hop_s, unit)
        for channel in range(channels)
        for name, hop_s, unit in (("level", 0.02, "dBFS"), ("loudness", 0.1, "LUFS"))
    )
    clipped = tuple(Track("clipped", c, (0.0,) * round(duration_s * 10), 0.1, "share") for c in range(channels))
    return replace(call, tracks=(*tracks, *clipped))


def _values(lines: tuple[Loud, ...], channel: int, channels: int, hop_s: float, duration_s: float) -> list[float]:
    values = np.full(round(duration_s / hop_s), NOISE_DBFS)
    for party, start_s, end_s, level in lines:
        if channels == 1 or channel == (0 if party is AGENT else 1):
            values[round(start_s / hop_s) : round(end_s / hop_s)] = level
    return list(values.tolist())


def measure(call: Conversation, name: str, party: Party | None = AGENT) -> Measure:
    (found,) = (m for m in analyze(call) if m.name == name and m.party is party)
    return found


def test_power_is_averaged_not_decibels() -> None:
    assert power_mean_db([-20.0, -20.0]) == pytest.approx(-20)
    assert power_mean_db([0.0, -100.0]) == pytest.approx(-3.01, abs=0.01)


def test_the_active_level_is_that_while_speaking() -> None:
    call = call_with((AGENT, 5, 10, -20), (CUSTOMER, 20, 30, -26))
    assert measure(call, ACTIVE_LEVEL).value == pytest.approx(-20)
    assert measure(call, ACTIVE_LEVEL, CUSTOMER).value == pytest.approx(-26)


def test_on_a_shared_channel_only_the_time_alone_counts() -> None:
    call = call_with((AGENT, 5, 10, -20), (CUSTOMER, 8, 20, -10), channels=1)
    assert [measure(call, name).value for name in (ACTIVE_LEVEL, LOUDNESS)] == pytest.approx([-20, -20])


def test_on_channels_of_their_own_overlap_counts_for_both() -> None:
    call = call_with((AGENT, 5, 10, -20), (CUSTOMER, 5, 10, -10))
    assert measure(call, ACTIVE_LEVEL).value == pytest.approx(-20)


def test_loudness_is_gated() -> None:
    assert gated_loudness([-23.0] * 10 + [-80.0] * 90) == pytest.approx(-23)
    assert gated_loudness([-20.0] * 10 + [-35.0] * 10) == pytest.approx(-20)
    assert gated_loudness([-71.0] * 10) is None
    assert gated_loudness([]) is None


def test_loudness_below_the_gate_is_not_measurable() -> None:
    found = measure(call_with((AGENT, 5, 10, -80), duration_s=12), LOUDNESS)
    assert found.value is not None  # blocks at the edges reach into the noise at -60
    quiet = call_with((AGENT, 0, 12, -80), duration_s=12)
    assert measure(quiet, LOUDNESS).missing_because == "no 400 ms of the agent's speech reach -70 LUFS"


def test_the_loudest_and_the_quietest_three_seconds() -> None:
    call = call_with((AGENT, 5, 10, -20), (AGENT, 15, 20, -14), (AGENT, 30, 35, -30))
    assert measure(call, LOUDEST).value == pytest.approx(-14)
    assert measure(call, QUIETEST).value == pytest.approx(-30)
    assert all(15 <= e.span.start_s < e.span.end_s <= 20 for e in measure(call, LOUDEST).evidence)


def test_short_answers_make_no_passage() -> None:
    found = measure(call_with((AGENT, 5, 6, -20)), LOUDEST)
    assert found.missing_because == "the agent never speaks 1.5 s within 3 s"


def test_every_value_has_seconds_to_listen_to() -> None:
    call = call_with(*((party, 10.0 * i + 5 * j, 10.0 * i + 5 * j + 4, -24.0) for i in range(4) for j, party in BOTH))
    silent = {CLIPPED_SHARE, RISES}  # of what did not happen there is nothing to hear
    assert {m.name: m.value for m in analyze(call) if not m.evidence} == dict.fromkeys(silent, 0.0)


def test_the_agent_against_the_customer() -> None:
    call = call_with((AGENT, 5, 10, -20), (CUSTOMER, 20, 30, -26))
    found = measure(call, LEVEL_DIFFERENCE, None)
    assert found.value == pytest.approx(6)
    assert [(e.party, e.span.start_s >= 5) for e in found.evidence] == [(AGENT, True), (CUSTOMER, True)]
    assert found.low_confidence_because == "each side's channel has a gain of its own"


def test_where_one_party_has_no_level_there_is_no_difference() -> None:
    assert (
        measure(call_with((AGENT, 5, 10, -20)), LEVEL_DIFFERENCE, None).missing_because == "the customer is not heard"
    )


def test_who_shares_a_channel_is_compared_without_that_doubt() -> None:
    call = call_with((AGENT, 5, 10, -20), (CUSTOMER, 20, 30, -26), channels=1)
    assert measure(call, LEVEL_DIFFERENCE, None).low_confidence_because == ""


def test_the_loudness_of_an_own_channel_is_that_of_the_whole_channel() -> None:
    call = call_with((AGENT, 5, 10, -20))
    whole = next(t for t in call.tracks if t.name == "loudness" and t.channel == 0)
    louder = replace(whole, values=(*whole.values[:300], *(-22.0,) * 50, *whole.values[350:]))  # heard, not speech
    call = replace(call, tracks=(louder, *(t for t in call.tracks if t is not whole)))
    assert measure(call, LOUDNESS).value == gated_loudness(louder.values)


def test_music_on_the_channel_is_not_the_party() -> None:
    call = call_with((AGENT, 5, 10, -20), (AGENT, 20, 30, -5))
    music = replace(call, speech=call.speech[:1], sounds=(Sound(Span(20, 30), SoundKind.MUSIC, 0),))
    assert [measure(music, name).value for name in (LOUDNESS, SHORT_TERM_MAX, LOUDEST)] == pytest.approx([-20] * 3)


def test_the_loudest_three_seconds_in_lufs() -> None:
    found = measure(call_with((AGENT, 5, 10, -20), (AGENT, 15, 18.5, -14), (AGENT, 30, 35, -30)), SHORT_TERM_MAX)
    assert found.value == pytest.approx(-14)
    assert all(15 <= e.span.start_s < e.span.end_s <= 18.5 for e in found.evidence)


def test_how_far_the_loudest_passage_lies_above_the_norm() -> None:
    call = call_with((AGENT, 0, 4, -21), (AGENT, 6, 10, -21), (AGENT, 20, 24, -11))
    assert measure(call, LOUDEST_ABOVE_MEDIAN).value == pytest.approx(10)


def test_who_shouts_for_half_of_the_turns_is_measured_against_the_other_half() -> None:
    call = call_with((AGENT, 0, 4, -12), (AGENT, 6, 10, -12), (AGENT, 15, 19, -21), (AGENT, 20, 24, -21))
    assert measure(call, RISES).value == 2


def test_a_stressed_phrase_between_pauses_is_no_rise() -> None:
    call = call_with((AGENT, 0, 4, -21), (AGENT, 6, 10, -21), (AGENT, 15, 19, -21), (AGENT, 30, 31.2, -14))
    assert measure(call, RISES).value == 0


@pytest.mark.parametrize(("rise_db", "rises"), [(0, 0), (5.5, 0), (6.5, 1), (12, 1)])
def test_a_turn_6_db_over_the_own_median_is_a_rise(rise_db: float, rises: int) -> None:
    call = call_with((AGENT, 0, 4, -21), (AGENT, 6, 10, -20.9), (AGENT, 12, 16, -21.1), (AGENT, 20, 24, -21 + rise_db))
    found = measure(call, RISES)
    assert found.value == rises
    if rises:
        (evidence,) = found.evidence
        assert evidence.span.start_s == pytest.approx(20, abs=0.1)
        assert evidence.span.end_s == pytest.approx(24, abs=0.1)


def test_a_rise_inside_a_turn_is_found_and_two_apart_are_two() -> None:
    call = call_with(
        (AGENT, 0, 4, -21),
        (AGENT, 6, 10, -21),
        (AGENT, 12, 15, -21),
        (AGENT, 15, 18, -9),
        (AGENT, 18, 30, -21),
        (AGENT, 40, 43, -9),
        (AGENT, 50, 55, -21),
    )
    assert measure(call, RISES).value == 2


def test_a_stressed_word_is_no_rise() -> None:
    call = call_with(
        (AGENT, 0, 4, -21), (AGENT, 6, 10, -21), (AGENT, 12, 15, -21), (AGENT, 15, 15.3, -12), (AGENT, 15.3, 20, -21)
    )
    assert measure(call, RISES).value == 0


def test_a_loud_line_is_no_rise() -> None:
    """The customer's level is line gain: 12 dB over the agent's says nothing."""
    call = call_with(
        *((AGENT, 10.0 * i, 10.0 * i + 4, -24.0) for i in range(4)),
        *((CUSTOMER, 10.0 * i + 5, 10.0 * i + 9, -12.0) for i in range(4)),
    )
    assert [measure(call, RISES, party).value for party in (AGENT, CUSTOMER)] == [0, 0]


def test_without_three_turns_there_is_no_norm() -> None:
    found = measure(call_with((AGENT, 0, 4, -21), (AGENT, 6, 10, -9)), RISES)
    assert found.missing_because == "the agent has 2 turns of 1 s, its norm needs 3"


def test_clipping_counts_in_the_own_speech_only() -> None:
    call = call_with((AGENT, 5, 10, -6))
    clipped = Track("clipped", 0, tuple(0.5 if i in {60, 61, 90, 300} else 0.0 for i in range(600)), 0.1, "share")
    call = replace(call, tracks=(*(t for t in call.tracks if t.name != "clipped"), clipped))
    found = measure(call, CLIPPED_SHARE)
    assert found.value == pytest.approx(1.5 / 50)
    assert [(round(e.span.start_s, 2), round(e.span.end_s, 2)) for e in found.evidence] == [(6.0, 6.2), (9.0, 9.1)]


def test_without_tracks_nothing_is_claimed() -> None:
    found = [m for m in analyze(dialogue([(AGENT, "hello there", 0, 5)])) if m.party is AGENT]
    assert {m.name: m.missing_because for m in found} == {
        **dict.fromkeys(
            (ACTIVE_LEVEL, LOUDEST, QUIETEST, LOUDEST_ABOVE_MEDIAN, RISES),
            "there is no level track for the agent's channel",
        ),
        **dict.fromkeys((LOUDNESS, SHORT_TERM_MAX), "there is no loudness track for the agent's channel"),
        CLIPPED_SHARE: "there is no clipping track for the agent's channel",
    }


def test_who_is_not_heard_has_no_volume() -> None:
    found = [m for m in analyze(call_with((AGENT, 0, 4, -21))) if m.party is CUSTOMER]
    assert {m.name for m in found} == set(UNITS)
    assert {m.missing_because for m in found} == {"the customer is not heard"}


def test_who_never_speaks_alone_on_a_shared_channel_has_no_volume() -> None:
    found = [
        m for m in analyze(call_with((AGENT, 0, 9, -21), (CUSTOMER, 2, 4, -20), channels=1)) if m.party is CUSTOMER
    ]
    assert {m.missing_because for m in found} == {"the customer never speaks alone"}
