"""Truth: what is true of a recording, as people or a call builder wrote it down.

Three kinds of file say so, and each gives what it can:

* **JSON** beside the recording (`NAME.json`), in a folder `truth/` beside it or beside its folder: turns with
  party, start, end, and, where known, text, units, level and tags; `silences_3s`; `expect`, what rules must find;
  `sounds`, where music plays.
* **RTTM**: who speaks when. **STM**: who says what when. Any number of recordings may share such a file; a
  recording is known by its file name without suffix (the second and the first column).

Speakers called agent or customer (坐席, 客户 ...) are the parties of the call. Where they are not called so, what
needs the party is not computed. Of STM's alternatives `{a / b}` the first counts, words in brackets are
optional and left out, and segments marked `IGNORE_TIME_SEGMENT_IN_SCORING` are passed over.

Sources: NIST RT-09 evaluation plan (RTTM), NIST SCTK `infmts` (STM).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analyzers.conversation import PARTIES, Party, Recording, Sound, SoundKind, Span, union

PARTY_NAMES: Mapping[Party, frozenset[str]] = {
    Party.AGENT: frozenset({"agent", "operator", "representative", "坐席", "座席", "客服"}),
    Party.CUSTOMER: frozenset({"customer", "client", "caller", "客户", "用户", "顾客"}),
    Party.OTHER: frozenset({"other", "第三方"}),
}
SUFFIXES = (".rttm", ".stm")
BEYOND_THE_END_S = 1.0  # annotation tools round; a turn that ends later belongs to another recording
RTTM_FIELDS, STM_FIELDS = 8, 5  # as many a line has at least
IGNORED = "IGNORE_TIME_SEGMENT_IN_SCORING"


class TruthError(ValueError):
    """Truth that cannot be used; the message names file and line, what was found and what was expected."""


@dataclass(frozen=True, slots=True)
class TrueTurn:
    """What one voice says from its first sound to its last. None: the truth does not say.

    `units`: spoken units in it. `level_dbfs`: RMS over the span. `cut_short`: the other's coming in ended it.
    """

    span: Span
    speaker: str
    party: Party | None = None
    text: str | None = None
    units: int | None = None
    level_dbfs: float | None = None
    cut_short: bool | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one recording; `turns` are in time order.

    `silences`: those of 3 s and more where the truth lists them. `expect`: what findings must say.
    `sounds`: music and ringing, which are neither speech nor silence.
    """

    source: Path
    turns: tuple[TrueTurn, ...]
    language: str | None = None
    silences: tuple[Span, ...] | None = None
    expect: tuple[tuple[str, object], ...] = ()
    sounds: tuple[Sound, ...] = ()

    @property
    def has_parties(self) -> bool:
        """Whether every turn is somebody's whose side of the call is known, and both sides speak."""
        parties = {turn.party for turn in self.turns}
        return None not in parties and parties.issuperset(PARTIES)

    @property
    def has_words(self) -> bool:
        """Whether every turn has its text."""
        return all(turn.text is not None for turn in self.turns)

    @property
    def talk(self) -> tuple[Span, ...]:
        """When anybody speaks: disjoint, in order."""
        return union(turn.span for turn in self.turns)

    def of_speaker(self, speaker: str) -> tuple[TrueTurn, ...]:
        """The turns of one voice."""
        return tuple(turn for turn in self.turns if turn.speaker == speaker)

    def of_party(self, party: Party) -> tuple[TrueTurn, ...]:
        """The turns of one party."""
        return tuple(turn for turn in self.turns if turn.party is party)

    @property
    def speakers(self) -> tuple[str, ...]:
        """The voices, in order of their first turn."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns))


class TruthFiles:
    """The truth that lies in a folder tree, found by recording.

    Raises:
        NotADirectoryError: there is no such folder.
    """

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise NotADirectoryError(f"{root}: no such folder; name one with recordings and their truth")
        tables = (path for place in (root, root.parent / "truth") for path in place.rglob("*"))
        self._tables = tuple(sorted({path for path in tables if path.suffix.lower() in SUFFIXES and path.is_file()}))

    def of(self, recording: Recording) -> Truth | None:
        """The truth of a recording, JSON before STM before RTTM; None where no file speaks of it.

        Raises:
            TruthError: a file speaks of it and cannot be used.
        """
        audio = Path(recording.uri)
        places = (audio.parent, audio.parent / "truth", audio.parent.parent / "truth")
        found = (truth for place in places if (truth := _from_json(place / f"{audio.stem}.json")))
        truth = next(found, None) or self._from_tables(audio.stem)
        if truth is not None:
            _check_end(truth, recording)
        return truth

    def _from_tables(self, name: str) -> Truth | None:
        for suffix, reader in ((".stm", _stm_turn), (".rttm", _rttm_turn)):
            for table in self._tables:
                if table.suffix.lower() == suffix and (turns := _rows(table, name, reader)):
                    return Truth(table, turns)
        return None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Stretch(_Strict):
    start_s: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    end_s: Annotated[float, Field(gt=0, allow_inf_nan=False)]

    @model_validator(mode="after")
    def _forward(self) -> _Stretch:
        if self.end_s <= self.start_s:
            raise ValueError(f"end_s {self.end_s:g} is not after start_s {self.start_s:g}")
        return self


class _JsonTurn(_Stretch):
    party: Annotated[str, Field(min_length=1)]
    text: str | None = None
    units: Annotated[int | None, Field(ge=0)] = None
    rms_dbfs: float | None = None
    cut_short: bool | None = None
    tags: tuple[str, ...] = ()


class _JsonSound(_Stretch):
    kind: SoundKind
    channel: Annotated[int, Field(ge=0)] = 0


class _JsonTruth(_Strict):
    turns: Annotated[tuple[_JsonTurn, ...], Field(min_length=1)]
    language: str | None = None
    silences_3s: tuple[_Stretch, ...] | None = None
    expect: dict[str, Any] = {}
    sounds: tuple[_JsonSound, ...] = ()


def _from_json(path: Path) -> Truth | None:
    """The truth in a JSON file; None where there is none, or it has no `turns` (then it is metadata)."""
    if not path.is_file():
        return None
    text = _text(path)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise TruthError(f"{path}:{error.lineno}: no JSON ({error.msg}); correct the file") from error
    if not isinstance(document, dict) or "turns" not in document:
        return None
    try:
        said = _JsonTruth.model_validate(document)
    except ValidationError as error:
        raise TruthError("\n".join(_told(path, text, dict(one)) for one in error.errors())) from None
    turns = sorted(map(_turn, said.turns), key=lambda turn: turn.span)
    silences = None if said.silences_3s is None else tuple(Span(one.start_s, one.end_s) for one in said.silences_3s)
    sounds = tuple(Sound(Span(one.start_s, one.end_s), one.kind, one.channel) for one in said.sounds)
    return Truth(path, tuple(turns), said.language, silences, tuple(said.expect.items()), sounds)


def _turn(said: _JsonTurn) -> TrueTurn:
    named = (said.party, party_called(said.party), said.text, said.units, said.rms_dbfs, said.cut_short, said.tags)
    return TrueTurn(Span(said.start_s, said.end_s), *named)


def party_called(name: str) -> Party | None:
    """The party that is meant by a speaker's name; None where it says nothing of the side."""
    return next((party for party, names in PARTY_NAMES.items() if name.casefold() in names), None)


