from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analyzers.conversation import Conversation, Recording
from analyzers.speech.audio import RecordingCode, RecordingError
from analyzers.speech.options import HearingOptions
from analyzers.speech.recordings import take_in
from analyzers.speech.shelf import Shelf
from flows import nightly as module
from flows.nightly import EveryCallFailed, as_markdown, hear_call, nightly, ready
from flows.settings import Settings, SettingsError, load
from flows.summary import NightSummary
from flows.watch import WATCHER, Stage
from rubrics.load import RubricError
from tests.flows.nights import POLITE, RUDE, broken, night, recording
from warehouse.file import WarehouseError
from warehouse.load import FailedCall
from warehouse.query import read, rows

pytestmark = pytest.mark.usefixtures("prefect_api")


def asked(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    return list(rows(read(settings.paths.published, sql)))


def hearing(monkeypatch: pytest.MonkeyPatch, hear: Callable[[Recording, HearingOptions], Conversation]) -> None:
    """Let recordings be heard this way, without weights, and without waiting between tries."""
    monkeypatch.setattr("analyzers.speech.hear.hear", hear)
    monkeypatch.setattr(module, "fetch_weights", lambda options: None)
    monkeypatch.setattr(module, "hear_call", hear_call.with_options(retry_delay_seconds=0))


def test_a_night_from_the_shelf_is_scored_and_published(tmp_path: Path) -> None:
    settings = night(tmp_path, {"polite": POLITE, "rude": RUDE})
    broken(settings)
    summary = nightly(settings)
    assert [(line.call_id, line.language) for line in summary.calls] == [("polite", "en"), ("rude", "zh")]
    assert summary.heard == 0
    assert [(failure.call_id, failure.code) for failure in summary.failures] == [("broken", "NOT_AUDIO")]
    assert asked(settings, "SELECT call_id FROM calls ORDER BY call_id") == [("polite",), ("rude",)]
    assert asked(settings, "SELECT call_id, code FROM failed_calls") == [("broken", "NOT_AUDIO")]
    assert asked(settings, "SELECT calls_found, heard, loaded, failed FROM runs") == [(3, 0, 2, 1)]
    forbidden = asked(settings, "SELECT DISTINCT call_id FROM flagged_calls WHERE rubric = 'forbidden_phrases'")
    assert forbidden == [("rude",)]


def test_a_second_run_leaves_each_call_once(tmp_path: Path) -> None:
    settings = night(tmp_path, {"polite": POLITE, "rude": RUDE}, batch=1)
    first, second = nightly(settings), nightly(settings)
    assert first.calls == second.calls
    assert asked(settings, "SELECT count(*), count(DISTINCT call_id) FROM calls") == [(2, 2)]
    assert asked(settings, "SELECT count(*) FROM words") == [(len(POLITE.words) + len(RUDE.words),)]
    assert asked(settings, "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL") == [(2,)]


def test_new_metadata_comes_in_without_hearing_again(tmp_path: Path) -> None:
    settings = night(tmp_path, {"polite": POLITE})
    nightly(settings)
    (settings.paths.inbox / "metadata.csv").write_text("file,agent_name\npolite.wav,Amy\n")
    assert nightly(settings).heard == 0
    assert asked(settings, "SELECT agent_name FROM calls") == [("Amy",)]


ROLES = "SELECT role_source, role_confidence >= 0.8 FROM calls"
FLAGS = "SELECT rule_id FROM findings WHERE verdict = 'flag'"


def test_the_agents_channel_comes_in_without_hearing_again_and_is_doubted_where_it_is_wrong(tmp_path: Path) -> None:
    settings = night(tmp_path, {"rude": RUDE})
    metadata = settings.paths.inbox / "metadata.csv"
    nightly(settings)
    assert asked(settings, ROLES) == [("content", True)]
    assert asked(settings, FLAGS) != []

    metadata.write_text("file,agent_channel\nrude.wav,right\n")
    assert nightly(settings).heard == 0
    assert asked(settings, ROLES) == [("metadata", False)]
    assert asked(settings, FLAGS) == [], "nothing is held against anybody"
    assert asked(settings, "SELECT what FROM limits WHERE what = 'roles'") == [("roles",)]
    assert "contradicts" in str(asked(settings, "SELECT role_because FROM calls"))

    metadata.write_text("file,agent_channel\nrude.wav,left\n")
    assert nightly(settings).heard == 0
    assert asked(settings, ROLES) == [("metadata", True)]
    assert asked(settings, FLAGS) != []
    assert asked(settings, "SELECT count(*) FROM limits WHERE what = 'roles'") == [(0,)]


def test_a_call_that_is_not_on_the_shelf_is_heard_and_put_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = night(tmp_path, {"new": None, "known": RUDE})
    asked_for: list[str] = []

    def hear(one: Recording, options: HearingOptions) -> Conversation:
        asked_for.append(one.call_id)
        return replace(POLITE, recording=one)

    hearing(monkeypatch, hear)
    assert nightly(settings).heard == 1
    assert nightly(settings).heard == 0
    assert asked_for == ["new"]


def test_one_failure_of_an_engine_stops_nobody_and_quotes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = night(tmp_path, {"good": POLITE, "crashing": None, "silent": None})

    def hear(one: Recording, options: HearingOptions) -> Conversation:
        if one.call_id == "silent":
            raise RecordingError(RecordingCode.TRUNCATED, f"{one.uri}: cut off")
        raise RuntimeError("the customer said 8 8 4 2")

    hearing(monkeypatch, hear)
    with caplog.at_level(logging.DEBUG):
        summary = nightly(settings)
    assert [line.call_id for line in summary.calls] == ["good"]
    assert sorted((failure.call_id, failure.code) for failure in summary.failures) == [
        ("crashing", "ENGINE_ERROR"),
        ("silent", "TRUNCATED"),
    ]
    told = repr(summary.failures) + caplog.text + repr(asked(settings, "SELECT message FROM failed_calls"))
    assert "RuntimeError at test_nightly.py:" in told
    assert "8 8 4 2" not in told


@pytest.mark.parametrize(("failing", "codes", "tries"), [(2, [], 3), (9, ["READ_ERROR"], 3)])
def test_a_drive_that_comes_back_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, codes: list[str], tries: int
) -> None:
    settings = night(tmp_path, {"good": POLITE, "far": None})
    tried: list[str] = []

    def hear(one: Recording, options: HearingOptions) -> Conversation:
        tried.append(one.call_id)
        if len(tried) <= failing:
            raise OSError(112, "Host is down")
        return replace(RUDE, recording=one)

    hearing(monkeypatch, hear)
    summary = nightly(settings)
    assert [failure.code for failure in summary.failures] == codes
    assert len(tried) == tries


