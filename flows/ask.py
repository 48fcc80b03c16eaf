"""`nightcall sql`: the answer to a query as a table, or as a file."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text as Styled

from warehouse.query import Format, export, read, rows

FEW_COLUMNS = 8  # these fold into a readable table even where the text is long
ROWS_SHOWN = 200  # more is nothing to read in a terminal: use --format


def answer(published: Path, query: str, format: str, output: Path | None, console: Console) -> None:
    """Ask the published copy, and write the answer as a table, csv, json or parquet.

    Raises:
        WarehouseError: there are no results yet, or the query cannot be answered.
        OSError: the output file cannot be written.
    """
    table = read(published, query)
    if format != "table":
        _export(table, Format(format), output)
    elif output:
        with output.open("w", encoding="utf-8") as file:
            _print(table, Console(file=file, width=400))
    else:
        _print(table, console)


def _export(table: pa.Table, format: Format, output: Path | None) -> None:
    if output is None and format is Format.PARQUET and sys.stdout.isatty():
        raise OSError("parquet is no text for a terminal; name a file: --output results.parquet")
    if output is None:
        export(table, format, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    else:
        with output.open("wb") as file:
            export(table, format, file)


def _print(table: pa.Table, console: Console) -> None:
    """As a table, or, where one would not fit, row after row with a line for each column."""
    answer = table.slice(0, ROWS_SHOWN)
    grid = _grid(answer)
    needed = Measurement.get(console, console.options.update(max_width=10_000), grid).maximum
    console.print(grid if needed <= console.width or len(table.column_names) <= FEW_COLUMNS else _records(answer))
    more = f", {ROWS_SHOWN} shown; --format csv writes all" if table.num_rows > ROWS_SHOWN else ""
    console.print(f"{table.num_rows} rows{more}", style="dim", highlight=False)


def _grid(answer: pa.Table) -> Table:
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for field in answer.schema:
        number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type) or pa.types.is_decimal(field.type)
        shown.add_column(Styled(field.name), justify="right" if number else "left", overflow="fold")
    for row in rows(answer):
        shown.add_row(*(Styled(_cell(value)) for value in row))
    return shown


def _records(answer: pa.Table) -> Table:
    shown = Table.grid(padding=(0, 2))
    for row in rows(answer):
        for name, value in zip(answer.column_names, row, strict=True):
            shown.add_row(Styled(name, "bold"), Styled(_cell(value)))
        shown.add_row()
    return shown


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) and abs(value) < 10_000 else str(value)  # noqa: PLR2004 - else 1e+04
