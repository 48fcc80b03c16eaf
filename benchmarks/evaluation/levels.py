"""Levels and pace: acoustic measures against the truth's levels, ffmpeg's loudness, and the truth's units and times.

* **turn level**: the level track over a true turn (power mean) minus the turn's true RMS, in dB. The same seconds on
  both sides, so this judges the track.
* **active level**: `volume.active_level` of a party minus the power mean of its true turns, in dB. The measure
  leaves pauses inside turns out and the truth does not, so a fraction of a dB above zero is expected.
* **loudness**: `volume.loudness` of a party with a channel of its own minus ffmpeg's `ebur128` of that whole channel,
  in LU. Where the other party is heard on the channel too, the two differ by right.
* **channel loudness**: the loudness track of a channel, gated as in BS.1770-4, minus ffmpeg's `ebur128`, in LU: judges
  the meter alone. No truth is needed.
* **talk speed**: `talk_speed.speech_rate` / true rate - 1, for each party. The true rate is the units of the party's
  true turns over their time; turns of one voice with less than 1 s between them are one, and those too short for the
  measure do not count.

On a shared channel only turns that no other turn overlaps have a level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from analyzers import talk_speed, volume
from analyzers.conversation import PARTIES, Party, Span, Speech, Track, take_turns
from analyzers.units import is_counted_in_characters, spoken_units
from benchmarks.evaluation.tally import Case, Offsets, Score, not_computed
from benchmarks.evaluation.tried import Tried
from benchmarks.evaluation.truth import TrueTurn
from benchmarks.evaluation.wording import NO_PARTIES, NO_WORDS
from rubrics.finding import Text

TURN_LEVEL = "levels.turn_level"
ACTIVE_LEVEL = "levels.active_level"
LOUDNESS = "levels.loudness"
CHANNEL_LOUDNESS = "levels.channel_loudness"
TALK_SPEED = "levels.talk_speed"
NAMES = (TURN_LEVEL, ACTIVE_LEVEL, LOUDNESS, CHANNEL_LOUDNESS, TALK_SPEED)

NO_LEVELS = Text("the truth has no level for some turn", "真值中有的话轮没有电平")
NO_METER = Text("ffmpeg's ebur128 was not run on this recording", "没有用 ffmpeg ebur128 测量这个录音")
ONE_CHANNEL = Text("the parties share a channel", "双方在同一通道")
LOUD_CASE_DB = 1.0  # the least that people hear as louder
FAST_CASE = 0.05  # a rate that is off by less changes no verdict


def score(tried: Tried) -> tuple[Score, ...]:
    """Acoustic errors of one call; cases: turns and parties that are off by more than can be heard."""
    return (*_levels(tried), *_loudness(tried), _talk_speed(tried))


def _levels(tried: Tried) -> tuple[Score, ...]:
    if any(turn.level_dbfs is None for turn in tried.truth.turns):
        return not_computed(NO_LEVELS, TURN_LEVEL, ACTIVE_LEVEL)
    alone = [turn for turn in tried.truth.turns if tried.layout == "stereo" or not _overlapped(turn, tried)]
    found = [(turn, level) for turn in alone if (level := _level_in(turn, tried)) is not None]
    return (
        _score(TURN_LEVEL, [(turn.span, turn.party, turn.level_dbfs or 0.0, level) for turn, level in found], "dBFS"),
        _active(tried),
    )


def _overlapped(turn: TrueTurn, tried: Tried) -> bool:
    return any(turn.span.overlap_s(other.span) > 0 for other in tried.truth.turns if other is not turn)


def _level_in(turn: TrueTurn, tried: Tried) -> float | None:
    channel = tried.channel_of(turn.speaker) if tried.layout == "stereo" else 0
    track = _track(tried, "level", channel)
    levels = track.inside([turn.span]) if track else ()
    return _power_mean(levels) if levels else None


def _track(tried: Tried, name: str, channel: int | None) -> Track | None:
    return next((one for one in tried.call.tracks if one.name == name and one.channel == channel), None)


def _power_mean(levels: Iterable[float], weights: Iterable[float] | None = None) -> float:
    power = 10 ** (np.array(tuple(levels)) / 10)
    return float(10 * np.log10(np.average(power, weights=None if weights is None else tuple(weights))))


def _active(tried: Tried) -> Score:
    if not tried.truth.has_parties:
        return not_computed(NO_PARTIES, ACTIVE_LEVEL)[0]
    found = _values(tried, volume.ACTIVE_LEVEL)
    rows = []
    for party, level in found.items():
        turns = tried.truth.of_party(party)
        true = _power_mean((turn.level_dbfs or 0.0 for turn in turns), (turn.span.duration_s for turn in turns))
        rows.append((tried.call.recording.span, party, true, level))
    return _score(ACTIVE_LEVEL, rows, "dBFS")


def _values(tried: Tried, name: str) -> Mapping[Party, float]:
    return {m.party: m.value for m in tried.measures if m.name == name and m.party in PARTIES and m.value is not None}


def _score(name: str, rows: Iterable[tuple[Span, Party | None, float, float]], unit: str) -> Score:
    rows = tuple(rows)
    cases = tuple(
        Case(span, party, f"{true:.1f} {unit}", f"{found:.1f} {unit}", abs(found - true))
        for span, party, true, found in rows
        if abs(found - true) > LOUD_CASE_DB
    )
    return Score(name, Offsets(tuple(found - true for *_, true, found in rows)), cases=cases)


def _loudness(tried: Tried) -> tuple[Score, ...]:
    span, whole = tried.call.recording.span, dict(enumerate(tried.loudness_lufs))
    if not whole:
        return not_computed(NO_METER, LOUDNESS, CHANNEL_LOUDNESS)
    tracks = [(c, track) for c in whole if (track := _track(tried, "loudness", c)) is not None]
    gated = [(c, volume.gated_loudness(track.values)) for c, track in tracks]
    channels = [(span, None, true, found) for c, found in gated if (true := whole[c]) is not None and found is not None]
    own = {channel: party for party in PARTIES if (channel := _own_channel(tried, party)) is not None}
    measured = _values(tried, volume.LOUDNESS)
    parties = [
        (span, party, true, measured[party])
        for channel, party in own.items()
        if party in measured and (true := whole.get(channel)) is not None
    ]
    alone = _score(LOUDNESS, parties, "LUFS") if own else not_computed(ONE_CHANNEL, LOUDNESS)[0]
    return alone, _score(CHANNEL_LOUDNESS, channels, "LUFS")


def _own_channel(tried: Tried, party: Party) -> int | None:
    """The channel that a party has to itself; None where it shares one, or speaks on several."""
    mine = {speech.channel for speech in tried.call.speech if speech.party is party}
    others = {speech.channel for speech in tried.call.speech if speech.party is not party}
    return next(iter(mine)) if len(mine) == 1 and not mine & others else None


def _talk_speed(tried: Tried) -> Score:
    if not tried.truth.has_parties or not tried.truth.has_words:
        return not_computed(NO_PARTIES if not tried.truth.has_parties else NO_WORDS, TALK_SPEED)[0]
    true = {party: rate for party in PARTIES if (rate := true_rate(tried, party))}
    found = _values(tried, talk_speed.SPEECH_RATE)
    both = [(party, true[party], found[party]) for party in true if party in found]
    cases = tuple(
        Case(tried.call.recording.span, party, f"{rate:.0f}/min", f"{measured:.0f}/min", abs(measured / rate - 1))
        for party, rate, measured in both
        if abs(measured / rate - 1) > FAST_CASE
    )
    return Score(TALK_SPEED, Offsets(tuple(measured / rate - 1 for _, rate, measured in both)), cases=cases)


def true_rate(tried: Tried, party: Party) -> float | None:
    """Units per minute of a party's true turns; None where none is long enough."""
    in_characters = is_counted_in_characters(tried.language)
    fewest = talk_speed.FEWEST_CHARACTERS if in_characters else talk_speed.FEWEST_WORDS
    long = [
        (span, count)
        for span, count in _joined(tried, party)
        if span.duration_s >= talk_speed.SHORTEST_TURN_S and count >= fewest
    ]
    seconds = sum(span.duration_s for span, _ in long)
    return 60 * sum(count for _, count in long) / seconds if seconds else None


def _joined(tried: Tried, party: Party) -> Iterator[tuple[Span, int]]:
    """The party's turns as the measure cuts them, with the units said in each."""
    speech = [Speech(turn.span, turn.party, turn.speaker) for turn in tried.truth.turns if turn.party is not None]
    for joined in take_turns(speech):
        if joined.party is party:
            own = (t for t in tried.truth.of_speaker(joined.speaker) if t.span.middle_s in joined.span)
            yield joined.span, sum(_units(turn) for turn in own)


def _units(turn: TrueTurn) -> int:
    return turn.units if turn.units is not None else len(spoken_units(turn.text or ""))
