from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.evaluation.aggregate import estimate, groups, interval
from benchmarks.evaluation.score import ScoredRecording
from benchmarks.evaluation.tally import Hits, Offsets, Score, Share, Tally
from rubrics.finding import Text


def scored(call_id: str, tally: Tally | None, **about: str) -> ScoredRecording:
    score = Score("x", tally, None if tally else Text("no", "无"))
    whole = ScoredRecording(call_id, "en", "stereo", "", 10.0, 1.0, (score,))
    return replace(whole, **about)  # type: ignore[arg-type]


def test_groups_are_all_languages_layouts_both_and_folders() -> None:
    one = scored("1", Share(0, 1), folder="human")
    two = scored("2", Share(0, 1), language="zh", layout="mono")
    assert {name: [call.call_id for call in mine] for name, mine in groups([one, two]).items()} == {
        "all": ["1", "2"],
        "en": ["1"],
        "zh": ["2"],
        "mono": ["2"],
        "stereo": ["1"],
        "en stereo": ["1"],
        "zh mono": ["2"],
        "human/": ["1"],
    }


def test_an_estimate_pools_the_recordings_that_carry_the_score() -> None:
    found = estimate([scored("1", Share(1, 10)), scored("2", Share(9, 10)), scored("3", None)], "x")
    assert found is not None
    assert (found.tally, found.recordings) == (Share(10, 20), 2)
    assert found.low == pytest.approx(0.1)
    assert found.high == pytest.approx(0.9)
    assert estimate([scored("3", None)], "x") is None


@pytest.mark.parametrize(
    ("tallies", "expected"),
    [
        ([Share(1, 10)], (None, None)),
        ([Share(1, 10)] * 5, (0.1, 0.1)),
        ([Hits(1, 1, 1)] * 5, (0.5, 0.5)),
        ([Hits(0, 0, 0)] * 5, (None, None)),
        ([Offsets((-0.3, 0.3))] * 5, (0.3, 0.3)),
        ([Offsets(())] * 5, (None, None)),
    ],
)
def test_equal_recordings_leave_no_doubt(tallies: list[Tally], expected: tuple[float | None, float | None]) -> None:
    assert interval(tallies) == (expected[0] and pytest.approx(expected[0]), expected[1] and pytest.approx(expected[1]))


def test_the_interval_is_that_of_the_mean_and_the_same_every_time() -> None:
    # Twenty recordings, each right or wrong with even odds: the mean's standard error is 0.5 / sqrt(20).
    tallies = [Share(i % 2, 1) for i in range(20)]
    low, high = interval(tallies)
    assert low == pytest.approx(0.5 - 1.96 * 0.112, abs=0.03)
    assert high == pytest.approx(0.5 + 1.96 * 0.112, abs=0.03)
    assert interval(tallies) == (low, high)
