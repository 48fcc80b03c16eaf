"""Wording: how much of what was said is in the transcript (CER for Chinese, WER for all else).

Both sides are normalised before they are compared: NFKC (full-width to half-width), lower case, punctuation and
symbols left out, apostrophes kept inside words; every Hanzi, every digit and every Latin word is one unit, and a
digit is the same spelt or not (零 〇 zero 0, 一 幺 one 1 ...). Numbers above nine stay as they are written: "twenty"
against "20" is an error, as is 二十 against 20. So are fillers that one side left out.

* **error** = (substitutions + deletions + insertions) / units said. On channels apart each true voice is held against
  the channel it is best heard on; on a shared channel the whole call, in time order, against all words in time order.
  Whose words they are plays no part in it.
* **agent error, customer error**: the words given to a party against those that the party said. A role that was told
  wrongly costs here.
* **cp error**: the concatenated minimum-permutation error of all voices (cpWER; for Chinese its character form):
  what each voice said, in one line, against what each heard voice said, in the best pairing.

Sources: Morris et al. (2004) for the alignment; Watanabe et al. (2020, CHiME-6) for cpWER; jiwer, meeteval.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import jiwer

from analyzers.conversation import PARTIES, Word
from benchmarks.evaluation.tally import NOTHING, Case, Score, Share, not_computed
from benchmarks.evaluation.tried import Tried
from benchmarks.evaluation.truth import TrueTurn
from rubrics.finding import Text

ERROR = "wording.error"
SUBSTITUTIONS = "wording.substitutions"
DELETIONS = "wording.deletions"
INSERTIONS = "wording.insertions"
AGENT_ERROR = "wording.agent_error"
CUSTOMER_ERROR = "wording.customer_error"
CP_ERROR = "wording.cp_error"
NAMES = (ERROR, SUBSTITUTIONS, DELETIONS, INSERTIONS, AGENT_ERROR, CUSTOMER_ERROR, CP_ERROR)

DIGITS = str.maketrans("零〇一幺二三四五六七八九", "001123456789")
SPELT = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ENGLISH_DIGITS = dict(zip(SPELT, "0123456789", strict=True))
MOST_PAIRINGS = 4096  # of voices with channels; beyond (12 voices on two channels) the call is taken as one stream

NO_WORDS = Text("the truth has no text for some turn", "真值中有的话轮没有文字")
NO_PARTIES = Text("the truth does not say who is agent and who customer", "真值没有说明谁是坐席、谁是客户")
NO_MEETEVAL = Text(
    "not computed: install nightcall[evaluate] (meeteval, needs a C++ compiler)",
    "未计算：请安装 nightcall[evaluate]（meeteval，需要 C++ 编译器）",
)


def units(text: str) -> list[str]:
    """The normalised units of a text.

    >>> units("我的 iPhone 15，don't! nine")
    ['我', '的', 'iphone', '1', '5', "don't", '9']
    """
    narrow = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    spaced = (f" {c} " if _stands_alone(c) else c if c.isalnum() or c == "'" else " " for c in narrow)
    return [ENGLISH_DIGITS.get(unit, unit.translate(DIGITS)) for unit in "".join(spaced).split() if unit.strip("'")]


def _stands_alone(char: str) -> bool:
    return char.isdigit() or (char >= "\u3400" and char.isalnum())


@dataclass(frozen=True, slots=True)
class Pair:
    """One step of the alignment: a unit that was said, one that was heard, or both.

    `turn` is the true turn it belongs to; an inserted unit belongs to the turn before it. `word` is the heard word.
    """

    turn: TrueTurn | None
    said: str | None
    heard: str | None
    word: Word | None

    @property
    def is_error(self) -> bool:
        """Whether what was heard is not what was said."""
        return self.said != self.heard


def score(tried: Tried) -> tuple[Score, ...]:
    """The errors of one call; cases: the turns with the most of them."""
    if not tried.truth.has_words:
        return not_computed(NO_WORDS, *NAMES)
    pairs = alignment(tried)
    said = sum(pair.said is not None for pair in pairs)
    deleted = sum(pair.heard is None for pair in pairs)
    inserted = sum(pair.said is None for pair in pairs)
    wrong = sum(pair.is_error for pair in pairs)
    return (
        Score(ERROR, Share(wrong, said), cases=tuple(_cases(pairs))),
        Score(SUBSTITUTIONS, Share(wrong - deleted - inserted, said)),
        Score(DELETIONS, Share(deleted, said)),
        Score(INSERTIONS, Share(inserted, said)),
        *_by_party(tried),
        _cp_error(tried),
    )


def alignment(tried: Tried) -> tuple[Pair, ...]:
    """What was said against what was heard, over all streams of the call."""
    turns, words = tried.truth.turns, tried.call.words
    channels = sorted({word.channel for word in words})
    speakers = tried.truth.speakers
    if len(channels) < 2 or len(channels) ** len(speakers) > MOST_PAIRINGS:
        return _aligned(turns, words)
    pairings = (dict(zip(speakers, where, strict=True)) for where in product(channels, repeat=len(speakers)))
    return min((_paired(tried, pairing) for pairing in pairings), key=lambda found: found[0])[1]


def _paired(tried: Tried, channel_of: Mapping[str, int]) -> tuple[tuple[int, float], tuple[Pair, ...]]:
    """The alignment with every true voice on a channel of its own or shared, and how bad that is.

    Of two pairings with as many errors the one is better whose voices are heard longer where they are put.
    """
    turns, words = tried.truth.turns, tried.call.words
    pairs = tuple(
        pair
        for channel in sorted({word.channel for word in words})
        for pair in _aligned(
            [turn for turn in turns if channel_of[turn.speaker] == channel],
            [word for word in words if word.channel == channel],
        )
    )
    heard_s = sum(tried.heard_s(speaker, channel) for speaker, channel in channel_of.items())
    return (sum(pair.is_error for pair in pairs), -heard_s), pairs


def _aligned(turns: Sequence[TrueTurn], words: Sequence[Word]) -> tuple[Pair, ...]:
    said = [(unit, turn) for turn in turns for unit in units(turn.text or "")]
    heard = [(unit, word) for word in words for unit in units(word.text)]
    found = jiwer.process_words(" ".join(unit for unit, _ in said), " ".join(unit for unit, _ in heard))
    pairs: list[Pair] = []
    turn: TrueTurn | None = turns[0] if turns else None
    for chunk in found.alignments[0]:
        ours = said[chunk.ref_start_idx : chunk.ref_end_idx]
        theirs = heard[chunk.hyp_start_idx : chunk.hyp_end_idx]
        for i in range(max(len(ours), len(theirs))):
            unit, turn = ours[i] if i < len(ours) else (None, turn)
            got, word = theirs[i] if i < len(theirs) else (None, None)
            pairs.append(Pair(turn, unit, got, word))
    return tuple(pairs)


def _cases(pairs: Iterable[Pair]) -> Iterator[Case]:
    by_turn: dict[TrueTurn, list[Pair]] = {}
    for pair in pairs:
        if pair.turn is not None:
            by_turn.setdefault(pair.turn, []).append(pair)
    for turn, mine in by_turn.items():
        wrong = sum(pair.is_error for pair in mine)
        if wrong:
            heard = _line(pair.heard for pair in mine)
            yield Case(turn.span, turn.party, _line(pair.said for pair in mine), heard or NOTHING, wrong)


def _line(said: Iterable[str | None]) -> str:
    """Units as one line: spaces between Latin words only."""
    line = ""
    for unit in filter(None, said):
        line += f" {unit}" if line and line[-1].isascii() and unit[0].isascii() else unit
    return line


def _by_party(tried: Tried) -> tuple[Score, ...]:
    names = (AGENT_ERROR, CUSTOMER_ERROR)
    if not tried.truth.has_parties:
        return not_computed(NO_PARTIES, *names)
    scores = []
    for name, party in zip(names, PARTIES, strict=True):
        pairs = _aligned(tried.truth.of_party(party), tried.call.words_of(party))
        scores.append(Score(name, Share(sum(p.is_error for p in pairs), sum(p.said is not None for p in pairs))))
    return tuple(scores)


def _cp_error(tried: Tried) -> Score:
    try:
        from meeteval.wer import cp_word_error_rate  # noqa: PLC0415 - an extra
    except ImportError:
        return not_computed(NO_MEETEVAL, CP_ERROR)[0]
    said = {
        who: " ".join(unit for turn in tried.truth.of_speaker(who) for unit in units(turn.text or ""))
        for who in tried.truth.speakers
    }
    heard: dict[str, str] = {}
    for word in tried.call.words:
        heard[word.speaker] = " ".join([*heard.get(word.speaker, "").split(), *units(word.text)])
    given = {"reference_sort": False, "hypothesis_sort": False}  # without times there is nothing to sort
    found = cp_word_error_rate(said, heard or {"nobody": ""}, **given)
    return Score(CP_ERROR, Share(found.errors, found.length))
