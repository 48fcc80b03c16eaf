"""Responsiveness: how soon the agent speaks when it is the agent's turn.

* **answer**: the floor-transfer offset, from the end of the customer's turn to the start of the agent's next
  one, in seconds. It is negative where the agent begins before the customer has ended. Given as median and
  as 95th percentile (linear between the two nearest answers).
* **greeting**: from the start of the recording to the agent's first word.

Left out: turns that begin and end inside a turn of the other party (backchannels, attempts that failed),
which take no floor; answers after an announced hold (`analyzers.silence`), where the customer knew why.
Ringing before the recording starts is not in the recording: that is the metadata's `ring_s`.

Source: Levinson and Torreira (2015): most offsets lie between -0.1 and 0.5 s, mode about 0.2 s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analyzers.conversation import Conversation, Party, Span, Turn
from analyzers.measure import Evidence, Measure, missing
from analyzers.silence import find_silences

ANSWER_MEDIAN = "responsiveness.answer_median"
ANSWER_P95 = "responsiveness.answer_p95"
GREETING = "responsiveness.greeting"
NAMES = frozenset({ANSWER_MEDIAN, ANSWER_P95, GREETING})

FEWEST_ANSWERS_P95 = 20  # one in twenty is slower than the 95th percentile: with fewer it is about the slowest
SHOWN = 3  # the slowest answers: enough for a coach to hear whether there is a reason


@dataclass(frozen=True, slots=True)
class Answer:
    """One floor transfer to the agent: from `asked_s`, where the customer ends, to `answered_s`."""

    asked_s: float
    answered_s: float

    @property
    def offset_s(self) -> float:
        """Seconds from the one to the other, negative where they overlap."""
        return self.answered_s - self.asked_s

    @property
    def span(self) -> Span:
        """The gap, or the overlap."""
        return Span(min(self.asked_s, self.answered_s), max(self.asked_s, self.answered_s))


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Three measures of the agent; evidence: the middle answer, the slowest ones, and the wait for the greeting."""
    return (*_answer_measures(tuple(answers(conversation))), _greeting(conversation))


def answers(conversation: Conversation) -> Iterator[Answer]:
    """Every floor transfer from the customer to the agent, in time order, those out of a hold left out."""
    hold = find_silences(conversation).hold
    for before, after in pairwise(_floor_turns(conversation)):
        if (before.party, after.party) == (Party.CUSTOMER, Party.AGENT):
            answer = Answer(before.span.end_s, after.span.start_s)
            if not any(answer.span.overlap_s(span) > 0 for span in hold):
                yield answer


def _floor_turns(conversation: Conversation) -> Iterator[Turn]:
    """The turns that take the floor: those that outlast every turn begun before them."""
    end_s = -1.0
    for turn in conversation.turns:
        if turn.span.end_s > end_s:
            yield turn
            end_s = turn.span.end_s


def _answer_measures(found: Sequence[Answer]) -> tuple[Measure, Measure]:
    if not found:
        why = "the agent never takes over from the customer outside an announced hold"
        median, p95 = (missing(name, Party.AGENT, "s", why) for name in (ANSWER_MEDIAN, ANSWER_P95))
        return median, p95
    slowest_first = sorted(found, key=lambda answer: -answer.offset_s)
    median_s, p95_s = (float(value) for value in np.percentile([answer.offset_s for answer in found], [50, 95]))
    few = f"{len(found)} answers, {FEWEST_ANSWERS_P95} are needed" if len(found) < FEWEST_ANSWERS_P95 else ""
    return (
        Measure(ANSWER_MEDIAN, Party.AGENT, median_s, "s", _evidence([slowest_first[len(found) // 2]])),
        Measure(ANSWER_P95, Party.AGENT, p95_s, "s", _evidence(slowest_first[:SHOWN]), low_confidence_because=few),
    )


def _evidence(found: Sequence[Answer]) -> tuple[Evidence, ...]:
    return tuple(Evidence(answer.span, Party.AGENT) for answer in found)


def _greeting(conversation: Conversation) -> Measure:
    speech = conversation.speech_of(Party.AGENT)
    if not speech:
        return missing(GREETING, Party.AGENT, "s", "the agent is not heard")
    return Measure(
        GREETING, Party.AGENT, speech[0].start_s, "s", (Evidence(Span(0.0, speech[0].start_s), Party.AGENT),)
    )
