"""Talk share: how much of the call, and of what is said in it, is each party's.

* **of duration**: the party's speech over the length of the recording.
* **of speech**: the party's speech over the speech of agent and customer together; both shares sum to 1.
* **longest monologue**: the longest stretch in which the other party says nothing but backchannels
  (`analyzers.floor`) and the party itself is never silent for 3 s; from its first to its last word.
* **turns**: how often the party begins to speak after a pause of 1 s or after the other party.

Left out: the speech of third persons and announcements; time in which both speak counts for both.

Sources: Amazon Contact Lens (talk time over the length of the call), Zoom and Gong (talk ratio, longest
monologue).
"""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.conversation import PARTIES, Conversation, Party, Span, gaps, union
from analyzers.floor import Contribution, contributions
from analyzers.measure import Evidence, Measure, missing
from analyzers.silence import SILENCE_S
from analyzers.text import join_words

OF_DURATION = "talk_share.of_duration"
OF_SPEECH = "talk_share.of_speech"
LONGEST_MONOLOGUE = "talk_share.longest_monologue"
TURNS = "talk_share.turns"
UNITS = {OF_DURATION: "share", OF_SPEECH: "share", LONGEST_MONOLOGUE: "s", TURNS: "turns"}
NAMES = frozenset(UNITS)

QUOTE_S = 5.0  # the beginning of a monologue is enough to know it by


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Shares, longest monologue and turns of each party; evidence is the monologue."""
    of = {party: contributions(conversation, party) for party in PARTIES}
    return tuple(measure for party in PARTIES for measure in _measures(conversation, party, of))


def _measures(
    conversation: Conversation, party: Party, of: dict[Party, tuple[Contribution, ...]]
) -> tuple[Measure, ...]:
    speech_s = {each: sum(span.duration_s for span in conversation.speech_of(each)) for each in PARTIES}
    if not speech_s[party]:
        return tuple(missing(name, party, unit, f"the {party} is not heard") for name, unit in UNITS.items())
    monologues = _monologues(of[party], of[party.counterpart])
    # Where the other speaks over every word there is none: it lasts 0 s, from the first word on.
    none = Span(of[party][0].span.start_s, of[party][0].span.start_s)
    monologue = max(monologues, key=lambda span: span.duration_s, default=none)
    words = conversation.words_of(party, Span(monologue.start_s, min(monologue.end_s, monologue.start_s + QUOTE_S)))
    evidence = (Evidence(monologue, party, join_words(word.original or word.text for word in words)),)
    values = {
        OF_DURATION: speech_s[party] / max(conversation.recording.duration_s, speech_s[party]),
        OF_SPEECH: speech_s[party] / sum(speech_s.values()),
        LONGEST_MONOLOGUE: monologue.duration_s,
        TURNS: float(len(conversation.turns_of(party))),
    }
    return tuple(Measure(name, party, values[name], unit, evidence) for name, unit in UNITS.items())


def _monologues(mine: Sequence[Contribution], theirs: Sequence[Contribution]) -> tuple[Span, ...]:
    """What one party says in each stretch of time that the other leaves to it, brief silences included."""
    breaks = [each.span for each in theirs if not each.is_backchannel]
    undisturbed = gaps(breaks, Span(mine[0].span.start_s, mine[-1].span.end_s))
    parts = ([part for each in mine if (part := each.span.within(window))] for window in undisturbed)
    return tuple(span for spoken in parts for span in union(spoken, bridge_s=SILENCE_S))
