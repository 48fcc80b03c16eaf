"""Volume: how loud a party is, in the recording and against its own norm.

* **active level**: power mean of the level over the party's own speech, in dBFS (ITU-T P.56 in spirit: the
  level while speaking; pauses do not lower it).
* **loudness**: the same as people hear it, in LUFS: the momentary loudness over the party's speech, gated as
  ITU-R BS.1770-4 asks (blocks under -70 LUFS, then those 10 LU under the mean of the rest, are left out).
* **clipped share**: share of the samples in the party's speech that are clipped (`analyzers.speech.acoustics`).
* **loudest, quietest**: the level of the loudest and of the quietest 3 s in which the party speaks for half of
  the time or more.
* **rises**: how often the party is 6 dB or more louder, over 2 s, than its own median turn: a raised voice.
  Loud stretches that meet count once. A party that shouts from the first word to the last has no rise.

On a channel of its own, all of a party's speech counts. On a channel that voices share, only the time in
which it speaks alone does.

Left out: what the level is against another call. Absolute level is line gain as much as voice, so a high
level is no shouting; compare the parties of one call, or a party with itself (rises).

Sources: ITU-T P.56 (2011); ITU-R BS.1770-4 (2015); EBU Tech 3341 (3 s windows); ANSI S3.5-1997: from normal to
raised voice is 6 dB, to loud 12.5 dB, to shouting 20 dB.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

import numpy as np

from analyzers.conversation import PARTIES, Conversation, Party, Span, Track, union
from analyzers.measure import Evidence, Measure, missing

ACTIVE_LEVEL = "volume.active_level"
LOUDNESS = "volume.loudness"
CLIPPED_SHARE = "volume.clipped_share"
LOUDEST = "volume.loudest"
QUIETEST = "volume.quietest"
RISES = "volume.rises"
UNITS = {
    ACTIVE_LEVEL: "dBFS",
    LOUDNESS: "LUFS",
    CLIPPED_SHARE: "share",
    LOUDEST: "dBFS",
    QUIETEST: "dBFS",
    RISES: "rises",
}
NAMES = frozenset(UNITS)

ABSOLUTE_GATE_LUFS = -70.0  # BS.1770-4
RELATIVE_GATE_LU = -10.0  # BS.1770-4
BLOCK_BEFORE_S, BLOCK_AFTER_S = 0.15, 0.25  # how far a 400 ms loudness block reaches from its value's middle
PASSAGE_S = 3.0  # EBU Tech 3341 short-term window: a sentence
PASSAGE_STEP_S = 0.5  # a passage is found within half a second; finer shows a coach nothing new
RISE_DB = 6.0  # ANSI S3.5-1997: from a normal to a raised voice
# Ordinary telephone speech stays within 5 dB of the party's median turn over 2 s (26 voices measured),
# over 1 s a stressed phrase reaches 6.5 dB.
RISE_S = 2.0
RISE_STEP_S = 0.1
FEWEST_TURNS = 3  # two turns have no middle: either could be the loud one
SPOKEN_SHARE = 0.5  # of a passage: with less, pauses and not the voice decide
CLIPPED_BRIDGE_S = 1.0  # clipped instants that lie closer are one place to listen to
SHORTEST_TURN_S = 1.0  # the level of a single "嗯" says nothing about a party's norm


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Six measures for each party; evidence: the passages, the rises, the clipped seconds."""
    return tuple(measure for party in PARTIES for measure in _measures(conversation, party))


def _measures(conversation: Conversation, party: Party) -> tuple[Measure, ...]:
    speech = _own_speech(conversation, party)
    if not speech:
        heard = "never speaks alone" if conversation.speech_of(party) else "is not heard"
        return tuple(missing(name, party, unit, f"the {party} {heard}") for name, unit in UNITS.items())
    return (
        *_level_measures(conversation, party, speech),
        _loudness(conversation, party, speech),
        _clipped_share(conversation, party, speech),
    )


