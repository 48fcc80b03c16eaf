"""Tables in every encoding, JSON, file names, which of them wins, and values that can't be read."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analyzers.conversation import Metadata
from analyzers.speech.metadata import (
    ALIASES,
    COLUMNS,
    Described,
    Joined,
    WarningCode,
    describe,
    file_name_pattern,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = timezone(timedelta(hours=8))


def files(inbox: Path, *names: str) -> list[Path]:
    """Recordings on paper only: nothing here opens them."""
    return [inbox / name for name in names]


def table(inbox: Path, text: str, encoding: str = "utf-8") -> Path:
    path = inbox / "metadata.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def read(inbox: Path, text: str, *names: str, encoding: str = "utf-8") -> Joined:
    """What one table in the inbox says about the named recordings (call.wav)."""
    audio = files(inbox, *(names or ("call.wav",)))
    return describe(audio, [table(inbox, text, encoding)], inbox, SHANGHAI)


def only(joined: Joined) -> Described:
    (described,) = joined.by_file.values()
    return described


def codes(joined: Joined) -> list[WarningCode]:
    return [warning.code for warning in joined.warnings]


EVERYTHING = Metadata(
    agent_id="0803",
    agent_name="周宇",
    team="售后组",
    customer_id="C1",
    queue="维修",
    business_type="上门维修",
    direction="inbound",
    started_at=datetime(2026, 11, 20, 9, 3, 5, tzinfo=CHINA),
    ring_s=12.5,
    hung_up_by="customer",
    language="zh",
    agent_channel=0,
    csat=4.5,
    key_customer=True,
    attributes=(("活动", "双十一"),),
)
ENGLISH = (
    "file,call_id,agent_id,agent_name,team,customer_id,queue,business_type,direction,started_at,ring_s,"
    "hung_up_by,language,agent_channel,csat,key_customer,活动\n"
    "call.wav,A-1,0803,周宇,售后组,C1,维修,上门维修,inbound,2026-11-20T09:03:05+08:00,12.5,customer,zh,0,4.5,yes,双十一\n"
)
CHINESE = (
    "录音文件;通话ID;工号;坐席姓名;班组;客户号;技能组;业务类型;呼叫方向;开始时间;振铃时长(秒);挂机方;语种;坐席声道;满意度;重点客户;活动\n"
    "call.wav;A-1;0803;周宇;售后组;C1;维修;上门维修;呼入;2026年11月20日 9时03分05秒;12.5;客户;普通话;左;4.5;是;双十一\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("text", [ENGLISH, CHINESE, CHINESE.replace(";", "\t"), ENGLISH.replace("\n", "\r\n")])
def test_a_table_is_read_in_any_of_its_forms(text: str, encoding: str, tmp_path: Path) -> None:
    joined = read(tmp_path, text, encoding=encoding)
    assert joined == Joined({tmp_path / "call.wav": Described("A-1", EVERYTHING, True)}, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T21:03:05+08:00", datetime(2026, 11, 20, 21, 3, 5, tzinfo=CHINA)),
        ("2026-11-20T13:03:05Z", datetime(2026, 11, 20, 13, 3, 5, tzinfo=UTC)),
        ("2026-11-20 21:03:05.123 +0800", datetime(2026, 11, 20, 21, 3, 5, tzinfo=CHINA)),
        ("2026-11-20 21:03:05", datetime(2026, 11, 20, 21, 3, 5, tzinfo=SHANGHAI)),
        ("2026/1/5 9:03", datetime(2026, 1, 5, 9, 3, tzinfo=SHANGHAI)),
        ("20261120210305", datetime(2026, 11, 20, 21, 3, 5, tzinfo=SHANGHAI)),
        ("20261120T210305Z", datetime(2026, 11, 20, 21, 3, 5, tzinfo=UTC)),
        ("2026-11-20_21-03-05", datetime(2026, 11, 20, 21, 3, 5, tzinfo=SHANGHAI)),
        ("2026-11-20 21:03-05:00", datetime(2026, 11, 20, 21, 3, tzinfo=timezone(timedelta(hours=-5)))),
        ("2026年11月20日 21时03分", datetime(2026, 11, 20, 21, 3, tzinfo=SHANGHAI)),
        ("２０２６－１１－２０　２１：０３", datetime(2026, 11, 20, 21, 3, tzinfo=SHANGHAI)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=SHANGHAI)),
    ],
)
def test_times_as_sites_write_them(text: str, expected: datetime, tmp_path: Path) -> None:
    joined = read(tmp_path, f"file,started_at\ncall.wav,{text}\n")
    assert joined.warnings == ()
    started_at = only(joined).metadata.started_at
    assert started_at is not None
    assert (started_at, started_at.utcoffset()) == (expected, expected.utcoffset())


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("direction", "呼出", "outbound"),
        ("direction", "Outbound", "outbound"),
        ("direction", "来电", "inbound"),
        ("hung_up_by", "坐席", "agent"),
        ("hung_up_by", "Agent", "agent"),
        ("hung_up_by", "用户", "customer"),
        ("hung_up_by", "系统", "system"),
        ("language", "zh-CN", "zh"),
        ("language", "zh_Hans_CN", "zh"),
        ("language", "en-US", "en"),
        ("language", "英语", "en"),
        ("agent_channel", "1", 1),
        ("agent_channel", "Right", 1),
        ("agent_channel", "左声道", 0),
        ("key_customer", "TRUE", True),
        ("key_customer", "否", False),
        ("key_customer", "0", False),
        ("ring_s", "12秒", 12.0),
        ("ring_s", "00:01:02", 62.0),
        ("ring_s", "0:07", 7.0),
        ("csat", "5分", 5.0),
        ("csat", "-1", -1.0),
        ("agent_id", " 007 ", "007"),
        ("agent_id", '="007"', '="007"'),
        ("agent_name", "=HYPERLINK(1)", "=HYPERLINK(1)"),
    ],
)
def test_values_as_sites_write_them(column: str, text: str, expected: object, tmp_path: Path) -> None:
    joined = read(tmp_path, f"file\t{column}\ncall.wav\t{text}\n")
    assert only(joined).metadata == Metadata(**{column: expected})
    assert joined.warnings == ()


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("started_at", "31/02/2026", "a date and time such as 2026-11-20T21:03:05+08:00"),
        ("started_at", "2026-02-31 10:00", "a date and time"),
        ("started_at", "2026-11-20 25:00", "a date and time"),
        ("started_at", "0000-01-01", "a date and time"),
        ("开始时间", "昨天", "a date and time"),
        ("ring_s", "-3", "seconds such as 12"),
        ("ring_s", "nan", "seconds such as 12"),
        ("ring_s", "soon", "seconds such as 12"),
        ("csat", "good", "a number such as 4"),
        ("csat", "inf", "a number such as 4"),
        ("direction", "sideways", "inbound or outbound"),
        ("hung_up_by", "nobody", "agent, customer or system"),
        ("language", "ja", "zh or en"),
        ("agent_channel", "2", "0 or left, 1 or right"),
        ("key_customer", "perhaps", "yes or no"),
    ],
)
def test_a_value_that_can_not_be_read(column: str, text: str, expected: str, tmp_path: Path) -> None:
    joined = read(tmp_path, f"file,agent_id,{column}\ncall.wav,7,{text}\n")
    assert only(joined).metadata == Metadata(agent_id="7", attributes=((column, text),))
    (warning,) = joined.warnings
    assert warning.code is WarningCode.BAD_VALUE
    assert warning.uri == str(tmp_path / "metadata.csv")
    assert f"metadata.csv, line 2, column '{column}': found '{text}', expected {expected}" in warning.message


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=5), delimiter=st.sampled_from(",;\t"))
@example(rows=[('="00123"', "=1+1"), ('a"b', "x\r\ny"), ("\ufeff", "，；")], delimiter=",")
def test_unknown_columns_are_kept_character_for_character(
    rows: list[tuple[str, str]], delimiter: str, tmp_path: Path
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([["file", "备注", "note"], *([f"{i}.wav", *row] for i, row in enumerate(rows))])
    joined = read(tmp_path, out.getvalue(), *(f"{i}.wav" for i in range(len(rows))))
    assert joined.warnings == ()
    for described, row in zip(joined.by_file.values(), rows, strict=True):
        said = {name: text for name, text in zip(("备注", "note"), row, strict=True) if text.strip()}
        assert dict(described.metadata.attributes) == said


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.fixed_dictionaries(dict.fromkeys(sorted(set(COLUMNS.values()) - {"file"}), cells)))
def test_whatever_stands_in_a_cell_the_call_is_kept_and_nothing_is_lost(row: dict[str, str], tmp_path: Path) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["file", *row], ["call.wav", *row.values()]])
    joined = read(tmp_path, out.getvalue())
    described = only(joined)
    assert set(codes(joined)) <= {WarningCode.BAD_VALUE}
    for name, text in row.items():
        value = described.call_id if name == "call_id" else getattr(described.metadata, name)
        assert (value is not None or (name, text) in described.metadata.attributes) == bool(text.strip())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
@example(content=b"file,agent_id\ncall.wav,7\nnext.wav,\xff\xff\xff\n")
@example(content=b'file,agent_id\ncall.wav,"7\nnext.wav,8\n')
def test_no_table_stops_the_night(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "metadata.csv"
    path.write_bytes(content)
    audio = files(tmp_path, "call.wav")
    assert list(describe(audio, [path], tmp_path, SHANGHAI).by_file) == audio


def test_a_table_that_breaks_off_keeps_the_rows_before(tmp_path: Path) -> None:
    joined = read(tmp_path, 'file,agent_id\na.wav,1\nb.wav,"2\nc.wav,3\n', "a.wav", "b.wav")
    assert [one.metadata.agent_id for one in joined.by_file.values()] == ["1", None]
    assert codes(joined) == [WarningCode.METADATA_UNREADABLE, WarningCode.FILE_WITHOUT_ROW]
    assert "metadata.csv, line 4: can't be read (unexpected end of data)" in joined.warnings[0].message


def test_a_table_in_no_known_encoding(tmp_path: Path) -> None:
    path = table(tmp_path, "")
    path.write_bytes(b"file,agent_id\ncall.wav,\xff\xff\n")
    joined = describe(files(tmp_path, "call.wav"), [path], tmp_path, SHANGHAI)
    assert codes(joined) == [WarningCode.METADATA_UNREADABLE, WarningCode.FILE_WITHOUT_ROW]
    assert "encoding is none of utf-8-sig, gb18030; save it as UTF-8" in joined.warnings[0].message


def test_a_table_without_a_column_that_names_the_recording(tmp_path: Path) -> None:
    joined = read(tmp_path, "agent_id,team\n7,A\n")
    assert "expected a column 'file' or 'call_id', found 'agent_id, team'" in joined.warnings[0].message


def test_a_missing_column_is_fine(tmp_path: Path) -> None:
    joined = read(tmp_path, "file,team\ncall.wav,A\n")
    assert joined == Joined({tmp_path / "call.wav": Described(None, Metadata(team="A"), True)}, ())


def test_without_a_file_column_the_call_id_names_the_recording(tmp_path: Path) -> None:
    joined = read(tmp_path, "call_id,team\nb,B\na,A\n", "a.wav", "sub/b.mp3")
    assert joined.by_file == {
        tmp_path / "a.wav": Described("a", Metadata(team="A"), True),
        tmp_path / "sub/b.mp3": Described("b", Metadata(team="B"), True),
    }


@pytest.mark.parametrize(
    "written",
    [
        "mon/call 😀.wav",
        "mon\\call 😀.wav",
        "./mon/call 😀.wav",
        "mon/call 😀",
        "call 😀.wav",
        "D:\\rec\\mon\\call 😀.wav",
    ],
)
def test_how_a_row_may_name_a_recording(written: str, tmp_path: Path) -> None:
    joined = read(tmp_path, f"recording,team\n{written},A\n", "mon/call 😀.wav")
    assert only(joined).metadata == Metadata(team="A")
    assert joined.warnings == ()


def test_accents_composed_or_not_are_the_same_name(tmp_path: Path) -> None:
    joined = read(tmp_path, "file,team\nJos\u00e9.wav,A\n", "Jose\u0301.wav")
    assert only(joined).metadata == Metadata(team="A")


def test_a_row_never_falls_to_a_file_in_another_folder(tmp_path: Path) -> None:
    joined = read(tmp_path, "file,team\nmon/call.wav,A\n", "tue/call.wav")
    assert only(joined) == Described(None, Metadata(), False)
    assert codes(joined) == [WarningCode.ROW_WITHOUT_FILE, WarningCode.FILE_WITHOUT_ROW]
    assert "line 2: 'mon/call.wav' names no recording" in joined.warnings[0].message


def test_a_row_that_may_mean_two_files(tmp_path: Path) -> None:
    joined = read(tmp_path, "file,team\ncall.wav,A\n", "mon/call.wav", "tue/call.wav")
    assert codes(joined) == [
        WarningCode.ROW_AMBIGUOUS,
        WarningCode.FILE_WITHOUT_ROW,
        WarningCode.FILE_WITHOUT_ROW,
    ]
    assert "may be any of mon/call.wav, tue/call.wav" in joined.warnings[0].message


def test_rows_that_can_not_be_used_are_said(tmp_path: Path) -> None:
    text = 'file,team\ncall.wav,A\ncall.wav,B\n,C\ncall.wav,"D",E\n\n'
    joined = read(tmp_path, text)
    assert only(joined).metadata == Metadata(team="A")
    assert codes(joined) == [WarningCode.ROW_UNUSABLE] * 3
    assert [warning.message.split(", ", 1)[1].split(";")[0] for warning in joined.warnings] == [
        "line 3: 'call.wav' is already described in line 2, which counts",
        "line 4: names no recording",
        "line 5: 3 cells, expected 2 as in the first line",
    ]


def test_two_columns_for_one_field(tmp_path: Path) -> None:
    joined = read(tmp_path, "file,agent_id,工号\ncall.wav,7,8\n")
    assert only(joined).metadata == Metadata(agent_id="7", attributes=(("工号", "8"),))


# JSON, file names, precedence


def beside(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".json").write_text(content if isinstance(content, str) else json.dumps(content))


def test_json_beside_the_recording(tmp_path: Path) -> None:
    (path,) = audio = files(tmp_path, "call.wav")
    beside(path, {"callId": "J-1", "agent id": 803, "csat": 4.5, "vip": True, "turns": [1], "note": "x", "team": None})
    joined = describe(audio, [], tmp_path, SHANGHAI)
    expected = Metadata(agent_id="803", csat=4.5, key_customer=True, attributes=(("note", "x"),))
    assert joined == Joined({path: Described("J-1", expected, True)}, ())


@pytest.mark.parametrize("content", [{"layout": "stereo", "words": []}, [1, 2], "7", '"text"', {}])
def test_json_that_is_not_metadata_is_passed_over(content: object, tmp_path: Path) -> None:
    (path,) = audio = files(tmp_path, "call.wav")
    beside(path, content)
    assert describe(audio, [], tmp_path, SHANGHAI) == Joined({path: Described(None, Metadata(), False)}, ())


@pytest.mark.parametrize("content", ['{"team": ', "[" * 100_000, ""])
def test_broken_json_is_said(content: str, tmp_path: Path) -> None:
    (path,) = audio = files(tmp_path, "call.wav")
    beside(path, content)
    joined = describe(audio, [], tmp_path, SHANGHAI)
    assert codes(joined) == [WarningCode.METADATA_UNREADABLE]
    assert joined.warnings[0].uri == str(tmp_path / "call.json")


def test_the_nearer_source_wins_field_by_field(tmp_path: Path) -> None:
    (path,) = audio = files(tmp_path, "north/7_A.wav")
    upper = table(tmp_path, "file,team,queue,csat,note\nnorth/7_A.wav,upper,upper,1,upper\n")
    lower = table(tmp_path / "north", "file,queue,csat\n7_A.wav,lower,2\n")
    beside(path, {"csat": 3})
    pattern = r"(?P<team>[^/]+)/(?P<agent_id>\d+)_(?P<queue>\w)"
    joined = describe(audio, [upper, lower], tmp_path, SHANGHAI, pattern)
    expected = Metadata(agent_id="7", team="upper", queue="lower", csat=3.0, attributes=(("note", "upper"),))
    assert joined == Joined({path: Described(None, expected, True)}, ())


def test_a_table_speaks_only_of_its_folder_and_below(tmp_path: Path) -> None:
    audio = files(tmp_path, "a.wav", "north/b.wav")
    joined = describe(audio, [table(tmp_path / "north", "file,team\na.wav,A\nb.wav,B\n")], tmp_path, SHANGHAI)
    assert [one.metadata.team for one in joined.by_file.values()] == [None, "B"]
    assert codes(joined) == [WarningCode.ROW_WITHOUT_FILE]


def test_the_pattern_reads_file_names(tmp_path: Path) -> None:
    audio = files(tmp_path, "0803_20261120090305_in.wav", "odd.wav")
    pattern = r"^(?P<工号>\d+)_(?P<started_at>\d{14})_(?P<direction>\w+)\."
    joined = describe(audio, [], tmp_path, SHANGHAI, pattern)
    expected = Metadata(agent_id="0803", started_at=EVERYTHING.started_at, direction="inbound")
    assert joined.by_file[audio[0]] == Described(None, expected, False)
    assert codes(joined) == [WarningCode.PATTERN_NOT_MATCHED]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(?P<agent", "not a regular expression"),
        (r"(?P<agnet_id>\d+)", "unknown group agnet_id; a group may be named agent_channel, agent_id"),
        (r"(?P<file>.*)", "unknown group file"),
        (r"(\d+)", "no named group"),
    ],
)
def test_a_wrong_pattern(pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match="file_name_pattern") as caught:
        file_name_pattern(pattern)
    assert words in str(caught.value)


def test_every_alias_names_one_field() -> None:
    listed = [alias for aliases in ALIASES.values() for alias in aliases.split()]
    assert len(listed) == len(set(listed))
