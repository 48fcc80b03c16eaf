"""Makes torch and pyannote.audio importable and well-behaved on any machine; import it before either.

* pyannote.audio 4 reports file durations to its makers unless told not to before it is imported.
* OpenMP threads that spin while another process has the core made an LSTM 250 times slower; waiting
  passively ends that.
* torchaudio 2.11 is built for CUDA 13: its native extension fails to load on CPU builds of torch, and
  takes `import pyannote.audio` down with it. Only its pure-Python parts are used here, so where the
  extension does not load a stand-in says that it is not available.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from types import ModuleType

os.environ.setdefault("PYANNOTE_METRICS_ENABLED", "false")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

EXTENSION = "torchaudio._extension"


def prepare() -> None:
    """Import torchaudio, without its native extension where that does not load. Safe to call again."""
    # pyannote.audio warns at length where torchcodec finds no ffmpeg: audio is handed over in memory here.
    warnings.filterwarnings("ignore", message=r"(?s).*torchcodec is not installed correctly.*")
    warnings.filterwarnings("ignore", message=r"(?s).*TensorFloat-32.*")
    warnings.filterwarnings("ignore", message=r"(?s).*degrees of freedom is <= 0.*")
    try:
        importlib.import_module("torchaudio")
    except OSError:
        for name in [name for name in sys.modules if name.split(".")[0] == "torchaudio"]:
            del sys.modules[name]
        sys.modules[EXTENSION] = _without_extension()
        importlib.import_module("torchaudio")


def _without_extension() -> ModuleType:
    stand_in = ModuleType(EXTENSION)
    vars(stand_in).update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        fail_if_no_align=lambda function: function,
        _check_cuda_version=lambda: None,
    )
    return stand_in


def use_threads(count: int) -> None:
    """Let torch use this many cores for one operation in this process."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(count)


def device_of(setting: str) -> str:
    """`cuda` or `cpu`; `auto` is `cuda` where torch finds a card."""
    if setting != "auto":
        return setting
    torch = importlib.import_module("torch")
    return "cuda" if torch.cuda.is_available() else "cpu"
