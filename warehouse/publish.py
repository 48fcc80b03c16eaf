"""Publishing: the copy of the warehouse that people read while the next night is being written.

DuckDB makes the copy itself, as one consistent snapshot. Copying the file's bytes would not do: on POSIX
systems a process that closes any handle of a file gives up its lock on it, DuckDB's own included. The copy
then takes the place of the old one by rename, so readers of the old one keep theirs to the end.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from warehouse.file import WarehouseError, one_line, open_for_writing

_COPY = "nightcall_published_copy"  # the copy's name inside the connection, unlikely to be a warehouse's


def publish(source: Path, target: Path) -> None:
    """Replace `target` by a copy of the warehouse `source`, whole or not at all.

    The unfinished copy lies beside `target` under one fixed name; what a killed run left there is removed.

    Raises:
        WarehouseBusy: another process is writing `source`.
        WarehouseError: there is no `source`, it is `target` itself, or the copy cannot be written.
    """
    if not source.is_file():
        raise WarehouseError(f"there is no warehouse at {source} to publish: run `nightcall run` first")
    if target.exists() and target.samefile(source):
        raise WarehouseError(f"warehouse {source} cannot be published over itself: name another file for the copy")
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove(unfinished)
        _copy(source, unfinished)
        _wal(target).unlink(missing_ok=True)  # of an older copy that somebody wrote to: it fits no longer
        _rename(unfinished, target)
    except (OSError, duckdb.Error) as error:
        said = one_line(error) if isinstance(error, duckdb.Error) else error.strerror
        raise WarehouseError(
            f"warehouse {source} could not be published as {target}, the old copy stays: {said}"
        ) from error


def _copy(source: Path, copy: Path) -> None:
    connection = open_for_writing(source)
    try:
        (name,) = connection.execute("SELECT current_database()").fetchone() or ("",)
        connection.execute(f"ATTACH {_literal(str(copy))} AS {_COPY}")
        try:
            connection.execute(f"COPY FROM DATABASE {_identifier(name)} TO {_COPY}")
        finally:
            connection.execute(f"DETACH {_COPY}")  # writes everything into the one file
    finally:
        connection.close()


def _rename(copy: Path, target: Path) -> None:
    copy.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # else a power cut may undo the rename
    finally:
        os.close(folder)


def _remove(copy: Path) -> None:
    for left in (copy, _wal(copy)):
        left.unlink(missing_ok=True)


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
