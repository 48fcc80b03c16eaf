"""What every score is called and means, in the order in which reports show them, and what is aimed at.

The goals are those of the project for its default engines on two-party telephone calls; they are no promise for
other recordings, and a score that has no goal is shown like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from benchmarks.evaluation import events, expectations, levels, roles, timing, voices, wording
from benchmarks.evaluation.tally import Hits, Offsets, Tally
from rubrics.finding import Text

Statistic = Literal["value", "worse of precision and recall", "p95"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A score as a reader meets it. `unit`: % (shares, F1 and relative offsets), s, dB, LU, or "" for a plain number.

    `is_headline`: shown in the terminal too.
    """

    name: str
    title: Text
    meaning: Text
    unit: str = "%"
    is_headline: bool = False

    @property
    def section(self) -> str:
        """The part of the report it stands in."""
        return self.name.partition(".")[0]


SECTIONS: Mapping[str, Text] = {
    "wording": Text("Words", "文字"),
    "timing": Text("Word times", "词的时间"),
    "voices": Text("Who speaks when", "谁在何时说话"),
    "roles": Text("Agent or customer", "坐席还是客户"),
    "events": Text("Interruptions and silence", "抢话与静音"),
    "expectations": Text("Findings", "检查结果"),
    "levels": Text("Levels and pace", "音量与语速"),
}

