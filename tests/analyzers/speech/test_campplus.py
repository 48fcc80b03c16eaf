"""The embedding's masks and shapes, on a network whose weights are drawn by chance."""

from pathlib import Path

import pytest
import torch

from analyzers.speech.campplus import DIMENSION, FEWEST_FRAMES, SAMPLE_RATE_HZ, VoiceEmbedding, filter_banks, load
from analyzers.speech.weights import WeightsError

SECONDS = 2
MASK_FRAMES = 100


@pytest.fixture(scope="module")
def embedding() -> VoiceEmbedding:
    torch.manual_seed(0)
    return VoiceEmbedding().eval()


@pytest.fixture(scope="module")
def chunks() -> torch.Tensor:
    return torch.randn(2, 1, SECONDS * SAMPLE_RATE_HZ, generator=torch.Generator().manual_seed(1)) / 10


def mask(first: int, last: int) -> torch.Tensor:
    return torch.tensor([float(first <= i < last) for i in range(MASK_FRAMES)])


@torch.inference_mode()
def test_rows_of_one_chunk_are_as_if_each_were_alone(embedding: VoiceEmbedding, chunks: torch.Tensor) -> None:
    masks = torch.stack([mask(0, 50), mask(50, 100), mask(20, 80)])
    waveforms = chunks[[0, 0, 1]]
    together = embedding(waveforms, masks)
    assert together.shape == (3, DIMENSION)
    for i in range(3):
        torch.testing.assert_close(together[i], embedding(waveforms[i : i + 1], masks[i : i + 1])[0])
    assert not torch.allclose(together[0], together[1])


@torch.inference_mode()
def test_a_mask_keeps_the_frames_under_it(embedding: VoiceEmbedding, chunks: torch.Tensor) -> None:
    frames = filter_banks(chunks[0])
    half = frames[: len(frames) // 2]
    expected = embedding.network((half - half.mean(0))[None])
    torch.testing.assert_close(embedding(chunks[:1], mask(0, 50)[None]), expected)


@torch.inference_mode()
def test_a_louder_voice_is_the_same_voice(embedding: VoiceEmbedding, chunks: torch.Tensor) -> None:
    torch.testing.assert_close(embedding(chunks[:1]), embedding(chunks[:1] / 4), atol=1e-3, rtol=1e-3)


@torch.inference_mode()
def test_too_little_of_a_voice_has_no_embedding(embedding: VoiceEmbedding, chunks: torch.Tensor) -> None:
    least = FEWEST_FRAMES * MASK_FRAMES // (SECONDS * 100) + 1
    masks = torch.stack([mask(0, 0), mask(0, least - 3), mask(0, least + 1)])
    found = embedding(chunks[[0, 0, 0]], masks)
    assert found.isnan().all(dim=1).tolist() == [True, True, False]


def test_a_folder_without_the_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=str(tmp_path)):
        load(str(tmp_path), "cpu")