def _shares_channel(conversation: Conversation, party: Party) -> bool:
    own = {speech.channel for speech in conversation.speech if speech.party is party}
    return any(speech.channel in own for speech in conversation.speech if speech.party is not party)


def _own_speech(conversation: Conversation, party: Party) -> tuple[Span, ...]:
    shared = _shares_channel(conversation, party)
    return conversation.speech_alone(party) if shared else conversation.speech_of(party)


def _level_measures(conversation: Conversation, party: Party, speech: Sequence[Span]) -> tuple[Measure, ...]:
    names = (ACTIVE_LEVEL, LOUDEST, QUIETEST, RISES)
    track = conversation.track_of("level", party)
    if track is None or not track.inside(speech):
        why = f"there is no level track for the {party}'s channel" if track is None else "the speech is too short"
        return tuple(missing(name, party, UNITS[name], why) for name in names)
    meter = _Meter(track, speech)
    passages = meter.passages(PASSAGE_S, PASSAGE_STEP_S)
    return (
        Measure(ACTIVE_LEVEL, party, power_mean_db(track.inside(speech)), "dBFS"),
        _extreme(LOUDEST, party, sorted(passages, reverse=True), speech),
        _extreme(QUIETEST, party, sorted(passages), speech),
        _rises(conversation, party, meter, speech),
    )


def power_mean_db(levels: Iterable[float]) -> float:
    """The level in dB of the mean power of some levels in dB."""
    return float(10 * np.log10(np.mean(10 ** (np.array(tuple(levels)) / 10))))


class _Meter:
    """The level of one party in any window, over the seconds of it in which the party speaks."""

    def __init__(self, track: Track, speech: Sequence[Span]) -> None:
        own = np.zeros(len(track.values))
        for first, end in (_edges(track, span) for span in speech):
            own[first:end] = 1.0
        self._track = track
        self._spoken = np.concatenate([[0.0], np.cumsum(own)])
        self._power = np.concatenate([[0.0], np.cumsum(own * 10 ** (np.array(track.values) / 10))])

    def level_dbfs(self, window: Span, least_s: float) -> float | None:
        """Power mean in the window; None where the party speaks for less than `least_s` seconds of it."""
        first, end = _edges(self._track, window)
        spoken = self._spoken[end] - self._spoken[first]
        if spoken == 0 or spoken * self._track.hop_s < least_s:
            return None
        return float(10 * np.log10((self._power[end] - self._power[first]) / spoken))

    def passages(self, length_s: float, step_s: float) -> tuple[tuple[float, Span], ...]:
        """Level and span of every window of a length that the party fills at least half of."""
        length = round(length_s / self._track.hop_s)
        firsts = np.arange(0, max(1, len(self._track.values) - length + 1), max(1, round(step_s / self._track.hop_s)))
        ends = np.minimum(firsts + length, len(self._track.values))
        spoken = self._spoken[ends] - self._spoken[firsts]
        enough = np.flatnonzero(spoken >= SPOKEN_SHARE * length)
        levels = 10 * np.log10((self._power[ends] - self._power[firsts])[enough] / spoken[enough])
        hop_s = self._track.hop_s
        edges = zip(firsts[enough].tolist(), ends[enough].tolist(), strict=True)
        spans = (Span(first * hop_s, end * hop_s) for first, end in edges)
        return tuple(zip(levels.tolist(), spans, strict=True))


def _edges(track: Track, span: Span) -> tuple[int, int]:
    first, end = round(span.start_s / track.hop_s), round(span.end_s / track.hop_s)
    return min(max(first, 0), len(track.values)), min(max(end, 0), len(track.values))


def _spoken(window: Span, speech: Iterable[Span]) -> Span:
    """The window from the first to the last speech in it."""
    parts = [part for span in speech if (part := span.within(window))]
    return Span(parts[0].start_s, parts[-1].end_s)


