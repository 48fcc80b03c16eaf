"""The nightly run: an inbox of recordings becomes a published warehouse.

    take in -> hear (one task a call, on the chosen task runner) -> score and load (in batches) -> publish

* The shelf is the cache: a call that lies on it is not heard again, and no engine is loaded for it.
* One call's failure is a row in `failed_calls`; the others go on. Only a wrong set-up stops the run, and
  that is looked at before the first second of audio.
* The run keeps the warehouse open from beginning to end, so of two runs at once the second ends at once.
* Batches are loaded while later calls are still being heard: a run that is killed has lost at most a batch.
* No transcript leaves the shelf and the warehouse: tasks take and return keys, names and numbers.
"""

# No `from __future__ import annotations` here: Prefect reads the flow's types where this module's names are unknown.
import traceback
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, runtime, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture, as_completed
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner
from prefect.tasks import Task

from analyzers.analyze import analyze
from analyzers.conversation import Recording
from analyzers.roles import with_roles
from analyzers.speech import weights
from analyzers.speech.audio import RecordingError
from analyzers.speech.options import HearingOptions
from analyzers.speech.recordings import Intake, IntakeOptions, take_in
from analyzers.speech.shelf import Shelf, ShelfError
from flows.installed import version
from flows.settings import Run, Settings, SettingsError, load
from flows.summary import CallLine, NightSummary, call_line
from flows.watch import WATCHER, SilentWatcher, Stage, Watcher
from rubrics.judge import judge
from rubrics.load import load_rubrics
from rubrics.schema import Rubric
from warehouse.file import WarehouseError
from warehouse.load import (
    FailedCall,
    RunCounts,
    RunRecord,
    RunWarning,
    ScoredCall,
    finish_run,
    load_calls,
    load_failures,
    load_warnings,
    start_run,
)
from warehouse.migrate import connect
from warehouse.publish import publish

ENGINE_ERROR = "ENGINE_ERROR"
READ_ERROR = "READ_ERROR"
WEIGHTS_ERROR = "WEIGHTS_ERROR"
SCORING_ERROR = "SCORING_ERROR"
LOADING_ERROR = "LOADING_ERROR"

RETRY_DELAYS_S = [5.0, 25.0]  # a network drive that is gone for longer than half a minute is gone
LISTED = 100  # lines of one kind in the artifact: what a person reads on one page

Rubrics = tuple[Rubric, ...]
Connection = Any  # what `warehouse.migrate.connect` gives; duckdb itself has its room in warehouse/

PACKAGES = ("nightcall", "faster-whisper", "ctranslate2", "pyannote.audio", "torch", "librosa", "duckdb", "prefect")


class CallFailed(Exception):  # noqa: N818 - reads as what it is
    """One call cannot be heard or scored. The message holds no word that was said in it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class EveryCallFailed(Exception):  # noqa: N818 - reads as what it is
    """Of a night's recordings not one could be scored: the set-up is more likely wrong than every recording."""

    def __init__(self, summary: NightSummary) -> None:
        super().__init__(f"all {len(summary.failures)} recordings of {summary.inbox} failed; see failed_calls")
        self.summary = summary


