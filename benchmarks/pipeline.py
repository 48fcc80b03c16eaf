"""How long a night takes: seconds per stage, real-time factor, peak memory and error of the whole pipeline.

    python benchmarks/pipeline.py [FOLDER ...] [--rounds 3]

Beside it, in the same run and on the same channels, plain faster-whisper with the same model (no voice
activity filter, text without word times), on all cores. Sides take turns, each in a process of its own;
both have their engines loaded before the clock starts, and the loading is shown apart. Error is
characters (zh) or words (en) against the truth beside a recording (NAME.json, or truth/NAME.json next to
its folder), digits and their spelling taken as one; recordings without truth are timed only.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analyzers.conversation import PARTIES
from benchmarks.evaluation.truth import Truth, TruthFiles

SIDES = ("nightcall", "plain faster-whisper")
STAGES = {"_voices": "voices", "_transcript": "transcription", "_tracks": "levels"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[Path("samples/inbox")])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        print(json.dumps(measure(arguments.side, arguments.folders)))
    else:
        report([run(side, arguments.folders) for _ in range(arguments.rounds) for side in SIDES])


def run(side: str, folders: list[Path]) -> dict[str, Any]:
    """One side in a process of its own, so that its memory is its own."""
    command = [sys.executable, __file__, "--side", side, *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def measure(side: str, folders: list[Path]) -> dict[str, Any]:
    """Seconds, texts and memory of one side over all recordings."""
    from analyzers.speech import torch_setup  # noqa: F401, PLC0415 (before the engines)
    from analyzers.speech.recordings import take_in  # noqa: PLC0415

    recordings = [recording for folder in folders for recording in take_in(folder).recordings]
    languages = {recording.call_id: language_of(recording) for recording in recordings}
    work = nightcall if side == SIDES[0] else plain
    result = work(recordings, languages)
    return {
        "side": side,
        "audio_s": sum(recording.duration_s for recording in recordings),
        "channel_s": sum(recording.duration_s * recording.channels for recording in recordings),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,  # before the errors are counted
        "errors": errors(recordings, languages, result.pop("texts")),
        **result,
    }


def nightcall(recordings: list[Any], languages: dict[str, str]) -> dict[str, Any]:
    """Everything from bytes to published warehouse; calls are heard by one thread a core that share the engines."""
    from analyzers.analyze import analyze  # noqa: PLC0415
    from analyzers.roles import with_roles  # noqa: PLC0415
    from analyzers.speech import hear as room  # noqa: PLC0415
    from analyzers.speech.options import HearingOptions  # noqa: PLC0415
    from rubrics.judge import judge  # noqa: PLC0415
    from rubrics.load import load_rubrics  # noqa: PLC0415
    from warehouse.load import ScoredCall, load_calls  # noqa: PLC0415
    from warehouse.migrate import connect  # noqa: PLC0415
    from warehouse.publish import publish  # noqa: PLC0415

    cores = os.cpu_count() or 1
    options = HearingOptions(threads=1, workers=cores)
    rubrics = load_rubrics()
    known = [replace(r, metadata=replace(r.metadata, language=languages[r.call_id])) for r in recordings]
    seconds: dict[str, float] = {}
    with clock(seconds, "loading engines"):
        room._recogniser(options), room._detector(options), room._diarizer(options)
    for function, stage in STAGES.items():
        setattr(room, function, timed(getattr(room, function), seconds, stage))
    start = time.perf_counter()
    with ThreadPoolExecutor(cores) as pool:
        heard = list(pool.map(lambda recording: with_roles(room.hear(recording, options)), known))
    with clock(seconds, "measures and rules"):
        measured = [(call, analyze(call)) for call in heard]
        scored = [ScoredCall(call, measures, judge(call, measures, rubrics)) for call, measures in measured]
    with clock(seconds, "warehouse"), tempfile.TemporaryDirectory() as folder:
        with connect(Path(folder) / "warehouse.duckdb") as warehouse:
            load_calls(warehouse, scored, "benchmark")
        publish(Path(folder) / "warehouse.duckdb", Path(folder) / "published.duckdb")
    wall_s = time.perf_counter() - start
    texts = {call.recording.call_id: channel_texts(call) for call in heard}
    return {"wall_s": wall_s, "stages_s": seconds, "texts": texts}


def plain(recordings: list[Any], languages: dict[str, str]) -> dict[str, Any]:
    """faster-whisper alone, one channel after the other, on all cores."""
    from faster_whisper import WhisperModel  # noqa: PLC0415

    from analyzers.conversation import Span  # noqa: PLC0415
    from analyzers.speech import weights  # noqa: PLC0415
    from analyzers.speech.audio import decode  # noqa: PLC0415
    from analyzers.speech.whisper import PROMPTS  # noqa: PLC0415

    seconds: dict[str, float] = {}
    with clock(seconds, "loading engines"):
        folder = weights.fetch(weights.RECOGNISER, weights.cache_folder())
        model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=os.cpu_count() or 1)
    texts: dict[str, list[str]] = {}
    start = time.perf_counter()
    for recording in recordings:
        language = languages[recording.call_id]
        with decode(Path(recording.uri), Path(tempfile.gettempdir())) as audio:
            channels = [audio.read(c, Span(0.0, audio.duration_s)) for c in range(audio.channels)]
        asked = {"language": language, "beam_size": 5, "initial_prompt": PROMPTS.get(language), "vad_filter": False}
        heard = [model.transcribe(samples, **asked)[0] for samples in channels]
        texts[recording.call_id] = [" ".join(segment.text for segment in segments) for segments in heard]
    return {"wall_s": time.perf_counter() - start, "stages_s": seconds, "texts": texts}


@contextmanager
def clock(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - start


def timed(function: Callable[..., Any], seconds: dict[str, float], stage: str) -> Callable[..., Any]:
    def watched(*given: object) -> object:
        with clock(seconds, stage):
            return function(*given)

    return watched


def channel_texts(call: Any) -> list[str]:
    words = [[word.text for word in call.words if word.channel == c] for c in range(call.recording.channels)]
    return [" ".join(texts) for texts in words]


def truth_of(recording: Any) -> Truth | None:
    return TruthFiles(Path(recording.uri).parent).of(recording)


def language_of(recording: Any) -> str:
    truth = truth_of(recording)
    return str(recording.metadata.language or (truth and truth.language) or "zh")


def errors(recordings: list[Any], languages: dict[str, str], texts: dict[str, list[str]]) -> dict[str, list[int]]:
    """Per language and layout: [errors, units]."""
    import jiwer  # noqa: PLC0415

    from benchmarks.evaluation.wording import units  # noqa: PLC0415

    counted: dict[str, list[int]] = {}
    for recording in recordings:
        if truth := truth_of(recording):
            key = f"{languages[recording.call_id]} {'mono' if recording.channels == 1 else 'stereo'}"
            for said, heard in zip(channel_truth(truth, recording.channels), texts[recording.call_id], strict=True):
                found = jiwer.process_words(" ".join(units(said)), " ".join(units(heard)))
                sums = counted.setdefault(key, [0, 0])
                sums[0] += found.substitutions + found.deletions + found.insertions
                sums[1] += found.substitutions + found.deletions + found.hits
    return counted


def channel_truth(truth: Truth, channels: int) -> list[str]:
    parties = [truth.turns] if channels == 1 else [truth.of_party(party) for party in PARTIES]
    return [" ".join(turn.text or "" for turn in turns) for turns in parties]


def report(results: list[dict[str, Any]]) -> None:
    """A line a side, the median of its rounds; then seconds per stage."""
    for side in SIDES:
        mine = [result for result in results if result["side"] == side]
        wall_s, peak = (statistics.median(result[key] for result in mine) for key in ("wall_s", "peak_mb"))
        audio_s, channel_s = mine[0]["audio_s"], mine[0]["channel_s"]
        print(f"\n{side}: {wall_s:.1f} s for {audio_s:.0f} s of calls ({channel_s:.0f} s of channels)")
        print(f"  real-time factor {wall_s / audio_s:.3f} of calls, {wall_s / channel_s:.3f} of channels")
        print(f"  peak memory {peak:.0f} MB")
        for key, (wrong, of) in sorted(mine[0]["errors"].items()):
            print(f"  error {key}: {wrong / of:.3f} ({wrong} of {of})")
        for stage, seconds in mine[0]["stages_s"].items():
            print(f"  {stage}: {seconds:.1f} s")
    ratios = [ours["wall_s"] / theirs["wall_s"] for ours, theirs in zip(results[::2], results[1::2], strict=True)]
    print(f"\nnightcall / plain faster-whisper: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
    print("Stage seconds are summed over the threads that hear calls side by side.")


if __name__ == "__main__":
    main()
