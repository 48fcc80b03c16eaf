"""Talk speed: how fast a party speaks, in characters per minute (Chinese) or words per minute (all else).

* **speech rate**: units per minute of the party's own turns, pauses inside them included. A unit is a Hanzi or a
  Latin word; figures count as they are said (`analyzers.reading`), so that 138 and 一三八 are the same speed.
* **articulation rate**: the same without the pauses of 250 ms and more: how fast the mouth is, not how
  often it stops.
* **character rate**, **word rate**: Hanzi alone and Latin words alone in the same time, for who speaks both.
* **syllable rate**: syllables (`analyzers.syllables`) in the same time: what compares Chinese with English.
* **fastest and slowest turn**: the speech rate of the party's fastest and slowest turn; `turn_rates` has them all.
* **fastest and slowest 10 s**: the highest and lowest speech rate over 10 s of the party's speaking time. Turns are
  laid end to end for it, so that a fast speaker of short turns is seen too; the evidence is where those seconds are.
* **change**: the speech rate in the last third of the party's speaking time against that in the first, in percent
  of the first: who hurries towards the end, or tires.

Left out: turns under 2 s or under 8 characters (4 words), where one "好的" decides the rate; speech that no
words could be found for, which would make a party look slow; the other party's time. A rate that rests on less than
10 s of turns is of low confidence: a word missed by the recogniser changes it by 3 % and more.

The rate as such is no fault: what is too fast is the rubric's business. Read Mandarin runs at about 5.2
syllables per second (Pellegrino et al. 2011), 310 a minute of articulation.

Sources: Huawei AICC and Amazon Contact Lens count per own speaking time; Goldman-Eisler (1968) for pauses
from 250 ms: shorter ones are closures of consonants.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzers.conversation import PARTIES, Conversation, Party, Span, Word, gaps, intersection, union
from analyzers.floor import words_by_span
from analyzers.measure import Evidence, Measure, missing
from analyzers.reading import read_words
from analyzers.speaking_time import SpeakingTime, Stretch, lay_end_to_end
from analyzers.syllables import syllables
from analyzers.text import join_words
from analyzers.units import is_counted_in_characters, is_hanzi

SPEECH_RATE = "talk_speed.speech_rate"
ARTICULATION_RATE = "talk_speed.articulation_rate"
CHARACTER_RATE = "talk_speed.character_rate"
WORD_RATE = "talk_speed.word_rate"
SYLLABLE_RATE = "talk_speed.syllable_rate"
FASTEST_TURN = "talk_speed.fastest_turn"
SLOWEST_TURN = "talk_speed.slowest_turn"
FASTEST_10S = "talk_speed.fastest_10s"
SLOWEST_10S = "talk_speed.slowest_10s"
CHANGE = "talk_speed.change"
# Those counted in the unit of the call's language have none here.
UNITS: dict[str, str | None] = {
    **dict.fromkeys((SPEECH_RATE, ARTICULATION_RATE, FASTEST_TURN, SLOWEST_TURN, FASTEST_10S, SLOWEST_10S)),
    CHARACTER_RATE: "characters/min",
    WORD_RATE: "words/min",
    SYLLABLE_RATE: "syllables/min",
    CHANGE: "%",
}
NAMES = frozenset(UNITS)

PAUSE_S = 0.25  # shorter stops are part of articulation (Goldman-Eisler)
SHORTEST_TURN_S = 2.0  # below, an edge error of 0.2 s changes the rate by a tenth
FEWEST_CHARACTERS = 8  # stock answers (好的没问题) are shorter and faster than speech
FEWEST_WORDS = 4
WINDOW_S = 10.0  # two or three sentences: long enough to follow, or not to be able to
SHORTEST_THIRD_S = 5.0  # a sentence: with less, what is said decides the rate and not how it is said


@dataclass(frozen=True, slots=True)
class TurnRate:
    """A turn that is long enough to have a rate.

    `said`: the units of each word; `parts`: the turn without what no words were found for.
    """

    span: Span
    words: tuple[Word, ...]
    said: tuple[tuple[str, ...], ...]
    parts: tuple[Span, ...]

    @property
    def units(self) -> int:
        """How many characters (Chinese) or words (all else) are said."""
        return sum(len(units) for units in self.said)

    @property
    def seconds(self) -> float:
        """How long they take, pauses included."""
        return sum(part.duration_s for part in self.parts)

    @property
    def per_min(self) -> float:
        """The speech rate."""
        return 60 * self.units / self.seconds

    @property
    def evidence(self) -> Evidence:
        """The whole turn and its words."""
        return Evidence(self.span, self.words[0].party, _quote(self.words))


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Ten measures of each party; evidence: its slowest and fastest turn, or the seconds that are meant."""
    return tuple(measure for party in PARTIES for measure in _measures(conversation, party))


def turn_rates(conversation: Conversation, party: Party) -> tuple[TurnRate, ...]:
    """The turns of a party that are long enough to have a rate, in order."""
    spans = union(turn.span for turn in conversation.turns_of(party))
    lost = [speech.span for speech in conversation.unintelligible if speech.party is party]
    said = words_by_span(conversation.words_of(party), spans)
    turns = [
        TurnRate(span, words, read_words(words, conversation.language), gaps(lost, span))
        for span, words in zip(spans, said, strict=True)
    ]
    fewest = _fewest(conversation.language)
    return tuple(turn for turn in turns if turn.seconds >= SHORTEST_TURN_S and turn.units >= fewest)


