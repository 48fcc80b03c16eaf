import csv
import io
import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.calls import full_call, scored, warehouse
from warehouse.file import WarehouseError
from warehouse.load import load_calls
from warehouse.query import Format, QueryError, export, read, rows


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("warehouse") / "calls.duckdb"
    with warehouse(path) as connection:
        load_calls(connection, [full_call(), scored("call-2", agent_name="欧阳小美")], "run-1")
    return path


def exported(table: pa.Table, format: Format) -> bytes:
    stream = io.BytesIO()
    export(table, format, stream)
    return stream.getvalue()


def test_rows_and_names(path: Path) -> None:
    table = read(path, "SELECT call_id, agent_name, score FROM call_overview ORDER BY call_id;")
    assert table.column_names == ["call_id", "agent_name", "score"]
    assert list(rows(table)) == [("call-1", None, 100.0), ("call-2", "欧阳小美", None)]


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("SHOW TABLES", 18),
        ("DESCRIBE limits", 3),
        ("FROM limits", 1),
        ("SELECT 1 WHERE false", 0),
        ("EXPLAIN SELECT 1", 1),
    ],
)
def test_questions_of_every_kind(path: Path, sql: str, count: int) -> None:
    assert read(path, sql).num_rows == count


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        ("INSERT INTO limits VALUES ('a', 'b', 'c')", "statement of type INSERT asks nothing"),
        ("WITH w AS (INSERT INTO limits VALUES ('a', 'b', 'c') RETURNING *) FROM w", "only read"),
        ("DROP TABLE calls", "statement of type DROP asks nothing"),
        ("CREATE TEMP TABLE t AS SELECT 1", "statement of type CREATE asks nothing"),
        ("COPY calls TO 'calls.csv'", "statement of type COPY asks nothing"),
        ("INSTALL httpfs", "statement of type LOAD asks nothing"),
        ("SET enable_external_access = true", "statement of type SET asks nothing"),
        ("FROM 'calls.parquet'", "the warehouse and nothing else"),
        ("FROM 'https://localhost:9/a.parquet'", "the warehouse and nothing else"),
        ("SELEC 1", "syntax error"),
        ("SELECT agent FROM calls", "agent_name"),
        ("FROM nowhere", "nowhere does not exist"),
        ("FROM path", "path does not exist"),
        ("SELECT 1; SELECT 2", "one SQL statement is needed, got 2"),
        ("-- nothing", "one SQL statement is needed, got 0"),
    ],
)
def test_what_cannot_be_answered_is_one_line(path: Path, sql: str, complaint: str) -> None:
    with pytest.raises(QueryError, match=complaint) as raised:
        read(path, sql)
    assert "\n" not in str(raised.value)


def test_a_warehouse_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"there is no warehouse at .*none\.duckdb: run `nightcall run` first"):
        read(tmp_path / "none.duckdb", "SELECT 1")
    assert list(tmp_path.iterdir()) == []


def test_csv_is_safe_for_a_spreadsheet_and_leaves_numbers_alone(path: Path) -> None:
    sql = """SELECT '=1+1' AS formula, '-x' AS dash, ' =x' AS plain, '＝1' AS wide, chr(9) || 'x' AS tab,
        -3.5 AS number, CAST(-2 AS BIGINT) AS whole, CAST(-0.5 AS DOUBLE) AS fraction, true AS yes, NULL AS nothing,
        '说,"好"' AS quoted, DATE '2026-03-01' AS day, [1, 2] AS list, 'x' AS "=name" """
    header, row = csv.reader(io.StringIO(exported(read(path, sql), Format.CSV).decode(), newline=""))
    assert row == [
        *("'=1+1", "'-x", " =x", "'＝1", "'\tx", "-3.5", "-2", "-0.5", "true", ""),
        *('说,"好"', "2026-03-01", "[1, 2]", "x"),
    ]
    assert header[-1] == "'=name"


@settings(max_examples=40)
@given(st.lists(st.text(max_size=6).filter(lambda text: "\0" not in text), min_size=1, max_size=4))
def test_csv_gives_every_text_back(texts: list[str]) -> None:
    written = exported(pa.table({"text": texts}), Format.CSV).decode()
    read_back = [row[0] if row else "" for row in csv.reader(io.StringIO(written, newline=""))][1:]
    assert [cell.removeprefix("'") for cell in read_back] == [text.removeprefix("'") for text in texts]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in read_back)


def test_json_keeps_chinese_and_knows_no_nan(path: Path) -> None:
    sql = """SELECT '您好' AS text, CAST('nan' AS DOUBLE) AS nan, 1.25 AS decimal, sum(2) AS whole,
        {'词': ['好']} AS nested, DATE '2026-03-01' AS day, NULL AS nothing"""
    written = exported(read(path, sql), Format.JSON).decode()
    assert "您好" in written
    expected = {"text": "您好", "nan": None, "decimal": 1.25, "whole": 2, "nested": {"词": ["好"]}}
    assert json.loads(written) == [expected | {"day": "2026-03-01", "nothing": None}]


def test_an_empty_result(path: Path) -> None:
    nothing = read(path, "SELECT call_id FROM calls WHERE false")
    assert exported(nothing, Format.CSV) == b"call_id\r\n"
    assert json.loads(exported(nothing, Format.JSON)) == []
    assert pq.read_table(io.BytesIO(exported(nothing, Format.PARQUET))).num_rows == 0


@pytest.mark.parametrize("table", ["call_overview", "words", "evidence", "findings"])
def test_parquet_gives_the_table_back(path: Path, table: str) -> None:
    asked = read(path, f"FROM {table}")
    assert pq.read_table(io.BytesIO(exported(asked, Format.PARQUET))).to_pylist() == asked.to_pylist()


@pytest.mark.parametrize("format", [Format.JSON, Format.PARQUET])
def test_columns_of_one_name_are_not_lost(path: Path, format: Format) -> None:
    twins = read(path, "SELECT 1 AS a, 2 AS a")
    assert exported(twins, Format.CSV) == b"a,a\r\n1,2\r\n"
    with pytest.raises(QueryError, match=f"{format} needs distinct column names, found twice: a"):
        exported(twins, format)


def test_a_type_parquet_does_not_have(path: Path) -> None:
    with pytest.raises(QueryError, match="cast it to VARCHAR"):
        exported(read(path, "SELECT INTERVAL 3 DAY AS pause"), Format.PARQUET)


def test_the_wheel_needs_no_extension_for_what_we_use() -> None:
    loaded = duckdb.sql("SELECT extension_name FROM duckdb_extensions() WHERE loaded").fetchall()
    assert {("core_functions",), ("icu",), ("json",), ("parquet",)} <= set(loaded)
