"""What a run comes to, ready to be shown or kept: estimates by group, goals, worst cases, and all of it as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.evaluation.aggregate import Estimate, estimate, groups
from benchmarks.evaluation.kinds import BY_NAME, GOALS, KINDS, Goal, Kind
from benchmarks.evaluation.run import Evaluation
from benchmarks.evaluation.tally import NOTHING, Case, Hits, Offsets, Tally
from rubrics.finding import Text

Language = Literal["en", "zh"]
WORST_OF_A_KIND = 6  # so that one weak score does not fill the list
# Scores whose cases tell where to listen; the others are parts or other views of them.
LISTEN_TO = tuple(
    kind.name
    for kind in KINDS
    if kind.section in {"roles", "events", "expectations"}
    or kind.name in {"wording.error", "timing.turn_start", "voices.der", "voices.coverage", "levels.talk_speed"}
    or kind.name in {"levels.active_level", "levels.turn_level", "voices.speech_false"}
)


@dataclass(frozen=True, slots=True)
class Reached:
    """A goal and what was found; None: no recording carries the score."""

    goal: Goal
    found: float | None
    recordings: int

    @property
    def is_met(self) -> bool | None:
        """Whether it is reached; None where nothing was found."""
        return None if self.found is None else self.goal.is_met(self.found)


@dataclass(frozen=True, slots=True)
class Place:
    """Seconds of a recording to listen to, and for which score."""

    call_id: str
    kind: Kind
    case: Case


@dataclass(frozen=True, slots=True)
class Results:
    """A run and its numbers: `estimates` by group and score name; a score nobody carries is not in them."""

    run: Evaluation
    estimates: dict[str, dict[str, Estimate]]
    goals: tuple[Reached, ...]
    worst: tuple[Place, ...]


def results(run: Evaluation) -> Results:
    """Everything there is to say of a run."""
    members = groups(run.recordings)
    estimates = {
        group: {kind.name: found for kind in KINDS if (found := estimate(mine, kind.name))}
        for group, mine in members.items()
    }
    return Results(run, estimates, tuple(_reached(goal, estimates) for goal in GOALS), tuple(_worst(run)))


def _reached(goal: Goal, estimates: dict[str, dict[str, Estimate]]) -> Reached:
    found = estimates.get(goal.group, {}).get(goal.score)
    return Reached(goal, goal.found(found.tally) if found else None, found.recordings if found else 0)


def _worst(run: Evaluation) -> Iterator[Place]:
    for name in LISTEN_TO:
        cases = [(one.call_id, case) for one in run.recordings for case in one.score(name).cases]
        gravest = sorted(cases, key=lambda found: (-found[1].weight, found[0], found[1].span))[:WORST_OF_A_KIND]
        yield from (Place(call_id, BY_NAME[name], case) for call_id, case in gravest)


def shown(kind: Kind, value: float | None) -> str:
    """A value as people read it: 0.123 of a share is 12.3 %."""
    return NOTHING if value is None else f"{_number(kind, value)} {kind.unit}".rstrip()


def between(kind: Kind, found: Estimate) -> str:
    """The interval of an estimate, without the unit; nothing where there is none."""
    if found.low is None or found.high is None:
        return ""
    return f"{_number(kind, found.low)} – {_number(kind, found.high)}"


def _number(kind: Kind, value: float) -> str:
    number = f"{100 * value:.1f}" if kind.unit == "%" else f"{value:.2f}"
    return number.removesuffix(".0") if number == "100.0" else number.replace("-", "−")


def detail(kind: Kind, tally: Tally) -> str:
    """What stands behind a value, in symbols: counts, precision and recall, lean and 95th percentile."""
    if isinstance(tally, Hits):
        rates = f"P {shown(kind, tally.precision)} · R {shown(kind, tally.recall)}"
        return f"{rates} · ✓{tally.right} +{tally.false} −{tally.missed}"
    if isinstance(tally, Offsets):
        return f"± {shown(kind, tally.lean)} · p95 {shown(kind, tally.p95)} · {len(tally.values)}"
    return f"{tally.part:.4g} / {tally.whole:.4g}"


def in_words(text: Text | str | None, language: Language) -> str:
    """A text in the reader's language; what has none is the same in all."""
    if text is None:
        return ""
    return text if isinstance(text, str) else text.zh if language == "zh" else text.en


def as_json(found: Results) -> dict[str, Any]:
    """All numbers as plain lists, numbers and texts; quotes of what was said are not in it."""
    facts = found.run.facts
    return {
        "begun_at": facts.begun_at.isoformat(timespec="seconds"),
        "folder": str(facts.folder),
        "machine": facts.machine,
        "cores": facts.cores,
        "versions": dict(facts.versions),
        "options": dict(facts.options),
        "engines": [f"{engine.job}: {engine.name} {engine.version} {engine.model}" for engine in facts.engines],
        "heard": facts.heard,
        "heard_s": round(facts.heard_s, 1),
        "wall_s": round(facts.wall_s, 1),
        "real_time_factor": facts.real_time_factor,
        "groups": {
            group: {name: _estimate(one) for name, one in scores.items()} for group, scores in found.estimates.items()
        },
        "goals": [_goal(one) for one in found.goals],
        "recordings": [
            {
                "call_id": one.call_id,
                "language": one.language,
                "layout": one.layout,
                "folder": one.folder,
                "duration_s": round(one.duration_s, 2),
                "scores": {score.name: _tally(score.tally) for score in one.scores if score.tally is not None},
                "not_computed": {score.name: score.missing_because.en for score in one.scores if score.missing_because},
            }
            for one in found.run.recordings
        ],
        "failures": [{"recording": name, "message": message} for name, message in found.run.failures],
        "without_truth": list(found.run.without_truth),
    }


def _estimate(found: Estimate) -> dict[str, Any]:
    return {**_tally(found.tally), "low": found.low, "high": found.high, "recordings": found.recordings}


def _tally(tally: Tally) -> dict[str, Any]:
    value: dict[str, Any] = {"value": tally.value}
    if isinstance(tally, Hits):
        counts = {"right": tally.right, "false": tally.false, "missed": tally.missed}
        return value | {"precision": tally.precision, "recall": tally.recall} | counts
    if isinstance(tally, Offsets):
        return value | {"lean": tally.lean, "p95": tally.p95, "values": [round(one, 4) for one in tally.values]}
    return value | {"part": round(tally.part, 4), "whole": round(tally.whole, 4)}


def _goal(reached: Reached) -> dict[str, Any]:
    goal = reached.goal
    return {
        "score": goal.score,
        "group": goal.group,
        "statistic": goal.statistic,
        "at_most": goal.at_most,
        "at_least": goal.at_least,
        "found": reached.found,
        "is_met": reached.is_met,
        "recordings": reached.recordings,
    }
