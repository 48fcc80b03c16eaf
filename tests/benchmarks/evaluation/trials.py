"""Tried recordings built by hand: what is true and what was heard, both as lines of dialogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analyzers.analyze import analyze
from analyzers.conversation import Conversation, Party, Span
from benchmarks.evaluation.score import ScoredRecording, scored
from benchmarks.evaluation.tally import Score
from benchmarks.evaluation.tried import Tried, reference
from benchmarks.evaluation.truth import TrueTurn, Truth
from rubrics.judge import judge
from rubrics.schema import Rubric
from tests.builders import dialogue, recording

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER
Line = tuple[Party, str, float, float]

CALL: tuple[Line, ...] = (
    (AGENT, "good morning how can I help you today", 1.0, 4.0),
    (CUSTOMER, "my washing machine is broken and it leaks", 4.5, 8.0),
    (AGENT, "have you tried turning it off", 7.0, 10.0),
    (CUSTOMER, "yes I did that", 16.0, 18.0),
)
DURATION_S = 20.0


def truth(lines: Sequence[Line] = CALL, *, language: str | None = "en", **more: object) -> Truth:
    turns = tuple(TrueTurn(Span(start_s, end_s), who.value, who, text) for who, text, start_s, end_s in lines)
    return Truth(Path("call-1.json"), turns, language, **more)  # type: ignore[arg-type]


def trial(
    true: Truth, heard: Sequence[Line] | Conversation, *, rubrics: tuple[Rubric, ...] = (), **more: object
) -> Tried:
    """What the pipeline would have heard, against what is true."""
    call = (
        heard
        if isinstance(heard, Conversation)
        else dialogue(heard, language=true.language or "en", duration_s=DURATION_S)
    )
    measures = analyze(call)
    return Tried(true, call, measures, judge(call, measures, rubrics), rubrics, **more)  # type: ignore[arg-type]


def itself(true: Truth) -> Tried:
    """A pipeline that hears everything rightly."""
    return trial(true, reference(true, recording(duration_s=DURATION_S), true.language or "en"))


def swapped(call: Conversation) -> Conversation:
    """The same voices with agent and customer exchanged."""
    return replace(
        call,
        words=tuple(replace(word, party=word.party.counterpart) for word in call.words),
        speech=tuple(replace(speech, party=speech.party.counterpart) for speech in call.speech),
        turns=tuple(replace(turn, party=turn.party.counterpart) for turn in call.turns),
    )


def score_of(scores: Sequence[Score], name: str) -> Score:
    return next(score for score in scores if score.name == name)


def scored_call(call_id: str = "call-1", folder: str = "", heard: Sequence[Line] = CALL) -> ScoredRecording:
    """A recording with scores and a name of its own."""
    return replace(scored(trial(truth(), heard), folder), call_id=call_id)
