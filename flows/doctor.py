"""`nightcall doctor`: what is installed, what is missing, and what to do about it."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from analyzers.speech.weights import damaged, present
from flows.installed import folder, needed, version
from flows.quiet import EVERYWHERE
from flows.settings import Settings, config_file
from flows.terminal import quiet_engines
from warehouse.file import WarehouseBusy, WarehouseError
from warehouse.migrate import connect

OLDEST, NEWEST = (3, 11), (3, 13)  # Pythons that the engines have wheels for
DISK_GB = 2.0  # a night of 5,000 calls on the shelf with the warehouse and its published copy

# Imported, for an installation can be complete on paper and broken on import.
PARTS = {"engines": "analyzers.speech.hear", "flow": "flows.nightly"}
PINNED = Path(__file__).parent.parent / "constraints.txt"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `remedy` is empty where nothing is wrong."""

    what: str
    found: str
    remedy: str = ""


def examine(settings: Settings, config: Path | None, out: Console) -> int:
    """Print every check; 0 when nothing is wrong, else 1."""
    grid = Table.grid(padding=(0, 2))
    with quiet_engines():
        checks = tuple(_checks(settings, config))
    for check in checks:
        mark = Styled("✗", "bold red") if check.remedy else Styled("✓", "green")
        found = Styled(check.found)
        if check.remedy:
            found.append(f"\n→ {check.remedy}", style="yellow")
        grid.add_row(mark, check.what, found)
    out.print(grid)
    wrong = sum(bool(check.remedy) for check in checks)
    out.print(f"{wrong} of {len(checks)} need attention" if wrong else "all is well", highlight=False)
    return 1 if wrong else 0


def _checks(settings: Settings, config: Path | None) -> Iterator[Check]:
    yield _python()
    yield from _parts()
    yield from _pins()
    yield _device(settings)
    yield from _weights(settings)
    yield Check(
        "settings", str(config_file(config) or "defaults (no nightcall.toml here; `nightcall init` writes one)")
    )
    yield _inbox(settings.paths.inbox)
    yield _warehouse(settings)
    yield _disk(settings.paths.data)
    yield _telemetry()


def _python() -> Check:
    good = OLDEST <= sys.version_info[:2] <= NEWEST
    remedy = "" if good else f"use Python {'.'.join(map(str, OLDEST))} to {'.'.join(map(str, NEWEST))}"
    return Check("python", f"{platform.python_version()} on {platform.platform()}", remedy)


def _parts() -> Iterator[Check]:
    for what, module in PARTS.items():
        try:
            importlib.import_module(module)
            yield Check(what, "can be imported")
        except Exception as error:  # a broken library raises whatever it likes
            reason = str(error).splitlines()[0] if str(error) else ""
            yield Check(
                what, f"cannot be imported: {type(error).__name__}: {reason}", "run `make setup` in a fresh .venv"
            )


def _pins() -> Iterator[Check]:
    """Versions beside those tested together; without the constraints file there is nothing to compare with."""
    lines = PINNED.read_text("utf-8").splitlines() if PINNED.is_file() else []
    pins = [line.split("#")[0].strip().split("==") for line in lines if "==" in line.split("#")[0]]
    other = [
        f"{name} {found}, tested with {wanted}"
        for name, wanted in pins
        if (found := version(name).split("+")[0]) != wanted
    ]
    if not pins:
        return
    remedy = "pip install -c constraints.txt -e ." if other else ""
    yield Check("versions", "; ".join(other) or f"the {len(pins)} pinned ones are those of constraints.txt", remedy)


def _device(settings: Settings) -> Check:
    try:
        import torch  # noqa: PLC0415 - seconds
    except (ImportError, OSError):
        return Check("device", "unknown: torch cannot be imported", "run `make setup` again")
    chosen, cores = settings.hearing.device, os.cpu_count()
    if torch.cuda.is_available():
        return Check("device", f"{torch.cuda.get_device_name()} (device = {chosen})")
    remedy = 'no CUDA device is seen: set device = "auto" or "cpu"' if chosen == "cuda" else ""
    return Check("device", f"CPU, {cores} cores (device = {chosen})", remedy)


def _weights(settings: Settings) -> Iterator[Check]:
    place = folder(settings)
    for weights in needed(settings):
        if not present(weights, place):
            yield Check(weights.name, f"not in {place}", "nightcall weights fetch (once, with a network)")
        elif broken := damaged(weights, place):
            remedy = f"delete {', '.join(broken)}, then nightcall weights fetch"
            yield Check(weights.name, "a file is damaged: its SHA-256 is not the expected one", remedy)
        else:
            yield Check(weights.name, f"in {place}, SHA-256 as expected")


def _inbox(inbox: Path) -> Check:
    if not inbox.is_dir():
        return Check("inbox", f"{inbox} is no folder", "create it, or set inbox in [paths]")
    readable = os.access(inbox, os.R_OK | os.X_OK)
    return Check("inbox", str(inbox.resolve()), "" if readable else "may not be read; change its permissions")


def _warehouse(settings: Settings) -> Check:
    try:
        settings.paths.data.mkdir(parents=True, exist_ok=True)
        connect(settings.paths.warehouse).close()
    except WarehouseBusy as error:
        return Check("data", f"{error} (a run is going on)")
    except (WarehouseError, OSError) as error:
        return Check("data", str(error), "set data in [paths] to a folder that may be written")
    return Check("data", f"{settings.paths.data.resolve()}, writable")


def _disk(data: Path) -> Check:
    there = next(folder for folder in (data.resolve(), *data.resolve().parents) if folder.exists())
    free_gb = shutil.disk_usage(there).free / 1e9
    remedy = "" if free_gb >= DISK_GB else f"{DISK_GB:.0f} GB are wanted: free some, or set data in [paths]"
    return Check("disk", f"{free_gb:.0f} GB free", remedy)


def _telemetry() -> Check:
    wanted = {
        name: value for name, value in EVERYWHERE.items() if "METRICS" in name or "TRACK" in name or "ANALYT" in name
    }
    on = [name for name, value in wanted.items() if os.environ.get(name) != value]
    remedy = f"the environment sets {', '.join(on)} otherwise; unset it to send nothing" if on else ""
    return Check("telemetry", "engines may send usage data" if on else "off", remedy)
