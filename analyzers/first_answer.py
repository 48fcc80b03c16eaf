"""The first useful answer: what the customer first asks, and when the agent first says something to it.

Our own definition; no standard has one.

* **request**: the first contribution (`analyzers.floor`) in which the customer says something: 6 characters or 4 words
  and more are left when greetings, thanks, courtesies and listening words are taken out. It lasts, over pauses and
  listening words, until the agent takes the floor.
* **useful answer**: the agent's first contribution after it in which the agent says something in the same sense, 4
  characters or 3 words and more, in clauses that announce no hold. "I'm sorry to hear that", "let me check" and
  "one moment" are none; a question about the matter is one.

Left out: whether the answer is right, or even about the request. Clauses are told by the recogniser's
punctuation; where it writes none, an answer that also announces a hold is taken for the announcement. In calls
that the agent makes it is the customer's first real contribution that counts as the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from analyzers.conversation import Conversation, Party, Span
from analyzers.floor import BACKCHANNELS_EN, BACKCHANNELS_ZH, Contribution, contributions
from analyzers.hold_phrases import HOLD_PHRASES, RETURN_PHRASES
from analyzers.sound import sounds_of
from analyzers.text import join_words
from analyzers.units import is_counted_in_characters

REQUEST_CHARACTERS, REQUEST_WORDS = 6, 4  # the shortest there is: 我要查话费; "I lost my card"; not: 是我，喂你好
ANSWER_CHARACTERS, ANSWER_WORDS = 4, 3  # what can take the floor at all (`analyzers.floor`)

_CLAUSE = re.compile(r"[，。！？；：、,.!?;:…]+")

# Said without saying anything to the matter: they are taken out, and what is left counts.
EMPTY_PHRASES = (
    *(
        "您好",
        "你好",
        "喂",
        "早上好",
        "上午好",
        "中午好",
        "下午好",
        "晚上好",
        "请讲",
        "请说",
        "您请讲",
        "您请说",
        "在吗",
    ),
    *("谢谢", "感谢", "谢谢您的来电", "感谢您的来电", "感谢您致电", "谢谢你", "谢谢您"),
    *("抱歉", "对不起", "不好意思", "非常抱歉", "十分抱歉", "实在抱歉", "很抱歉", "真不好意思"),
    *(
        "别着急",
        "不要着急",
        "您别急",
        "没问题",
        "没关系",
        "我来帮您",
        "我来帮你",
        "我帮您",
        "马上帮您",
        "马上为您",
        "我明白",
        "我了解",
    ),
    *("hello", "hi", "good morning", "good afternoon", "good evening", "hi there", "how are you", "are you there"),
    *("thank you", "thanks", "thank you very much", "thank you so much", "thank you for calling"),
    *(
        "i'm sorry",
        "i am sorry",
        "sorry",
        "so sorry",
        "i apologize",
        "i apologise",
        "please",
        "sure thing",
        "all right",
        "well",
    ),
)
# A clause with one of these is a courtesy as a whole.
COURTESIES = (
    *("心情", "带来不便", "造成不便", "添麻烦", "理解您", "理解你", "为您服务", "很高兴为您", "怎么称呼"),
    *("sorry to hear", "sorry about", "for the inconvenience", "any inconvenience", "i understand", "i can understand"),
    *("help you with that", "help with that", "happy to help", "glad to help", "be happy to", "my pleasure"),
    *("how can i help", "how may i help", "that must be", "for your patience", "for waiting", "for holding"),
)


_OF_HOLDS = (*HOLD_PHRASES, *RETURN_PHRASES)


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """The customer's first request and the agent's first useful answer; None where there is none."""

    request: Contribution | None = None
    asked_s: float = 0.0
    answer: Contribution | None = None


def find_first_answer(conversation: Conversation) -> FirstAnswer:
    """The first request of the customer, when it was put, and the first useful answer to it."""
    in_characters = is_counted_in_characters(conversation.language)
    least = REQUEST_CHARACTERS if in_characters else REQUEST_WORDS
    asked = contributions(conversation, Party.CUSTOMER)
    request = next((one for one in asked if says_something(_text(one), least)), None)
    if request is None:
        return FirstAnswer()
    replies = [one for one in contributions(conversation, Party.AGENT) if _replies(one, request)]
    asked_s = _asked_s(request, asked, replies)
    least = ANSWER_CHARACTERS if in_characters else ANSWER_WORDS
    return FirstAnswer(request, asked_s, next((one for one in replies if _is_useful(one, least)), None))


def says_something(text: str, least: int) -> bool:
    """Whether a text has `least` units beside greetings, thanks, listening words and clauses of courtesy."""
    return sum(_left(clause) for clause in _CLAUSE.split(text) if not _holds(clause, COURTESIES)) >= least


def _is_useful(contribution: Contribution, least: int) -> bool:
    clauses = _CLAUSE.split(_text(contribution))
    spoken = "，".join(clause for clause in clauses if not _holds(clause, _OF_HOLDS))
    return not contribution.is_backchannel and says_something(spoken, least)


def _replies(agent: Contribution, request: Contribution) -> bool:
    """Whether the agent speaks on after the request began: also one who comes in before its end."""
    return agent.span.start_s > request.span.start_s and agent.span.end_s > request.span.end_s


def _asked_s(request: Contribution, asked: Sequence[Contribution], replies: Iterable[Contribution]) -> float:
    """When the customer had put the request: what follows it belongs to it until the agent takes the floor."""
    taken_s = next((one.span.start_s for one in replies if not one.is_backchannel), request.span.end_s)
    return max(one.span.end_s for one in asked if one is request or request.span < one.span < Span(taken_s, taken_s))


def _text(contribution: Contribution) -> str:
    return join_words(word.text for word in contribution.words)


def _holds(clause: str, phrases: tuple[str, ...]) -> bool:
    heard = sounds_of(clause)
    return any(sound in heard for sound in _sounds(phrases))


@cache
def _sounds(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sounds_of(phrase) for phrase in phrases)


def _left(clause: str) -> int:
    """The units of a clause without phrases that say nothing; none where it is all listening words and such."""
    heard = sounds_of(clause)
    if _any_of((*EMPTY_PHRASES, *BACKCHANNELS_ZH, *BACKCHANNELS_EN)).sub(" ", heard).isspace():
        return 0
    return len(_any_of(EMPTY_PHRASES).sub(" ", heard).split())


@cache
def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted({sound.strip() for sound in _sounds(phrases)}, key=len, reverse=True)
    return re.compile("(?<= )(?:" + "|".join(map(re.escape, longest_first)) + ")(?= )")
