"""Tone: how a party's voice moves, in pitch and in level. It says what was measured, never what anybody feels.

* **pitch median**: the median fundamental frequency of its voiced speech, in Hz.
* **pitch spread**: from the 10th to the 90th percentile of its pitch, in semitones (the 80 % range). Mandarin
  tones move the pitch too: compare a speaker with itself, not Mandarin with English.
* **level spread**: the same of the level of its voiced speech, in dB.
* **energy trend**: how much louder its turns get over the call, in dB per minute: the median of the slopes between
  every two turns (Theil and Sen), which one loud turn does not move.
* **flat passages**: 8 s of speaking time and more in which pitch spread and level spread both lie clearly below
  the party's own usual ones: at most `FLAT_SHARE` of their medians over the call.
* **agitated passages**: the same length in which the voice is both higher and louder than usual: its median pitch
  by `RAISED_SEMITONES`, its median level by `RAISED_DB`. A voice that is made louder rises in pitch by about 0.4
  semitones per dB; a change of the line's gain raises the level alone, and a question the pitch alone.

On a channel that voices share, only the time in which the party speaks alone counts. Pitch that lies an octave
off is kept out by the speaker's own range: under 0.75 of the lower quartile, over 1.5 times the upper one.

Left out: feelings, voice quality (hoarse, breathy), pauses and speed (`analyzers.talk_speed`), and a party that is
flat or agitated from the first word to the last: its norm is its own voice.

Sources: De Looze and Hirst (2008), "Detecting changes in key and range for the automatic modelling and coding of
intonation" (range by quartiles); Patterson and Ladd (1999), "Pitch range modelling: linguistic dimensions of
variation" (80 % range); Traunmueller and Eriksson (1995), "The perceptual evaluation of F0 excursions in speech as
evidenced in liveliness estimations"; Gramming, Sundberg, Ternstroem, Leanderson and Perkins (1988), "Relationship
between changes in voice pitch and loudness"; Sen (1968) for the slope.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analyzers.conversation import PARTIES, Conversation, Party, Span, Track, gaps, union
from analyzers.measure import Evidence, Measure, missing
from analyzers.volume import power_mean_db

PITCH_MEDIAN = "tone.pitch_median"
PITCH_SPREAD = "tone.pitch_spread"
LEVEL_SPREAD = "tone.level_spread"
ENERGY_TREND = "tone.energy_trend"
FLAT_PASSAGES = "tone.flat_passages"
AGITATED_PASSAGES = "tone.agitated_passages"
UNITS = {
    PITCH_MEDIAN: "Hz",
    PITCH_SPREAD: "semitones",
    LEVEL_SPREAD: "dB",
    ENERGY_TREND: "dB/min",
    FLAT_PASSAGES: "passages",
    AGITATED_PASSAGES: "passages",
}
NAMES = frozenset(UNITS)

SPREAD = (10, 90)  # percentiles: up to a tenth of slips on either side moves nothing
LOWEST_OF_Q1, HIGHEST_OF_Q3 = 0.75, 1.5  # De Looze and Hirst (2008)
VOICED_S = 3.0  # the least that tells a voice's middle and range: about 20 syllables
VOICED_SHARE = 0.2  # of the speech: half is usual; with less, noise or clipping hides the voice

TREND_TURNS, TREND_S = 5, 30.0  # the fewest turns, and the least time between first and last: less is no trend
SHORTEST_TURN_S = 1.0  # the level of a single "嗯" depends on the word

PASSAGE_S = 8.0  # of speaking time: two or three sentences, so that one word does not decide
PASSAGE_STEP_S = 2.0
PASSAGE_VOICED_S = 2.0
LONGEST_PASSAGE_S = 24.0  # in the call: pieces further apart are not one passage
NORM_S = 24.0  # of speaking time: three passages apart are the least that has a middle
FLAT_SHARE = 0.7
RAISED_DB = 4.0
RAISED_SEMITONES = 2.0  # 0.4 a dB (Gramming and others 1988) makes 1.6, and a step a listener hears surely

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Voice:
    """The voiced speech of a party, one value a hop; arrays of shape (hops,).

    `spoken_s` is the time on the party's own clock, which runs only while it speaks.
    """

    times_s: Values
    spoken_s: Values
    semitones: Values  # over `median_hz`
    levels_dbfs: Values
    median_hz: float
    hop_s: float


@dataclass(frozen=True, slots=True)
class _Passage:
    """8 s of speaking time: where in the call, and how the voice was in it."""

    span: Span
    semitones: float
    level_dbfs: float
    pitch_spread: float
    level_spread: float


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Six measures for each party; evidence: the passages, and for the trend its turns."""
    return tuple(measure for party in PARTIES for measure in _measures(conversation, party))


