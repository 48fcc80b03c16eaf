"""torch and torchaudio come up in any order, quietly, and without reporting to anyone."""

import json
import subprocess
import sys
from typing import Any

import pytest
import torch

from analyzers.speech import torch_setup


def in_a_fresh_process(code: str) -> Any:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return json.loads(done.stdout)


BROKEN = """
import json, sys, builtins, importlib.abc
class Broken(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "torchaudio._extension":
            raise OSError("libc10_cuda.so: cannot open shared object file")
sys.meta_path.insert(0, Broken())
"""
USE = """
import os
from analyzers.speech import torch_setup
torch_setup.prepare()
import torchaudio, torch
first = torchaudio
torch_setup.prepare()
frames = torchaudio.compliance.kaldi.fbank(torch.zeros(1, 16000), num_mel_bins=80).shape
names = ("PYANNOTE_METRICS_ENABLED", "OMP_WAIT_POLICY")
print(json.dumps([first is sys.modules["torchaudio"], list(frames), [os.environ[name] for name in names]]))
"""


@pytest.mark.parametrize("before", ["import json, sys", BROKEN], ids=["as installed", "extension that does not load"])
def test_the_parts_we_use_work_and_nobody_is_told(before: str) -> None:
    assert in_a_fresh_process(before + USE) == [True, [98, 80], ["false", "PASSIVE"]]


def test_what_the_user_has_set_stays() -> None:
    code = "import json, os; os.environ['OMP_WAIT_POLICY'] = 'ACTIVE'\n"
    code += "from analyzers.speech import torch_setup; print(json.dumps(os.environ['OMP_WAIT_POLICY']))"
    assert in_a_fresh_process(code) == "ACTIVE"


def test_a_device_that_is_named_is_taken() -> None:
    assert [torch_setup.device_of(name) for name in ("cpu", "cuda")] == ["cpu", "cuda"]
    assert torch_setup.device_of("auto") == ("cuda" if torch.cuda.is_available() else "cpu")


def test_threads_are_set() -> None:
    before = torch.get_num_threads()
    try:
        torch_setup.use_threads(1)
        assert torch.get_num_threads() == 1
    finally:
        torch_setup.use_threads(before)
