"""The schema: numbered migrations that are applied once, and views that are rebuilt at every start.

A migration is a file `migrations/NNNN_name.sql`. It runs in one transaction together with the record of
itself in the table `migrations`, and is never edited afterwards: a change is a new file. A view is a file
`views/NN_name.sql` whose first line says what one row is; the number is the order, so that a view may
stand on those before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.file import WarehouseError, one_line, open_for_writing, transaction

MIGRATIONS = Path(__file__).parent / "migrations"
VIEWS = Path(__file__).parent / "views"

_RECORD = """
CREATE TABLE IF NOT EXISTS migrations (
    name VARCHAR PRIMARY KEY, digest VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE migrations IS 'One row per applied schema migration.';
COMMENT ON COLUMN migrations.name IS 'File name of the migration.';
COMMENT ON COLUMN migrations.digest IS 'SHA-256 of the file as it was applied.';
COMMENT ON COLUMN migrations.applied_at IS 'When it was applied.';
"""


class MigrationError(WarehouseError):
    """The schema in the file and the migrations of this version do not fit together."""


@dataclass(frozen=True, slots=True)
class Script:
    """One SQL file of the package."""

    name: str
    sql: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text (line ends apart, which a checkout may change)."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """The warehouse opened for writing, with the schema and the views of this version.

    Raises:
        WarehouseBusy: another process has the file open.
        MigrationError: an applied migration was edited, or the file is from a newer version.
        WarehouseError: the file cannot be opened.
    """
    connection = open_for_writing(path)
    try:
        migrate(connection, scripts(MIGRATIONS))
        create_views(connection, scripts(VIEWS))
    except BaseException:
        connection.close()
        raise
    return connection


def scripts(folder: Path) -> tuple[Script, ...]:
    """The folder's SQL files in the order of their names."""
    return tuple(Script(path.name, path.read_text("utf-8")) for path in sorted(folder.glob("*.sql")))


def migrate(connection: duckdb.DuckDBPyConnection, migrations: Iterable[Script]) -> tuple[str, ...]:
    """Apply what has not been applied yet, each in its own transaction; the names of what was.

    Raises:
        MigrationError: an applied migration was edited or is unknown here, or one fails.
    """
    known = {migration.name: migration for migration in migrations}
    with transaction(connection):
        connection.execute(_RECORD)
    applied = dict(connection.execute("SELECT name, digest FROM migrations").fetchall())
    _check(applied, known)
    pending = tuple(migration for name, migration in known.items() if name not in applied)
    for migration in pending:
        _apply(connection, migration)
    return tuple(migration.name for migration in pending)


def create_views(connection: duckdb.DuckDBPyConnection, views: Iterable[Script]) -> None:
    """Create or replace every view, in order, in one transaction."""
    with transaction(connection):
        for view in views:
            connection.execute(view.sql)


def _check(applied: dict[str, str], known: dict[str, Script]) -> None:
    for name, digest in applied.items():
        if name not in known:
            raise MigrationError(
                f"this warehouse knows migration {name}, this version of Nightcall does not: "
                "the file was written by a newer version, update Nightcall"
            )
        if known[name].digest != digest:
            raise MigrationError(
                f"migration {name} was edited after it was applied (applied {digest[:12]}, "
                f"found {known[name].digest[:12]}): restore the file and put the change into a new migration"
            )


def _apply(connection: duckdb.DuckDBPyConnection, migration: Script) -> None:
    try:
        with transaction(connection):
            connection.execute(migration.sql)
            connection.execute(
                "INSERT INTO migrations (name, digest) VALUES (?, ?)", [migration.name, migration.digest]
            )
    except duckdb.Error as error:
        raise MigrationError(
            f"migration {migration.name} failed and was undone, the warehouse is as it was: {one_line(error)}"
        ) from error