@dataclass(frozen=True, slots=True)
class Tools:
    """What the work on every call needs."""

    settings: Settings
    rubrics: Rubrics
    shelf: Shelf
    options: HearingOptions


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording and where on the shelf its conversation lies."""

    recording: Recording
    key: str


def _run_name() -> str:
    settings = runtime.flow_run.parameters.get("settings") or load()
    return f"nightly {settings.paths.inbox.name} {datetime.now().astimezone():%Y-%m-%d %H:%M}"


@flow(name="nightly", flow_run_name=_run_name, persist_result=False, validate_parameters=True)
def nightly(settings: Settings | None = None) -> NightSummary:
    """Score the inbox. A recording that fails is reported, the others are loaded.

    Without settings those in force where the flow runs (`flows.settings.load`) are used.

    Raises:
        EveryCallFailed: there were recordings, and not one could be scored; the failures are recorded.
        SettingsError, RubricError, WarehouseError, WeightsError, NotADirectoryError: the set-up is wrong.
    """
    settings = settings or load()
    rubrics = ready(settings)
    with closing(connect(settings.paths.warehouse)) as warehouse:
        run = RunRecord(
            run_id=str(runtime.flow_run.id),
            name=str(runtime.flow_run.name),
            started_at=datetime.now(UTC),
            inbox=str(settings.paths.inbox),
            settings_digest=settings.digest,
            versions=tuple((package, version(package)) for package in PACKAGES),
        )
        start_run(warehouse, run)
        tools = Tools(settings, rubrics, Shelf(settings.paths.shelf), settings.hearing_options)
        summary = _work(tools, warehouse, run)
        _watcher().begin(Stage.PUBLISH, 0)
        publish_results(settings.paths.warehouse, settings.paths.published)
    create_markdown_artifact(as_markdown(summary), key="nightcall-night", description=summary.name)
    get_run_logger().info("%d calls loaded, %d failed", len(summary.calls), len(summary.failures))
    if summary.failures and not summary.calls:
        raise EveryCallFailed(summary)
    return summary


def ready(settings: Settings) -> Rubrics:
    """The rubrics, once the set-up has been looked at: what is wrong is said before any audio is read.

    Raises:
        SettingsError, RubricError, WarehouseError, NotADirectoryError: what is wrong, and what to do.
    """
    if not settings.paths.inbox.is_dir():
        inbox = settings.paths.inbox
        raise NotADirectoryError(f"inbox {inbox}: no such folder; create it or name the folder with the recordings")
    task_runner(settings.run)
    rubrics = load_rubrics(settings.rubrics.paths)
    connect(settings.paths.warehouse).close()
    return rubrics


def task_runner(run: Run) -> TaskRunner[Any]:
    """Where calls are heard: threads that share one set of engines, or processes with a set each.

    Raises:
        SettingsError: Dask or Ray is chosen and not installed.
    """
    match run.task_runner:
        case "threads":
            return ThreadPoolTaskRunner(max_workers=run.worker_count)
        case "processes":
            return ProcessPoolTaskRunner(max_workers=run.worker_count)
        case "dask" | "ray" as cluster:
            try:
                return _dask(run) if cluster == "dask" else _ray(run)
            except ImportError as error:
                raise SettingsError(
                    f"[run] task_runner is '{cluster}', and {error.name} is not installed: "
                    f"pip install -c constraints.txt 'nightcall[{cluster}]', or choose threads or processes"
                ) from error


def _dask(run: Run) -> TaskRunner[Any]:
    from prefect_dask import DaskTaskRunner  # noqa: PLC0415 - an extra

    if run.address:
        runner: TaskRunner[Any] = DaskTaskRunner(address=run.address)
    else:
        runner = DaskTaskRunner(cluster_kwargs={"n_workers": run.worker_count, "threads_per_worker": 1})
    return runner


def _ray(run: Run) -> TaskRunner[Any]:
    from prefect_ray import RayTaskRunner  # noqa: PLC0415 - an extra

    if run.address:
        runner: TaskRunner[Any] = RayTaskRunner(address=run.address)
    else:
        quiet = {"include_dashboard": False, "logging_level": "ERROR", "log_to_driver": False}
        runner = RayTaskRunner(init_kwargs={"num_cpus": run.worker_count, **quiet})
    return runner


def _work(tools: Tools, warehouse: Connection, run: RunRecord) -> NightSummary:
    watcher, paths = _watcher(), tools.settings.paths
    watcher.begin(Stage.TAKE_IN, 0)
    intake = find_recordings(tools.settings)
    failures = [FailedCall(f.uri, f.call_id, f.sha256, f.code, f.message) for f in intake.failures]
    lines: list[CallLine] = []
    known, missing = _on_shelf(intake.recordings, tools)
    if missing:
        watcher.begin(Stage.WEIGHTS, 0)
        fetch_weights(tools.options)
        watcher.begin(Stage.HEAR, len(missing))
    watcher.begin(Stage.LOAD, len(intake.recordings))
    for batch in _batches(chain(known, _hear(missing, tools)), tools.settings.run.batch):
        failures += [outcome for outcome in batch if isinstance(outcome, FailedCall)]
        heard = tuple(outcome for outcome in batch if isinstance(outcome, Heard))
        loaded, failed = score_and_load(heard, tools, warehouse, run.run_id, len(heard))
        lines += loaded
        failures += failed
    warnings = tuple(RunWarning(warning.code, warning.message, warning.uri) for warning in intake.warnings)
    load_failures(warehouse, failures, run.run_id)
    load_warnings(warehouse, warnings, run.run_id)
    counts = RunCounts(len(intake.recordings) + len(intake.failures), len(missing), len(lines), len(failures))
    finish_run(warehouse, run.run_id, counts, datetime.now(UTC))
    places = {recording.call_id: place for place, recording in enumerate(intake.recordings)}
    lines.sort(key=lambda line: places[line.call_id])
    ended = (len(missing), tuple(lines), tuple(failures), warnings)
    return NightSummary(run.run_id, run.name, paths.inbox, paths.published, *ended)


@task(name="take in", persist_result=False, cache_policy=NO_CACHE)
def find_recordings(settings: Settings) -> Intake:
    """The inbox's recordings with their metadata, those that cannot be read, and what was noticed."""
    own = (settings.paths.data,)
    return take_in(settings.paths.inbox, IntakeOptions(settings.metadata.time_zone, settings.metadata.pattern, own))


