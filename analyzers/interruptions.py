"""Interruptions: who comes in while the other speaks, how long both speak, and who gives way.

Definitions (contributions, entrances and backchannels are those of `analyzers.floor`):

* **overlap**: both parties speak at the same time; it belongs to the party that came in. Overlaps under
  0.1 s are below what voice activity can tell and are left out.
* **backchannel**: a sign of listening said into the other's speech; never an interruption.
* **interruption**: an entrance that is no backchannel, whose words were heard, where the other had held the
  floor for at least 1 s, both speak for at least 0.5 s, and the one who came in goes on for at least 1 s.
  It is **successful** when the other stops within 1.5 s of it without having finished, else an **attempt**.
  Finished is what ends as a question or with a Chinese particle that closes a sentence (吗, 呢, 吧). A full stop
  says nothing: recognisers wrote one after 14 of 35 turns that were cut off and 223 of 347 that were not, and of
  those who stop so soon after somebody broke in, most were cut off.
* **per minute**: interruptions over the minutes that the other speaks: who says much can be interrupted much.

Left out: an overlap under 0.5 s at the end of a turn is a quick change of turns, not an interruption;
somebody who goes on with what he or she was saying before the other came in does not interrupt (the other
has not held the floor); sounds that no words were heard in (cough, laughter) are overlap and no more; third
persons, and two voices of one side that speak at once. Whether an interruption was rude is not measured:
helping with a word also comes in mid-turn.

On one shared channel overlap is an engine's estimate, so every value is of low confidence.

Sources: Amazon Transcribe Call Analytics (interruptions, non-talk), Alibaba SCA (interruptions of at least
4 characters), Levinson and Torreira (2015): three overlaps in four at turn changes are under 0.4 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from analyzers.conversation import PARTIES, Conversation, Party, Span, Word
from analyzers.floor import Entrance, entrances
from analyzers.measure import Evidence, Measure, missing
from analyzers.text import join_words

COUNT = "interruptions.count"
SUCCESSFUL = "interruptions.successful"
ATTEMPTS = "interruptions.attempts"
PER_MIN = "interruptions.per_min"
BACKCHANNELS = "interruptions.backchannels"
OVERLAP_COUNT = "interruptions.overlap_count"
OVERLAP = "interruptions.overlap"
LONGEST_OVERLAP = "interruptions.longest_overlap"
UNITS = {
    COUNT: "interruptions",
    SUCCESSFUL: "interruptions",
    ATTEMPTS: "interruptions",
    PER_MIN: "interruptions/min",
    BACKCHANNELS: "backchannels",
    OVERLAP_COUNT: "overlaps",
    OVERLAP: "s",
    LONGEST_OVERLAP: "s",
}
NAMES = frozenset(UNITS)

SHORTEST_OVERLAP_S = 0.1  # voice activity is off by up to 0.1 s at each edge
FLOOR_HELD_S = 1.0  # who has spoken for less had hardly begun: both started at about the same time
INTERRUPTING_OVERLAP_S = 0.5  # three in four overlaps at ordinary turn changes are under 0.4 s
GOES_ON_S = 1.0  # who stops sooner did not take the floor
GIVES_WAY_S = 1.5  # who stops later finished what was to be said
QUOTE_S = 5.0  # of what either side says: enough to judge it, less than a speech
SPEECH_S = 30.0  # of the other's speech: in less, one interruption alone makes a rate of 2 per minute

QUESTION_MARKS = ("?", "？")
FULL_STOPS = ".。!！"
CLOSING_PARTICLES = ("吗", "嘛", "呢", "吧", "啊", "呀", "啦", "哦", "呗")


class Kind(StrEnum):
    """What an entrance is."""

    OVERLAP = "overlap"
    BACKCHANNEL = "backchannel"
    ATTEMPT = "attempt"
    SUCCESSFUL = "successful"


@dataclass(frozen=True, slots=True)
class Overlap:
    """One time that a party came in while the other was speaking.

    `span`: from where both begin to speak to where they stop; where the entrance falls into a breath and both
    never do, the entrance itself. `overlap_s`: the seconds of it in which both speak. `said`: the first words of
    the party that came in. `over`: what the other was saying, the last words before and those in the overlap.
    """

    kind: Kind
    party: Party
    span: Span
    overlap_s: float
    said: str
    over: str


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Counts, rate and overlap seconds for each party that came in; evidence: each overlap and what both said in it."""
    for party in PARTIES:
        if not _speech_s(conversation, party):
            why = f"the {party} is not heard, so nobody could interrupt or be interrupted"
            return tuple(missing(name, each, UNITS[name], why) for each in PARTIES for name in UNITS)
    found = overlaps(conversation)
    doubt = "the voices share one channel: overlap is the diarizer's estimate" if conversation.diarized else ""
    return tuple(
        measure
        for party in PARTIES
        for measure in _measures(conversation, party, [one for one in found if one.party is party], doubt)
    )


