"""`nightcall run`: the nightly flow with somebody watching."""

from __future__ import annotations

import logging
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console

from flows.messages import speaker
from flows.report import show
from flows.server import prefect_server
from flows.settings import Settings
from flows.watch import WATCHER, BarWatcher, PlainWatcher, bars

FAILED, STOPPED = 1, 130  # exit codes


def run_in_terminal(settings: Settings, out: Console, err: Console) -> int:
    """Run the night and print it; the exit code.

    Raises:
        SettingsError, RubricError, WarehouseError, WeightsError, ServerError, OSError: the set-up is wrong.
    """
    begun_s = time.monotonic()
    language = settings.display.shown
    say = speaker(language)
    err.print(say("starting", inbox=settings.paths.inbox), markup=False, highlight=False, soft_wrap=True)
    from flows.nightly import EveryCallFailed, nightly, ready  # noqa: PLC0415 - the first line is to come at once

    ready(settings)
    code = 0
    try:
        with (
            _patient(err, say("stopping")),
            quiet_engines(),
            prefect_server(settings.paths.data),
            _watching(settings, err),
        ):
            summary = nightly(settings)
    except EveryCallFailed as error:
        summary, code = error.summary, FAILED
    except BaseException as error:
        if not _was_stopped(error):
            raise
        err.print(say("interrupted"), style="yellow")
        return STOPPED
    if not summary.calls and not summary.failures:
        out.print(say("nothing", inbox=settings.paths.inbox), markup=False, highlight=False, soft_wrap=True)
        return 0
    here = Settings().paths.data
    show(
        out, summary, time.monotonic() - begun_s, language, None if settings.paths.data == here else settings.paths.data
    )
    if code:
        err.print(say("all_failed"), style="red")
    return code


def _was_stopped(error: BaseException | None) -> bool:
    """Whether Ctrl-C is at the root of an error: one that meets Prefect at its own work comes out as another."""
    return error is not None and (isinstance(error, KeyboardInterrupt) or _was_stopped(error.__context__))


@contextmanager
def _patient(err: Console, message: str) -> Iterator[None]:
    """At the first Ctrl-C or SIGTERM say why it takes a moment; the second one does not wait."""

    def interrupt(signum: int, frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.default_int_handler)
        err.print(message, style="yellow")
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _watching(settings: Settings, err: Console) -> Iterator[None]:
    say = speaker(settings.display.shown)
    if not err.is_terminal:
        token = WATCHER.set(PlainWatcher(err, say))
        yield
        WATCHER.reset(token)
        return
    with bars(err) as progress:
        token = WATCHER.set(BarWatcher(progress, say))
        yield
        WATCHER.reset(token)


@contextmanager
def quiet_engines() -> Iterator[None]:
    """Keep the engines' remarks about themselves off the screen; errors come through."""
    with warnings.catch_warnings():
        for package in ("pyannote", "torchaudio", "torchcodec", "speechbrain", "pytorch_lightning", "lightning"):
            warnings.filterwarnings("ignore", module=rf"{package}(\.|$)")
        for name in ("faster_whisper", "pyannote", "speechbrain", "lightning", "numba"):
            logging.getLogger(name).setLevel(logging.ERROR)
        yield