KINDS: tuple[Kind, ...] = (
    Kind(
        wording.ERROR,
        Text("error (CER / WER)", "错误率（CER / WER）"),
        Text(
            "wrong, missing and added units over units said: characters for Chinese, words for other languages; "
            "whoever said them",
            "替换、缺失、多余的单位数 ÷ 实际说的单位数：中文按字，其他语言按词；不论是谁说的",
        ),
        is_headline=True,
    ),
    Kind(wording.SUBSTITUTIONS, Text("… wrong", "…… 替换"), Text("units heard as others", "听成别的单位")),
    Kind(wording.DELETIONS, Text("… missing", "…… 缺失"), Text("units not heard", "没有听到的单位")),
    Kind(wording.INSERTIONS, Text("… added", "…… 多余"), Text("units that nobody said", "没有人说过的单位")),
    Kind(
        wording.AGENT_ERROR,
        Text("error, agent's words", "坐席文字错误率"),
        Text("the words given to the agent against those the agent said", "归给坐席的文字与坐席实际所说相比"),
    ),
    Kind(
        wording.CUSTOMER_ERROR,
        Text("error, customer's words", "客户文字错误率"),
        Text("the same for the customer", "归给客户的文字与客户实际所说相比"),
    ),
    Kind(
        wording.CP_ERROR,
        Text("error by voice (cpCER / cpWER)", "分说话人错误率（cpCER / cpWER）"),
        Text(
            "the words of each voice in one line, in the best pairing of heard and true voices",
            "每个声音的文字连成一行，按听到的声音与真实声音的最佳配对计算",
        ),
        is_headline=True,
    ),
    Kind(
        timing.TURN_START,
        Text("first word of a turn", "话轮首词"),
        Text(
            "start of the first word minus start of the turn; the truth has no times inside turns",
            "首词起点减去话轮起点；真值没有话轮内部的时间",
        ),
        unit="s",
        is_headline=True,
    ),
    Kind(
        timing.TURN_END,
        Text("last word of a turn", "话轮末词"),
        Text("end of the last word minus end of the turn", "末词终点减去话轮终点"),
        unit="s",
    ),
    Kind(
        voices.DER,
        Text("DER, no collar", "DER（无容差）"),
        Text(
            "missed, falsely heard and wrongly given speech over true speech; overlap counts",
            "漏检、误报与归错声音的时长 ÷ 真实语音时长；重叠部分也计入",
        ),
        is_headline=True,
    ),
    Kind(
        voices.DER_COLLAR,
        Text("DER, 0.25 s collar", "DER（容差 0.25 秒）"),
        Text("the same without 0.25 s on each side of true boundaries", "不计真实边界两侧各 0.25 秒"),
    ),
    Kind(voices.MISSED, Text("… missed", "…… 漏检"), Text("speech of a voice not heard", "没有听到的语音")),
    Kind(voices.FALSE_ALARM, Text("… false alarm", "…… 误报"), Text("speech where there is none", "没有语音却报有")),
    Kind(
        voices.CONFUSION,
        Text("… confusion", "…… 混淆"),
        Text("speech given to the wrong voice", "归错声音的语音"),
    ),
    Kind(
        voices.JER,
        Text("JER", "JER"),
        Text("mean over voices of the wrong share of their time", "各声音中错误时间占比的平均值"),
    ),
    Kind(
        voices.SPEECH_MISSED,
        Text("speech missed", "语音漏检"),
        Text("seconds in which somebody speaks and nobody was heard", "有人说话却没有听到的秒数"),
    ),
    Kind(
        voices.SPEECH_FALSE,
        Text("false speech", "语音误检"),
        Text("seconds heard as speech in which nobody speaks", "无人说话却当作语音的秒数"),
    ),
    Kind(
        voices.COVERAGE,
        Text("coverage", "文字覆盖率"),
        Text("share of the heard speech that got words", "听到的语音中有文字的比例"),
        is_headline=True,
    ),
    Kind(
        roles.CALLS,
        Text("right by call", "按通话正确率"),
        Text("calls whose agent and customer are not swapped", "坐席与客户没有弄反的通话比例"),
        is_headline=True,
    ),
    Kind(
        roles.WORDS,
        Text("right by word", "按词正确率"),
        Text("of words heard rightly, those given to the party that said them", "听对的词中归给实际说话一方的比例"),
        is_headline=True,
    ),
    Kind(
        roles.SURE,
        Text("sure enough for findings", "把握足够"),
        Text("calls whose role confidence reaches what findings need", "角色把握达到检查所需的通话比例"),
    ),
    Kind(
        roles.BRIER,
        Text("Brier score", "Brier 分"),
        Text(
            "mean of (confidence − right)²: 0 is best, 0.25 is fifty-fifty",
            "（把握 − 是否正确）² 的平均：0 最好，0.25 相当于掷硬币",
        ),
        unit="",
    ),
    Kind(
        events.INTERRUPTION,
        Text("interruptions, F1", "抢话 F1"),
        Text(
            "same party, onset within 0.3 s; true are those that the definition finds in the true turns",
            "同一方、起点相差 0.3 秒以内；以定义用于真实话轮的结果为准",
        ),
        is_headline=True,
    ),
    Kind(
        events.PLANTED,
        Text("tagged interruptions found", "标注的抢话找到率"),
        Text("turns that the truth's author tagged as interruptions", "真值作者标注为抢话的话轮"),
    ),
    Kind(events.BACKCHANNEL, Text("backchannels, F1", "附和 F1"), Text("likewise", "同上"), is_headline=True),
    Kind(events.OVERLAP, Text("overlaps, F1", "重叠 F1"), Text("likewise, of 0.1 s and more", "同上，0.1 秒起")),
    Kind(
        events.SILENCES,
        Text("silences, F1", "静音 F1"),
        Text("3 s and more; found where half of both together is shared", "3 秒起；重合达到两者合计的一半算找到"),
        is_headline=True,
    ),
    Kind(
        events.SILENCE_ERROR,
        Text("silence, seconds", "静音秒数误差"),
        Text("seconds found minus true in a call", "每通电话找到的秒数减去真实秒数"),
        unit="s",
    ),
    Kind(
        events.DEAD_AIR,
        Text("dead air, F1", "冷场 F1"),
        Text("as silences; announced holds are none", "同静音；事先说明的等待不算"),
        is_headline=True,
    ),
    Kind(
        events.DEAD_AIR_ERROR,
        Text("dead air, seconds", "冷场秒数误差"),
        Text("seconds found minus true in a call", "每通电话找到的秒数减去真实秒数"),
        unit="s",
    ),
    Kind(
        expectations.SAID,
        Text("things to be said, F1", "应说话术 F1"),
        Text("greeting, closing ...: what the truth says was said, or not", "问候、结束语等：真值说明说了或没说的"),
        is_headline=True,
    ),
    Kind(
        expectations.UNDETERMINED,
        Text("… left to a person", "…… 待人工复核"),
        Text("of these, what the rules could not decide", "其中规则无法判定的比例"),
    ),
    Kind(
        expectations.FORBIDDEN,
        Text("forbidden phrases, F1", "禁语 F1"),
        Text("planted phrases found; flags where the agent said no such thing", "植入的禁语是否找到；没说却被标记"),
        is_headline=True,
    ),
    Kind(
        expectations.VERDICTS,
        Text("verdicts as on the truth", "与真值判定一致"),
        Text(
            "verdicts equal to those that the same rules give on the true words and times",
            "同样的规则用于真实文字和时间时，判定相同的比例",
        ),
        is_headline=True,
    ),
    Kind(
        expectations.COUNTS,
        Text("expected counts", "预期次数"),
        Text(
            "counts of interruptions and dead air as the truth's author gives them", "抢话与冷场次数与真值作者所给一致"
        ),
    ),
    Kind(
        levels.TALK_SPEED,
        Text("talk speed", "语速"),
        Text(
            "measured / true rate − 1; true: units of the turns over their time",
            "测得 ÷ 真实 − 1；真实：话轮单位数 ÷ 时长",
        ),
        is_headline=True,
    ),
    Kind(
        levels.ACTIVE_LEVEL,
        Text("active level", "有效电平"),
        Text("measured minus power mean of the true turns", "测得减去真实话轮的功率平均"),
        unit="dB",
        is_headline=True,
    ),
    Kind(
        levels.TURN_LEVEL,
        Text("level of a turn", "话轮电平"),
        Text("level track over a true turn minus its true level", "真实话轮内的电平曲线减去其真实电平"),
        unit="dB",
    ),
    Kind(
        levels.LOUDNESS,
        Text("loudness of a party", "一方响度"),
        Text("measured minus ffmpeg's ebur128 of the party's own channel", "测得减去 ffmpeg ebur128 对其通道的结果"),
        unit="LU",
        is_headline=True,
    ),
    Kind(
        levels.CHANNEL_LOUDNESS,
        Text("loudness of a channel", "通道响度"),
        Text("loudness track, gated, minus ffmpeg's ebur128", "响度曲线（门限后）减去 ffmpeg ebur128"),
        unit="LU",
    ),
)
BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Goal:
    """What a score is to reach in a group. `at_most` or `at_least` is in the score's own scale (shares 0 to 1)."""

    score: str
    group: str
    at_most: float | None = None
    at_least: float | None = None
    statistic: Statistic = "value"

    def found(self, tally: Tally) -> float | None:
        """What the tally comes to, by the goal's statistic."""
        if isinstance(tally, Hits) and self.statistic == "worse of precision and recall":
            rates = [rate for rate in (tally.precision, tally.recall) if rate is not None]
            return min(rates, default=None)
        if isinstance(tally, Offsets) and self.statistic == "p95":
            return tally.p95
        return tally.value

    def is_met(self, found: float) -> bool:
        """Whether this value reaches it."""
        return (self.at_most is None or found <= self.at_most) and (self.at_least is None or found >= self.at_least)


GOALS: tuple[Goal, ...] = (
    Goal(roles.CALLS, "stereo", at_least=1.0),
    Goal(roles.WORDS, "stereo", at_least=1.0),
    Goal(events.INTERRUPTION, "stereo", at_least=0.95),
    Goal(events.SILENCES, "stereo", at_least=0.97, statistic="worse of precision and recall"),
    Goal(levels.TALK_SPEED, "stereo", at_most=0.05),
    Goal(levels.ACTIVE_LEVEL, "stereo", at_most=1.0, statistic="p95"),
    Goal(levels.LOUDNESS, "stereo", at_most=0.2, statistic="p95"),
    Goal(voices.DER, "mono", at_most=0.10),
    Goal(roles.WORDS, "mono", at_least=0.97),
    Goal(events.INTERRUPTION, "mono", at_least=0.7),
    Goal(wording.ERROR, "en", at_most=0.18),
    Goal(wording.ERROR, "zh", at_most=0.20),
    Goal(voices.COVERAGE, "all", at_least=0.97),
)
