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
    *(
        "稍等",
        "稍候",
        "等一下",
        "等一会",
        "等会儿",
        "等片刻",
        "耐心等待",
        "不要挂",
        "别挂",
        "查询一下",
        "核实一下",
        "正在查询",
    ),
    *(
        "我查一下",
        "我看一下",
        "我问一下",
        "我去问",
        "我去确认",
        "我核对一下",
        "帮您查",
        "帮你查",
        "为您查",
        "给您查",
        "给你查",
    ),
    *("帮您看", "帮你看", "帮您核实", "为您核实"),
    *("hold on", "hang on", "please hold", "mind holding", "on hold", "hold for", "hold while", "hold the line"),
    *("one moment", "one second", "one sec", "one minute", "just a moment", "just a second", "just a sec"),
    *("just a minute", "for a moment", "for a minute", "for a second", "give me a", "few minutes", "couple of minutes"),
    *("bear with me", "please wait", "wait while", "stay on the line", "while i check", "while i look"),
    *("let me check", "let me look", "let me see", "let me pull", "let me find"),
)
# These end a hold and hold words of it: what announces nothing is taken out first.
RETURN_PHRASES = ("感谢您的耐心等待", "谢谢您的耐心等待", "感谢耐心等待", "been on hold", "being on hold")


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
