from __future__ import annotations

import pickle
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr

from flows.settings import TEMPLATE, Settings, SettingsError, load


def write(text: str, path: str = "nightcall.toml") -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_without_anything_the_defaults_hold() -> None:
    assert load() == Settings()


def test_file_then_environment_then_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    write('[run]\nworkers = 1\nbatch = 10\ntask_runner = "processes"\n')
    monkeypatch.setenv("NIGHTCALL_RUN_WORKERS", "2")
    monkeypatch.setenv("NIGHTCALL_RUN_BATCH", "20")
    run = load(flags={"run": {"workers": 3, "address": None}}).run
    assert (run.task_runner, run.batch, run.workers, run.address) == ("processes", 20, 3, None)


def test_paths_in_the_file_start_from_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    file = write('[paths]\ninbox = "calls"\n[rubrics]\npaths = ["ours.yaml"]\n', "site/nightcall.toml")
    monkeypatch.setenv("NIGHTCALL_CONFIG", str(file))
    settings = load(flags={"paths": {"data": Path("out")}})
    assert settings.paths.inbox == Path("site/calls")
    assert settings.paths.data == Path("out")
    assert settings.rubrics.paths == (Path("site/ours.yaml"),)


def test_a_list_in_the_environment_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTCALL_RUBRICS_PATHS", '["a.yaml", "b.yaml"]')
    assert load().rubrics.paths == (Path("a.yaml"), Path("b.yaml"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[run]\ntask_runer = 1", "nightcall.toml: [run] task_runer is no setting. Did you mean task_runner?"),
        ("[runn]\n", "nightcall.toml: [runn] is no section. Did you mean run?"),
        ("run = 3\n", "nightcall.toml: run is a section, written as [run], and found as a value"),
        (
            '[run]\ntask_runner = "thread"',
            "nightcall.toml: [run] task_runner is 'thread', expected 'threads', 'processes', 'dask' or 'ray'. "
            "Did you mean threads?",
        ),
        ("[run]\nworkers = 0", "nightcall.toml: [run] workers is 0, expected greater than or equal to 1"),
        (
            '[schedule]\ntime_zone = "Asia/Beijing"',
            "nightcall.toml: [schedule] time_zone is 'Asia/Beijing', "
            "expected the IANA name of a time zone, such as Asia/Shanghai",
        ),
        (
            '[schedule]\ncron = "midnight"',
            "nightcall.toml: [schedule] cron is 'midnight', "
            "expected five fields: minute, hour, day of month, month, day of week ('30 0 * * *')",
        ),
        (
            '[metadata]\npattern = "(?P<a>"',
            "nightcall.toml: [metadata] pattern is '(?P<a>', "
            "expected a regular expression (missing ), unterminated subpattern at position 0)",
        ),
        (
            "[paths",
            "nightcall.toml: this is no TOML: Expected ']' at the end of a table declaration (at end of document)",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_the_choices(text: str, told: str) -> None:
    write(text)
    with pytest.raises(SettingsError) as caught:
        load()
    assert str(caught.value) == told


def test_all_wrong_values_are_told_at_once() -> None:
    write('[run]\nworkers = "many"\n[display]\nlanguage = "fr"\n')
    with pytest.raises(SettingsError) as caught:
        load()
    assert [line.split(",")[0] for line in str(caught.value).splitlines()] == [
        "nightcall.toml: [run] workers is 'many'",
        "nightcall.toml: [display] language is 'fr'",
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("NIGHTCALL_RUN_WORKRS", "the environment: [run] workrs is no setting. Did you mean workers?"),
        ("NIGHTCALL_RUNN", "the environment: NIGHTCALL_RUNN is no setting"),
    ],
)
def test_an_unknown_name_in_the_environment_is_told(monkeypatch: pytest.MonkeyPatch, name: str, told: str) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingsError) as caught:
        load()
    assert str(caught.value).startswith(told)


def test_a_named_file_that_is_not_there_is_told() -> None:
    with pytest.raises(SettingsError, match=r"--config names no\.toml, which is no file"):
        load(Path("no.toml"))


def test_a_file_that_is_not_utf8_is_told() -> None:
    Path("nightcall.toml").write_bytes("[paths]\ninbox = '录音'".encode("gb18030"))
    with pytest.raises(SettingsError, match="not UTF-8"):
        load()


def test_a_token_is_never_shown() -> None:
    write('[hearing]\nhub_token = "hf_secret"\n')
    settings = load()
    assert settings.hearing_options.hub_token == "hf_secret"
    assert "hf_secret" not in repr(settings) + settings.model_dump_json() + repr(settings.hearing_options)
    write("[hearing]\nhub_token = 7\n")
    with pytest.raises(SettingsError, match=r"hub_token is \(hidden\)"):
        load()


def test_the_digest_follows_what_matters() -> None:
    plain = Settings()
    assert load(flags={"display": {"language": "zh"}}).digest == plain.digest
    assert load(flags={"hearing": {"beam_size": 1}}).digest != plain.digest


def test_settings_travel_to_worker_processes() -> None:
    settings = load(flags={"hearing": {"hub_token": SecretStr("x")}, "run": {"workers": 2}})
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 - our own bytes


def test_only_threads_share_their_engines() -> None:
    assert load(flags={"run": {"workers": 4}}).hearing_options.workers == 4
    assert load(flags={"run": {"workers": 4, "task_runner": "processes"}}).hearing_options.workers == 1


@pytest.mark.parametrize(
    ("environment", "shown"),
    [({"LANG": "zh_CN.UTF-8"}, "en"), ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN.UTF-8"}, "zh")],
)
def test_the_language_is_that_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], shown: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert load().display.shown == shown
    assert load(flags={"display": {"language": "en"}}).display.shown == "en"


def test_the_template_is_the_defaults() -> None:
    write(TEMPLATE)
    assert load() == Settings(paths={"inbox": Path("inbox"), "data": Path("data")})


def test_the_template_names_every_setting() -> None:
    uncommented = "\n".join(line.removeprefix("# ") if " = " in line else line for line in TEMPLATE.splitlines())
    named = tomllib.loads(uncommented)
    assert {section: set(keys) for section, keys in named.items()} == {
        section: set(field.annotation.model_fields)  # type: ignore[union-attr]
        for section, field in Settings.model_fields.items()
    }
