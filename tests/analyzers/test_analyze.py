"""All analyzers together: the names are pinned, nothing is lost, doubt is said."""

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.analyze import BY_ROLE, MEASURE_NAMES, analyze
from analyzers.conversation import PARTIES, Conversation, Party, Roles, Signal, Span
from tests.builders import dialogue

NAMES = [
    "interruptions.attempts",
    "interruptions.backchannels",
    "interruptions.count",
    "interruptions.longest_overlap",
    "interruptions.overlap",
    "interruptions.overlap_count",
    "interruptions.per_min",
    "interruptions.successful",
    "responsiveness.answer_median",
    "responsiveness.answer_p95",
    "responsiveness.first_useful_answer",
    "responsiveness.greeting",
    "responsiveness.hung_up_by_agent",
    "responsiveness.ring",
    "responsiveness.trailing_silence",
    "signal.bandwidth",
    "signal.crosstalk",
    "signal.dropouts",
    "signal.dropped",
    "signal.noise_floor",
    "signal.speech_to_noise",
    "silence.after",
    "silence.after_count",
    "silence.count",
    "silence.dead_air",
    "silence.dead_air_count",
    "silence.hold",
    "silence.hold_count",
    "silence.hold_longest",
    "silence.hold_not_returned",
    "silence.hold_returned",
    "silence.longest",
    "silence.music",
    "silence.prompts",
    "silence.ringing",
    "silence.share",
    "silence.total",
    "talk_share.first_third",
    "talk_share.last_third",
    "talk_share.longest_monologue",
    "talk_share.middle_third",
    "talk_share.of_duration",
    "talk_share.of_speech",
    "talk_share.turn_length",
    "talk_share.turns",
    "talk_speed.articulation_rate",
    "talk_speed.change",
    "talk_speed.character_rate",
    "talk_speed.fastest_10s",
    "talk_speed.fastest_turn",
    "talk_speed.slowest_10s",
    "talk_speed.slowest_turn",
    "talk_speed.speech_rate",
    "talk_speed.syllable_rate",
    "talk_speed.word_rate",
    "tone.agitated_passages",
    "tone.energy_trend",
    "tone.flat_passages",
    "tone.level_spread",
    "tone.pitch_median",
    "tone.pitch_spread",
    "volume.active_level",
    "volume.clipped_share",
    "volume.level_difference",
    "volume.loudest",
    "volume.loudest_above_median",
    "volume.loudness",
    "volume.quietest",
    "volume.rises",
    "volume.short_term_max",
]
DOCS = Path(__file__).parents[2] / "docs"


def test_the_names_of_the_measures() -> None:
    assert sorted(MEASURE_NAMES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_measure_is_in_the_docs(name: str) -> None:
    assert f"`{name}`" in (DOCS / "measures.md").read_text(encoding="utf-8")


def parties_of(name: str) -> tuple[Party | None, ...]:
    if name == "volume.level_difference" or (name.startswith("silence.") and not name.startswith("silence.after")):
        return (None,)
    if name in {"responsiveness.greeting", "responsiveness.first_useful_answer"}:
        return (Party.AGENT,)
    of_call = {"responsiveness.ring", "responsiveness.trailing_silence", "responsiveness.hung_up_by_agent"}
    return (None,) if name in of_call else PARTIES


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(Party), st.integers(0, 600), st.integers(0, 90)), max_size=10),
    st.sampled_from(["zh", "en", "fr"]),
)
def test_every_measure_is_always_there_once_for_each_party_it_has(
    lines: list[tuple[Party, int, int]], language: str
) -> None:
    call = dialogue(
        [(party, "please hold 请稍等 on", start / 10, (start + length) / 10) for party, start, length in lines],
        language=language,
        duration_s=70,
    )
    found = analyze(call)
    assert Counter((m.name, m.party) for m in found) == Counter((n, p) for n in NAMES for p in parties_of(n))
    assert all(math.isfinite(m.value) for m in found if m.value is not None)


def call() -> Conversation:
    lines = [(Party.AGENT, "good morning how are you"), (Party.CUSTOMER, "i am fine thank you very much")]
    return dialogue([*lines, *lines])


def test_doubt_about_who_is_who_is_said_of_what_depends_on_it() -> None:
    doubtful = analyze(replace(call(), roles=Roles("content", 0.65)))
    because = "agent and customer were told apart with a confidence of 0.65 only"
    told_by_role = [m.party is not None or m.name in BY_ROLE for m in doubtful]
    assert [because in m.low_confidence_because for m in doubtful] == told_by_role
    assert {m.name for m in doubtful if m.party is None} >= BY_ROLE


def test_other_doubts_are_kept_beside_it() -> None:
    doubtful = analyze(replace(call(), roles=Roles("content", 0.5)))
    (p95,) = (m for m in doubtful if m.name == "responsiveness.answer_p95" and m.party is Party.AGENT)
    assert p95.low_confidence_because == (
        "1 answers, 20 are needed; agent and customer were told apart with a confidence of 0.50 only"
    )


def test_a_bad_line_is_said_of_the_measures_it_spoils_and_of_its_own_party() -> None:
    lossy = Signal(0, dropouts=(Span(0.2, 1.2),))
    doubted = {
        m.name for m in analyze(replace(call(), signals=(lossy,))) if "the line lost" in m.low_confidence_because
    }
    assert {name.split(".")[0] for name in doubted} == {"talk_speed", "volume", "tone"}
    assert {m.party for m in analyze(replace(call(), signals=(lossy,))) if "the line" in m.low_confidence_because} == {
        Party.AGENT
    }


def test_sure_roles_raise_no_doubt() -> None:
    assert {"told apart" in measure.low_confidence_because for measure in analyze(call())} == {False}


def test_the_same_call_gives_the_same_measures() -> None:
    assert analyze(call()) == analyze(call())
