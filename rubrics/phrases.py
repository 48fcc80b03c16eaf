"""Phrases: where in a call something was said, however the recogniser happened to write it.

Text and phrase are brought to the same tokens (one Hanzi, one digit or one Latin word each): width
and case (NFKC, casefold), traditional to simplified Chinese (OpenCC t2s), no punctuation or spaces,
English contractions spelled out, spoken numbers as digits. Each token keeps the word it came from,
so a hit's time is the time of whole words: finer than a word the recogniser does not know it.

Three kinds of match, from strict to loose; a phrase is tried with the strict ones first:

* `exact`: the same tokens.
* `homophone` (zh): the same toneless pinyin, one syllable possibly blurred as accents and
  recognisers blur it (zh/z, ch/c, sh/s, n/l, f/h, an/ang, en/eng, in/ing).
* `fuzzy`: one slip in a long phrase. zh: one syllable amid it wrong, missing or too many. en: a word misspelt, torn in
  two or run together with the next, a filler too many or an article too few. A slip never touches a negation,
  a pronoun or a question word: those turn the meaning round ("that's my problem", 关我的事).

A phrase may run across words and across turns, as long as the same party goes on within
`STRETCH_PAUSE_S`, whoever else speaks meanwhile. `...` in a phrase stands for up to `GAP_TOKENS` tokens.

Left out: meaning. A quotation of the customer is found unless an exception names it.
Source of the homophone rule: Whisper-base gets about one Mandarin character in six wrong on the telephone;
of 9 planted phrases exact text found 7, toneless pinyin 8, with one blurred syllable 9, in 98 others none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate, chain

from pypinyin import lazy_pinyin
from rapidfuzz.distance import Levenshtein

from analyzers.conversation import TURN_PAUSE_S, Party, Span, Word
from analyzers.text import join_words
from rubrics.tokens import HANZI, fold, spell_numbers, syllable, tokenize

# A phrase is not torn apart by a pause that would not even end a turn.
STRETCH_PAUSE_S = TURN_PAUSE_S

# "..." bridges a name or an object ("this is ... speaking", 你找...去), not a sentence.
GAP_TOKENS = 6

# Toneless Mandarin has about 400 syllables, unevenly used: two in a row coincide by chance in most
# calls (再见, 在建), three hardly ever, and three with one of them blurred again too often.
HOMOPHONE_MIN_HANZI = 3
BLUR_MIN_HANZI = 4

# One slip in six leaves five syllables in the right order, more than chance yields; in five or fewer
# (不关你的事, 这关你的事) it leaves other ordinary sentences.
SLIP_MIN_HANZI = 6

# "calm down" (8 letters) survives a slip; with fewer ("shut up", "shut us") it is another phrase.
SLIP_MIN_LETTERS = 8

# (letters of the word, letters of it that may be wrong, missing or too many: Levenshtein). In words of 2 or 3
# letters one makes another word (go, to), in a short word two do (cares, are); a long one bears two.
SLIP_LETTERS = ((8, 2), (4, 1))

# A word torn in two or two run together ("good bye"); more would be another phrase.
SLIP_MAX_WORDS = 2

_GUARDED = frozenset({
    "not", "no", "never", "nothing", "nobody", "none", "without", "i", "me", "my", "mine", "you", "your", "yours", "he",
    "him", "his", "she", "her", "it", "we", "us", "our", "they", "them", "their", "what", "who", "why", "how", "when",
    "where", "which",
})  # fmt: skip
_GUARDED_SYLLABLES = frozenset({"bu", "mei", "bie", "wo", "li", "ta"})  # 不没别我你他, folded
_ARTICLES = frozenset({"a", "an", "the"})
_FILLERS = _ARTICLES | frozenset({"uh", "um", "er", "well", "just", "so", "really", "very"})

_Tokens = tuple[str, ...]

_ELLIPSIS = re.compile(r"\.{3,}|…+")
_CUT_OFF = re.compile(r"\s*['’]\w")
_BREAK = "\n"  # between stretches: no phrase holds it, so no phrase runs across


class Match(StrEnum):
    """How text and phrase agree, from strict to loose."""

    EXACT = "exact"
    HOMOPHONE = "homophone"
    FUZZY = "fuzzy"


_LOOSENESS = {kind: rank for rank, kind in enumerate(Match)}


@dataclass(frozen=True, slots=True)
class Phrase:
    """What to look for. `match` is the loosest kind that counts; a hit inside one of `exceptions` does not."""

    text: str
    match: Match = Match.FUZZY
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: when (whole words), the words as written, and their mean probability (0 to 1)."""

    span: Span
    party: Party
    heard: str
    phrase: str
    kind: Match
    probability: float


