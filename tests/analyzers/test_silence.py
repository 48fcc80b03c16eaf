"""Silence, dead air and announced holds."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Conversation, Party, Sound, SoundKind, Span
from analyzers.measure import Evidence, Measure
from analyzers.silence import NAMES, PARTY_UNITS, SOUNDS, UNITS, Silences, analyze, find_silences
from tests.builders import Line, dialogue

AGENT, CUSTOMER, OTHER = Party.AGENT, Party.CUSTOMER, Party.OTHER


def call_with(*lines: Line, language: str = "en", duration_s: float | None = None) -> Conversation:
    return dialogue(lines, language=language, duration_s=duration_s)


def silent_after(text: str, silence_s: float, language: str = "en") -> Silences:
    """The agent says something, nobody speaks, the agent is back."""
    end_s = 5.0 + silence_s
    return find_silences(call_with((AGENT, text, 0, 5), (AGENT, "right", end_s, end_s + 1), language=language))


def test_measures_of_a_call() -> None:
    call = call_with(
        (AGENT, "hello", 4, 5),
        (CUSTOMER, "hi", 9, 10),
        (AGENT, "one moment please", 15, 17),
        (CUSTOMER, "okay", 17.5, 18),
        (AGENT, "i am back", 28, 30),
        (CUSTOMER, "bye", 36, 37),
        duration_s=41,
    )
    found = {m.name: (m.value, m.unit) for m in analyze(call) if m.party is None}
    assert found == {
        "silence.count": (6, "silences"),
        "silence.total": (4 + 4 + 5 + 10 + 6 + 4, "s"),
        "silence.longest": (10, "s"),
        "silence.share": (33 / 41, "share"),
        "silence.dead_air_count": (2, "silences"),
        "silence.dead_air": (5 + 6, "s"),
        "silence.hold_count": (1, "holds"),
        "silence.hold": (10, "s"),
        "silence.hold_longest": (10, "s"),
        "silence.hold_returned": (0, "holds"),
        "silence.hold_not_returned": (1, "holds"),
        "silence.prompts": (0, "s"),
        "silence.music": (0, "s"),
        "silence.ringing": (0, "s"),
    }


def test_evidence_of_a_hold_says_how_it_was_announced() -> None:
    call = call_with((AGENT, "one moment please", 0, 2), (AGENT, "thank you", 12, 13))
    (hold,) = (m for m in analyze(call) if m.name == "silence.hold_count")
    assert hold.evidence == (Evidence(Span(2, 12), AGENT, "one moment please"),)


def test_before_the_first_word_and_after_the_last_is_silence_but_no_dead_air() -> None:
    found = find_silences(call_with((AGENT, "hello", 10, 11), duration_s=30))
    assert found == Silences(everywhere=(Span(0, 10), Span(11, 30)))


@pytest.mark.parametrize(
    ("silence_s", "silences", "dead_air"), [(2.9, 0, 0), (3.0, 1, 0), (4.9, 1, 0), (5.0, 1, 1), (70.0, 1, 1)]
)
def test_thresholds(silence_s: float, silences: int, dead_air: int) -> None:
    found = silent_after("your address please", silence_s)
    assert (len(found.everywhere), len(found.dead_air), len(found.hold)) == (silences, dead_air, 0)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("请您稍等一下", "zh"),
        ("请您烧等", "zh"),  # a recogniser's homophone
        ("请你骚等", "zh"),  # sh heard as s
        ("我马上为您查询", "zh"),
        ("我帮您茶一下", "zh"),
        ("请不要挂断电话", "zh"),
        ("Would you mind holding for a moment?", "en"),
        ("Bear with me, sir.", "en"),
        ("okay one second please", "en"),
        ("while i check that", "en"),
    ],
)
def test_an_announced_silence_is_a_hold(text: str, language: str) -> None:
    found = silent_after(text, 20, language)
    assert (found.hold, found.dead_air) == ((Span(5, 25),), ())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("您家的空调是什么型号的", "zh"),
        ("感谢您的耐心等待", "zh"),
        ("让您久等了", "zh"),
        ("您的地址是哪里呢", "zh"),
        ("thank you for holding", "en"),
        ("which card would you like to replace", "en"),
        ("the household is new", "en"),
    ],
)
def test_other_words_announce_nothing(text: str, language: str) -> None:
    found = silent_after(text, 20, language)
    assert (found.hold, found.dead_air) == ((), (Span(5, 25),))


def test_the_customer_announces_nothing() -> None:
    found = find_silences(call_with((AGENT, "yes", 0, 1), (CUSTOMER, "one moment", 2, 4), (AGENT, "hm", 14, 15)))
    assert found.dead_air == (Span(4, 14),)


def test_an_announcement_long_before_a_silence_is_not_about_it() -> None:
    lines: list[Line] = [(AGENT, "one moment please", 0, 2), (AGENT, "the story is this", 3, 16), (AGENT, "so", 26, 27)]
    assert find_silences(dialogue(lines)).dead_air == (Span(16, 26),)


def test_a_hold_goes_on_over_words_of_the_customer_until_the_agent_is_back() -> None:
    found = find_silences(
        call_with(
            (AGENT, "one moment please", 0, 2),
            (CUSTOMER, "are you there", 22, 23),
            (AGENT, "yes", 33, 34),
            (CUSTOMER, "fine", 44, 45),
        )
    )
    assert found == Silences(
        everywhere=(Span(2, 22), Span(23, 33), Span(34, 44)),
        hold=(Span(2, 22), Span(23, 33)),
        dead_air=(Span(34, 44),),
        announced=(Span(2, 22),),
        holds=(Span(2, 33),),
    )


def test_what_a_hold_lasts_beyond_a_minute_is_dead_air() -> None:
    found = silent_after("please hold", 90)
    assert (found.hold, found.dead_air) == ((Span(5, 65),), (Span(65, 95),))


def test_the_minute_runs_from_the_beginning_of_the_hold() -> None:
    found = find_silences(
        call_with((AGENT, "please hold", 0, 2), (CUSTOMER, "hello", 42, 43), (AGENT, "back", 83, 84), duration_s=84)
    )
    assert (found.hold, found.dead_air) == ((Span(2, 42), Span(43, 62)), (Span(62, 83),))


def test_a_third_voice_is_speech() -> None:
    found = find_silences(call_with((AGENT, "hi", 0, 1), (OTHER, "press one", 2, 9), (CUSTOMER, "hi", 10, 11)))
    assert found == Silences()


def test_where_nobody_is_heard_nothing_is_claimed() -> None:
    found = analyze(call_with(duration_s=30))
    assert {m.name for m in found} == NAMES
    assert {m.name for m in found if m.value is None} == {*UNITS, *PARTY_UNITS}
    assert {m.name: m.value for m in found if m.value is not None} == dict.fromkeys(SOUNDS, 0.0)


def one(call: Conversation, name: str, party: Party | None = None) -> Measure:
    (found,) = (m for m in analyze(call) if m.name == f"silence.{name}" and m.party is party)
    return found


def with_sound(call: Conversation, start_s: float, end_s: float, kind: SoundKind = SoundKind.MUSIC) -> Conversation:
    return replace(call, sounds=(*call.sounds, Sound(Span(start_s, end_s), kind, 0)))


def test_music_is_neither_speech_nor_silence() -> None:
    call = with_sound(call_with((AGENT, "hello", 0, 2), (CUSTOMER, "yes", 30, 31)), 5, 20)
    assert find_silences(call) == Silences(everywhere=(Span(2, 5), Span(20, 30)), dead_air=(Span(20, 30),))
    assert (one(call, "music").value, one(call, "ringing").value) == (15, 0)


def test_ringing_before_the_first_word_is_no_silence() -> None:
    call = with_sound(call_with((AGENT, "hello", 10, 11)), 1, 9, SoundKind.RINGING)
    assert find_silences(call).everywhere == ()
    assert one(call, "ringing").evidence == (Evidence(Span(1, 9)),)


def test_a_hold_with_music_is_a_hold_for_as_long_as_it_plays() -> None:
    call = with_sound(call_with((AGENT, "please hold", 0, 2), (AGENT, "i am back", 120, 122)), 3, 100)
    found = find_silences(call)
    assert found.hold == (Span(2, 100),)
    assert (found.everywhere, found.dead_air) == ((Span(100, 120),), (Span(100, 120),))
    assert one(call, "hold_longest").value == 118


def test_the_longest_hold_lasts_until_the_agent_is_back() -> None:
    call = call_with(
        (AGENT, "one moment please", 0, 2),
        (CUSTOMER, "hello", 22, 23),
        (AGENT, "please hold", 40, 42),
        (AGENT, "so", 50, 51),
    )
    assert one(call, "hold_longest").value == 38
    assert one(call, "hold_longest").evidence == (Evidence(Span(2, 40), AGENT),)


@pytest.mark.parametrize(
    ("text", "language", "returned"),
    [
        ("感谢您的等待", "zh", 1),
        ("让您久等了，查到了", "zh", 1),
        ("让您九等了", "zh", 1),  # a recogniser's homophone
        ("不好意思，我查到了", "zh", 1),
        ("您的订单在路上", "zh", 0),
        ("Thank you so much for holding.", "en", 1),
        ("Sorry to keep you waiting.", "en", 1),
        ("I found your order.", "en", 0),
    ],
)
def test_whether_the_agent_came_back_with_thanks(text: str, language: str, returned: int) -> None:
    call = call_with((AGENT, "please hold 请稍等", 0, 2), (AGENT, text, 20, 23), language=language)
    shown = {name: one(call, name) for name in ("hold_returned", "hold_not_returned")}
    assert [measure.value for measure in shown.values()] == [returned, 1 - returned]
    (evidence,) = shown["hold_returned" if returned else "hold_not_returned"].evidence
    assert (evidence.party, evidence.span.start_s) == (AGENT, 20)
    assert evidence.quote.replace(" ", "") == text.replace(" ", "")


def test_thanks_long_after_a_hold_are_not_about_it() -> None:
    call = call_with((AGENT, "please hold", 0, 2), (AGENT, "so it is", 20, 22), (AGENT, "sorry", 26, 27))
    assert one(call, "hold_not_returned").value == 1


def test_silence_belongs_to_who_spoke_last_before_it() -> None:
    call = call_with(
        (AGENT, "your address please", 5, 8),
        (CUSTOMER, "number ten", 12, 13),
        (AGENT, "thank you", 20, 21),
        (CUSTOMER, "bye", 21, 22),
        duration_s=30,
    )
    assert (one(call, "after_count", AGENT).value, one(call, "after", AGENT).value) == (1, 4)
    assert one(call, "after", CUSTOMER).evidence == (Evidence(Span(13, 20), CUSTOMER, "number ten"),)


def test_a_machine_that_speaks_is_a_prompt_and_a_third_person_is_none() -> None:
    menu = "for opening hours please press one for all other questions please press two"
    call = call_with((OTHER, menu, 0, 6), (AGENT, "hello how can i help", 10, 12), (CUSTOMER, "hi", 13, 14))
    assert (one(call, "prompts").value, one(call, "prompts").evidence) == (6, (Evidence(Span(0, 6), OTHER, menu),))
    assert one(call_with((OTHER, "hello i am his wife", 0, 6), (AGENT, "hi", 7, 8)), "prompts").value == 0
    assert one(call, "after_count", AGENT).value == one(call, "after_count", CUSTOMER).value == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 900), st.integers(1, 50)), min_size=1, max_size=10))
def test_silence_between_speech_is_hold_or_dead_air_or_too_short(lines: list[tuple[bool, int, int]]) -> None:
    call = dialogue(
        [
            (AGENT if agent else CUSTOMER, "please hold" if start % 2 else "so", start / 10, (start + length) / 10)
            for agent, start, length in lines
        ],
        duration_s=100,
    )
    found = find_silences(call)
    assert all(span.duration_s >= 5 for span in found.dead_air)
    assert not any(hold.overlap_s(dead) for hold in found.hold for dead in found.dead_air)
    assert not any(part.overlap_s(s.span) for part in (*found.hold, *found.dead_air) for s in call.speech)
    assert set(found.announced) <= set(found.everywhere)
    counts = {m.name: m.value or 0.0 for m in analyze(call) if m.party is None}
    assert counts["silence.hold_returned"] + counts["silence.hold_not_returned"] == counts["silence.hold_count"]
    after = sum(m.value or 0 for m in analyze(call) if m.name == "silence.after")
    assert after <= counts["silence.total"] + 1e-9


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 90), st.integers(1, 5)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 30)), max_size=4),
)
def test_sound_is_never_silence(lines: list[tuple[bool, int, int]], played: list[tuple[int, int]]) -> None:
    call = call_with(
        *((AGENT if agent else CUSTOMER, "please hold", start, start + length) for agent, start, length in lines),
        duration_s=130,
    )
    for start, length in played:
        call = with_sound(call, start, start + length)
    found = find_silences(call)
    assert not any(s.span.overlap_s(span) for s in call.sounds for span in (*found.everywhere, *found.dead_air))
    assert not any(hold.overlap_s(dead) for hold in found.hold for dead in found.dead_air)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("请您在线等候", "zh"),
        ("系统有点慢，占用您一点时间", "zh"),
        ("我请示一下主管", "zh"),
        ("i will put you on a brief hold", "en"),
        ("let me ask my colleague", "en"),
        ("i'm just looking that up", "en"),
    ],
)
def test_other_ways_to_announce_a_hold(text: str, language: str) -> None:
    assert silent_after(text, 8, language).hold == (Span(5, 13),)


@pytest.mark.parametrize(
    ("text", "language"), [("谢谢您的等候", "zh"), ("感谢您耐心等候", "zh"), ("sorry that you were on hold", "en")]
)
def test_thanks_for_a_hold_announce_no_other(text: str, language: str) -> None:
    assert silent_after(text, 8, language).dead_air == (Span(5, 13),)
