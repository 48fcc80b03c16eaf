"""The warehouse file: one DuckDB file, opened by one writer or by readers, and never by way of the network.

DuckDB lets one process write and shuts every other process out while it does. People therefore read
the published copy (`warehouse.publish`), and only the nightly run opens the file it writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

_OFFLINE = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "python_enable_replacements": False,  # else a table name in SQL may mean a variable of our Python
}
# Whoever may ask a question may not reach other files, the network or these settings with it.
_CONFINED = {**_OFFLINE, "enable_external_access": False, "lock_configuration": True}

_LOCK_HELD = "Could not set lock on file"
_INTERRUPTED = "Query interrupted"


class WarehouseError(Exception):
    """The warehouse cannot do what was asked; the message is for the person who asked."""


class WarehouseBusy(WarehouseError):  # noqa: N818 - reads as what it is
    """Another process holds the warehouse file."""


def open_for_writing(path: Path) -> duckdb.DuckDBPyConnection:
    """The file as its only writer; it and its folder are created where they are missing.

    Raises:
        WarehouseBusy: another process has the file open.
        WarehouseError: the file cannot be created, or is no DuckDB file that this version reads.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(f"folder {path.parent} of the warehouse cannot be created: {error.strerror}") from error
    return _open(path, _OFFLINE, read_only=False)


def open_for_reading(path: Path) -> duckdb.DuckDBPyConnection:
    """The file read-only: no writes, no other files, no network, no change of settings.

    Raises:
        WarehouseBusy: a process is writing the file.
        WarehouseError: there is no such file, or it is no DuckDB file that this version reads.
    """
    if not path.is_file():
        raise WarehouseError(f"there is no warehouse at {path}: run `nightcall run` first, or name another file")
    return _open(path, _CONFINED, read_only=True)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All that happens inside is kept, or, if anything is raised, none of it.

    Raises:
        KeyboardInterrupt: also where Ctrl-C met DuckDB in the middle of a query, which makes another error of it.
    """
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException as error:
        _roll_back(connection)
        if isinstance(error, RuntimeError) and str(error) == _INTERRUPTED:
            raise KeyboardInterrupt from error
        raise


def one_line(error: duckdb.Error) -> str:
    """What DuckDB complains about, without the drawing of where in the SQL it is."""
    said, _, _ = str(error).partition("\n\nLINE ")
    return " ".join(said.split())


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.rollback()
    except duckdb.TransactionException:
        return  # a commit that fails has rolled back already


def _open(path: Path, config: dict[str, bool], *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only, config=config)  # type: ignore[arg-type]
    except duckdb.Error as error:
        if _LOCK_HELD in str(error):
            raise WarehouseBusy(_busy(path, str(error))) from error
        raise WarehouseError(f"warehouse {path} cannot be opened: {one_line(error)}") from error


def _busy(path: Path, said: str) -> str:
    holder = re.search(r"PID (\d+)", said)
    who = f"process {holder[1]}" if holder else "another process"
    return (
        f"warehouse {path} is in use by {who}, which shuts everybody else out: "
        "wait until it ends or stop it; to read meanwhile, use the published copy"
    )
