from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.quiet import settle_terminal

settle_terminal()


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but the test's own, and a working folder to write in."""
    for name in [name for name in os.environ if name.startswith("NIGHTCALL_")]:
        monkeypatch.delenv(name)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, "C.UTF-8")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Prefect server for all flows of the session."""
    from flows.server import prefect_server  # noqa: PLC0415

    with prefect_server(tmp_path_factory.mktemp("prefect")) as url:
        yield url