def test_a_broken_recording_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = night(tmp_path, {"good": POLITE, "cut": None})
    tried: list[str] = []

    def hear(one: Recording, options: HearingOptions) -> Conversation:
        tried.append(one.call_id)
        raise RecordingError(RecordingCode.TRUNCATED, "cut off")

    hearing(monkeypatch, hear)
    nightly(settings)
    assert tried == ["cut"]


def test_a_damaged_shelf_file_costs_one_call(tmp_path: Path) -> None:
    settings = night(tmp_path, {"good": POLITE, "bad": RUDE})
    shelf = Shelf(settings.paths.shelf)
    bad = next(one for one in take_in(settings.paths.inbox).recordings if one.call_id == "bad")
    key = shelf.key(bad, settings.hearing_options)
    shelf.path(key).write_bytes(b"not gzip")
    summary = nightly(settings)
    assert [line.call_id for line in summary.calls] == ["good"]
    assert [failure.code for failure in summary.failures] == ["SCORING_ERROR"]
    assert "It was deleted; run again" in summary.failures[0].message
    assert not shelf.has(key)  # so that the next night hears the call


def test_one_call_that_the_warehouse_refuses_does_not_cost_its_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = night(tmp_path, {"a": POLITE, "b": RUDE, "c": POLITE})
    real = module.load_calls

    def load_calls(warehouse: object, calls: list[module.ScoredCall], run_id: str) -> int:
        if any(call.conversation.recording.call_id == "b" for call in calls):
            raise WarehouseError("call b: refused")
        return real(warehouse, calls, run_id)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "load_calls", load_calls)
    summary = nightly(settings)
    assert [line.call_id for line in summary.calls] == ["a", "c"]
    assert [(failure.call_id, failure.code) for failure in summary.failures] == [("b", "LOADING_ERROR")]


