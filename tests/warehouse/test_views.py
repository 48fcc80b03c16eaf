"""The views against calls made by hand and answers worked out by hand."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from analyzers import interruptions, silence, talk_share, talk_speed, volume
from analyzers.conversation import Party, Span
from analyzers.measure import Evidence, Measure, missing
from rubrics.finding import Severity, Verdict
from tests.warehouse.calls import finding, scored, warehouse
from warehouse.load import (
    FailedCall,
    RunCounts,
    RunRecord,
    RunWarning,
    finish_run,
    load_calls,
    load_failures,
    load_warnings,
    start_run,
)
from warehouse.migrate import VIEWS, scripts

BEIJING = timezone(timedelta(hours=8))
AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER
BEGAN = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)


def speed(value: float, unit: str) -> Measure:
    return Measure("talk_speed.speech_rate", AGENT, value, unit)


# 欧阳 (A1) took two calls on 2 March, the first at half past midnight, when it was still 1 March in London.
RUDE = scored(
    "rude",
    agent_id="A1",
    agent_name="欧阳小美",
    team="华东一组",
    started_at=datetime(2026, 3, 2, 0, 30, tzinfo=BEIJING),
    measures=(
        speed(320.0, "characters/min"),
        Measure("talk_speed.speech_rate", CUSTOMER, 180.0, "characters/min"),
        Measure("volume.active_level", AGENT, -14.5, "dBFS"),
        missing("volume.loudness", AGENT, "LUFS", "under 0.4 s of speech"),
        Measure("interruptions.count", AGENT, 3, "interruptions"),
        Measure("interruptions.count", CUSTOMER, 1, "interruptions"),
        Measure("silence.longest", None, 7.5, "s"),
        Measure("silence.dead_air_count", None, 2, "silences"),
        Measure("silence.dead_air", None, 13.5, "s"),
        Measure("talk_share.of_speech", AGENT, 0.75, "share"),
    ),
    findings=(
        finding("greeting", Verdict.PASS, Severity.MINOR, (2.0, 2.0)),
        finding(
            "rudeness",
            Verdict.FLAG,
            Severity.CRITICAL,
            (0.0, 6.0),
            (Evidence(Span(12, 14), AGENT, "烦不烦啊"), Evidence(Span(30, 31), AGENT, "少废话")),
        ),
        finding("apology", Verdict.UNDETERMINED, Severity.MAJOR, (None, 4.0)),
        finding("hold", Verdict.NOT_APPLICABLE, Severity.MINOR, (None, 4.0)),
    ),
)
SLOPPY = scored(
    "sloppy",
    agent_id="A1",
    agent_name="欧阳小美",
    team="华东二组",
    started_at=datetime(2026, 3, 2, 18, 0, tzinfo=BEIJING),
    measures=(speed(280.0, "characters/min"), Measure("silence.longest", None, 2.5, "s")),
    findings=(
        finding("greeting", Verdict.PASS, Severity.MINOR, (2.0, 2.0)),
        finding("closing", Verdict.FLAG, Severity.MINOR, (0.0, 2.0), (Evidence(Span(50, 60)),)),
    ),
)
ENGLISH = scored(
    "english",
    agent_id="B2",
    agent_name="Ann",
    started_at=datetime(2026, 3, 2, 9, 0, tzinfo=BEIJING),
    measures=(speed(150.0, "words/min"),),
)
UNKNOWN = scored("unknown")


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path: Path = tmp_path_factory.mktemp("views") / "calls.duckdb"
    with warehouse(path) as opened:
        for run_id, began in (("run-1", BEGAN), ("run-2", BEGAN + timedelta(days=1))):
            start_run(opened, RunRecord(run_id, f"night of {began:%d}", began, "inbox"))
        load_calls(opened, [RUDE, SLOPPY, ENGLISH, UNKNOWN], "run-1")
        load_failures(opened, [FailedCall("empty.wav", None, None, "empty", "no bytes")], "run-1")
        load_warnings(opened, [RunWarning("row_without_file", "row 9"), RunWarning("duplicate", "b.wav")], "run-1")
        finish_run(opened, "run-1", RunCounts(5, 3, 4, 1), BEGAN + timedelta(seconds=90.5))
        yield opened


def ask(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(sql).fetchall()]


def test_one_row_for_each_call(connection: duckdb.DuckDBPyConnection) -> None:
    assert ask(connection, "SELECT call_id FROM call_overview ORDER BY 1") == [
        ("english",),
        ("rude",),
        ("sloppy",),
        ("unknown",),
    ]


def test_a_call_side_by_side(connection: duckdb.DuckDBPyConnection) -> None:
    row = ask(
        connection,
        """SELECT agent_name, day, score, passed, flags, minor_flags, major_flags, critical_flags, undetermined,
        not_applicable, agent_speech_rate, agent_speech_rate_unit, customer_speech_rate, agent_level_dbfs,
        agent_loudness_lufs, agent_interruptions, customer_interruptions, longest_silence_s, dead_airs, dead_air_s,
        agent_talk_share, agent_share_of_call FROM call_overview WHERE call_id = 'rude'""",
    )
    verdicts = (25.0, 1, 1, 0, 0, 1, 1, 1)  # 2 of 2 + 6 points; undetermined and not applicable count for nothing
    measured = (320.0, "characters/min", 180.0, -14.5, None, 3.0, 1.0, 7.5, 2.0, 13.5, 0.75, None)
    assert row == [("欧阳小美", date(2026, 3, 2), *verdicts, *measured)]


def test_a_call_without_verdicts_has_no_score(connection: duckdb.DuckDBPyConnection) -> None:
    row = ask(connection, "SELECT score, flags, passed, day, limits FROM call_overview WHERE call_id = 'unknown'")
    assert row == [(None, 0, 0, None, None)]


def test_agents_by_day(connection: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        connection,
        """SELECT day, agent, agent_name, team, calls, mean_score, flagged_calls, flags, critical_flags, undetermined,
        median_characters_per_min, median_words_per_min, interruptions, median_longest_silence_s, dead_airs
        FROM agent_day ORDER BY agent NULLS LAST""",
    )
    day = date(2026, 3, 2)
    assert rows == [
        (day, "A1", "欧阳小美", "华东二组", 2, 37.5, 2, 2, 1, 1, 300.0, None, 3.0, 5.0, 2.0),
        (day, "B2", "Ann", None, 1, None, 0, 0, 0, 0, None, 150.0, None, None, None),
        (None, None, None, None, 1, None, 0, 0, 0, 0, None, None, None, None, None),
    ]


def test_flagged_calls_the_worst_first(connection: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        connection,
        "SELECT severity, call_id, rule_id, start_s, end_s, party, quote, points_lost, agent_name FROM flagged_calls",
    )
    assert rows == [
        ("critical", "rude", "rudeness", 12.0, 14.0, "agent", "烦不烦啊", 6.0, "欧阳小美"),
        ("minor", "sloppy", "closing", 50.0, 60.0, None, None, 2.0, "欧阳小美"),
    ]


def test_failed(connection: duckdb.DuckDBPyConnection) -> None:
    rows = ask(connection, "SELECT uri, call_id, code, message, run FROM failed")
    assert rows == [("empty.wav", None, "empty", "no bytes", "night of 02")]


def test_runs_the_latest_first(connection: duckdb.DuckDBPyConnection) -> None:
    rows = ask(
        connection,
        """SELECT run_id, status, duration_s, calls_found, heard, loaded, failed, warnings, calls, flagged_calls,
        mean_score FROM run_summary""",
    )
    assert rows == [
        ("run-2", "unfinished", None, None, None, None, None, 0, 0, 0, None),
        ("run-1", "finished", 90.5, 5, 3, 4, 1, 2, 4, 2, 37.5),
    ]


def test_the_views_ask_for_measures_that_exist() -> None:
    asked = {name for script in scripts(VIEWS) for name in re.findall(r"name = '(\w+\.\w+)'", script.sql)}
    analyzers = (interruptions, silence, talk_share, talk_speed, volume)
    assert asked
    assert asked - {name for analyzer in analyzers for name in analyzer.NAMES} == set()