def _on_shelf(recordings: Iterable[Recording], tools: Tools) -> tuple[list[Heard], list[Recording]]:
    """The recordings that were heard before, and those to hear."""
    known: list[Heard] = []
    missing: list[Recording] = []
    for recording in recordings:
        key = tools.shelf.key(recording, tools.options)
        if tools.shelf.has(key):
            known.append(Heard(recording, key))
        else:
            missing.append(recording)
    return known, missing


def _hear(recordings: list[Recording], tools: Tools) -> Iterator[Heard | FailedCall]:
    """What became of each recording, in the order in which they are done; nothing starts where there are none."""
    if not recordings:
        return
    watcher = _watcher()
    with task_runner(tools.settings.run) as runner:
        given = {"options": tools.options, "shelf": tools.shelf}
        futures = {runner.submit(hear_call, {"recording": one, **given}): one for one in recordings}
        for future in as_completed(list(futures)):
            outcome = _outcome(future, futures[future])
            watcher.finish(Stage.HEAR, futures[future].call_id, outcome if isinstance(outcome, FailedCall) else None)
            yield outcome


def fetch_weights(options: HearingOptions) -> None:
    """Have the default weights on this machine before several workers look for them at once.

    Raises:
        WeightsError: they can be neither found nor fetched.
    """
    cache = weights.cache_folder(options.weights_dir)
    weights.resolve(options.recogniser, weights.RECOGNISER, cache)
    weights.resolve(options.segmentation, weights.SEGMENTATION, cache)
    weights.resolve(options.diarization, weights.EMBEDDING, cache)


