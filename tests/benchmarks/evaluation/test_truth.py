from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from analyzers.conversation import Party, Recording, Span
from benchmarks.evaluation.truth import TrueTurn, Truth, TruthError, TruthFiles
from tests.builders import recording

DOCUMENT = {
    "language": "zh",
    "turns": [
        {"party": "customer", "start_s": 3.0, "end_s": 4.5, "text": "你好", "tags": ["interruption"]},
        {"party": "agent", "start_s": 1.0, "end_s": 3.5, "text": "喂", "units": 1, "rms_dbfs": -21, "cut_short": True},
    ],
    "silences_3s": [{"start_s": 5, "end_s": 9}],
    "expect": {"greeting": False},
}


def lying_in(folder: Path, name: str = "call-1") -> Recording:
    return replace(recording(duration_s=10.0), uri=str(folder / f"{name}.wav"))


def write(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1, ensure_ascii=False), "utf-8")
    return path


def test_json_gives_everything(tmp_path: Path) -> None:
    source = write(tmp_path / "call-1.json", DOCUMENT)
    assert TruthFiles(tmp_path).of(lying_in(tmp_path)) == Truth(
        source,
        (
            TrueTurn(Span(1.0, 3.5), "agent", Party.AGENT, "喂", 1, -21.0, cut_short=True),
            TrueTurn(Span(3.0, 4.5), "customer", Party.CUSTOMER, "你好", tags=("interruption",)),
        ),
        "zh",
        (Span(5.0, 9.0),),
        (("greeting", False),),
    )


@pytest.mark.parametrize("place", ["inbox/call-1.json", "inbox/truth/call-1.json", "truth/call-1.json"])
def test_json_may_lie_beside_or_in_a_truth_folder(tmp_path: Path, place: str) -> None:
    (tmp_path / "inbox").mkdir()
    source = write(tmp_path / place, DOCUMENT)
    found = TruthFiles(tmp_path / "inbox").of(lying_in(tmp_path / "inbox"))
    assert found is not None
    assert found.source == source


def test_json_without_turns_is_metadata(tmp_path: Path) -> None:
    write(tmp_path / "call-1.json", {"agent_id": "7"})
    assert TruthFiles(tmp_path).of(lying_in(tmp_path)) is None


@pytest.mark.parametrize(
    ("path", "value", "line", "told"),
    [
        (("turns", 1, "end_s"), 0.5, 13, "turns.1: end_s 0.5 is not after start_s 1"),
        (("turns", 0, "start_s"), "soon", 6, "turns.0.start_s: Input should be a valid number"),
        (("turns", 1, "party"), "", 14, "turns.1.party: String should have at least 1 character"),
        (("turns",), [], 3, "turns: Tuple should have at least 1 item"),
    ],
)
def test_wrong_json_is_named_with_file_and_line(
    tmp_path: Path, path: tuple[object, ...], value: object, line: int, told: str
) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    inner = document
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    source = write(tmp_path / "call-1.json", document)
    with pytest.raises(TruthError) as error:
        TruthFiles(tmp_path).of(lying_in(tmp_path))
    assert str(error.value).startswith(f"{source}:{line}: {told}")


def test_broken_json_is_named_with_its_line(tmp_path: Path) -> None:
    source = write(tmp_path / "call-1.json", '{\n "turns": [,]\n}')
    with pytest.raises(TruthError, match="no JSON") as error:
        TruthFiles(tmp_path).of(lying_in(tmp_path))
    assert str(error.value).startswith(f"{source}:2: ")


def test_truth_of_another_recording_is_refused(tmp_path: Path) -> None:
    document = {**DOCUMENT, "turns": [{"party": "agent", "start_s": 11, "end_s": 12}]}
    write(tmp_path / "call-1.json", document)
    with pytest.raises(TruthError, match=r"ends at 12.0 s, expected 10.0 s at most, where call-1 ends"):
        TruthFiles(tmp_path).of(lying_in(tmp_path))


def test_rttm_gives_voices(tmp_path: Path) -> None:
    lines = (
        ";; a comment",
        "SPKR-INFO call-1 1 <NA> <NA> <NA> unknown Ann <NA> <NA>",
        "SPEAKER call-1 1 3.00 1.50 <NA> <NA> Bob <NA> <NA>",
        "SPEAKER call-1 1 1.00 2.50 <NA> <NA> 坐席 <NA> <NA>",
        "SPEAKER other 1 0.00 99.0 <NA> <NA> Bob <NA> <NA>",
    )
    source = write(tmp_path / "all.rttm", "\n".join(lines))
    turns = (TrueTurn(Span(1.0, 3.5), "agent", Party.AGENT), TrueTurn(Span(3.0, 4.5), "Bob"))
    found = TruthFiles(tmp_path).of(lying_in(tmp_path))
    assert found == Truth(source, turns)
    assert found is not None
    assert (found.has_parties, found.has_words) == (False, False)


def test_stm_gives_words_and_goes_before_rttm(tmp_path: Path) -> None:
    lines = (
        "call-1 A agent 1.0 3.5 <o,f0> {hello / hallo} (uh) there",
        "call-1 B caller 3.0 4.5 no label here",
        "call-1 A inter_segment_gap 4.5 9.0 <o>",
        "call-1 B caller 5.0 6.0 <o> IGNORE_TIME_SEGMENT_IN_SCORING",
    )
    source = write(tmp_path / "deep" / "all.stm", "\n".join(lines))
    write(tmp_path / "all.rttm", "SPEAKER call-1 1 0 1 <NA> <NA> x <NA> <NA>")
    turns = (
        TrueTurn(Span(1.0, 3.5), "agent", Party.AGENT, "hello  there"),
        TrueTurn(Span(3.0, 4.5), "customer", Party.CUSTOMER, "no label here"),
    )
    found = TruthFiles(tmp_path).of(lying_in(tmp_path))
    assert found is not None
    assert [replace(turn, text=" ".join((turn.text or "").split())) for turn in found.turns] == [
        replace(turn, text=" ".join((turn.text or "").split())) for turn in turns
    ]
    assert found.source == source


@pytest.mark.parametrize(
    ("name", "line", "told"),
    [
        ("a.rttm", "SPEAKER call-1 1 zero 1.5 <NA> <NA> a <NA> <NA>", "found start 'zero', expected seconds"),
        ("a.rttm", "SPEAKER call-1 1 1.0", "found 4 columns, expected at least 8"),
        ("a.stm", "call-1 A agent 3.0 2.0 <o> words", "found end 2, expected a time after the start 3"),
        ("a.stm", "call-1 A agent", "found 3 columns, expected at least 5"),
        ("a.stm", "call-1 A agent 1.0 nan <o> words", "found end 'nan', expected seconds"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, name: str, line: str, told: str) -> None:
    source = write(tmp_path / name, f";; comment\n{line}\n")
    with pytest.raises(TruthError) as error:
        TruthFiles(tmp_path).of(lying_in(tmp_path))
    assert str(error.value).startswith(f"{source}:2: {told}")


def test_a_recording_that_no_file_speaks_of_has_no_truth(tmp_path: Path) -> None:
    write(tmp_path / "a.stm", "call-2 A agent 1.0 2.0 <o> hi")
    assert TruthFiles(tmp_path).of(lying_in(tmp_path)) is None


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="no such folder"):
        TruthFiles(tmp_path / "nowhere")
