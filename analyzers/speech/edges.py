"""Edges: speech from its first sound to its last.

Voice activity begins a little early and ends late: over 400 turns of 28 calls (median) it began 0.04 s before
the voice and ended 0.02 to 0.09 s after it. That makes every turn longer, every answer sooner and every
silence shorter than it is. So a stretch of speech loses what is silent at its two edges, up to `OVERHANG_S`:
the 20 ms that lie `RANGE_DB` under the voice's own level, or no higher than the noise of the line.

Left out: edges at which somebody else is heard on the same channel, and lines whose noise is so loud that it
hides the faint sounds of speech itself: there the edges stay as they were.

Source: Fletcher (1953), "Speech and Hearing in Communication": the faintest sound of speech (th) lies 28 dB
under the strongest vowel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from analyzers.conversation import Span, Speech, Track, gaps

RANGE_DB = 30.0  # the range of speech sounds (Fletcher), and a little more
NOISE_DB = 3.0  # levels of 20 ms of steady noise vary by 0.5 dB (standard deviation, 8 kHz)
AUDIBLE_DB = 20.0  # with noise nearer to the voice than this, what is no louder than it may still be speech
QUIET_S = 1.0  # the least time without speech that tells how loud the noise is
OVERHANG_S = 0.2  # the most that voice activity was seen to be late by; quiet for longer is another's business

Levels = npt.NDArray[np.float64]


def without_silent_edges(speech: Sequence[Speech], tracks: Iterable[Track]) -> tuple[Speech, ...]:
    """The speech, each stretch from its first sound to its last, in time order.

    Args:
        speech: as voice activity heard it.
        tracks: with a `level` track (dBFS) for every channel; the speech of a channel without one stays as it is.
    """
    levels = {track.channel: track for track in tracks if track.name == "level"}
    floors = {voice: _floor_dbfs(speech, voice, levels[voice[1]]) for voice in _voices(speech) if voice[1] in levels}
    sounding = (
        replace(region, span=_sounding(region.span, levels[region.channel], floors[_voice(region)]))
        if region.channel in levels
        else region
        for region in speech
    )
    return tuple(sorted(sounding, key=lambda region: (region.span, region.speaker)))


def _voice(region: Speech) -> tuple[str, int]:
    return region.speaker, region.channel


def _voices(speech: Iterable[Speech]) -> set[tuple[str, int]]:
    return {_voice(region) for region in speech}


def _floor_dbfs(speech: Sequence[Speech], voice: tuple[str, int], level: Track) -> float:
    """What is silence beside this voice on this line."""
    spoken = level.inside(region.span for region in speech if _voice(region) == voice)
    if not spoken:
        return -math.inf
    voice_dbfs = 10 * math.log10(np.mean(10 ** (np.array(spoken) / 10)))
    audible_dbfs = min(_noise_dbfs(speech, level) + NOISE_DB, voice_dbfs - AUDIBLE_DB)
    return max(voice_dbfs - RANGE_DB, audible_dbfs)


def _noise_dbfs(speech: Iterable[Speech], level: Track) -> float:
    """The median level of the channel while nobody speaks on it; none where that is too short to tell."""
    whole = Span(0.0, len(level.values) * level.hop_s)
    quiet = level.inside(gaps((region.span for region in speech if region.channel == level.channel), whole))
    return float(np.median(quiet)) if len(quiet) * level.hop_s >= QUIET_S else -math.inf


def _sounding(span: Span, level: Track, floor_dbfs: float) -> Span:
    first, end = round(span.start_s / level.hop_s), round(span.end_s / level.hop_s)
    sounds = np.flatnonzero(np.array(level.values[first:end]) >= floor_dbfs)
    if not len(sounds):
        return span
    start_s, end_s = (first + sounds[0]) * level.hop_s, (first + sounds[-1] + 1) * level.hop_s
    # An edge moves inwards only, by so much at most; a stretch shorter than that keeps its middle.
    start_s = min(max(span.start_s, float(start_s)), span.start_s + OVERHANG_S, span.end_s)
    return Span(start_s, max(min(span.end_s, float(end_s)), span.end_s - OVERHANG_S, start_s))
