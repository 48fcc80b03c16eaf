"""Recordings: which calls lie in a folder tree, each with its identity and what the site says of it.

A call's identity is the SHA-256 of its file's bytes: the same bytes under two names are one call. Its
`uri` is the file's absolute path (POSIX form), so that it can be read again from anywhere; its `call_id`
is the metadata's, else the path in the inbox without suffix. `duration_s` is what the container says:
`audio.decode` tells what can really be heard.

Left out: hidden files and folders, files with other suffixes than `SUFFIXES`, and what is no plain
file (pipes, devices). Silent, noise-only and very short calls are calls like others.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from analyzers.conversation import Recording
from analyzers.speech.audio import RecordingCode, RecordingError, probe
from analyzers.speech.metadata import (
    TABLE_NAME,
    Described,
    Joined,
    Warning_,
    WarningCode,
    describe,
    file_name_pattern,
)

# What contact centres' recorders and browsers write and PyAV decodes.
_PHONE = {".wav", ".wave", ".w64", ".gsm", ".amr", ".awb", ".au", ".snd", ".aif", ".aiff", ".caf"}
_MUSIC = {".mp3", ".mp2", ".m4a", ".m4b", ".aac", ".flac", ".wma", ".asf"}
_WEB = {".ogg", ".oga", ".opus", ".webm", ".mka", ".mkv", ".mp4", ".3gp", ".3g2"}
SUFFIXES = frozenset(_PHONE | _MUSIC | _WEB)

MOST_CHANNELS = 2  # agent and customer; nothing says who would be on a third
READERS = 8  # hashing and probing wait for the disk or the network share, not for the processor


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """How to read the inbox.

    `zone`: IANA name of the zone that times without one are in. `file_name_pattern`: named groups over
    the path in the inbox ("" for none). `skip`: folders that hold our own files.

    Raises:
        ValueError: no such zone, or a wrong pattern.
    """

    zone: str = "UTC"
    file_name_pattern: str = ""
    skip: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"zone {self.zone!r}: expected an IANA name such as Asia/Shanghai") from error
        if self.file_name_pattern:
            file_name_pattern(self.file_name_pattern)


@dataclass(frozen=True, slots=True)
class Failure:
    """A recording that can't be heard, and why. `sha256` is None where not even the bytes can be read."""

    uri: str
    call_id: str
    sha256: str | None
    code: RecordingCode
    message: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The audio files and metadata tables of a folder tree, in order of their paths."""

    audio: tuple[Path, ...]
    tables: tuple[Path, ...]
    warnings: tuple[Warning_, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """A night's calls: those to hear, those that can't be heard, and what else somebody should know."""

    recordings: tuple[Recording, ...]
    failures: tuple[Failure, ...]
    warnings: tuple[Warning_, ...]


def find(inbox: Path, skip: Sequence[Path] = ()) -> Listing:
    """The audio files of a folder tree; no file is opened.

    Linked folders are followed, each real folder once; a link to a folder that holds the link is said.

    Raises:
        NotADirectoryError: the inbox is no folder.
    """
    if not inbox.is_dir():
        raise NotADirectoryError(f"inbox {inbox}: no such folder; create it or name the folder with the recordings")
    files, warnings = _walk(inbox.resolve(), frozenset(path.resolve() for path in skip))
    audio = tuple(path for path in files if path.suffix.lower() in SUFFIXES)
    tables = tuple(path for path in files if path.name.lower() == TABLE_NAME)
    if not audio:
        what = f"{inbox}: no recordings found; looked for {' '.join(sorted(SUFFIXES))}"
        warnings = (*warnings, Warning_(WarningCode.NO_RECORDINGS, what, inbox.as_posix()))
    return Listing(audio, tables, warnings)


def take_in(inbox: Path, options: IntakeOptions | None = None) -> Intake:
    """The calls of a folder tree: hashed, probed, joined with their metadata.

    Of files with the same bytes the one that metadata speaks of is kept, else the first by path; of
    different files with one call_id, the first by path.

    Raises:
        NotADirectoryError: the inbox is no folder.
    """
    options = options or IntakeOptions()
    listing = find(inbox, options.skip)
    root = inbox.resolve()
    described = describe(listing.audio, listing.tables, root, ZoneInfo(options.zone), options.file_name_pattern)
    with ThreadPoolExecutor(READERS) as readers:
        heard = list(readers.map(lambda path: _recording(path, root, described.by_file[path]), listing.audio))
    unique, same = _same_audio([one for one in heard if isinstance(one, Recording)], described)
    recordings, doubles = _same_call_id(unique)
    failures = (*(one for one in heard if isinstance(one, Failure)), *doubles)
    return Intake(
        recordings,
        tuple(sorted(failures, key=lambda failure: failure.uri)),
        (*listing.warnings, *described.warnings, *same),
    )


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, hexadecimal.

    Raises:
        OSError: the file can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _recording(path: Path, root: Path, described: Described) -> Recording | Failure:
    call_id = described.call_id or path.relative_to(root).with_suffix("").as_posix()
    sha256 = None
    try:
        sha256 = sha256_of(path)
        info = probe(path)
        if info.channels > MOST_CHANNELS:
            what = f"{path}: {info.channels} channels, expected 1 or {MOST_CHANNELS}; export agent and customer alone"
            return Failure(path.as_posix(), call_id, sha256, RecordingCode.UNSUPPORTED_CHANNELS, what)
    except RecordingError as error:
        return Failure(path.as_posix(), call_id, sha256, error.code, error.message)
    except OSError as error:
        what = f"{path}: can't be read ({error.strerror}); check the file, its link, its permissions and the disk"
        return Failure(path.as_posix(), call_id, sha256, RecordingCode.UNREADABLE, what)
    form = (info.duration_s, info.sample_rate_hz, info.channels, info.codec)
    return Recording(call_id, sha256, path.as_posix(), *form, described.metadata)


def _same_audio(
    recordings: Sequence[Recording], described: Joined
) -> tuple[tuple[Recording, ...], tuple[Warning_, ...]]:
    """One recording of each that has the same bytes, and a warning for every other."""
    by_bytes: dict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        by_bytes[recording.sha256].append(recording)
    warnings: list[Warning_] = []
    for copies in by_bytes.values():
        copies.sort(key=lambda copy: not described.by_file[Path(copy.uri)].stated)
        for copy in copies[1:]:
            what = f"{copy.uri}: the same bytes as {copies[0].uri}; one call, taken from the latter with its metadata"
            warnings.append(Warning_(WarningCode.SAME_AUDIO, f"{what}; remove one of the files", copy.uri))
    kept = {copies[0].uri for copies in by_bytes.values()}
    return tuple(recording for recording in recordings if recording.uri in kept), tuple(warnings)


def _same_call_id(recordings: Sequence[Recording]) -> tuple[tuple[Recording, ...], tuple[Failure, ...]]:
    """The first recording of each call_id; the others fail."""
    first: dict[str, Recording] = {}
    doubles: list[Failure] = []
    for recording in recordings:
        kept = first.setdefault(recording.call_id, recording)
        if kept is not recording:
            what = f"{recording.uri}: call_id {recording.call_id!r} is already that of {kept.uri}, other audio"
            code, message = RecordingCode.DUPLICATE_CALL_ID, f"{what}; give each call its own call_id in the metadata"
            doubles.append(Failure(recording.uri, recording.call_id, recording.sha256, code, message))
    return tuple(first.values()), tuple(doubles)


def _walk(root: Path, skip: frozenset[Path]) -> tuple[tuple[Path, ...], tuple[Warning_, ...]]:
    """Every plain file of the tree that is not hidden, and what could not be entered."""
    files: list[Path] = []
    warnings: list[Warning_] = []
    seen = {root, *skip}
    pending = [root]
    while pending:
        paths, remarks = _entries(pending.pop())
        warnings += remarks
        for path in paths:
            real = Path(os.path.realpath(path))
            if not os.path.isdir(path):  # noqa: PTH112 - Path's raises where it may not ask
                files += [path] if _is_file_or_broken_link(path) else []
            elif _holds(real, path, root):
                warnings.append(_loop(path, real))
            elif real not in seen and not (path.is_symlink() and real.is_relative_to(root)):
                # A link to a folder of the inbox adds nothing: that folder is walked under its own name.
                seen.add(real)
                pending.append(path)
    return tuple(sorted(files)), tuple(warnings)


def _entries(folder: Path) -> tuple[list[Path], list[Warning_]]:
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        what = f"{folder}: folder can't be read ({error.strerror}); check its permissions; what is in it is not heard"
        return [], [Warning_(WarningCode.FOLDER_UNREADABLE, what, folder.as_posix())]
    good = [folder / name for name in names if _is_unicode(name) and not name.startswith(".")]
    return good, [_odd_name(folder, name) for name in names if not _is_unicode(name)]


def _odd_name(folder: Path, name: str) -> Warning_:
    what = f"{folder}: the name {os.fsencode(name)!r} is no Unicode and is passed over; rename it"
    return Warning_(WarningCode.NAME_NOT_UNICODE, what, folder.as_posix())


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_file_or_broken_link(path: Path) -> bool:
    """True for what is heard or fails by name; a pipe or device would keep us waiting for ever."""
    return os.path.isfile(path) or not os.path.exists(path)  # noqa: PTH110, PTH113 - as above


def _holds(real: Path, path: Path, root: Path) -> bool:
    """True where a linked folder is one that the link, or the inbox, lies in."""
    return path.is_symlink() and (Path(os.path.realpath(path.parent)).is_relative_to(real) or root.is_relative_to(real))


def _loop(path: Path, real: Path) -> Warning_:
    what = f"{path}: a link to {real}, which it lies in; not followed; remove the link"
    return Warning_(WarningCode.SYMLINK_LOOP, what, path.as_posix())
