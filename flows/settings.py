"""Settings: `nightcall.toml`, then `NIGHTCALL_*` in the environment, then flags; the later one wins.

The file is the one named by `--config`, else by `NIGHTCALL_CONFIG`, else `nightcall.toml` in the working
folder. A relative path in the file starts from the file's folder, elsewhere from the working folder. The
environment names a setting as `NIGHTCALL_SECTION_KEY`: `NIGHTCALL_RUN_WORKERS=4`.

What a key means stands in `TEMPLATE`, which `nightcall init` writes.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as SourceError

from analyzers.speech.options import HearingOptions

FILE_NAME = "nightcall.toml"
PREFIX = "NIGHTCALL_"
CONFIG = "NIGHTCALL_CONFIG"
CRON_FIELDS = 5  # minute, hour, day of month, month, day of week

Layer = Mapping[str, Mapping[str, object]]


class SettingsError(Exception):
    """A setting is wrong; the message names where it stands, what was found and what would do."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Paths(_Section):
    """Where recordings come from and results go."""

    inbox: Path = Path("inbox")
    data: Path = Path("data")

    @property
    def shelf(self) -> Path:
        """What was heard, one file a call."""
        return self.data / "shelf"

    @property
    def warehouse(self) -> Path:
        """The file the nightly run writes; nobody else opens it."""
        return self.data / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """The copy that people and BI tools read."""
        return self.data / "nightcall.duckdb"


class Hearing(_Section):
    """Which engines hear the calls, and how; the defaults are those of `HearingOptions`."""

    recogniser: str = "default"
    segmentation: str = "default"
    diarization: str = "default"
    language: str | None = None
    agent_channel: int | None = Field(default=None, ge=0, le=1)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: Literal[
        "default",
        "auto",
        "int8",
        "int8_float32",
        "int8_float16",
        "int8_bfloat16",
        "int16",
        "float16",
        "bfloat16",
        "float32",
    ] = "default"
    beam_size: int = Field(default=5, ge=1, le=20)
    batch_size: int = Field(default=8, ge=1, le=256)
    threads: int = Field(default=1, ge=1, le=256)
    vocabulary: str = ""
    weights_dir: Path | None = None
    hub_token: SecretStr | None = None


class MetadataSettings(_Section):
    """What file names say about calls, and the zone of times that name none."""

    pattern: str = ""
    time_zone: str = "UTC"

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            named = re.compile(value).groupindex if value else {"call_id": 1}
        except re.error as error:
            raise ValueError(f"a regular expression ({error})") from error
        if not named:
            raise ValueError("a regular expression with named groups, such as (?P<agent_id>\\d+)")
        return value

    @field_validator("time_zone")
    @classmethod
    def _exists(cls, value: str) -> str:
        return _time_zone(value)


class RubricSettings(_Section):
    """Which rule packs judge the calls; none named: those that come with Nightcall."""

    paths: tuple[Path, ...] = ()


class Run(_Section):
    """How the night's work is spread."""

    task_runner: Literal["threads", "processes", "dask", "ray"] = "threads"
    workers: int | None = Field(default=None, ge=1, le=1024)
    address: str | None = None
    batch: int = Field(default=50, ge=1, le=10_000)

    @property
    def worker_count(self) -> int:
        """How many calls are heard at once: as set, else one for each core this process may use."""
        usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        return self.workers or usable or 1


class Schedule(_Section):
    """When `nightcall serve` starts the nightly run."""

    cron: str = "30 0 * * *"
    time_zone: str = "UTC"

    @field_validator("cron")
    @classmethod
    def _five_fields(cls, value: str) -> str:
        if len(value.split()) != CRON_FIELDS:
            raise ValueError("five fields: minute, hour, day of month, month, day of week ('30 0 * * *')")
        return value

    @field_validator("time_zone")
    @classmethod
    def _exists(cls, value: str) -> str:
        return _time_zone(value)


class Display(_Section):
    """How results are shown in the terminal."""

    language: Literal["auto", "en", "zh"] = "auto"

    @property
    def shown(self) -> Literal["en", "zh"]:
        """The language to show: as set, else the terminal's own if that is Chinese, else English."""
        if self.language != "auto":
            return self.language
        said = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
        return "zh" if said.lower().startswith("zh") else "en"


