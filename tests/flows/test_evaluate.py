from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.settings import Settings
from tests.flows.nights import POLITE, night
from tests.flows.test_cli import call


@pytest.fixture
def calls(tmp_path: Path) -> Settings:
    """An inbox of one call with truth that was heard before, and one without truth."""
    settings = night(tmp_path, {"polite": POLITE, "untold": None})
    turns = [
        {"party": turn.party.value, "start_s": turn.span.start_s, "end_s": turn.span.end_s, "text": text}
        for turn, text in zip(POLITE.turns, _texts(), strict=True)
    ]
    truth = settings.paths.inbox.parent / "truth"
    truth.mkdir()
    # The recording on disk holds one second, so only turns that begin in it can be true of it.
    (truth / "polite.json").write_text(json.dumps({"language": "en", "turns": [turns[0] | {"end_s": 1.0}]}))
    return settings


def _texts() -> list[str]:
    by_turn = [[word.text for word in POLITE.words if word.span.middle_s in turn.span] for turn in POLITE.turns]
    return [" ".join(words) for words in by_turn]


@pytest.mark.parametrize(("language", "told"), [("en", "DER, no collar"), ("zh", "DER（无容差）")])
def test_evaluate_prints_scores_and_writes_the_report(calls: Settings, language: str, told: str) -> None:
    numbers = calls.paths.inbox.parent / "numbers.json"
    arguments = (calls.paths.inbox, "--data", calls.paths.data, "--json", numbers, "--language", language)
    ran = call("evaluate", *arguments)
    assert ran.exit_code == 0
    assert told in ran.stdout
    assert "untold" in ran.stderr
    assert told in Path("evaluation.html").read_text("utf-8")
    assert json.loads(numbers.read_text("utf-8"))["groups"]["all"]["voices.der"]["recordings"] == 1


def test_a_folder_without_truth_fails(tmp_path: Path) -> None:
    settings = night(tmp_path, {"untold": None})
    ran = call("evaluate", settings.paths.inbox, "--data", settings.paths.data)
    assert ran.exit_code == 1
    assert "could be tried" in ran.stderr
    assert "docs/accuracy.md" in ran.stderr
    assert not Path("evaluation.html").exists()


def test_a_folder_that_is_not_there_is_one_line() -> None:
    ran = call("evaluate", "nowhere")
    assert ran.exit_code == 1
    assert "nowhere: no such folder" in ran.stderr
    assert "Traceback" not in ran.output
