"""Volume: how loud a party is, in the recording and against its own norm.

* **active level**: power mean of the level over the party's own speech, in dBFS: the level while speaking,
  which pauses do not lower. The activity is that of the voice-activity detector instead of P.56's envelope, so
  that noise and leak do not count; on 38 telephone channels it came within 0.8 dB of ITU-T P.56 method B.
* **loudness**: integrated loudness as people hear it, in LUFS, gated as ITU-R BS.1770-4 asks (blocks under
  -70 LUFS, then those 10 LU under the mean of the rest, are left out). On a channel of its own that is the
  loudness of the whole channel, which any meter shows (`ffmpeg -af aresample=48000,ebur128`).
* **short-term maximum**: the highest loudness over 3 s, in LUFS, by the blocks of 400 ms that lie in them
  (within 0.6 LU of a meter's, which weighs the first and the last 0.3 s fully).
* **clipped share**: share of the samples in the party's speech that are clipped (`analyzers.speech.acoustics`).
* **loudest, quietest**: the level of the loudest and of the quietest 3 s in which the party speaks for half of
  the time or more.
* **norm**: the median level of the party's turns of 1 s and more; of an even number the lower middle one, so that
  who shouts for half of a call is still measured against the other half.
* **loudest above median**: how far the loudest 3 s lie above the norm, in dB.
* **rises**: how often the party is 6 dB or more louder than its norm, over 2 s of which it speaks in three
  quarters: a raised voice. Loud stretches that meet count once. A party that shouts from the first word to the
  last has no rise.
* **level difference**: the agent's active level minus the customer's, in dB, for the call as a whole. Where each
  side has a channel, each has a gain of its own: then it says who is heard louder, not who spoke louder.

All of a party's speech counts, except what falls together with another voice on the same channel. Music,
ringing and other voices on its channel count for nothing, neither in the level nor in the loudness.

Left out: what the level is against another call. Absolute level is line gain as much as voice, so a high
level is no shouting; compare the parties of one call, or a party with itself (rises). How noisy the line is:
that is `analyzers.signal_quality`.

Sources: ITU-T P.56 (2011); ITU-R BS.1770-4 (2015); EBU Tech 3341 (3 s windows); ANSI S3.5-1997: from normal to
raised voice is 6 dB, to loud 12.5 dB, to shouting 20 dB.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median_low

import numpy as np

from analyzers.conversation import PARTIES, Conversation, Party, Span, Track, gaps, union
from analyzers.measure import Evidence, Measure, missing

ACTIVE_LEVEL = "volume.active_level"
LOUDNESS = "volume.loudness"
SHORT_TERM_MAX = "volume.short_term_max"
CLIPPED_SHARE = "volume.clipped_share"
LOUDEST = "volume.loudest"
QUIETEST = "volume.quietest"
LOUDEST_ABOVE_MEDIAN = "volume.loudest_above_median"
RISES = "volume.rises"
LEVEL_DIFFERENCE = "volume.level_difference"
UNITS = {  # of the measures that each party has
    ACTIVE_LEVEL: "dBFS",
    LOUDNESS: "LUFS",
    SHORT_TERM_MAX: "LUFS",
    CLIPPED_SHARE: "share",
    LOUDEST: "dBFS",
    QUIETEST: "dBFS",
    LOUDEST_ABOVE_MEDIAN: "dB",
    RISES: "rises",
}
NAMES = frozenset({*UNITS, LEVEL_DIFFERENCE})

ABSOLUTE_GATE_LUFS = -70.0  # BS.1770-4
RELATIVE_GATE_LU = -10.0  # BS.1770-4
BLOCK_BEFORE_S, BLOCK_AFTER_S = 0.15, 0.25  # how far a 400 ms loudness block reaches from its value's middle
PASSAGE_S = 3.0  # EBU Tech 3341 short-term window: a sentence
PASSAGE_STEP_S = 0.5  # a passage is found within half a second; finer shows a coach nothing new
SHORT_TERM_STEP_S = 0.1  # EBU Tech 3341 asks for ten short-term values a second
PASSAGE_SPOKEN = 0.5  # share of a passage: with less, pauses and not the voice decide
RISE_DB = 6.0  # ANSI S3.5-1997: from a normal to a raised voice
# Ordinary telephone speech stays within 5 dB of the party's median turn over 2 s (26 voices measured),
# over 1 s a stressed phrase reaches 6.5 dB.
RISE_S = 2.0
RISE_SPOKEN = 0.75  # share of the 2 s: with half of it, one stressed phrase was a rise
RISE_STEP_S = 0.1
FEWEST_TURNS = 3  # two turns have no middle: either could be the loud one
CLIPPED_BRIDGE_S = 1.0  # clipped instants that lie closer are one place to listen to
SHORTEST_TURN_S = 1.0  # the level of a single "嗯" says nothing about a party's norm


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Eight measures for each party and the difference of both; evidence: the passages that show each."""
    of = {party: _measures(conversation, party) for party in PARTIES}
    return (*of[Party.AGENT], *of[Party.CUSTOMER], _level_difference(conversation, of))


