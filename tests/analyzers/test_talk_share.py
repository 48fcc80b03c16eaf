"""Shares, monologues and turns."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Conversation, Party, Span
from analyzers.measure import Evidence
from analyzers.talk_share import (
    LONGEST_MONOLOGUE,
    NAMES,
    OF_DURATION,
    OF_SPEECH,
    THIRDS,
    TURN_LENGTH,
    TURNS,
    analyze,
)
from tests.builders import dialogue

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER
STORY = "well i ordered it two weeks ago and since then nobody has called me back about"


def values(call: Conversation, party: Party = AGENT) -> dict[str, float | None]:
    return {m.name: m.value for m in analyze(call) if m.party is party}


def test_shares_of_the_call_and_of_what_is_said() -> None:
    call = dialogue([(AGENT, STORY, 0, 6), (CUSTOMER, STORY, 10, 12), (AGENT, STORY, 14, 18)], duration_s=40)
    of_call = (OF_DURATION, OF_SPEECH, LONGEST_MONOLOGUE, TURNS, TURN_LENGTH)
    agent, customer = values(call), values(call, CUSTOMER)
    assert [agent[name] for name in of_call] == pytest.approx([10 / 40, 10 / 12, 6, 2, 5])
    assert [customer[name] for name in of_call] == pytest.approx([2 / 40, 2 / 12, 2, 1, 2])


def test_shares_in_each_third_of_the_call() -> None:
    call = dialogue([(CUSTOMER, STORY, 2, 8), (AGENT, STORY, 8, 14), (AGENT, STORY, 15, 19)], duration_s=30)
    assert [values(call, party)[name] for party in (AGENT, CUSTOMER) for name in THIRDS[:2]] == pytest.approx(
        [2 / 8, 1, 6 / 8, 0]
    )
    (last,) = (m for m in analyze(call) if m.name == THIRDS[2] and m.party is CUSTOMER)
    assert last.missing_because == "neither agent nor customer speaks in this third of the recording"
    (first,) = (m for m in analyze(call) if m.name == THIRDS[0] and m.party is CUSTOMER)
    assert first.evidence == (Evidence(Span(0, 10), CUSTOMER),)


def test_turn_length_is_the_median_and_shows_the_longest() -> None:
    call = dialogue([(AGENT, STORY, 0, 16), (AGENT, STORY, 20, 21), (AGENT, STORY, 25, 28)])
    (found,) = (m for m in analyze(call) if m.name == TURN_LENGTH and m.party is AGENT)
    assert (found.value, found.evidence) == (3, (Evidence(Span(0, 16), AGENT, "well i ordered it two"),))


def test_listening_words_and_brief_silences_do_not_end_a_monologue() -> None:
    call = dialogue(
        [(AGENT, STORY, 0, 6), (CUSTOMER, "mm hmm", 6.2, 6.6), (AGENT, STORY, 7, 12), (AGENT, STORY, 14.9, 20)]
    )
    assert values(call)[LONGEST_MONOLOGUE] == pytest.approx(20)


def test_the_other_party_and_a_silence_end_it() -> None:
    answered = dialogue([(AGENT, STORY, 0, 6), (CUSTOMER, "but i have paid it", 6, 8), (AGENT, STORY, 8, 12)])
    silent = dialogue([(AGENT, STORY, 0, 6), (AGENT, STORY, 9.1, 12)])
    assert [values(call)[LONGEST_MONOLOGUE] for call in (answered, silent)] == pytest.approx([6, 6])


def test_evidence_is_the_monologue_and_how_it_begins() -> None:
    (found,) = (
        m for m in analyze(dialogue([(AGENT, STORY, 0, 30)])) if m.name == LONGEST_MONOLOGUE and m.party is AGENT
    )
    assert found.evidence == (Evidence(Span(0, 30), AGENT, "well i ordered"),)


def test_who_is_not_heard_has_no_share() -> None:
    found = [m for m in analyze(dialogue([(AGENT, STORY)])) if m.party is CUSTOMER]
    assert {m.name for m in found} == NAMES
    assert {m.missing_because for m in found} == {"the customer is not heard"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 300), st.integers(1, 80)), min_size=1, max_size=12))
def test_shares_sum_to_one_and_a_monologue_is_no_longer_than_the_call(lines: list[tuple[bool, int, int]]) -> None:
    call = dialogue(
        [(AGENT if agent else CUSTOMER, STORY, start / 10, (start + length) / 10) for agent, start, length in lines]
    )
    found = [values(call, party) for party in (AGENT, CUSTOMER)]
    assert sum(party[OF_SPEECH] or 0.0 for party in found) == pytest.approx(1)
    for name in THIRDS:
        shares = [party[name] for party in found if party[name] is not None]
        assert not shares or sum(share or 0.0 for share in shares) == pytest.approx(1)
    assert all(0 <= (party[LONGEST_MONOLOGUE] or 0.0) <= call.recording.duration_s for party in found)
    assert all(0 <= (party[OF_DURATION] or 0.0) <= 1 for party in found)
