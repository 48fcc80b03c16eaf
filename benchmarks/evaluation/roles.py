"""Roles: whether agent and customer are told apart rightly, and whether the certainty that is claimed holds.

* **by call**: 1 where the speech given to the parties overlaps their own true turns at least as much as the other's, in
  sum over both; else 0.
* **by word**: share of the words that were given to the party that said them. Who said a word is told by its text: it
  counts where the alignment (`wording`) meets it with the same unit of a true turn, so that word times, which are off
  by 0.2 s, cost nothing here. Where the truth has no text it is told by time: a word counts whose middle lies in a
  true turn, or within 0.5 s of one, of one party only.
* **sure**: share of the calls whose role confidence is high enough for findings (`ROLE_CONFIDENCE`).
* **Brier**: the mean of (confidence - right)^2 over calls, 0.25 for one who always says fifty-fifty. Beside `by call`
  it tells whether the confidence may be believed.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.analyze import ROLE_CONFIDENCE
from analyzers.conversation import PARTIES, Party, Word, intersection, union
from analyzers.text import join_words
from benchmarks.evaluation.tally import PARTY_TEXTS, Case, Score, Share, not_computed
from benchmarks.evaluation.tried import Tried
from benchmarks.evaluation.truth import Truth
from benchmarks.evaluation.wording import NO_PARTIES, alignment
from rubrics.finding import Text

CALLS = "roles.calls"
WORDS = "roles.words"
SURE = "roles.sure"
BRIER = "roles.brier"
NAMES = (CALLS, WORDS, SURE, BRIER)

WORD_EDGE_S = 0.5  # recognisers put words that far outside the speech


def score(tried: Tried) -> tuple[Score, ...]:
    """Right parties of one call; cases: runs of words that went to the wrong one."""
    if not tried.truth.has_parties:
        return not_computed(NO_PARTIES, *NAMES)
    right = float(_right_call(tried))
    confidence = tried.call.roles.confidence
    sure = f"{confidence:.0%}"
    swapped = Text(f"swapped, {sure} sure", f"弄反，把握 {sure}")
    whole = Case(tried.call.recording.span, None, Text("agent and customer", "坐席与客户"), swapped, 1 + confidence)
    judged = list(_by_text(tried) if tried.truth.has_words else _by_time(tried))
    wrong = [(word, party) for word, party in judged if word.party is not party]
    return (
        Score(CALLS, Share(right, 1), cases=() if right else (whole,)),
        Score(WORDS, Share(len(judged) - len(wrong), len(judged)), cases=tuple(_runs(wrong)) if right else ()),
        Score(SURE, Share(float(confidence >= ROLE_CONFIDENCE), 1)),
        Score(BRIER, Share((confidence - right) ** 2, 1)),
    )


def _right_call(tried: Tried) -> bool:
    own_s = sum(_shared_s(tried, party, party) for party in PARTIES)
    crossed_s = sum(_shared_s(tried, party, party.counterpart) for party in PARTIES)
    return own_s >= crossed_s and own_s > 0


def _shared_s(tried: Tried, heard: Party, true: Party) -> float:
    spans = (turn.span for turn in tried.truth.of_party(true))
    return sum(part.duration_s for part in intersection(tried.call.speech_of(heard), spans))


def _by_text(tried: Tried) -> Iterator[tuple[Word, Party]]:
    """The words that were heard rightly, once for each of their units, and who said them."""
    for pair in alignment(tried):
        if pair.word and pair.turn and pair.turn.party and not pair.is_error:
            yield pair.word, pair.turn.party


def _by_time(tried: Tried) -> Iterator[tuple[Word, Party]]:
    for word in tried.call.words:
        if party := _said_by(tried.truth, word):
            yield word, party


def _said_by(truth: Truth, word: Word) -> Party | None:
    """The one party that speaks where the word is; None where nobody or more than one does."""
    for edge_s in (0.0, WORD_EDGE_S):
        middle_s = word.span.middle_s
        near = {turn.party for turn in truth.turns if turn.span.start_s - edge_s <= middle_s < turn.span.end_s + edge_s}
        if near:
            return next(iter(near)) if len(near) == 1 else None
    return None


def _runs(wrong: list[tuple[Word, Party]]) -> Iterator[Case]:
    """Wrong words that stand together are one place to listen to."""
    for party in PARTIES:
        mine = list(dict.fromkeys(word for word, true in wrong if true is party))
        for run in union((word.span for word in mine), bridge_s=1.0):
            words = join_words(word.text for word in mine if word.span.middle_s in run)
            given = PARTY_TEXTS[party.counterpart]
            found = Text(f"{given.en}: {words}", f"{given.zh}：{words}")
            yield Case(run, party, PARTY_TEXTS[party], found, len(mine))
