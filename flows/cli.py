"""The command line: one function a command, heavy imports inside, failures as one clear line.

Exit codes: 0 done (also when some recordings failed), 1 nothing could be done, 2 a setting or an argument is
wrong, 130 stopped by Ctrl-C. Results go to standard output, progress and errors to standard error.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from flows.quiet import settle_terminal

if TYPE_CHECKING:
    from flows.settings import Settings

app = typer.Typer(
    name="nightcall",
    help="Hear every call of a contact centre overnight, and say with evidence how each one went.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
weights_app = typer.Typer(help="Model weights: what is there, and getting what is not.", no_args_is_help=True)
app.add_typer(weights_app, name="weights")
rubrics_app = typer.Typer(help="Rule packs.", no_args_is_help=True)
app.add_typer(rubrics_app, name="rubrics")

FAILED, MISUSED, STOPPED = 1, 2, 130  # exit codes
FILE_WIDTH = 140  # columns


class SqlFormat(StrEnum):
    """How the answer to a query is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


Flags = dict[str, dict[str, object]]  # {section: {key: value}}
Config = Annotated[Path | None, typer.Option("--config", help="Settings file; else nightcall.toml where you are.")]
Data = Annotated[Path | None, typer.Option("--data", help="Folder of the results, instead of the settings' one.")]


@app.command()
def run(
    inbox: Annotated[Path | None, typer.Argument(help="Folder of recordings, instead of the settings' one.")] = None,
    config: Config = None,
    data: Data = None,
    workers: Annotated[int | None, typer.Option(help="Calls heard at once.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the output: en or zh.")] = None,
) -> None:
    """Hear, score and publish the recordings of a folder."""
    settle_terminal()
    with _said_in_one_line():
        flags: Flags = {
            "paths": {"inbox": inbox, "data": data},
            "run": {"workers": workers},
            "display": {"language": language},
        }
        settings = _settings(config, flags)
        from flows.terminal import run_in_terminal  # noqa: PLC0415

        raise typer.Exit(run_in_terminal(settings, _out(), _err()))


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One SQL statement; quote it.")],
    format: Annotated[SqlFormat, typer.Option("--format", help="How to write the answer.")] = SqlFormat.TABLE,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write to.")] = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """Ask the published results in SQL; nothing can be changed."""
    with _said_in_one_line():
        settings = _settings(config, {"paths": {"data": data}})
        from flows.ask import answer  # noqa: PLC0415

        answer(settings.paths.published, query, format, output, _out())


@app.command()
def show(
    call: Annotated[str, typer.Argument(help="The call's id; a part of it will do where it fits one call only.")],
    config: Config = None,
    data: Data = None,
    language: Annotated[str | None, typer.Option(help="Language of the output: en or zh.")] = None,
) -> None:
    """One call by turn, with what was found in it."""
    with _said_in_one_line():
        settings = _settings(config, {"paths": {"data": data}, "display": {"language": language}})
        from flows.show import show_call  # noqa: PLC0415

        show_call(settings.paths.published, call, settings.display.shown, _out())


@app.command()
def evaluate(  # noqa: PLR0913, PLR0917 - as many as its options
    folder: Annotated[Path, typer.Argument(metavar="TRUTH_DIR", help="Folder of recordings with truth.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The report to write.")] = Path("evaluation.html"),
    json: Annotated[Path | None, typer.Option("--json", help="File for all numbers, as JSON.")] = None,
    config: Config = None,
    data: Data = None,
    workers: Annotated[int | None, typer.Option(help="Calls heard at once.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the output: en or zh.")] = None,
) -> None:
    """Try the pipeline on recordings with truth: scores in the terminal and a report."""
    settle_terminal()
    with _said_in_one_line():
        flags: Flags = {"paths": {"data": data}, "run": {"workers": workers}, "display": {"language": language}}
        settings = _settings(config, flags)
        from flows.evaluate import Outputs, evaluate_folder  # noqa: PLC0415

        raise typer.Exit(evaluate_folder(settings, folder, Outputs(out, json), _out(), _err()))


@app.command()
def serve(config: Config = None) -> None:
    """Start the nightly run by the schedule in the settings, until stopped."""
    with _said_in_one_line():
        settings = _settings(config, {})
        from flows.serve import serve_nightly  # noqa: PLC0415

        serve_nightly(settings, config, _err())


@app.command()
def doctor(config: Config = None) -> None:
    """What is installed and what is wrong, each with its remedy."""
    settle_terminal()
    with _said_in_one_line():
        settings = _settings(config, {})
        from flows.doctor import examine  # noqa: PLC0415

        raise typer.Exit(examine(settings, config, _out()))


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("nightcall.toml"),
) -> None:
    """Write a settings file that explains itself."""
    with _said_in_one_line():
        from flows.settings import TEMPLATE  # noqa: PLC0415

        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(TEMPLATE)
        except FileExistsError as error:
            raise FileExistsError(f"{path} is there already; name another file or move it away") from error
        _out().print(f"{path} written", markup=False, highlight=False)


@weights_app.command("fetch")
def weights_fetch(config: Config = None) -> None:
    """Fetch the model weights that the settings need; afterwards no network is needed."""
    settle_terminal()
    with _said_in_one_line():
        settings = _settings(config, {})
        from flows.installed import fetch_weights  # noqa: PLC0415

        fetch_weights(settings, _out())


@weights_app.command("list")
def weights_list(config: Config = None) -> None:
    """The default model weights, where they are, and whether they are there."""
    with _said_in_one_line():
        settings = _settings(config, {})
        from flows.installed import list_weights  # noqa: PLC0415

        list_weights(settings, _out())


@rubrics_app.command("check")
def rubrics_check(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders, instead of the settings' ones.")] = None,
    config: Config = None,
) -> None:
    """Run the test dialogues that the rule packs bring along."""
    with _said_in_one_line():
        settings = _settings(config, {})
        from rubrics.check import check, untested  # noqa: PLC0415
        from rubrics.load import load_rubrics  # noqa: PLC0415

        failures = 0
        for rubric in load_rubrics(tuple(paths or settings.rubrics.paths)):
            failed = check(rubric)
            failures += len(failed)
            for line in (*map(str, failed), *(f"{rubric.rubric}: no test shows {name}" for name in untested(rubric))):
                _out().print(line, markup=False, highlight=False, soft_wrap=True)
            verdict = f"{len(failed)} verdicts are wrong" if failed else "all verdicts are right"
            _out().print(f"{rubric.rubric}: {len(rubric.tests)} tests, {verdict}", highlight=False)
        raise typer.Exit(FAILED if failures else 0)


def _settings(config: Path | None, flags: Flags) -> Settings:
    from flows.settings import load  # noqa: PLC0415

    return load(config, flags)


@contextmanager
def _said_in_one_line() -> Iterator[None]:
    """Turn every error that is ours, or the machine's, into one line and an exit code."""
    from flows.settings import SettingsError  # noqa: PLC0415

    try:
        yield
    except SettingsError as error:
        _complain(str(error))
        raise typer.Exit(MISUSED) from None
    except KeyboardInterrupt:
        raise typer.Exit(STOPPED) from None
    except _ours() as error:
        _complain(str(error))
        raise typer.Exit(FAILED) from None