def _measures(conversation: Conversation, party: Party) -> tuple[Measure, ...]:
    speech = _own_speech(conversation, party)
    if not speech:
        heard = "never speaks alone" if conversation.speech_of(party) else "is not heard"
        return tuple(missing(name, party, unit, f"the {party} {heard}") for name, unit in UNITS.items())
    return (
        *_level_measures(conversation, party, speech),
        *_loudness_measures(conversation, party, speech),
        _clipped_share(conversation, party, speech),
    )


def _own_speech(conversation: Conversation, party: Party) -> tuple[Span, ...]:
    """When the party speaks and no other voice does on its channel."""
    others = _others(conversation, party)
    return tuple(part for span in conversation.speech_of(party) for part in gaps(others, span))


def _others(conversation: Conversation, party: Party) -> tuple[Span, ...]:
    """What is heard on the party's channel that is not the party: other voices, music, ringing."""
    own = _channels(conversation, party)
    voices = (speech.span for speech in conversation.speech if speech.party is not party and speech.channel in own)
    sounds = (sound.span for sound in conversation.sounds if sound.channel in own)
    return union((*voices, *sounds))


def _channels(conversation: Conversation, party: Party) -> frozenset[int]:
    return frozenset(speech.channel for speech in conversation.speech if speech.party is party)


def _level_measures(conversation: Conversation, party: Party, speech: Sequence[Span]) -> tuple[Measure, ...]:
    names = (ACTIVE_LEVEL, LOUDEST, QUIETEST, LOUDEST_ABOVE_MEDIAN, RISES)
    track = conversation.track_of("level", party)
    if track is None or not track.inside(speech):
        why = f"there is no level track for the {party}'s channel" if track is None else "the speech is too short"
        return tuple(missing(name, party, UNITS[name], why) for name in names)
    meter = _Meter(track, speech)
    passages = meter.passages(PASSAGE_S, PASSAGE_STEP_S, PASSAGE_SPOKEN)
    active_dbfs = power_mean_db(track.inside(speech))
    usual = min((abs(level - active_dbfs), span) for level, span in passages)[1] if passages else speech[0]
    return (
        Measure(ACTIVE_LEVEL, party, active_dbfs, "dBFS", (Evidence(_spoken(usual, speech), party),)),
        _extreme(LOUDEST, party, sorted(passages, reverse=True), speech),
        _extreme(QUIETEST, party, sorted(passages), speech),
        *_against_norm(conversation, party, meter, speech),
    )


def _level_difference(conversation: Conversation, of: dict[Party, tuple[Measure, ...]]) -> Measure:
    agent, customer = (next(m for m in of[party] if m.name == ACTIVE_LEVEL) for party in PARTIES)
    if agent.value is None or customer.value is None:
        because = "; ".join(filter(None, (agent.missing_because, customer.missing_because)))
        return missing(LEVEL_DIFFERENCE, None, "dB", because)
    apart = not _channels(conversation, Party.AGENT) & _channels(conversation, Party.CUSTOMER)
    doubt = "each side's channel has a gain of its own" if apart else ""
    evidence = (*agent.evidence, *customer.evidence)
    return Measure(LEVEL_DIFFERENCE, None, agent.value - customer.value, "dB", evidence, low_confidence_because=doubt)


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

    def passages(self, length_s: float, step_s: float, least_share: float) -> tuple[tuple[float, Span], ...]:
        """Level and span of every window of a length that the party speaks in for at least a share of it."""
        length = round(length_s / self._track.hop_s)
        firsts = np.arange(0, max(1, len(self._track.values) - length + 1), max(1, round(step_s / self._track.hop_s)))
        ends = np.minimum(firsts + length, len(self._track.values))
        spoken = self._spoken[ends] - self._spoken[firsts]
        enough = np.flatnonzero(spoken >= least_share * length)
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
    return Span(parts[0].start_s, parts[-1].end_s) if parts else window


def _extreme(name: str, party: Party, passages: Sequence[tuple[float, Span]], speech: Sequence[Span]) -> Measure:
    if not passages:
        why = f"the {party} never speaks {PASSAGE_SPOKEN * PASSAGE_S:.1f} s within {PASSAGE_S:.0f} s"
        return missing(name, party, UNITS[name], why)
    level_dbfs, span = passages[0]
    return Measure(name, party, level_dbfs, UNITS[name], (Evidence(_spoken(span, speech), party),))