def _extreme(name: str, party: Party, passages: Sequence[tuple[float, Span]], speech: Sequence[Span]) -> Measure:
    if not passages:
        why = f"the {party} never speaks {SPOKEN_SHARE * PASSAGE_S:.1f} s within {PASSAGE_S:.0f} s"
        return missing(name, party, UNITS[name], why)
    level_dbfs, span = passages[0]
    return Measure(name, party, level_dbfs, UNITS[name], (Evidence(_spoken(span, speech), party),))


def _rises(conversation: Conversation, party: Party, meter: _Meter, speech: Sequence[Span]) -> Measure:
    turns = (meter.level_dbfs(turn.span, SHORTEST_TURN_S) for turn in conversation.turns_of(party))
    levels = [level for level in turns if level is not None]
    if len(levels) < FEWEST_TURNS:
        why = f"the {party} has {len(levels)} turns of {SHORTEST_TURN_S:.0f} s, its norm needs {FEWEST_TURNS}"
        return missing(RISES, party, UNITS[RISES], why)
    raised_dbfs = median(levels) + RISE_DB
    loud = union(span for level, span in meter.passages(RISE_S, RISE_STEP_S) if level >= raised_dbfs)
    return Measure(
        RISES, party, float(len(loud)), UNITS[RISES], tuple(Evidence(_spoken(span, speech), party) for span in loud)
    )


def _loudness(conversation: Conversation, party: Party, speech: Sequence[Span]) -> Measure:
    track = conversation.track_of("loudness", party)
    if track is None:
        return missing(LOUDNESS, party, "LUFS", f"there is no loudness track for the {party}'s channel")
    lufs = gated_loudness(track.inside(_blocks(speech, shared=_shares_channel(conversation, party))))
    if lufs is None:
        return missing(
            LOUDNESS, party, "LUFS", f"no 400 ms of the {party}'s speech reach {ABSOLUTE_GATE_LUFS:.0f} LUFS"
        )
    return Measure(LOUDNESS, party, lufs, "LUFS")


def gated_loudness(blocks: Iterable[float]) -> float | None:
    """Integrated loudness in LUFS of 400 ms blocks in LUFS (BS.1770-4); None where all are below the gate."""
    audible = np.array([block for block in blocks if block >= ABSOLUTE_GATE_LUFS])
    if not len(audible):
        return None
    gate_lufs = power_mean_db(audible) + RELATIVE_GATE_LU
    return power_mean_db(audible[audible > gate_lufs])


def _blocks(speech: Sequence[Span], *, shared: bool) -> tuple[Span, ...]:
    """Where the middles of the blocks lie that count.

    On a channel of its own every block that reaches into the speech counts, as in a programme measured
    whole; on a shared channel only blocks that lie in the speech and so hold no other voice.
    """
    if not shared:
        return tuple(Span(span.start_s - BLOCK_AFTER_S, span.end_s + BLOCK_BEFORE_S) for span in speech)
    shrunk = ((span.start_s + BLOCK_BEFORE_S, span.end_s - BLOCK_AFTER_S) for span in speech)
    return tuple(Span(start_s, end_s) for start_s, end_s in shrunk if start_s < end_s)


def _clipped_share(conversation: Conversation, party: Party, speech: Sequence[Span]) -> Measure:
    track = conversation.track_of("clipped", party)
    shares = track.inside(speech) if track else ()
    if track is None or not shares:
        why = "the speech is too short" if track else f"there is no clipping track for the {party}'s channel"
        return missing(CLIPPED_SHARE, party, "share", why)
    hops = (Span(i * track.hop_s, (i + 1) * track.hop_s) for i, share in enumerate(track.values) if share > 0)
    clipped = (part for hop in hops for span in speech if (part := hop.within(span)))
    evidence = tuple(Evidence(span, party) for span in union(clipped, bridge_s=CLIPPED_BRIDGE_S))
    return Measure(CLIPPED_SHARE, party, float(np.mean(shares)), "share", evidence)
