"""The night in the terminal: one line a call, what failed, what was noticed, and what to do next."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text as Styled

from flows.messages import Language, Speaker, in_language, speaker
from flows.summary import CallLine, Flag, NightSummary
from rubrics.finding import Severity

CALLS_SHOWN = 60  # more scroll out of sight; the rest is a query away
NOTES_SHOWN = 12
WIDE = 100  # columns that the whole table takes
LEFT_OUT_IF_NARROW = frozenset({"length", "level", "silences"})
STYLES = {Severity.CRITICAL: "bold red", Severity.MAJOR: "red", Severity.MINOR: "yellow"}
LOW_SCORE, FAIR_SCORE = 60.0, 80.0  # where the eye should stop; no grade, which is the rubric's business


def report(summary: NightSummary, seconds: float, language: Language, width: int) -> RenderableType:
    """All there is to say after a run that found recordings."""
    say = speaker(language)
    parts: list[RenderableType] = []
    if summary.calls:
        parts += [call_table(summary.calls, language, width), Styled(say("legend"), style="dim")]
    if len(summary.calls) > CALLS_SHOWN:
        parts.append(Styled(say("more_calls", count=len(summary.calls) - CALLS_SHOWN), style="dim"))
    if summary.failures:
        lines = [(failure.code, failure.message) for failure in summary.failures]
        parts += ["", _notes(say("failed"), lines, "red", "SELECT * FROM failed_calls", say)]
    if summary.warnings:
        lines = [(warning.code, warning.message) for warning in summary.warnings]
        parts += ["", _notes(say("warnings"), lines, "yellow", "SELECT * FROM warnings", say)]
    counts = {"loaded": len(summary.calls), "heard": summary.heard, "failed": len(summary.failures)}
    parts += ["", Styled(say("counts", **counts, warnings=len(summary.warnings), seconds=seconds), style="bold")]
    return Group(*parts)


def next_steps(summary: NightSummary, program: str, data: str, language: Language) -> list[Styled]:
    """Commands that work as they stand, each with its meaning behind a `#`; `data` is what finds the results."""
    say = speaker(language)
    worst = _gravest_first(summary.calls)[0].call_id
    steps = (
        (f"{program} show {shlex.quote(worst)}{data}", say("next.show")),
        (f'{program} sql "{say("next.flagged.sql")}"{data}', say("next.flagged")),
        (f'{program} sql "FROM agent_day"{data}', say("next.agents")),
        (str(summary.published), say("next.file")),
    )
    lines = [Styled(say("next"), style="bold")]
    for command, meaning in steps:
        lines.append(Styled(f"  {command}", style="cyan").append(f"  # {meaning}", style="dim not bold"))
    return lines


def call_table(calls: tuple[CallLine, ...], language: Language, width: int) -> Table:
    """One line a call, of a long night the gravest; a terminal narrower than `WIDE` does without some columns."""
    say = speaker(language)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
    shown = {name: cell for name, cell in CELLS.items() if width >= WIDE or name not in LEFT_OUT_IF_NARROW}
    table.add_column(say("column.call"), overflow="fold", min_width=8)
    for name in shown:
        table.add_column(say(f"column.{name}"), justify="right", no_wrap=True)
    table.add_column(say("column.flags"), overflow="fold", ratio=1)
    for call in calls if len(calls) <= CALLS_SHOWN else _gravest_first(calls)[:CALLS_SHOWN]:
        cells = (cell(call, say) for cell in shown.values())
        table.add_row(Styled(call.call_id), *cells, _flags(call, say, language))
    return table


def clock(seconds: float) -> str:
    """Minutes and seconds: 75 s is 1:15."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _speed(call: CallLine, say: Speaker) -> Styled:
    return Styled("–" if call.speed is None else f"{call.speed:.0f} {say(f'unit.{call.speed_unit}')}")


def _level(call: CallLine, say: Speaker) -> Styled:
    return Styled("/".join("–" if level is None else f"{level:.0f}" for level in call.level_dbfs))


def _interruptions(call: CallLine, say: Speaker) -> Styled:
    return Styled("/".join(map(_count, call.interruptions)), style="red" if call.interruptions[0] else "")


def _silences(call: CallLine, say: Speaker) -> Styled:
    dead = f" ({call.dead_airs})" if call.dead_airs else ""
    return Styled(_count(call.silences) + dead, style="yellow" if call.dead_airs else "")


CELLS: dict[str, Callable[[CallLine, Speaker], Styled]] = {
    "length": lambda call, say: Styled(clock(call.duration_s)),
    "speed": _speed,
    "level": _level,
    "interruptions": _interruptions,
    "silences": _silences,
    "politeness": lambda call, say: _scored(call.politeness),
    "forbidden": lambda call, say: Styled(_count(call.forbidden), style="bold red" if call.forbidden else ""),
    "score": lambda call, say: _scored(call.score),
}


def _flags(call: CallLine, say: Speaker, language: Language) -> Styled:
    """The rules broken; minor ones by name only where there is nothing graver."""
    grave = [flag for flag in call.flags if flag.severity is not Severity.MINOR]
    joined = Styled()
    for flag in grave or call.flags:
        _append(joined, Styled(in_language(flag.title, language), style=STYLES[flag.severity]), language)
    if minor := len(call.flags) - len(grave) if grave else 0:
        _append(joined, Styled(say("minor", count=minor), style=STYLES[Severity.MINOR]), language)
    if call.undetermined:
        _append(joined, Styled(say("undetermined", count=call.undetermined), style="dim"), language)
    return joined if joined.plain else Styled("–", style="dim")


def _append(joined: Styled, part: Styled, language: Language) -> None:
    if joined.plain:
        joined.append("；" if language == "zh" else "; ")
    joined.append_text(part)


def _count(value: int | None) -> str:
    return "–" if value is None else str(value)


def _scored(percent: float | None) -> Styled:
    if percent is None:
        return Styled("–")
    style = "red" if percent < LOW_SCORE else "yellow" if percent < FAIR_SCORE else "green"
    return Styled(f"{percent:.0f}", style=style)


def _gravest_first(calls: tuple[CallLine, ...]) -> list[CallLine]:
    return sorted(calls, key=_rank, reverse=True)


def _rank(call: CallLine) -> tuple[int, int, float]:
    worst = max(map(_gravity, call.flags), default=-1)
    return worst, len(call.flags), -(call.score if call.score is not None else 100.0)


def _gravity(flag: Flag) -> int:
    return list(Severity).index(flag.severity)


def _notes(title: str, lines: list[tuple[str, str]], style: str, query: str, say: Speaker) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    for code, message in lines[:NOTES_SHOWN]:
        grid.add_row("", Styled(code, style=style), Styled(message))
    more = len(lines) - NOTES_SHOWN
    rest = [Styled(say("more", count=more, command=f'{program()} sql "{query}"'), style="dim")] if more > 0 else []
    return Group(Styled(title, style="bold"), grid, *rest)


def show(console: Console, summary: NightSummary, seconds: float, language: Language, data: Path | None) -> None:
    """Print the night; `data` is where its results are, if not where the commands look by themselves."""
    console.print(report(summary, seconds, language, console.width))
    if summary.calls:
        suffix = f" --data {shlex.quote(str(data))}" if data else ""
        console.print("", *next_steps(summary, program(), suffix, language), sep="\n", soft_wrap=True)


def program() -> str:
    """How this shell calls the command: by name where it is found so, else by the path that was used."""
    if shutil.which("nightcall") or Path(sys.argv[0]).name != "nightcall":
        return "nightcall"
    return shlex.quote(os.path.relpath(sys.argv[0]))