def _measures(conversation: Conversation, party: Party) -> tuple[Measure, ...]:
    unit = "characters/min" if is_counted_in_characters(conversation.language) else "words/min"
    turns = turn_rates(conversation, party)
    if not turns:
        why = f"the {party} has no turn of {SHORTEST_TURN_S:.0f} s and {_fewest(conversation.language)} units or more"
        return tuple(missing(name, party, own or unit, why) for name, own in UNITS.items())
    slowest, fastest = min(turns, key=_per_min), max(turns, key=_per_min)
    evidence = tuple(turn.evidence for turn in turns if turn in (slowest, fastest))
    pauses = intersection(_pauses(conversation.speech_of(party)), (part for turn in turns for part in turn.parts))
    speaking = lay_end_to_end([stretch for turn in turns for stretch in _stretches(turn)], party)
    return (
        *_rates(party, turns, sum(pause.duration_s for pause in pauses), unit, evidence),
        Measure(FASTEST_TURN, party, fastest.per_min, unit, (fastest.evidence,)),
        Measure(SLOWEST_TURN, party, slowest.per_min, unit, (slowest.evidence,)),
        *_windows(speaking, unit),
        _change(speaking),
    )


def _fewest(language: str) -> int:
    return FEWEST_CHARACTERS if is_counted_in_characters(language) else FEWEST_WORDS


def _per_min(turn: TurnRate) -> float:
    return turn.per_min


def _pauses(speech: Sequence[Span]) -> tuple[Span, ...]:
    """The stops between stretches of speech that are long enough to be heard as pauses."""
    stops = gaps(speech, Span(speech[0].start_s, speech[-1].end_s))
    return tuple(stop for stop in stops if stop.duration_s >= PAUSE_S)


def _rates(
    party: Party, turns: Sequence[TurnRate], pauses_s: float, unit: str, evidence: tuple[Evidence, ...]
) -> Iterator[Measure]:
    said = [spoken for turn in turns for units in turn.said for spoken in units]
    seconds = sum(turn.seconds for turn in turns)
    characters = sum(is_hanzi(spoken) for spoken in said)
    doubt = f"{seconds:.1f} s in turns, {WINDOW_S:.0f} s are needed" if seconds < WINDOW_S else ""
    for name, count, spoken_s in (
        (SPEECH_RATE, len(said), seconds),
        (ARTICULATION_RATE, len(said), seconds - pauses_s),
        (CHARACTER_RATE, characters, seconds),
        (WORD_RATE, len(said) - characters, seconds),
        (SYLLABLE_RATE, sum(syllables(spoken) for spoken in said), seconds),
    ):
        counted = UNITS[name] or unit
        if count:
            yield Measure(name, party, 60 * count / spoken_s, counted, evidence, low_confidence_because=doubt)
        else:
            yield missing(name, party, counted, f"the {party} speaks no language that is counted in {counted}")


def _stretches(turn: TurnRate) -> Iterator[Stretch]:
    units = {word: len(said) for word, said in zip(turn.words, turn.said, strict=True)}
    for part, words in zip(turn.parts, words_by_span(turn.words, turn.parts), strict=True):
        yield Stretch(part, words, tuple(units[word] for word in words))


def _windows(speaking: SpeakingTime, unit: str) -> tuple[Measure, Measure]:
    party = speaking.party
    if speaking.seconds < WINDOW_S:
        why = f"the {party} speaks {speaking.seconds:.1f} s in turns, {WINDOW_S:.0f} s are needed"
        return missing(FASTEST_10S, party, unit, why), missing(SLOWEST_10S, party, unit, why)
    fastest, slowest = speaking.densest(WINDOW_S), speaking.sparsest(WINDOW_S)
    return (
        Measure(FASTEST_10S, party, _rate_in(speaking, fastest), unit, speaking.evidence(fastest)),
        Measure(SLOWEST_10S, party, _rate_in(speaking, slowest), unit, speaking.evidence(slowest)),
    )


def _rate_in(speaking: SpeakingTime, window: Span) -> float:
    return 60 * speaking.units_in(window) / window.duration_s


def _change(speaking: SpeakingTime) -> Measure:
    party, third_s = speaking.party, speaking.seconds / 3
    if third_s < SHORTEST_THIRD_S:
        why = f"the {party} speaks {speaking.seconds:.1f} s in turns, {3 * SHORTEST_THIRD_S:.0f} s are needed"
        return missing(CHANGE, party, "%", why)
    first, last = Span(0.0, third_s), Span(2 * third_s, speaking.seconds)
    before, after = _rate_in(speaking, first), _rate_in(speaking, last)
    if not before:
        return missing(
            CHANGE, party, "%", f"the {party} says nothing countable in the first third of its speaking time"
        )
    doubt = f"thirds of {third_s:.1f} s, {WINDOW_S:.0f} s are needed" if third_s < WINDOW_S else ""
    evidence = speaking.evidence(first) + speaking.evidence(last)
    return Measure(CHANGE, party, 100 * (after / before - 1), "%", evidence, low_confidence_because=doubt)


def _quote(words: Sequence[Word]) -> str:
    return join_words(word.original or word.text for word in words)