@dataclass(frozen=True, slots=True)
class Tape:
    """Tokens laid out for searching: " a b \\n c "; `starts` are their offsets in `text`, `sources` the tokens of
    the transcript `[first, last]` each stands for."""

    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    sources: tuple[tuple[int, int], ...]
    vocabulary: frozenset[str]


@dataclass(frozen=True, slots=True)
class Heard:
    """One party's words, normalised once for all phrases. `owners`: the word each token came from."""

    words: tuple[Word, ...]
    owners: tuple[int, ...]
    stretches: tuple[int, ...]
    written: Tape
    syllables: Tape
    folded: Tape


@dataclass(frozen=True, slots=True)
class _Form:
    """A phrase (or a part of one, between "...") as tokens, and the syllables it may be read as."""

    written: tuple[str, ...]
    readings: tuple[tuple[str, ...], ...]
    hanzi: int
    letters: int


@dataclass(frozen=True, slots=True, order=True)
class _Match:
    """Tokens `[first, last]` of the transcript."""

    looseness: int
    first: int
    last: int

    def spared_by(self, exception: _Match) -> bool:
        """A match lies inside the exception; a slip, whose edges are guesses, need only touch it."""
        if self.looseness == _LOOSENESS[Match.FUZZY]:
            return self.first <= exception.last and exception.first <= self.last
        return exception.first <= self.first and self.last <= exception.last


def hear(words: Sequence[Word]) -> Heard:
    """Normalise one party's words, in time order."""
    tokens: list[str] = []
    owners: list[int] = []
    stretches: list[int] = []
    for stretch, first, last in _clumps(words):
        found = tokenize("".join(word.text for word in words[first : last + 1]))
        tokens += found
        owners += [first] * (len(found) - 1) + [last] * bool(found)
        stretches += [stretch] * len(found)
    syllables = [(syllable(token), i, i) for i, token in enumerate(tokens)]
    return Heard(
        tuple(words),
        tuple(owners),
        tuple(stretches),
        written=_tape(spell_numbers(tokens), stretches),
        syllables=_tape(syllables, stretches),
        folded=_tape([(fold(s), i, j) for s, i, j in syllables], stretches),
    )


def _clumps(words: Sequence[Word]) -> Iterator[tuple[int, int, int]]:
    """(stretch, first, last): single words, but a cut-off ending ("that|'s") stays with its word."""
    stretch = first = 0
    for i in range(1, len(words) + 1):
        paused = i < len(words) and words[i].span.start_s - words[i - 1].span.end_s >= STRETCH_PAUSE_S
        if i < len(words) and not paused and _CUT_OFF.match(words[i].text):
            continue
        yield stretch, first, i - 1
        stretch, first = stretch + paused, i


def find(heard: Heard, phrases: Iterable[Phrase]) -> tuple[Hit, ...]:
    """Every place where one of the phrases was said, in time order.

    Hits do not overlap: where several phrases fit the same words, the stricter match is kept, then the longer.
    """
    found = [(match, phrase) for phrase in phrases for match in _matches(heard, phrase)]
    found.sort(key=lambda pair: (pair[0].looseness, pair[0].first - pair[0].last, pair[0].first))
    kept: list[tuple[_Match, Phrase]] = []
    for match, phrase in found:
        if all(match.last < other.first or other.last < match.first for other, _ in kept):
            kept.append((match, phrase))
    return tuple(_hit(heard, match, phrase) for match, phrase in sorted(kept, key=lambda pair: pair[0].first))


