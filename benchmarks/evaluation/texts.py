"""What the report says besides the names of scores, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from rubrics.finding import Text

TEXTS: Mapping[str, Text] = {
    "title": Text("How far Nightcall can be trusted", "Nightcall 准确度评测"),
    "subtitle": Text(
        "{count} recordings with truth, {minutes:.0f} minutes, {folder}, {when}",
        "{count} 个有真值的录音，共 {minutes:.0f} 分钟，{folder}，{when}",
    ),
    "all": Text("all", "全部"),
    "goals": Text("Goals", "目标"),
    "goals.note": Text(
        "Aims of the project for its default engines on two-party telephone calls, as point values. “no data”: no "
        "recording here carries the score.",
        "本项目默认引擎在双方电话通话上的目标，按点估计判断。“无数据”：这里没有录音能计算该项。",
    ),
    "score": Text("score", "指标"),
    "group": Text("recordings", "录音"),
    "goal": Text("goal", "目标"),
    "found": Text("found", "结果"),
    "met": Text("met", "达到"),
    "not_met": Text("not met", "未达到"),
    "no_data": Text("no data", "无数据"),
    "statistic.value": Text("", ""),
    "statistic.worse of precision and recall": Text("worse of precision and recall", "精确率与召回率中较低者"),
    "statistic.p95": Text("95th percentile of the size", "误差大小的 95 分位"),
    "scores": Text("Scores by group", "分组指标"),
    "scores.note": Text(
        "In brackets: 95 % bootstrap interval over recordings; n: recordings that carry the score. With fewer than "
        "about ten recordings an interval is a hint. The last column holds the counts of all recordings: of found "
        "things P precision, R recall, ✓ right, + false, − missed; of offsets ± the median with its sign, p95 the "
        "95th percentile of their sizes, and how many there are.",
        "方括号内为按录音重抽样的 95 % 区间，n 为能计算该项的录音数；少于十个左右时区间仅供参考。"
        "最后一列为全部录音的计数：事件列 P 精确率、R 召回率、✓ 正确、+ 误报、− 遗漏；"
        "误差列 ± 带符号的中位数、p95 大小的 95 分位和个数。",
    ),
    "behind": Text("behind it (all)", "明细（全部）"),
    "meaning": Text("what it is", "含义"),
    "plots": Text("Pictures", "图"),
    "plot.errors": Text("Error of the words, by recording", "各录音的文字错误率"),
    "plot.voices": Text("Error of who speaks when, by recording", "各录音的说话人错误率"),
    "plot.detections": Text(
        "Things found: precision, recall and F1 over all recordings", "事件检出：全部录音的精确率、召回率与 F1"
    ),
    "plot.strips": Text(
        "Found minus true: one stroke a party, turn or channel; grey: within the goal",
        "测得减去真实：一条竖线为一方、一个话轮或一个通道；灰色为目标范围",
    ),
    "plot.timing": Text(
        "Word times against turn edges: how many turns by offset", "词时间与话轮边界的偏差：各偏差的话轮数"
    ),
    "recordings": Text("Recordings", "各录音"),
    "call": Text("call", "通话"),
    "calibration": Text("May the role confidence be believed?", "角色把握可信吗？"),
    "confidence": Text("claimed confidence", "所称把握"),
    "calls": Text("calls", "通话数"),
    "right": Text("right", "正确"),
    "worst": Text("Where to listen", "值得复听的位置"),
    "worst.note": Text(
        "The gravest places of each score: what the truth says and what was found. This part quotes the calls.",
        "每项指标最严重的位置：真值与结果。此部分引用了通话内容。",
    ),
    "at": Text("at", "时间"),
    "party": Text("party", "一方"),
    "expected": Text("true", "真值"),
    "agent": Text("agent", "坐席"),
    "customer": Text("customer", "客户"),
    "other": Text("other", "第三方"),
    "left_out": Text("Not computed", "未计算"),
    "left_out.of": Text("{why} ({count} recordings)", "{why}（{count} 个录音）"),
    "failures": Text("Recordings that could not be tried", "无法评测的录音"),
    "without_truth": Text("Without truth, passed over: {names}", "没有真值，已跳过：{names}"),
    "run": Text("The run", "运行情况"),
    "run.engines": Text("engines", "引擎"),
    "run.versions": Text("versions", "版本"),
    "run.options": Text("options", "选项"),
    "run.machine": Text("machine", "机器"),
    "run.cores": Text("{cores} cores", "{cores} 核"),
    "run.time": Text("time", "用时"),
    "run.heard": Text(
        "{heard} recordings ({minutes:.1f} minutes) newly heard in {wall:.0f} s: real-time factor {factor:.3f}; the "
        "rest lay on the shelf",
        "新转写 {heard} 个录音（{minutes:.1f} 分钟），用时 {wall:.0f} 秒，实时率 {factor:.3f}；其余取自缓存",
    ),
    "run.shelved": Text("every recording lay on the shelf: nothing was newly heard", "全部录音取自缓存，没有新转写"),
    "run.shelf": Text("shelf", "缓存"),
    "normalisation": Text(
        "Words are compared after NFKC, in lower case, without punctuation; every Hanzi, digit and Latin word is one "
        "unit; a digit is the same spelt or not (零 zero 0, 幺 一 one 1), numbers above nine stay as written. "
        "Interruptions, backchannels, overlaps and dead air are true where the analyzers' definitions find them in the "
        "true turns: who planted one may have meant another (“tagged interruptions found” is the author's view).",
        "文字比较前先作 NFKC、小写、去标点；每个汉字、数字、拉丁词各算一个单位；"
        "数字写法等同（零 zero 0，幺 一 one 1），九以上的数按原样比较。"
        "抢话、附和、重叠、冷场以分析定义用于真实话轮的结果为准；作者植入时的想法可能不同（见“标注的抢话找到率”）。",
    ),
}
