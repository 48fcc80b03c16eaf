"""Scored calls made by hand, and what the warehouse tests look at in the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from analyzers.conversation import Conversation, Engine, Limit, Party, Span, Speech
from analyzers.measure import Evidence, Measure, missing
from rubrics.finding import Finding, Severity, Text, Verdict
from tests.builders import dialogue, recording
from warehouse.load import ScoredCall
from warehouse.migrate import connect

TABLES = ("calls", "turns", "words", "unintelligible", "limits", "engines", "measures", "findings", "evidence")


def scored(
    call_id: str = "call-1",
    *,
    sha256: str | None = None,
    text: str = "good morning",
    measures: tuple[Measure, ...] = (),
    findings: tuple[Finding, ...] = (),
    **metadata: object,
) -> ScoredCall:
    """A call in which the agent says one thing and the customer answers."""
    heard = dialogue([(Party.AGENT, text), (Party.CUSTOMER, "hi")])
    about = recording(call_id, **metadata)
    return ScoredCall(replace(heard, recording=replace(about, sha256=sha256 or about.sha256)), measures, findings)


def full_call(call_id: str = "call-1") -> ScoredCall:
    """A call with at least one row in every table."""
    lost = Speech(Span(3, 4), Party.CUSTOMER, "channel-1", 1)
    shown = Evidence(Span(0, 0.6), Party.AGENT, "good morning")
    heard: Conversation = replace(
        scored(call_id).conversation,
        unintelligible=(lost,),
        limits=(Limit("loudness", "under 0.4 s of speech"),),
        engines=(Engine("transcription", "faster-whisper", "1.2.1", "base", (("beam", "5"),)),),
    )
    measures = (
        Measure("talk_speed.speech_rate", Party.AGENT, 200.0, "words/min", (shown, shown)),
        missing("volume.loudness", Party.AGENT, "LUFS", "under 0.4 s of speech"),
    )
    return ScoredCall(heard, measures, (finding("greeting", evidence=(shown,)),))


def finding(
    rule_id: str,
    verdict: Verdict = Verdict.PASS,
    severity: Severity = Severity.MINOR,
    points: tuple[float | None, float] = (1.0, 1.0),
    evidence: tuple[Evidence, ...] = (Evidence(Span(0, 1), Party.AGENT, "hello"),),
) -> Finding:
    """One verdict of the rubric `politeness`; `points` are those earned and those possible."""
    return Finding(
        rule_id=rule_id,
        title=Text(f"{rule_id}?", "问候"),
        rubric="politeness",
        rubric_version="1",
        rubric_digest="abc",
        verdict=verdict,
        severity=severity,
        points=points[0],
        max_points=points[1],
        value=None,
        evidence=evidence,
        because=Text("heard", "听到"),
    )


def contents(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of calls, times of loading apart."""
    return {
        table: sorted(connection.sql(f"SELECT COLUMNS(lambda c: c <> 'loaded_at') FROM {table}").fetchall(), key=repr)  # noqa: S608
        for table in TABLES
    }


@contextmanager
def warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse at `path`, closed at the end."""
    connection = connect(path)
    try:
        yield connection
    finally:
        connection.close()
