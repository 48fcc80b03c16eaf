"""Asking the published copy: one SQL statement in, one Arrow table out, and the table as a file.

Questions are confined: nothing is written, no other file is read, no network is touched (see `warehouse.file`).
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.file import WarehouseError, one_line, open_for_reading

# A spreadsheet takes a text that begins so for a formula (OWASP, CSV injection); in East Asian
# locales the full-width forms count as well.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


_QUESTIONS = frozenset(
    {
        duckdb.StatementType.SELECT,
        duckdb.StatementType.EXPLAIN,
        duckdb.StatementType.PRAGMA,
        duckdb.StatementType.CALL,
        duckdb.StatementType.MULTI,  # PIVOT
    }
)


class QueryError(WarehouseError):
    """The SQL cannot be answered."""


class Format(StrEnum):
    """What a result can be written as."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def read(path: Path, sql: str) -> pa.Table:
    """The answer of the warehouse at `path`: `.column_names` and, by `rows`, its rows.

    Times come in the time zone of this machine, `day` columns in that of the call.

    Raises:
        QueryError: the SQL is wrong, would write, or reaches outside the warehouse.
        WarehouseBusy: a process is writing the file; the published copy is never written.
        WarehouseError: there is no such file, or it is no warehouse.
    """
    connection = open_for_reading(path)
    try:
        return _answer(connection, sql)
    except duckdb.Error as error:
        raise QueryError(f"the query cannot be answered: {one_line(error)}{_remedy(error)}") from error
    finally:
        connection.close()


def rows(table: pa.Table) -> Iterator[tuple[object, ...]]:
    """The table's rows as Python values."""
    columns = [column.to_pylist() for column in table.columns]
    return zip(*columns, strict=True)


def export(table: pa.Table, format: Format, stream: BinaryIO) -> None:
    """Write the table to a binary stream; csv and json in UTF-8.

    csv: text that a spreadsheet would take for a formula gets a leading apostrophe, numbers stay as they are.
    json: a list of objects; Chinese stays readable, and what JSON has no number for (NaN, infinity) is null.

    Raises:
        QueryError: two columns share a name (json, parquet), or a type does not exist in parquet.
    """
    _WRITERS[format](table, stream)


def _answer(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"one SQL statement is needed, got {len(statements)}: ask one question at a time")
    if statements[0].type not in _QUESTIONS:
        raise QueryError(
            f"a statement of type {statements[0].type.name} asks nothing: a published warehouse is only read, "
            "use SELECT, FROM, DESCRIBE, SUMMARIZE or SHOW TABLES"
        )
    return connection.sql(sql).to_arrow_table()


def _remedy(error: duckdb.Error) -> str:
    if "read-only" in str(error):
        return " A published warehouse is only read."
    if isinstance(error, duckdb.PermissionException):
        return " (a query sees the warehouse and nothing else; to write its result to a file, use --format)"
    return ""


def _without_twins(table: pa.Table, format: Format) -> pa.Table:
    twins = sorted({name for name in table.column_names if table.column_names.count(name) > 1})
    if twins:
        raise QueryError(f"{format} needs distinct column names, found twice: {', '.join(twins)}; name them with AS")
    return table


def _write_csv(table: pa.Table, stream: BinaryIO) -> None:
    text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
    writer = csv.writer(text)  # lines end in CR LF, as RFC 4180 has it
    writer.writerow([_spreadsheet_safe(name) for name in table.column_names])
    writer.writerows([_csv_cell(cell) for cell in row] for row in rows(table))
    text.detach()


def _csv_cell(cell: object) -> object:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if cell is None or isinstance(cell, int | float | Decimal):
        return cell
    return _spreadsheet_safe(cell if isinstance(cell, str) else _written(cell))


def _spreadsheet_safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _write_json(table: pa.Table, stream: BinaryIO) -> None:
    names = _without_twins(table, Format.JSON).column_names
    objects = (
        json.dumps(dict(zip(names, map(_json_value, row), strict=True)), ensure_ascii=False, default=_written)
        for row in rows(table)
    )
    separator = b"[\n"
    for written in objects:
        stream.write(separator + written.encode())
        separator = b",\n"
    stream.write(b"\n]\n" if table.num_rows else b"[]\n")


def _json_value(cell: object) -> object:
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _written(cell: object) -> str:
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, list | dict | tuple):
        return json.dumps(cell, ensure_ascii=False, default=_written)
    return cell.hex() if isinstance(cell, bytes) else str(cell)


def _write_parquet(table: pa.Table, stream: BinaryIO) -> None:
    try:
        pq.write_table(_without_twins(table, Format.PARQUET), stream)
    except pa.ArrowNotImplementedError as error:
        raise QueryError(f"a column of this result does not exist in parquet, cast it to VARCHAR: {error}") from error


_WRITERS = {Format.CSV: _write_csv, Format.JSON: _write_json, Format.PARQUET: _write_parquet}
