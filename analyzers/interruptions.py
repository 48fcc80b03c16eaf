"""Interruptions: who comes in while the other speaks, how long both speak, and who gives way.

Definitions (contributions, entrances and backchannels are those of `analyzers.floor`):

* **overlap**: both parties speak at the same time; it belongs to the party that came in. Overlaps under
  0.1 s are below what voice activity can tell and are left out.
* **backchannel**: a sign of listening said into the other's speech; never an interruption.
* **interruption**: an entrance that is no backchannel, whose words were heard, where the other had held the
  floor for at least 1 s, both speak for at least 0.5 s, and the one who came in goes on for at least 1 s.
  It is **successful** when the other stops within 1.5 s of it without having finished (the last word
  ends no sentence), else an **attempt**.

Left out: an overlap under 0.5 s at the end of a turn is a quick change of turns, not an interruption;
somebody who goes on with what he or she was saying before the other came in does not interrupt (the other
has not held the floor); sounds that no words were heard in (cough, laughter) are overlap and no more.
Whether an interruption was rude is not measured: helping with a word also comes in mid-turn.

On one shared channel overlap is an engine's estimate, so every value is of low confidence.

Sources: Amazon Transcribe Call Analytics (interruptions, non-talk), Alibaba SCA (interruptions of at least
4 characters), Levinson and Torreira (2015): three overlaps in four at turn changes are under 0.4 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from analyzers.conversation import PARTIES, Conversation, Party, Span
from analyzers.floor import Entrance, entrances
from analyzers.measure import Evidence, Measure, missing
from analyzers.text import join_words

COUNT = "interruptions.count"
SUCCESSFUL = "interruptions.successful"
ATTEMPTS = "interruptions.attempts"
BACKCHANNELS = "interruptions.backchannels"
OVERLAP_COUNT = "interruptions.overlap_count"
OVERLAP = "interruptions.overlap"
UNITS = {
    COUNT: "interruptions",
    SUCCESSFUL: "interruptions",
    ATTEMPTS: "interruptions",
    BACKCHANNELS: "backchannels",
    OVERLAP_COUNT: "overlaps",
    OVERLAP: "s",
}
NAMES = frozenset(UNITS)

SHORTEST_OVERLAP_S = 0.1  # voice activity is off by up to 0.1 s at each edge
FLOOR_HELD_S = 1.0  # who has spoken for less had hardly begun: both started at about the same time
INTERRUPTING_OVERLAP_S = 0.5  # three in four overlaps at ordinary turn changes are under 0.4 s
GOES_ON_S = 1.0  # who stops sooner did not take the floor
GIVES_WAY_S = 1.5  # who stops later finished what was to be said
QUOTE_S = 5.0  # of what was said on coming in: enough to judge it, less than a speech

SENTENCE_ENDS = (".", "。", "!", "！", "?", "？")
TRAILING_OFF = ("...", "…", "。。。")


class Kind(StrEnum):
    """What an entrance is."""

    OVERLAP = "overlap"
    BACKCHANNEL = "backchannel"
    ATTEMPT = "attempt"
    SUCCESSFUL = "successful"


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Counts and overlap seconds for each party that came in; evidence is the overlap and what was said in it."""
    for party in PARTIES:
        if not conversation.speech_of(party):
            why = f"the {party} is not heard, so nobody could interrupt or be interrupted"
            return tuple(missing(name, each, UNITS[name], why) for each in PARTIES for name in UNITS)
    found = [(entrance, kind_of(entrance)) for entrance in entrances(conversation)]
    doubt = "the voices share one channel: overlap is the diarizer's estimate" if conversation.diarized else ""
    return tuple(measure for party in PARTIES for measure in _measures(party, found, doubt))


def kind_of(entrance: Entrance) -> Kind:
    """Whether an entrance is overlap only, a backchannel, or an interruption, and then how it ended."""
    entering, holding = entrance.entering, entrance.holding
    if entering.is_backchannel:
        return Kind.BACKCHANNEL
    took_floor = bool(entering.words) and entering.span.duration_s >= GOES_ON_S
    mid_turn = entrance.floor_held_s >= FLOOR_HELD_S and entrance.overlap_s >= INTERRUPTING_OVERLAP_S
    if not (took_floor and mid_turn):
        return Kind.OVERLAP
    gave_way = holding.span.end_s - entering.span.start_s <= GIVES_WAY_S
    return Kind.SUCCESSFUL if gave_way and not _finished(entrance) else Kind.ATTEMPT


def _finished(entrance: Entrance) -> bool:
    words = entrance.holding.words
    ending = (words[-1].original or words[-1].text).strip() if words else ""
    return ending.endswith(SENTENCE_ENDS) and not ending.endswith(TRAILING_OFF)


def _measures(party: Party, found: Sequence[tuple[Entrance, Kind]], doubt: str) -> tuple[Measure, ...]:
    mine = [(entrance, kind) for entrance, kind in found if entrance.entering.party is party]
    overlapping = [entrance for entrance, _ in mine if entrance.overlap_s >= SHORTEST_OVERLAP_S]
    sets = {
        COUNT: [entrance for entrance, kind in mine if kind in {Kind.ATTEMPT, Kind.SUCCESSFUL}],
        SUCCESSFUL: [entrance for entrance, kind in mine if kind is Kind.SUCCESSFUL],
        ATTEMPTS: [entrance for entrance, kind in mine if kind is Kind.ATTEMPT],
        BACKCHANNELS: [entrance for entrance, kind in mine if kind is Kind.BACKCHANNEL],
        OVERLAP_COUNT: overlapping,
        OVERLAP: overlapping,
    }
    values = {name: float(len(entrances)) for name, entrances in sets.items()}
    values[OVERLAP] = sum(entrance.overlap_s for entrance in overlapping)
    return tuple(
        Measure(name, party, values[name], UNITS[name], tuple(map(_evidence, sets[name])), low_confidence_because=doubt)
        for name in UNITS
    )


def _evidence(entrance: Entrance) -> Evidence:
    entering = entrance.entering
    span = Span(entrance.overlap[0].start_s, entrance.overlap[-1].end_s) if entrance.overlap else entering.span
    first = [word for word in entering.words if word.span.start_s < entering.span.start_s + QUOTE_S]
    return Evidence(span, entering.party, join_words(word.original or word.text for word in first))
