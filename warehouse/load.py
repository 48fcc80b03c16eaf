"""Loading: scored calls, failures and runs become rows.

A batch is one transaction. Every earlier row of a call goes and the new rows come in together, so loading
twice gives the same rows as loading once, and a reader never sees half a call. A call is the same call when
its `call_id` or its bytes are. Rows travel as Arrow tables, never one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import duckdb
import pyarrow as pa

from warehouse.file import WarehouseError, one_line, transaction
from warehouse.rows import CALL, PARTS, Row, ScoredCall, as_json, call_row, printable

__all__ = [
    "FailedCall",
    "RunCounts",
    "RunRecord",
    "RunWarning",
    "ScoredCall",
    "finish_run",
    "load_calls",
    "load_failures",
    "load_warnings",
    "start_run",
]

CHUNK_CALLS = 100  # calls turned into rows at once: bounds memory; more brought no speed

_FAILED = ("uri", "call_id", "sha256", "code", "message", "run_id")
_SAME_CALL = "(call_id IN (SELECT call_id FROM incoming) OR sha256 IN (SELECT sha256 FROM incoming))"


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A recording that could not be scored. `call_id` and `sha256` are None where they are not known."""

    uri: str
    call_id: str | None
    sha256: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it begins. `started_at` has a time zone; `versions` are (what, version) pairs."""

    run_id: str
    name: str
    started_at: datetime
    inbox: str
    settings_digest: str = ""
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What became of a run's recordings; `heard` leaves out those taken from the shelf."""

    calls_found: int
    heard: int
    loaded: int
    failed: int


@dataclass(frozen=True, slots=True)
class RunWarning:
    """Something a run noticed that lost no call: a metadata row without a file, a duplicate."""

    code: str
    message: str
    uri: str | None = None


def load_calls(connection: duckdb.DuckDBPyConnection, calls: Iterable[ScoredCall], run_id: str) -> int:
    """Replace the calls' rows in one transaction; how many calls were loaded.

    `calls` is read once and may be a generator: only `CHUNK_CALLS` are held at a time. Of calls that share
    their `call_id` or their bytes the last stays. The calls' rows in `failed_calls` go.

    Raises:
        WarehouseError: a row breaks the schema, or a call's `started_at` has no time zone. Nothing is loaded.
    """
    try:
        with transaction(connection):
            for chunk in _chunks(calls):
                _replace(connection, chunk, run_id)
            return _count(connection, "SELECT count(*) FROM calls WHERE loaded_at = now()")
    except duckdb.Error as error:
        raise WarehouseError(
            f"run {run_id}: a batch of calls was refused, none of it is loaded: {one_line(error)}"
        ) from error


def load_failures(connection: duckdb.DuckDBPyConnection, failures: Iterable[FailedCall], run_id: str) -> int:
    """Record recordings that failed, one row for each uri, the latest; how many rows were written.

    Load a run's calls first: loading a call clears the failures that bear its `call_id`, bytes or uri.
    """
    latest = {failure.uri: failure for failure in failures}
    rows: list[Row] = [(f.uri, f.call_id, f.sha256, f.code, f.message, run_id) for f in latest.values()]
    with transaction(connection), _registered(connection, "incoming", _FAILED, rows):
        connection.execute("INSERT OR REPLACE INTO failed_calls BY NAME SELECT *, now() AS failed_at FROM incoming")
    return len(rows)


def start_run(connection: duckdb.DuckDBPyConnection, run: RunRecord) -> None:
    """Record that a run began; one that began before under the same id begins anew."""
    connection.execute(
        """INSERT OR REPLACE INTO runs (run_id, name, started_at, inbox, settings_digest, versions)
        VALUES (?, ?, ?, ?, ?, ?)""",
        [
            run.run_id,
            run.name,
            run.started_at,
            printable(run.inbox),
            run.settings_digest or None,
            as_json(run.versions),
        ],
    )


