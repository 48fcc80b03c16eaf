"""Talk speed: how fast a party speaks, in characters per minute (Chinese) or words per minute (all else).

* **speech rate**: spoken units (`analyzers.units`) per minute of the party's own turns, pauses inside
  them included.
* **articulation rate**: the same without the pauses of 250 ms and more: how fast the mouth is, not how
  often it stops.
* **fastest 10 s**: the highest speech rate over 10 s of the party's speaking time. Turns are laid end to end
  for it, so that a fast speaker of short turns is seen too; its evidence is where those seconds are.

Left out: turns under 2 s or under 8 characters (4 words), where one "好的" decides the rate; speech that no
words could be found for, which would make a party look slow; the other party's time.

The rate as such is no fault: what is too fast is the rubric's business. Read Mandarin runs at about 5.2
syllables per second (Pellegrino et al. 2011), 310 a minute of articulation.

Sources: Huawei AICC and Amazon Contact Lens count per own speaking time; Goldman-Eisler (1968) for pauses
from 250 ms: shorter ones are closures of consonants.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from analyzers.conversation import PARTIES, Conversation, Party, Span, Word, gaps, intersection, union
from analyzers.floor import words_by_span
from analyzers.measure import Evidence, Measure, missing
from analyzers.text import join_words
from analyzers.units import is_counted_in_characters, spoken_units, units_of

SPEECH_RATE = "talk_speed.speech_rate"
ARTICULATION_RATE = "talk_speed.articulation_rate"
FASTEST_10S = "talk_speed.fastest_10s"
NAMES = frozenset({SPEECH_RATE, ARTICULATION_RATE, FASTEST_10S})

PAUSE_S = 0.25  # shorter stops are part of articulation (Goldman-Eisler)
SHORTEST_TURN_S = 2.0  # below, an edge error of 0.2 s changes the rate by a tenth
FEWEST_CHARACTERS = 8  # stock answers (好的没问题) are shorter and faster than speech
FEWEST_WORDS = 4
WINDOW_S = 10.0  # two or three sentences: long enough to follow, or not to be able to


@dataclass(frozen=True, slots=True)
class _SpokenTurn:
    """A turn that is long enough to have a rate; `seconds` are those in which words were found."""

    span: Span
    words: tuple[Word, ...]
    units: int
    seconds: float

    @property
    def per_min(self) -> float:
        return 60 * self.units / self.seconds

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.span, self.words[0].party, _quote(self.words))


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Three rates for each party; evidence: its slowest and its fastest turn, and the fastest 10 s."""
    return tuple(measure for party in PARTIES for measure in _rates(conversation, party))


def _rates(conversation: Conversation, party: Party) -> tuple[Measure, ...]:
    unit = "characters/min" if is_counted_in_characters(conversation.language) else "words/min"
    turns = _spoken_turns(conversation, party)
    if not turns:
        why = f"the {party} has no turn of {SHORTEST_TURN_S:.0f} s and {_fewest(conversation.language)} units or more"
        return tuple(missing(name, party, unit, why) for name in (SPEECH_RATE, ARTICULATION_RATE, FASTEST_10S))
    units, seconds = sum(turn.units for turn in turns), sum(turn.seconds for turn in turns)
    pauses = intersection(_pauses(conversation.speech_of(party)), (turn.span for turn in turns))
    pauses_s = sum(pause.duration_s for pause in pauses)
    extremes = {min(turns, key=lambda turn: turn.per_min).span, max(turns, key=lambda turn: turn.per_min).span}
    evidence = tuple(turn.evidence for turn in turns if turn.span in extremes)
    return (
        Measure(SPEECH_RATE, party, 60 * units / seconds, unit, evidence),
        Measure(ARTICULATION_RATE, party, 60 * units / (seconds - pauses_s), unit, evidence),
        _fastest(turns, party, unit),
    )


def _spoken_turns(conversation: Conversation, party: Party) -> tuple[_SpokenTurn, ...]:
    spans = union(turn.span for turn in conversation.turns_of(party))
    lost = [speech.span for speech in conversation.unintelligible if speech.party is party]
    said = words_by_span(conversation.words_of(party), spans)
    turns = [
        _SpokenTurn(span, words, len(units_of(words)), sum(part.duration_s for part in gaps(lost, span)))
        for span, words in zip(spans, said, strict=True)
    ]
    fewest = _fewest(conversation.language)
    return tuple(turn for turn in turns if turn.seconds >= SHORTEST_TURN_S and turn.units >= fewest)


def _fewest(language: str) -> int:
    return FEWEST_CHARACTERS if is_counted_in_characters(language) else FEWEST_WORDS


def _pauses(speech: Sequence[Span]) -> tuple[Span, ...]:
    """The stops between stretches of speech that are long enough to be heard as pauses."""
    stops = gaps(speech, Span(speech[0].start_s, speech[-1].end_s))
    return tuple(stop for stop in stops if stop.duration_s >= PAUSE_S)


def _fastest(turns: Sequence[_SpokenTurn], party: Party, unit: str) -> Measure:
    starts_s = list(accumulate((turn.span.duration_s for turn in turns), initial=0.0))
    if starts_s[-1] < WINDOW_S:
        why = f"the {party} speaks {starts_s[-1]:.1f} s in turns, {WINDOW_S:.0f} s are needed"
        return missing(FASTEST_10S, party, unit, why)
    start_s, units = _densest(turns, starts_s)
    window = Span(start_s, start_s + WINDOW_S)
    evidence = tuple(
        _part(turn, Span(part.start_s - clock_s + turn.span.start_s, part.end_s - clock_s + turn.span.start_s))
        for turn, (clock_s, end_s) in zip(turns, pairwise(starts_s), strict=True)
        if (part := Span(clock_s, end_s).within(window))
    )
    return Measure(FASTEST_10S, party, 60 * units / WINDOW_S, unit, evidence)


def _densest(turns: Sequence[_SpokenTurn], starts_s: Sequence[float]) -> tuple[float, int]:
    # On the clock of the party's own turns: when each word is half said, and how many units were said before it.
    words = [
        (start_s + _inside_s(word, turn), word)
        for turn, start_s in zip(turns, starts_s, strict=False)
        for word in turn.words
    ]
    times_s = [time_s for time_s, _ in words]
    before = list(accumulate((len(spoken_units(word.text)) for _, word in words), initial=0))
    latest_s = starts_s[-1] - WINDOW_S
    # The half-open window that begins at a word and, for the last ones, the last window there is.
    begins_s = [min(time_s, latest_s) for time_s in times_s]
    counts = [(before[bisect_left(times_s, s + WINDOW_S)] - before[bisect_left(times_s, s)], -s) for s in begins_s]
    units, start_s = max(counts)
    return -start_s, units


def _inside_s(word: Word, turn: _SpokenTurn) -> float:
    return min(max(word.span.middle_s - turn.span.start_s, 0.0), turn.span.duration_s)


def _part(turn: _SpokenTurn, span: Span) -> Evidence:
    return Evidence(span, turn.words[0].party, _quote([word for word in turn.words if word.span.middle_s in span]))


def _quote(words: Sequence[Word]) -> str:
    return join_words(word.original or word.text for word in words)
