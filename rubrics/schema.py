"""Rubrics: what a QA lead may write in a YAML rule pack, key by key.

Nothing unknown gets in; what refers to nothing is found by `rubrics.faults`, and `rubrics.load` reads the
files. `docs/rubrics.md` explains the language.

A rubric is known by its digest: the SHA-256 of everything that decides a verdict, so not of its `tests`
and not of comments or layout. `version` is for people.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from analyzers.conversation import Party
from rubrics.finding import Severity, Text, Verdict
from rubrics.phrases import Match, Phrase

Loc = tuple[int | str, ...]  # a place in a file: keys and indices

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_Seconds = Annotated[float, Field(gt=0)]
_Count = Annotated[int, Field(ge=1)]


def unknown(kind: str, found: str, allowed: Sequence[str]) -> str:
    """What to say of a name that does not exist."""
    close = get_close_matches(found, allowed, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"unknown {kind} {found!r}; {hint}allowed: {', '.join(sorted(allowed))}"


class _Strict(BaseModel):
    """Nothing unknown gets in; numbers where text is meant (12315) do."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True, populate_by_name=False)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:  # noqa: ANN401
        allowed = [field.alias or name for name, field in cls.model_fields.items()]
        if isinstance(data, dict):
            for key in data:
                if key not in allowed:
                    told = {"key": key, "told": unknown("key", str(key), allowed)}
                    raise PydanticCustomError("unknown_key", "{told}", told)
        return data


class Title(_Strict):
    """One name for English and one for Chinese readers."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    @property
    def text(self) -> Text:
        """As findings carry it."""
        return Text(self.en, self.zh)


class Entry(_Strict):
    """One phrase. `match` is the loosest kind that counts; inside one of `except` it does not count."""

    text: str
    match: Match = Match.FUZZY
    exceptions: tuple[str, ...] = Field((), alias="except")


class Exceptions(_Strict):
    """Exceptions for all phrases of a list, by language."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


def _entry(data: Any) -> Any:  # noqa: ANN401
    return {"text": data} if isinstance(data, str | int | float) and not isinstance(data, bool) else data


_Entry = Annotated[Entry, BeforeValidator(_entry)]


class Phrases(_Strict):
    """What to listen for, by language: any of these phrases and of the named phrase sets."""

    zh: tuple[_Entry, ...] = ()
    en: tuple[_Entry, ...] = ()
    sets: tuple[str, ...] = ()
    exceptions: Exceptions = Field(Exceptions(), alias="except")

    def of(self, language: str, sets: Mapping[str, Phrases]) -> tuple[Phrase, ...]:
        """The phrases for a call in this language, those of the named sets included; none: it has none."""
        shared: tuple[str, ...] = getattr(self.exceptions, language, ())
        own = (Phrase(e.text, e.match, e.exceptions + shared) for e in getattr(self, language, ()))
        return (*own, *(phrase for name in self.sets for phrase in sets[name].of(language, {})))


class Said(Phrases):
    """A condition: the party said one of the phrases, anywhere in the call."""

    party: Party