def overlaps(conversation: Conversation) -> tuple[Overlap, ...]:
    """Every overlap, backchannel and interruption of the call in time order: who, when, how long, what was said."""
    found = (_overlap(entrance, kind_of(entrance)) for entrance in entrances(conversation))
    return tuple(one for one in found if one.overlap_s >= SHORTEST_OVERLAP_S or one.kind is Kind.BACKCHANNEL)


def kind_of(entrance: Entrance) -> Kind:
    """What an entrance is, by the definitions above; OVERLAP where it is no more than that."""
    entering, holding = entrance.entering, entrance.holding
    if entering.is_backchannel:
        return Kind.BACKCHANNEL
    took_floor = bool(entering.words) and entering.span.duration_s >= GOES_ON_S
    mid_turn = entrance.floor_held_s >= FLOOR_HELD_S and entrance.overlap_s >= INTERRUPTING_OVERLAP_S
    if not (took_floor and mid_turn):
        return Kind.OVERLAP
    gave_way = holding.span.end_s - entering.span.start_s <= GIVES_WAY_S
    return Kind.SUCCESSFUL if gave_way and not _finished(holding.words) else Kind.ATTEMPT


def _finished(words: Sequence[Word]) -> bool:
    ending = _text(words[-2:]).strip()  # a mark may come as a word of its own
    return ending.endswith(QUESTION_MARKS) or ending.rstrip(FULL_STOPS).endswith(CLOSING_PARTICLES)


def _overlap(entrance: Entrance, kind: Kind) -> Overlap:
    entering, both = entrance.entering, entrance.overlap
    onset_s = entering.span.start_s
    span = Span(both[0].start_s, both[-1].end_s) if both else entering.span
    said = [word for word in entering.words if word.span.start_s < onset_s + QUOTE_S]
    around = Span(onset_s - QUOTE_S, span.end_s)
    over = [word for word in entrance.holding.words if word.span.overlap_s(around) > 0]
    return Overlap(kind, entering.party, span, entrance.overlap_s, _text(said), _text(over))


def _text(words: Sequence[Word]) -> str:
    return join_words(word.original or word.text for word in words)


def _measures(conversation: Conversation, party: Party, mine: Sequence[Overlap], doubt: str) -> tuple[Measure, ...]:
    both = [one for one in mine if one.overlap_s >= SHORTEST_OVERLAP_S]
    interruptions = [one for one in mine if one.kind in {Kind.ATTEMPT, Kind.SUCCESSFUL}]
    other_s = _speech_s(conversation, party.counterpart)
    values = {
        COUNT: (len(interruptions), interruptions),
        SUCCESSFUL: _count(mine, Kind.SUCCESSFUL),
        ATTEMPTS: _count(mine, Kind.ATTEMPT),
        PER_MIN: (60 * len(interruptions) / other_s, interruptions),
        BACKCHANNELS: _count(mine, Kind.BACKCHANNEL),
        OVERLAP_COUNT: (len(both), both),
        OVERLAP: (sum(one.overlap_s for one in both), both),
        LONGEST_OVERLAP: _longest(both),
    }
    little = f"the {party.counterpart} spoke {other_s:.0f} s, {SPEECH_S:.0f} s are needed" if other_s < SPEECH_S else ""
    doubts = {PER_MIN: "; ".join(filter(None, (doubt, little)))}
    return tuple(
        Measure(name, party, float(value), UNITS[name], tuple(map(_evidence, shown)), "", doubts.get(name, doubt))
        for name, (value, shown) in values.items()
    )


def _speech_s(conversation: Conversation, party: Party) -> float:
    return sum(span.duration_s for span in conversation.speech_of(party))


def _count(mine: Sequence[Overlap], kind: Kind) -> tuple[int, list[Overlap]]:
    found = [one for one in mine if one.kind is kind]
    return len(found), found


def _longest(both: Sequence[Overlap]) -> tuple[float, list[Overlap]]:
    longest = max(both, key=lambda one: one.overlap_s, default=None)
    return (longest.overlap_s, [longest]) if longest else (0.0, [])


def _evidence(one: Overlap) -> Evidence:
    """One for each overlap; what the other was saying stands behind a slash."""
    return Evidence(one.span, one.party, " / ".join(filter(None, (one.said, one.over))))
