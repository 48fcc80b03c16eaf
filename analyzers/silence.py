"""Silence: when nobody speaks, and whether the customer was told why.

* **silence**: nobody speaks for 3 s or more, anywhere in the recording: also before the first word
  (ringing, a slow greeting) and after the last one (nobody hung up).
* **hold**: silence that the agent announced. A hold phrase (`HOLD_PHRASES`) of the agent in the last 10 s
  before a silence begins a hold; it goes on, also over words of the customer, until the agent speaks
  again, and for 60 s at most.
* **dead air**: 5 s or more of silence between two stretches of speech that are no hold. What a hold lasts
  beyond its 60 s is dead air. Before the first word and after the last there is no dead air.

Left out: music on hold and menu prompts are not told from silence or speech yet; where the recording holds
them as a third voice they count as speech. Whose turn it was is not said.

Hold phrases are found by sound (`analyzers.sound`), because recognisers write about one Hanzi in six wrong.

Sources: Amazon Contact Lens: non-talk time over 3 s; Google CCAI and Huawei AICC: silence from 5 s, Huawei
not where it was announced; 60 s: the time after which service standards ask the agent to come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzers.conversation import Conversation, Party, Span, Word, gaps, intersection, union
from analyzers.floor import WORD_EDGE_S
from analyzers.measure import Evidence, Measure, missing
from analyzers.sound import sounds, sounds_of
from analyzers.text import join_words
from analyzers.units import units_of

COUNT = "silence.count"
TOTAL = "silence.total"
LONGEST = "silence.longest"
SHARE = "silence.share"
DEAD_AIR_COUNT = "silence.dead_air_count"
DEAD_AIR = "silence.dead_air"
HOLD_COUNT = "silence.hold_count"
HOLD = "silence.hold"
UNITS = {
    COUNT: "silences",
    TOTAL: "s",
    LONGEST: "s",
    SHARE: "share",
    DEAD_AIR_COUNT: "silences",
    DEAD_AIR: "s",
    HOLD_COUNT: "holds",
    HOLD: "s",
}
NAMES = frozenset(UNITS)

SILENCE_S = 3.0  # Amazon Contact Lens: non-talk time; ordinary gaps between turns are 0.2 to 1 s
DEAD_AIR_S = 5.0  # Google and Huawei: from here a caller wonders whether anybody is there
HOLD_PHRASE_S = 10.0  # from the phrase to the silence: a last sentence, the customer's "okay" and a breath fit in
HOLD_LIMIT_S = 60.0  # service standards have the agent come back at least once a minute

HOLD_PHRASES = (
    *("稍等", "稍候", "稍微等", "等一下", "等一会", "等会儿", "等一等", "等片刻"),
    *("等我", "请等", "耐心等待", "等待一下"),
    *("等候", "在线等", "保持在线", "等一分钟", "等两分钟", "等几分钟", "给我一分钟", "给我两分钟", "给我几分钟"),
    *("不要挂", "别挂", "勿挂", "占用您", "需要一点时间", "需要几分钟", "花一点时间", "花几分钟"),
    *("系统有点慢", "系统比较慢", "电脑有点慢", "正在加载", "正在查", "查询一下", "核实一下", "核对一下", "确认一下"),
    *("我查一下", "我看一下", "我问一下", "我去问", "我去确认", "去核实", "测一下", "测试一下", "检查一下", "请示一下"),
    *("记录一下", "登记一下", "操作一下", "处理一下", "调一下", "翻一下", "算一下"),
    *("帮您查", "帮你查", "为您查", "给您查", "给你查", "帮您看", "帮你看", "帮您问", "帮您测", "帮您核实", "为您核实"),
    *("为您转接", "帮您转", "给您转"),
    *("hold on", "hang on", "please hold", "hold please", "mind holding", "can you hold", "could you hold", "on hold"),
    *("brief hold", "short hold", "quick hold", "hold for", "hold while", "hold the line"),
    *("one moment", "one second", "one sec", "one minute", "just a moment", "just a second", "just a sec"),
    *("just a minute", "for a moment", "for a minute", "for a second", "give me a", "allow me a"),
    *("take a moment", "take a minute", "take a few", "two minutes", "few minutes", "couple of minutes"),
    *("bear with me", "please wait", "wait while", "stay on the line", "stay with me"),
    *("don't go away", "don't hang up"),
    *("be right back", "won't be long", "not be long", "system is slow", "computer is slow", "system is loading"),
    *("while i check", "while i look", "while i get", "while i pull", "while i ask", "while i call", "while i ring"),
    *("while i find", "while i speak", "while i transfer", "transfer you", "put you through"),
    *("let me check", "let me look", "let me see", "let me pull", "let me find", "let me ask", "let me get"),
    *("let me speak", "let me call", "let me transfer", "i'll look", "i'll find out", "i will check"),
    *("looking that up", "looking it up", "looking into that", "pulling up", "bringing up", "bring up your"),
    *("pull that up", "pull it up", "just checking", "i'm checking", "i am checking", "check with", "need to speak to"),
)
# These end a hold and hold words of it: what announces nothing is taken out first.
RETURN_PHRASES = (
    *("感谢您的耐心等待", "谢谢您的耐心等待", "感谢您耐心等待", "谢谢您耐心等待", "感谢耐心等待", "谢谢耐心等待"),
    *("感谢您的等候", "谢谢您的等候", "感谢您耐心等候", "谢谢您耐心等候", "感谢您的耐心等候", "谢谢您的耐心等候"),
    *("感谢等候", "谢谢等候", "谢谢您等我", "感谢您等我"),
    *("been on hold", "being on hold", "was on hold", "were on hold"),
)


@dataclass(frozen=True, slots=True)
class Silences:
    """The silences of a call.

    `everywhere`: all of them. Those between speech are divided into `hold` and `dead_air`;
    `announced` are the silences that begin a hold (a hold may go on over words of the customer).
    """

    everywhere: tuple[Span, ...] = ()
    hold: tuple[Span, ...] = ()
    dead_air: tuple[Span, ...] = ()
    announced: tuple[Span, ...] = ()


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Counts and seconds for the call as a whole; evidence: each silence, a hold with the words that announced it."""
    duration_s = conversation.recording.duration_s
    if not conversation.speech or duration_s <= 0:
        why = "nobody is heard: without speech there is no silence between it"
        return tuple(missing(name, None, unit, why) for name, unit in UNITS.items())
    found = find_silences(conversation)
    longest_s = max((span.duration_s for span in found.everywhere), default=0.0)
    longest = tuple(span for span in found.everywhere if span.duration_s == longest_s)
    values = {
        COUNT: (len(found.everywhere), _evidence(found.everywhere)),
        TOTAL: (_seconds(found.everywhere), _evidence(found.everywhere)),
        LONGEST: (longest_s, _evidence(longest[:1])),
        SHARE: (_seconds(found.everywhere) / duration_s, _evidence(found.everywhere)),
        DEAD_AIR_COUNT: (len(found.dead_air), _evidence(found.dead_air)),
        DEAD_AIR: (_seconds(found.dead_air), _evidence(found.dead_air)),
        HOLD_COUNT: (len(found.announced), _announcements(conversation, found.announced)),
        HOLD: (_seconds(found.hold), _evidence(found.hold)),
    }
    return tuple(Measure(name, None, float(value), UNITS[name], spans) for name, (value, spans) in values.items())


