import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from analyzers.conversation import Party, Span, Track
from analyzers.measure import Measure
from tests.warehouse.calls import TABLES, contents, full_call, scored, warehouse
from warehouse.file import WarehouseError
from warehouse.load import (
    CHUNK_CALLS,
    FailedCall,
    RunCounts,
    RunRecord,
    RunWarning,
    ScoredCall,
    finish_run,
    load_calls,
    load_failures,
    load_warnings,
    start_run,
)
from warehouse.rows import conversation_digest

BEIJING = timezone(timedelta(hours=8))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse(tmp_path / "calls.duckdb") as opened:
        yield opened


def ids(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [row[0] for row in connection.sql("SELECT call_id FROM calls ORDER BY call_id").fetchall()]


def test_a_call_fills_every_table(connection: duckdb.DuckDBPyConnection) -> None:
    load_calls(connection, [full_call()], "run-1")
    loaded = contents(connection)
    assert {table: len(rows) for table, rows in loaded.items()} == {
        "calls": 1,
        "turns": 2,
        "words": 3,
        "unintelligible": 1,
        "limits": 1,
        "engines": 1,
        "measures": 2,
        "findings": 1,
        "evidence": 3,
    }
    assert loaded["turns"] == [
        ("call-1", 1, "agent", "channel-0", 0.0, 0.6, "good morning"),
        ("call-1", 2, "customer", "channel-1", 1.1, 1.4000000000000001, "hi"),
    ]
    assert loaded["words"][2] == ("call-1", 3, 2, "customer", 1.1, 1.4000000000000001, "hi", "hi", 0.9, 1)
    assert loaded["measures"] == [
        ("call-1", "talk_speed.speech_rate", "agent", 200.0, "words/min", None, None),
        ("call-1", "volume.loudness", "agent", None, "LUFS", "under 0.4 s of speech", None),
    ]
    assert loaded["engines"] == [("call-1", "transcription", "faster-whisper", "1.2.1", "base", '{"beam": "5"}')]
    measured = ("call-1", "measure", "talk_speed.speech_rate", None, "agent")
    shown = ("agent", 0.0, 0.6, "good morning")
    assert loaded["evidence"] == [
        ("call-1", "finding", "greeting", "politeness", None, 1, *shown),
        (*measured, 1, *shown),
        (*measured, 2, *shown),
    ]


def test_metadata_arrive_whole(connection: duckdb.DuckDBPyConnection) -> None:
    started_at = datetime(2026, 3, 1, 1, 30, tzinfo=BEIJING)
    call = scored(
        agent_name="欧阳小美",
        team="华东一组",
        started_at=started_at,
        csat=4.5,
        key_customer=True,
        attributes=(("投诉类型", "退款"), ("投诉类型", "换货")),
    )
    load_calls(connection, [call], "run-1")
    row = connection.execute(
        """SELECT agent_name, team, epoch(started_at), started_local, csat, key_customer,
        attributes ->> '投诉类型', queue FROM calls"""
    ).fetchone()
    local = datetime(2026, 3, 1, 1, 30)
    assert row == ("欧阳小美", "华东一组", started_at.timestamp(), local, 4.5, True, "换货", None)


def test_loading_twice_is_loading_once(connection: duckdb.DuckDBPyConnection) -> None:
    batch = [full_call(f"call-{n}") for n in range(3)]
    assert load_calls(connection, batch, "run-1") == 3
    once = contents(connection)
    assert load_calls(connection, batch, "run-1") == 3
    assert contents(connection) == once


def test_a_new_hearing_replaces_every_row(connection: duckdb.DuckDBPyConnection) -> None:
    load_calls(connection, [full_call()], "run-1")
    load_calls(connection, [scored(text="你好")], "run-2")
    loaded = contents(connection)
    assert [len(loaded[table]) for table in TABLES] == [1, 2, 3, 0, 0, 0, 0, 0, 0]
    assert loaded["turns"][0][-1] == "你好"


def test_the_same_bytes_under_another_name_are_the_same_call(connection: duckdb.DuckDBPyConnection) -> None:
    load_calls(connection, [scored("old", sha256="f" * 64), scored("other")], "run-1")
    assert load_calls(connection, [scored("new", sha256="f" * 64)], "run-2") == 1
    assert ids(connection) == ["new", "other"]
    assert connection.sql("SELECT DISTINCT call_id FROM words ORDER BY 1").fetchall() == [("new",), ("other",)]


@pytest.mark.parametrize("seed", range(12))
def test_a_batch_leaves_what_call_after_call_would(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    keys = [(draw.choice("abc"), draw.choice("xyz") * 64) for _ in range(draw.randrange(9))]
    batch = [scored(call_id, sha256=sha256) for call_id, sha256 in keys]
    left: list[tuple[str, str]] = []
    for call_id, sha256 in keys:
        left = [(i, s) for i, s in left if i != call_id and s != sha256] + [(call_id, sha256)]
    with warehouse(Path(":memory:")) as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr("warehouse.load.CHUNK_CALLS", draw.randint(1, 3))
        assert load_calls(connection, batch, "run") == len(left)
        assert connection.sql("SELECT call_id, sha256 FROM calls ORDER BY 1").fetchall() == sorted(left)


def test_a_failing_batch_leaves_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    load_calls(connection, [full_call("kept")], "run-1")
    before = contents(connection)

    def breaking() -> Iterator[ScoredCall]:
        yield from (scored(f"call-{n}") for n in range(CHUNK_CALLS + 1))
        yield replace(full_call("kept"), findings=())
        raise OSError("the shelf is gone")

    with pytest.raises(OSError, match="the shelf is gone"):
        load_calls(connection, breaking(), "run-2")
    assert contents(connection) == before
    assert load_calls(connection, [full_call("kept")], "run-1") == 1
    assert contents(connection) == before


def test_a_row_that_breaks_the_schema_undoes_the_batch(connection: duckdb.DuckDBPyConnection) -> None:
    broken = replace(scored("b"), conversation=replace(scored("b").conversation, language=None))  # type: ignore[arg-type]
    with pytest.raises(WarehouseError, match=r"run run-1: .* none of it is loaded: .*language"):
        load_calls(connection, [scored("a"), broken], "run-1")
    assert ids(connection) == []
    assert load_calls(connection, [scored("a")], "run-1") == 1


def test_a_time_without_zone_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(WarehouseError, match=r"call call-1: started_at 2026-03-01T09:30:00 has no time zone"):
        load_calls(connection, [scored(started_at=datetime(2026, 3, 1, 9, 30))], "run-1")


def test_a_file_name_that_is_no_text_loads(connection: duckdb.DuckDBPyConnection) -> None:
    call = scored()
    odd = replace(call.conversation.recording, uri=os.fsdecode(b"\xff\xfe") + " 录音.wav")
    load_calls(connection, [replace(call, conversation=replace(call.conversation, recording=odd))], "run-1")
    assert connection.sql("SELECT uri FROM calls").fetchall() == [("\\udcff\\udcfe 录音.wav",)]


def test_an_empty_batch_loads_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    assert load_calls(connection, [], "run-1") == 0


def test_a_failure_is_kept_until_the_call_loads(connection: duckdb.DuckDBPyConnection) -> None:
    sha256 = scored("c").conversation.recording.sha256
    failures = [
        FailedCall("call-1.wav", None, None, "unreadable", "permission denied"),
        FailedCall("b.wav", "b", None, "truncated", "ends after 3 s"),
        FailedCall("copy-of-c.wav", None, sha256, "decode", "no audio stream"),
        FailedCall("d.wav", "d", None, "empty", "no bytes"),
        FailedCall("d.wav", "d", None, "truncated", "ends after 1 s"),
    ]
    assert load_failures(connection, failures, "run-1") == 4
    assert load_failures(connection, failures[-1:], "run-2") == 1
    load_calls(connection, [scored("call-1"), scored("b"), scored("c")], "run-2")
    left = connection.sql("SELECT uri, call_id, sha256, code, message, run_id FROM failed_calls").fetchall()
    assert left == [("d.wav", "d", None, "truncated", "ends after 1 s", "run-2")]


def test_a_run_from_start_to_end(connection: duckdb.DuckDBPyConnection) -> None:
    began = datetime(2026, 3, 1, 22, 0, tzinfo=BEIJING)
    run = RunRecord("run-1", "夜间 3-01", began, "inbox", "s1", (("nightcall", "0.1.0"),))
    for _ in range(2):
        start_run(connection, run)
    finish_run(connection, "run-1", RunCounts(9, 8, 8, 1), began.astimezone(UTC) + timedelta(minutes=5))
    row = connection.sql(
        """SELECT name, date_diff('second', started_at, finished_at), inbox, calls_found, heard, loaded, failed,
        settings_digest, versions ->> 'nightcall' FROM runs"""
    ).fetchall()
    assert row == [("夜间 3-01", 300, "inbox", 9, 8, 8, 1, "s1", "0.1.0")]


def test_a_run_that_never_began_cannot_end(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(WarehouseError, match="run nope cannot be finished"):
        finish_run(connection, "nope", RunCounts(0, 0, 0, 0), datetime.now(UTC))


def test_warnings_of_a_run_are_replaced(connection: duckdb.DuckDBPyConnection) -> None:
    warnings = [RunWarning("row_without_file", "row 3 names x.wav", "x.wav"), RunWarning("no_metadata", "none")]
    load_warnings(connection, warnings, "run-1")
    load_warnings(connection, warnings[:1], "run-0")
    assert load_warnings(connection, warnings, "run-1") == 2
    assert load_warnings(connection, [], "run-0") == 0
    assert connection.sql("FROM warnings ORDER BY code DESC").fetchall() == [
        ("run-1", "row_without_file", "row 3 names x.wav", "x.wav"),
        ("run-1", "no_metadata", "none", None),
    ]


def test_the_digest_sees_every_part_of_what_was_heard() -> None:
    heard = full_call().conversation
    track = Track("level", 0, (-20.0, -21.0), 0.1, "dBFS")
    word = heard.words[0]
    heard = replace(heard, tracks=(track,))
    others = [
        replace(heard, language="zh"),
        replace(heard, limits=()),
        replace(heard, tracks=(replace(track, values=(-20.0, -21.1)),)),
        replace(heard, tracks=(replace(track, hop_s=0.2),)),
        *(
            replace(heard, words=(replace(word, **change), *heard.words[1:]))
            for change in (
                {"span": Span(0.0, 0.2)},
                {"text": "Good"},
                {"original": "Good,"},
                {"party": Party.OTHER},
                {"probability": 0.8},
                {"channel": 1},
            )
        ),
    ]
    assert conversation_digest(heard) == conversation_digest(replace(full_call().conversation, tracks=(track,)))
    assert len({conversation_digest(other) for other in [heard, *others]}) == len(others) + 1


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.warehouse.calls import full_call
from warehouse.load import load_calls
from warehouse.migrate import connect

def calls():
    for n in range(250):
        yield full_call(f"call-{n}")
    if sys.argv[2] == "inside":
        os.kill(os.getpid(), signal.SIGKILL)

connection = connect(Path(sys.argv[1]))
load_calls(connection, calls(), "run-1")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("moment", "survived"), [("inside", 0), ("after", 250)])
def test_a_kill_loses_no_batch_and_halves_none(tmp_path: Path, moment: str, survived: int) -> None:
    path = tmp_path / "calls.duckdb"
    with warehouse(path) as connection:
        load_calls(connection, [full_call("call-0"), full_call("from before")], "run-0")
    for _ in range(2):
        killed = subprocess.run([sys.executable, "-c", KILLED, str(path), moment], check=False)
        assert killed.returncode == -signal.SIGKILL
    with warehouse(path) as connection:
        assert len(ids(connection)) == max(2, survived + 1)
        load_calls(connection, (full_call(f"call-{n}") for n in range(250)), "run-2")
        assert len(ids(connection)) == 251
        assert connection.sql("SELECT count(*) FROM words").fetchall() == [(3 * 251,)]
        assert connection.sql("SELECT DISTINCT run_id FROM calls ORDER BY 1").fetchall() == [("run-0",), ("run-2",)]


def test_whole_numbers_among_fractions_load(connection: duckdb.DuckDBPyConnection) -> None:
    measures = (Measure("a.count", None, 3, "times"), Measure("a.share", None, 0.25, "share"))
    load_calls(connection, [scored(measures=measures)], "run-1")
    assert connection.sql("SELECT value FROM measures ORDER BY name").fetchall() == [(3.0,), (0.25,)]
