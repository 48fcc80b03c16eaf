from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from flows.messages import Language
from flows.report import CALLS_SHOWN, call_table, clock, show
from flows.summary import CallLine, Flag, NightSummary
from rubrics.finding import Severity, Text
from warehouse.load import FailedCall, RunWarning

RUDENESS = Flag("rudeness", Text("Rudeness and insults", "辱骂、粗鲁"), Severity.CRITICAL)
CLOSING = Flag("closing", Text("Closing", "礼貌结束语"), Severity.MINOR)
GOOD = CallLine("good", "en", 75.4, 181.2, "words/min", (-20.6, -31.0), (0, 1), 2, 0, 100.0, 0, 100.0, 0, ())
BAD = replace(GOOD, call_id="坏-1", language="zh", speed=240.0, speed_unit="characters/min", interruptions=(3, 0))
BAD = replace(BAD, dead_airs=1, politeness=50.0, forbidden=2, score=33.3, undetermined=1, flags=(RUDENESS, CLOSING))
UNHEARD = CallLine("quiet", "en", 5, None, "", (None, None), (None, None), None, None, None, None, None, 0, ())
NIGHT = NightSummary(
    "run",
    "nightly inbox",
    Path("inbox"),
    Path("data/nightcall.duckdb"),
    2,
    (GOOD, BAD, UNHEARD),
    (FailedCall("inbox/x.wav", "x", None, "NOT_AUDIO", "inbox/x.wav: text, not audio"),),
    (RunWarning("SAME_AUDIO", "inbox/y.wav: the same bytes as inbox/good.wav"),),
)


def printed(summary: NightSummary, language: Language, width: int = 120, data: Path | None = None) -> str:
    out = io.StringIO()
    show(Console(file=out, width=width), summary, 12.3, language, data)
    return out.getvalue()


def line_of(text: str, start: str) -> list[str]:
    return next(line.split() for line in text.splitlines() if line.strip().startswith(start))


def test_one_line_says_all_of_a_call() -> None:
    text = printed(NIGHT, "en", 150)
    assert line_of(text, "good") == ["good", "1:15", "181", "w", "-21/-31", "0/1", "2", "100", "0", "100", "–"]
    assert line_of(text, "坏-1")[:11] == ["坏-1", "1:15", "240", "ch", "-21/-31", "3/0", "2", "(1)", "50", "2", "33"]
    assert "Rudeness and insults; 1 minor; 1 to listen to" in text
    assert line_of(text, "quiet") == ["quiet", "0:05", "–", "–/–", "–/–", "–", "–", "–", "–", "–"]


def test_minor_flags_are_named_where_there_is_nothing_graver() -> None:
    assert line_of(printed(replace(NIGHT, calls=(replace(GOOD, flags=(CLOSING,)),)), "en"), "good")[-1] == "Closing"


def test_failures_warnings_and_counts_follow() -> None:
    text = printed(NIGHT, "en")
    assert "NOT_AUDIO   inbox/x.wav: text, not audio" in text.replace("NOT_AUDIO ", "NOT_AUDIO  ")
    assert "SAME_AUDIO" in text
    assert "Loaded: 3 calls (2 newly heard) · failed: 1 · notes: 1 · 12 s" in text


def test_the_next_commands_name_the_worst_call_and_the_data() -> None:
    text = printed(NIGHT, "en", data=Path("my data"))
    assert "nightcall show '坏-1' --data 'my data'" in text
    assert "FROM agent_day" in text
    assert "data/nightcall.duckdb" in text


def test_chinese_columns_stand_under_each_other() -> None:
    table = io.StringIO()
    Console(file=table, width=120).print(call_table((GOOD, BAD), "zh", 120))
    lines = table.getvalue().splitlines()
    assert len({cell_len(line) for line in lines}) == 1
    good, bad = (next(line for line in lines if name in line) for name in ("good", "坏-1"))
    assert cell_len(good[: good.index("1:15")]) == cell_len(bad[: bad.index("1:15")])
    assert "辱骂、粗鲁；一般问题 1 项；1 项待复核" in bad


@pytest.mark.parametrize("width", [80, 100, 120])
def test_every_width_keeps_calls_scores_and_flags(width: int) -> None:
    text = printed(replace(NIGHT, failures=(), warnings=()), "en", width)
    table, _, _ = text.partition("Next")
    assert all(cell_len(line) <= width for line in table.splitlines())
    assert line_of(text, "good")[0] == "good"
    assert "33" in text
    assert "Rudeness" in text


def test_a_long_night_shows_the_gravest_and_says_so() -> None:
    calls = (*(replace(GOOD, call_id=f"call-{i:03}") for i in range(CALLS_SHOWN)), BAD)
    text = printed(replace(NIGHT, calls=calls), "en")
    shown = [line for line in text.splitlines() if line.strip().startswith(("call-", "坏-1"))]
    assert len(shown) == CALLS_SHOWN
    assert shown[0].strip().startswith("坏-1")
    assert "1 more calls" in text


def test_a_long_list_of_failures_is_cut_with_the_query_for_the_rest() -> None:
    failures = tuple(FailedCall(f"{i}.wav", None, None, "EMPTY_FILE", f"{i}.wav is empty") for i in range(40))
    text = printed(replace(NIGHT, failures=failures), "zh")
    assert 'nightcall sql "SELECT * FROM failed_calls"' in text
    assert "39.wav" not in text


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (59.9, "0:59"), (75, "1:15"), (7325, "122:05")])
def test_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown
