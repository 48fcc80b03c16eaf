import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.calls import TABLES, contents, full_call, warehouse
from warehouse.file import WarehouseBusy, WarehouseError, open_for_reading, open_for_writing
from warehouse.load import load_calls
from warehouse.migrate import MIGRATIONS, VIEWS, MigrationError, Script, connect, create_views, migrate, scripts

RATING = Script("0099_rating.sql", "ALTER TABLE calls ADD COLUMN rating INTEGER; UPDATE calls SET rating = 5;")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "calls.duckdb"


@pytest.fixture
def connection(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse(path) as opened:
        yield opened


def test_migrations_apply_once(path: Path) -> None:
    for _ in range(2):
        with warehouse(path) as connection:
            applied = connection.sql("SELECT name, digest FROM migrations ORDER BY name").fetchall()
            assert applied == [(script.name, script.digest) for script in scripts(MIGRATIONS)]
            assert migrate(connection, scripts(MIGRATIONS)) == ()


def test_an_older_file_keeps_its_rows(path: Path) -> None:
    with warehouse(path) as connection:
        load_calls(connection, [full_call()], "run-1")
        before = contents(connection)
    connection = open_for_writing(path)
    assert migrate(connection, (*scripts(MIGRATIONS), RATING)) == (RATING.name,)
    create_views(connection, scripts(VIEWS))
    after = contents(connection)
    assert after == before | {"calls": [(*before["calls"][0], 5)]}
    assert load_calls(connection, [full_call()], "run-2") == 1
    connection.close()


def test_a_failing_migration_changes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    broken = Script("0099_broken.sql", "CREATE TABLE extra (a INTEGER); SELECT nothing FROM nowhere;")
    with pytest.raises(MigrationError, match=r"migration 0099_broken\.sql failed and was undone.*nowhere"):
        migrate(connection, (*scripts(MIGRATIONS), broken))
    with pytest.raises(duckdb.CatalogException):
        connection.sql("FROM extra")
    assert migrate(connection, (*scripts(MIGRATIONS), RATING)) == (RATING.name,)


def test_an_edited_migration_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    first, *others = scripts(MIGRATIONS)
    with pytest.raises(MigrationError, match=rf"migration {first.name} was edited after it was applied"):
        migrate(connection, (replace(first, sql=first.sql + "\n-- better"), *others))


def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    with warehouse(path) as connection:
        migrate(connection, (*scripts(MIGRATIONS), RATING))
    with pytest.raises(MigrationError, match=r"knows migration 0099_rating\.sql.*update Nightcall"):
        connect(path)
    open_for_reading(path).close()  # the failed start holds nothing


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = [int(script.name.split("_")[0]) for script in scripts(MIGRATIONS)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_table_of_calls_exists(connection: duckdb.DuckDBPyConnection) -> None:
    others = {"runs", "failed_calls", "warnings", "migrations"}
    assert {name for (name,) in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall()} == {
        *TABLES
    } | others


def test_every_view_says_its_grain_first() -> None:
    assert [script.name for script in scripts(VIEWS) if not script.sql.startswith("-- One row per ")] == []


def test_nothing_is_without_a_comment(connection: duckdb.DuckDBPyConnection) -> None:
    missing = connection.sql(
        """SELECT table_name FROM duckdb_tables() WHERE NOT internal AND comment IS NULL
        UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL
        UNION ALL SELECT table_name || '.' || column_name FROM duckdb_columns()
        WHERE NOT internal AND comment IS NULL"""
    ).fetchall()
    assert missing == []


HOLDING = """
import sys
from pathlib import Path
from warehouse.migrate import connect
connection = connect(Path(sys.argv[1]))
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.read()
"""


def test_a_second_process_is_told_who_holds_the_file(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout and holder.stdout.readline() == "ready\n"
        for attempt in (connect, open_for_reading):
            with pytest.raises(WarehouseBusy, match=rf"warehouse .*calls\.duckdb is in use by process {holder.pid}"):
                attempt(path)
        holder.communicate()
    connect(path).close()


@pytest.mark.parametrize("attempt", [connect, open_for_reading])
def test_a_file_that_is_no_warehouse(tmp_path: Path, attempt: object) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a warehouse, but long enough to have a header" * 100)
    with pytest.raises(WarehouseError, match=r"warehouse .*notes\.txt cannot be opened: .*not a valid DuckDB"):
        attempt(path)  # type: ignore[operator]


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(WarehouseError, match=r"folder .*data of the warehouse cannot be created"):
        connect(tmp_path / "data" / "calls.duckdb")


def test_nothing_is_downloaded(connection: duckdb.DuckDBPyConnection) -> None:
    settings = ("autoinstall_known_extensions", "autoload_known_extensions")
    assert [connection.execute(f"SELECT current_setting('{name}')").fetchone() for name in settings] == [(False,)] * 2
    with pytest.raises(duckdb.Error):
        connection.execute("FROM 'https://localhost:9/calls.parquet'")
