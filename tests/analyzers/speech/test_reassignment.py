"""A second look at whose a piece is: by its own sound, started from the diarizer's answer."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from analyzers.conversation import Span, union
from analyzers.speech.reassignment import Labelled, nearer_voice, reassign

LOW, HIGH = np.array([1.0, 0.1, 0.0], np.float32), np.array([0.0, 0.1, 1.0], np.float32)


def spoken(*low: Span) -> Callable[[Span], npt.NDArray[np.float32]]:
    """An ear for two voices: low inside these spans, high elsewhere; a span is heard by its middle."""

    def embed(span: Span) -> npt.NDArray[np.float32]:
        return LOW if any(span.middle_s in part for part in low) else HIGH

    return embed


def test_a_sentence_given_to_the_wrong_voice_goes_to_its_own() -> None:
    # b says the sentence from 10 to 13 s, the diarizer gave it to a.
    found: Labelled = ((Span(0, 6), "a"), (Span(7, 9), "b"), (Span(10, 13), "a"), (Span(14, 18), "b"))
    right: Labelled = ((Span(0, 6), "a"), (Span(7, 9), "b"), (Span(10, 13), "b"), (Span(14, 18), "b"))
    assert reassign(found, found, spoken(Span(0, 6))) == (right, right)


def test_voices_that_overlap_both_stay() -> None:
    speech: Labelled = ((Span(0, 4), "a"), (Span(3, 8), "b"))
    exclusive: Labelled = ((Span(0, 4), "a"), (Span(4, 8), "b"))
    assert reassign(speech, exclusive, spoken(Span(0, 4))) == (speech, exclusive)


def test_a_piece_too_short_to_tell_keeps_its_voice() -> None:
    found: Labelled = ((Span(0, 3), "a"), (Span(4, 4.3), "b"), (Span(5, 8), "b"))
    assert reassign(found, found, spoken(Span(0, 4.3))) == (found, found)


def test_a_piece_whose_voice_cannot_be_taken_keeps_the_answer() -> None:
    found: Labelled = ((Span(0, 3), "a"), (Span(4, 7), "b"))
    assert reassign(found, found, lambda span: np.full(3, np.nan, np.float32)) == (found, found)


def test_one_voice_or_three_are_left_alone() -> None:
    one: Labelled = ((Span(0, 3), "a"), (Span(4, 7), "a"))
    three: Labelled = ((Span(0, 3), "a"), (Span(4, 7), "b"), (Span(8, 9), "c"))
    for found in (one, three, ()):
        assert reassign(found, found, spoken(Span(0, 3))) == (found, found)


def test_a_voice_is_never_left_with_nothing() -> None:
    vectors = np.stack([LOW, LOW, LOW])
    assert set(nearer_voice(vectors, np.array([0, 0, 1])).tolist()) == {0, 1}


tenths = st.integers(1, 60).map(lambda n: n / 10)


@given(st.lists(st.tuples(tenths, tenths, st.sampled_from("ab")), max_size=8), st.integers(0, 2**32 - 1))
def test_the_time_in_which_anybody_speaks_stays(parts: list[tuple[float, float, str]], seed: int) -> None:
    found: list[tuple[Span, str]] = []
    for pause_s, length_s, voice in parts:
        start_s = (found[-1][0].end_s if found else 0.0) + pause_s
        found.append((Span(start_s, start_s + length_s), voice))
    noise = np.random.default_rng(seed)
    speech, exclusive = reassign(tuple(found), tuple(found), lambda span: noise.standard_normal(8).astype(np.float32))
    before, after = union(span for span, _ in found), union(span for span, _ in exclusive)
    assert np.allclose([(s.start_s, s.end_s) for s in before], [(s.start_s, s.end_s) for s in after])
    assert union(span for span, _ in speech) == after
