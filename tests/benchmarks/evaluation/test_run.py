"""Runs over folders whose calls lie on the shelf already: no engine is needed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from analyzers.conversation import UNASSIGNED, Metadata, Party
from analyzers.speech.options import HearingOptions
from analyzers.speech.recordings import IntakeOptions, take_in
from analyzers.speech.shelf import Shelf
from benchmarks.evaluation import roles, wording
from benchmarks.evaluation.run import Setup, blind, evaluate
from benchmarks.evaluation.tally import Share
from rubrics.load import load_rubrics
from tests.benchmarks.evaluation.trials import CALL, trial, truth
from tests.builders import recording as on_paper
from tests.flows.nights import recording

SECONDS = 20.0


def document() -> dict[str, object]:
    turns = [
        {"party": who.value, "text": text, "start_s": start_s, "end_s": end_s} for who, text, start_s, end_s in CALL
    ]
    return {"language": "en", "agent_channel": 0, "turns": turns}


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """Two recordings with truth, one beside it and one in truth/; one without, one with wrong truth, one broken."""
    inbox = tmp_path / "calls" / "inbox"
    for name in ("a", "b", "c", "d"):
        recording(inbox / f"{name}.wav", SECONDS)
    (inbox / "e.wav").write_text("no audio at all")
    (tmp_path / "calls" / "truth").mkdir()
    (inbox / "a.json").write_text(json.dumps(document()))
    (tmp_path / "calls" / "truth" / "b.json").write_text(json.dumps(document()))
    (tmp_path / "calls" / "truth" / "d.json").write_text('{"turns": [{"party": "agent", "start_s": 2, "end_s": 1}]}')
    setup = Setup(HearingOptions(), Shelf(tmp_path / "shelf"), load_rubrics(), IntakeOptions())
    heard = trial(truth(), CALL).call
    nobodys = replace(
        heard,
        roles=UNASSIGNED,
        words=tuple(replace(word, party=Party.OTHER) for word in heard.words),
        speech=tuple(replace(speech, party=Party.OTHER) for speech in heard.speech),
    )
    for taken in take_in(tmp_path / "calls").recordings:
        known = replace(taken, metadata=Metadata())
        setup.shelf.put(setup.shelf.key(known, setup.options), replace(nobodys, recording=known))
    return setup


def test_a_run_scores_what_it_can_and_says_what_not(tmp_path: Path, setup: Setup) -> None:
    told: list[tuple[int, int, str]] = []
    found = evaluate(tmp_path / "calls", setup, lambda *progress: told.append(progress))
    assert [(one.call_id, one.folder, one.layout) for one in found.recordings] == [
        ("inbox/a", "inbox", "stereo"),
        ("inbox/b", "inbox", "stereo"),
    ]
    assert [one.score(wording.ERROR).tally for one in found.recordings] == [Share(0, 26)] * 2
    assert [one.score(roles.CALLS).tally for one in found.recordings] == [Share(1, 1)] * 2
    assert found.without_truth == ("inbox/c",)
    assert sorted(name.rsplit("/", 1)[-1] for name, _ in found.failures) == ["d", "e.wav"]
    assert any("d.json:1: turns.0: end_s 1 is not after start_s 2" in message for _, message in found.failures)
    assert told == [(1, 2, "inbox/a"), (2, 2, "inbox/b")]
    assert (found.facts.heard, found.facts.heard_s, found.facts.real_time_factor) == (0, 0, None)


def test_the_pipeline_does_not_see_the_truth() -> None:
    taken = replace(on_paper(language="zh", agent_channel=1, team="north"), uri="/calls/call-1.wav")
    beside, apart = (replace(truth(), source=Path(place)) for place in ("/calls/call-1.json", "/truth/call-1.json"))
    assert blind(taken, beside).metadata == Metadata(team="north")
    assert blind(taken, apart) == taken


def test_a_damaged_shelf_fails_one_recording(tmp_path: Path, setup: Setup) -> None:
    taken = next(one for one in take_in(tmp_path / "calls").recordings if one.call_id == "inbox/b")
    setup.shelf.path(setup.shelf.key(taken, setup.options)).write_bytes(b"damaged")
    found = evaluate(tmp_path / "calls", setup, lambda *progress: None)
    assert [one.call_id for one in found.recordings] == ["inbox/a"]
    assert any(name == "inbox/b" and "shelf file" in message for name, message in found.failures)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, setup: Setup) -> None:
    with pytest.raises(NotADirectoryError):
        evaluate(tmp_path / "nowhere", setup, lambda *progress: None)
