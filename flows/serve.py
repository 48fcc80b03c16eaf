"""`nightcall serve`: start the nightly run by the clock, until stopped.

Prefect keeps the schedule. Where a Prefect server is configured it is used; else one is started beside,
with its page on this machine, and stopped again. Every run is a process of its own, so that a night's
memory goes with it and changed settings hold from the next night on.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from rich.console import Console

from flows.server import SERVE_PORT, prefect_server
from flows.settings import CONFIG, Settings, SettingsError, config_file

NAME = "nightcall"


def serve_nightly(settings: Settings, config: Path | None, err: Console) -> None:
    """Serve the schedule until SIGTERM or Ctrl-C.

    Raises:
        SettingsError, RubricError, WarehouseError, NotADirectoryError: the schedule or the set-up is wrong.
        ServerError: no Prefect server is configured and ours did not start.
    """
    if found := config_file(config):
        os.environ[CONFIG] = str(found.resolve())  # for the processes of the runs
    # Prefect's own handler leaves at once, and would leave our server behind.
    signal.signal(signal.SIGTERM, _stop)
    with prefect_server(settings.paths.data, SERVE_PORT) as api:
        from prefect.schedules import Cron  # noqa: PLC0415
        from prefect.types.entrypoint import EntrypointType  # noqa: PLC0415

        from flows.nightly import nightly, ready  # noqa: PLC0415

        ready(settings)
        try:
            schedule = Cron(settings.schedule.cron, timezone=settings.schedule.time_zone)
        except ValueError as error:
            raise SettingsError(f"[schedule] cron is {settings.schedule.cron!r}: {error}") from error
        page = api.removesuffix("/api")
        when = f"{settings.schedule.cron} ({settings.schedule.time_zone})"
        err.print(f"nightly runs at {when}; Prefect's page: {page}; stop with Ctrl-C", highlight=False, soft_wrap=True)
        # By module: found from every working folder.
        nightly.serve(
            name=NAME,
            schedule=schedule,
            print_starting_message=False,
            pause_on_shutdown=False,
            entrypoint_type=EntrypointType.MODULE_PATH,
        )


def _stop(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)
