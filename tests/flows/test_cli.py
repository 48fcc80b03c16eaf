from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.settings import Settings, load
from tests.flows.nights import POLITE, RUDE, broken, night
from warehouse.migrate import connect


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, prefect_api: str) -> Settings:
    """A published night of two calls, with one recording that failed."""
    settings = night(tmp_path_factory.mktemp("night"), {"polite": POLITE, "rude": RUDE})
    broken(settings)
    ran = call("run", settings.paths.inbox, "--data", settings.paths.data)
    assert ran.exit_code == 0
    return settings


def test_run_prints_the_night_and_exits_well(results: Settings) -> None:
    ran = call("run", results.paths.inbox, "--data", results.paths.data, "--workers", "1")
    assert ran.exit_code == 0
    assert [line.split()[0] for line in ran.stdout.splitlines() if line.startswith(" ") and line.split()][3:5] == [
        "polite",
        "rude",
    ]
    assert "NOT_AUDIO" in ran.stdout
    assert f"nightcall show rude --data {results.paths.data}" in ran.stdout
    assert "Score and load (2)" in ran.stderr
    assert "Traceback" not in ran.output


def test_run_speaks_chinese(results: Settings) -> None:
    ran = call("run", results.paths.inbox, "--data", results.paths.data, "--language", "zh")
    assert "坐席" in ran.stdout
    assert "入库 2 通（新转写 0 通），失败 1 个" in ran.stdout
    assert "读取录音" in ran.stderr


def test_run_of_failures_alone_fails(tmp_path: Path, prefect_api: str) -> None:
    settings = night(tmp_path, {})
    broken(settings)
    ran = call("run", settings.paths.inbox, "--data", settings.paths.data)
    assert ran.exit_code == 1
    assert "NOT_AUDIO" in ran.stdout
    assert "Every recording failed" in ran.stderr


def test_run_of_an_empty_inbox_says_so(tmp_path: Path, prefect_api: str) -> None:
    settings = night(tmp_path, {})
    ran = call("run", settings.paths.inbox, "--data", settings.paths.data)
    assert ran.exit_code == 0
    assert ran.stdout.startswith(f"Nothing to do: no recordings in {settings.paths.inbox}")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("run", "nowhere"), 1, "inbox nowhere: no such folder"),
        (("run", "--workers", "0"), 2, "the command line: [run] workers is 0"),
        (("run", "--language", "fr"), 2, "[display] language is 'fr', expected 'auto', 'en' or 'zh'"),
        (("sql", "SELECT 1"), 1, "there is no warehouse at data/nightcall.duckdb"),
        (("show", "x", "--config", "none.toml"), 2, "--config names none.toml"),
    ],
)
def test_a_mistake_is_one_line_and_an_exit_code(arguments: tuple[str, ...], code: int, told: str) -> None:
    ran = call(*arguments)
    assert ran.exit_code == code
    complaint = [line for line in ran.stderr.splitlines() if line.startswith("nightcall: ")]
    assert len(complaint) == 1
    assert told in complaint[0]
    assert not ran.stdout


def test_a_run_beside_another_one_says_so_before_it_hears(tmp_path: Path) -> None:
    settings = night(tmp_path, {"polite": POLITE})
    with connect(settings.paths.warehouse):
        program = "import sys; from flows.cli import main; sys.argv[0] = 'nightcall'; main()"
        ran = run_python(program, "run", settings.paths.inbox, "--data", settings.paths.data)
    assert ran.returncode == 1
    assert "is in use by process" in ran.stderr
    assert "Traceback" not in ran.stderr


def run_python(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment())


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def test_sql_prints_a_table(results: Settings) -> None:
    ran = call("sql", "SELECT call_id, language FROM calls ORDER BY call_id", "--data", results.paths.data)
    assert ran.exit_code == 0
    assert [line.split() for line in ran.stdout.splitlines() if line.strip() and "─" not in line] == [
        ["call_id", "language"],
        ["polite", "en"],
        ["rude", "zh"],
        ["2", "rows"],
    ]


def test_sql_writes_wide_rows_one_below_the_other(results: Settings) -> None:
    ran = call("sql", "FROM call_overview WHERE call_id = 'rude'", "--data", results.paths.data)
    assert ["language", "zh"] in [line.split() for line in ran.stdout.splitlines()]


def test_sql_exports_clean_files(results: Settings, tmp_path: Path) -> None:
    query = ("sql", "SELECT call_id, text FROM turns WHERE call_id = 'rude' ORDER BY start_s LIMIT 1")
    where = ("--data", results.paths.data)
    as_csv, as_json = call(*query, *where, "--format", "csv"), call(*query, *where, "--format", "json")
    assert list(csv.DictReader(io.StringIO(as_csv.stdout))) == [{"call_id": "rude", "text": "什么事快说"}]
    assert json.loads(as_json.stdout) == [{"call_id": "rude", "text": "什么事快说"}]
    assert call(*query, *where, "--format", "parquet", "-o", tmp_path / "turns.parquet").exit_code == 0
    assert pq.read_table(tmp_path / "turns.parquet").to_pylist() == [{"call_id": "rude", "text": "什么事快说"}]


def test_sql_only_asks(results: Settings) -> None:
    ran = call("sql", "DROP TABLE calls", "--data", results.paths.data)
    assert ran.exit_code == 1
    assert ran.stderr.startswith("nightcall: ")


def test_show_prints_a_call_with_its_findings_beside(results: Settings) -> None:
    ran = call("show", "rud", "--data", results.paths.data, "--language", "zh")
    assert ran.exit_code == 0
    line = next(line for line in ran.stdout.splitlines() if "这不归我管" in line)
    assert line.split()[:2] == ["0:05", "坐席"]
    assert "◀ 推诿" in line
    assert "检查结果" in ran.stdout


def test_show_names_the_calls_there_are(results: Settings) -> None:
    ran = call("show", "nobody", "--data", results.paths.data)
    assert ran.exit_code == 1
    assert "call 'nobody': no such call; there is polite, rude" in ran.stderr


def test_init_writes_settings_that_load_and_overwrites_nothing() -> None:
    assert call("init").exit_code == 0
    assert load() == Settings()
    again = call("init")
    assert again.exit_code == 1
    assert "is there already" in again.stderr


def test_weights_list_names_the_default_set() -> None:
    ran = call("weights", "list")
    assert ran.exit_code == 0
    assert all(name in ran.stdout for name in ("whisper-base", "segmentation-3.0", "campplus-zh-en"))


def test_doctor_names_what_is_wrong_with_its_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NIGHTCALL_HEARING_WEIGHTS_DIR", str(tmp_path / "no weights"))
    monkeypatch.setenv("NIGHTCALL_HEARING_DEVICE", "cuda")
    ran = call("doctor")
    assert ran.exit_code == 1
    assert "inbox is no folder" in ran.stdout
    assert "→ nightcall weights fetch" in ran.stdout
    assert 'set device = "auto"' in ran.stdout
    assert "need attention" in ran.stdout


def test_doctor_finds_nothing_wrong_where_nothing_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    ran = call("doctor")
    unwell = [line for line in ran.stdout.splitlines() if line.startswith("✗")]
    # Weights are fetched by `make test`; the versions may differ where somebody tries others.
    assert not [line for line in unwell if "versions" not in line and "not in" not in line]


def test_the_settings_file_decides_where_nothing_is_said(results: Settings) -> None:
    Path("nightcall.toml").write_text(f'[paths]\ndata = "{results.paths.data}"\n', "utf-8")
    assert call("sql", "SELECT 1").exit_code == 0
