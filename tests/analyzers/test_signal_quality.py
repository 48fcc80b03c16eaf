"""What a line carries, against levels, cuts and signals that are known by construction."""

from dataclasses import replace

import numpy as np
import pytest

from analyzers.conversation import PARTIES, Conversation, Party, Signal, Sound, SoundKind, Span, Speech, Track
from analyzers.measure import Measure
from analyzers.signal_quality import (
    BANDWIDTH,
    CROSSTALK,
    DROPOUTS,
    DROPPED,
    NAMES,
    NOISE_FLOOR,
    SPEECH_TO_NOISE,
    analyze,
    doubts,
)
from tests.builders import Line, dialogue

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER
LINES: list[Line] = [(AGENT, "so it is", 5, 15), (CUSTOMER, "i see", 20, 25)]
HOP_S = 0.02


def call(
    speech_dbfs: float = -20.0, noise_dbfs: float = -60.0, clipped: float = 0.0, signal: Signal | None = None
) -> Conversation:
    """The agent speaks 10 s of 30, the customer 5 s, each on a channel of its own."""
    spoken = dialogue(LINES, duration_s=30.0)
    tracks = []
    for channel, span in enumerate((Span(5, 15), Span(20, 25))):
        levels = np.full(1500, float(noise_dbfs))
        levels[round(span.start_s / HOP_S) : round(span.end_s / HOP_S)] = speech_dbfs
        tracks.append(Track("level", channel, tuple(levels.tolist()), HOP_S, "dBFS"))
        tracks.append(Track("clipped", channel, (clipped,) * 300, 0.1, "share"))
    return replace(spoken, tracks=tuple(tracks), signals=(signal or Signal(0), Signal(1)))


def measure(conversation: Conversation, name: str, party: Party = AGENT) -> Measure:
    (found,) = (m for m in analyze(conversation) if m.name == name and m.party is party)
    return found


def test_the_noise_is_what_is_left_where_nobody_speaks() -> None:
    found = measure(call(noise_dbfs=-55), NOISE_FLOOR)
    assert found.value == -55
    assert [e.span for e in found.evidence] == [Span(0, 4.8), Span(15.2, 19.8), Span(25.2, 30)]


def test_music_on_the_channel_is_no_noise() -> None:
    spoken = call(noise_dbfs=-60)
    levels = np.array(spoken.tracks[0].values)
    levels[800:] = -25  # from 16 s on
    loud = replace(spoken.tracks[0], values=tuple(levels.tolist()))
    music = (Sound(Span(16, 30), SoundKind.MUSIC, 0),)
    assert measure(replace(spoken, tracks=(loud, *spoken.tracks[1:]), sounds=music), NOISE_FLOOR).value == -60


@pytest.mark.parametrize("snr_db", [30, 15, 5, 0])
def test_speech_to_noise_is_that_of_the_powers_that_were_mixed(snr_db: float) -> None:
    mixed_dbfs = 10 * np.log10(10 ** (-4 + snr_db / 10) + 10**-4)
    assert measure(call(mixed_dbfs, -40), SPEECH_TO_NOISE).value == pytest.approx(snr_db)


def test_speech_under_the_noise_is_as_far_under_it_as_can_be_told() -> None:
    assert measure(call(-40, -40), SPEECH_TO_NOISE).value == pytest.approx(-10)


def test_digital_silence_says_that_it_hides_the_noise() -> None:
    silent = call(noise_dbfs=-100)
    floor = measure(silent, NOISE_FLOOR)
    assert (floor.value, "digital silence" in floor.low_confidence_because) == (-100, True)
    assert "can't be told" in measure(silent, SPEECH_TO_NOISE).missing_because


def test_no_pause_tells_no_noise() -> None:
    spoken = dialogue([(AGENT, "so it is", 0, 10)], duration_s=10.5)
    track = Track("level", 0, (-20.0,) * 525, HOP_S, "dBFS")
    found = measure(replace(spoken, tracks=(track,)), NOISE_FLOOR)
    assert found.missing_because == "less than 1 s are without speech"


def test_dropouts_are_counted_where_the_party_speaks() -> None:
    cuts = (Span(6, 6.1), Span(8, 8.2), Span(21, 21.5))
    conversation = call(signal=Signal(0, dropouts=cuts))
    found = measure(conversation, DROPOUTS)
    assert (found.value, [e.span for e in found.evidence]) == (2, list(cuts[:2]))
    assert measure(conversation, DROPPED).value == pytest.approx(0.3)
    assert measure(conversation, DROPOUTS, CUSTOMER).value == 0


def test_on_a_shared_channel_each_party_has_its_own_dropouts() -> None:
    conversation = call(signal=Signal(0, dropouts=(Span(6, 6.1), Span(21, 21.5))))
    shared = replace(conversation, speech=tuple(Speech(s.span, s.party, s.party.value, 0) for s in conversation.speech))
    assert [measure(shared, DROPPED, party).value for party in PARTIES] == pytest.approx([0.1, 0.5])


def test_what_the_signal_carries_is_passed_on() -> None:
    conversation = call(signal=Signal(0, bandwidth_hz=3400.0, crosstalk_db=31.5))
    assert measure(conversation, BANDWIDTH).value == 3400
    assert measure(conversation, CROSSTALK).value == 31.5
    assert measure(conversation, CROSSTALK, CUSTOMER).missing_because == "the other side is not heard on this channel"
    assert measure(conversation, BANDWIDTH, CUSTOMER).missing_because == "there is too little speech to tell"


def test_who_is_not_heard_has_no_line() -> None:
    alone = dialogue([(AGENT, "anybody there", 1, 3)], duration_s=10)
    assert {m.missing_because for m in analyze(alone) if m.party is CUSTOMER} == {"the customer is not heard"}
    assert {m.name for m in analyze(alone) if m.party is CUSTOMER} == NAMES


def test_a_signal_that_nobody_measured_is_said() -> None:
    unmeasured = replace(call(), signals=())
    assert measure(unmeasured, DROPOUTS).missing_because == "the signal was not measured"
    assert measure(unmeasured, BANDWIDTH).missing_because == "the signal was not measured"


def test_a_good_line_raises_no_doubts() -> None:
    assert doubts(call(signal=Signal(0, bandwidth_hz=3400.0, dropouts=(Span(6, 6.2),))), AGENT) == {}


@pytest.mark.parametrize(
    ("conversation", "families", "because"),
    [
        (call(-20, -35), {"volume", "talk_speed", "tone"}, "the line's noise lies 14.9 dB below the speech only"),
        (call(clipped=0.05), {"volume", "tone"}, "5% of the samples are clipped"),
        (call(signal=Signal(0, bandwidth_hz=1800.0)), {"talk_speed"}, "the line carries speech up to 1800 Hz only"),
        (
            call(signal=Signal(0, dropouts=(Span(6, 6.4),))),
            {"volume", "talk_speed", "tone"},
            "the line lost 0.4 s of the speech",
        ),
    ],
)
def test_a_bad_line_is_said_of_what_it_spoils(conversation: Conversation, families: set[str], because: str) -> None:
    assert doubts(conversation, AGENT) == dict.fromkeys(families, because)


def test_two_reasons_are_both_said() -> None:
    found = doubts(call(-20, -30, clipped=0.05), AGENT)
    assert found["volume"].count("; ") == 1
    assert "; " not in found["talk_speed"]
