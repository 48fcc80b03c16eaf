"""A finding: what one rule says about one call, with the seconds and words that show it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from analyzers.measure import Evidence


class Verdict(StrEnum):
    """What a rule says. `undetermined` never counts against anyone: a person has to listen."""

    PASS = "pass"
    FLAG = "flag"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not_applicable"


class Severity(StrEnum):
    """How grave a flag is: 一般 / 较严重 / 严重."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words for English and for Chinese readers."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's verdict on one call.

    `points` of `max_points` were earned; None where the verdict earns or costs nothing
    (undetermined, not applicable). `value` is the number the rule looked at (phrase hits, a measure).

    Raises:
        ValueError: a flag comes without evidence.
    """

    rule_id: str
    title: Text
    rubric: str
    rubric_version: str
    rubric_digest: str
    verdict: Verdict
    severity: Severity
    points: float | None
    max_points: float
    value: float | None
    evidence: tuple[Evidence, ...]
    because: Text

    def __post_init__(self) -> None:
        if self.verdict is Verdict.FLAG and not self.evidence:
            raise ValueError(f"rule {self.rule_id}: a flag needs evidence; for something absent, the window searched")
