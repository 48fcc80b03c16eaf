"""What must hold whatever is said: a pipeline that hears the truth has no error, and one that errs has."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Party, Span
from benchmarks.evaluation import events, expectations, roles, voices, wording
from benchmarks.evaluation.kinds import KINDS
from benchmarks.evaluation.score import NAMES, scored
from benchmarks.evaluation.tally import Hits, Offsets, Share
from rubrics.load import load_rubrics
from tests.benchmarks.evaluation.trials import AGENT, CALL, CUSTOMER, Line, itself, swapped, trial, truth

ERRORS = {name for name in NAMES if name.startswith("wording.")} | set(voices.NAMES) - {voices.COVERAGE}
RIGHT = {voices.COVERAGE, roles.CALLS, roles.WORDS}
WORDS = st.sampled_from(
    ("yes", "my order", "how may I help you today", "I see", "that is not what I ordered", "uh huh")
)


@st.composite
def lines(draw: st.DrawFn) -> tuple[Line, ...]:
    """A call in which each party's turns lie one behind the other, and both may overlap."""
    drawn: list[Line] = []
    for party in (AGENT, CUSTOMER):
        clock_s = draw(st.floats(0, 2))
        for _ in range(draw(st.integers(1, 4))):
            start_s = clock_s + draw(st.floats(0, 1.5))
            clock_s = start_s + draw(st.floats(0.3, 2.5))
            drawn.append((party, draw(WORDS), round(start_s, 2), round(clock_s, 2)))
    return tuple(sorted(drawn, key=lambda line: line[2:]))


@given(lines())
@settings(max_examples=15, deadline=None)
def test_the_truth_has_no_error_against_itself(call: tuple[Line, ...]) -> None:
    for score in scored(itself(truth(call))).scores:
        match score.tally:
            case Share(part, whole) if score.name in ERRORS:
                assert part == pytest.approx(0, abs=1e-9), score
            case Share(part, whole) if score.name in RIGHT:
                assert part == pytest.approx(whole), score
            case Hits(_, false, missed):
                assert (false, missed) == (0, 0), score
            case Offsets(values) if not score.name.startswith("levels."):
                assert values == pytest.approx([0] * len(values), abs=1e-9), score
            case _:
                pass
        assert score.name in {roles.SURE} or not score.cases, score


def test_the_truth_scores_itself_in_full() -> None:
    tried = replace(itself(truth()), rubrics=load_rubrics())
    judged = replace(tried, findings=tried.reference_findings)
    found = {score.name: score.tally.value for score in scored(judged).scores if score.tally}
    assert found[expectations.VERDICTS] == 1
    assert found[events.INTERRUPTION] == found[events.SILENCES] == found[events.DEAD_AIR] == 1
    assert found[wording.ERROR] == found[voices.DER] == found[voices.JER] == 0


def test_a_late_clock_costs_onsets_and_not_words() -> None:
    true = truth()
    late = replace(
        true, turns=tuple(replace(t, span=Span(t.span.start_s + 0.5, t.span.end_s + 0.5)) for t in true.turns)
    )
    found = scored(trial(true, itself(late).call))
    assert found.score(wording.ERROR).tally == Share(0, 26)
    assert found.score(events.INTERRUPTION).tally == Hits(0, 1, 1)
    assert found.score(events.SILENCES).tally == Hits(1, 0, 0)


def test_swapped_roles_cost_roles_alone() -> None:
    found = scored(trial(truth(), swapped(itself(truth()).call)))
    assert found.score(roles.CALLS).tally == Share(0, 1)
    assert found.score(voices.DER).tally == Share(pytest.approx(0, abs=1e-9), 11.5)  # type: ignore[arg-type]
    assert found.score(events.INTERRUPTION).tally == Hits(0, 1, 1)


def test_every_recording_has_every_score_once_and_every_score_its_name() -> None:
    assert tuple(score.name for score in scored(trial(truth(), CALL)).scores) == NAMES
    assert {kind.name for kind in KINDS} == set(NAMES)
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_truth_of_voices_alone_gives_what_it_can() -> None:
    true = truth(language=None)
    bare = replace(
        true,
        turns=tuple(
            replace(turn, text=None, party=None, speaker="AB"[turn.party is Party.AGENT]) for turn in true.turns
        ),
    )
    found = {score.name for score in scored(trial(bare, CALL)).scores if score.tally}
    assert found == {*voices.NAMES, events.SILENCES, events.SILENCE_ERROR}
