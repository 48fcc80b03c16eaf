"""Timing: how far word times are from the truth, which knows when turns begin and end.

The **turn start** offset is the start of the heard word minus the start of the true turn, for turns whose first unit
was heard rightly and as the first of its word; **turn end** the same for the last unit. Words inside a turn have no
true time, so they are not judged. A word that lies more than 1 s outside its turn is another one that sounds the
same; it is left out (and is an error of the wording).
"""

from __future__ import annotations

from collections.abc import Iterable

from analyzers.conversation import Word
from benchmarks.evaluation.tally import Case, Offsets, Score, not_computed
from benchmarks.evaluation.tried import Tried
from benchmarks.evaluation.truth import TrueTurn
from benchmarks.evaluation.wording import NO_WORDS, Pair, alignment, units

TURN_START = "timing.turn_start"
TURN_END = "timing.turn_end"
NAMES = (TURN_START, TURN_END)

ELSEWHERE_S = 1.0  # recognisers are off by up to 0.3 s at edges; a word this far out was not said there
WORTH_LISTENING_S = 0.5  # a supervisor who jumps to the word misses its beginning


def score(tried: Tried) -> tuple[Score, ...]:
    """Offsets of turn edges, in seconds."""
    if not tried.truth.has_words:
        return not_computed(NO_WORDS, *NAMES)
    by_turn: dict[TrueTurn, list[Pair]] = {}
    for pair in alignment(tried):
        if pair.turn is not None and pair.said is not None:
            by_turn.setdefault(pair.turn, []).append(pair)
    first = [(turn, _edge(pairs[0], 0)) for turn, pairs in by_turn.items()]
    last = [(turn, _edge(pairs[-1], -1)) for turn, pairs in by_turn.items()]
    starts = [(turn, word.span.start_s, turn.span.start_s) for turn, word in first if word and _near(word, turn)]
    ends = [(turn, word.span.end_s, turn.span.end_s) for turn, word in last if word and _near(word, turn)]
    return _score(TURN_START, starts), _score(TURN_END, ends)


def _edge(pair: Pair, place: int) -> Word | None:
    """The heard word, if the unit was heard rightly and stands at this place (0 first, -1 last) of its word."""
    if pair.is_error or pair.word is None:
        return None
    return pair.word if units(pair.word.text)[place] == pair.said else None


def _near(word: Word, turn: TrueTurn) -> bool:
    return turn.span.start_s - ELSEWHERE_S <= word.span.middle_s <= turn.span.end_s + ELSEWHERE_S


def _score(name: str, edges: Iterable[tuple[TrueTurn, float, float]]) -> Score:
    edges = tuple(edges)
    cases = tuple(
        Case(turn.span, turn.party, f"{true_s:.2f} s", f"{found_s:.2f} s", abs(found_s - true_s))
        for turn, found_s, true_s in edges
        if abs(found_s - true_s) >= WORTH_LISTENING_S
    )
    return Score(name, Offsets(tuple(found_s - true_s for _, found_s, true_s in edges)), cases=cases)