def finish_run(connection: duckdb.DuckDBPyConnection, run_id: str, counts: RunCounts, finished_at: datetime) -> None:
    """Record how a run ended.

    Raises:
        WarehouseError: no run of this id was started.
    """
    updated = _count(
        connection,
        """UPDATE runs SET finished_at = ?, calls_found = ?, heard = ?, loaded = ?, failed = ? WHERE run_id = ?""",
        [finished_at, counts.calls_found, counts.heard, counts.loaded, counts.failed, run_id],
    )
    if updated == 0:
        raise WarehouseError(f"run {run_id} cannot be finished: it was never started here; call start_run first")


def load_warnings(connection: duckdb.DuckDBPyConnection, warnings: Iterable[RunWarning], run_id: str) -> int:
    """Replace the run's warnings; how many there are."""
    rows: list[Row] = [(run_id, w.code, w.message, w.uri) for w in warnings]
    with transaction(connection), _registered(connection, "incoming", ("run_id", "code", "message", "uri"), rows):
        connection.execute("DELETE FROM warnings WHERE run_id = ?", [run_id])
        connection.execute("INSERT INTO warnings BY NAME SELECT * FROM incoming")
    return len(rows)


def _replace(connection: duckdb.DuckDBPyConnection, chunk: list[ScoredCall], run_id: str) -> None:
    _clear(connection, chunk)
    calls = _distinct(chunk)
    _insert(connection, "calls", CALL, [(*call_row(call), run_id) for call in calls])
    for table, columns, rows_of in PARTS:
        _insert(connection, table, columns, [row for call in calls for row in rows_of(call)])


def _insert(connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    with _registered(connection, "incoming", columns, rows):
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608 - our own names


def _clear(connection: duckdb.DuckDBPyConnection, calls: list[ScoredCall]) -> None:
    recordings = [call.conversation.recording for call in calls]
    keys: list[Row] = [(recording.call_id, recording.sha256, recording.uri) for recording in recordings]
    with _registered(connection, "incoming", ("call_id", "sha256", "uri"), keys):
        connection.execute(f"DELETE FROM failed_calls WHERE {_SAME_CALL} OR uri IN (SELECT uri FROM incoming)")  # noqa: S608
        earlier = connection.execute(f"SELECT call_id FROM calls WHERE {_SAME_CALL}").fetchall()  # noqa: S608
    if not earlier:
        return  # the usual night: new calls only, so no large table is searched
    with _registered(connection, "earlier", ("call_id",), earlier):
        for table in ("calls", *(table for table, _, _ in PARTS)):
            connection.execute(f"DELETE FROM {table} WHERE call_id IN (SELECT call_id FROM earlier)")  # noqa: S608


def _distinct(calls: list[ScoredCall]) -> list[ScoredCall]:
    """The calls that no later one replaces."""
    kept: list[ScoredCall] = []
    seen: set[str] = set()
    for call in reversed(calls):
        keys = {f"id {call.conversation.recording.call_id}", f"bytes {call.conversation.recording.sha256}"}
        if seen.isdisjoint(keys):
            kept.append(call)
        seen |= keys
    return kept[::-1]


def _chunks(calls: Iterable[ScoredCall]) -> Iterator[list[ScoredCall]]:
    remaining = iter(calls)
    while chunk := list(islice(remaining, CHUNK_CALLS)):
        yield chunk


@contextmanager
def _registered(
    connection: duckdb.DuckDBPyConnection, name: str, columns: tuple[str, ...], rows: Sequence[Row]
) -> Iterator[None]:
    """The rows as a table that SQL can name."""
    cells = zip(*rows, strict=True) if rows else [()] * len(columns)
    connection.register(name, pa.table({column: _array(of) for column, of in zip(columns, cells, strict=True)}))
    try:
        yield
    finally:
        with suppress(duckdb.TransactionException):  # after an error the rollback takes it away
            connection.unregister(name)


def _array(cells: tuple[object, ...]) -> pa.Array:
    try:
        return pa.array(cells)
    except UnicodeEncodeError:  # a file name of bytes that are no text
        return pa.array([printable(cell) if isinstance(cell, str) else cell for cell in cells])


def _count(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()) -> int:
    row = connection.execute(sql, list(parameters)).fetchone()
    return int(row[0]) if row else 0