def findable(text: str) -> bool:
    """Whether anything of a phrase is left to look for once punctuation is gone."""
    return any(form.written for form in _forms(text))


def _hit(heard: Heard, match: _Match, phrase: Phrase) -> Hit:
    words = heard.words[heard.owners[match.first] : heard.owners[match.last] + 1]
    end_s = max(word.span.end_s for word in words)
    probability = sum(word.probability for word in words) / len(words)
    kind = tuple(Match)[match.looseness]
    heard_text = join_words(word.original or word.text for word in words)
    return Hit(Span(words[0].span.start_s, end_s), words[0].party, heard_text, phrase.text, kind, probability)


def _matches(heard: Heard, phrase: Phrase) -> list[_Match]:
    found = _chained(heard, phrase.text, phrase.match)
    if not found:
        return found
    # by sound at most: a slip must not excuse a phrase
    loosest = Match.EXACT if phrase.match is Match.EXACT else Match.HOMOPHONE
    spared = [match for text in phrase.exceptions for match in _chained(heard, text, loosest)]
    return [match for match in found if not any(match.spared_by(other) for other in spared)]


def _chained(heard: Heard, text: str, loosest: Match) -> list[_Match]:
    """Matches of the parts around "..." in order, within one stretch."""
    forms = [form for form in _forms(text) if form.written]
    if not forms:
        return []
    found = list(_of_form(heard, forms[0], loosest))
    for form in forms[1:]:
        if not found:
            break
        nexts = list(_of_form(heard, form, loosest))
        found = [
            _Match(max(a.looseness, b.looseness), a.first, b.last)
            for a in found
            for b in nexts
            if 0 < b.first - a.last <= GAP_TOKENS + 1 and heard.stretches[a.last] == heard.stretches[b.first]
        ]
    return found


def _of_form(heard: Heard, form: _Form, loosest: Match) -> Iterator[_Match]:
    seen: set[tuple[int, int]] = set()
    ways = (_exact, _homophones, _slips)[: _LOOSENESS[loosest] + 1]
    for looseness, way in enumerate(ways):
        for place in way(heard, form):
            if place not in seen:
                seen.add(place)
                yield _Match(looseness, *place)


def _exact(heard: Heard, form: _Form) -> Iterator[tuple[int, int]]:
    tape = heard.written
    for i in _positions(tape, form.written):
        yield tape.sources[i][0], tape.sources[i + len(form.written) - 1][1]


def _homophones(heard: Heard, form: _Form) -> Iterator[tuple[int, int]]:
    if form.hanzi < HOMOPHONE_MIN_HANZI:
        return
    for reading in form.readings:
        for i in _positions(heard.folded, tuple(map(fold, reading))):
            heard_as = heard.syllables.tokens[i : i + len(reading)]
            if _blurred(reading, heard_as) <= (form.hanzi >= BLUR_MIN_HANZI):
                yield heard.folded.sources[i][0], heard.folded.sources[i + len(reading) - 1][1]


def _slips(heard: Heard, form: _Form) -> Iterator[tuple[int, int]]:
    if form.hanzi >= SLIP_MIN_HANZI:
        for reading in form.readings:
            yield from _slipped(heard.folded, tuple(map(fold, reading)), _is_slip_of_syllables)
    elif not form.hanzi and form.letters >= SLIP_MIN_LETTERS and len(form.written) > 1:
        yield from _slipped(heard.written, form.written, _is_slip_of_words)


