"""What a night came to: the numbers of each call that fit one line, and no word that was said in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from analyzers import interruptions, silence, talk_speed, volume
from analyzers.conversation import Party
from analyzers.measure import Measure
from rubrics.finding import Finding, Severity, Text, Verdict
from rubrics.judge import score
from warehouse.load import FailedCall, RunWarning, ScoredCall

POLITENESS = "politeness"
FORBIDDEN = "forbidden_phrases"


@dataclass(frozen=True, slots=True)
class Flag:
    """A rule that was broken."""

    rule_id: str
    title: Text
    severity: Severity


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call in the night's table. None: it could not be measured, or no rule looked at it.

    Pairs are (agent, customer). `speed` is in `speed_unit`; scores are percent of the possible points;
    `undetermined` counts the rules that a person has to decide.
    """

    call_id: str
    language: str
    duration_s: float
    speed: float | None
    speed_unit: str
    level_dbfs: tuple[float | None, float | None]
    interruptions: tuple[int | None, int | None]
    silences: int | None
    dead_airs: int | None
    politeness: float | None
    forbidden: int | None
    score: float | None
    undetermined: int
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class NightSummary:
    """A finished run: its calls, what failed, what was noticed. `heard` leaves out what the shelf had."""

    run_id: str
    name: str
    inbox: Path
    published: Path
    heard: int
    calls: tuple[CallLine, ...]
    failures: tuple[FailedCall, ...]
    warnings: tuple[RunWarning, ...]


def call_line(call: ScoredCall) -> CallLine:
    """The line of one call."""
    measures = {(measure.name, measure.party): measure for measure in call.measures}
    recording = call.conversation.recording
    speed = measures.get((talk_speed.SPEECH_RATE, Party.AGENT))
    return CallLine(
        call_id=recording.call_id,
        language=call.conversation.language,
        duration_s=recording.duration_s,
        speed=speed.value if speed else None,
        speed_unit=speed.unit if speed else "",
        level_dbfs=_pair(measures, volume.ACTIVE_LEVEL),
        interruptions=tuple(map(_whole, _pair(measures, interruptions.COUNT))),  # type: ignore[arg-type]
        silences=_whole(_value(measures, silence.COUNT, None)),
        dead_airs=_whole(_value(measures, silence.DEAD_AIR_COUNT, None)),
        politeness=score(finding for finding in call.findings if finding.rubric == POLITENESS),
        forbidden=_hits(call.findings),
        score=score(call.findings),
        undetermined=sum(finding.verdict is Verdict.UNDETERMINED for finding in call.findings),
        flags=_flags(call.findings),
    )


_Measures = dict[tuple[str, Party | None], Measure]


def _value(measures: _Measures, name: str, party: Party | None) -> float | None:
    measure = measures.get((name, party))
    return measure.value if measure else None


def _pair(measures: _Measures, name: str) -> tuple[float | None, float | None]:
    return _value(measures, name, Party.AGENT), _value(measures, name, Party.CUSTOMER)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _hits(findings: Iterable[Finding]) -> int | None:
    """Forbidden phrases heard for certain; None where none of those rules could be decided."""
    mine = [finding for finding in findings if finding.rubric == FORBIDDEN]
    decided = [finding for finding in mine if finding.verdict in {Verdict.PASS, Verdict.FLAG}]
    return round(sum(finding.value or 0 for finding in decided)) if decided else None


def _flags(findings: Iterable[Finding]) -> tuple[Flag, ...]:
    """The gravest first."""
    flags = [Flag(f.rule_id, f.title, f.severity) for f in findings if f.verdict is Verdict.FLAG]
    return tuple(sorted(flags, key=lambda flag: list(Severity).index(flag.severity), reverse=True))
