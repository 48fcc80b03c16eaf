"""Dropouts: where the line was cut while somebody spoke, as by packets that were lost on the way.

A dropout is 20 ms to 1 s in which a channel falls silent (`COLLAPSE_DB` under its speech: digital zeros, or as
good as) with a voice on both sides of it: within 10 ms of each edge the level is that of a vowel. People and
noise gates end a sound more gently: a pause has a voice that fades before it, and what is silent in
the middle of a word (the closure of p, t, k) begins after a fall of some 10 ms or ends in a burst.

Left out: losses that the line concealed (repeated or invented sound) or that lie in noise, which cannot be told
from the voice; a longer cut, which is a muted microphone or a hold.

Sources: ITU-T G.114 and RFC 3550 (packets of 10 to 60 ms); ITU-T P.564 for losses without concealment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from analyzers.conversation import Span, union
from analyzers.speech.audio import Audio

HOP_S = 0.005  # a quarter of the shortest packet, and longer than the pulse of most voices
SHORTEST_S, LONGEST_S = 0.02, 1.0
BLOCK_HOPS = 12_000  # a minute in memory at a time
COLLAPSE_DB = 45.0  # under the channel's speech: deeper than any closure within a word on a telephone
VOICE_DB = 15.0  # under the channel's speech at most: a vowel (P.56 counts what is fainter as no activity)
EDGE_HOPS = 2  # the edge falls inside one, the next is whole
REACH_S = 0.05  # by which voice activity may miss an edge

Levels = npt.NDArray[np.float64]


def dropouts(audio: Audio, channel: int, speech: Sequence[Span]) -> tuple[Span, ...]:
    """The stretches cut out of the channel's speech, in order; `speech` says when somebody speaks on it."""
    hop = round(HOP_S * audio.sample_rate_hz)
    hop_s = hop / audio.sample_rate_hz
    level_dbfs = _levels(audio.blocks(channel, BLOCK_HOPS * hop_s), hop)
    spoken = _inside(speech, hop_s, len(level_dbfs))
    if not spoken.any():
        return ()
    usual_dbfs = 10 * np.log10(np.mean(10 ** (level_dbfs[spoken] / 10)))
    voiced = (level_dbfs >= usual_dbfs - VOICE_DB) & spoken
    silent = level_dbfs <= usual_dbfs - COLLAPSE_DB
    edges = np.flatnonzero(np.diff(np.concatenate([[False], silent, [False]]).astype(np.int8))).reshape(-1, 2)
    return tuple(
        Span(int(first) * hop / audio.sample_rate_hz, int(last) * hop / audio.sample_rate_hz)
        for first, last in edges
        if SHORTEST_S - hop_s <= (last - first) * hop_s <= LONGEST_S
        and voiced[max(0, first - EDGE_HOPS) : first].any()
        and voiced[last : last + EDGE_HOPS].any()
    )


def _levels(blocks: Iterable[npt.NDArray[np.float32]], hop: int) -> Levels:
    """The level of every hop in dBFS. Blocks are whole hops but for the last one, whose rest is left out."""
    power = [np.mean(np.square(block[: len(block) // hop * hop].reshape(-1, hop)), axis=1) for block in blocks]
    return 10 * np.log10(np.concatenate(power).astype(np.float64) + np.finfo(np.float32).tiny)


def _inside(spans: Sequence[Span], hop_s: float, count: int) -> npt.NDArray[np.bool_]:
    inside = np.zeros(count, np.bool_)
    for span in union(spans):
        inside[max(0, round((span.start_s - REACH_S) / hop_s)) : round((span.end_s + REACH_S) / hop_s)] = True
    return inside
