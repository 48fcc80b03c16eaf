"""CAM++, the default speaker embedding: 192 numbers that tell one voice from another, zh and en.

The network of Wang et al. (2023), "CAM++: A Fast and Efficient Network for Speaker Verification Using
Context-Aware Masking", written after its authors' 3D-Speaker code (Apache-2.0) so that the names of
its parts fit their published weights. Only what inference needs is here.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analyzers.speech import torch_setup
from analyzers.speech.weights import loading

torch_setup.prepare()

import torch  # noqa: E402
import torchaudio  # noqa: E402
from pyannote.audio import Model  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from torch.nn import functional  # noqa: E402

SAMPLE_RATE_HZ = 16_000
MEL_BANDS = 80  # what the weights were trained on, as are all sizes below
DIMENSION = 192
GROWTH, BOTTLENECK, FIRST_CHANNELS = 32, 128, 128
BLOCKS = ((12, 1), (24, 2), (16, 2))  # (layers, dilation)
FEWEST_FRAMES = 20  # 0.2 s of a voice: with less the statistics say nothing
CONTEXT_FRAMES = 100  # one second of context for the mask


def _norm_relu(channels: int, *, affine: bool = True) -> nn.Sequential:
    return nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(channels, affine=affine), relu=nn.ReLU()))


class _Residual(nn.Module):
    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, (stride, 1), 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, channels, 1, (stride, 1), bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        inner = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(inner + self.shortcut(x))


class _Head(nn.Module):
    """Frequency structure before time structure: (batch, mel, time) -> (batch, 32 * mel / 8, time)."""

    def __init__(self, channels: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1 = nn.Sequential(_Residual(channels, 2), _Residual(channels, 1))
        self.layer2 = nn.Sequential(_Residual(channels, 2), _Residual(channels, 1))
        self.conv2 = nn.Conv2d(channels, channels, 3, (2, 1), 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.out_channels = channels * MEL_BANDS // 8

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.bn1(self.conv1(x.unsqueeze(1))))
        x = functional.relu(self.bn2(self.conv2(self.layer2(self.layer1(x)))))
        return x.flatten(1, 2)


class _Tdnn(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, FIRST_CHANNELS, 5, stride=2, padding=2, bias=False)
        self.nonlinear = _norm_relu(FIRST_CHANNELS)

    def forward(self, x: Tensor) -> Tensor:
        return self.nonlinear(self.linear(x))  # type: ignore[no-any-return]


class _ContextMask(nn.Module):
    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(BOTTLENECK, GROWTH, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1 = nn.Conv1d(BOTTLENECK, BOTTLENECK // 2, 1)
        self.linear2 = nn.Conv1d(BOTTLENECK // 2, GROWTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        context = x.mean(-1, keepdim=True) + _context(x)
        mask = torch.sigmoid(self.linear2(functional.relu(self.linear1(context))))
        return self.linear_local(x) * mask  # type: ignore[no-any-return]


def _context(x: Tensor) -> Tensor:
    """The mean of each second, repeated over that second: (batch, channel, time) to the same shape."""
    seconds = functional.avg_pool1d(x, CONTEXT_FRAMES, CONTEXT_FRAMES, ceil_mode=True)
    return seconds.repeat_interleave(CONTEXT_FRAMES, dim=-1)[..., : x.shape[-1]]


class _DenseLayer(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _norm_relu(channels)
        self.linear1 = nn.Conv1d(channels, BOTTLENECK, 1, bias=False)
        self.nonlinear2 = _norm_relu(BOTTLENECK)
        self.cam_layer = _ContextMask(dilation)

    def forward(self, x: Tensor) -> Tensor:
        return self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(x))))  # type: ignore[no-any-return]


class _DenseBlock(nn.Module):
    def __init__(self, channels: int, layers: int, dilation: int) -> None:
        super().__init__()
        for i in range(layers):
            self.add_module(f"tdnnd{i + 1}", _DenseLayer(channels + i * GROWTH, dilation))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.children():
            x = torch.cat([x, layer(x)], dim=1)
        return x


class _Transit(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinear = _norm_relu(channels)
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.nonlinear(x))  # type: ignore[no-any-return]


class _Statistics(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x.mean(-1), x.std(-1)], dim=-1)


class _Dense(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, DIMENSION, 1, bias=False)
        self.nonlinear = nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(DIMENSION, affine=False)))

    def forward(self, x: Tensor) -> Tensor:
        return self.nonlinear(self.linear(x.unsqueeze(-1)).squeeze(-1))  # type: ignore[no-any-return]


class CamPlusPlus(nn.Module):
    """Mel filter banks (batch, time, 80), mean subtracted, to embeddings (batch, 192)."""

    def __init__(self) -> None:
        super().__init__()
        self.head = _Head()
        parts: OrderedDict[str, nn.Module] = OrderedDict(tdnn=_Tdnn(self.head.out_channels))
        channels = FIRST_CHANNELS
        for i, (layers, dilation) in enumerate(BLOCKS, start=1):
            parts[f"block{i}"] = _DenseBlock(channels, layers, dilation)
            channels += layers * GROWTH
            parts[f"transit{i}"] = _Transit(channels)
            channels //= 2
        parts.update(out_nonlinear=_norm_relu(channels), stats=_Statistics(), dense=_Dense(2 * channels))
        self.xvector = nn.Sequential(parts)

    def forward(self, x: Tensor) -> Tensor:
        """Embed (batch, time, 80) as (batch, 192)."""
        return self.xvector(self.head(x.transpose(1, 2)))  # type: ignore[no-any-return]


class VoiceEmbedding(Model):  # type: ignore[misc]
    """CAM++ as pyannote.audio wants an embedding: waveforms and masks in, one vector a mask out."""

    dimension = DIMENSION

    def __init__(self) -> None:
        super().__init__(sample_rate=SAMPLE_RATE_HZ, num_channels=1)
        self.network = CamPlusPlus()

    def forward(self, waveforms: Tensor, weights: Tensor | None = None) -> Tensor:
        """Embed each of (batch, 1, samples) where its row of `weights` (batch, frames) is set.

        The rows of one chunk follow each other with the same samples: its filter banks are made once.
        A row of NaN where the mask leaves less than `FEWEST_FRAMES`.
        """
        out = waveforms.new_full((len(waveforms), DIMENSION), torch.nan)
        before: Tensor | None = None
        for i, waveform in enumerate(waveforms):
            if before is None or not torch.equal(waveform, waveforms[i - 1]):
                before = filter_banks(waveform)
            frames = before if weights is None else before[_stretched(weights[i], len(before))]
            if len(frames) >= FEWEST_FRAMES:
                out[i] = self.network((frames - frames.mean(0))[None])[0]
        return out

    def of(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The voice (192,) of samples (samples,) at 16 kHz; NaN where they are too few."""
        with torch.inference_mode():
            vector: npt.NDArray[np.float32] = (
                self(torch.from_numpy(samples)[None, None].to(self.device))[0].cpu().numpy()
            )
        return vector


def filter_banks(waveform: Tensor) -> Tensor:
    """Log mel filter banks (frames, 80) of a waveform (1, samples) at 16 kHz."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torchaudio.compliance.kaldi.fbank(waveform, num_mel_bins=MEL_BANDS, sample_frequency=SAMPLE_RATE_HZ)  # type: ignore[no-any-return]


def _stretched(mask: Tensor, frames: int) -> Tensor:
    return functional.interpolate(mask[None, None].float(), size=frames, mode="nearest")[0, 0].bool()


@lru_cache(maxsize=2)
def load(folder: str, device: str) -> VoiceEmbedding:
    """The embedding from a weights folder; the pickle is read as data only.

    Raises:
        WeightsError: they are not there, or are no CAM++.
    """
    embedding = VoiceEmbedding()
    with loading(folder):
        state = torch.load(Path(folder) / "campplus_cn_en_common.pt", map_location="cpu", weights_only=True)
        embedding.network.load_state_dict(state)
    loaded: VoiceEmbedding = embedding.eval().to(torch.device(device))
    return loaded