def _may_pass(task: Task[Any, Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether trying again may help: a network drive comes back, a broken recording stays broken."""
    return isinstance(state.data, OSError)


@task(
    name="hear",
    task_run_name="hear {recording.call_id}",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=len(RETRY_DELAYS_S),
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=_may_pass,
)
def hear_call(recording: Recording, options: HearingOptions, shelf: Shelf) -> Heard:
    """Audio in, one conversation on the shelf out: the only step that reads samples.

    Raises:
        CallFailed: the recording cannot be heard, or an engine failed on it.
        OSError: the recording could not be read this time.
    """
    from analyzers.speech.hear import hear  # noqa: PLC0415 - loads torch; not where the shelf has every call

    try:
        conversation = hear(recording, options)
    except OSError:
        raise
    except RecordingError as error:
        raise CallFailed(error.code, error.message) from None
    except weights.WeightsError as error:
        raise CallFailed(WEIGHTS_ERROR, str(error)) from None
    except Exception as error:
        # Only type and place: what an engine says about a call may quote it.
        raise CallFailed(ENGINE_ERROR, f"{recording.call_id}: {_where(error)}") from None
    key = shelf.key(recording, options)
    shelf.put(key, conversation)
    return Heard(recording, key)


def _outcome(future: PrefectFuture[Heard], recording: Recording) -> Heard | FailedCall:
    outcome: object
    try:
        outcome = future.result(raise_on_failure=False)
    except Exception as error:  # a worker process that is gone
        outcome = error
    if isinstance(outcome, Heard):
        return outcome
    if isinstance(outcome, CallFailed):
        return _failed(recording, outcome.code, outcome.message)
    if isinstance(outcome, OSError):
        return _failed(recording, READ_ERROR, f"{recording.uri}: {outcome.strerror or type(outcome).__name__}")
    return _failed(recording, ENGINE_ERROR, f"{recording.call_id}: the worker ended with {type(outcome).__name__}")


@task(
    name="score and load",
    task_run_name="score and load {count} calls",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def score_and_load(
    heard: tuple[Heard, ...], tools: Tools, warehouse: Connection, run_id: str, count: int
) -> tuple[list[CallLine], list[FailedCall]]:
    """Measure and judge a batch from the shelf and load it in one transaction; its lines, and what failed."""
    watcher = _watcher()
    scored: list[ScoredCall] = []
    failures: list[FailedCall] = []
    for one in heard:
        try:
            scored.append(_score(one, tools))
        except Exception as error:
            failures.append(_failed(one.recording, SCORING_ERROR, f"{one.recording.call_id}: {_where(error)}"))
    loaded, refused = _load(scored, warehouse, run_id)
    for failure in (*failures, *refused):
        watcher.finish(Stage.LOAD, failure.call_id or failure.uri, failure)
    for call in loaded:
        watcher.finish(Stage.LOAD, call.conversation.recording.call_id)
    return [call_line(call) for call in loaded], [*failures, *refused]


def _score(heard: Heard, tools: Tools) -> ScoredCall:
    try:
        conversation = tools.shelf.get(heard.key)
    except ShelfError as error:
        tools.shelf.discard(heard.key)
        raise ShelfError(f"{error} It was deleted; run again.") from None
    if conversation is None:
        raise ShelfError("the conversation is no longer on the shelf; run again")
    # What the site says may be newer than the hearing; how long the audio really is was heard.
    recording = replace(heard.recording, duration_s=conversation.recording.duration_s)
    conversation = with_roles(replace(conversation, recording=recording), tools.settings.hearing.agent_channel)
    measures = analyze(conversation)
    return ScoredCall(conversation, measures, judge(conversation, measures, tools.rubrics))


def _load(scored: list[ScoredCall], warehouse: Connection, run_id: str) -> tuple[list[ScoredCall], list[FailedCall]]:
    """Load a batch; where one call is refused, load the others one by one."""
    try:
        load_calls(warehouse, scored, run_id)
    except WarehouseError as error:
        if len(scored) == 1:
            return [], [_failed(scored[0].conversation.recording, LOADING_ERROR, str(error))]
        parts = [_load([call], warehouse, run_id) for call in scored]
        return [call for loaded, _ in parts for call in loaded], [failure for _, failed in parts for failure in failed]
    return scored, []


@task(name="publish", cache_policy=NO_CACHE, persist_result=False)
def publish_results(source: Path, target: Path) -> None:
    """Replace the copy that people read."""
    publish(source, target)


def as_markdown(summary: NightSummary) -> str:
    """The night as Prefect shows it: counts, flagged calls and failures."""
    flagged = [line for line in summary.calls if line.flags]
    counts = f"**{len(summary.calls)}** calls loaded, {summary.heard} newly heard, {len(flagged)} flagged, "
    parts = [f"# {summary.name}", f"{counts}**{len(summary.failures)}** failed", f"Results: `{summary.published}`"]
    calls = [f"| {_cell(one.call_id)} | {_cell(', '.join(f.title.en for f in one.flags))} |" for one in flagged]
    failed = [f"| {_cell(one.uri)} | {one.code} | {_cell(one.message)} |" for one in summary.failures]
    parts += _table("## Flagged calls", "| call | flags |\n|---|---|", calls)
    parts += _table("## Failed calls", "| recording | code | reason |\n|---|---|---|", failed)
    return "\n\n".join(parts)


def _table(title: str, head: str, rows: list[str]) -> list[str]:
    more = f"\n\n... and {len(rows) - LISTED} more" if len(rows) > LISTED else ""
    return [title, "\n".join([head, *rows[:LISTED]]) + more] if rows else []


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _batches(outcomes: Iterable[Heard | FailedCall], size: int) -> Iterator[tuple[Heard | FailedCall, ...]]:
    remaining = iter(outcomes)
    while batch := tuple(islice(remaining, size)):
        yield batch


def _failed(recording: Recording, code: str, message: str) -> FailedCall:
    return FailedCall(recording.uri, recording.call_id, recording.sha256, code, message)


def _where(error: Exception) -> str:
    """The kind of an unexpected error and the line it came from, without what it says."""
    if isinstance(error, ShelfError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}; please report it"


def _watcher() -> Watcher:
    return WATCHER.get() or SilentWatcher()
