"""What the command line says about results, in English and in Chinese.

Errors stay in English: they name keys, files and codes that people search for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from rubrics.finding import Text

Language = Literal["en", "zh"]
Speaker = Callable[..., str]

MESSAGES: dict[str, Text] = {
    "stage.take_in": Text("Take in the recordings", "读取录音"),
    "stage.weights": Text("Make the model weights ready", "准备模型权重"),
    "stage.hear": Text("Hear the calls", "转写通话"),
    "stage.load": Text("Score and load", "评分入库"),
    "stage.publish": Text("Publish", "发布结果"),
    "starting": Text("Nightcall reads {inbox} ...", "Nightcall 正在处理 {inbox} ……"),
    "column.call": Text("Call", "通话"),
    "column.length": Text("Length", "时长"),
    "column.speed": Text("Agent\nspeed", "坐席\n语速"),
    "column.level": Text("Level\na/c", "音量\n席/客"),
    "column.interruptions": Text("Interr.\na/c", "抢话\n席/客"),
    "column.silences": Text("Silence\n(dead)", "静音\n(冷场)"),
    "column.politeness": Text("Polite", "礼貌"),
    "column.forbidden": Text("Forb.\nhits", "禁语\n命中"),
    "column.score": Text("Score", "得分"),
    "column.flags": Text("Flags", "问题"),
    "unit.characters/min": Text("ch", "字"),
    "unit.words/min": Text("w", "词"),
    "minor": Text("{count} minor", "一般问题 {count} 项"),
    "undetermined": Text("{count} to listen to", "{count} 项待复核"),
    "legend": Text(
        "a/c: agent/customer · speed: ch = characters/min, w = words/min · level in dBFS · silences from 3 s, "
        "dead air from 5 s · politeness and score so far in % of the possible points · – not measured",
        "席/客：坐席/客户 · 语速单位：字/分钟、词/分钟 · 音量单位 dBFS · 静音 3 秒起，冷场 5 秒起 · "
        "礼貌与得分为目前可得分的百分比 · – 无法测量",
    ),
    "more_calls": Text(
        "{count} more calls: the ones with the gravest flags are shown", "另有 {count} 通；这里列出问题最严重的"
    ),
    "failed": Text("Failed calls", "失败的录音"),
    "warnings": Text("Noticed", "提示"),
    "more": Text("and {count} more: {command}", "另有 {count} 条：{command}"),
    "counts": Text(
        "Loaded: {loaded} calls ({heard} newly heard) · failed: {failed} · notes: {warnings} · {seconds:.0f} s",
        "入库 {loaded} 通（新转写 {heard} 通），失败 {failed} 个，提示 {warnings} 条，用时 {seconds:.0f} 秒",
    ),
    "nothing": Text(
        "Nothing to do: no recordings in {inbox}. Put some there, or name another folder: nightcall run FOLDER",
        "没有可处理的录音：{inbox} 中没有录音。请放入录音，或指定其他文件夹：nightcall run 文件夹",
    ),
    "all_failed": Text("Every recording failed; see the reasons above.", "所有录音都失败了，原因见上。"),
    "next": Text("Next", "接下来"),
    "next.file": Text("the results, for DuckDB and BI tools", "结果文件，可用 DuckDB 或 BI 工具打开"),
    "next.show": Text("one call by turn, with what was found", "逐句查看一通电话及其问题"),
    "next.flagged": Text("every flag, with its evidence", "所有问题及证据"),
    "next.flagged.sql": Text(
        "SELECT call_id, title_en, start_s, quote FROM flagged_calls",
        "SELECT call_id, title_zh, start_s, quote FROM flagged_calls",
    ),
    "next.agents": Text("agents by day", "坐席日报"),
    "stopping": Text(
        "Finishing the calls in progress; Ctrl-C again does not wait for them.",
        "正在完成进行中的通话；再按一次 Ctrl-C 立即停止。",
    ),
    "interrupted": Text(
        "Stopped. What was heard is kept: the next run goes on from here.",
        "已停止。已转写的内容都保留，下次运行会继续。",
    ),
    "show.unintelligible": Text("[unintelligible {seconds:.1f} s]", "[听不清 {seconds:.1f} 秒]"),
    "show.findings": Text("Findings", "检查结果"),
    "show.rule": Text("Rule", "规则"),
    "show.where": Text("At", "时间"),
    "show.because": Text("Because", "依据"),
    "show.coverage": Text("{share:.0%} of the speech got words", "{share:.0%} 的语音有文字"),
    "show.roles": Text("roles told by {source}, {confidence:.0%} sure", "角色依据：{source}，把握 {confidence:.0%}"),
    "evaluate.starting": Text(
        "Nightcall tries the recordings in {folder}; what is heard is kept on {shelf} ...",
        "Nightcall 正在评测 {folder} 中的录音，转写结果保存在 {shelf} ……",
    ),
    "evaluate.nothing": Text(
        "No recording in {folder} could be tried. Truth is NAME.json, NAME.rttm or NAME.stm beside NAME.wav, or in "
        "truth/; see docs/accuracy.md",
        "{folder} 中没有可以评测的录音。真值为录音旁或 truth/ 中的同名 .json、.rttm、.stm 文件，见 docs/accuracy.md",
    ),
    "evaluate.without_truth": Text("without truth, passed over: {names}", "没有真值，已跳过：{names}"),
    "evaluate.score": Text("Score", "指标"),
    "evaluate.all": Text("all", "全部"),
    "evaluate.goal": Text("Goal", "目标"),
    "evaluate.group": Text("Recordings", "录音"),
    "evaluate.found": Text("Found", "结果"),
    "evaluate.met": Text("met", "达到"),
    "evaluate.not_met": Text("not met", "未达到"),
    "evaluate.no_data": Text("no data", "无数据"),
    "evaluate.legend": Text(
        "95 %: bootstrap interval over recordings; n: recordings that carry the score; offsets are median sizes",
        "95 %：按录音重抽样的区间；n：能计算该项的录音数；偏差为大小的中位数",
    ),
    "evaluate.written": Text("{path} written", "已写入 {path}"),
    "party.agent": Text("agent", "坐席"),
    "party.customer": Text("customer", "客户"),
    "party.other": Text("other", "第三方"),
    "verdict.pass": Text("pass", "通过"),
    "verdict.flag": Text("flag", "问题"),
    "verdict.undetermined": Text("listen", "待复核"),
    "verdict.not_applicable": Text("n/a", "不适用"),
}


def speaker(language: Language) -> Speaker:
    """A function that says a message in this language: `say("counts", loaded=3, ...)`."""

    def say(key: str, **values: object) -> str:
        return in_language(MESSAGES[key], language).format(**values)

    return say


def in_language(text: Text, language: Language) -> str:
    """The side of a text that this reader wants."""
    return text.zh if language == "zh" else text.en
