from __future__ import annotations

from dataclasses import replace

import pytest

from analyzers.conversation import Roles
from benchmarks.evaluation import roles
from benchmarks.evaluation.tally import Share
from benchmarks.evaluation.wording import NO_PARTIES
from rubrics.finding import Text
from tests.benchmarks.evaluation.trials import AGENT, CALL, CUSTOMER, score_of, swapped, trial, truth


def test_swapped_roles_cost_the_call_and_every_word() -> None:
    call = replace(swapped(trial(truth(), CALL).call), roles=Roles("content", 0.9))
    found = roles.score(trial(truth(), call))
    assert score_of(found, roles.CALLS).tally == Share(0, 1)
    words = score_of(found, roles.WORDS).tally
    assert words is not None
    assert words.value == 0
    assert score_of(found, roles.SURE).tally == Share(1, 1)
    assert score_of(found, roles.BRIER).tally == Share(pytest.approx(0.81), 1)  # type: ignore[arg-type]
    assert len(score_of(found, roles.CALLS).cases) == 1


def test_words_of_the_wrong_party_are_places_to_listen_to() -> None:
    call = trial(truth(), CALL).call
    stray = tuple(replace(word, party=CUSTOMER) if word.text in {"good", "morning"} else word for word in call.words)
    found = roles.score(trial(truth(), replace(call, words=stray)))
    assert score_of(found, roles.CALLS).tally == Share(1, 1)
    words = score_of(found, roles.WORDS)
    assert isinstance(words.tally, Share)
    assert words.tally.whole - words.tally.part == 2
    told = Text("customer: good morning", "客户：good morning")
    assert [(case.party, case.found) for case in words.cases] == [(AGENT, told)]


def test_without_parties_nothing_is_computed() -> None:
    true = truth()
    nameless = replace(true, turns=tuple(replace(turn, party=None) for turn in true.turns))
    assert {score.missing_because for score in roles.score(trial(nameless, CALL))} == {NO_PARTIES}


def test_who_said_a_word_is_told_by_its_text_where_there_is_any() -> None:
    # The customer's first word is heard half a second early, while the agent still speaks.
    early = [*CALL[:1], (CUSTOMER, CALL[1][1], 3.5, 8.0), *CALL[2:]]
    assert score_of(roles.score(trial(truth(), early)), roles.WORDS).tally == Share(26, 26)
    true = truth()
    silent = replace(true, turns=tuple(replace(turn, text=None) for turn in true.turns))
    by_time = score_of(roles.score(trial(silent, early)), roles.WORDS).tally
    # By time its first word is the agent's, and words in overlapping turns (7.0 to 8.0) are nobody's alone.
    assert isinstance(by_time, Share)
    assert (by_time.whole - by_time.part, by_time.whole < 26) == (1, True)
