from __future__ import annotations

import io

from rich.console import Console

from flows.messages import speaker
from flows.watch import BarWatcher, PlainWatcher, Stage, Watcher, bars
from warehouse.load import FailedCall

FAILED = FailedCall("b.wav", "b", None, "NOT_AUDIO", "b.wav: no audio")


def through_a_night(watcher: Watcher) -> None:
    watcher.begin(Stage.TAKE_IN, 0)
    watcher.begin(Stage.HEAR, 2)
    watcher.begin(Stage.LOAD, 2)
    watcher.finish(Stage.HEAR, "a")
    watcher.finish(Stage.HEAR, "b", FAILED)
    watcher.finish(Stage.LOAD, "a")
    watcher.begin(Stage.PUBLISH, 0)


def test_plain_lines_tell_stage_and_call() -> None:
    out = io.StringIO()
    through_a_night(PlainWatcher(Console(file=out), speaker("en")))
    assert out.getvalue().splitlines() == [
        "Take in the recordings",
        "Hear the calls (2)",
        "Score and load (2)",
        "  1/2 a",
        "  2/2 b: NOT_AUDIO",
        "Publish",
    ]


def test_bars_tell_the_same_in_place() -> None:
    out = io.StringIO()
    progress = bars(Console(file=out, force_terminal=True, width=100))
    with progress:
        through_a_night(BarWatcher(progress, speaker("zh")))
    done = {task.description: (task.completed, task.total) for task in progress.tasks}
    assert done == {"读取录音": (1, 1), "转写通话": (2, 2), "评分入库": (1, 1), "发布结果": (0, None)}
    assert "2/2" in out.getvalue()
    assert "b: NOT_AUDIO" in out.getvalue()
