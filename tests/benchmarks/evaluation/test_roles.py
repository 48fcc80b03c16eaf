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
    # Words that are said while both speak (7.0 to 8.0) are nobody's alone.
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
