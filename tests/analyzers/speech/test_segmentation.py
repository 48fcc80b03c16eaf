"""Probability curves into regions of speech, and the windows that the model sees."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Span
from analyzers.speech.segmentation import BRIDGE_S, SETS, SHORTEST_S, SPEECH, Detector, load, regions, runs
from analyzers.speech.weights import WeightsError
from tests.analyzers.speech.made import RATE_HZ, audio

HOP_S = 0.01
HIGH, LOW = SPEECH + 0.1, SPEECH - 0.1


def curve(*parts: tuple[float, float]) -> np.ndarray:
    """(probability, seconds) one after the other."""
    return np.concatenate([np.full(round(seconds / HOP_S), value, np.float32) for value, seconds in parts])


def found(*parts: tuple[float, float], duration_s: float = 100.0) -> list[tuple[float, float]]:
    return [(round(s.start_s, 3), round(s.end_s, 3)) for s in regions(curve(*parts), SPEECH, HOP_S, duration_s)]


def test_speech_is_where_it_is_as_likely_as_not() -> None:
    assert found((LOW, 1), (SPEECH, 0.5), (HIGH, 1), (LOW, 1)) == [(1.0, 2.5)]
    assert found((LOW, 5)) == []


def test_a_short_gap_is_bridged_and_a_longer_one_is_a_pause() -> None:
    assert found((HIGH, 1), (LOW, BRIDGE_S - 0.01), (HIGH, 1)) == [(0, 2.09)]
    assert found((HIGH, 1), (LOW, BRIDGE_S + 0.02), (HIGH, 1)) == [(0, 1), (1.12, 2.12)]


def test_clicks_are_dropped_unless_they_stand_close_together() -> None:
    click = (HIGH, SHORTEST_S - 0.02)
    assert found((LOW, 1), click, (LOW, 1)) == []
    assert found((LOW, 1), click, (LOW, 0.05), click, (LOW, 1)) == [(1.0, 1.21)]


def test_speech_ends_with_the_recording() -> None:
    assert found((LOW, 1), (HIGH, 2), duration_s=2.5) == [(1.0, 2.5)]


def test_what_the_model_hears_behind_the_end_is_nothing() -> None:
    assert found((HIGH, 1), (LOW, 1), (HIGH, 1), duration_s=1.5) == [(0, 1)]


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=300))
def test_regions_are_disjoint_in_order_and_of_plain_floats(probability: list[float]) -> None:
    spans = regions(np.array(probability, np.float32), SPEECH, HOP_S, len(probability) * HOP_S)
    edges = [edge for span in spans for edge in (span.start_s, span.end_s)]
    assert edges == sorted(set(edges))
    assert {type(edge) for edge in edges} <= {float}
    assert all(span.duration_s >= SHORTEST_S for span in spans)


@dataclass
class LoudnessModel:
    """Stands where the network stands: the probability of speech is how loud each 10 ms are."""

    device: str = "cpu"

    @property
    def receptive_field(self) -> Span:
        return _Field()  # type: ignore[return-value]

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        frames = batch[:, 0].reshape(len(batch), -1, RATE_HZ // 100).abs().amax(-1)
        others = torch.zeros(*frames.shape, len(SETS) - 2)
        return torch.cat([1 - frames[..., None], frames[..., None], others], dim=-1).clamp_min(1e-6).log()


@settings(max_examples=50)
@given(st.lists(st.booleans(), max_size=40))
def test_runs_are_the_stretches_of_true_frames(mask: list[bool]) -> None:
    found = list(runs(np.array(mask, dtype=np.bool_)))
    assert [i for first, last in found for i in range(first, last)] == [i for i, true in enumerate(mask) if true]
    assert all(last < first for (_, last), (first, _) in pairwise(found))


@dataclass
class _Field:
    step: float = 0.01
    duration: float = 0.01


@dataclass
class LongSightedModel(LoudnessModel):
    """As segmentation-3.0: a frame sees 50 ms and speaks for their middle, 20 ms after its own start."""

    @property
    def receptive_field(self) -> Span:
        return _Field(duration=0.05)  # type: ignore[return-value]


def test_a_frame_speaks_for_the_middle_of_what_it_sees() -> None:
    samples = np.zeros(4 * RATE_HZ, np.float32)
    samples[RATE_HZ : 2 * RATE_HZ] = 1
    heard = Detector(LongSightedModel(), "loudness").speech(audio(samples), 0)  # type: ignore[arg-type]
    assert [(round(s.start_s, 2), round(s.end_s, 2)) for s in heard] == [(1.02, 2.02)]


@pytest.mark.parametrize("duration_s", [0.6, 4.0, 9.9, 10.0, 12.0, 15.0, 27.3, 101.0])
def test_every_part_of_a_recording_is_seen_once_in_its_place(duration_s: float) -> None:
    loud = np.ones(round(duration_s * RATE_HZ), np.float32)
    quiet = loud.copy()
    quiet[RATE_HZ // 5 : RATE_HZ // 5 * 2] = 0
    spoken = Detector(LoudnessModel(), "loudness").speech(audio(loud, quiet), 0)  # type: ignore[arg-type]
    paused = Detector(LoudnessModel(), "loudness").speech(audio(loud, quiet), 1)  # type: ignore[arg-type]
    assert [(s.start_s, round(s.end_s, 3)) for s in spoken] == [(0.0, duration_s)]
    assert [(round(s.start_s, 2), round(s.end_s, 2)) for s in paused] == [(0.0, 0.2), (0.4, round(duration_s, 2))]


@dataclass
class TwoVoicesModel(LoudnessModel):
    """A low and a high tone are two voices; in every other window their local numbers are swapped."""

    seen: int = 0

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        frames = batch[:, 0].reshape(len(batch), -1, RATE_HZ // 100)
        low, high = (frames == 0.5).any(-1), (frames == 1.0).any(-1)
        out = torch.full((*low.shape, len(SETS)), 1e-6)
        for window in range(len(batch)):
            first, second = (low, high) if self.seen % 2 == 0 else (high, low)
            self.seen += 1
            sets = first[window].long() + 2 * second[window].long() + (first & second)[window].long()
            out[window].scatter_(1, sets[:, None], 1.0)
        return out.log()


def test_local_voices_keep_their_order_from_window_to_window_and_overlap_is_seen() -> None:
    samples = np.zeros(30 * RATE_HZ, np.float32)
    times = np.arange(len(samples)) / RATE_HZ
    samples[(times % 4 < 1.5) & (times < 28)] = 0.5
    samples[(times % 4 >= 2) & (times % 4 < 3.5)] = 1.0
    both = (times >= 12) & (times < 13)
    samples[both & (np.arange(len(samples)) % 2 == 0)] = 1.0
    look = Detector(TwoVoicesModel(), "tones").look(audio(samples), 0)  # type: ignore[arg-type]
    assert [(round(s.start_s, 2), round(s.end_s, 2)) for s in look.overlaps()] == [(12.0, 13.0)]
    speaking = (
        look.voices[[50, 450, 850, 2050, 2450]].argmax(axis=1),
        look.voices[[250, 650, 1850, 2250]].argmax(axis=1),
    )
    assert [set(who.tolist()) for who in speaking] == [{0}, {1}]


def test_a_folder_without_the_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=str(tmp_path)):
        load(str(tmp_path), "cpu")


class _Dangerous:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("/nonexistent/never"),)  # type: ignore[return-value]


def test_a_pickle_that_holds_code_is_refused(tmp_path: Path) -> None:
    torch.save({"state_dict": _Dangerous()}, tmp_path / "pytorch_model.bin")
    with pytest.raises(WeightsError, match="UnpicklingError"):
        load(str(tmp_path), "cpu")
