"""The plan of a call: which utterance is said by whom, when, how loud, and what stops it.

`planned` makes one by chance (by a seed) with `EVENTS` planted in it. A plan written by hand is the same thing
in YAML, and the `recipe` in a truth file is the plan of that call:

    call: zh-1                       # names the files
    language: zh
    seed: 7                          # of the noise
    circuit: {layout: stereo, band: telephone, sample_rate_hz: 8000, snr_db: 45}
    lines:
      - {party: agent, utterance: S1/a.wav, gap_s: 0.5}
      - {party: customer, utterance: S2/b.wav, gap_s: -1.6, stops_other_after_s: 0.9, gain_db: 9}

What is planted keeps clear of the limits of `analyzers.interruptions`, `analyzers.floor` and `analyzers.silence`
by more than voice activity is off, so that there is one right answer. One thing only the words decide: a dead air
planted within 10 s of an utterance that announces a hold is a hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import yaml
from pydantic import TypeAdapter, ValidationError

from analyzers.conversation import TURN_PAUSE_S, Party
from analyzers.units import spoken_units
from benchmarks.build_calls.circuit import Circuit
from benchmarks.build_calls.utterances import FRAME_S, Clip, UtterancesError, frame_levels_db


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance in a call.

    `gap_s` counts from the end of everything before it (negative: it comes in). `stops_other_after_s`: the line
    before is cut off so long after this one begins; `lasts_s`: this line itself is. `hold_music` plays in the gap.
    """

    party: Party
    utterance: str
    gap_s: float
    gain_db: float = 0.0
    lasts_s: float | None = None
    stops_other_after_s: float | None = None
    hold_music: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All it takes to build a call out of a folder of utterances."""

    call: str
    language: str
    seed: int
    circuit: Circuit
    lines: tuple[Line, ...]
    tail_s: float = 1.0


class Event(StrEnum):
    """What can be planted; its name is the tag of the line that does it."""

    TURN = "turn"
    QUICK_CHANGE = "quick_change"
    BACKCHANNEL = "backchannel"
    SUCCESSFUL = "successful"
    ATTEMPT = "attempt"
    SILENCE = "silence"
    DEAD_AIR = "dead_air"
    HOLD_MUSIC = "hold_music"
    SHOUTING = "shouting"


EVENTS = (
    *(Event.TURN, Event.TURN, Event.TURN, Event.SUCCESSFUL, Event.SUCCESSFUL, Event.BACKCHANNEL, Event.BACKCHANNEL),
    *(Event.ATTEMPT, Event.QUICK_CHANGE, Event.SILENCE, Event.DEAD_AIR, Event.HOLD_MUSIC, Event.SHOUTING),
)
INTERRUPTIONS = frozenset((Event.SUCCESSFUL, Event.ATTEMPT))
COMING_IN = INTERRUPTIONS | {Event.BACKCHANNEL, Event.QUICK_CHANGE}

ORDINARY_GAP_S = (0.3, 0.9)
GAPS_S = {Event.SILENCE: (3.4, 4.5), Event.DEAD_AIR: (5.5, 8.0), Event.HOLD_MUSIC: (8.0, 12.0)}
LEAST_S = {Event.SUCCESSFUL: 2.2, Event.ATTEMPT: 2.2, Event.SHOUTING: 2.5}  # of the line that does it
SHOUT_DB = 9.0  # between a raised (6 dB) and a loud voice (12.5 dB), ANSI S3.5

FLOOR_S = 1.5  # how long the other has spoken before anyone comes in
STOPS_AFTER_S = (0.9, 1.2)  # who is interrupted hears it, and gives way
UNSAID_S = 0.6  # at least, of what is cut off
GOES_ON_S = (1.9, 2.6)  # who does not give way
QUICK_S = (0.15, 0.35)  # three overlaps in four at turn changes are under 0.4 s (Levinson and Torreira 2015)
BACKCHANNEL_S = (0.35, 0.8)
AFTER_BACKCHANNEL_S = 1.0  # what is left of the other's turn
OPENING_S = FLOOR_S + GOES_ON_S[0] + 0.1  # enough of a line to come into, whatever for
BREATH_S = 0.35  # the longest pause in a line that somebody comes into: who comes in at a pause interrupts nobody

LEAST_TURN_S, MOST_TURN_S = 1.2, 15.0
FEWEST_UNITS = 6  # fewer may be words of listening only
FEWEST_TURNS = 3  # of a voice, or its lines come round too often


def read_plan(path: Path) -> Plan:
    """A plan written by hand, or the recipe in a truth file.

    Raises:
        ValueError: it is no plan; the message names the file and the field.
    """
    content = yaml.safe_load(path.read_text("utf-8"))
    recipe = content["recipe"] if isinstance(content, dict) and "recipe" in content else content
    try:
        return TypeAdapter(Plan).validate_python(recipe)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError(f"{path}: no plan of a call: {wrong}") from error


def is_able(clips: Sequence[Clip]) -> bool:
    """Whether a voice has enough to say to plan a call with it."""
    openings = (clip for clip in clips if _is_turn(clip, OPENING_S, BREATH_S))
    return sum(_is_turn(clip) for clip in clips) >= FEWEST_TURNS and any(openings)


def planned(
    call: str, voices: Mapping[Party, Sequence[Clip]], circuit: Circuit, seed: int, events: Sequence[Event] = EVENTS
) -> Plan:
    """A call with all the events planted, in an order and with gaps of chance.

    Raises:
        UtterancesError: a voice has no utterance long enough for one of them.
    """
    rng = np.random.default_rng(seed)
    hands = {party: _Hand(clips, rng) for party, clips in voices.items()}
    order = (Event.TURN, Event.TURN, *(events[i] for i in rng.permutation(len(events))), Event.TURN)
    lines: list[Line] = []
    floor = Party.CUSTOMER  # so that the agent opens
    for event in order:
        lines += _exchange(event, floor.counterpart, hands, rng)
        floor = floor if event in COMING_IN - {Event.BACKCHANNEL} else floor.counterpart
    return Plan(call, voices[Party.AGENT][0].utterance.language, seed, circuit, tuple(lines))


class _Hand:
    """The clips of one voice, taken in an order of chance, each again only after all the others."""

    def __init__(self, clips: Sequence[Clip], rng: np.random.Generator) -> None:
        self._clips = [clips[i] for i in rng.permutation(len(clips))]

    def turn(self, least_s: float = LEAST_TURN_S, pause_s: float = TURN_PAUSE_S) -> Clip:
        """The next clip that makes a turn; `pause_s` is the longest pause it may hold."""
        if clip := self._take(lambda clip: _is_turn(clip, least_s, pause_s)):
            return clip
        why = f"no utterance of {least_s:.1f} to {MOST_TURN_S:.0f} s without a pause of {pause_s:.2f} s"
        raise UtterancesError(f"speaker {self._clips[0].utterance.speaker}: {why}; add some or leave the speaker out")

    def backchannel(self) -> tuple[Clip, float | None]:
        """A short utterance, else the first word or two of a turn, and how long it lasts."""
        if clip := self._take(lambda clip: clip.duration_s <= BACKCHANNEL_S[1]):
            return clip, None
        clip = self.turn()
        return clip, _quietest_s(clip)

    def _take(self, fits: Callable[[Clip], bool]) -> Clip | None:
        clip = next(filter(fits, self._clips), None)
        if clip:
            self._clips.remove(clip)
            self._clips.append(clip)
        return clip


def _is_turn(clip: Clip, least_s: float = LEAST_TURN_S, pause_s: float = TURN_PAUSE_S) -> bool:
    enough = least_s <= clip.duration_s <= MOST_TURN_S and len(spoken_units(clip.utterance.text)) >= FEWEST_UNITS
    return enough and clip.longest_pause_s <= pause_s


def _exchange(event: Event, party: Party, hands: Mapping[Party, _Hand], rng: np.random.Generator) -> Iterator[Line]:
    """The lines of an event; where somebody comes in, `party` opens and the other comes in."""
    gap_s = _between(GAPS_S.get(event, ORDINARY_GAP_S), rng)
    if event in COMING_IN:
        opening = hands[party].turn(OPENING_S, BREATH_S)
        yield Line(party, opening.utterance.name, gap_s)
        yield _coming_in(event, party.counterpart, hands[party.counterpart], opening.duration_s, rng)
        return
    clip = hands[party].turn(LEAST_S.get(event, LEAST_TURN_S))
    gain_db = SHOUT_DB if event is Event.SHOUTING else 0.0
    tags = () if event is Event.TURN else (event.value,)
    yield Line(party, clip.utterance.name, gap_s, gain_db, hold_music=event is Event.HOLD_MUSIC, tags=tags)


def _coming_in(event: Event, party: Party, hand: _Hand, other_s: float, rng: np.random.Generator) -> Line:
    """The line that comes in before the end of the other's, which lasts `other_s`."""
    lasts_s = stops_s = None
    if event is Event.BACKCHANNEL:
        clip, lasts_s = hand.backchannel()
        before_s = (AFTER_BACKCHANNEL_S + (lasts_s or clip.duration_s), other_s - FLOOR_S)
    else:
        clip = hand.turn(LEAST_S.get(event, LEAST_TURN_S))
        before_s = QUICK_S if event is Event.QUICK_CHANGE else (GOES_ON_S[0], min(GOES_ON_S[1], other_s - FLOOR_S))
    if event is Event.SUCCESSFUL:
        stops_s = _between(STOPS_AFTER_S, rng)
        before_s = (stops_s + UNSAID_S, other_s - FLOOR_S)
    tags = ("interruption", event.value) if event in INTERRUPTIONS else (event.value,)
    gap_s = -_between(before_s, rng)
    return Line(party, clip.utterance.name, gap_s, lasts_s=lasts_s, stops_other_after_s=stops_s, tags=tags)


def _between(limits_s: tuple[float, float], rng: np.random.Generator) -> float:
    return round(float(rng.uniform(*limits_s)), 3)


def _quietest_s(clip: Clip) -> float:
    """Where in its first part a clip is quietest: a word is likelier to end there."""
    first, end = (round(limit_s / FRAME_S) for limit_s in BACKCHANNEL_S)
    quietest = int(frame_levels_db(clip.samples, clip.sample_rate_hz)[first:end].argmin())
    return round((first + quietest) * FRAME_S, 3)
