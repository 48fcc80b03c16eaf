"""Checking rubrics: each pack's own test dialogues, judged, and what came out otherwise than the pack says.

The dialogues become two-channel calls that were heard perfectly: what a rule does with bad hearing is the judge's
business, not the rubric's. A line without times follows half a second after the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from analyzers.analyze import analyze
from analyzers.conversation import Conversation, Metadata, Party, Recording, Roles, Span, Speech, Word, take_turns
from rubrics.faults import ATTRIBUTE
from rubrics.finding import Text, Verdict
from rubrics.judge import judge
from rubrics.schema import Example, Line, Rubric
from rubrics.tokens import tokenize

TOKEN_S = 0.25  # a Hanzi or a short word at an ordinary 240 a minute
GAP_S = 0.5  # between lines: a quick answer, no silence


@dataclass(frozen=True, slots=True)
class Failure:
    """A test of a rubric whose verdict is not the one it demands."""

    rubric: str
    test: str
    rule_id: str
    expected: Verdict
    got: Verdict
    because: Text

    def __str__(self) -> str:
        named = f"{self.rubric}: test {self.test!r}: rule {self.rule_id}"
        return f"{named}: expected {self.expected}, got {self.got}: {self.because.en}"


def check(rubric: Rubric) -> tuple[Failure, ...]:
    """The tests of a rubric that fail; empty: it does what it says."""
    return tuple(failure for example in rubric.tests for failure in _failures(rubric, example))


def untested(rubric: Rubric) -> tuple[str, ...]:
    """The rules that no test shows both to pass and to be flagged."""
    shown = {(rule_id, verdict) for example in rubric.tests for rule_id, verdict in example.verdicts.items()}
    needed = (Verdict.PASS, Verdict.FLAG)
    return tuple(rule.id for rule in rubric.rules if any((rule.id, verdict) not in shown for verdict in needed))


def imagine(example: Example) -> Conversation:
    """The call that a test dialogue describes."""
    lines = list(_timed(example.dialogue))
    words = sorted((word for line, span in lines for word in _words(line, span)), key=lambda word: word.span)
    speech = tuple(Speech(span, line.party, _channel(line.party)[0], _channel(line.party)[1]) for line, span in lines)
    end_s = max(span.end_s for _, span in lines) + GAP_S
    return Conversation(
        recording=Recording(example.name, "", "", end_s, 8000, 2, metadata=_metadata(example)),
        language=example.language,
        words=tuple(words),
        speech=tuple(sorted(speech, key=lambda region: region.span)),
        turns=take_turns(speech),
        roles=Roles("metadata", 1.0),
    )


def _failures(rubric: Rubric, example: Example) -> Iterator[Failure]:
    call = imagine(example)
    findings = {finding.rule_id: finding for finding in judge(call, analyze(call), (rubric,))}
    for rule_id, expected in example.verdicts.items():
        found = findings[rule_id]
        if found.verdict is not expected:
            yield Failure(rubric.rubric, example.name, rule_id, expected, found.verdict, found.because)


def _timed(lines: tuple[Line, ...]) -> Iterator[tuple[Line, Span]]:
    clock_s = 0.0
    for line in lines:
        start_s = line.start_s if line.start_s is not None else clock_s
        end_s = line.end_s if line.end_s is not None else start_s + TOKEN_S * max(1, len(tokenize(line.text)))
        clock_s = max(clock_s, end_s + GAP_S)
        yield line, Span(start_s, end_s)


def _words(line: Line, span: Span) -> Iterator[Word]:
    tokens = tokenize(line.text)
    step_s = span.duration_s / max(1, len(tokens))
    edges = [span.start_s + i * step_s for i in range(len(tokens))] + [span.end_s]
    for token, (start_s, end_s) in zip(tokens, pairwise(edges), strict=True):
        yield Word(Span(start_s, end_s), token, line.party, 1.0, _channel(line.party)[1])


def _channel(party: Party) -> tuple[str, int]:
    channel = list(Party).index(party)
    return f"channel-{channel}", channel


def _metadata(example: Example) -> Metadata:
    known = {name: value for name, value in example.metadata.items() if not name.startswith(ATTRIBUTE)}
    own = ((n.removeprefix(ATTRIBUTE), str(v)) for n, v in example.metadata.items() if n.startswith(ATTRIBUTE))
    return Metadata(**known, attributes=tuple(own))  # type: ignore[arg-type]
