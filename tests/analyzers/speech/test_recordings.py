"""A folder tree of good and bad files: what is heard, what fails and why, what is said, and that nothing is lost."""

import hashlib
import os
import wave
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from analyzers.conversation import Metadata, Recording
from analyzers.speech.audio import RecordingCode
from analyzers.speech.metadata import WarningCode
from analyzers.speech.recordings import Failure, Intake, IntakeOptions, find, sha256_of, take_in

SAMPLES = Path(__file__).parents[3] / "samples"


def call(path: Path, seed: int = 0, channels: int = 2, rate_hz: int = 8000, seconds: float = 0.5) -> Path:
    """A WAV of noise; another seed is another call."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pcm = np.random.default_rng(seed).integers(-9000, 9000, (round(seconds * rate_hz), channels), np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm.tobytes())
    return path


def recording(path: Path, call_id: str, **metadata: object) -> Recording:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    described = Metadata(**metadata)  # type: ignore[arg-type]
    return Recording(call_id, digest, path.as_posix(), 0.5, 8000, 2, "pcm_s16le", described)


def names(paths: Sequence[Path], inbox: Path) -> list[str]:
    return [path.relative_to(inbox).as_posix() for path in paths]


def warned(intake: Intake) -> list[WarningCode]:
    return [warning.code for warning in intake.warnings]


# The folder tree


def test_audio_and_tables_are_found_in_order(tmp_path: Path) -> None:
    for name in ("b.WAV", "a/2.mp3", "a/10.opus", "客服 😀/录音 1.wma"):
        call(tmp_path / name)
    for name in ("notes.txt", "b.json", "a/metadata.csv", "Metadata.CSV", "a/other.csv", ".hidden.wav", "._b.wav"):
        (tmp_path / name).write_text("x")
    call(tmp_path / ".trash" / "c.wav")
    listing = find(tmp_path)
    assert names(listing.audio, tmp_path) == ["a/10.opus", "a/2.mp3", "b.WAV", "客服 😀/录音 1.wma"]
    assert names(listing.tables, tmp_path) == ["Metadata.CSV", "a/metadata.csv"]
    assert listing.warnings == ()


def test_our_own_folders_are_skipped(tmp_path: Path) -> None:
    call(tmp_path / "a.wav")
    call(tmp_path / "data" / "scratch" / "b.wav")
    assert names(find(tmp_path, [tmp_path / "data"]).audio, tmp_path) == ["a.wav"]


def test_links_that_go_round_in_circles(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    call(inbox / "a" / "1.wav")
    (inbox / "a" / "round").symlink_to(inbox)
    (inbox / "a" / "self").symlink_to(inbox / "a")
    (inbox / "up").symlink_to(tmp_path)
    (inbox / "again").symlink_to(inbox / "a")
    listing = find(inbox)
    assert names(listing.audio, inbox) == ["a/1.wav"]
    assert [(warning.code, Path(warning.uri).name) for warning in listing.warnings] == [
        (WarningCode.SYMLINK_LOOP, "up"),
        (WarningCode.SYMLINK_LOOP, "round"),
        (WarningCode.SYMLINK_LOOP, "self"),
    ]


def test_linked_folders_elsewhere_are_followed_once(tmp_path: Path) -> None:
    inbox, archive = tmp_path / "inbox", tmp_path / "archive"
    call(archive / "1.wav")
    (archive / "back").symlink_to(archive)
    inbox.mkdir()
    (inbox / "one").symlink_to(archive)
    (inbox / "two").symlink_to(archive)
    listing = find(inbox)
    assert names(listing.audio, inbox) == ["one/1.wav"]
    assert [warning.code for warning in listing.warnings] == [WarningCode.SYMLINK_LOOP]


def test_pipes_are_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "live.wav")
    (tmp_path / "link.wav").symlink_to(tmp_path / "live.wav")
    assert find(tmp_path).audio == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    call(tmp_path / "good" / "a.wav")
    closed = call(tmp_path / "closed" / "b.wav", 1).parent
    listed_only = call(tmp_path / "listed only" / "c.wav", 2).parent
    secret = call(tmp_path / "secret.wav", 3)
    closed.chmod(0)
    listed_only.chmod(0o400)
    secret.chmod(0)
    intake = take_in(tmp_path)
    closed.chmod(0o700)
    listed_only.chmod(0o700)
    assert [one.call_id for one in intake.recordings] == ["good/a"]
    assert [(one.call_id, one.code) for one in intake.failures] == [
        ("listed only/c", RecordingCode.UNREADABLE),
        ("secret", RecordingCode.UNREADABLE),
    ]
    assert [(warning.code, warning.uri) for warning in intake.warnings] == [
        (WarningCode.FOLDER_UNREADABLE, closed.as_posix()),
        (WarningCode.METADATA_UNREADABLE, (listed_only / "c.json").as_posix()),
    ]


def test_names_that_are_no_unicode_are_said(tmp_path: Path) -> None:
    call(tmp_path / "a.wav")
    os.link(tmp_path / "a.wav", os.fsencode(tmp_path) + b"/\xb7\xfe.wav")
    listing = find(tmp_path)
    assert names(listing.audio, tmp_path) == ["a.wav"]
    (warning,) = listing.warnings
    assert warning.code is WarningCode.NAME_NOT_UNICODE
    assert r"b'\xb7\xfe.wav'" in warning.message


def test_an_inbox_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="no such folder; create it"):
        take_in(tmp_path / "gone")


def test_an_empty_inbox_is_said(tmp_path: Path) -> None:
    intake = take_in(tmp_path)
    assert (intake.recordings, intake.failures) == ((), ())
    assert warned(intake) == [WarningCode.NO_RECORDINGS]


# The calls


def test_a_call_with_its_metadata(tmp_path: Path) -> None:
    first, second = call(tmp_path / "day 1" / "a 😀.wav", 1), call(tmp_path / "b.wav", 2)
    (tmp_path / "metadata.csv").write_text(
        "file,call_id,agent_id,started_at\nday 1/a 😀.wav,A-1,=1+1,2026-11-20 09:00\n"
    )
    started_at = datetime(2026, 11, 20, 9, tzinfo=timezone(timedelta(hours=8)))
    intake = take_in(tmp_path, IntakeOptions(zone="Asia/Shanghai"))
    assert intake.recordings == (
        recording(second, "b"),
        recording(first, "A-1", agent_id="=1+1", started_at=started_at),
    )
    assert intake.failures == ()
    assert warned(intake) == [WarningCode.FILE_WITHOUT_ROW]


def test_without_metadata_the_path_is_the_call_id(tmp_path: Path) -> None:
    call(tmp_path / "2026-11-20" / "队列 a" / "call.1.wav")
    assert [one.call_id for one in take_in(tmp_path).recordings] == ["2026-11-20/队列 a/call.1"]


def test_the_uri_is_absolute_however_the_inbox_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = call(tmp_path / "inbox" / "a.wav")
    (tmp_path / "today").symlink_to(tmp_path / "inbox")
    monkeypatch.chdir(tmp_path)
    for inbox in (Path("inbox"), Path("today"), Path("inbox/../inbox")):
        assert [one.uri for one in take_in(inbox).recordings] == [path.as_posix()]


def test_the_same_bytes_are_one_call(tmp_path: Path) -> None:
    for name in ("copy of call.wav", "call.wav", "z/call.wav"):
        call(tmp_path / name, seed=1)
    call(tmp_path / "other.wav", seed=2)
    (tmp_path / "metadata.csv").write_text("file,agent_id\n./call.wav,7\nother.wav,8\n")
    intake = take_in(tmp_path)
    assert [(one.call_id, one.metadata.agent_id) for one in intake.recordings] == [("call", "7"), ("other", "8")]
    assert intake.failures == ()
    same = [warning for warning in intake.warnings if warning.code is WarningCode.SAME_AUDIO]
    kept = (tmp_path / "call.wav").as_posix()
    assert [warning.uri for warning in same] == [
        (tmp_path / name).as_posix() for name in ("copy of call.wav", "z/call.wav")
    ]
    assert all(warning.uri in warning.message and kept in warning.message for warning in same)


def test_of_two_calls_with_one_call_id_the_first_is_kept(tmp_path: Path) -> None:
    first, second = call(tmp_path / "a.wav", 1), call(tmp_path / "b.wav", 2)
    (tmp_path / "metadata.csv").write_text("file,call_id\na.wav,X\nb.wav,X\n")
    intake = take_in(tmp_path)
    assert intake.recordings == (recording(first, "X"),)
    (failure,) = intake.failures
    assert (failure.uri, failure.call_id, failure.sha256) == (second.as_posix(), "X", sha256_of(second))
    assert failure.code is RecordingCode.DUPLICATE_CALL_ID
    assert f"call_id 'X' is already that of {first.as_posix()}" in failure.message


def test_a_bad_file_stops_no_other(tmp_path: Path) -> None:
    call(tmp_path / "good.wav")
    call(tmp_path / "three.wav", channels=3)
    call(tmp_path / "no sound.wav", seconds=0)
    (tmp_path / "empty.mp3").write_bytes(b"")
    (tmp_path / "text.wav").write_text("moved to the archive")
    (tmp_path / "cut.wav").write_bytes((tmp_path / "good.wav").read_bytes()[:30])
    (tmp_path / "broken link.wav").symlink_to(tmp_path / "gone")
    (tmp_path / "circle.wav").symlink_to(tmp_path / "circle.wav")
    (tmp_path / "metadata.csv").write_text("call_id,team\ncut,A\n")
    intake = take_in(tmp_path)
    assert [one.call_id for one in intake.recordings] == ["good"]
    assert [(one.call_id, one.code.value, one.sha256 is None) for one in intake.failures] == [
        ("broken link", "UNREADABLE", True),
        ("circle", "UNREADABLE", True),
        ("cut", "TRUNCATED", False),
        ("empty", "EMPTY_FILE", False),
        ("no sound", "NO_AUDIO", False),
        ("text", "NOT_AUDIO", False),
        ("three", "UNSUPPORTED_CHANNELS", False),
    ]
    assert all(one.uri in one.message for one in intake.failures)
    assert "3 channels, expected 1 or 2" in intake.failures[-1].message


def test_silent_short_and_studio_calls_are_calls(tmp_path: Path) -> None:
    call(tmp_path / "word.wav", 1, seconds=0.3)
    call(tmp_path / "studio.wav", 2, rate_hz=192_000)
    silent = call(tmp_path / "silent.wav", 3)
    silent.write_bytes(silent.read_bytes()[:44] + bytes(silent.stat().st_size - 44))
    intake = take_in(tmp_path)
    assert [(one.call_id, one.sample_rate_hz) for one in intake.recordings] == [
        ("silent", 8000),
        ("studio", 192_000),
        ("word", 8000),
    ]
    assert (intake.failures, intake.warnings) == ((), ())


def test_the_order_is_that_of_the_paths(tmp_path: Path) -> None:
    for seed in range(40):
        call(tmp_path / f"{seed:02}.wav", seed, seconds=0.1)
    assert [one.call_id for one in take_in(tmp_path).recordings] == [f"{seed:02}" for seed in range(40)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"zone": "Mars/Olympus"}, "zone 'Mars/Olympus': expected an IANA name"),
        ({"zone": "../etc/passwd"}, "expected an IANA name"),
        ({"zone": ""}, "expected an IANA name"),
        ({"file_name_pattern": "(?P<nobody>.)"}, "unknown group nobody"),
    ],
)
def test_wrong_options_are_refused_before_any_file_is_opened(options: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        IntakeOptions(**options)  # type: ignore[arg-type]


def test_the_samples_are_eight_calls_and_one_that_is_broken() -> None:
    inbox = SAMPLES / "inbox"
    intake = take_in(inbox)
    assert sorted(Path(one.uri).stem for one in intake.recordings) == sorted(
        path.stem for path in (SAMPLES / "truth").glob("*.json")
    )
    broken = (inbox / "broken-call.wav").resolve()
    assert [(one.uri, one.call_id, one.code) for one in intake.failures] == [
        (broken.as_posix(), "20261120-0009", RecordingCode.TRUNCATED)
    ]
    assert intake.warnings == ()
    assert {one.metadata.team for one in intake.recordings} == {"家电售后组", "English Desk"}
    assert {dict(one.metadata.attributes).get("promotion") for one in intake.recordings} == {
        None,
        "双十一大促",
        "Singles' Day",
    }
    assert isinstance(intake.failures[0], Failure)
