"""The fingerprint changes with what could be heard differently, and with nothing else."""

from dataclasses import fields, replace

import pytest

from analyzers.speech import options
from analyzers.speech.options import HearingOptions

PLAIN = HearingOptions()
OTHERWISE = {
    "recogniser": "large-v3-turbo",
    "segmentation": "a-folder",
    "diarization": "pyannote/speaker-diarization-community-1",
    "language": "zh",
    "device": "cuda",
    "compute_type": "float16",
    "beam_size": 1,
    "vocabulary": "星河电器",
}
ALL_THE_SAME = {"batch_size": 1, "threads": 4, "workers": 2, "weights_dir": "elsewhere", "hub_token": "hf_secret"}


def test_every_option_is_decided_on() -> None:
    assert {field.name for field in fields(HearingOptions)} == {*OTHERWISE, *ALL_THE_SAME}


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_changes_what_is_heard_changes_the_fingerprint(name: str) -> None:
    assert replace(PLAIN, **{name: OTHERWISE[name]}).fingerprint() != PLAIN.fingerprint()


@pytest.mark.parametrize("name", ALL_THE_SAME)
def test_how_fast_and_from_where_does_not(name: str) -> None:
    assert replace(PLAIN, **{name: ALL_THE_SAME[name]}).fingerprint() == PLAIN.fingerprint()


@pytest.mark.parametrize("name", ["HEARING_VERSION", "SCHEMA_VERSION"])
def test_our_own_versions_change_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = PLAIN.fingerprint()
    monkeypatch.setattr(options, name, 99)
    assert PLAIN.fingerprint() != before


def test_an_engines_version_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = PLAIN.fingerprint()
    monkeypatch.setattr(options, "_version", lambda package: "9.9" if package == "ctranslate2" else "1.0")
    newer = PLAIN.fingerprint()
    monkeypatch.setattr(options, "_version", lambda package: "1.0")
    assert len({before, newer, PLAIN.fingerprint()}) == 3


def test_it_is_short_and_can_stand_in_a_file_name() -> None:
    assert len(PLAIN.fingerprint()) == 16
    assert set(PLAIN.fingerprint()) <= set("0123456789abcdef")


def test_the_token_is_not_shown() -> None:
    assert "hf_secret" not in repr(HearingOptions(hub_token="hf_secret"))  # noqa: S106
