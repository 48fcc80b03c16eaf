"""The shelf: every conversation as it was heard, one compressed JSON file each.

The shelf is the cache of hearing, in the open: a file is found by the digest of the audio bytes and the
fingerprint of what heard them, can be read with any JSON tool, and can be deleted, after which the
call is heard again. What comes after hearing never needs the audio.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from analyzers.conversation import SCHEMA_VERSION, Conversation, Recording
from analyzers.speech.options import HearingOptions

LEVEL = 6  # gzip's own default: 9 took three times as long for 2 % less


class ShelfError(Exception):
    """A file on the shelf cannot be read; the message names it and says what to do."""


class Shelf:
    """Conversations under one folder, by audio digest and engine fingerprint."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def key(self, recording: Recording, options: HearingOptions) -> str:
        """Where this recording, heard with these options, stands: `ab/<sha256>.<fingerprint>`.

        What the metadata says of the language counts, because it changes what is heard.
        """
        hint = recording.metadata.language
        suffix = f"{options.fingerprint()}{f'-{hint}' if hint else ''}"
        return f"{recording.sha256[:2]}/{recording.sha256}.{suffix}"

    def path(self, key: str) -> Path:
        """The file of a key."""
        return self.root / f"{key}.json.gz"

    def has(self, key: str) -> bool:
        """True when the conversation is there."""
        return self.path(key).is_file()

    def get(self, key: str) -> Conversation | None:
        """The conversation of a key, or None where it was never heard.

        Raises:
            ShelfError: the file is damaged, or of another version of Nightcall.
        """
        try:
            with gzip.open(self.path(key), "rt", encoding="utf-8") as source:
                return from_json(json.load(source))
        except FileNotFoundError:
            return None
        except (EOFError, gzip.BadGzipFile, TypeError, ValueError, zlib.error) as error:
            raise ShelfError(
                f"shelf file {self.path(key)}: not a conversation of schema {SCHEMA_VERSION} "
                f"({type(error).__name__}). Without the file the call is heard again."
            ) from None  # the cause may quote what was said

    def put(self, key: str, conversation: Conversation) -> Path:
        """Write a conversation: whole or not at all, also when the machine stops in the middle."""
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.{os.getpid()}.part")
        with partial.open("wb") as raw:
            # No time stamp inside: the same conversation is the same bytes.
            with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=LEVEL, mtime=0, filename="") as out:
                out.write(json.dumps(to_json(conversation), ensure_ascii=False, separators=(",", ":")).encode())
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(target)
        return target

    def discard(self, key: str) -> None:
        """Take a conversation off the shelf, if it is there: its call will be heard again."""
        self.path(key).unlink(missing_ok=True)

    def of(self, sha256: str) -> Iterator[Path]:
        """Every file that was heard from these bytes, and what a killed process left of one."""
        return self.root.glob(f"{sha256[:2]}/*{sha256}.*.json.gz*")


_conversations = TypeAdapter(Conversation)


def to_json(conversation: Conversation) -> dict[str, Any]:
    """A conversation as plain lists, numbers and texts, with its schema version."""
    return {"schema": SCHEMA_VERSION, **_plain(asdict(conversation))}


def _plain(value: Any) -> Any:  # noqa: ANN401 (whatever a document holds)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return round(value, 4) if isinstance(value, float) else value


def from_json(document: dict[str, Any]) -> Conversation:
    """The conversation of `to_json`.

    Raises:
        ValueError: another schema version, or not a conversation.
    """
    found = document.pop("schema", None) if isinstance(document, dict) else type(document).__name__
    if found != SCHEMA_VERSION:
        raise ValueError(f"schema {found}, expected {SCHEMA_VERSION}")
    return _conversations.validate_python(document)