def test_a_night_of_failures_is_recorded_and_fails(tmp_path: Path) -> None:
    settings = night(tmp_path, {})
    broken(settings)
    with pytest.raises(EveryCallFailed, match="all 1 recordings") as caught:
        nightly(settings)
    assert [failure.code for failure in caught.value.summary.failures] == ["NOT_AUDIO"]
    assert asked(settings, "SELECT count(*) FROM failed_calls") == [(1,)]


def test_an_empty_inbox_is_no_failure(tmp_path: Path) -> None:
    summary = nightly(night(tmp_path, {}))
    assert (summary.calls, summary.failures) == ((), ())
    assert [warning.code for warning in summary.warnings] == ["NO_RECORDINGS"]


def test_the_same_bytes_under_two_names_are_one_call(tmp_path: Path) -> None:
    settings = night(tmp_path, {"one": POLITE})
    (settings.paths.inbox / "two.wav").write_bytes((settings.paths.inbox / "one.wav").read_bytes())
    summary = nightly(settings)
    assert [line.call_id for line in summary.calls] == ["one"]
    assert [warning.code for warning in summary.warnings] == ["SAME_AUDIO"]


def test_results_inside_the_inbox_are_not_taken_for_recordings(tmp_path: Path) -> None:
    settings = night(tmp_path, {"one": POLITE})
    inside = load(flags={"paths": {"inbox": tmp_path, "data": settings.paths.data}})
    recording(settings.paths.data / "copy.wav")
    assert [line.call_id for line in nightly(inside).calls] == ["inbox/one"]


def test_a_flow_without_settings_takes_those_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = night(tmp_path, {"polite": POLITE})
    monkeypatch.setenv("NIGHTCALL_PATHS_INBOX", str(settings.paths.inbox))
    monkeypatch.setenv("NIGHTCALL_PATHS_DATA", str(settings.paths.data))
    monkeypatch.setenv("NIGHTCALL_HEARING_HUB_TOKEN", "hf_secret")
    summary = nightly()
    assert [line.call_id for line in summary.calls] == ["polite"]
    assert summary.name.startswith("nightly inbox 20")


def test_who_watches_is_told_of_every_stage_and_call(tmp_path: Path) -> None:
    told: list[tuple[object, ...]] = []

    class Listener:
        def begin(self, stage: Stage, calls: int) -> None:
            told.append((stage, calls))

        def finish(self, stage: Stage, call_id: str, failure: FailedCall | None = None) -> None:
            told.append((stage, call_id))

    token = WATCHER.set(Listener())
    nightly(night(tmp_path, {"polite": POLITE}))
    WATCHER.reset(token)
    assert told == [(Stage.TAKE_IN, 0), (Stage.LOAD, 1), (Stage.LOAD, "polite"), (Stage.PUBLISH, 0)]


def test_what_is_wrong_is_said_before_any_audio(tmp_path: Path) -> None:
    settings = night(tmp_path, {})
    with pytest.raises(NotADirectoryError, match="no such folder"):
        ready(load(flags={"paths": {"inbox": tmp_path / "none", "data": tmp_path / "data"}}))
    rules = tmp_path / "rules.yaml"
    rules.write_text("rubric: x\n")
    with pytest.raises(RubricError):
        ready(settings.model_copy(update={"rubrics": settings.rubrics.model_copy(update={"paths": (rules,)})}))


@pytest.mark.parametrize("cluster", ["dask", "ray"])
def test_a_cluster_that_is_not_installed_is_told_with_its_extra(tmp_path: Path, cluster: str) -> None:
    settings = night(tmp_path, {}, task_runner=cluster)
    with pytest.raises(SettingsError, match=rf"nightcall\[{cluster}\]"):
        ready(settings)


def test_the_artifact_lists_flags_and_failures_and_no_words(tmp_path: Path) -> None:
    settings = night(tmp_path, {"rude": RUDE})
    broken(settings, "odd|name")
    summary: NightSummary = nightly(settings)
    text = as_markdown(summary)
    assert "**1** calls loaded, 0 newly heard, 1 flagged, **1** failed" in text
    assert "| rude | " in text
    assert "odd\\|name" in text
    assert "不归我管" not in text
