"""What is on this machine: versions of packages, and the default model weights."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as _version
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from analyzers.speech.weights import DEFAULT_SETS, WeightSet, cache_folder, fetch, present
from flows.settings import Settings


def version(package: str) -> str:
    """The installed version, or `not installed`: nightcall itself can be run from its source."""
    try:
        return _version(package)
    except PackageNotFoundError:
        return "not installed"


def folder(settings: Settings) -> Path:
    """Where the weights are kept."""
    chosen = settings.hearing.weights_dir
    return cache_folder(str(chosen) if chosen else None)


def needed(settings: Settings) -> tuple[WeightSet, ...]:
    """The default sets that the settings ask for; a model named otherwise is its engine's business."""
    hearing = settings.hearing
    chosen = (hearing.recogniser, hearing.segmentation, hearing.diarization)
    return tuple(weights for setting, weights in zip(chosen, DEFAULT_SETS, strict=True) if setting == "default")


def fetch_weights(settings: Settings, out: Console) -> None:
    """Fetch what is needed and missing, and say where it is.

    Raises:
        WeightsError: something could not be fetched, or is not what it should be.
    """
    for weights in needed(settings):
        there = present(weights, folder(settings))
        place = fetch(weights, folder(settings))
        out.print(f"{weights.name}: {'here already' if there else 'fetched'}, {place}", highlight=False, soft_wrap=True)


def list_weights(settings: Settings, out: Console) -> None:
    """Print every default set, whether it is there, and its licence."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("weights", "what", "licence", "here"):
        table.add_column(column, overflow="fold")
    for weights in DEFAULT_SETS:
        here = Styled("yes", "green") if present(weights, folder(settings)) else Styled("no", "yellow")
        table.add_row(weights.name, weights.what, weights.licence, here)
    out.print(table)
    out.print(f"{folder(settings)}", highlight=False, soft_wrap=True)
