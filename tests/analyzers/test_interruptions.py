"""Interruptions against calls in which it is known who cut in, and how."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Conversation, Party, Span, Speech, take_turns
from analyzers.interruptions import (
    ATTEMPTS,
    BACKCHANNELS,
    COUNT,
    LONGEST_OVERLAP,
    NAMES,
    OVERLAP,
    OVERLAP_COUNT,
    PER_MIN,
    SUCCESSFUL,
    Kind,
    Overlap,
    analyze,
    overlaps,
)
from analyzers.measure import Evidence
from tests.builders import Line, dialogue

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER
STORY = "well i ordered it two weeks ago and since then nobody has called me back about"
FINISHED = "well i ordered it two weeks ago and nobody has called me back about it."
CUTTING_IN = "that is not my department at all"

RUDE: list[Line] = [
    (AGENT, "what do you want", 2.8, 4.0),
    (CUSTOMER, STORY, 4.6, 10.5),
    (AGENT, "refunds take time everybody knows that", 9.6, 12.3),
    (CUSTOMER, STORY, 12.8, 18.7),
    (AGENT, CUTTING_IN, 17.8, 21.2),
    (CUSTOMER, STORY, 21.7, 26.6),
    (AGENT, "calm down it is not my problem", 25.7, 28.8),
    (CUSTOMER, "i want to make a complaint right now", 29.7, 33.3),
]
KIND: list[Line] = [
    (AGENT, "good morning how can i help you", 0.8, 5.0),
    (CUSTOMER, STORY, 5.6, 11.0),
    (AGENT, "mm hmm", 8.0, 8.4),
    (AGENT, "i am so sorry to hear that let me check", 11.3, 15.0),
    (CUSTOMER, "thank you that is very kind of you", 15.4, 18.0),
]


def values(lines: Sequence[Line], party: Party = AGENT, language: str = "en") -> dict[str, float | None]:
    return {m.name: m.value for m in analyze(dialogue(lines, language=language)) if m.party is party}


def test_who_cuts_in_and_the_other_stops_has_interrupted_successfully() -> None:
    assert values([(CUSTOMER, STORY, 0, 5), (AGENT, CUTTING_IN, 4.1, 8)]) == pytest.approx(
        {
            COUNT: 1,
            SUCCESSFUL: 1,
            ATTEMPTS: 0,
            PER_MIN: 60 / 5,
            BACKCHANNELS: 0,
            OVERLAP_COUNT: 1,
            OVERLAP: 0.9,
            LONGEST_OVERLAP: 0.9,
        }
    )


def test_where_both_go_on_it_was_an_attempt() -> None:
    found = values([(CUSTOMER, STORY, 0, 9), (AGENT, CUTTING_IN, 4, 7)])
    assert (found[COUNT], found[SUCCESSFUL], found[ATTEMPTS], found[OVERLAP]) == (1, 0, 1, 3)


@pytest.mark.parametrize(("ending", "successful"), [("it?", 0), ("it？", 0), ("it", 1), ("it.", 1), ("it,", 1)])
def test_who_had_finished_was_not_stopped(ending: str, successful: int) -> None:
    found = values(
        [
            (CUSTOMER, f"i ordered this two weeks ago and nobody called about {ending}", 0, 5),
            (AGENT, CUTTING_IN, 4.1, 8),
        ]
    )
    assert (found[COUNT], found[SUCCESSFUL]) == (1, successful)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([(CUSTOMER, FINISHED, 0, 5), (AGENT, CUTTING_IN, 4.7, 8)], id="quick change of turns"),
        pytest.param([(CUSTOMER, STORY, 0, 5), (AGENT, "mm hmm i see", 2, 3.4)], id="backchannel"),
        pytest.param([(CUSTOMER, "well i", 0, 0.8), (AGENT, CUTTING_IN, 0.2, 4)], id="both began"),
        pytest.param([(CUSTOMER, STORY, 0, 5), (AGENT, "", 3, 4.5)], id="a cough: no words"),
        pytest.param([(CUSTOMER, STORY, 0, 5), (AGENT, CUTTING_IN, 5.2, 8)], id="no overlap"),
        pytest.param(
            [(AGENT, STORY, 0, 5), (CUSTOMER, CUTTING_IN, 4, 8), (AGENT, STORY, 5.7, 9)], id="the agent only goes on"
        ),
        pytest.param(
            [(AGENT, STORY, 0, 5), (CUSTOMER, CUTTING_IN, 5.2, 8), (AGENT, STORY, 5.4, 9)], id="after a breath"
        ),
    ],
)
def test_no_interruption_by_the_agent(lines: list[Line]) -> None:
    assert values(lines)[COUNT] == 0


def test_who_comes_in_during_a_breath_interrupts() -> None:
    found = values([(CUSTOMER, STORY, 0, 5), (AGENT, CUTTING_IN, 5.2, 8), (CUSTOMER, STORY, 5.4, 9)])
    assert (found[COUNT], found[ATTEMPTS]) == (1, 1)


def test_a_pause_of_the_one_who_cut_in_does_not_make_it_a_backchannel() -> None:
    """Short words, a pause in which nobody speaks, and on: one contribution."""
    found = values([(CUSTOMER, STORY, 0, 5), (AGENT, "all right all right", 4.3, 5.2), (AGENT, CUTTING_IN, 5.9, 8)])
    assert (found[COUNT], found[BACKCHANNELS]) == (1, 0)


@pytest.mark.parametrize(
    ("ending", "successful"),
    [
        ("没有。", 1),  # recognisers close cut-off speech with a full stop
        ("没有", 1),
        ("处理吗", 0),
        ("处理吧。", 0),
        ("处理？", 0),
    ],
)
def test_a_question_or_a_closing_particle_is_an_end_and_a_full_stop_is_none(ending: str, successful: int) -> None:
    story = f"我之前打过两次电话你们说会{ending}"
    found = values([(CUSTOMER, story, 0, 6), (AGENT, "行了行了别说那么多", 5.1, 8)], language="zh")
    assert (found[COUNT], found[SUCCESSFUL]) == (1, successful)


def test_evidence_is_the_overlap_and_what_both_said_in_it() -> None:
    (count,) = (m for m in analyze(dialogue(RUDE)) if m.name == COUNT and m.party is AGENT)
    assert count.evidence == (
        Evidence(Span(9.6, 10.5), AGENT, f"refunds take time everybody knows that / {STORY}"),
        Evidence(Span(17.8, 18.7), AGENT, f"{CUTTING_IN} / {STORY}"),
        Evidence(Span(25.7, 26.6), AGENT, f"calm down it is not my problem / {STORY}"),
    )


def test_overlaps_are_listed_with_who_when_how_long_and_what_was_said() -> None:
    found = overlaps(dialogue([(CUSTOMER, STORY, 0, 16), (AGENT, "mm hmm", 8, 8.4), (AGENT, CUTTING_IN, 15, 18)]))
    assert [(one.kind, one.party, one.span, one.said) for one in found] == [
        (Kind.BACKCHANNEL, AGENT, Span(8, 8.4), "mm hmm"),
        (Kind.SUCCESSFUL, AGENT, Span(15, 16), CUTTING_IN),
    ]
    assert found[1] == Overlap(Kind.SUCCESSFUL, AGENT, Span(15, 16), 1.0, CUTTING_IN, "nobody has called me back about")


def test_the_rate_is_per_minute_of_the_others_speech() -> None:
    lines: list[Line] = [(CUSTOMER, STORY, 0, 40), (AGENT, CUTTING_IN, 39, 50), (CUSTOMER, STORY, 55, 75)]
    (rate,) = (m for m in analyze(dialogue(lines)) if m.name == PER_MIN and m.party is AGENT)
    assert (rate.value, rate.unit, rate.low_confidence_because) == (1.0, "interruptions/min", "")


def test_a_rate_over_few_seconds_is_of_low_confidence() -> None:
    found = {m.name: m.low_confidence_because for m in analyze(dialogue(RUDE)) if m.party is CUSTOMER}
    assert found.pop(PER_MIN) == "the agent spoke 10 s, 30 s are needed"
    assert set(found.values()) == {""}


def test_the_longest_overlap() -> None:
    lines: list[Line] = [(CUSTOMER, STORY, 0, 5), (AGENT, CUTTING_IN, 4.5, 8), (CUSTOMER, STORY, 6, 9)]
    found = {m.party: m for m in analyze(dialogue(lines)) if m.name == LONGEST_OVERLAP}
    assert {party: m.value for party, m in found.items()} == {AGENT: 0.5, CUSTOMER: 2.0}
    assert [e.span for e in found[CUSTOMER].evidence] == [Span(6, 8)]


def test_chinese_counts_characters() -> None:
    found = values(
        [(CUSTOMER, "我之前打过两次电话你们的同事说三天之内", 0, 6), (AGENT, "行了行了别说那么多", 5.1, 8)],
        language="zh",
    )
    assert (found[COUNT], found[SUCCESSFUL]) == (1, 1)


def jittered(call: Conversation, seed: int, by_s: float) -> Conversation:
    """Voice activity and word edges as engines hear them: each edge off by up to `by_s`."""
    rng = random.Random(seed)  # noqa: S311

    def off(span: Span) -> Span:
        start_s = max(0.0, span.start_s + rng.uniform(-by_s, by_s))
        return Span(start_s, max(start_s, span.end_s + rng.uniform(-by_s, by_s)))

    speech = tuple(sorted((replace(s, span=off(s.span)) for s in call.speech), key=lambda s: s.span))
    words = tuple(sorted((replace(w, span=off(w.span)) for w in call.words), key=lambda w: w.span))
    return replace(call, speech=speech, words=words, turns=take_turns(speech))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_counts_hold_when_every_edge_is_off_by_150_ms(seed: int) -> None:
    for lines, expected in ((RUDE, 3), (KIND, 0)):
        counts = [m.value for m in analyze(jittered(dialogue(lines), seed, 0.15)) if m.name == COUNT]
        assert counts == [expected, 0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 300), st.integers(1, 80)), max_size=12))
def test_parts_add_up_and_overlap_is_counted_once(lines: list[tuple[bool, int, int]]) -> None:
    call = dialogue(
        [(AGENT if agent else CUSTOMER, STORY, start / 10, (start + length) / 10) for agent, start, length in lines]
    )
    found = {(m.party, m.name): m.value or 0.0 for m in analyze(call)}
    for party in (AGENT, CUSTOMER):
        assert found[party, COUNT] == found[party, SUCCESSFUL] + found[party, ATTEMPTS]
    both = [a.overlap_s(c) for a in call.speech_of(AGENT) for c in call.speech_of(CUSTOMER)]
    assert found[AGENT, OVERLAP] + found[CUSTOMER, OVERLAP] <= sum(both) + 1e-9
    assert all(found[party, LONGEST_OVERLAP] <= found[party, OVERLAP] for party in (AGENT, CUSTOMER))
    assert {name for _, name in found} == NAMES


def test_one_channel_is_of_low_confidence() -> None:
    call = dialogue(RUDE)
    speech = tuple(Speech(s.span, s.party, f"SPEAKER_{s.party}", 0) for s in call.speech)
    assert all("one channel" in m.low_confidence_because for m in analyze(replace(call, speech=speech)))


def test_where_one_party_is_not_heard_nothing_is_claimed() -> None:
    found = analyze(dialogue([(AGENT, STORY)]))
    assert {m.missing_because for m in found} == {
        "the customer is not heard, so nobody could interrupt or be interrupted"
    }
    assert {(m.party, m.name) for m in found} == {(party, name) for party in (AGENT, CUSTOMER) for name in NAMES}
