"""The warehouse file: a transaction keeps all or nothing, whatever ends it."""

from collections.abc import Iterator

import duckdb
import pytest

from warehouse.file import transaction


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


def test_what_duckdb_makes_of_ctrl_c_is_ctrl_c(connection: duckdb.DuckDBPyConnection) -> None:
    def fill() -> None:
        with transaction(connection):
            connection.execute("INSERT INTO kept VALUES (1)")
            raise RuntimeError("Query interrupted")  # as DuckDB 2.0 says it; when it looks for signals is by chance

    with pytest.raises(KeyboardInterrupt):
        fill()
    assert count(connection) == 0
