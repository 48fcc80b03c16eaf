"""Responsiveness: how soon one speaks when it is one's turn, from the ringing to the end of the call.

* **answer**: the floor-transfer offset, from the end of the other party's turn to the start of the party's next
  one, in seconds. It is negative where the party begins before the other has ended. Given as median and
  as 95th percentile (linear between the two nearest answers), for agent and customer.
* **greeting**: from the start of the recording to the agent's first word.
* **first useful answer**: from the end of the customer's first request to the agent's first useful answer
  (`analyzers.first_answer`: our own definition); what the agent announced as a hold counts, the customer waits in it.
* **ring**: how long it rang before the call was answered, as the site's metadata says (`ring_s`): it is not recorded.
* **trailing silence**: from the end of the last speech to the end of the recording: nobody hung up.
* **hung up by agent**: 1 where the metadata says that the agent ended the call, 0 where it says that somebody else
  did. What the recording suggests is not taken for it.

Left out of the answers: turns that begin and end inside a turn of the other party (backchannels, attempts that
failed), which take no floor; answers after an announced hold (`analyzers.silence`), where the customer knew why.

Source: Levinson and Torreira (2015): most offsets lie between -0.1 and 0.5 s, mode about 0.2 s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analyzers.conversation import CUT_OFF, PARTIES, Conversation, Party, Span, Turn
from analyzers.first_answer import find_first_answer
from analyzers.floor import Contribution
from analyzers.measure import Evidence, Measure, missing
from analyzers.silence import find_silences
from analyzers.text import join_words

ANSWER_MEDIAN = "responsiveness.answer_median"
ANSWER_P95 = "responsiveness.answer_p95"
GREETING = "responsiveness.greeting"
FIRST_USEFUL_ANSWER = "responsiveness.first_useful_answer"
RING = "responsiveness.ring"
TRAILING_SILENCE = "responsiveness.trailing_silence"
HUNG_UP_BY_AGENT = "responsiveness.hung_up_by_agent"
NAMES = frozenset({ANSWER_MEDIAN, ANSWER_P95, GREETING, FIRST_USEFUL_ANSWER, RING, TRAILING_SILENCE, HUNG_UP_BY_AGENT})

FEWEST_ANSWERS_P95 = 20  # one in twenty is slower than the 95th percentile: with fewer it is about the slowest
SHOWN = 3  # the slowest answers: enough for a coach to hear whether there is a reason


@dataclass(frozen=True, slots=True)
class Answer:
    """One floor transfer: from `asked_s`, where the other party ends, to `answered_s`."""

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
    """Answers of both parties, first words of the agent, beginning and end of the call.

    Evidence: the middle answer, the slowest ones, each wait; of what the metadata says the silence at the end.
    """
    hold = find_silences(conversation).hold
    return (
        *(each for party in PARTIES for each in _answer_measures(tuple(_answers(conversation, party, hold)), party)),
        _greeting(conversation),
        _first_useful_answer(conversation),
        _ring(conversation),
        _trailing_silence(conversation),
        _hung_up_by_agent(conversation),
    )


def answers(conversation: Conversation, party: Party) -> Iterator[Answer]:
    """Every floor transfer to a party from the other, in time order, those out of a hold left out."""
    return _answers(conversation, party, find_silences(conversation).hold)


def _answers(conversation: Conversation, party: Party, hold: Sequence[Span]) -> Iterator[Answer]:
    for before, after in pairwise(_floor_turns(conversation)):
        if (before.party, after.party) == (party.counterpart, party):
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


def _answer_measures(found: Sequence[Answer], party: Party) -> tuple[Measure, Measure]:
    if not found:
        why = f"the {party} never takes over from the {party.counterpart} outside an announced hold"
        return missing(ANSWER_MEDIAN, party, "s", why), missing(ANSWER_P95, party, "s", why)
    slowest_first = sorted(found, key=lambda answer: -answer.offset_s)
    median_s, p95_s = (float(value) for value in np.percentile([answer.offset_s for answer in found], [50, 95]))
    few = f"{len(found)} answers, {FEWEST_ANSWERS_P95} are needed" if len(found) < FEWEST_ANSWERS_P95 else ""
    middle, slowest = slowest_first[len(found) // 2], slowest_first[:SHOWN]
    return (
        Measure(ANSWER_MEDIAN, party, median_s, "s", (Evidence(middle.span, party),)),
        Measure(ANSWER_P95, party, p95_s, "s", tuple(Evidence(answer.span, party) for answer in slowest), "", few),
    )


def _greeting(conversation: Conversation) -> Measure:
    speech = conversation.speech_of(Party.AGENT)
    if not speech:
        return missing(GREETING, Party.AGENT, "s", "the agent is not heard")
    start_s = speech[0].start_s
    return Measure(GREETING, Party.AGENT, start_s, "s", (Evidence(Span(0.0, start_s), Party.AGENT),))


def _first_useful_answer(conversation: Conversation) -> Measure:
    found = find_first_answer(conversation)
    if found.request is None or found.answer is None:
        lacks = (
            "the customer asks for nothing" if found.request is None else "the agent says nothing to the first request"
        )
        return missing(FIRST_USEFUL_ANSWER, Party.AGENT, "s", f"{lacks}, as far as words were recognised")
    value = found.answer.span.start_s - found.asked_s
    evidence = (_quoted(found.request), _quoted(found.answer))
    return Measure(FIRST_USEFUL_ANSWER, Party.AGENT, value, "s", evidence)


def _quoted(contribution: Contribution) -> Evidence:
    said = join_words(word.original or word.text for word in contribution.words)
    return Evidence(contribution.span, contribution.party, said)


def _ring(conversation: Conversation) -> Measure:
    ring_s = conversation.recording.metadata.ring_s
    if ring_s is None:
        return missing(RING, None, "s", "the metadata does not say how long it rang (ring_s)")
    return Measure(RING, None, ring_s, "s")


def _trailing_silence(conversation: Conversation) -> Measure:
    if not conversation.speech:
        return missing(TRAILING_SILENCE, None, "s", "nobody is heard: without speech there is no silence after it")
    cut_off = next((limit.because for limit in conversation.limits if limit.what == CUT_OFF), None)
    if cut_off is not None:
        return missing(TRAILING_SILENCE, None, "s", f"the recording stops before the call does: {cut_off}")
    silence = _after_speech(conversation)
    return Measure(TRAILING_SILENCE, None, silence.duration_s, "s", (Evidence(silence),))


def _hung_up_by_agent(conversation: Conversation) -> Measure:
    by = conversation.recording.metadata.hung_up_by
    if by is None:
        return missing(HUNG_UP_BY_AGENT, None, "0 or 1", "the metadata does not say who ended the call (hung_up_by)")
    return Measure(HUNG_UP_BY_AGENT, None, float(by == Party.AGENT), "0 or 1", (Evidence(_after_speech(conversation)),))


def _after_speech(conversation: Conversation) -> Span:
    end_s = conversation.recording.duration_s
    return Span(min(end_s, max((speech.span.end_s for speech in conversation.speech), default=0.0)), end_s)
