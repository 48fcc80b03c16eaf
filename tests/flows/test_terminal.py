from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from flows.settings import Settings
from tests.flows.nights import POLITE, broken, night
from tests.flows.test_cli import call, environment
from warehouse.query import read, rows

CALLS = 80  # one batch each: seconds of loading in which to be killed
PATIENCE_S = 60


def start(settings: Settings) -> subprocess.Popen[str]:
    """A run of its own, with a Prefect server of its own, that loads call by call."""
    program = "import sys; from flows.cli import main; sys.argv[0] = 'nightcall'; main()"
    folders = (str(settings.paths.inbox), "--data", str(settings.paths.data))
    clean = {name: value for name, value in environment().items() if name != "PREFECT_API_URL"}
    return subprocess.Popen(
        [sys.executable, "-c", program, "run", *folders],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**clean, "NIGHTCALL_RUN_BATCH": "1"},
    )


def children(process: subprocess.Popen[str]) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be collected does not."""
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "\nState:\tZ" not in status.read_text()


def all_gone(pids: list[int]) -> bool:
    """Whether the processes end, given a while."""
    deadline = time.monotonic() + PATIENCE_S
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return not any(map(alive, pids))


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stderr
    read_so_far = ""
    for line in process.stderr:
        read_so_far += line
        if text in line:
            return read_so_far
    raise AssertionError(f"{text!r} never came: {read_so_far}")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes in /proc")
def test_after_kill_9_nothing_stays_behind_and_the_next_run_has_each_call_once(
    tmp_path: Path, prefect_api: str
) -> None:
    settings = night(tmp_path, {f"call-{i:03}": replace(POLITE) for i in range(CALLS)})
    broken(settings)
    first = start(settings)
    read_until(first, "Score and load")
    servers = children(first)
    time.sleep(0.7)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert servers
    assert all_gone(servers), "the Prefect server outlived the run that started it"
    assert not settings.paths.published.exists(), "killed too late to show anything"

    assert call("run", settings.paths.inbox, "--data", settings.paths.data).exit_code == 0
    counts = "SELECT count(*), count(DISTINCT call_id), count(DISTINCT sha256) FROM calls"
    assert list(rows(read(settings.paths.published, counts))) == [(CALLS, CALLS, CALLS)]
    runs = list(rows(read(settings.paths.published, "SELECT finished_at IS NULL FROM runs ORDER BY started_at")))
    assert runs == [(True,), (False,)]
    assert list(rows(read(settings.paths.published, "SELECT count(*) FROM failed_calls"))) == [(1,)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_stop_in_order(tmp_path: Path, number: signal.Signals) -> None:
    settings = night(tmp_path, {f"call-{i:03}": POLITE for i in range(CALLS)})
    process = start(settings)
    read_until(process, "Score and load")
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, said
    assert said.splitlines()[-1].startswith("Stopped. What was heard is kept")
    assert "Traceback" not in said
    assert "leaked" not in said
