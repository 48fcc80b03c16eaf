"""A measure: one number about a call or a party, its unit, and the seconds that show it."""

from __future__ import annotations

from dataclasses import dataclass

from analyzers.conversation import Party, Span


@dataclass(frozen=True, slots=True)
class Evidence:
    """Seconds in the audio that show a measure or a finding; `quote` is what is heard there, if words are."""

    span: Span
    party: Party | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One named value. `party` None: it belongs to the call as a whole.

    A value that cannot be told is None and `missing_because` says why; it is never 0 or NaN.
    `low_confidence_because` says why a value is less sure than usual; empty where it is not.

    Raises:
        ValueError: neither a value nor a reason for its absence is given, or both are.
    """

    name: str
    party: Party | None
    value: float | None
    unit: str
    evidence: tuple[Evidence, ...] = ()
    missing_because: str = ""
    low_confidence_because: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.missing_because):
            raise ValueError(f"measure {self.name}: a value or a reason for its absence, got {self}")
        if self.value is not None and self.value != self.value:
            raise ValueError(f"measure {self.name}: NaN is not a value; say None and why")


def missing(name: str, party: Party | None, unit: str, because: str) -> Measure:
    """A measure that could not be taken, and why."""
    return Measure(name, party, None, unit, missing_because=because)
