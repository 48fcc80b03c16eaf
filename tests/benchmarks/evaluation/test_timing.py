from __future__ import annotations

import pytest

from benchmarks.evaluation import timing
from benchmarks.evaluation.tally import Offsets
from tests.benchmarks.evaluation.trials import AGENT, CALL, CUSTOMER, score_of, trial, truth


def test_a_shift_of_all_words_is_the_offset_of_every_edge() -> None:
    later = [(who, text, start_s + 0.2, end_s + 0.2) for who, text, start_s, end_s in CALL]
    for score in timing.score(trial(truth(), later)):
        assert isinstance(score.tally, Offsets)
        assert score.tally.values == pytest.approx((0.2,) * 4)
        assert score.cases == ()


def test_edges_that_were_misheard_are_not_judged() -> None:
    true = truth([(AGENT, "good morning there", 1.0, 2.0), (CUSTOMER, "hello friend", 3.0, 4.0)])
    heard = [(AGENT, "good morning dear", 1.1, 2.0), (CUSTOMER, "yellow friend", 3.0, 4.3)]
    found = timing.score(trial(true, heard))
    assert score_of(found, timing.TURN_START).tally == Offsets((pytest.approx(0.1),))  # type: ignore[arg-type]
    assert score_of(found, timing.TURN_END).tally == Offsets((pytest.approx(0.3),))  # type: ignore[arg-type]


def test_a_word_far_from_its_turn_is_another_one() -> None:
    true = truth([(AGENT, "yes", 1.0, 1.3), (CUSTOMER, "no", 3.0, 3.3)])
    found = timing.score(trial(true, [(AGENT, "yes", 9.0, 9.3), (CUSTOMER, "no", 3.6, 3.9)]))
    start = score_of(found, timing.TURN_START)
    assert start.tally == Offsets((pytest.approx(0.6),))  # type: ignore[arg-type]
    assert [(case.expected, case.found) for case in start.cases] == [("3.00 s", "3.60 s")]
