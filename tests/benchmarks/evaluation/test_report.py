from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from analyzers.conversation import Engine
from benchmarks.evaluation.aggregate import Estimate
from benchmarks.evaluation.kinds import BY_NAME, GOALS, KINDS, Goal
from benchmarks.evaluation.plots import plots
from benchmarks.evaluation.report import calibration, clock, html, write_report
from benchmarks.evaluation.results import Language, Results, as_json, between, detail, results, shown
from benchmarks.evaluation.run import Evaluation, Facts
from benchmarks.evaluation.score import ScoredRecording
from benchmarks.evaluation.tally import Hits, Offsets, Share
from tests.benchmarks.evaluation.trials import AGENT, CUSTOMER, scored_call

FACTS = Facts(
    folder=Path("calls"),
    shelf=Path("data/shelf"),
    begun_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    machine="Linux",
    cores=2,
    versions=(("jiwer", "4.0.0"),),
    options=(("beam_size", "5"),),
    engines=(Engine("transcription", "faster-whisper", "1.2.1", "base"),),
    heard=1,
    heard_s=20.0,
    wall_s=5.0,
)
WRONG = (
    (AGENT, "good mourning <b>how</b> can you", 1.0, 4.0),
    (CUSTOMER, "my washing machine", 4.5, 6.0),
    (AGENT, "have you tried", 8.5, 12.9),
)


@pytest.fixture(scope="module")
def found() -> Results:
    recordings = (scored_call("good", "human"), scored_call("bad", "human", WRONG), silent("silent"))
    return results(Evaluation(recordings, (("broken", "no audio"),), ("untold",), FACTS))


def silent(call_id: str) -> ScoredRecording:
    """A call of which nothing was heard."""
    return replace(scored_call(call_id, "other", ()), language="zh", layout="mono")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_is_one_file_with_everything_in_it(found: Results, language: Language, tmp_path: Path) -> None:
    write_report(found, tmp_path / "deep" / "report.html", language)
    text = (tmp_path / "deep" / "report.html").read_text("utf-8")
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!#)[^"']+""", text.replace("xlink:href", "href"))
    assert not re.findall(r"@import|url\((?!['\"]?#)", text)
    titles = [kind.title.zh if language == "zh" else kind.title.en for kind in KINDS]
    assert [title for title in titles if title.replace("'", "&#39;") not in text] == []
    assert text.count("<svg") == 5
    for told in ("good", "bad", "silent", "broken", "untold", "faster-whisper", "beam_size", "human/"):
        assert told in text


def test_what_was_said_is_text_and_no_markup(found: Results) -> None:
    text = html(found, "en")
    assert "<b>how" not in text
    assert "mourning" in text


def test_plots_are_whole_svg_and_the_same_every_time(found: Results) -> None:
    drawn = plots(found, "zh")
    assert drawn == plots(found, "zh")
    assert {ElementTree.fromstring(svg).tag for svg in drawn.values()} == {"{http://www.w3.org/2000/svg}svg"}  # noqa: S314
    assert "抢话" in drawn["detections"]


def test_a_run_of_nothing_has_no_plots() -> None:
    nothing = results(Evaluation((), (), (), FACTS))
    assert plots(nothing, "en") == {}
    assert {reached.is_met for reached in nothing.goals} == {None}
    assert "no data" in html(nothing, "en")


def test_the_numbers_are_json_without_quotes(found: Results) -> None:
    numbers = json.loads(json.dumps(as_json(found)))
    assert "mourning" not in json.dumps(numbers)
    assert numbers["real_time_factor"] == 0.25
    assert numbers["groups"]["all"]["wording.error"]["recordings"] == 3
    assert numbers["groups"]["all"]["events.interruption"]["right"] == 1
    assert [one["call_id"] for one in numbers["recordings"]] == ["good", "bad", "silent"]
    assert "levels.turn_level" in numbers["recordings"][0]["not_computed"]
    assert len(numbers["goals"]) == len(GOALS)


def test_the_worst_places_come_first(found: Results) -> None:
    mine = [place.case.weight for place in found.worst if place.kind.name == "wording.error"]
    assert mine == sorted(mine, reverse=True)
    assert len(mine) > 1


@pytest.mark.parametrize(
    ("goal", "tally", "value", "is_met"),
    [
        (Goal("x", "all", at_most=0.1), Share(1, 10), 0.1, True),
        (Goal("x", "all", at_least=0.9), Hits(8, 1, 1), 16 / 18, False),
        (Goal("x", "all", at_least=0.7, statistic="worse of precision and recall"), Hits(8, 2, 4), 8 / 12, False),
        (Goal("x", "all", at_least=0.7, statistic="worse of precision and recall"), Hits(0, 0, 0), None, None),
        (Goal("x", "all", at_most=1.0, statistic="p95"), Offsets((0.0, -1.0)), 0.95, True),
    ],
)
def test_goals_are_met_or_not(
    goal: Goal, tally: Share | Hits | Offsets, value: float | None, is_met: bool | None
) -> None:
    found = goal.found(tally)
    assert found == (None if value is None else pytest.approx(value))
    assert (None if found is None else goal.is_met(found)) is is_met


def test_values_are_shown_as_people_read_them() -> None:
    share, seconds, brier = BY_NAME["wording.error"], BY_NAME["timing.turn_start"], BY_NAME["roles.brier"]
    assert [shown(share, value) for value in (0.1234, 1.0, None)] == ["12.3 %", "100 %", "–"]
    assert [shown(seconds, -0.126), shown(brier, 0.25)] == ["−0.13 s", "0.25"]
    assert detail(share, Hits(1, 0, 3)) == "P 100 % · R 25.0 % · ✓1 +0 −3"
    assert detail(seconds, Offsets((-0.1, -0.2))) == "± −0.15 s · p95 0.20 s · 2"
    assert detail(share, Share(3, 12)) == "3 / 12"
    assert between(share, Estimate("x", Share(1, 2), 0.25, 1.0, 4)) == "25.0 – 100"
    assert between(share, Estimate("x", Share(1, 2), None, None, 1)) == ""
    assert [clock(0), clock(75.26), clock(3599.99)] == ["0:00.0", "1:15.2", "59:59.9"]


def test_claimed_confidence_is_held_against_what_was_right(found: Results) -> None:
    assert calibration(found) == [("0.99 – 1.00", 3, 2)]


def test_every_score_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs/accuracy.md").read_text("utf-8")
    assert [kind.name for kind in KINDS if f"`{kind.name}`" not in text] == []


def test_a_call_that_went_well_has_nothing_to_listen_to() -> None:
    well = results(Evaluation((scored_call("good"),), (), (), FACTS))
    assert well.worst == ()
    assert [reached.is_met for reached in well.goals if reached.goal.group == "stereo"][:4] == [True] * 4
