from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.serve import _schedule
from flows.settings import Schedule, Settings, SettingsError
from tests.flows.nights import POLITE, broken, night
from tests.flows.test_cli import environment
from tests.flows.test_terminal import PATIENCE_S, all_gone, children
from warehouse.query import read, rows

FIRES_WITHIN_S = 180  # a server's start on a busy machine, a whole minute of waiting, and a run


def serve(settings: Settings) -> subprocess.Popen[str]:
    file = settings.paths.data.parent / "nightcall.toml"
    file.write_text(
        f'[paths]\ninbox = "{settings.paths.inbox}"\ndata = "{settings.paths.data}"\n'
        '[schedule]\ncron = "* * * * *"\ntime_zone = "Asia/Shanghai"\n'
    )
    program = "import sys; from flows.cli import main; sys.argv[0] = 'nightcall'; main()"
    clean = {
        name: value for name, value in environment().items() if not name.startswith(("PREFECT_API", "PREFECT_LOGGING"))
    }
    command = [sys.executable, "-c", program, "serve", "--config", str(file)]
    return subprocess.Popen(command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, env=clean)


def wait_for(file: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + FIRES_WITHIN_S
    while not file.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.5)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes in /proc")
def test_a_schedule_fires_loads_and_ends_with_sigterm(tmp_path: Path) -> None:
    settings = night(tmp_path, {"polite": POLITE})
    broken(settings)
    process = serve(settings)
    wait_for(settings.paths.published, process)
    started = children(process)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert "nightly runs at * * * * * (Asia/Shanghai)" in said
    assert "Traceback" not in said
    assert started
    assert all_gone(started)
    assert list(rows(read(settings.paths.published, "SELECT call_id FROM calls"))) == [("polite",)]


@pytest.mark.parametrize("cron", ["61 0 * * *", "0 0 31 2 x", "a b c d e"])
def test_a_cron_that_is_none_is_told(cron: str) -> None:
    with pytest.raises(SettingsError, match=r"\[schedule\] cron is "):
        _schedule(Schedule(cron=cron))
