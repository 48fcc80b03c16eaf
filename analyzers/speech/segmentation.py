"""Voice activity: when anybody speaks on a channel, by pyannote's segmentation-3.0.

The one source of speech regions for every channel. The detectors inside recognisers lose whole sides
of telephone calls (up to 99 % of a channel's speech was measured); this model misses 6 %.

The network sees windows of 10 s and gives, every 17 ms, the probability of each set of up to two of
three voices. Windows overlap by half, and what they say is averaged with a triangular weight (a window
knows its middle best). One pass over a channel gives all that is read from it:

* speech: one minus the probability of the empty set, where it reaches even odds;
* overlap: the probability of the sets of two;
* turns of voice: three voices that the network only tells apart inside a window. Each window's three are
  put into the order in which they agree best with those of the window before, so they hold for some ten
  seconds; who they are in the whole call is for `diarization` to say.

Source: Bredin (2023), "pyannote.audio 2.1 speaker diarization pipeline"; Plaquet and Bredin (2023),
"Powerset multi-class cross entropy loss for neural speaker diarization".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
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
# Even odds. At 0.4 speech began 0.05 s early and ended 0.07 s late (median of 230 turns), at 0.5 half of that.
SPEECH = 0.5
OVERLAP = 0.5
BRIDGE_S = 0.1  # shorter gaps are stop consonants (closure is under 0.1 s), not pauses
LOCAL_VOICES = 3
SETS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=np.float32)
SHORTEST_S = 0.1  # shorter bursts are clicks: the shortest syllables last longer

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Look:
    """What the network makes of a channel: row `i` is about the instant `i * hop_s`.

    `speech` and `overlap`, shape (frames,): the probability that anybody speaks, and that two do.
    `voices`, shape (frames, 3): the probability that each local voice does.
    """

    speech: Samples
    overlap: Samples
    voices: Samples
    hop_s: float
    duration_s: float

    def regions(self) -> tuple[Span, ...]:
        """When anybody speaks: disjoint, in order."""
        return regions(self.speech, SPEECH, self.hop_s, self.duration_s)

    def overlaps(self) -> tuple[Span, ...]:
        """When two speak at once: disjoint, in order."""
        return regions(self.overlap, OVERLAP, self.hop_s, self.duration_s)


class Detector:
    """Voice activity by a segmentation model on one device."""

    def __init__(self, model: Model, name: str) -> None:
        self.model = model
        options = (("speech", str(SPEECH)), ("step_s", str(STEP_S)))
        self.engine = Engine("voice activity", "pyannote.audio", pyannote.audio.__version__, name, options)

    def look(self, audio: Audio, channel: int) -> Look:
        """One pass of the network over the channel. Its samples are read a window at a time."""
        return _look(self.model, audio, channel)

    def speech(self, audio: Audio, channel: int) -> tuple[Span, ...]:
        """When somebody speaks on the channel: disjoint, in order."""
        return self.look(audio, channel).regions()


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


def regions(probability: Samples, threshold: float, hop_s: float, duration_s: float) -> tuple[Span, ...]:
    """Stretches in which a probability every `hop_s` seconds, shape (frames,), reaches the threshold."""
    spans = (
        Span(i * hop_s, min(j * hop_s, duration_s)) for i, j in runs(probability >= threshold) if i * hop_s < duration_s
    )
    return tuple(span for span in union(spans, bridge_s=BRIDGE_S) if span.duration_s >= SHORTEST_S)


def runs(mask: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First frame and frame after the last of each stretch of true frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return ((int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True))


def _look(model: Model, audio: Audio, channel: int) -> Look:
    hop_s = float(model.receptive_field.step)
    # A frame speaks for the middle of the samples it sees, which are several hops long.
    lead_s = (float(model.receptive_field.duration) - hop_s) / 2
    starts = np.arange(0.0, max(STEP_S, audio.duration_s - STEP_S), STEP_S)
    total = np.zeros((int(np.ceil((starts[-1] + lead_s + WINDOW_S) / hop_s)) + 1, 2 + LOCAL_VOICES), dtype=np.float32)
    weight = np.zeros((len(total), 1), dtype=np.float32)
    voices = np.zeros((0, LOCAL_VOICES), dtype=np.float32)
    for start_s, sets in _windows(model, audio, channel, starts):
        voices = _in_order_of(voices[round(STEP_S / hop_s) :], sets @ SETS)
        seen = np.column_stack([1 - sets[:, 0], sets[:, 1 + LOCAL_VOICES :].sum(axis=1), voices])
        first, share = round((start_s + lead_s) / hop_s), np.bartlett(len(seen) + 2)[1:-1, None].astype(np.float32)
        total[first : first + len(seen)] += seen * share
        weight[first : first + len(seen)] += share
    mean = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    return Look(mean[:, 0], mean[:, 1], mean[:, 2:], hop_s, audio.duration_s)


def _in_order_of(before: Samples, voices: Samples) -> Samples:
    """The voices (frames, 3), their columns put so that they agree best with the `before` of the same time."""
    orders = [list(order) for order in permutations(range(LOCAL_VOICES))]
    seen_by_both = voices[: len(before)]
    return voices[:, max(orders, key=lambda order: float((before * seen_by_both[:, order]).sum()))]


def _windows(
    model: Model, audio: Audio, channel: int, starts: npt.NDArray[np.float64]
) -> Iterator[tuple[float, Samples]]:
    """The start of each window, and the probability of each set of voices in it, shape (frames, 7)."""
    for i in range(0, len(starts), BATCH):
        batch = np.stack([_window(audio, channel, float(start_s)) for start_s in starts[i : i + BATCH]])
        with torch.inference_mode():
            sets = model(torch.from_numpy(batch[:, None]).to(model.device)).exp().cpu().numpy()
        yield from zip((float(start_s) for start_s in starts[i : i + BATCH]), sets, strict=True)


def _window(audio: Audio, channel: int, start_s: float) -> Samples:
    span = Span(start_s, min(start_s + WINDOW_S, max(start_s, audio.duration_s)))
    samples = audio.read(channel, span, SAMPLE_RATE_HZ)
    return np.pad(samples, (0, int(WINDOW_S * SAMPLE_RATE_HZ) - len(samples)))
