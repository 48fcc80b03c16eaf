from pathlib import Path

import pytest

from analyzers.analyze import analyze
from analyzers.conversation import Party, Span
from analyzers.hold_phrases import HOLD_PHRASES
from rubrics.check import Failure, check, imagine, untested
from rubrics.finding import Verdict
from rubrics.judge import judge
from rubrics.load import load_rubric, load_rubrics
from rubrics.schema import Example, Line, Rubric
from tests.builders import dialogue

PACKS = load_rubrics()


@pytest.mark.parametrize("rubric", PACKS, ids=lambda rubric: rubric.rubric)
def test_the_packs_do_what_they_say(rubric: Rubric) -> None:
    assert [str(failure) for failure in check(rubric)] == []


@pytest.mark.parametrize("rubric", PACKS, ids=lambda rubric: rubric.rubric)
def test_every_rule_of_the_packs_is_shown_to_pass_and_to_be_flagged(rubric: Rubric) -> None:
    assert untested(rubric) == ()


@pytest.mark.parametrize("rubric", PACKS, ids=lambda rubric: rubric.rubric)
def test_every_rule_of_the_packs_speaks_both_languages(rubric: Rubric) -> None:
    assert [r.id for r in rubric.rules if r.phrases and not (r.phrases.zh and r.phrases.en)] == []


@pytest.mark.parametrize("phrase", HOLD_PHRASES)
def test_what_begins_a_hold_has_announced_it(phrase: str) -> None:
    language = "en" if phrase.isascii() else "zh"
    lines = ((Party.AGENT, phrase, 0.0, 3.0), (Party.AGENT, "OK", 11.0, 12.0))
    call = dialogue(lines, language=language)
    measures = analyze(call)
    verdicts = {finding.rule_id: finding.verdict for finding in judge(call, measures, PACKS)}
    assert (verdicts["hold_announced"], verdicts["hold_returned"]) == (Verdict.PASS, Verdict.FLAG)


def test_a_test_that_fails_says_what_came_out(tmp_path: Path) -> None:
    path = tmp_path / "house.yaml"
    path.write_text(
        """
rubric: house
version: 1
title: {zh: 自家, en: House}
rules:
  - id: hello
    title: {zh: 问候, en: Greeting}
    party: agent
    severity: minor
    points: 5
    phrases: {en: [hello]}
tests:
  - {name: said, language: en, dialogue: [[agent, hello]], verdicts: {hello: flag}}
  - {name: right, language: en, dialogue: [[agent, good day]], verdicts: {hello: flag}}
""",
        encoding="utf-8",
    )
    rubric = load_rubric(path)
    (failure,) = check(rubric)
    assert failure == Failure("house", "said", "hello", Verdict.FLAG, Verdict.PASS, failure.because)
    assert str(failure).startswith("house: test 'said': rule hello: expected flag, got pass: heard 1: 'hello' at 0.0 s")
    assert untested(rubric) == ("hello",)


def test_a_dialogue_becomes_a_call() -> None:
    lines = (
        Line(party=Party.AGENT, text="你好 ok"),
        Line(party=Party.CUSTOMER, text="hi", start_s=5, end_s=6),
        Line(party=Party.AGENT, text="再见"),
    )
    example = Example(
        name="x", language="zh", dialogue=lines, verdicts={}, metadata={"direction": "inbound", "attributes.shop": "n"}
    )
    call = imagine(example)
    assert [(word.text, word.span, word.party, word.channel) for word in call.words] == [
        ("你", Span(0, 0.25), Party.AGENT, 0),
        ("好", Span(0.25, 0.5), Party.AGENT, 0),
        ("ok", Span(0.5, 0.75), Party.AGENT, 0),
        ("hi", Span(5, 6), Party.CUSTOMER, 1),
        ("再", Span(6.5, 6.75), Party.AGENT, 0),
        ("见", Span(6.75, 7), Party.AGENT, 0),
    ]
    assert [turn.span for turn in call.turns] == [Span(0, 0.75), Span(5, 6), Span(6.5, 7)]
    assert call.recording.duration_s == 7.5
    assert (call.recording.metadata.direction, call.recording.metadata.attributes) == ("inbound", (("shop", "n"),))
