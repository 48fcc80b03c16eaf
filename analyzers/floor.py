"""The floor: whose go it is, who comes in while it is somebody else's, and what is only a sign of listening.

* **contribution**: what a party says until it is quiet for longer than a breath (0.5 s) while the other
  speaks, or for 1 s while nobody does. A breath does not give the floor away: who comes in during it comes
  in mid-turn, and who speaks on after it has not come in.
* **entrance**: a contribution that begins inside a contribution of the other party.
* **backchannel**: a contribution of at most 1 s, or of nothing but listening words (`BACKCHANNELS`), or of
  fewer than 4 characters (3 words). It takes no floor and interrupts nobody.

When somebody speaks is read from the voice activity (`Conversation.speech`), which is right within about
0.1 s. Words, whose edges recognisers put off by up to 0.3 s, only tell what was said.

A party is agent or customer. Where a party has two voices (a call handed on), they are one party that speaks when
either does, so it comes in on nobody of its own; third persons and announcements hold no floor.

Sources: Yngve (1970) for the backchannel; Clancy, Thompson, Suzuki and Tao (1996), "The conversational use of
reactive tokens in English, Japanese, and Mandarin", and Jurafsky, Shriberg and Biasca (1997), SWBD-DAMSL, for
the lists; docs/design.md section 2 for the limits.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analyzers.conversation import PARTIES, TURN_PAUSE_S, Conversation, Party, Span, Word, gaps, intersection, union
from analyzers.units import is_counted_in_characters, spoken_units, units_of

# Breaths inside what one says last 0.3 to 0.5 s; whoever goes on so soon had decided to before anyone
# could have answered (reaction takes 0.2 s).
BREATH_S = 0.5

BACKCHANNEL_S = 1.0  # the longest contribution that is a backchannel whatever its words are
BACKCHANNEL_CHARACTERS = 4  # fewer cannot say anything that takes the floor in Chinese
BACKCHANNEL_WORDS = 3  # the same in English

WORD_EDGE_S = 0.5  # a word farther than this from all speech belongs to none of it

# What listeners say to show that they follow, agree, wonder or feel with the other, and what invites to go on:
# the reactive tokens of Clancy et al. (1996) for Mandarin and English and SWBD-DAMSL's backchannels, as
# recognisers write them; any of them said in a row is one too (嗯嗯, 对对对). Not here: words that stop people
# (行了, 好了, 等等, 不是, no, wait, listen, but).
BACKCHANNELS_ZH = (
    *("嗯", "恩", "唔", "呃", "额", "啊", "哦", "噢", "喔", "哎", "诶", "欸", "唉", "哈", "呵", "嗯哼"),
    *("哇", "哟", "呀", "嘿", "嚯", "哎呀", "哎哟", "天哪", "天啊", "嗨"),
    *("对", "对的", "对啊", "对呀", "对吧", "是", "是的", "是啊", "是呀", "是吗", "是吧", "是嘛", "是哦", "是这样"),
    *("好", "好的", "好啊", "好呀", "好吧", "好嘞", "好勒", "好滴", "好哒", "好嘛"),
    *("行", "行吧", "行啊", "行的", "成", "可以", "可以的", "没错", "没事", "没问题", "没关系", "不要紧", "不客气"),
    *("明白", "明白了", "了解", "了解了", "知道", "知道了", "我知道", "我知道了", "晓得", "晓得了", "收到", "听到了"),
    *("清楚", "清楚了", "懂", "懂了", "我懂", "我明白", "我明白了", "我理解", "我了解", "理解", "能理解", "可以理解"),
    *("这样", "这样啊", "这样子", "这样子啊", "那是", "就是", "就是啊", "也是", "那倒是", "确实", "确实是", "可不是"),
    *("原来如此", "原来是这样", "当然", "真的", "真的吗", "真的啊", "不会吧", "有道理"),
    *("谢谢", "谢谢您", "谢谢你", "您说", "您讲", "您请说", "你说", "请说", "请讲", "我在听", "在听"),
)
BACKCHANNELS_EN = (
    *(
        "m",
        "mm",
        "mmm",
        "hm",
        "hmm",
        "mhm",
        "mhmm",
        "mm hmm",
        "mm hm",
        "um",
        "um hm",
        "uh",
        "uh huh",
        "er",
        "erm",
        "eh",
    ),
    *(
        "ah",
        "aha",
        "oh",
        "ooh",
        "huh",
        "wow",
        "gosh",
        "oh my",
        "oh my god",
        "oh my gosh",
        "oh dear",
        "oh no",
        "my goodness",
    ),
    *("yeah", "yea", "yep", "yup", "yes", "yes sir", "yes ma'am", "ok", "okay", "right", "alright", "all right"),
    *("sure", "of course", "no problem", "no worries", "you bet", "i bet", "fair enough", "sounds good", "makes sense"),
    *("i see", "i know", "i understand", "understood", "got it", "gotcha", "got you", "i hear you", "i agree"),
    *("true", "exactly", "absolutely", "indeed", "definitely", "totally", "correct", "precisely", "certainly"),
    *("that's right", "that's true", "that's fine", "that's okay", "that's ok", "that's good", "that's great"),
    *("that makes sense", "that's correct", "is that right", "is it", "really", "go on", "go ahead"),
    *("great", "good", "very good", "cool", "fine", "nice", "perfect", "lovely", "brilliant", "interesting"),
    *("thanks", "thank you"),
)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a party says without giving the floor away; `words` are those heard in it."""

    party: Party
    span: Span
    words: tuple[Word, ...]
    is_backchannel: bool


