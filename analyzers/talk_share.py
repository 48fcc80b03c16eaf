"""Talk share: how much of the call, and of what is said in it, is each party's.

* **of duration**: the party's speech over the length of the recording.
* **of speech**: the party's speech over the speech of agent and customer together; both shares sum to 1.
* **longest monologue**: the longest stretch in which the other party says nothing but backchannels
  (`analyzers.floor`) and the party itself is never silent for 3 s; from its first to its last word.
* **turns**: how often the party begins to speak after a pause of 1 s or after the other party; **turn length**: the
  median of how long they last.
* **first, middle, last third**: the party's share of speech in each third of the recording: whether a customer who had
  much to say at first is listened to until the end. Both parties' shares sum to 1 in every third.

Left out: the speech of third persons and announcements; time in which both speak counts for both.

Sources: Amazon Contact Lens (talk time over the length of the call), Zoom and Gong (talk ratio, longest
monologue).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from analyzers.conversation import PARTIES, Conversation, Party, Span, gaps, intersection, union
from analyzers.floor import Contribution, contributions
from analyzers.measure import Evidence, Measure, missing
from analyzers.silence import SILENCE_S
from analyzers.text import join_words

OF_DURATION = "talk_share.of_duration"
OF_SPEECH = "talk_share.of_speech"
LONGEST_MONOLOGUE = "talk_share.longest_monologue"
TURNS = "talk_share.turns"
TURN_LENGTH = "talk_share.turn_length"
THIRDS = ("talk_share.first_third", "talk_share.middle_third", "talk_share.last_third")
UNITS = {
    OF_DURATION: "share",
    OF_SPEECH: "share",
    LONGEST_MONOLOGUE: "s",
    TURNS: "turns",
    TURN_LENGTH: "s",
    **dict.fromkeys(THIRDS, "share"),
}
NAMES = frozenset(UNITS)

QUOTE_S = 5.0  # the beginning of a monologue is enough to know it by


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Shares, longest monologue and turns of each party.

    Evidence: the monologue; of turn length the longest turn, of a third the third.
    """
    of = {party: contributions(conversation, party) for party in PARTIES}
    return tuple(measure for party in PARTIES for measure in _measures(conversation, party, of))


def _measures(
    conversation: Conversation, party: Party, of: dict[Party, tuple[Contribution, ...]]
) -> tuple[Measure, ...]:
    speech_s = {each: _seconds(conversation.speech_of(each)) for each in PARTIES}
    if not speech_s[party]:
        return tuple(missing(name, party, unit, f"the {party} is not heard") for name, unit in UNITS.items())
    monologues = _monologues(of[party], of[party.counterpart])
    # Where the other speaks over every word there is none: it lasts 0 s, from the first word on.
    none = Span(of[party][0].span.start_s, of[party][0].span.start_s)
    monologue = max(monologues, key=_duration_s, default=none)
    values = {
        OF_DURATION: speech_s[party] / max(conversation.recording.duration_s, speech_s[party]),
        OF_SPEECH: speech_s[party] / sum(speech_s.values()),
        LONGEST_MONOLOGUE: monologue.duration_s,
        TURNS: float(len(conversation.turns_of(party))),
    }
    evidence = (_evidence(conversation, party, monologue),)
    return (
        *(Measure(name, party, value, UNITS[name], evidence) for name, value in values.items()),
        _turn_length(conversation, party),
        *(
            _third(conversation, party, name, window)
            for name, window in zip(THIRDS, _thirds(conversation.recording.duration_s), strict=True)
        ),
    )


def _turn_length(conversation: Conversation, party: Party) -> Measure:
    spans = [turn.span for turn in conversation.turns_of(party)]
    if not spans:
        return missing(TURN_LENGTH, party, "s", f"the {party} has no turn")
    longest = _evidence(conversation, party, max(spans, key=_duration_s))
    return Measure(TURN_LENGTH, party, median(map(_duration_s, spans)), "s", (longest,))


def _third(conversation: Conversation, party: Party, name: str, window: Span) -> Measure:
    speech_s = {each: _seconds(intersection(conversation.speech_of(each), [window])) for each in PARTIES}
    if not sum(speech_s.values()):
        return missing(name, party, "share", "neither agent nor customer speaks in this third of the recording")
    return Measure(name, party, speech_s[party] / sum(speech_s.values()), "share", (Evidence(window, party),))


def _thirds(duration_s: float) -> tuple[Span, Span, Span]:
    first_s, last_s = duration_s / 3, duration_s * 2 / 3
    return Span(0.0, first_s), Span(first_s, last_s), Span(last_s, duration_s)


def _evidence(conversation: Conversation, party: Party, span: Span) -> Evidence:
    """A span and how what is said in it begins."""
    words = conversation.words_of(party, Span(span.start_s, min(span.end_s, span.start_s + QUOTE_S)))
    return Evidence(span, party, join_words(word.original or word.text for word in words))


def _duration_s(span: Span) -> float:
    return span.duration_s


def _seconds(spans: Iterable[Span]) -> float:
    return sum(span.duration_s for span in spans)


def _monologues(mine: Sequence[Contribution], theirs: Sequence[Contribution]) -> tuple[Span, ...]:
    """What one party says in each stretch of time that the other leaves to it, brief silences included."""
    breaks = [each.span for each in theirs if not each.is_backchannel]
    undisturbed = gaps(breaks, Span(mine[0].span.start_s, mine[-1].span.end_s))
    parts = ([part for each in mine if (part := each.span.within(window))] for window in undisturbed)
    return tuple(span for spoken in parts for span in union(spoken, bridge_s=SILENCE_S))