def _slipped(
    tape: Tape, phrase: _Tokens, is_slip: Callable[[_Tokens, _Tokens, bool], bool]
) -> Iterator[tuple[int, int]]:
    """A single slip leaves one half of the phrase whole: find the halves, then look at what stands beside them."""
    if sum(token not in tape.vocabulary for token in phrase) > SLIP_MAX_WORDS:
        return
    half, size = len(phrase) // 2, len(phrase)
    after = [[(i, i + size + d) for d in (0, -1, 1)] for i in _positions(tape, phrase[:half])]
    before = [[(i - half - d, i + size - half) for d in (0, -1, 1)] for i in _positions(tape, phrase[half:])]
    for start, end in chain.from_iterable(after + before):
        window = tape.tokens[start:end]
        if start < 0 or end > len(tape.tokens) or _BREAK in window:
            continue
        head, tail = _shared(phrase, window)
        if is_slip(phrase[head : size - tail], window[head : len(window) - tail], min(head, tail) > 0):
            yield tape.sources[start][0], tape.sources[end - 1][1]


def _shared(one: _Tokens, other: _Tokens) -> tuple[int, int]:
    """How many tokens both have in common at the beginning, and of the rest at the end."""
    shorter = min(len(one), len(other))
    head = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    tail = next((i for i in range(shorter - head) if one[-1 - i] != other[-1 - i]), shorter - head)
    return head, tail


def _is_slip_of_syllables(wanted: _Tokens, heard: _Tokens, amid: bool) -> bool:
    """A slip at the edge cannot be told from another sentence that shares the rest (你自己看着选)."""
    return amid and max(len(wanted), len(heard)) <= 1 and _GUARDED_SYLLABLES.isdisjoint(wanted + heard)


def _is_slip_of_words(wanted: _Tokens, heard: _Tokens, amid: bool) -> bool:
    if not _GUARDED.isdisjoint(wanted + heard):
        return False
    if not wanted or not heard:
        return amid and _ARTICLES.issuperset(wanted) and _FILLERS.issuperset(heard)
    one, other = "".join(wanted), "".join(heard)
    allowed = next((n for letters, n in SLIP_LETTERS if len(one) >= letters), 0)
    return max(len(wanted), len(heard)) <= SLIP_MAX_WORDS and Levenshtein.distance(one, other) <= allowed


def _positions(tape: Tape, tokens: tuple[str, ...]) -> Iterator[int]:
    """Where the tokens stand on the tape, as the index of the first."""
    needle = f" {' '.join(tokens)} "
    at = tape.text.find(needle)
    while at >= 0:
        yield bisect_left(tape.starts, at + 1)
        at = tape.text.find(needle, at + 1)


def _blurred(one: Iterable[str], other: Iterable[str]) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _tape(sourced: Sequence[tuple[str, int, int]], stretches: Sequence[int]) -> Tape:
    """Lay tokens out, with a break wherever a new stretch begins."""
    laid: list[tuple[str, int, int]] = []
    for i, (token, first, last) in enumerate(sourced):
        if i and stretches[first] != stretches[sourced[i - 1][2]]:
            laid.append((_BREAK, first, first))
        laid.append((token, first, last))
    tokens = tuple(token for token, _, _ in laid)
    starts = accumulate((len(token) + 1 for token in tokens), initial=1)
    sources = tuple((first, last) for _, first, last in laid)
    return Tape(f" {' '.join(tokens)} ", tokens, tuple(starts)[:-1], sources, frozenset(tokens))


@lru_cache(maxsize=16384)
def _forms(text: str) -> tuple[_Form, ...]:
    return tuple(_form(part) for part in _ELLIPSIS.split(text))


def _form(text: str) -> _Form:
    """A phrase is read character by character, as what is heard is, and as a whole (银行 is yin hang)."""
    tokens = tokenize(text)
    hanzi = [token for token in tokens if HANZI.match(token)]
    one_by_one = tuple(map(syllable, tokens))
    whole = tuple(lazy_pinyin("".join(tokens))) if len(hanzi) == len(tokens) else one_by_one
    return _Form(
        written=tuple(token for token, _, _ in spell_numbers(tokens)),
        readings=tuple(dict.fromkeys((one_by_one, whole))),
        hanzi=len(hanzi),
        letters=sum(map(len, tokens)),
    )
