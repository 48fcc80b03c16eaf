"""Talk speed against lines whose length and words are known."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Conversation, Party, Span, Speech
from analyzers.measure import Evidence, Measure
from analyzers.talk_speed import (
    ARTICULATION_RATE,
    CHANGE,
    CHARACTER_RATE,
    FASTEST_10S,
    FASTEST_TURN,
    NAMES,
    SLOWEST_10S,
    SLOWEST_TURN,
    SPEECH_RATE,
    SYLLABLE_RATE,
    WORD_RATE,
    analyze,
    turn_rates,
)
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


def test_the_slowest_10_s_are_found_across_turns_and_not_where_words_were_lost() -> None:
    slow = "well it was so"
    lines: list[Line] = [(AGENT, TEN_WORDS, 0, 5), (AGENT, slow, 6.5, 11.5), (AGENT, slow, 13, 18)]
    call = dialogue([*lines, (AGENT, TEN_WORDS, 20, 25), (AGENT, "", 25.5, 35)])
    lost = (Speech(Span(25.5, 35), AGENT, "channel-0", 0),)
    found = measure(replace(call, unintelligible=lost), SLOWEST_10S)
    # The first window of those with eight words: from just before the last word of the first turn is said.
    assert (found.value, [evidence.quote for evidence in found.evidence]) == (48.0, ["ten", slow, "well it was"])
    assert [evidence.span for evidence in found.evidence] == [Span(4.375, 5), Span(6.5, 11.5), Span(13, 17.375)]


def test_the_fastest_and_the_slowest_turn() -> None:
    call = dialogue([(AGENT, TEN_WORDS, 0, 6), (AGENT, TEN_WORDS, 8, 11), (AGENT, TEN_WORDS, 15, 20)])
    assert [(turn.span, turn.units, turn.per_min) for turn in turn_rates(call, AGENT)] == [
        (Span(0, 6), 10, pytest.approx(100)),
        (Span(8, 11), 10, pytest.approx(200)),
        (Span(15, 20), 10, pytest.approx(120)),
    ]
    fastest, slowest = Evidence(Span(8, 11), AGENT, TEN_WORDS), Evidence(Span(0, 6), AGENT, TEN_WORDS)
    assert measure(call, FASTEST_TURN) == Measure(FASTEST_TURN, AGENT, 200.0, "words/min", (fastest,))
    assert measure(call, SLOWEST_TURN) == Measure(SLOWEST_TURN, AGENT, 100.0, "words/min", (slowest,))


def test_mixed_speech_is_counted_in_each_of_its_languages() -> None:
    call = dialogue([(AGENT, "您的iPhone 订单号是 138 请说 refund please", 0, 6)], language="zh")
    rates = {name: measure(call, name) for name in (SPEECH_RATE, CHARACTER_RATE, WORD_RATE, SYLLABLE_RATE)}
    assert {name: (rate.value, rate.unit) for name, rate in rates.items()} == {
        SPEECH_RATE: (pytest.approx(10 * 14), "characters/min"),
        CHARACTER_RATE: (pytest.approx(10 * 11), "characters/min"),
        WORD_RATE: (pytest.approx(10 * 3), "words/min"),
        SYLLABLE_RATE: (pytest.approx(10 * (11 + 2 + 2 + 1)), "syllables/min"),
    }


def test_a_language_that_is_not_spoken_has_no_rate() -> None:
    found = measure(dialogue([(AGENT, TEN_WORDS, 0, 4)]), CHARACTER_RATE)
    assert found.missing_because == "the agent speaks no language that is counted in characters/min"


def test_english_digits_count_as_the_words_they_are_said_in() -> None:
    written = dialogue([(AGENT, "your balance is $134 at 9:30 thank you", 0, 6)])
    spoken = dialogue([(AGENT, "your balance is one hundred thirty four dollars at nine thirty thank you", 0, 6)])
    assert [m.value for m in analyze(written)] == [pytest.approx(m.value) for m in analyze(spoken)]


def test_little_speech_makes_a_rate_unsure() -> None:
    assert measure(dialogue([(AGENT, TEN_WORDS, 0, 4)]), SPEECH_RATE).low_confidence_because == (
        "4.0 s in turns, 10 s are needed"
    )
    assert measure(dialogue([(AGENT, TEN_WORDS, 0, 10)]), SPEECH_RATE).low_confidence_because == ""


def test_change_is_the_last_third_against_the_first() -> None:
    lines: list[Line] = [(AGENT, TEN_WORDS, 20 * i, 20 * i + length) for i, length in enumerate((10, 10, 10))]
    call = dialogue([*lines[:2], (AGENT, f"{TEN_WORDS} {TEN_WORDS[:23]}", 40, 50)])
    assert measure(call, CHANGE) == Measure(
        CHANGE, AGENT, pytest.approx(50.0), "%",  # type: ignore[arg-type]
        (Evidence(Span(0, 10), AGENT, TEN_WORDS), Evidence(Span(40, 50), AGENT, f"{TEN_WORDS} {TEN_WORDS[:23]}")),
    )  # fmt: skip


def test_change_wants_time_to_show_and_says_when_it_has_little() -> None:
    assert measure(dialogue([(AGENT, TEN_WORDS, 0, 14.4)]), CHANGE).missing_because == (
        "the agent speaks 14.4 s in turns, 15 s are needed"
    )
    brief = measure(dialogue([(AGENT, TEN_WORDS, 0, 18)]), CHANGE)
    assert brief.low_confidence_because == "thirds of 6.0 s, 10 s are needed"


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


TURNS = st.lists(st.tuples(st.integers(4, 30), st.integers(21, 150), st.integers(11, 60)), min_size=1, max_size=6)


def said(turns: list[tuple[int, int, int]], slower: float = 1.0) -> list[Line]:
    lines: list[Line] = []
    clock_s = 0.0
    for i, (words, tenths, gap) in enumerate(turns):
        text = " ".join(("refund", "138", "您好", "delivered")[(i + k) % 4] for k in range(words))
        lines.append((AGENT, text, clock_s, clock_s + slower * tenths / 10))
        clock_s += slower * (tenths + gap) / 10
    return lines


@settings(max_examples=40, deadline=None)
@given(TURNS, st.sampled_from(["zh", "en"]))
def test_who_takes_twice_as_long_speaks_half_as_fast(turns: list[tuple[int, int, int]], language: str) -> None:
    rates = (SPEECH_RATE, CHARACTER_RATE, WORD_RATE, SYLLABLE_RATE, FASTEST_TURN, SLOWEST_TURN)
    normal, slow = (dialogue(said(turns, slower), language=language) for slower in (1.0, 2.0))
    for name in rates:
        value = measure(normal, name).value
        assert measure(slow, name).value == (None if value is None else pytest.approx(value / 2))


@settings(max_examples=40, deadline=None)
@given(TURNS, st.sampled_from(["zh", "en"]))
def test_what_the_other_party_says_afterwards_changes_nothing(turns: list[tuple[int, int, int]], language: str) -> None:
    lines = said(turns)
    more: list[Line] = [*lines, (CUSTOMER, "well I have waited 15 minutes 您知道吗", lines[-1][-1] + 0.2)]  # type: ignore[operator]
    alone, joined = (
        [m for m in analyze(dialogue(given, language=language)) if m.party is AGENT] for given in (lines, more)
    )
    assert alone == joined


@settings(max_examples=40, deadline=None)
@given(TURNS)
def test_no_turn_and_no_window_is_beyond_the_fastest_and_the_slowest(turns: list[tuple[int, int, int]]) -> None:
    found = {m.name: m.value for m in analyze(dialogue(said(turns))) if m.party is AGENT}
    slowest, average, fastest = found[SLOWEST_TURN], found[SPEECH_RATE], found[FASTEST_TURN]
    assert slowest is not None
    assert average is not None
    assert fastest is not None
    assert slowest - 1e-9 <= average <= fastest + 1e-9
    assert (found[SLOWEST_10S] or 0.0) <= (found[FASTEST_10S] or 0.0)
