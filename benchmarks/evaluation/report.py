"""The report of a run: one HTML file that needs nothing else, with tables, plots and the places to listen to.

It quotes what was said in worst cases, so it is to be kept as the recordings are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from benchmarks.evaluation.aggregate import ALL
from benchmarks.evaluation.kinds import KINDS, SECTIONS, Goal, Kind
from benchmarks.evaluation.plots import plots
from benchmarks.evaluation.results import Language, Place, Results, between, detail, in_words, shown
from benchmarks.evaluation.texts import TEXTS
from rubrics.finding import Text

TEMPLATE = "report.html.jinja"


def write_report(found: Results, path: Path, language: Language) -> None:
    """Write the report.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html(found, language), encoding="utf-8")


def html(found: Results, language: Language) -> str:
    """The report as one HTML document."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawn = {name: Markup(svg) for name, svg in plots(found, language).items()}  # noqa: S704 - of our own making
    return environment.get_template(TEMPLATE).render(
        language=language,
        say=lambda key, **values: in_words(TEXTS[key], language).format(**values),
        words=lambda text: in_words(text, language),
        found=found,
        facts=found.run.facts,
        sections={name: [kind for kind in KINDS if kind.section == name] for name in SECTIONS},
        titles=SECTIONS,
        headline=[kind for kind in KINDS if kind.is_headline],
        plots=drawn,
        kind_of={kind.name: kind for kind in KINDS},
        group_name=lambda group: in_words(TEXTS[ALL], language) if group == ALL else group,
        bound=bound,
        shown=shown,
        between=between,
        detail=detail,
        clock=clock,
        reasons=_reasons(found, language),
        places=_places(found.worst),
        calibration=calibration(found),
    )


def bound(goal: Goal, kind: Kind) -> str:
    """What a goal asks for, as people write it."""
    sign, limit = ("≤", goal.at_most) if goal.at_most is not None else ("≥", goal.at_least)
    return f"{sign} {shown(kind, limit)}"


def clock(seconds: float) -> str:
    """Minutes and seconds to the tenth: 75.25 s is 1:15.2."""
    tenths = int(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 // 10:02d}.{tenths % 10}"


def _reasons(found: Results, language: Language) -> Mapping[str, Mapping[str, int]]:
    """For each score that some recordings cannot carry: why, and how many."""
    reasons: dict[str, dict[str, int]] = {}
    for kind in KINDS:
        for one in found.run.recordings:
            if because := one.score(kind.name).missing_because:
                counts = reasons.setdefault(in_words(kind.title, language), {})
                counts[in_words(because, language)] = counts.get(in_words(because, language), 0) + 1
    return reasons


def _places(worst: tuple[Place, ...]) -> Mapping[Text, list[Place]]:
    by_kind: dict[Text, list[Place]] = {}
    for place in worst:
        by_kind.setdefault(place.kind.title, []).append(place)
    return by_kind


BINS = ((0.5, 0.8), (0.8, 0.95), (0.95, 0.99), (0.99, 1.0001))  # 0.8 is what findings need


def calibration(found: Results) -> list[tuple[str, int, int]]:
    """By claimed role confidence: the range, how many calls, how many of them right."""
    rows = []
    for low, high in BINS:
        mine = [one for one in found.run.recordings if low <= one.role_confidence < high]
        judged = [tally for one in mine if (tally := one.score("roles.calls").tally)]
        if judged:
            right = sum(1 for tally in judged if tally.value == 1)
            rows.append((f"{low:.2f} – {min(high, 1.0):.2f}", len(judged), right))
    return rows
