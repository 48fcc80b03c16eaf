from __future__ import annotations

from dataclasses import replace

from analyzers.conversation import Conversation
from benchmarks.evaluation import expectations
from benchmarks.evaluation.tally import Hits, Score, Share
from rubrics.load import load_rubrics
from tests.benchmarks.evaluation.trials import AGENT, CUSTOMER, Line, score_of, trial, truth

RUBRICS = load_rubrics()
POLITE: tuple[Line, ...] = (
    (AGENT, "good morning, thank you for calling Galaxy, my name is Amy, how may I help you?", 0.0, 5.0),
    (CUSTOMER, "where is my order, I have been waiting", 6.0, 9.0),
    (AGENT, "it comes tomorrow, is there anything else? Thank you for calling, goodbye", 10.0, 14.0),
)
RUDE: tuple[Line, ...] = (
    (AGENT, "what do you want", 0.0, 1.5),
    (CUSTOMER, "where is my order, I have been waiting", 2.0, 5.0),
    (AGENT, "calm down that is not my problem", 6.0, 9.0),
)


def scores(true: tuple[Line, ...], heard: tuple[Line, ...] | Conversation, **expect: object) -> tuple[Score, ...]:
    return expectations.score(trial(truth(true, expect=tuple(expect.items())), heard, rubrics=RUBRICS))


def test_what_was_said_and_found_is_right() -> None:
    found = scores(POLITE, POLITE, greeting=True, self_introduction=True, unknown_rule=True, forbidden=[])
    assert score_of(found, expectations.SAID).tally == Hits(2, 0, 0)
    assert score_of(found, expectations.UNDETERMINED).tally == Share(0, 2)
    assert score_of(found, expectations.FORBIDDEN).tally == Hits(0, 0, 0)
    verdicts = score_of(found, expectations.VERDICTS).tally
    assert verdicts is not None
    assert verdicts.value == 1


def test_a_flag_for_what_was_said_is_a_miss() -> None:
    found = scores(POLITE, RUDE, self_introduction=True)
    missed = score_of(found, expectations.SAID)
    assert missed.tally == Hits(0, 0, 1)
    assert [case.party for case in missed.cases] == [AGENT]
    verdicts = score_of(found, expectations.VERDICTS)
    assert isinstance(verdicts.tally, Share)
    assert verdicts.tally.part < verdicts.tally.whole


def test_a_pass_for_what_was_not_said_is_false() -> None:
    assert score_of(scores(RUDE, POLITE, self_introduction=False), expectations.SAID).tally == Hits(0, 1, 0)


def test_a_planted_phrase_is_found_in_its_place() -> None:
    found = scores(RUDE, RUDE, forbidden=["calm down", "not my problem"])
    assert score_of(found, expectations.FORBIDDEN).tally == Hits(2, 0, 0)


def test_a_planted_phrase_that_was_misheard_is_missed() -> None:
    heard = (*RUDE[:2], (AGENT, "farm town that is not my problem", 6.0, 9.0))
    found = score_of(scores(RUDE, heard, forbidden=["calm down", "in the dark"]), expectations.FORBIDDEN)
    # A phrase that no turn's text holds may be anywhere: the flag on "not my problem" meets it.
    assert isinstance(found.tally, Hits)
    assert found.tally.false == 0
    assert found.tally.right + found.tally.missed == 2


def test_what_the_agent_really_said_is_no_false_flag() -> None:
    assert score_of(scores(RUDE, RUDE, forbidden=[]), expectations.FORBIDDEN).tally == Hits(0, 0, 0)


def test_a_flag_on_words_that_nobody_said_is_false() -> None:
    heard = (*POLITE[:2], (AGENT, "calm down that is not my problem", 10.0, 14.0))
    found = score_of(scores(POLITE, heard, forbidden=[]), expectations.FORBIDDEN)
    assert isinstance(found.tally, Hits)
    assert (found.tally.right, found.tally.missed) == (0, 0)
    assert found.tally.false >= 1
    assert {case.expected for case in found.cases} == {"–"}


def test_counts_are_right_or_wrong() -> None:
    found = score_of(scores(POLITE, POLITE, interruptions_by_agent=0, dead_air=2), expectations.COUNTS)
    assert found.tally == Share(1, 2)
    assert [(case.expected, case.found) for case in found.cases] == [("dead_air: 2", "0")]


def test_unsure_roles_leave_the_rules_to_a_person() -> None:
    call = trial(truth(POLITE), POLITE).call
    unsure = replace(call, roles=replace(call.roles, confidence=0.6))
    found = scores(POLITE, unsure, greeting=True)
    assert score_of(found, expectations.SAID).tally == Hits(0, 0, 0)
    assert score_of(found, expectations.UNDETERMINED).tally == Share(1, 1)


def test_a_truth_that_expects_nothing_is_not_judged() -> None:
    names = (expectations.SAID, expectations.UNDETERMINED, expectations.FORBIDDEN, expectations.COUNTS)
    found = scores(POLITE, POLITE)
    assert {score_of(found, name).missing_because for name in names} == {expectations.NOTHING_EXPECTED}
