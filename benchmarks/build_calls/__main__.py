"""Calls with exact truth out of a folder of single-speaker utterances.

    python -m benchmarks.build_calls UTTERANCES OUT --calls 12 --seed 1 --language zh --layout both --circuit all
    python -m benchmarks.build_calls UTTERANCES OUT --plan PLAN.yaml

Each call is two speakers drawn by chance, with interruptions, backchannels, silences, dead air, hold music and
shouting planted (`plan`), over one of the circuits (`circuit`). NAME.wav, truth/NAME.json and metadata.csv are written:
`nightcall run OUT` and `nightcall evaluate OUT` read them as they are. The same command writes the same bytes;
`--plan` takes a plan written by hand, or a truth file, whose call it builds again.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from analyzers.conversation import PARTIES, Party
from benchmarks.build_calls.circuit import CIRCUITS, Circuit, Layout
from benchmarks.build_calls.plan import FEWEST_TURNS, Plan, is_able, planned, read_plan
from benchmarks.build_calls.render import write
from benchmarks.build_calls.utterances import Clip, Utterance, UtterancesError, find_utterances, load

MOST_CLIPS = 40  # of a speaker: more than a call uses, and quick to read
LEVEL_SPREAD_DB = 3.0  # lines differ in gain
LAYOUTS = {"both": (Layout.STEREO, Layout.MONO)} | {layout.value: (layout,) for layout in Layout}

_load = cache(load)


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the calls that the command line asks for."""
    asked = _parser().parse_args(arguments)
    utterances = find_utterances(asked.utterances)
    plans = [read_plan(asked.plan)] if asked.plan else _plans(asked, utterances)
    asked.out.mkdir(parents=True, exist_ok=True)
    by_name = {utterance.name: utterance for utterance in utterances}
    rows = []
    for plan in plans:
        write(asked.out, plan, {line.utterance: _clip(line.utterance, by_name, plan) for line in plan.lines})
        apart = plan.circuit.layout is Layout.STEREO
        rows.append((f"{plan.call}.wav", plan.call, plan.language, "0" if apart else ""))
        print(plan.call)
    with (asked.out / "metadata.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("file", "call_id", "language", "agent_channel"), *rows])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("utterances", type=Path, help="folder of utterances (see `utterances`)")
    parser.add_argument("out", type=Path, help="folder that the calls are written to")
    parser.add_argument("--calls", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--language", help="only utterances in it; needed where the folder holds several")
    parser.add_argument("--layout", choices=LAYOUTS, default="both")
    parser.add_argument("--circuit", choices=("all", *CIRCUITS), default="clean")
    parser.add_argument("--plan", type=Path, help="build this one call instead")
    return parser


def _plans(asked: argparse.Namespace, utterances: Sequence[Utterance]) -> Iterator[Plan]:
    language = _one_language(asked.language, utterances)
    spoken = [utterance for utterance in utterances if utterance.language == language]
    names = tuple(CIRCUITS) if asked.circuit == "all" else (asked.circuit,)
    layouts = LAYOUTS[asked.layout]
    for i in range(asked.calls):
        name, layout = names[i // len(layouts) % len(names)], layouts[i % len(layouts)]
        seed = asked.seed + i
        rng = np.random.default_rng(seed)
        spread = rng.uniform(-LEVEL_SPREAD_DB, LEVEL_SPREAD_DB, 2).round(1)
        circuit = replace(
            CIRCUITS[name],
            layout=layout,
            agent_dbfs=CIRCUITS[name].agent_dbfs + float(spread[0]),
            customer_dbfs=CIRCUITS[name].customer_dbfs + float(spread[1]),
        )
        yield planned(f"{language}-{name}-{layout}-{seed}", _voices(spoken, circuit, rng), circuit, seed)


def _one_language(language: str | None, utterances: Sequence[Utterance]) -> str:
    languages = sorted({utterance.language for utterance in utterances})
    if language in languages:
        return language
    if language is None and len(languages) == 1:
        return languages[0]
    raise UtterancesError(f"--language {language}: the utterances are in {', '.join(languages)}; ask for one of them")


def _voices(
    utterances: Sequence[Utterance], circuit: Circuit, rng: np.random.Generator
) -> dict[Party, tuple[Clip, ...]]:
    """Two speakers of chance, with enough to say, and clips of theirs."""
    speakers = sorted({utterance.speaker for utterance in utterances})
    voices: list[tuple[Clip, ...]] = []
    for i in rng.permutation(len(speakers)):
        own = [utterance for utterance in utterances if utterance.speaker == speakers[i]]
        clips = tuple(_load(own[j], circuit) for j in rng.permutation(len(own))[:MOST_CLIPS])
        voices += [clips] if is_able(clips) else []
        if len(voices) == len(PARTIES):
            return dict(zip(PARTIES, voices, strict=True))
    found = f"{len(voices)} of {len(speakers)} speakers have"
    what = "two are needed; add utterances of 4 to 15 s of more speakers"
    raise UtterancesError(f"{found} {FEWEST_TURNS} utterances of 1.2 to 15 s and one of 3.5 s without a pause; {what}")


def _clip(name: str, by_name: dict[str, Utterance], plan: Plan) -> Clip:
    if name not in by_name:
        raise UtterancesError(f"{plan.call}: no utterance {name} in the folder; correct the plan or give its folder")
    return _load(by_name[name], plan.circuit)


if __name__ == "__main__":
    main()
