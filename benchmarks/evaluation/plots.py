"""Plots of a run as SVG for the report: shapes and hatches, not colours, tell things apart, so a grey copy reads too.

Text stays text in the SVG, so that the reader's own fonts show Chinese.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.evaluation import events, expectations, levels, timing, voices, wording
from benchmarks.evaluation.kinds import BY_NAME, GOALS
from benchmarks.evaluation.results import Language, Results, in_words
from benchmarks.evaluation.score import ScoredRecording
from benchmarks.evaluation.tally import Hits, Offsets
from rubrics.finding import Text

WIDE_IN = 9.0
ROW_IN = 0.24
MOST_ROWS = 60  # more recordings than a page can show: the worst of them
INK, GREY, PALE = "#1a1a1a", "#7a7a7a", "#d9d9d9"
PARTS = ((voices.MISSED, "#3b3b3b", ""), (voices.FALSE_ALARM, "#ffffff", "////"), (voices.CONFUSION, "#a8a8a8", ".."))
DETECTIONS = (
    events.INTERRUPTION,
    events.BACKCHANNEL,
    events.OVERLAP,
    events.SILENCES,
    events.DEAD_AIR,
    expectations.SAID,
    expectations.FORBIDDEN,
)
STRIPS = (levels.TALK_SPEED, levels.ACTIVE_LEVEL, levels.TURN_LEVEL, levels.LOUDNESS)
MEDIAN, GOAL = Text("median size", "误差中位数"), Text("goal", "目标")
STYLE: Any = {  # matplotlib types its keys one by one
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.6,
}


def plots(found: Results, language: Language) -> dict[str, str]:
    """Each plot by its name, as an `<svg>` element; one that nothing could be drawn in is left out."""
    makers = {"errors": _errors, "voices": _voices, "detections": _detections, "strips": _strips, "timing": _timing}
    drawn: dict[str, str] = {}
    with warnings.catch_warnings(), mpl.rc_context(STYLE):
        warnings.filterwarnings("ignore", message=r".*[Gg]lyph.*missing.*")
        for name, maker in makers.items():
            figure = maker(found, language)
            if figure is not None:
                drawn[name] = _svg(figure, name)
    return drawn


def _svg(figure: Figure, name: str) -> str:
    with mpl.rc_context({"svg.hashsalt": name}):
        text = io.StringIO()
        figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    return text.getvalue()[text.getvalue().index("<svg") :]


def _rows_figure(rows: int) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDE_IN, 0.9 + ROW_IN * rows))
    return figure, figure.subplots()


def _carrying(found: Results, name: str) -> list[tuple[ScoredRecording, float]]:
    """The recordings with a value for a score, the worst last (lowest place in a plot of rows: first)."""
    values = [(one, tally.value) for one in found.run.recordings if (tally := one.score(name).tally)]
    known = sorted(((one, value) for one, value in values if value is not None), key=lambda row: row[1])
    return known[-MOST_ROWS:]


def _label_rows(axes: Axes, rows: Sequence[tuple[ScoredRecording, float]]) -> None:
    axes.set_yticks(range(len(rows)), [one.call_id for one, _ in rows])
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)


def _errors(found: Results, language: Language) -> Figure | None:
    rows = _carrying(found, wording.ERROR)
    if not rows:
        return None
    figure, axes = _rows_figure(len(rows))
    for layout, marker in (("stereo", "o"), ("mono", "s")):
        for code, fill in (("zh", INK), ("en", "white"), ("", PALE)):
            mine = [(100 * value, y) for y, (one, value) in enumerate(rows) if one.layout == layout and _is(one, code)]
            if mine:
                x, y = zip(*mine, strict=True)
                label = f"{code or '…'} {layout}"
                axes.scatter(
                    x, y, marker=marker, s=34, facecolors=fill, edgecolors=INK, linewidths=0.9, label=label, zorder=3
                )
    for code, dash in (("zh", "-"), ("en", "--")):
        if mean := found.estimates.get(code, {}).get(wording.ERROR):
            axes.axvline(100 * (mean.tally.value or 0), color=GREY, linestyle=dash, linewidth=1, label=f"{code} ⌀")
    _label_rows(axes, rows)
    axes.set_xlim(left=0)
    axes.set_xlabel(f"{in_words(BY_NAME[wording.ERROR].title, language)}, %")
    axes.legend(frameon=False, loc="lower right")
    return figure


def _is(one: ScoredRecording, code: str) -> bool:
    return one.language == code if code else one.language not in {"zh", "en"}


def _voices(found: Results, language: Language) -> Figure | None:
    rows = _carrying(found, voices.DER)
    if not rows:
        return None
    figure, axes = _rows_figure(len(rows))
    left = [0.0] * len(rows)
    for name, colour, hatch in PARTS:
        parts = [100 * (tally.value or 0) if (tally := one.score(name).tally) else 0.0 for one, _ in rows]
        label = in_words(BY_NAME[name].title, language).lstrip("… ")
        axes.barh(
            range(len(rows)),
            parts,
            left=left,
            height=0.66,
            color=colour,
            hatch=hatch,
            edgecolor=INK,
            linewidth=0.6,
            label=label,
        )
        left = [before + part for before, part in zip(left, parts, strict=True)]
    _label_rows(axes, rows)
    axes.set_yticks(range(len(rows)), [f"{one.call_id} ({one.layout})" for one, _ in rows])
    axes.set_xlabel(f"{in_words(BY_NAME[voices.DER].title, language)}, %")
    axes.legend(frameon=False, loc="lower right")
    return figure


def _detections(found: Results, language: Language) -> Figure | None:
    rows = [
        (name, one)
        for name in reversed(DETECTIONS)
        if (one := found.estimates["all"].get(name)) and one.tally.value is not None
    ]
    if not rows:
        return None
    figure, axes = _rows_figure(len(rows) + 1)
    labels = (Text("precision", "精确率"), Text("recall", "召回率"), Text("F1, 95 % interval", "F1，95 % 区间"))
    for y, (_, one) in enumerate(rows):
        tally = one.tally
        if isinstance(tally, Hits):
            low, high = one.low, one.high
            if low is not None and high is not None:
                axes.plot([low, high], [y, y], color=GREY, linewidth=1.4, zorder=2)
            points = ((tally.precision, ">", "white"), (tally.recall, "<", "white"), (tally.value, "o", INK))
            for (value, marker, fill), label in zip(points, labels, strict=True):
                if value is not None:
                    axes.scatter(
                        [value],
                        [y],
                        marker=marker,
                        s=40,
                        facecolors=fill,
                        edgecolors=INK,
                        zorder=3,
                        label=in_words(label, language) if y == 0 else None,
                    )
    axes.set_yticks(
        range(len(rows)),
        [in_words(BY_NAME[name].title, language).removesuffix(" F1").removesuffix(", F1") for name, _ in rows],
    )
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_xlim(-0.02, 1.02)
    axes.grid(axis="x", color=PALE, linewidth=0.6)
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3)
    return figure


def _strips(found: Results, language: Language) -> Figure | None:
    carried = [(name, one.tally) for name in STRIPS if (one := found.estimates["all"].get(name))]
    rows = [(name, tally) for name, tally in carried if isinstance(tally, Offsets) and tally.values]
    if not rows:
        return None
    figure = Figure(figsize=(WIDE_IN, 1.05 * len(rows)))
    for axes, (name, tally) in zip(figure.subplots(len(rows), 1, squeeze=False).flat, rows, strict=True):
        kind = BY_NAME[name]
        scale = 100 if kind.unit == "%" else 1
        bound = next((goal.at_most for goal in GOALS if goal.score == name), None)
        if bound is not None:
            axes.axvspan(-scale * bound, scale * bound, color=PALE, zorder=0)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.scatter(
            [scale * value for value in tally.values],
            [0] * len(tally.values),
            marker="|",
            s=160,
            color=INK,
            linewidths=0.9,
        )
        widest = max(1.15 * max(abs(scale * value) for value in tally.values), 1.3 * scale * (bound or 0), 0.1)
        axes.set_xlim(-widest, widest)
        axes.set_yticks([0], [f"{in_words(kind.title, language)}, {kind.unit}"])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    figure.subplots_adjust(hspace=0.9)
    return figure


def _timing(found: Results, language: Language) -> Figure | None:
    carried = [(name, one.tally) for name in timing.NAMES if (one := found.estimates["all"].get(name))]
    rows = [(name, tally) for name, tally in carried if isinstance(tally, Offsets) and tally.values]
    if not rows:
        return None
    figure = Figure(figsize=(WIDE_IN, 2.6))
    axes = figure.subplots()
    edges = [step / 20 for step in range(-20, 21)]
    for (name, tally), style in zip(rows, ("-", "--"), strict=False):
        label = in_words(BY_NAME[name].title, language)
        axes.hist(tally.values, bins=edges, histtype="step", color=INK, linestyle=style, linewidth=1.3, label=label)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_xlabel("s")
    axes.legend(frameon=False)
    return figure
