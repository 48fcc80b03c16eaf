"""A run: the recordings of a folder that have truth, heard, measured, judged and scored.

Recordings are heard as the nightly run hears them, with the same options, by as many threads; what lies on the shelf is
not heard again. The pipeline is not to see the truth: where a JSON of truth lies beside its recording, it would also be
the recording's metadata, so what it says of language and agent channel is withheld. Metadata tables count as ever.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from analyzers.analyze import analyze
from analyzers.conversation import Conversation, Engine, Recording
from analyzers.roles import with_roles
from analyzers.speech import weights
from analyzers.speech.audio import RecordingError
from analyzers.speech.options import HearingOptions
from analyzers.speech.recordings import IntakeOptions, take_in
from analyzers.speech.shelf import Shelf, ShelfError
from benchmarks.evaluation.loudness import ebur128_lufs
from benchmarks.evaluation.score import ScoredRecording, scored
from benchmarks.evaluation.tally import NOTHING
from benchmarks.evaluation.tried import Tried
from benchmarks.evaluation.truth import Truth, TruthError, TruthFiles
from rubrics.judge import judge
from rubrics.schema import Rubric

PACKAGES = (
    "nightcall",
    "faster-whisper",
    "ctranslate2",
    "pyannote.audio",
    "pyannote.metrics",
    "jiwer",
    "meeteval",
    "av",
)
SECRET = "hub_token"


@dataclass(frozen=True, slots=True)
class Setup:
    """What the pipeline runs with; the same as a nightly run's. `agent_channel`: what the site's settings say."""

    options: HearingOptions
    shelf: Shelf
    rubrics: tuple[Rubric, ...]
    intake: IntakeOptions
    agent_channel: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What was run, where, and how long it took. `heard_s`: seconds of calls that were newly heard."""

    folder: Path
    shelf: Path
    begun_at: datetime
    machine: str
    cores: int
    versions: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, str], ...]
    engines: tuple[Engine, ...]
    heard: int
    heard_s: float
    wall_s: float

    @property
    def real_time_factor(self) -> float | None:
        """Wall seconds a second of newly heard call; None where all lay on the shelf."""
        return self.wall_s / self.heard_s if self.heard_s else None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A finished run. `failures`: (recording or file, why). `without_truth`: call ids of recordings passed over."""

    recordings: tuple[ScoredRecording, ...]
    failures: tuple[tuple[str, str], ...]
    without_truth: tuple[str, ...]
    facts: Facts


Told = Callable[[int, int, str], None]  # (recordings done, of how many, call id)


@dataclass(frozen=True, slots=True)
class _Clock:
    """When hearing began, what was newly heard, and how long that took."""

    begun_at: datetime
    new: tuple[Recording, ...]
    wall_s: float


def evaluate(folder: Path, setup: Setup, told: Told) -> Evaluation:
    """Try every recording of the folder that has truth; what is wrong with one does not stop the others.

    Raises:
        NotADirectoryError: there is no such folder.
        WeightsError: engines are needed, and their weights can be neither found nor fetched.
    """
    intake = take_in(folder, setup.intake)
    known, without, wrong = _with_truth(intake.recordings, TruthFiles(folder))
    begun_at, begun_s = datetime.now(UTC), time.perf_counter()
    new = tuple(one for one, _ in known if not setup.shelf.has(setup.shelf.key(one, setup.options)))
    if new:
        have_weights(setup.options)
    heard = _heard([recording for recording, _ in known], setup, told)
    clock = _Clock(begun_at, new, time.perf_counter() - begun_s)
    failures = [*((failure.uri, failure.message) for failure in intake.failures), *wrong]
    done = []
    for (recording, truth), call in zip(known, heard, strict=True):
        if isinstance(call, str):
            failures.append((recording.call_id, call))
        else:
            done.append((tried(truth, call, setup), _first_folder(recording, folder)))
    facts = _facts(folder, setup, clock, (one.call for one, _ in done))
    return Evaluation(tuple(scored(*one) for one in done), tuple(failures), tuple(without), facts)


def _with_truth(
    recordings: Iterable[Recording], files: TruthFiles
) -> tuple[list[tuple[Recording, Truth]], list[str], list[tuple[str, str]]]:
    """The recordings with their truth, the ids of those without, and those whose truth cannot be used."""
    known: list[tuple[Recording, Truth]] = []
    without: list[str] = []
    wrong: list[tuple[str, str]] = []
    for recording in recordings:
        try:
            truth = files.of(recording)
        except TruthError as error:
            wrong.append((recording.call_id, str(error)))
            continue
        if truth is None:
            without.append(recording.call_id)
        else:
            known.append((blind(recording, truth), truth))
    return known, without, wrong


def blind(recording: Recording, truth: Truth) -> Recording:
    """The recording without what its metadata may have from the truth."""
    if truth.source != Path(recording.uri).with_suffix(".json"):
        return recording
    return replace(recording, metadata=replace(recording.metadata, language=None, agent_channel=None))


def have_weights(options: HearingOptions) -> None:
    """Have the weights on this machine before several threads look for them at once.

    Raises:
        WeightsError: they can be neither found nor fetched.
    """
    cache = weights.cache_folder(options.weights_dir)
    chosen = (options.recogniser, options.segmentation, options.diarization)
    for setting, default in zip(chosen, weights.DEFAULT_SETS, strict=True):
        weights.resolve(setting, default, cache)


def tried(truth: Truth, call: Conversation, setup: Setup) -> Tried:
    """What the pipeline makes of a heard call, beside its truth."""
    told = with_roles(call, setup.agent_channel)
    measures = analyze(told)
    findings = judge(told, measures, setup.rubrics)
    return Tried(truth, told, measures, findings, setup.rubrics, ebur128_lufs(Path(call.recording.uri)))


def _heard(recordings: Sequence[Recording], setup: Setup, told: Told) -> list[Conversation | str]:
    """Each call as heard, or why it could not be."""
    with ThreadPoolExecutor(setup.options.workers) as pool:
        found = []
        for done, one in enumerate(pool.map(lambda recording: _hear(recording, setup), recordings), 1):
            told(done, len(recordings), recordings[done - 1].call_id)
            found.append(one)
    return found


def _hear(recording: Recording, setup: Setup) -> Conversation | str:
    key = setup.shelf.key(recording, setup.options)
    try:
        call = setup.shelf.get(key)
        if call is None:
            from analyzers.speech.hear import hear  # noqa: PLC0415 - loads the engines; a full shelf needs none

            call = hear(recording, setup.options)
            setup.shelf.put(key, call)
    except (RecordingError, ShelfError, OSError) as error:
        return str(error)
    except weights.WeightsError:
        raise
    except Exception as error:
        return f"the engines failed ({type(error).__name__})"
    return replace(call, recording=replace(recording, duration_s=call.recording.duration_s))


def _first_folder(recording: Recording, folder: Path) -> str:
    parts = Path(recording.uri).relative_to(folder.resolve()).parts
    return parts[0] if len(parts) > 1 else ""


def _facts(folder: Path, setup: Setup, clock: _Clock, calls: Iterable[Conversation]) -> Facts:
    options = {key: value for key, value in asdict(setup.options).items() if key != SECRET and value not in (None, "")}
    return Facts(
        folder=folder,
        shelf=setup.shelf.root,
        begun_at=clock.begun_at,
        machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        cores=os.cpu_count() or 1,
        versions=tuple((package, _version(package)) for package in PACKAGES),
        options=tuple((key, str(value)) for key, value in options.items()),
        engines=tuple(dict.fromkeys(engine for call in calls for engine in call.engines)),
        heard=len(clock.new),
        heard_s=sum(recording.duration_s for recording in clock.new),
        wall_s=clock.wall_s,
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return NOTHING
