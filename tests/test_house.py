"""Imports point one way, and each engine has one room: read from the source, nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("analyzers", "rubrics", "warehouse", "benchmarks", "flows")  # each may import those before it

ROOMS = {
    "prefect": ("flows/",),
    "duckdb": ("warehouse/",),
    "librosa": ("analyzers/speech/acoustics.py",),
    "faster_whisper": ("analyzers/speech/whisper.py", "benchmarks/pipeline.py"),
    "pyannote": (
        "analyzers/speech/diarization.py",
        "analyzers/speech/segmentation.py",
        "analyzers/speech/campplus.py",
        "benchmarks/evaluation/voices.py",
    ),
    "av": ("analyzers/speech/audio.py", "benchmarks/evaluation/loudness.py"),
    "typer": ("flows/cli.py",),
    "rich": ("flows/",),
}
SOURCES = sorted(path.relative_to(ROOT).as_posix() for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))


def imported(source: str) -> Iterator[str]:
    """Every module a file imports, wherever in the file it does so."""
    for node in ast.walk(ast.parse((ROOT / source).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: import by full name, as everywhere"
            yield node.module or ""


@pytest.mark.parametrize("source", SOURCES)
def test_imports_point_one_way(source: str) -> None:
    floor = FLOORS.index(source.split("/", maxsplit=1)[0])
    above = {name for name in imported(source) if name.split(".")[0] in FLOORS[floor + 1 :]}
    assert not above


@pytest.mark.parametrize("source", SOURCES)
def test_each_engine_stays_in_its_room(source: str) -> None:
    strays = {
        name: ROOMS[name.split(".")[0]]
        for name in imported(source)
        if name.split(".")[0] in ROOMS and not source.startswith(ROOMS[name.split(".")[0]])
    }
    assert not strays


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_lived_in(room: str) -> None:
    users = {source for source in SOURCES if room in {name.split(".")[0] for name in imported(source)}}
    assert users
    assert all(any(user.startswith(place) for user in users) for place in ROOMS[room])


def test_no_room_is_called_after_nothing() -> None:
    nameless = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
    assert not [source for source in SOURCES if Path(source).stem in nameless]
