"""Events: interruptions, backchannels and overlaps, silences and dead air, each found or not.

What is true is what the analyzers themselves say of the **reference** (the truth as a conversation), because the
definitions are theirs: an overlap of 0.4 s at the end of a turn is no interruption however it was planted. What was
found are the evidence spans of the measures, which is what a supervisor sees.

* **interruption, backchannel, overlap**: one is found where the same party comes in within 0.3 s of the true onset
  (one to one, nearest first).
* **planted**: share of the turns that the truth's author tagged `interruption` that were found as one (same party,
  same 0.3 s): the author's view, beside the definition's.
* **silences**: non-talk of 3 s and more: the truth's own list, else the gaps of its turns. One is found where found and
  true overlap for at least half of what they cover together. No margin is given at 3 s: of a pause of 2.95 s heard as
  3.02 s a false silence comes. **dead air**: the same with what the analyzer says of the reference.
* **silence error, dead air error**: seconds found minus true, in sum over the call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyzers import interruptions, silence
from analyzers.conversation import Party, Span, gaps
from analyzers.measure import Measure
from benchmarks.evaluation.tally import NOTHING, Case, Hits, Offsets, Score, Share, not_computed
from benchmarks.evaluation.tried import Tried
from benchmarks.evaluation.wording import NO_PARTIES, NO_WORDS
from rubrics.finding import Text

INTERRUPTION = "events.interruption"
BACKCHANNEL = "events.backchannel"
OVERLAP = "events.overlap"
PLANTED = "events.planted"
SILENCES = "events.silences"
SILENCE_ERROR = "events.silence_error"
DEAD_AIR = "events.dead_air"
DEAD_AIR_ERROR = "events.dead_air_error"
ENTRANCES = {
    INTERRUPTION: interruptions.COUNT,
    BACKCHANNEL: interruptions.BACKCHANNELS,
    OVERLAP: interruptions.OVERLAP_COUNT,
}
NAMES = (*ENTRANCES, PLANTED, SILENCES, SILENCE_ERROR, DEAD_AIR, DEAD_AIR_ERROR)

ONSET_S = 0.3  # voice activity and annotators are right within 0.1 to 0.2 s each
LEAST_SHARED = 0.5  # of what a found and a true silence cover together
TAG = "interruption"
NOTHING_TAGGED = Text("the truth tags no interruption", "真值没有标注抢话")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens; `party` None: to the call as a whole."""

    span: Span
    party: Party | None = None


def score(tried: Tried) -> tuple[Score, ...]:
    """Events of one call; cases: each that was missed or falsely found."""
    return (*_entrances(tried), _planted(tried), *_silences(tried), *_dead_air(tried))


def _entrances(tried: Tried) -> tuple[Score, ...]:
    if not tried.truth.has_parties or not tried.truth.has_words:
        return not_computed(NO_PARTIES if not tried.truth.has_parties else NO_WORDS, *ENTRANCES)
    return tuple(
        _hits(name, _events(tried.reference_measures, measure), _events(tried.measures, measure), _onset_apart)
        for name, measure in ENTRANCES.items()
    )


def _events(measures: Sequence[Measure], name: str) -> list[Event]:
    """What a measure counted. One that could not be taken found nothing."""
    mine = (measure for measure in measures if measure.name == name and measure.value is not None)
    return [Event(evidence.span, measure.party) for measure in mine for evidence in measure.evidence]


def _onset_apart(true: Event, found: Event) -> float | None:
    """How far two onsets are apart in seconds; None where they are not the same event."""
    apart_s = abs(true.span.start_s - found.span.start_s)
    return apart_s if true.party is found.party and apart_s <= ONSET_S else None


def _unshared(true: Event, found: Event) -> float | None:
    """How much of what two spans cover together only one covers; None where they are not the same event."""
    shared_s = true.span.overlap_s(found.span)
    unshared = 1 - shared_s / (true.span.duration_s + found.span.duration_s - shared_s)
    return unshared if unshared <= 1 - LEAST_SHARED else None


Apart = Callable[[Event, Event], float | None]


def matched(true: Sequence[Event], found: Sequence[Event], apart: Apart) -> tuple[tuple[Event, Event], ...]:
    """Pairs of a true and a found event, each in one pair at most, the nearest first."""
    near = [
        (distance, i, j)
        for i, t in enumerate(true)
        for j, f in enumerate(found)
        if (distance := apart(t, f)) is not None
    ]
    pairs: dict[int, int] = {}
    for _, i, j in sorted(near):
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    return tuple((true[i], found[j]) for i, j in sorted(pairs.items()))


def _hits(name: str, true: Sequence[Event], found: Sequence[Event], apart: Apart) -> Score:
    pairs = matched(true, found, apart)
    missed = [event for event in true if event not in [t for t, _ in pairs]]
    false = [event for event in found if event not in [f for _, f in pairs]]
    cases = (
        *(Case(one.span, one.party, _told(one), NOTHING, 1 + one.span.duration_s) for one in missed),
        *(Case(one.span, one.party, NOTHING, _told(one), 1 + one.span.duration_s) for one in false),
    )
    return Score(name, Hits(len(pairs), len(false), len(missed)), cases=cases)


def _told(event: Event) -> str:
    return f"{event.span.duration_s:.1f} s"


def _planted(tried: Tried) -> Score:
    tagged = [Event(turn.span, turn.party) for turn in tried.truth.turns if TAG in turn.tags]
    if not tagged:
        return not_computed(NOTHING_TAGGED, PLANTED)[0]
    pairs = matched(tagged, _events(tried.measures, interruptions.COUNT), _onset_apart)
    lost = [event for event in tagged if event not in [true for true, _ in pairs]]
    cases = tuple(Case(one.span, one.party, TAG, NOTHING, one.span.duration_s) for one in lost)
    return Score(PLANTED, Share(len(pairs), len(tagged)), cases=cases)


def true_silences(tried: Tried) -> tuple[Span, ...]:
    """The truth's own list, else what its turns leave free for 3 s and more."""
    if tried.truth.silences is not None:
        return tried.truth.silences
    free = gaps(tried.truth.talk, tried.call.recording.span)
    return tuple(span for span in free if span.duration_s >= silence.SILENCE_S)


def _silences(tried: Tried) -> tuple[Score, ...]:
    true = [Event(span) for span in true_silences(tried)]
    found = _events(tried.measures, silence.COUNT)
    return _hits(SILENCES, true, found, _unshared), _seconds_off(SILENCE_ERROR, tried, true, found)


def _dead_air(tried: Tried) -> tuple[Score, ...]:
    if not tried.truth.has_parties or not tried.truth.has_words:
        why = NO_PARTIES if not tried.truth.has_parties else NO_WORDS
        return not_computed(why, DEAD_AIR, DEAD_AIR_ERROR)
    true = _events(tried.reference_measures, silence.DEAD_AIR_COUNT)
    found = _events(tried.measures, silence.DEAD_AIR_COUNT)
    return _hits(DEAD_AIR, true, found, _unshared), _seconds_off(DEAD_AIR_ERROR, tried, true, found)


def _seconds_off(name: str, tried: Tried, true: Sequence[Event], found: Sequence[Event]) -> Score:
    true_s, found_s = (sum(event.span.duration_s for event in events) for events in (true, found))
    case = Case(tried.call.recording.span, None, f"{true_s:.1f} s", f"{found_s:.1f} s", abs(found_s - true_s))
    worth = abs(found_s - true_s) >= 1.0
    return Score(name, Offsets((found_s - true_s,)), cases=(case,) if worth else ())
