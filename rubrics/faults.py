"""Faults that only a whole rubric shows: names that nothing bears, phrases with nothing to find, circles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from analyzers.analyze import MEASURE_NAMES
from analyzers.conversation import Metadata
from rubrics.phrases import findable
from rubrics.schema import Loc, Phrases, Rubric, Rule, unknown

LANGUAGES = ("zh", "en")
METADATA_FIELDS = tuple(field.name for field in fields(Metadata) if field.name != "attributes")
ATTRIBUTE = "attributes."  # a column of the site's own is attributes.<its name>


def faults(rubric: Rubric) -> Iterator[tuple[Loc, str]]:
    """Where (keys and indices into the file) and what, for each thing in the rubric that refers to nothing."""
    ids = [rule.id for rule in rubric.rules]
    silent = {rule.id for rule in rubric.rules if rule.phrases is None}
    if not ids:
        yield ("rules",), "no rules; give at least one"
    for i, rule in enumerate(rubric.rules):
        place: Loc = ("rules", i)
        if rule.id in ids[:i]:
            yield (*place, "id"), f"rule id {rule.id!r} is used twice; every rule has its own"
        for loc, other in rule.references:
            if other not in ids:
                yield (*place, *loc), unknown("rule", other, ids)
            elif other in silent and not _only_flagged(rule, other):
                yield (*place, *loc), f"rule {other!r} has no phrases that could be heard; name one that has"
        for loc, name in _measures(rule):
            if name not in MEASURE_NAMES:
                yield (*place, *loc), unknown("measure", name, sorted(MEASURE_NAMES))
        for loc, name in _metadata(rule):
            if name not in METADATA_FIELDS and not name.startswith(ATTRIBUTE):
                yield (*place, *loc), unknown("metadata field", name, [*METADATA_FIELDS, f"{ATTRIBUTE}NAME"])
        for loc, phrases in _phrases(rule):
            yield from (((*place, *loc, *at), told) for at, told in _phrase_faults(phrases, list(rubric.phrase_sets)))
    for name, phrases in rubric.phrase_sets.items():
        yield from ((("phrase_sets", name, *at), told) for at, told in _phrase_faults(phrases, []))
    yield from _circles(rubric)
    yield from _example_faults(rubric, ids)


def _only_flagged(rule: Rule, other: str) -> bool:
    anchor = rule.where.anchor if rule.where else None
    return other not in {anchor.rule if anchor else None, *(condition.rule for condition in rule.conditions)}


def _measures(rule: Rule) -> Iterator[tuple[Loc, str]]:
    if rule.measure:
        yield ("measure", "name"), rule.measure.name
    if rule.where and rule.where.anchor and rule.where.anchor.measure:
        yield ("where",), rule.where.anchor.measure
    yield from ((("applies_when",), c.measure.name) for c in rule.conditions if c.measure)


def _metadata(rule: Rule) -> Iterator[tuple[Loc, str]]:
    yield from ((("applies_when",), c.metadata.field) for c in rule.conditions if c.metadata)


def _phrases(rule: Rule) -> Iterator[tuple[Loc, Phrases]]:
    if rule.phrases:
        yield ("phrases",), rule.phrases
    yield from ((("applies_when",), c.said) for c in rule.conditions if c.said)


def _phrase_faults(phrases: Phrases, sets: Sequence[str]) -> Iterator[tuple[Loc, str]]:
    if not (phrases.zh or phrases.en or phrases.sets):
        yield (), "no phrases; give some under zh, en or sets"
    for i, name in enumerate(phrases.sets):
        if name not in sets:
            yield (
                ("sets", i),
                unknown("phrase set", name, sets) if sets else f"no phrase set {name!r} can be named here",
            )
    for language in LANGUAGES:
        for i, entry in enumerate(getattr(phrases, language)):
            if not findable(entry.text):
                yield (language, i), f"nothing to look for in {entry.text!r}: it holds no letter, digit or character"


def _circles(rubric: Rubric) -> Iterator[tuple[Loc, str]]:
    """Rules that wait for each other could never be judged."""
    refers = {rule.id: {other for _, other in rule.references} for rule in rubric.rules}
    for i, rule in enumerate(rubric.rules):
        reached: set[str] = set()
        ahead = set(refers[rule.id])
        while ahead - reached:
            reached |= ahead
            ahead = {further for other in ahead for further in refers.get(other, ())}
        if rule.id in reached:
            yield ("rules", i), "refers to itself, directly or through other rules; one of them must stand alone"


def _example_faults(rubric: Rubric, ids: Sequence[str]) -> Iterator[tuple[Loc, str]]:
    for i, example in enumerate(rubric.tests):
        for key in ("dialogue", "verdicts"):
            if not getattr(example, key):
                yield ("tests", i, key), "empty; a test needs a dialogue and the verdicts it must give"
        for rule_id in example.verdicts:
            if rule_id not in ids:
                yield ("tests", i, "verdicts", rule_id), unknown("rule", rule_id, ids)
        for name in example.metadata:
            if name not in METADATA_FIELDS and not name.startswith(ATTRIBUTE):
                yield ("tests", i, "metadata", name), unknown("metadata field", name, METADATA_FIELDS)
        for j, line in enumerate(example.dialogue):
            if line.start_s is not None and line.end_s is not None and line.end_s < line.start_s:
                yield ("tests", i, "dialogue", j), f"a line ends after it starts, found {line.start_s} to {line.end_s}"