class Threshold(_Strict):
    """A measure and the values it may have. Without a party: the rule's, else the whole call's."""

    name: str
    party: Party | None = None
    above: float | None = None
    below: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Threshold:
        if not self.bounds:
            raise PydanticCustomError("unbounded", "a measure needs above, below, at_least or at_most")
        return self

    @property
    def bounds(self) -> dict[str, float]:
        """The bounds that are given, by their names in the file."""
        given = {"above": self.above, "below": self.below, "at_least": self.at_least, "at_most": self.at_most}
        return {name: bound for name, bound in given.items() if bound is not None}

    def holds(self, value: float) -> bool:
        """Whether the value is within all bounds."""
        return (
            (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
        )


class MetadataIs(_Strict):
    """A condition: the site says this of the call. Letter case does not matter."""

    field: str
    equals: str | bool | float


class Condition(_Strict):
    """When a rule applies: everything that is given here must hold, and one of `any`.

    `rule`: that rule's phrases were heard; `flagged`: that rule was flagged.
    """

    said: Said | None = None
    measure: Threshold | None = None
    rule: str | None = None
    flagged: str | None = None
    metadata: MetadataIs | None = None
    any: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> Condition:
        if not (self.said or self.measure or self.rule or self.flagged or self.metadata or self.any):
            raise PydanticCustomError(
                "empty_condition", "a condition needs said, measure, rule, flagged, metadata or any"
            )
        return self

    def all(self) -> Iterator[Condition]:
        """This condition and those inside it."""
        yield self
        for condition in self.any:
            yield from condition.all()


class Anchor(_Strict):
    """What a window stands beside: the hits of a rule, or the seconds a measure names, from `lasting_s` on."""

    rule: str | None = None
    measure: str | None = None
    lasting_s: float = Field(0.0, ge=0)

    @model_validator(mode="after")
    def _one(self) -> Anchor:
        if (self.rule is None) == (self.measure is None):
            raise PydanticCustomError("anchor", "give a rule id or a measure, one of the two")
        return self


def _anchor(data: Any) -> Any:  # noqa: ANN401
    return {"rule": data} if isinstance(data, str) else data


_Anchor = Annotated[Anchor, BeforeValidator(_anchor)]


class Where(_Strict):
    """The part of the call that is searched. Seconds and turns are the party's own: counted from its first word."""

    first_s: _Seconds | None = None
    last_s: _Seconds | None = None
    first_turns: _Count | None = None
    last_turns: _Count | None = None
    before: _Anchor | None = None
    after: _Anchor | None = None
    within_s: _Seconds | None = None

    @model_validator(mode="after")
    def _one(self) -> Where:
        places = (self.first_s, self.last_s, self.first_turns, self.last_turns, self.before, self.after)
        if sum(place is not None for place in places) != 1:
            told = "give one of first_s, last_s, first_turns, last_turns, before, after"
            raise PydanticCustomError("where", told)
        if (self.anchor is None) != (self.within_s is None):
            raise PydanticCustomError("within", "within_s belongs to before and after, and they need it")
        return self

    @property
    def anchor(self) -> Anchor | None:
        """What the window stands beside, if it stands beside something."""
        return self.before or self.after


class Rule(_Strict):
    """One demand on a call: phrases that must or must not be said, or bounds for a measure."""

    id: _Name
    title: Title
    severity: Severity
    points: float = Field(ge=0)
    party: Party | None = None
    expect: Literal["said", "not_said"] = "said"
    min_count: _Count = 1
    phrases: Phrases | None = None
    measure: Threshold | None = None
    where: Where | None = None
    applies_when: Condition | None = None

    @model_validator(mode="after")
    def _one_demand(self) -> Rule:
        if (self.phrases is None) == (self.measure is None):
            raise PydanticCustomError("demand", "a rule needs phrases or a measure, one of the two")
        if self.phrases is not None and self.party is None:
            raise PydanticCustomError("party", "phrases need a party: agent, customer or other")
        if self.measure is not None and {"expect", "min_count", "where"} & self.model_fields_set:
            raise PydanticCustomError("measure_only", "expect, min_count and where belong to phrases, not to a measure")
        if self.expect == "not_said" and self.min_count > 1:
            raise PydanticCustomError("min_count", "min_count belongs to expect: said; one hit breaks not_said")
        return self

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions under which it applies, those inside `any` included."""
        return tuple(self.applies_when.all()) if self.applies_when else ()

    @property
    def references(self) -> tuple[tuple[Loc, str], ...]:
        """The rules it refers to, and where."""
        anchor = self.where.anchor if self.where else None
        beside = [(("where",), anchor.rule)] if anchor and anchor.rule else []
        named = (name for c in self.conditions for name in (c.rule, c.flagged) if name)
        return (*beside, *((("applies_when",), name) for name in named))


class Line(_Strict):
    """One line of a test dialogue; without times it follows the line before it."""

    party: Party
    text: str
    start_s: float | None = Field(None, ge=0)
    end_s: float | None = Field(None, ge=0)


def _line(data: Any) -> Any:  # noqa: ANN401
    if not isinstance(data, list):
        return data
    names = list(Line.model_fields)
    if len(data) not in (2, 4) or not all(isinstance(time_s, int | float) for time_s in data[2:]):
        told = "a line is [party, text] or [party, text, start_s, end_s]; put a text that holds a comma in quotes"
        raise PydanticCustomError("line", told)
    return dict(zip(names, data, strict=False))


class Example(_Strict):
    """A test that a rubric brings along: a short dialogue and the verdicts it must give."""

    name: str
    language: Literal["zh", "en"]
    dialogue: tuple[Annotated[Line, BeforeValidator(_line)], ...]
    verdicts: dict[str, Verdict]
    metadata: dict[str, str | bool | float] = {}


class Rubric(_Strict):
    """A rule pack."""

    rubric: _Name
    version: str = Field(min_length=1)
    title: Title
    phrase_sets: dict[_Name, Phrases] = {}
    rules: tuple[Rule, ...]
    tests: tuple[Example, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of all that decides a verdict."""
        content = self.model_dump(mode="json", by_alias=True, exclude={"tests"}, exclude_defaults=True)
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
