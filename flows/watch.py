"""Telling how far a run is: in the terminal with bars or plain lines, on a server in the run's log.

The flow speaks to `WATCHER`; who runs it in a terminal sets one, everybody else gets log lines.
"""

from __future__ import annotations

from contextvars import ContextVar
from enum import StrEnum
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from flows.messages import Speaker
from warehouse.load import FailedCall


class Stage(StrEnum):
    """The stages of a run, in order."""

    TAKE_IN = "take_in"
    WEIGHTS = "weights"
    HEAR = "hear"
    LOAD = "load"
    PUBLISH = "publish"


class Watcher(Protocol):
    """Somebody who wants to know how far the run is."""

    def begin(self, stage: Stage, calls: int) -> None:
        """A stage begins; `calls` is how many it has to do, 0 where it does not count them."""

    def finish(self, stage: Stage, call_id: str, failure: FailedCall | None = None) -> None:
        """The stage is through with one call."""


class PlainWatcher:
    """One line a stage and a call: for files, CI logs and pipes."""

    def __init__(self, console: Console, say: Speaker) -> None:
        self._console, self._say = console, say
        self._totals: dict[Stage, int] = {}
        self._done: dict[Stage, int] = {}

    def begin(self, stage: Stage, calls: int) -> None:
        """Write the stage's name."""
        self._totals[stage], self._done[stage] = calls, 0
        self._line(self._say(f"stage.{stage}") + (f" ({calls})" if calls else ""))

    def finish(self, stage: Stage, call_id: str, failure: FailedCall | None = None) -> None:
        """Write the call, and why it failed."""
        self._done[stage] += 1
        if stage is Stage.HEAR or failure:
            why = f": {failure.code}" if failure else ""
            self._line(f"  {self._done[stage]}/{self._totals[stage]} {call_id}{why}")

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class BarWatcher:
    """A bar a stage, with the call last finished beside it: for a person at a terminal."""

    def __init__(self, progress: Progress, say: Speaker) -> None:
        self._progress, self._say = progress, say
        self._bars: dict[Stage, TaskID] = {}

    def begin(self, stage: Stage, calls: int) -> None:
        """Finish the bars of the stages before, and show this one's."""
        for before in (Stage.TAKE_IN, Stage.WEIGHTS):
            self._complete(before)
        if stage is Stage.PUBLISH:
            self._complete(Stage.LOAD)
        title = self._say(f"stage.{stage}")
        self._bars[stage] = self._progress.add_task(title, total=calls or None, last="", count=calls)

    def finish(self, stage: Stage, call_id: str, failure: FailedCall | None = None) -> None:
        """Move the bar by one call."""
        last = f"[red]{call_id}: {failure.code}[/]" if failure else call_id
        self._progress.update(self._bars[stage], advance=1, last=last)

    def _complete(self, stage: Stage) -> None:
        if stage in self._bars:
            self._progress.update(self._bars[stage], total=1, completed=1)


class SilentWatcher:
    """Nobody watches."""

    def begin(self, stage: Stage, calls: int) -> None:
        """Say nothing."""

    def finish(self, stage: Stage, call_id: str, failure: FailedCall | None = None) -> None:
        """Say nothing."""


class _Count(ProgressColumn):
    def render(self, task: Task) -> Text:
        """How many calls of how many; nothing for a stage that does not count them."""
        return Text(f"{task.completed:.0f}/{task.fields['count']}" if task.fields["count"] else "")


def bars(console: Console) -> Progress:
    """The bars a `BarWatcher` moves."""
    return Progress(
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        _Count(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[last]}"),
        console=console,
        transient=False,
    )


WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
