from __future__ import annotations

import pytest

from benchmarks.evaluation.tally import Hits, Offsets, Score, Share, not_computed, pooled
from rubrics.finding import Text


def test_a_share_of_nothing_is_none() -> None:
    assert (Share(1, 4).value, Share(0, 0).value) == (0.25, None)


def test_hits_have_precision_recall_and_their_harmonic_mean() -> None:
    hits = Hits(right=3, false=1, missed=2)
    assert (hits.precision, hits.recall, hits.value) == (0.75, 0.6, pytest.approx(2 * 0.75 * 0.6 / 1.35))
    assert Hits(0, 0, 0).value is None
    assert (Hits(0, 0, 2).precision, Hits(0, 0, 2).value) == (None, 0)


def test_offsets_tell_size_lean_and_tail() -> None:
    offsets = Offsets((-3.0, -1.0, 2.0))
    assert (offsets.value, offsets.lean, offsets.p95) == (2.0, -1.0, pytest.approx(2.9))
    assert (Offsets(()).value, Offsets(()).lean, Offsets(()).p95) == (None, None, None)


def test_pooled_shares_and_hits_are_summed_and_offsets_joined() -> None:
    assert pooled([Share(1, 4), Share(0, 16)]) == Share(1, 20)
    assert pooled([Hits(1, 2, 3), Hits(1, 0, 0)]) == Hits(2, 2, 3)
    assert pooled([Offsets((1.0,)), Offsets((2.0, 3.0))]) == Offsets((1.0, 2.0, 3.0))
    assert pooled([]) is None


def test_different_kinds_are_not_pooled() -> None:
    with pytest.raises(TypeError, match=r"\['Hits', 'Share'\]"):
        pooled([Share(1, 2), Hits(1, 0, 0)])


def test_a_score_has_a_tally_or_a_reason() -> None:
    with pytest.raises(ValueError, match="a tally or a reason"):
        Score("x", None)
    assert not_computed(Text("no", "无"), "a", "b") == (
        Score("a", None, Text("no", "无")),
        Score("b", None, Text("no", "无")),
    )
