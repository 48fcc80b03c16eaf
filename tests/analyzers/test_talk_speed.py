"""Talk speed against lines whose length and words are known."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Conversation, Party, Span, Speech
from analyzers.measure import Evidence, Measure
from analyzers.talk_speed import ARTICULATION_RATE, FASTEST_10S, NAMES, SPEECH_RATE, analyze
from tests.builders import Line, dialogue

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER
TEN_WORDS = "one two three four five six seven eight nine ten"


def measure(call: Conversation, name: str, party: Party = AGENT) -> Measure:
    (found,) = (m for m in analyze(call) if m.name == name and m.party is party)
    return found


def test_english_is_counted_in_words_per_minute_of_own_turns() -> None:
    call = dialogue([(AGENT, TEN_WORDS, 0, 4), (CUSTOMER, TEN_WORDS, 5, 25), (AGENT, TEN_WORDS, 26, 32)])
    assert measure(call, SPEECH_RATE) == Measure(
        SPEECH_RATE,
        AGENT,
        pytest.approx(60 * 20 / 10),  # type: ignore[arg-type]
        "words/min",
        (Evidence(Span(0, 4), AGENT, TEN_WORDS), Evidence(Span(26, 32), AGENT, TEN_WORDS)),
    )
    assert measure(call, SPEECH_RATE, CUSTOMER).value == pytest.approx(30)


@pytest.mark.parametrize("digits", ["138 1234", "一三八一二三四"])
def test_chinese_is_counted_in_characters_and_digits_however_they_are_written(digits: str) -> None:
    rate = measure(dialogue([(AGENT, f"您的iPhone号码是{digits}", 0, 6)], language="zh"), SPEECH_RATE)
    assert (rate.value, rate.unit) == (pytest.approx(60 * 13 / 6), "characters/min")


def test_articulation_leaves_pauses_of_250_ms_out_and_speech_rate_does_not() -> None:
    lines: list[Line] = [(AGENT, TEN_WORDS, 0, 4), (AGENT, TEN_WORDS, 4.2, 8), (AGENT, TEN_WORDS, 8.8, 12)]
    call = dialogue(lines)
    assert measure(call, SPEECH_RATE).value == pytest.approx(60 * 30 / 12)
    assert measure(call, ARTICULATION_RATE).value == pytest.approx(60 * 30 / (12 - 0.8))


def test_short_turns_do_not_count() -> None:
    long: Line = (AGENT, TEN_WORDS, 0, 4)
    alone = dialogue([long])
    quick = dialogue([long, (AGENT, TEN_WORDS, 6, 7.9), (AGENT, "yes sure okay", 10, 14)])
    assert [m.value for m in analyze(quick)] == [m.value for m in analyze(alone)]


def test_speech_without_words_does_not_make_a_party_slow() -> None:
    call = dialogue([(AGENT, TEN_WORDS, 0, 4), (AGENT, "", 4.5, 8)])
    lost = (Speech(Span(4.5, 8), AGENT, "channel-0", 0),)
    assert measure(replace(call, unintelligible=lost), SPEECH_RATE).value == pytest.approx(60 * 10 / 4.5)


def test_a_first_word_before_its_turn_still_counts() -> None:
    call = dialogue([(AGENT, TEN_WORDS, 1, 5)])
    early = tuple(replace(w, span=Span(w.span.start_s - 0.3, w.span.end_s - 0.3)) for w in call.words)
    assert measure(replace(call, words=early), SPEECH_RATE).value == measure(call, SPEECH_RATE).value


def test_the_fastest_10_s_are_found_across_turns() -> None:
    slow = "well it was so"
    call = dialogue([(AGENT, slow, 0, 10), (AGENT, TEN_WORDS, 20, 25), (AGENT, TEN_WORDS, 30, 35)])
    assert measure(call, FASTEST_10S) == Measure(
        FASTEST_10S,
        AGENT,
        120.0,
        "words/min",
        (Evidence(Span(20, 25), AGENT, TEN_WORDS), Evidence(Span(30, 35), AGENT, TEN_WORDS)),
    )


def test_ten_seconds_of_turns_are_needed_for_the_fastest_ten() -> None:
    found = measure(dialogue([(AGENT, TEN_WORDS, 0, 9.9)]), FASTEST_10S)
    assert found.missing_because == "the agent speaks 9.9 s in turns, 10 s are needed"


def test_a_party_without_turns_has_no_rate() -> None:
    found = [m for m in analyze(dialogue([(AGENT, TEN_WORDS, 0, 4)])) if m.party is CUSTOMER]
    assert {m.name for m in found} == NAMES
    assert {m.missing_because for m in found} == {"the customer has no turn of 2 s and 4 units or more"}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(4, 40), st.integers(20, 200), st.integers(0, 60)), min_size=1, max_size=8))
def test_rates_are_ordered(turns: list[tuple[int, int, int]]) -> None:
    """Articulation is never slower than speech, and the fastest 10 s never slower than the average allows."""
    lines: list[Line] = []
    clock_s = 0.0
    for words, tenths, gap in turns:
        lines.append((AGENT, "word " * words, clock_s, clock_s + tenths / 10))
        clock_s += (tenths + gap) / 10
    found = {m.name: m.value for m in analyze(dialogue(lines)) if m.party is AGENT}
    speech, articulation, fastest = found[SPEECH_RATE], found[ARTICULATION_RATE], found[FASTEST_10S]
    assert speech is not None
    assert articulation is not None
    assert articulation >= speech - 1e-9
    if fastest is not None:
        # ceil(T / 10) windows cover T s, so one holds its share of the words; ceil is at most double.
        assert fastest >= speech / 2 - 1e-9