class Settings(BaseModel):
    """All settings, by section."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paths: Paths = Paths()
    hearing: Hearing = Hearing()
    metadata: MetadataSettings = MetadataSettings()
    rubrics: RubricSettings = RubricSettings()
    run: Run = Run()
    schedule: Schedule = Schedule()
    display: Display = Display()

    @property
    def hearing_options(self) -> HearingOptions:
        """What the engines need to know; only threads share one set of engines."""
        hearing = self.hearing
        sharing = self.run.worker_count if self.run.task_runner == "threads" else 1
        return HearingOptions(
            **hearing.model_dump(exclude={"agent_channel", "weights_dir", "hub_token"}),
            workers=sharing,
            weights_dir=str(hearing.weights_dir) if hearing.weights_dir else None,
            hub_token=hearing.hub_token.get_secret_value() if hearing.hub_token else None,
        )

    @property
    def digest(self) -> str:
        """SHA-256 of what a run depends on; the token is masked before."""
        return hashlib.sha256(self.model_dump_json(exclude={"display", "schedule"}).encode()).hexdigest()


class _Environment(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="_", env_nested_max_split=1, env_ignore_empty=True
    )
    paths: Paths = Paths()
    hearing: Hearing = Hearing()
    metadata: MetadataSettings = MetadataSettings()
    rubrics: RubricSettings = RubricSettings()
    run: Run = Run()
    schedule: Schedule = Schedule()
    display: Display = Display()


def load(config: Path | None = None, flags: Layer | None = None) -> Settings:
    """The settings in force. `flags` is {section: {key: value}}; a value of None was not given.

    Raises:
        SettingsError: the named file is not there or no TOML, or a key or value is wrong.
    """
    path = config_file(config)
    given = {name: {k: v for k, v in keys.items() if v is not None} for name, keys in (flags or {}).items()}
    layers: tuple[tuple[str, Layer], ...] = (
        (str(path), _anchored(_read(path), path.parent) if path else {}),
        ("the environment", _from_environment()),
        ("the command line", given),
    )
    merged: dict[str, object] = {}
    for origin, layer in layers:
        for section, keys in layer.items():
            _check_names(origin, section, keys)
            merged[section] = {**merged.get(section, {}), **keys}  # type: ignore[dict-item]
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise SettingsError("\n".join(_told(details, layers) for details in error.errors())) from None


def config_file(config: Path | None = None) -> Path | None:
    """The settings file in force, if there is one.

    Raises:
        SettingsError: the one that was named is not there.
    """
    named = config or (Path(os.environ[CONFIG]) if os.environ.get(CONFIG) else None)
    if named and not named.is_file():
        origin = "--config" if config else CONFIG
        raise SettingsError(f"{origin} names {named}, which is no file; `nightcall init` writes one")
    found = named or Path(FILE_NAME)
    return found if found.is_file() else None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: this is no TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 (byte {error.start}); save the file as UTF-8") from error
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error


def _anchored(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The file's relative paths, made to start from the file's own folder."""
    for section, key in (("paths", "inbox"), ("paths", "data"), ("hearing", "weights_dir")):
        keys = data.get(section)
        if isinstance(keys, dict) and isinstance(keys.get(key), str):
            keys[key] = folder / Path(keys[key]).expanduser()
    packs = data.get("rubrics")
    if isinstance(packs, dict) and isinstance(packs.get("paths"), list):
        packs["paths"] = [
            folder / Path(path).expanduser() if isinstance(path, str) else path for path in packs["paths"]
        ]
    return data


def _from_environment() -> Layer:
    sections = "|".join(Settings.model_fields)
    for name in os.environ:
        if name.startswith(PREFIX) and name != CONFIG and not re.match(rf"{PREFIX}({sections})_.", name, re.IGNORECASE):
            raise SettingsError(f"the environment: {name} is no setting{_hint(name, _environment_names())}")
    try:
        return EnvSettingsSource(_Environment)()
    except SourceError as error:
        raise SettingsError(f'the environment: {error}; a list is written as JSON: ["a", "b"]') from error