def _measures(conversation: Conversation, party: Party) -> tuple[Measure, ...]:
    speech = _alone(conversation, party)
    voice = _voice(conversation, party, speech)
    if isinstance(voice, str):
        return tuple(missing(name, party, unit, voice) for name, unit in UNITS.items())
    return (
        Measure(PITCH_MEDIAN, party, voice.median_hz, UNITS[PITCH_MEDIAN]),
        Measure(PITCH_SPREAD, party, _spread(voice.semitones), UNITS[PITCH_SPREAD]),
        Measure(LEVEL_SPREAD, party, _spread(voice.levels_dbfs), UNITS[LEVEL_SPREAD]),
        _energy_trend(conversation, party, voice),
        *_passage_measures(party, voice, speech),
    )


def _alone(conversation: Conversation, party: Party) -> tuple[Span, ...]:
    """When the party speaks and no other voice does on its channel."""
    own = {speech.channel for speech in conversation.speech if speech.party is party}
    others = [s.span for s in conversation.speech if s.party is not party and s.channel in own]
    return tuple(rest for span in conversation.speech_of(party) for rest in gaps(others, span))


def _voice(conversation: Conversation, party: Party, speech: Sequence[Span]) -> _Voice | str:
    """The party's voiced speech, or why there is none to judge."""
    pitch, level = conversation.track_of("pitch", party), conversation.track_of("level", party)
    if not speech:
        return f"the {party} never speaks alone" if conversation.speech_of(party) else f"the {party} is not heard"
    if pitch is None or level is None:
        return f"there is no {'level' if pitch else 'pitch'} track for the {party}'s channel"
    hops, spoken_s = _hops(pitch, speech)
    hz = np.array(pitch.values)[hops]
    voiced_s, speech_s = np.count_nonzero(hz) * pitch.hop_s, sum(span.duration_s for span in speech)
    if voiced_s < VOICED_S:
        return f"the {party} has {voiced_s:.1f} s of voiced speech, at least {VOICED_S:.0f} s are needed"
    if voiced_s < VOICED_SHARE * speech_s:
        return f"only {voiced_s / speech_s:.0%} of the {party}'s speech has a pitch that can be told: a noisy line"
    low, high = np.percentile(hz[hz > 0], (25, 75)) * (LOWEST_OF_Q1, HIGHEST_OF_Q3)
    own = (hz >= low) & (hz <= high)
    median_hz, times_s = float(np.median(hz[own])), (hops[own] + 0.5) * pitch.hop_s
    levels_dbfs = np.array(level.values)[np.minimum((times_s / level.hop_s).astype(int), len(level.values) - 1)]
    return _Voice(times_s, spoken_s[own], 12 * np.log2(hz[own] / median_hz), levels_dbfs, median_hz, pitch.hop_s)


def _hops(pitch: Track, speech: Sequence[Span]) -> tuple[npt.NDArray[np.int_], Values]:
    """The track's hops whose middle lies in the speech, and their time on the party's own clock."""
    middles_s = (np.arange(len(pitch.values)) + 0.5) * pitch.hop_s
    starts_s, ends_s = (np.array(edges) for edges in zip(*((s.start_s, s.end_s) for s in speech), strict=True))
    before_s = np.concatenate([[0.0], np.cumsum(ends_s - starts_s)])[:-1]
    which = np.searchsorted(starts_s, middles_s, side="right") - 1
    hops = np.flatnonzero((which >= 0) & (middles_s < ends_s[which]))
    return hops, before_s[which[hops]] + middles_s[hops] - starts_s[which[hops]]