def _ours() -> tuple[type[Exception], ...]:
    """The exceptions whose message is written for the user; only those that can have been raised so far."""
    names = {
        "warehouse.file": "WarehouseError",
        "rubrics.load": "RubricError",
        "analyzers.speech.weights": "WeightsError",
        "flows.server": "ServerError",
    }
    loaded = ((sys.modules[module], name) for module, name in names.items() if module in sys.modules)
    return (OSError, *(getattr(module, name) for module, name in loaded))


def _complain(message: str) -> None:
    _err().print(f"nightcall: {message}", style="red", markup=False, highlight=False, soft_wrap=True)


def _out() -> Console:
    return _console(stderr=False)


def _err() -> Console:
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream: Literal["stderr", "stdout"] = "stderr" if stderr else "stdout"
    encoding = getattr(getattr(sys, stream), "encoding", None) or ""
    if not encoding.lower().startswith(("utf", "gb")) and hasattr(getattr(sys, stream), "reconfigure"):
        getattr(sys, stream).reconfigure(
            encoding="utf-8"
        )  # a terminal that knows no Chinese shows something, not a crash
    console = Console(stderr=stderr)
    # A file or a pipe has no width; rich would take 80 columns, which the night's table does not fit in.
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(stderr=stderr, width=FILE_WIDTH)


def main() -> None:
    """The `nightcall` command."""
    code: object = FAILED
    try:
        app()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # a mistake of ours: whoever reports it needs the traceback
        traceback.print_exc()
    with suppress(OSError):  # the reader of a pipe may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    # Everything is closed by now. An ordinary exit would still print what DuckDB's binding and the engines
    # have to say about objects that a traceback keeps alive.
    os._exit(code if isinstance(code, int) else 0 if code is None else FAILED)


if __name__ == "__main__":
    main()