def _environment_names() -> list[str]:
    return [
        f"{PREFIX}{section}_{key}".upper()
        for section, field in Settings.model_fields.items()
        for key in field.annotation.model_fields  # type: ignore[union-attr]
    ]


def _check_names(origin: str, section: str, keys: object) -> None:
    sections = {name: field.annotation for name, field in Settings.model_fields.items()}
    if section not in sections:
        raise SettingsError(f"{origin}: [{section}] is no section{_hint(section, list(sections))}")
    if not isinstance(keys, Mapping):
        raise SettingsError(f"{origin}: {section} is a section, written as [{section}], and found as a value")
    known = list(sections[section].model_fields)  # type: ignore[union-attr]
    for key in keys:
        if key not in known:
            raise SettingsError(f"{origin}: [{section}] {key} is no setting{_hint(key, known)}")


def _hint(found: str, choices: list[str]) -> str:
    close = get_close_matches(found, choices, n=1)
    return f". Did you mean {close[0]}?" if close else f"; there is {', '.join(choices)}"


def _told(details: ErrorDetails, layers: tuple[tuple[str, Layer], ...]) -> str:
    section, key = str(details["loc"][0]), str(details["loc"][1])
    origin = next(name for name, layer in reversed(layers) if key in layer.get(section, {}))
    wanted = str(details["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    found = "(hidden)" if key == "hub_token" else repr(details["input"])
    choices = re.findall(r"'([^']+)'", wanted) if details["type"] == "literal_error" else []
    close = get_close_matches(str(details["input"]), choices, n=1)
    return f"{origin}: [{section}] {key} is {found}, expected {wanted}{f'. Did you mean {close[0]}?' if close else ''}"


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("the IANA name of a time zone, such as Asia/Shanghai")
    return name


TEMPLATE = """\
# Settings of Nightcall. Every line that starts with "# " and a key shows the default.
# A setting can also come from the environment: NIGHTCALL_RUN_WORKERS=4 is workers in [run].

[paths]
inbox = "inbox"                 # the folder of recordings; folders below it are searched too
data = "data"                   # shelf/, warehouse.duckdb and the published nightcall.duckdb live here

[hearing]
# recogniser = "default"        # default (Whisper base), a local folder, or a faster-whisper model: "large-v3-turbo"
# segmentation = "default"      # who speaks when: default (segmentation-3.0) or a local folder
# diarization = "default"       # voices on one channel: default or "pyannote/speaker-diarization-community-1"
# language = "zh"               # zh, en ...; without it: the metadata's, else what is heard
# agent_channel = 0             # the agent's channel in two-channel recordings: 0 (left) or 1
# device = "auto"               # auto, cpu or cuda
# compute_type = "default"      # arithmetic of the recogniser: default, int8, float16, float32 ...
# beam_size = 5                 # more is slower and a little more accurate
# batch_size = 8                # windows of 30 s decoded at once
# threads = 1                   # threads of one worker; one and more workers is the quicker way
# vocabulary = ""               # names and terms the recogniser should expect: "天翼 宽带 iPhone"
# weights_dir = "weights"       # where model weights are kept; without it: the user's cache folder
# hub_token = ""                # for a model behind a licence page; better: NIGHTCALL_HEARING_HUB_TOKEN

[metadata]
# What file names say, as a regular expression with named groups (call_id, agent_id, team, started_at ...):
# pattern = '(?P<agent_id>\\d+)_(?P<started_at>\\d{8}T\\d{6})'
# time_zone = "UTC"             # of times that name no zone: "Asia/Shanghai"

[rubrics]
# paths = ["rubrics/our-rules.yaml"]  # rule packs; without it: the two that come with Nightcall

[run]
# task_runner = "threads"       # threads, processes, dask or ray
# workers = 2                   # calls heard at once; without it: one for each core
# address = "tcp://scheduler:8786"    # a Dask or Ray cluster that runs already
# batch = 50                    # calls scored and loaded in one transaction

[schedule]
# cron = "30 0 * * *"           # minute, hour, day of month, month, day of week
# time_zone = "UTC"             # of the schedule: "Asia/Shanghai"

[display]
# language = "auto"             # auto (the terminal's), en or zh
"""