def _told(path: Path, text: str, error: Mapping[str, Any]) -> str:
    loc = error["loc"]
    where = ".".join(map(str, loc))
    found = "" if isinstance(error["input"], dict | list) else f", found {error['input']!r}"
    return f"{path}:{_line_of(text, loc)}: {where}: {error['msg'].removeprefix('Value error, ')}{found}"


def _line_of(text: str, loc: Sequence[int | str]) -> int:
    """The line of a place in a JSON text, which is YAML too; of the nearest thing around it that exists."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return 1
    line = 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == part), None)
        else:
            node = next((item for i, item in enumerate(node.value) if i == part), None) if node else None
        if node is None:
            break
        line = int(node.start_mark.line) + 1
    return line


Reader = Callable[[list[str], str], TrueTurn | None]


def _rows(table: Path, name: str, reader: Reader) -> tuple[TrueTurn, ...]:
    turns = []
    for number, line in enumerate(_text(table).splitlines(), 1):
        if line.strip() and not line.lstrip().startswith(";;"):
            try:
                turn = reader(line.split(), name)
            except ValueError as error:
                raise TruthError(f"{table}:{number}: {error}") from error
            turns += [turn] if turn else []
    return tuple(sorted(turns, key=lambda turn: turn.span))


def _rttm_turn(fields: list[str], name: str) -> TrueTurn | None:
    """A line `SPEAKER name channel start duration <NA> <NA> speaker ...`; None: of another recording, or kind."""
    if len(fields) < 2 or fields[1] != name or fields[0] != "SPEAKER":
        return None
    if len(fields) < RTTM_FIELDS:
        raise ValueError(
            f"found {len(fields)} columns, expected at least {RTTM_FIELDS} (SPEAKER file channel start ..)"
        )
    start_s = _seconds(fields[3], "start")
    return _named(Span(start_s, start_s + _seconds(fields[4], "duration")), fields[7])


def _stm_turn(fields: list[str], name: str) -> TrueTurn | None:
    """A line `name channel speaker start end [<label>] words ...`; None: of another recording, or not scored."""
    if fields[0] != name:
        return None
    if len(fields) < STM_FIELDS:
        raise ValueError(
            f"found {len(fields)} columns, expected at least {STM_FIELDS} (file channel speaker start end)"
        )
    span = _span(_seconds(fields[3], "start"), _seconds(fields[4], "end"))
    words = fields[5:]
    said = " ".join(words[1:] if words and re.fullmatch(r"<.*>", words[0]) else words)
    if IGNORED in said or fields[2] == "inter_segment_gap":
        return None
    return _named(span, fields[2], _spoken(said))


def _named(span: Span, speaker: str, text: str | None = None) -> TrueTurn:
    party = party_called(speaker)
    return TrueTurn(span, party.value if party else speaker, party, text)


def _spoken(text: str) -> str:
    first = re.sub(r"\{\s*([^/{}]*?)\s*/[^{}]*\}", r"\1", text)
    return re.sub(r"\([^()]*\)|@", " ", first).strip()


def _seconds(text: str, what: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"found {what} {text!r}, expected seconds such as 12.34")
    return seconds


def _span(start_s: float, end_s: float) -> Span:
    if end_s <= start_s:
        raise ValueError(f"found end {end_s:g}, expected a time after the start {start_s:g}")
    return Span(start_s, end_s)


def _check_end(truth: Truth, recording: Recording) -> None:
    last_s = max(turn.span.end_s for turn in truth.turns)
    if last_s > recording.duration_s + BEYOND_THE_END_S:
        found = f"found a turn that ends at {last_s:.1f} s, expected {recording.duration_s:.1f} s at most"
        raise TruthError(f"{truth.source}: {found}, where {recording.call_id} ends; is it another recording's truth?")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TruthError(f"{path}: not UTF-8 (byte {error.start}); save the file as UTF-8") from error
    except OSError as error:
        raise TruthError(f"{path}: cannot be read: {error.strerror}; check its permissions") from error


def spans_of(turns: Iterable[TrueTurn]) -> Iterator[Span]:
    """When they are said."""
    return (turn.span for turn in turns)
