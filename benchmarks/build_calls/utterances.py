"""Utterances: recordings in which one person says one known text, out of any folder, and clips made of them.

A folder tells its texts in one of three ways: `utterances.csv` (file, speaker, text[, language]); NAME.txt
beside NAME.wav, in a folder per speaker; or transcripts of `NAME text` lines anywhere (AISHELL, LibriSpeech).
Any audio counts that Nightcall reads. Where no language is said it is zh for a text with Hanzi, else en.
"""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from analyzers.conversation import Span
from analyzers.speech.audio import decode
from analyzers.text import join_words
from benchmarks.build_calls.circuit import Circuit, Samples, in_band

AUDIO = frozenset((".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".amr"))
TABLE = "utterances.csv"

FRAME_S = 0.01
LOUD_PERCENTILE, QUIET_PERCENTILE = 95, 5
FURTHEST_DB, NEAREST_DB = -40.0, -25.0  # of the edge of speech under its loud frames: 40 in a studio, 25 in noise
DIGITAL_SILENCE_DB = -120.0
OVER_QUIET_DB = 6.0  # noise of its own stays within this of its quietest frames

_HAN = re.compile(r"[\u4e00-\u9fff]")
_PIECE = re.compile(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+")


class UtterancesError(Exception):
    """A folder that no call can be built from: what was found, what was expected, what to do."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One recording of one speaker; `name` is its path inside the folder."""

    name: str
    path: Path
    speaker: str
    text: str
    language: str


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """The sounding part of an utterance in the band of a circuit, at an RMS of 1."""

    utterance: Utterance
    samples: Samples = field(repr=False)
    sample_rate_hz: int
    longest_pause_s: float

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate_hz


def find_utterances(folder: Path) -> tuple[Utterance, ...]:
    """Every utterance in a folder that has a text, in order of its name.

    Raises:
        UtterancesError: there is none.
    """
    table = folder / TABLE
    found = sorted(_of_table(table) if table.exists() else _of_tree(folder), key=lambda utterance: utterance.name)
    if not found:
        what = f"expected {TABLE}, NAME.txt beside NAME.wav, or transcripts of 'NAME text' lines; add one of them"
        raise UtterancesError(f"{folder}: found no audio with a text, {what}")
    return tuple(found)


def _of_table(table: Path) -> Iterator[Utterance]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if absent := {"file", "speaker", "text"} - row.keys():
                raise UtterancesError(f"{table}: no column {', '.join(sorted(absent))}; name it in the first line")
            language = row.get("language") or _language(row["text"])
            yield Utterance(row["file"], table.parent / row["file"], row["speaker"], row["text"], language)


def _of_tree(folder: Path) -> Iterator[Utterance]:
    audio = [path for path in folder.rglob("*") if path.suffix.lower() in AUDIO]
    beside = {path.with_suffix(".txt") for path in audio}
    transcripts = (path for path in sorted(folder.rglob("*.txt")) if path not in beside)
    named = dict(_named_text(line) for path in transcripts for line in path.read_text("utf-8-sig").splitlines())
    for path in audio:
        own = path.with_suffix(".txt")
        pieces = (own.read_text("utf-8-sig") if own.exists() else named.get(path.stem, "")).split()
        if pieces:
            text = join_words(pieces) if _HAN.search("".join(pieces)) else " ".join(pieces)  # AISHELL: spaced Hanzi
            yield Utterance(path.relative_to(folder).as_posix(), path, _speaker(path), text, _language(text))


def _named_text(line: str) -> tuple[str, str]:
    stem, _, text = line.strip().partition(" ")
    return stem, text


def _speaker(path: Path) -> str:
    chapter = path.parent
    librispeech = path.stem.startswith(f"{chapter.parent.name}-{chapter.name}-")  # SPEAKER/CHAPTER/SPEAKER-CHAPTER-N
    return chapter.parent.name if librispeech else chapter.name


def _language(text: str) -> str:
    return "zh" if _HAN.search(text) else "en"


def load(utterance: Utterance, circuit: Circuit) -> Clip:
    """The clip of an utterance (its first channel).

    Raises:
        RecordingError: the audio can't be read.
        UtterancesError: it holds no sound.
    """
    rate_hz = circuit.sample_rate_hz
    with decode(utterance.path, Path(tempfile.gettempdir())) as audio:
        samples = audio.read(0, Span(0.0, audio.duration_s), rate_hz).astype(np.float64)
    samples = in_band(samples, circuit)
    sounding = sounding_frames(samples, rate_hz)
    if not len(sounding):
        raise UtterancesError(f"{utterance.path}: holds no sound, expected one utterance; leave it out")
    samples = samples[: round((sounding[-1] + 1) * FRAME_S * rate_hz)][round(sounding[0] * FRAME_S * rate_hz) :]
    pause_s = (np.diff(sounding).max(initial=1) - 1) * FRAME_S
    return Clip(utterance, samples / np.sqrt(np.mean(np.square(samples))), rate_hz, float(pause_s))


def sounding_frames(samples: Samples, sample_rate_hz: int) -> np.typing.NDArray[np.intp]:
    """Which frames of `FRAME_S` sound, in order: those well over the utterance's own noise."""
    levels = frame_levels_db(samples, sample_rate_hz)
    if levels.max(initial=DIGITAL_SILENCE_DB) <= DIGITAL_SILENCE_DB:
        return np.empty(0, np.intp)
    loud, quiet = np.percentile(levels, (LOUD_PERCENTILE, QUIET_PERCENTILE))
    edge = np.clip(quiet + OVER_QUIET_DB, loud + FURTHEST_DB, loud + NEAREST_DB)
    return np.flatnonzero(levels > edge)


def frame_levels_db(samples: Samples, sample_rate_hz: int) -> Samples:
    """The level of each frame of `FRAME_S`."""
    size = round(FRAME_S * sample_rate_hz)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    return np.asarray(10 * np.log10(np.mean(np.square(frames), axis=1) + 10 ** (DIGITAL_SILENCE_DB / 10)))


def first_part(text: str, share: float) -> str:
    """What was said of a text that was stopped after a share of its time, unfinished; at the stop this is a guess."""
    pieces = _PIECE.findall(text)
    return join_words(pieces[: round(share * len(pieces))]).rstrip(" ,.;:!?，。；：！？、")
