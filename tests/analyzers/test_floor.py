"""Who holds the floor and who comes in: breaths, resumptions, backchannels."""

from dataclasses import replace

import pytest

from analyzers.conversation import Conversation, Party, Span, take_turns
from analyzers.floor import contributions, entrances, words_by_span
from tests.builders import Line, dialogue

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER
LONG = "i would like to know when my refund is going to be paid back to me"


def spans(call: Conversation, party: Party) -> list[Span]:
    return [contribution.span for contribution in contributions(call, party)]


def entering(lines: list[Line], language: str = "en") -> list[tuple[Party, float]]:
    found = entrances(dialogue(lines, language=language))
    return [(entrance.entering.party, entrance.entering.span.start_s) for entrance in found]


def test_a_breath_does_not_end_a_contribution_even_if_the_other_speaks_in_it() -> None:
    call = dialogue([(CUSTOMER, LONG, 0, 5), (CUSTOMER, LONG, 5.4, 9), (AGENT, "hold on please sir", 5.2, 7)])
    assert spans(call, CUSTOMER) == [Span(0, 9)]


def test_a_pause_ends_a_contribution_only_if_the_other_speaks_in_it() -> None:
    customer: list[Line] = [(CUSTOMER, LONG, 0, 5), (CUSTOMER, LONG, 5.8, 9)]
    assert spans(dialogue(customer), CUSTOMER) == [Span(0, 9)]
    answered = dialogue([*customer, (AGENT, "hold on please sir", 5.3, 7)])
    assert spans(answered, CUSTOMER) == [Span(0, 5), Span(5.8, 9)]


def test_who_comes_in_during_a_breath_comes_in_and_who_goes_on_after_it_does_not() -> None:
    lines: list[Line] = [(CUSTOMER, LONG, 0, 5), (AGENT, "that is not my job", 5.2, 8), (CUSTOMER, LONG, 5.4, 7)]
    assert entering(lines) == [(AGENT, 5.2)]


def test_both_at_once_is_one_entrance() -> None:
    assert len(entering([(CUSTOMER, LONG, 1, 5), (AGENT, LONG, 1, 6)])) == 1


def test_the_floor_is_held_since_the_other_gave_it_up() -> None:
    """The agent breaks in, the customer stops, and comes back after 0.8 s: the agent has held the floor for 0.8 s."""
    call = dialogue([(CUSTOMER, LONG, 0, 5), (AGENT, LONG, 4, 9), (CUSTOMER, LONG, 5.8, 8)])
    held = {entrance.entering.span.start_s: entrance.floor_held_s for entrance in entrances(call)}
    assert held == pytest.approx({4.0: 4.0, 5.8: 0.8})


def test_a_backchannel_gives_no_floor_up() -> None:
    call = dialogue([(AGENT, LONG, 0, 9), (CUSTOMER, "mm hmm", 3, 3.4), (CUSTOMER, LONG, 4.2, 8)])
    held = {entrance.entering.span.start_s: entrance.floor_held_s for entrance in entrances(call)}
    assert held == pytest.approx({3.0: 3.0, 4.2: 4.2})


@pytest.mark.parametrize(
    ("text", "seconds", "language", "is_backchannel"),
    [
        ("that is what i wanted", 1.0, "en", True),  # no longer than a backchannel
        ("that is what i wanted", 1.2, "en", False),
        ("Yeah, okay, I see.", 2.5, "en", True),  # nothing but listening words
        ("Yeah, but I paid.", 2.5, "en", False),
        ("not that", 1.5, "en", True),  # under three words
        ("right of way is", 1.5, "en", False),  # begins like one
        ("嗯，好的好的，知道了", 2.0, "zh", True),
        ("OK，好的，谢谢您", 2.0, "zh", True),
        ("不要说", 1.5, "zh", True),  # under four characters
        ("行了行了", 1.5, "zh", False),  # stops people
        ("嗯嗯对对对是是是", 2.0, "zh", True),
        ("哎呀，真的吗？", 1.5, "zh", True),
        ("是这样，我理解，您请说", 2.5, "zh", True),
        ("对，但是我没收到", 1.5, "zh", False),
        ("Uh-huh, yeah yeah, right, right.", 2.5, "en", True),
        ("Oh no. That's right, go ahead.", 2.5, "en", True),
        ("That's right but listen", 1.5, "en", False),
        ("好了好了好了", 1.5, "zh", False),
        ("No no no wait", 1.5, "en", False),
        ("", 1.5, "zh", False),  # nothing was understood: nothing is claimed
    ],
)
def test_backchannels(text: str, seconds: float, language: str, is_backchannel: bool) -> None:
    call = dialogue([(AGENT, text, 1.0, 1.0 + seconds)], language=language)
    assert [contribution.is_backchannel for contribution in contributions(call, AGENT)] == [is_backchannel]


def test_two_voices_of_one_party_come_in_on_each_other_never() -> None:
    call = dialogue([(AGENT, LONG, 0, 5), (AGENT, LONG, 4, 9), (CUSTOMER, LONG, 8, 12)])
    second = tuple(replace(s, speaker="channel-0-voice-2") if s.span.start_s == 4 else s for s in call.speech)
    call = replace(call, speech=second, turns=take_turns(second))
    assert spans(call, AGENT) == [Span(0, 9)]
    assert [(e.entering.party, e.overlap) for e in entrances(call)] == [(CUSTOMER, (Span(8, 9),))]


def test_announcements_hold_no_floor() -> None:
    assert entering([(Party.OTHER, LONG, 0, 9), (CUSTOMER, LONG, 3, 6), (AGENT, LONG, 8, 12)]) == []


def test_words_whose_edges_are_off_go_to_the_nearest_speech() -> None:
    call = dialogue([(AGENT, "one two", 1, 2), (AGENT, "three four", 2.2, 3)])
    shifted = (Span(0.8, 2.0), Span(2.4, 3.0), Span(5.0, 6.0))
    assert [[word.text for word in words] for words in words_by_span(call.words, shifted)] == [
        ["one", "two"],
        ["three", "four"],
        [],
    ]


def test_words_far_from_all_speech_belong_to_none() -> None:
    call = dialogue([(AGENT, "one two", 1, 2)])
    assert words_by_span(call.words, (Span(5.0, 6.0),)) == ((),)
    assert words_by_span(call.words, ()) == ()
