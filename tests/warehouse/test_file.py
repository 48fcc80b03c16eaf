"""The warehouse file: a transaction keeps all or nothing, whatever ends it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse.file import transaction

ROOT = Path(__file__).parents[2]
ENDLESS = "SELECT count(*) FROM range(100_000_000_000) numbers(n) WHERE n % 7 = hash(n) % 7"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("CREATE TABLE kept (n INTEGER)")
        yield opened


def count(connection: duckdb.DuckDBPyConnection) -> int:
    return len(connection.execute("SELECT * FROM kept").fetchall())


def test_all_is_kept(connection: duckdb.DuckDBPyConnection) -> None:
    with transaction(connection):
        connection.execute("INSERT INTO kept VALUES (1), (2)")
    assert count(connection) == 2


@pytest.mark.parametrize("error", [ValueError("no"), RuntimeError("no"), KeyboardInterrupt()])
def test_or_nothing(connection: duckdb.DuckDBPyConnection, error: BaseException) -> None:
    def fill() -> None:
        with transaction(connection):
            connection.execute("INSERT INTO kept VALUES (1)")
            raise error

    with pytest.raises(type(error)):
        fill()
    assert count(connection) == 0


INTERRUPTED = f"""
import os, signal, threading, duckdb
from warehouse.file import transaction

connection = duckdb.connect()
connection.execute("CREATE TABLE kept (n INTEGER)")
signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    with transaction(connection):
        connection.execute("INSERT INTO kept VALUES (1)")
        connection.execute({ENDLESS!r}).fetchall()
except KeyboardInterrupt:
    print("stopped,", connection.execute("SELECT count(*) FROM kept").fetchone()[0], "kept")
"""  # noqa: S608 - a program, not a query


def test_ctrl_c_in_the_middle_of_a_query_is_ctrl_c() -> None:
    # In a process of its own: there no test runner stands between the signal and DuckDB.
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )
    assert done.stdout == "stopped, 0 kept\n", done.stderr