def _spread(values: Values) -> float:
    low, high = np.percentile(values, SPREAD)
    return float(high - low)


def _energy_trend(conversation: Conversation, party: Party, voice: _Voice) -> Measure:
    turns = [(turn, levels) for turn in conversation.turns_of(party) if len(levels := _levels_in(voice, turn.span))]
    told = [(turn.span, power_mean_db(levels)) for turn, levels in turns if turn.span.duration_s >= SHORTEST_TURN_S]
    if len(told) < TREND_TURNS or told[-1][0].middle_s - told[0][0].middle_s < TREND_S:
        why = f"a trend needs {TREND_TURNS} turns of {SHORTEST_TURN_S:.0f} s over {TREND_S:.0f} s, the {party} has"
        return missing(ENERGY_TREND, party, UNITS[ENERGY_TREND], f"{why} {len(told)} turns")
    from scipy.stats import theilslopes  # noqa: PLC0415 - takes a second to load, and short calls need none

    minutes = [span.middle_s / 60 for span, _ in told]
    slope, _, low, high = theilslopes([level for _, level in told], minutes)
    doubt = f"with these turns it lies anywhere from {low:+.1f} to {high:+.1f} dB/min" if low <= 0 <= high else ""
    evidence = tuple(Evidence(span, party) for span, _ in told)
    return Measure(ENERGY_TREND, party, float(slope), UNITS[ENERGY_TREND], evidence, low_confidence_because=doubt)


def _levels_in(voice: _Voice, span: Span) -> Values:
    return voice.levels_dbfs[(voice.times_s >= span.start_s) & (voice.times_s < span.end_s)]


def _passage_measures(party: Party, voice: _Voice, speech: Sequence[Span]) -> tuple[Measure, Measure]:
    speech_s = sum(span.duration_s for span in speech)
    passages = tuple(_passages(voice, speech_s)) if speech_s >= NORM_S else ()
    if not passages:
        why = (
            f"the {party} speaks {speech_s:.0f} s alone, its norm needs {NORM_S:.0f} s with {PASSAGE_S:.0f} s in a row"
        )
        return (
            missing(FLAT_PASSAGES, party, UNITS[FLAT_PASSAGES], why),
            missing(AGITATED_PASSAGES, party, UNITS[AGITATED_PASSAGES], why),
        )
    pitch_spread = float(np.median([passage.pitch_spread for passage in passages]))
    level_spread = float(np.median([passage.level_spread for passage in passages]))
    level_dbfs = float(np.median(voice.levels_dbfs))
    flat = (
        passage.pitch_spread <= FLAT_SHARE * pitch_spread and passage.level_spread <= FLAT_SHARE * level_spread
        for passage in passages
    )
    agitated = (
        passage.semitones >= RAISED_SEMITONES and passage.level_dbfs >= level_dbfs + RAISED_DB for passage in passages
    )
    return _count(FLAT_PASSAGES, party, passages, flat), _count(AGITATED_PASSAGES, party, passages, agitated)


def _passages(voice: _Voice, speech_s: float) -> Iterator[_Passage]:
    for start_s in np.arange(0.0, speech_s - PASSAGE_S + PASSAGE_STEP_S / 2, PASSAGE_STEP_S):
        first, end = np.searchsorted(voice.spoken_s, (start_s, start_s + PASSAGE_S))
        if (end - first) * voice.hop_s < PASSAGE_VOICED_S:
            continue
        span = Span(voice.times_s[first] - voice.hop_s / 2, voice.times_s[end - 1] + voice.hop_s / 2)
        if span.duration_s <= LONGEST_PASSAGE_S:
            semitones, levels_dbfs = voice.semitones[first:end], voice.levels_dbfs[first:end]
            middles = float(np.median(semitones)), float(np.median(levels_dbfs))
            yield _Passage(span, *middles, _spread(semitones), _spread(levels_dbfs))


def _count(name: str, party: Party, passages: Sequence[_Passage], chosen: Iterator[bool]) -> Measure:
    """Passages that meet count once."""
    found = union(passage.span for passage, is_one in zip(passages, chosen, strict=True) if is_one)
    return Measure(name, party, float(len(found)), UNITS[name], tuple(Evidence(span, party) for span in found))
