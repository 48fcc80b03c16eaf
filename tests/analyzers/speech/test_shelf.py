"""The shelf gives back what was put on it, whole, or says which file it cannot read."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzers.conversation import (
    Conversation,
    Engine,
    Limit,
    Metadata,
    Party,
    Recording,
    Roles,
    Signal,
    Sound,
    SoundKind,
    Span,
    Speech,
    Track,
    Turn,
    Word,
)
from analyzers.speech.options import HearingOptions
from analyzers.speech.shelf import Shelf, ShelfError, from_json, to_json
from tests.builders import conversation, recording

OPTIONS = HearingOptions()
SHANGHAI = timezone(timedelta(hours=8))

# What a document keeps of a number: 0.1 ms, 0.0001 dB.
NUMBERS = st.integers(-(10**8), 10**8).map(lambda whole: whole / 10**4)
TIMES_S = st.integers(0, 7200 * 10**4).map(lambda whole: whole / 10**4)
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8)
SPANS = st.tuples(TIMES_S, TIMES_S).map(lambda edges: Span(*sorted(edges)))
PARTIES = st.sampled_from(Party)
OPTIONAL = {
    "agent_id": TEXTS,
    "started_at": st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(SHANGHAI)),
    "ring_s": TIMES_S,
    "agent_channel": st.integers(0, 1),
    "csat": NUMBERS,
    "key_customer": st.booleans(),
}


def tuples(of: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(of, max_size=4).map(tuple)


PAIRS = tuples(st.tuples(TEXTS, TEXTS))
METADATA = st.builds(Metadata, attributes=PAIRS, **{key: st.none() | some for key, some in OPTIONAL.items()})
MAYBE = st.none() | NUMBERS
SPEECH = st.builds(Speech, SPANS, PARTIES, TEXTS, st.integers(0, 2))
CONVERSATIONS = st.builds(
    Conversation,
    recording=st.builds(
        Recording, TEXTS, TEXTS, TEXTS, TIMES_S, st.integers(1, 192_000), st.integers(1, 3), TEXTS, METADATA
    ),
    language=TEXTS,
    words=tuples(st.builds(Word, SPANS, TEXTS, PARTIES, NUMBERS, st.integers(0, 2), TEXTS, TEXTS)),
    speech=tuples(SPEECH),
    turns=tuples(st.builds(Turn, SPANS, PARTIES, TEXTS)),
    unintelligible=tuples(SPEECH),
    tracks=tuples(st.builds(Track, TEXTS, st.integers(0, 2), tuples(NUMBERS), NUMBERS, TEXTS)),
    sounds=tuples(st.builds(Sound, SPANS, st.sampled_from(SoundKind), st.integers(0, 2))),
    signals=tuples(st.builds(Signal, st.integers(0, 2), MAYBE, tuples(SPANS), MAYBE, MAYBE)),
    roles=st.builds(Roles, TEXTS, NUMBERS, TEXTS),
    engines=tuples(st.builds(Engine, TEXTS, TEXTS, TEXTS, TEXTS, PAIRS)),
    limits=tuples(st.builds(Limit, TEXTS, TEXTS)),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CONVERSATIONS)
def test_what_is_put_is_got(tmp_path: Path, call: Conversation) -> None:
    shelf = Shelf(tmp_path)
    shelf.put("ab/cd", call)
    assert shelf.get("ab/cd") == call


def test_a_whole_call_comes_back(tmp_path: Path) -> None:
    started = datetime(2026, 11, 20, 9, 12, 41, 500, tzinfo=SHANGHAI)
    call = conversation("您", "iPhone", language="zh")
    call = replace(call, recording=recording(started_at=started, attributes=(("promotion", "双十一"),)))
    shelf = Shelf(tmp_path / "not" / "there" / "yet")
    path = shelf.put(shelf.key(call.recording, OPTIONS), call)
    again = shelf.get(shelf.key(call.recording, OPTIONS))
    assert again == call
    assert again is not None
    assert again.recording.metadata.started_at == started.astimezone(UTC)
    assert path == shelf.path(shelf.key(call.recording, OPTIONS))
    assert list(shelf.of(call.recording.sha256)) == [path]
    assert "您" in gzip.decompress(path.read_bytes()).decode()  # readable with any tool


def test_times_are_kept_to_a_tenth_of_a_millisecond() -> None:
    call = replace(conversation("hi"), words=(Word(Span(1 / 3, 2 / 3), "hi", Party.AGENT, 1 / 7),))
    kept = from_json(json.loads(json.dumps(to_json(call))))
    assert kept.words == (Word(Span(0.3333, 0.6667), "hi", Party.AGENT, 0.1429),)
    assert from_json(json.loads(json.dumps(to_json(kept)))) == kept


def test_the_same_conversation_is_the_same_bytes(tmp_path: Path) -> None:
    one, other = Shelf(tmp_path / "one"), Shelf(tmp_path / "other")
    call = conversation("hello", "hi")
    assert one.put("k/1", call).read_bytes() == other.put("k/2", call).read_bytes()


def test_what_was_never_heard_is_not_there(tmp_path: Path) -> None:
    assert Shelf(tmp_path).get("ab/none") is None
    assert not Shelf(tmp_path).has("ab/none")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"language": "zh"}, {}),
        ({"language": "zh"}, {"language": "en"}),
    ],
)
def test_the_key_changes_with_what_the_site_says_of_the_language(
    tmp_path: Path, one: dict[str, object], other: dict[str, object]
) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.key(recording(**one), OPTIONS) != shelf.key(recording(**other), OPTIONS)


def test_the_key_changes_with_options_and_bytes_only(tmp_path: Path) -> None:
    shelf, call = Shelf(tmp_path), recording()
    key = shelf.key(call, OPTIONS)
    assert key != shelf.key(call, HearingOptions(beam_size=1))
    assert key != shelf.key(replace(call, sha256="f" * 64), OPTIONS)
    assert key == shelf.key(call, HearingOptions(threads=4, workers=2))
    assert key == shelf.key(replace(call, call_id="renamed", uri="elsewhere.wav"), OPTIONS)
    assert key == shelf.key(recording(csat=5.0, team="B", agent_channel=1), OPTIONS)


def damages(good: bytes) -> dict[str, bytes]:
    document = json.loads(gzip.decompress(good))
    words = json.dumps({**document, "words": [{"text": "secret words"}]})
    middle = len(good) // 2
    return {
        "empty": b"",
        "text": b"not compressed",
        "cut off": good[:middle],
        "damaged in the middle": good[:middle] + bytes(64) + good[middle + 64 :],
        "one byte changed": good[:-6] + bytes([good[-6] ^ 255]) + good[-5:],
        "no JSON": gzip.compress(b"{"),
        "a list": gzip.compress(b"[1]"),
        "no UTF-8": gzip.compress(b'{"schema": "\xff"}'),
        "no schema": gzip.compress(b"{}"),
        "another schema": gzip.compress(json.dumps({**document, "schema": 99}).encode()),
        "no conversation": gzip.compress(words.encode()),
        "a span backwards": gzip.compress(json.dumps(document).replace('"end_s": 0.3', '"end_s": -1.0').encode()),
    }


@pytest.mark.parametrize("kind", damages(gzip.compress(b"{}")))
def test_a_damaged_file_is_named_and_quoted_nowhere(tmp_path: Path, kind: str) -> None:
    shelf = Shelf(tmp_path)
    path = shelf.put("ab/cd", conversation("hello " * 50, "hi"))
    path.write_bytes(damages(path.read_bytes())[kind])
    with pytest.raises(ShelfError, match="Without the file the call is heard again") as raised:
        shelf.get("ab/cd")
    assert str(path) in str(raised.value)
    assert raised.value.__cause__ is None
    assert "secret" not in str(raised.value)


WRITE_FOREVER = """
import sys
from pathlib import Path
from analyzers.conversation import Track
from analyzers.speech.shelf import Shelf
from dataclasses import replace
from tests.builders import conversation
shelf, i = Shelf(Path(sys.argv[1])), 0
while True:
    track = Track("level", 0, tuple(float((i * j) % 977) for j in range(20_000)), 0.1, "dBFS")
    shelf.put("ab/cd", replace(conversation("hello", "hi"), tracks=(track,)))
    i += 1
"""


def test_a_killed_writer_leaves_a_whole_file_or_none(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for delay_s in (0.0, 0.005, 0.01, 0.02):
        writer = subprocess.Popen([sys.executable, "-c", WRITE_FOREVER, str(tmp_path)], cwd=Path.cwd())
        while not shelf.has("ab/cd") and writer.poll() is None:
            time.sleep(0.001)
        time.sleep(delay_s)
        os.kill(writer.pid, signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL
        whole = shelf.get("ab/cd")
        assert whole is not None
        assert len(whole.tracks[0].values) == 20_000
        shelf.path("ab/cd").unlink()


def test_what_a_killed_writer_left_is_found_to_be_deleted(tmp_path: Path) -> None:
    call = recording()
    shelf = Shelf(tmp_path)
    path = shelf.put(shelf.key(call, OPTIONS), conversation("hi"))
    left = path.with_name(f".{path.name}.123.part")
    left.write_bytes(b"half")
    shelf.put(shelf.key(recording("call-2"), OPTIONS), conversation("hi"))
    assert set(shelf.of(call.sha256)) == {path, left}
