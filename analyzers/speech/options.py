"""How calls are to be heard: which engines, with which options, and a fingerprint of all that matters."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version

from analyzers.conversation import SCHEMA_VERSION
from analyzers.speech.weights import DEFAULT

# Raise it when our own part of hearing changes what is heard: calls are then heard anew.
HEARING_VERSION = 2

ENGINE_PACKAGES = ("faster-whisper", "ctranslate2", "pyannote.audio", "opencc")
# How fast a call is heard, or where its weights lie, changes nothing of what is heard.
_NOT_WHAT_IS_HEARD = ("threads", "workers", "batch_size", "weights_dir", "hub_token")


@dataclass(frozen=True, slots=True)
class HearingOptions:
    """Which engines hear a call, and how.

    `recogniser`, `segmentation` and `diarization` are `default`, a folder of weights, or a name on the
    engine's hub (see `weights`). `language` (zh | en) holds where a call's metadata says nothing; None:
    found out from the call. `vocabulary` are names and terms of the site
    that the recogniser should expect. `threads` cores work on one call, `workers` calls share one process.
    """

    recogniser: str = DEFAULT
    segmentation: str = DEFAULT
    diarization: str = DEFAULT
    language: str | None = None
    device: str = "auto"
    compute_type: str = "default"
    beam_size: int = 5
    batch_size: int = 8
    vocabulary: str = ""
    threads: int = 1
    workers: int = 1
    weights_dir: str | None = None
    hub_token: str | None = field(default=None, repr=False)

    def fingerprint(self) -> str:
        """16 hex digits that change whenever the same audio could be heard differently."""
        what = {key: value for key, value in asdict(self).items() if key not in _NOT_WHAT_IS_HEARD}
        what |= {"hearing": HEARING_VERSION, "schema": SCHEMA_VERSION}
        what |= {name: _version(name) for name in ENGINE_PACKAGES}
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
