"""Which pieces are one voice: made vectors, each voice a direction of its own with some spread."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.speech.clustering import ALIKE, MOST_VOICES, VOICE_S, Vectors, voices_among

PIECE_S = VOICE_S / 2


def said_by(*order: int, spread: float = 0.05, alike: float = 0.2, seed: int = 0) -> Vectors:
    """A vector of 64 dimensions for each piece; the mean directions of two voices have this cosine."""
    noise = np.random.default_rng(seed)
    voices = np.sqrt(1 - alike) * np.eye(MOST_VOICES + 2, 64)
    voices[:, -1] = np.sqrt(alike)
    vectors: Vectors = (voices[list(order)] + spread * noise.standard_normal((len(order), 64))).astype(np.float32)
    return vectors


def heard(vectors: Vectors, expected: int, piece_s: float = PIECE_S) -> list[int]:
    return [int(voice) for voice in voices_among(vectors, np.full(len(vectors), piece_s), expected)]


def test_two_voices_are_told_apart_however_little_one_says() -> None:
    order = [0] * 9 + [1] + [0] * 5
    assert heard(said_by(*order), 2) == order


def test_voices_are_numbered_by_who_speaks_first() -> None:
    assert heard(said_by(3, 0, 3, 0, 0), 2) == [0, 1, 0, 1, 1]


def test_a_third_voice_is_heard_where_it_is_clear() -> None:
    order = [0, 1, 0, 1, 0, 2, 2, 1, 2]
    assert heard(said_by(*order), 2) == order


def test_a_second_voice_on_a_channel_of_its_own() -> None:
    order = [0, 0, 0, 0, 1, 1, 1, 1]
    assert heard(said_by(*order), 1) == order
    assert heard(said_by(*[0] * 8), 1) == [0] * 8


def test_too_little_speech_is_no_third_voice() -> None:
    assert set(heard(said_by(0, 1, 0, 1, 0, 1, 2), 2, piece_s=VOICE_S - 0.1)) == {0, 1}


def test_a_voice_that_sounds_much_like_another_is_no_third_one() -> None:
    shouting = said_by(0, 1, 0, 1, 0, 1)
    shouting = np.concatenate([shouting, shouting[::2] + 0.8 * shouting.std() * np.eye(3, 64, 20, dtype=np.float32)])
    assert max(heard(shouting, 2, piece_s=10)) == 1
    alike = said_by(0, 1, 0, 1, 2, 2, alike=ALIKE + 0.05)
    assert max(heard(alike, 2, piece_s=10)) == 1


@pytest.mark.parametrize(("pieces", "voices"), [(0, 0), (1, 1), (2, 2)])
def test_there_are_no_more_voices_than_pieces(pieces: int, voices: int) -> None:
    assert len(set(heard(said_by(*range(pieces)), 2))) == voices


def test_the_same_sound_over_and_over_is_one_voice() -> None:
    assert set(heard(np.ones((6, 8), np.float32), 2)) == {0}


def test_silence_between_voices_is_harmless() -> None:
    assert len(heard(np.zeros((4, 8), np.float32), 2)) == 4


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from([0, 1]), min_size=2, max_size=40).filter(lambda o: len(set(o)) == 2), st.integers(0, 99)
)
def test_two_clear_voices_are_always_told_apart(order: list[int], seed: int) -> None:
    first = order[0]
    assert heard(said_by(*order, seed=seed), 2) == [int(voice != first) for voice in order]