def _against_norm(
    conversation: Conversation, party: Party, meter: _Meter, speech: Sequence[Span]
) -> tuple[Measure, Measure]:
    turns = (meter.level_dbfs(turn.span, SHORTEST_TURN_S) for turn in conversation.turns_of(party))
    levels = [level for level in turns if level is not None]
    if len(levels) < FEWEST_TURNS:
        why = f"the {party} has {len(levels)} turns of {SHORTEST_TURN_S:.0f} s, its norm needs {FEWEST_TURNS}"
        above, rises = (missing(name, party, UNITS[name], why) for name in (LOUDEST_ABOVE_MEDIAN, RISES))
        return above, rises
    norm_dbfs = median_low(levels)
    passages = meter.passages(PASSAGE_S, PASSAGE_STEP_S, PASSAGE_SPOKEN)
    above_norm = [(level - norm_dbfs, span) for level, span in sorted(passages, reverse=True)]
    return _extreme(LOUDEST_ABOVE_MEDIAN, party, above_norm, speech), _rises(party, meter, speech, norm_dbfs)


def _rises(party: Party, meter: _Meter, speech: Sequence[Span], norm_dbfs: float) -> Measure:
    passages = meter.passages(RISE_S, RISE_STEP_S, RISE_SPOKEN)
    loud = union(span for level, span in passages if level >= norm_dbfs + RISE_DB)
    return Measure(
        RISES, party, float(len(loud)), UNITS[RISES], tuple(Evidence(_spoken(span, speech), party) for span in loud)
    )


def _loudness_measures(conversation: Conversation, party: Party, speech: Sequence[Span]) -> tuple[Measure, Measure]:
    track = conversation.track_of("loudness", party)
    blocks = _blocks(conversation, party, speech)
    lufs = gated_loudness(track.inside(blocks)) if track else None
    if track is None or lufs is None:
        gate = f"no 400 ms of the {party}'s speech reach {ABSOLUTE_GATE_LUFS:.0f} LUFS"
        why = gate if track else f"there is no loudness track for the {party}'s channel"
        return missing(LOUDNESS, party, "LUFS", why), missing(SHORT_TERM_MAX, party, "LUFS", why)
    loudest = _short_term(_Meter(track, blocks))
    heard = Evidence(Span(speech[0].start_s, speech[-1].end_s), party)
    return Measure(LOUDNESS, party, lufs, "LUFS", (heard,)), _extreme(SHORT_TERM_MAX, party, loudest, speech)


def _short_term(meter: _Meter) -> list[tuple[float, Span]]:
    """Short-term loudness of every 3 s, the loudest first: the power mean of the 400 ms blocks that lie in them."""
    reach_s = BLOCK_BEFORE_S + BLOCK_AFTER_S - SHORT_TERM_STEP_S
    found = meter.passages(PASSAGE_S - reach_s, SHORT_TERM_STEP_S, PASSAGE_SPOKEN)
    edges = ((lufs, span.start_s - SHORT_TERM_STEP_S, span.end_s + reach_s - SHORT_TERM_STEP_S) for lufs, span in found)
    return sorted(((lufs, Span(max(0.0, start_s), end_s)) for lufs, start_s, end_s in edges), reverse=True)


def gated_loudness(blocks: Iterable[float]) -> float | None:
    """Integrated loudness in LUFS of 400 ms blocks in LUFS (BS.1770-4); None where all are below the gate."""
    audible = np.array([block for block in blocks if block >= ABSOLUTE_GATE_LUFS])
    if not len(audible):
        return None
    gate_lufs = power_mean_db(audible) + RELATIVE_GATE_LU
    return power_mean_db(audible[audible > gate_lufs])


def _blocks(conversation: Conversation, party: Party, speech: Sequence[Span]) -> tuple[Span, ...]:
    """Where the middles of the blocks lie that count.

    On a channel of its own every block of the channel but those that reach into music or another voice, as in
    a programme measured whole; on a channel shared with the other party only blocks that lie in the speech.
    """
    if _channels(conversation, party) & _channels(conversation, party.counterpart):
        shrunk = ((span.start_s + BLOCK_BEFORE_S, span.end_s - BLOCK_AFTER_S) for span in speech)
        return tuple(Span(start_s, end_s) for start_s, end_s in shrunk if start_s < end_s)
    others = _others(conversation, party)
    return gaps(
        (Span(span.start_s - BLOCK_AFTER_S, span.end_s + BLOCK_BEFORE_S) for span in others),
        conversation.recording.span,
    )


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
