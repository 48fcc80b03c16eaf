"""Voice activity: when anybody speaks on a channel, by pyannote's segmentation-3.0.

The one source of speech regions for every channel. The detectors inside recognisers lose whole sides
of telephone calls (up to 99 % of a channel's speech was measured); this model misses 6 %.

The network sees windows of 10 s and gives, every 17 ms, the probability of each set of up to two of
three voices; one minus the probability of the empty set is the probability of speech. Windows
overlap by half, their probabilities are averaged with a triangular weight (a window knows its middle
best), and speech starts at `ONSET` and lasts until the probability falls below `OFFSET`.

Source: Bredin (2023), "pyannote.audio 2.1 speaker diarization pipeline"; Plaquet and Bredin (2023),
"Powerset multi-class cross entropy loss for neural speaker diarization".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analyzers.conversation import Engine, Span, union
from analyzers.speech import torch_setup
from analyzers.speech.audio import Audio
from analyzers.speech.weights import loading

torch_setup.prepare()

import pyannote.audio  # noqa: E402
import torch  # noqa: E402
from huggingface_hub import hf_hub_download  # noqa: E402
from pyannote.audio import Model  # noqa: E402
from pyannote.audio.core.task import Problem, Resolution, Specifications  # noqa: E402
from pyannote.audio.models.segmentation import PyanNet  # noqa: E402
from torch.torch_version import TorchVersion  # noqa: E402

FILE = "pytorch_model.bin"
SAMPLE_RATE_HZ = 16_000
WINDOW_S = 10.0  # what the model was trained on
STEP_S = 5.0  # every instant is seen twice; a quarter of the window gave the same regions at twice the cost
BATCH = 16  # windows at once: 10 MB of samples
ONSET, OFFSET = 0.5, 0.4  # even odds to begin; a little hysteresis, so that a dip does not cut a word
BRIDGE_S = 0.1  # shorter gaps are stop consonants (closure is under 0.1 s), not pauses
SHORTEST_S = 0.1  # shorter bursts are clicks: the shortest syllables last longer

Samples = npt.NDArray[np.float32]


class Detector:
    """Voice activity by a segmentation model on one device."""

    def __init__(self, model: Model, name: str) -> None:
        self.model = model
        options = (("onset", str(ONSET)), ("offset", str(OFFSET)), ("step_s", str(STEP_S)))
        self.engine = Engine("voice activity", "pyannote.audio", pyannote.audio.__version__, name, options)

    def speech(self, audio: Audio, channel: int) -> tuple[Span, ...]:
        """When somebody speaks on the channel: disjoint, in order."""
        probability, hop_s = _probability(self.model, audio, channel)
        return regions(probability, hop_s, audio.duration_s)


@lru_cache(maxsize=2)
def load(source: str, device: str, token: str | None = None) -> Detector:
    """The segmentation model of a weights folder, or of the hub; pickles are read as data only.

    Raises:
        WeightsError: they are not there, or are no segmentation model.
    """
    folder = Path(source)
    with loading(source):
        file = folder / FILE if folder.is_dir() else Path(hf_hub_download(source, FILE, token=token))
        model = _from_file(file)
    return Detector(model.eval().to(torch.device(device)), folder.name if folder.is_dir() else source)


def _from_file(file: Path) -> Model:
    # `Model.from_pretrained` would run whatever code the pickle holds; the same model comes out of this.
    with torch.serialization.safe_globals([TorchVersion, Specifications, Problem, Resolution]):
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
    model = PyanNet(**checkpoint["hyper_parameters"])
    model.specifications = checkpoint["pyannote.audio"]["specifications"]
    model.build()
    model.load_state_dict(checkpoint["state_dict"])
    return model


def regions(probability: Samples, hop_s: float, duration_s: float) -> tuple[Span, ...]:
    """Stretches of speech out of its probability every `hop_s` seconds, shape (frames,)."""
    inside = probability[: int(duration_s / hop_s) + 1]  # the last window reaches past the end
    spans = (Span(first * hop_s, min(last * hop_s, duration_s)) for first, last in _hysteresis(inside))
    return tuple(span for span in union(spans, bridge_s=BRIDGE_S) if span.duration_s >= SHORTEST_S)


def _hysteresis(probability: Samples) -> Iterator[tuple[int, int]]:
    above = np.concatenate([[False], probability >= OFFSET, [False]])
    starts, ends = np.flatnonzero(~above[:-1] & above[1:]), np.flatnonzero(above[:-1] & ~above[1:])
    return ((int(a), int(b)) for a, b in zip(starts, ends, strict=True) if probability[a:b].max() >= ONSET)


def _probability(model: Model, audio: Audio, channel: int) -> tuple[Samples, float]:
    """The probability of speech, shape (frames,), and the seconds from one frame to the next."""
    hop_s = float(model.receptive_field.step)
    # A frame speaks for the middle of the samples it sees, which are several hops long.
    lead_s = (float(model.receptive_field.duration) - hop_s) / 2
    starts = np.arange(0.0, max(STEP_S, audio.duration_s - STEP_S), STEP_S)
    total = np.zeros(int(np.ceil((starts[-1] + lead_s + WINDOW_S) / hop_s)) + 1, dtype=np.float32)
    weight = np.zeros_like(total)
    for start_s, speech in _windows(model, audio, channel, starts):
        first, share = round((start_s + lead_s) / hop_s), np.bartlett(len(speech) + 2)[1:-1].astype(np.float32)
        total[first : first + len(speech)] += speech * share
        weight[first : first + len(speech)] += share
    return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0), hop_s


def _windows(
    model: Model, audio: Audio, channel: int, starts: npt.NDArray[np.float64]
) -> Iterator[tuple[float, Samples]]:
    for i in range(0, len(starts), BATCH):
        batch = np.stack([_window(audio, channel, float(start_s)) for start_s in starts[i : i + BATCH]])
        with torch.inference_mode():
            log_probability = model(torch.from_numpy(batch[:, None]).to(model.device))
        speech = 1.0 - log_probability[..., 0].exp().cpu().numpy()
        yield from zip((float(start_s) for start_s in starts[i : i + BATCH]), speech, strict=True)


def _window(audio: Audio, channel: int, start_s: float) -> Samples:
    span = Span(start_s, min(start_s + WINDOW_S, max(start_s, audio.duration_s)))
    samples = audio.read(channel, span, SAMPLE_RATE_HZ)
    return np.pad(samples, (0, int(WINDOW_S * SAMPLE_RATE_HZ) - len(samples)))
