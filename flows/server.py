"""A Prefect server of our own, for sites that have none: it lives as long as the command that started it.

Prefect can start a temporary server by itself, but that one prints into our terminal when SQLite is busy
or when it is stopped while it writes ("database is locked", "Error flushing events"), gives up after 20 s
on a busy machine, and outlives a parent that was killed. This one writes to a log file, keeps its history
in the data folder, and leaves when its parent is gone. Where a server is configured (`PREFECT_API_URL`,
a Prefect profile) none is started.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

START_S = 300.0  # a busy machine with a cold disk needed 40 s; a server that takes longer has failed
STOP_S = 10.0  # time to write its last events
POLL_S = 0.1
HOST = "127.0.0.1"
SERVE_PORT = 4200  # where people look for Prefect's page

# Nobody looks at the page of a server that ends with the run, or automates on its events; fewer services
# are fewer writers of one SQLite file, and a quicker start.
FOR_ONE_RUN: Mapping[str, str] = {
    "PREFECT_UI_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
}


class ServerError(Exception):
    """The Prefect server did not start; the message says where its log is."""


@contextmanager
def prefect_server(folder: Path, port: int | None = None) -> Iterator[str]:
    """The address of the Prefect API to use, while it is needed.

    With a `port` the server has its page and its scheduler, there or, if that port is taken, at another one;
    without one it serves a single run.

    Raises:
        ServerError: our own server ended or did not answer within `START_S`.
    """
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415 - takes a second

    configured = PREFECT_API_URL.value()
    if configured:
        yield configured
        return
    bound = port if port and _is_free(port) else _free_port()
    url = f"http://{HOST}:{bound}/api"
    process = _start(folder, bound, {} if port else FOR_ONE_RUN)
    try:
        _wait(process, url, folder)
        os.environ["PREFECT_API_URL"] = url  # for worker processes
        with temporary_settings({PREFECT_API_URL: url}):
            try:
                yield url
            finally:
                _say_the_rest()
    finally:
        os.environ.pop("PREFECT_API_URL", None)
        _stop(process)


def log_file(folder: Path) -> Path:
    """Where the server of this data folder writes what it has to say."""
    return folder / "prefect" / "server.log"


def _start(folder: Path, port: int, services: Mapping[str, str]) -> subprocess.Popen[bytes]:
    log = log_file(folder)
    log.parent.mkdir(parents=True, exist_ok=True)
    history = log.with_name("prefect.db").resolve()
    defaults = {"PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{history}", **services}
    # A company proxy is no way to this machine itself.
    local = ",".join(filter(None, (os.environ.get("NO_PROXY"), HOST, "localhost")))
    os.environ.update(NO_PROXY=local, no_proxy=local)
    command = (sys.executable, "-m", "flows.server", str(port))
    with log.open("wb") as out:
        return subprocess.Popen(  # noqa: S603 - ourselves
            command,
            env={**defaults, **os.environ},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C is for the run, which still has something to tell the server
        )


def _wait(process: subprocess.Popen[bytes], url: str, folder: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with opener.open(f"{url}/health", timeout=5):
                return
        except OSError:
            time.sleep(POLL_S)
    raise ServerError(f"Prefect's server did not start; see {log_file(folder)}, or set PREFECT_API_URL to a server")


def _say_the_rest() -> None:
    from prefect.events.worker import EventsWorker  # noqa: PLC0415
    from prefect.logging.handlers import APILogHandler  # noqa: PLC0415

    APILogHandler().flush()
    EventsWorker.drain_all(timeout=STOP_S)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)  # our parent was killed: nobody is left to stop us


def main(port: int) -> None:
    """Serve Prefect's API until stopped, or until the parent process is gone."""
    import uvicorn  # noqa: PLC0415 - only the server process needs them
    from prefect.server.api.server import create_app  # noqa: PLC0415

    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    uvicorn.run(create_app(final=True), host=HOST, port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
