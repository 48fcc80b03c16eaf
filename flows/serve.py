"""`nightcall serve`: start the nightly run by the clock, until stopped.

Prefect keeps the schedule. Where a Prefect server is configured it is used; else one is started beside,
with its page on this machine, and stopped again. Every run is a process of its own, so that a night's
memory goes with it and changed settings hold from the next night on.

This is `flow.serve` with one difference: that one answers SIGTERM by leaving its own event loop in the middle,
with tracebacks, and the run that is going on may survive it. Here the run is stopped first, and the loop ends
in order.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from flows.server import SERVE_PORT, prefect_server
from flows.settings import CONFIG, Schedule, Settings, SettingsError, config_file

if TYPE_CHECKING:
    from prefect.schedules import Schedule as PrefectSchedule

NAME = "nightcall"


def serve_nightly(settings: Settings, config: Path | None, err: Console) -> None:
    """Serve the schedule until SIGTERM or Ctrl-C; a run that is going on is stopped and loses nothing it had heard.

    Raises:
        SettingsError, RubricError, WarehouseError, NotADirectoryError: the schedule or the set-up is wrong.
        ServerError: no Prefect server is configured and ours did not start.
    """
    from flows.nightly import ready  # noqa: PLC0415 - seconds

    ready(settings)
    schedule = _schedule(settings.schedule)
    if found := config_file(config):
        os.environ[CONFIG] = str(found.resolve())  # for the processes of the runs
    with prefect_server(settings.paths.data, SERVE_PORT) as api:
        when = f"{settings.schedule.cron} ({settings.schedule.time_zone})"
        page = api.removesuffix("/api")
        err.print(f"nightly runs at {when}; Prefect's page: {page}; stop with Ctrl-C", highlight=False, soft_wrap=True)
        asyncio.run(_serve(schedule))


def _schedule(chosen: Schedule) -> PrefectSchedule:
    from prefect.client.schemas.schedules import CronSchedule  # noqa: PLC0415
    from prefect.schedules import Cron  # noqa: PLC0415

    try:
        CronSchedule(cron=chosen.cron, timezone=chosen.time_zone)
    except ValueError as error:
        raise SettingsError(f"[schedule] cron is {chosen.cron!r}, which is no schedule: {_reason(error)}") from None
    return Cron(chosen.cron, timezone=chosen.time_zone)


def _reason(error: ValueError) -> str:
    return str(error).splitlines()[-2].strip() if "\n" in str(error) else str(error)


async def _serve(schedule: PrefectSchedule) -> None:
    from prefect.runner import Runner  # noqa: PLC0415
    from prefect.types.entrypoint import EntrypointType  # noqa: PLC0415

    from flows.nightly import nightly  # noqa: PLC0415

    runner = Runner(name=NAME, pause_on_shutdown=False)
    # By module: found from every working folder.
    await runner.aadd_flow(nightly, name=NAME, schedule=schedule, entrypoint_type=EntrypointType.MODULE_PATH)
    serving = asyncio.create_task(runner.start())
    await asyncio.sleep(0)  # let the runner put up its own handler first
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    stopping = asyncio.create_task(told.wait())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    if told.is_set():
        await runner.cancel_all()  # else it would wait for the end of a run that may take the whole night
        serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving
