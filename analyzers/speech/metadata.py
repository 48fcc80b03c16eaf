"""Metadata: what the site says about a call, from three places.

1. A JSON object next to the recording, of the same name: `call.wav`, `call.json`.
2. A `metadata.csv` in the recording's folder or any above it, one row a recording. The column `file`
   names it, relative to the table's folder; without one, `call_id` is the file's name without suffix.
3. A pattern with named groups over the file's path in the inbox.

The first that says a field wins, field by field: JSON over CSV over pattern; a table in a nearer folder
over one further up. Column names are free of case, spaces, `_` and `-`, and may be Chinese (`ALIASES`).
Tables are read as UTF-8, with or without byte order mark, or GB18030 (GBK, GB2312), with comma,
semicolon or tab between cells.

A value that can't be read is never guessed: the field stays None, a warning names file, line, column,
value and what was expected, and the value is kept as an attribute. Columns we do not know are attributes
too, character for character. JSON lists and objects are left out, and so are JSON files that say nothing
we know: other programs put their own files beside recordings.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from analyzers.conversation import Metadata

TABLE_NAME = "metadata.csv"

# Tried in this order. GB18030 comes last: nearly any bytes are valid in it.
ENCODINGS = ("utf-8-sig", "gb18030")

ALIASES = {
    "file": "file filename recording recordingfile audio audiofile path filepath "
    "文件 文件名 文件路径 录音 录音文件 录音文件名 录音路径",
    "call_id": "callid 通话id 呼叫id 会话id 录音id 通话编号 通话流水号 流水号 呼叫编号",
    "agent_id": "agentid agentno employeeid extension 工号 坐席工号 座席工号 客服工号 坐席id 座席id 员工编号",
    "agent_name": "agentname agent 坐席 座席 坐席姓名 座席姓名 客服 客服姓名 坐席名称",
    "team": "team teamname group 班组 团队 小组 组别 坐席组",
    "customer_id": "customerid customer customerno accountid 客户号 客户id 客户编号 客户",
    "queue": "queue queuename skill skillgroup 队列 技能组 技能队列",
    "business_type": "businesstype business calltype 业务类型 业务 业务分类",
    "direction": "direction calldirection 方向 呼叫方向 通话方向 呼叫类型",
    "started_at": "startedat starttime start begintime calltime 开始时间 通话开始时间 呼叫时间 通话时间 来电时间",
    "ring_s": "rings ring ringtime ringseconds ringduration 振铃 振铃时长 振铃时间 振铃秒数",
    "hung_up_by": "hungupby hangupby hangup hangupparty releasedby 挂机方 挂断方 挂机 释放方",
    "language": "language lang 语言 语种",
    "agent_channel": "agentchannel 坐席声道 座席声道 客服声道",
    "csat": "csat satisfaction satisfactionscore 满意度 满意度评分 客户评分",
    "key_customer": "keycustomer vip 重点客户 重要客户 vip客户 大客户",
}
COLUMNS = {alias: name for name, aliases in ALIASES.items() for alias in aliases.split()}


class WarningCode(StrEnum):
    """What was found on the way that does not stop a call, but somebody should know."""

    BAD_VALUE = "BAD_VALUE"
    METADATA_UNREADABLE = "METADATA_UNREADABLE"
    ROW_UNUSABLE = "ROW_UNUSABLE"
    ROW_WITHOUT_FILE = "ROW_WITHOUT_FILE"
    ROW_AMBIGUOUS = "ROW_AMBIGUOUS"
    FILE_WITHOUT_ROW = "FILE_WITHOUT_ROW"
    PATTERN_NOT_MATCHED = "PATTERN_NOT_MATCHED"
    SAME_AUDIO = "SAME_AUDIO"
    FOLDER_UNREADABLE = "FOLDER_UNREADABLE"
    SYMLINK_LOOP = "SYMLINK_LOOP"
    NAME_NOT_UNICODE = "NAME_NOT_UNICODE"
    NO_RECORDINGS = "NO_RECORDINGS"


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801 - `Warning` is Python's own
    """One thing to tell the people who run the night; `uri` is the file it is about."""

    code: WarningCode
    message: str
    uri: str


def _words(**words: str) -> BeforeValidator:
    """A text that must be one of the given words (blank-separated, in any case); the keyword is the value."""
    meanings = {word: meaning for meaning, listed in words.items() for word in [meaning, *listed.split()]}
    return BeforeValidator(lambda text: meanings[_plain(text)] if _plain(text) in meanings else _refuse())


def _refuse() -> None:
    raise ValueError("not one of the known words")


def _plain(text: str) -> str:
    return re.sub(r"[\s_]+", "-", unicodedata.normalize("NFKC", text).strip().casefold())


# Year, month, day; hour, minute, second where said; zone where said. 2026-11-20T21:03:05+08:00,
# 2026/1/5 9:03, 20261120210305, 2026-11-20_21-03-05, 2026年11月20日 21时03分05秒.
MOMENT = re.compile(
    r"(?P<day>\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{8})"
    r"(?:[T _-]*(?P<time>\d{1,2}[-_:时点]\d{1,2}(?:[-_:分]\d{1,2})?|\d{6}|\d{4})(?:\.\d+)?[分秒]?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


def _moment(text: str, info: ValidationInfo) -> datetime:
    """A date and time with its zone; the configured zone where none is written. A day alone is its start."""
    match = MOMENT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        raise ValueError("no date and time")
    day, time, zone = match["day"], match["time"] or "0:0", match["zone"]
    date = re.findall(r"\d+", day) if not day.isdigit() else [day[:4], day[4:6], day[6:]]
    clock = re.findall(r"\d+", time) if not time.isdigit() else re.findall(r"\d\d", time)
    offset = datetime.strptime(zone.upper(), "%z").tzinfo if zone else info.context["zone"]  # type: ignore[index]
    return datetime(*map(int, [*date, *clock]), tzinfo=offset)  # type: ignore[misc, arg-type]


def _seconds(text: str) -> float:
    """Seconds: `12`, `12.5 s`, `12秒`, `0:12`, `00:00:12`."""
    match = re.fullmatch(r"(\d+(?::\d{1,2}){1,2}|\d+(?:\.\d+)?)\s*(?:s|sec|seconds|秒)?", _plain(text))
    if match is None:
        raise ValueError("no number of seconds")
    seconds = 0.0
    for part in match[1].split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


def _number(text: str) -> float:
    match = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*(?:分|星)?", _plain(text))
    if match is None:
        raise ValueError("no number")
    return float(match[1])


class Fields(BaseModel):
    """The fields we know, as text comes in. A description says what is expected, for the warning."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    call_id: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    team: str | None = None
    customer_id: str | None = None
    queue: str | None = None
    business_type: str | None = None
    direction: Annotated[
        str | None,
        _words(inbound="in incoming 呼入 来电 入呼", outbound="out outgoing 呼出 外呼 去电 出呼"),
        Field(description="inbound or outbound (呼入, 呼出)"),
    ] = None
    started_at: Annotated[
        datetime | None,
        BeforeValidator(_moment),
        Field(description="a date and time such as 2026-11-20T21:03:05+08:00 or 2026-11-20 21:03:05"),
    ] = None
    ring_s: Annotated[
        float | None, BeforeValidator(_seconds), Field(description="seconds such as 12 or 12.5, or 00:00:12")
    ] = None
    hung_up_by: Annotated[
        str | None,
        _words(
            agent="坐席 座席 客服 话务员 operator staff",
            customer="client caller 客户 用户 顾客",
            system="系统 timeout",
        ),
        Field(description="agent, customer or system (坐席, 客户, 系统)"),
    ] = None
    language: Annotated[
        str | None,
        _words(
            zh="zh-cn zh-hans zh-hans-cn zh-sg cmn cmn-hans-cn chinese mandarin putonghua 中文 汉语 普通话 国语 华语",
            en="en-us en-gb en-au en-ca en-in en-ie en-nz en-sg english 英语 英文",
        ),
        Field(description="zh or en (zh-CN, en-US, 中文, 英语)"),
    ] = None
    agent_channel: Annotated[
        int | None,
        _words(**{"0": "left l 左 左声道", "1": "right r 右 右声道"}),
        Field(description="0 or left, 1 or right (左, 右): the channel the agent is heard on, counted from 0"),
    ] = None
    csat: Annotated[float | None, BeforeValidator(_number), Field(description="a number such as 4 or 4.5")] = None
    key_customer: Annotated[
        bool | None,
        _words(true="yes y t 1 是 有 vip", false="no n f 0 否 非 无"),
        Field(description="yes or no (1, 0, 是, 否)"),
    ] = None


@dataclass(frozen=True, slots=True)
class Said:
    """What one place says about a call: the fields it could be read for, and everything else as text."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)

    def over(self, other: Said) -> Said:
        """Both together; where both speak, this one is right."""
        return Said({**other.fields, **self.fields}, {**other.attributes, **self.attributes})


@dataclass(frozen=True, slots=True)
class Described:
    """A recording's metadata. `stated`: a table or JSON speaks of this very file, not only the pattern."""

    call_id: str | None
    metadata: Metadata
    stated: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """Metadata by audio file, and what could not be joined or read."""

    by_file: Mapping[Path, Described]
    warnings: tuple[Warning_, ...]


def file_name_pattern(text: str) -> re.Pattern[str]:
    """The pattern for file paths, checked: its groups must be fields (or their aliases).

    It is searched for in the path relative to the inbox, folders parted by `/`:
    `(?P<team>[^/]+)/(?P<agent_id>\\d+)_(?P<started_at>\\d{14})`.

    Raises:
        ValueError: it is no regular expression, has no named group or one that is no field.
    """
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise ValueError(f"file_name_pattern {text!r}: not a regular expression ({error}); correct it") from error
    known = sorted(set(ALIASES) - {"file"})
    unknown = [group for group in pattern.groupindex if _field(group) not in known]
    if unknown or not pattern.groupindex:
        found = f"unknown group {', '.join(unknown)}" if unknown else "no named group such as (?P<agent_id>...)"
        raise ValueError(f"file_name_pattern {text!r}: {found}; a group may be named {', '.join(known)}")
    return pattern


def describe(audio: Sequence[Path], tables: Sequence[Path], within: Path, zone: ZoneInfo, pattern: str = "") -> Joined:
    """What JSON files, tables and the pattern say about each audio file of the folder `within`.

    Raises:
        ValueError: the pattern is wrong (`file_name_pattern`).
    """
    warnings: list[Warning_] = []
    said, unmatched = _from_pattern(audio, within, pattern, zone)
    stated: set[Path] = set()
    below = _below(audio, tables)
    # From the top down and JSON last: what is said nearer to the file is laid over the rest.
    rows = [_from_table(table, below[table], zone) for table in sorted(tables, key=lambda path: len(path.parts))]
    for found, remarks in [*rows, _from_json(audio, zone)]:
        warnings += remarks
        stated |= found.keys()
        said |= {path: one.over(said.get(path, Said())) for path, one in found.items()}
    listed = {path for paths in below.values() for path in paths}
    warnings += [_without_row(path) for path in audio if path in listed - stated]
    return Joined({path: _described(said.get(path, Said()), path in stated) for path in audio}, (*warnings, *unmatched))


def _described(said: Said, stated: bool) -> Described:
    fields = {name: value for name, value in said.fields.items() if name != "call_id"}
    attributes = tuple(sorted(said.attributes.items()))
    return Described(said.fields.get("call_id"), Metadata(**fields, attributes=attributes), stated)


def _without_row(path: Path) -> Warning_:
    what = f"{path}: no row of {TABLE_NAME} and no JSON speaks of it; the call is kept without metadata"
    return Warning_(WarningCode.FILE_WITHOUT_ROW, f"{what}; add a row whose column 'file' names it", str(path))


Found = tuple[dict[Path, Said], list[Warning_]]


def _from_pattern(audio: Sequence[Path], within: Path, pattern: str, zone: ZoneInfo) -> Found:
    found: dict[Path, Said] = {}
    warnings: list[Warning_] = []
    expression = file_name_pattern(pattern) if pattern else None
    for path in audio if expression else ():
        match = expression.search(path.relative_to(within).as_posix()) if expression else None
        if match is None:
            what = f"{path}: does not match file_name_pattern {pattern!r}; rename the file or widen the pattern"
            warnings.append(Warning_(WarningCode.PATTERN_NOT_MATCHED, what, str(path)))
            continue
        groups = [(name, text or "") for name, text in match.groupdict().items()]
        found[path], remarks = _said(groups, path, "file name", zone)
        warnings += remarks
    return found, warnings


def _from_json(audio: Sequence[Path], zone: ZoneInfo) -> Found:
    found: dict[Path, Said] = {}
    warnings: list[Warning_] = []
    for path in audio:
        beside = path.with_suffix(".json")
        try:
            content = json.loads(_text(beside))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError) as error:
            warnings.append(_unreadable(beside, error))
            continue
        said, remarks = _said(_scalars(content), beside, "object", zone)
        if said.fields or remarks:
            found[path] = said
            warnings += remarks
    return found, warnings


def _scalars(content: object) -> Iterator[tuple[str, str]]:
    for name, value in content.items() if isinstance(content, dict) else ():
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, bool | int | float):
            yield name, json.dumps(value)


def _from_table(table: Path, audio: Sequence[Path], zone: ZoneInfo) -> Found:
    found: dict[Path, Said] = {}
    warnings: list[Warning_] = []
    index = _Index(table.parent, audio)
    lines: dict[Path, int] = {}
    for row in _rows(table, zone):
        if isinstance(row, Warning_):
            warnings.append(row)
            continue
        warnings += row.remarks
        hits = index.find(row.file)
        if len(hits) == 1 and hits[0] not in found:
            found[hits[0]], lines[hits[0]] = row.said, row.line
        else:
            warnings.append(_unused(table, row, hits, lines))
    return found, warnings


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    file: str
    said: Said
    remarks: tuple[Warning_, ...]


def _unused(table: Path, row: _Row, hits: Sequence[Path], lines: Mapping[Path, int]) -> Warning_:
    where = f"{table}, line {row.line}: {row.file!r}"
    if not hits:
        what = f"{where} names no recording in {table.parent}; add the recording or correct the row"
        return Warning_(WarningCode.ROW_WITHOUT_FILE, what, str(table))
    if len(hits) > 1:
        names = ", ".join(path.relative_to(table.parent).as_posix() for path in hits)
        what = f"{where} may be any of {names}; write its path relative to the table's folder, with suffix"
        return Warning_(WarningCode.ROW_AMBIGUOUS, what, str(table))
    what = f"{where} is already described in line {lines[hits[0]]}, which counts; remove one of the rows"
    return Warning_(WarningCode.ROW_UNUSABLE, what, str(table))


def _rows(table: Path, zone: ZoneInfo) -> Iterator[_Row | Warning_]:
    """The rows that name a recording, and in their places what is wrong with the others."""
    try:
        text = _text(table)
    except (OSError, ValueError) as error:
        yield _unreadable(table, error)
        return
    first = next(iter(text.splitlines()), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        header = _header(next(reader, []))
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(table, reader.line_num, header, cells, zone)
    except (ValueError, csv.Error) as error:
        yield _unreadable(table, error, f", line {reader.line_num}")


def _header(cells: Sequence[str]) -> list[str]:
    if not {"file", "call_id"} & {_field(name) for name in cells}:
        raise ValueError(f"expected a column 'file' or 'call_id', found {', '.join(cells)[:200]!r}")
    return [name.strip() or f"column {i}" for i, name in enumerate(cells, 1)]


def _row(table: Path, line: int, header: Sequence[str], cells: Sequence[str], zone: ZoneInfo) -> _Row | Warning_:
    if any(cell.strip() for cell in cells[len(header) :]):
        what = f"{table}, line {line}: {len(cells)} cells, expected {len(header)} as in the first line"
        return Warning_(WarningCode.ROW_UNUSABLE, f"{what}; put quotes around cells that hold a comma", str(table))
    named = [(name, cell) for name, cell in zip(header, cells, strict=False) if cell.strip()]
    files = [cell for name, cell in named if _field(name) == "file"]
    said, remarks = _said([(name, cell) for name, cell in named if _field(name) != "file"], table, f"line {line}", zone)
    file = files[0] if files else said.fields.get("call_id")
    if file is None:
        what = f"{table}, line {line}: names no recording; fill in its 'file' or 'call_id'"
        return Warning_(WarningCode.ROW_UNUSABLE, what, str(table))
    return _Row(line, file, said, remarks)


class _Index:
    """The recordings below a table's folder, by the names a row may call them."""

    def __init__(self, folder: Path, audio: Sequence[Path]) -> None:
        self._folder = folder
        self._by_path: dict[str, list[Path]] = {}
        self._by_name: dict[str, list[Path]] = {}
        for path in audio:
            inside = PurePosixPath(_composed(path.relative_to(folder).as_posix()))
            for whole in {inside, inside.with_suffix("")}:
                self._by_path.setdefault(str(whole), []).append(path)
                self._by_name.setdefault(whole.name, []).append(path)

    def find(self, text: str) -> list[Path]:
        """The recordings a row may mean: one by its path below the folder, any by a bare name.

        Of an absolute path, which is where the recorder had the file, the end has to agree.
        """
        wanted = PurePosixPath(_composed(text.strip().replace("\\", "/")))
        if hits := self._by_path.get(str(wanted)):
            return hits
        if len(wanted.parts) == 1:
            return self._by_name.get(wanted.name, [])
        absolute = wanted.is_absolute() or wanted.parts[0].endswith(":")
        ends = [PurePosixPath(*wanted.parts[i:]) for i in range(1, len(wanted.parts))] if absolute else []
        return next((self._by_path[str(end)] for end in ends if str(end) in self._by_path), [])


def _below(audio: Sequence[Path], tables: Sequence[Path]) -> dict[Path, list[Path]]:
    """The recordings each table may speak of: those in its folder and below."""
    by_folder = {table.parent: table for table in tables}
    below: dict[Path, list[Path]] = {table: [] for table in tables}
    for path in audio:
        for folder in path.parents:
            if folder in by_folder:
                below[by_folder[folder]].append(path)
    return below


def _said(
    cells: Iterable[tuple[str, str]], source: Path, where: str, zone: ZoneInfo
) -> tuple[Said, tuple[Warning_, ...]]:
    texts: dict[str, str] = {}
    columns: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for column, text in cells:
        name = _field(column)
        if name in Fields.model_fields and name not in texts and text.strip():
            texts[name], columns[name] = text, column
        elif text.strip():
            attributes[column] = text
    fields, bad = _read(texts, zone)
    for name in bad:
        attributes[columns[name]] = texts[name]
    return Said(fields, attributes), tuple(_bad(source, where, columns[name], texts[name], name) for name in bad)


def _read(texts: Mapping[str, str], zone: ZoneInfo) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields that can be read, and the names of those that can't."""
    try:
        return Fields.model_validate(texts, context={"zone": zone}).model_dump(exclude_unset=True), ()
    except ValidationError as error:
        bad = tuple(dict.fromkeys(str(problem["loc"][0]) for problem in error.errors()))
        good = {name: text for name, text in texts.items() if name not in bad}
        return Fields.model_validate(good, context={"zone": zone}).model_dump(exclude_unset=True), bad


def _bad(source: Path, where: str, column: str, text: str, name: str) -> Warning_:
    expected = Fields.model_fields[name].description
    what = f"{source}, {where}, column {column!r}: found {text[:60]!r}, expected {expected}"
    return Warning_(WarningCode.BAD_VALUE, f"{what}; the call goes on without it, correct the value", str(source))


def _unreadable(source: Path, error: Exception, where: str = "") -> Warning_:
    why = error.strerror if isinstance(error, OSError) else error
    what = f"{source}{where}: can't be read ({why}); the recordings are kept without what follows, correct the file"
    return Warning_(WarningCode.METADATA_UNREADABLE, what, str(source))


def _text(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError(f"encoding is none of {', '.join(ENCODINGS)}; save it as UTF-8")


def _field(column: str) -> str | None:
    """The field a column name stands for; a unit in brackets is no part of it."""
    plain = unicodedata.normalize("NFKC", column).casefold()
    return COLUMNS.get(re.sub(r"\((?:s|sec|seconds|秒)\)|[\s_.-]", "", plain))


def _composed(name: str) -> str:
    """Some file systems store letters and their accents apart; a table has them together."""
    return unicodedata.normalize("NFC", name)