def find_silences(conversation: Conversation) -> Silences:
    """All silences of a call, and which of those between speech were announced; none where nobody speaks."""
    talk = union(speech.span for speech in conversation.speech)
    if not talk:
        return Silences()
    between = _silences(talk, Span(talk[0].start_s, talk[-1].end_s))
    windows, announced = _hold_windows(conversation, between)
    hold = intersection(between, windows)
    rest = (part for silence in between for part in gaps(windows, silence))
    dead_air = tuple(part for part in rest if part.duration_s >= DEAD_AIR_S)
    return Silences(_silences(talk, conversation.recording.span), hold, dead_air, announced)


def _silences(talk: Sequence[Span], window: Span) -> tuple[Span, ...]:
    return tuple(span for span in gaps(talk, window) if span.duration_s >= SILENCE_S)


def _hold_windows(conversation: Conversation, silences: Iterable[Span]) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The time in which silence is hold, and the silences that begin one."""
    windows: list[Span] = []
    announced: list[Span] = []
    before: Span | None = None  # the silence before this one, if it was a hold
    for silence in silences:
        if before is not None and not conversation.words_of(Party.AGENT, Span(before.end_s, silence.start_s)):
            before = silence
        elif _announces_hold(conversation, silence):
            before = silence
            announced.append(silence)
            windows.append(Span(silence.start_s, silence.start_s + HOLD_LIMIT_S))
        else:
            # The hold is over as soon as the agent is back: what is left of its 60 s counts no more.
            before = None
            windows = [*windows[:-1], *(_until(window, silence.start_s) for window in windows[-1:])]
    return tuple(windows), tuple(announced)


def _until(window: Span, end_s: float) -> Span:
    return Span(window.start_s, max(window.start_s, min(window.end_s, end_s)))


def _last_words(conversation: Conversation, silence: Span) -> tuple[Word, ...]:
    # Recognisers put word edges off by up to 0.3 s: the last word may seem to lie in the silence.
    return conversation.words_of(Party.AGENT, Span(silence.start_s - HOLD_PHRASE_S, silence.start_s + WORD_EDGE_S))


def _announces_hold(conversation: Conversation, silence: Span) -> bool:
    heard = sounds(units_of(_last_words(conversation, silence)))
    for phrase in RETURN_PHRASES:
        heard = heard.replace(sounds_of(phrase), " ")
    return any(sounds_of(phrase) in heard for phrase in HOLD_PHRASES)


def _seconds(spans: Iterable[Span]) -> float:
    return sum(span.duration_s for span in spans)


def _evidence(spans: Iterable[Span]) -> tuple[Evidence, ...]:
    return tuple(Evidence(span) for span in spans)


def _announcements(conversation: Conversation, silences: Iterable[Span]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(silence, Party.AGENT, join_words(word.original or word.text for word in words))
        for silence in silences
        if (words := _last_words(conversation, silence))
    )
