"""`nightcall evaluate`: how far the results can be trusted, on recordings with truth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from analyzers.speech.recordings import IntakeOptions
from analyzers.speech.shelf import Shelf
from benchmarks.evaluation.aggregate import ALL
from benchmarks.evaluation.kinds import BY_NAME, KINDS
from benchmarks.evaluation.report import bound, write_report
from benchmarks.evaluation.results import Reached, Results, as_json, between, results, shown
from benchmarks.evaluation.run import Setup, evaluate
from flows.messages import Language, Speaker, in_language, speaker
from flows.settings import Settings
from flows.terminal import quiet_engines
from rubrics.load import load_rubrics

FAILED = 1  # exit code
STATES = {True: ("evaluate.met", "green"), False: ("evaluate.not_met", "red"), None: ("evaluate.no_data", "dim")}


@dataclass(frozen=True, slots=True)
class Outputs:
    """What to write: the report, and all numbers as JSON if they are asked for."""

    report: Path
    numbers: Path | None = None


def evaluate_folder(settings: Settings, folder: Path, outputs: Outputs, out: Console, err: Console) -> int:
    """Try the recordings of the folder, print the scores, write the report; the exit code.

    Raises:
        RubricError, WeightsError, OSError: the set-up is wrong.
    """
    say = speaker(settings.display.shown)
    rubrics = load_rubrics(settings.rubrics.paths)
    intake = IntakeOptions(settings.metadata.time_zone, settings.metadata.pattern, (settings.paths.data,))
    shelf = Shelf(settings.paths.shelf)
    setup = Setup(settings.hearing_options, shelf, rubrics, intake, settings.hearing.agent_channel)

    def told(done: int, total: int, call_id: str) -> None:
        err.print(f"  {done}/{total} {call_id}", markup=False, highlight=False, soft_wrap=True)

    err.print(say("evaluate.starting", folder=folder, shelf=shelf.root), markup=False, highlight=False, soft_wrap=True)
    with quiet_engines():
        found = results(evaluate(folder, setup, told))
    _print(found, settings.display.shown, out, err)
    if not found.run.recordings:
        err.print(say("evaluate.nothing", folder=folder), style="red", markup=False, highlight=False, soft_wrap=True)
        return FAILED
    write_report(found, outputs.report, settings.display.shown)
    if outputs.numbers is not None:
        outputs.numbers.write_text(json.dumps(as_json(found), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for path in filter(None, (outputs.report, outputs.numbers)):
        out.print(say("evaluate.written", path=path), markup=False, highlight=False, soft_wrap=True)
    return 0


def _print(found: Results, language: Language, out: Console, err: Console) -> None:
    say = speaker(language)
    for name, message in found.run.failures:
        err.print(f"{name}: {message}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    if found.run.without_truth:
        names = ", ".join(found.run.without_truth)
        err.print(
            say("evaluate.without_truth", names=names), style="dim", markup=False, highlight=False, soft_wrap=True
        )
    if found.run.recordings:
        out.print(
            _scores(found, language, say), Styled(say("evaluate.legend"), style="dim"), "", _goals(found, language, say)
        )


def _scores(found: Results, language: Language, say: Speaker) -> Table:
    """The headline scores by group, with the interval over all recordings."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column(say("evaluate.score"), no_wrap=True)
    groups = [group for group in found.estimates if " " not in group]
    for group in groups:
        table.add_column(say("evaluate.all") if group == ALL else group, justify="right", no_wrap=True)
        if group == ALL:
            table.add_column("95 %", justify="right", no_wrap=True, style="dim")
            table.add_column("n", justify="right", style="dim")
    for kind in (kind for kind in KINDS if kind.is_headline):
        cells: list[str] = []
        for group in groups:
            one = found.estimates[group].get(kind.name)
            cells.append(shown(kind, one.tally.value) if one else "–")
            if group == ALL:
                cells.append(between(kind, one) if one else "")
                cells.append(str(one.recordings) if one else "")
        table.add_row(in_language(kind.title, language), *cells)
    return table


def _goals(found: Results, language: Language, say: Speaker) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
    for column in ("evaluate.goal", "evaluate.group", "evaluate.found"):
        table.add_column(say(column), no_wrap=True)
    table.add_column("")
    for reached in found.goals:
        table.add_row(*_goal(reached, language, say))
    return table


def _goal(reached: Reached, language: Language, say: Speaker) -> tuple[Styled, ...]:
    kind = BY_NAME[reached.goal.score]
    key, style = STATES[reached.is_met]
    title = f"{in_language(kind.title, language)} {bound(reached.goal, kind)}"
    group = say("evaluate.all") if reached.goal.group == ALL else reached.goal.group
    return Styled(title), Styled(group), Styled(shown(kind, reached.found)), Styled(say(key), style=style)