@dataclass(frozen=True, slots=True)
class Entrance:
    """A contribution that begins inside one of the other party.

    `overlap`: when both really speak; it may be empty where the entrance falls into a breath.
    `floor_held_s`: how long the other had had the floor to itself.
    """

    entering: Contribution
    holding: Contribution
    overlap: tuple[Span, ...]
    floor_held_s: float

    @property
    def overlap_s(self) -> float:
        """Seconds in which both speak."""
        return sum(span.duration_s for span in self.overlap)


def contributions(conversation: Conversation, party: Party) -> tuple[Contribution, ...]:
    """The contributions of one party, in order."""
    spans = _without_pauses(conversation.speech_of(party), conversation.speech_of(party.counterpart))
    said = words_by_span(conversation.words_of(party), spans)
    language = conversation.language
    return tuple(
        Contribution(party, span, words, _is_backchannel(span, words, language))
        for span, words in zip(spans, said, strict=True)
    )


def entrances(conversation: Conversation) -> tuple[Entrance, ...]:
    """Every time one party comes in while the other speaks, in order of the entrance."""
    of = {party: contributions(conversation, party) for party in PARTIES}
    found = [entrance for party in PARTIES for entrance in _entrances(conversation, party, of)]
    return tuple(sorted(found, key=lambda entrance: entrance.entering.span))


def words_by_span(words: Sequence[Word], spans: Sequence[Span]) -> tuple[tuple[Word, ...], ...]:
    """For each of the disjoint, ordered spans the words whose middle lies in it or, just outside, nearest to it."""
    starts_s = [span.start_s for span in spans]
    said: list[list[Word]] = [[] for _ in spans]
    for word in words:
        after = bisect_right(starts_s, word.span.middle_s)
        near = [(_distance_s(spans[i], word.span.middle_s), i) for i in (after - 1, after) if 0 <= i < len(spans)]
        distance_s, nearest = min(near, default=(WORD_EDGE_S + 1, 0))
        if distance_s <= WORD_EDGE_S:
            said[nearest].append(word)
    return tuple(tuple(words) for words in said)


def _without_pauses(speech: Sequence[Span], of_other: Sequence[Span]) -> tuple[Span, ...]:
    if not speech:
        return ()
    pauses = gaps(speech, Span(speech[0].start_s, speech[-1].end_s))
    own = (pause for pause in pauses if BREATH_S < pause.duration_s < TURN_PAUSE_S and not _inside(of_other, pause))
    return union((*speech, *own), bridge_s=BREATH_S)


def _distance_s(span: Span, time_s: float) -> float:
    return max(span.start_s - time_s, time_s - span.end_s, 0.0)


def _is_backchannel(span: Span, words: Sequence[Word], language: str) -> bool:
    units = units_of(words)
    fewest = BACKCHANNEL_CHARACTERS if is_counted_in_characters(language) else BACKCHANNEL_WORDS
    short = span.duration_s <= BACKCHANNEL_S or 0 < len(units) < fewest
    return short or _ONLY_BACKCHANNELS.fullmatch(_spaced(units)) is not None


def _spaced(units: Sequence[str]) -> str:
    return "".join(f"{unit} " for unit in units)


_ONLY_BACKCHANNELS = re.compile(
    "(?:" + "|".join(_spaced(spoken_units(phrase)) for phrase in (*BACKCHANNELS_ZH, *BACKCHANNELS_EN)) + ")+"
)


def _entrances(
    conversation: Conversation, party: Party, of: Mapping[Party, Sequence[Contribution]]
) -> Iterator[Entrance]:
    mine, theirs = conversation.speech_of(party), conversation.speech_of(party.counterpart)
    turns = union(theirs, bridge_s=TURN_PAUSE_S)
    quiet_since_s = 0.0  # when this party last gave up the floor; a backchannel never had it
    for entering in of[party]:
        onset_s = entering.span.start_s
        holding = _holding(entering, of[party.counterpart])
        if holding is not None:
            shared = Span(onset_s, min(entering.span.end_s, holding.span.end_s))
            both = intersection(_inside(mine, shared), _inside(theirs, shared))
            turn = turns[bisect_right(turns, onset_s, key=lambda span: span.start_s) - 1]
            yield Entrance(entering, holding, both, onset_s - max(turn.start_s, quiet_since_s))
        if not entering.is_backchannel:
            quiet_since_s = entering.span.end_s


def _holding(entering: Contribution, theirs: Sequence[Contribution]) -> Contribution | None:
    onset_s = entering.span.start_s
    before = bisect_right(theirs, onset_s, key=lambda contribution: contribution.span.start_s) - 1
    if before < 0 or theirs[before].span.end_s <= onset_s:
        return None
    # Where both begin at once neither came in; it is counted once, for the customer.
    at_once = theirs[before].span.start_s == onset_s and entering.party is Party.AGENT
    return None if at_once else theirs[before]


def _inside(spans: Sequence[Span], window: Span) -> tuple[Span, ...]:
    """The parts inside the window of disjoint, ordered spans; quick also in calls of hours."""
    first = bisect_right(spans, window.start_s, key=lambda span: span.end_s)
    end = bisect_left(spans, window.end_s, key=lambda span: span.start_s)
    return tuple(part for span in spans[first:end] if (part := span.within(window)))
