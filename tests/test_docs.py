"""What the program has stands in its documents: commands, settings, measures, rules, views, failure codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from analyzers.analyze import MEASURE_NAMES
from analyzers.speech.audio import RecordingCode
from flows import nightly
from flows.cli import app
from flows.settings import Settings
from rubrics.load import load_rubrics
from warehouse.migrate import VIEWS

ROOT = Path(__file__).parents[1]
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")
READMES = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md")}
DOCUMENTS = sorted(ROOT.glob("docs/*.md")) + sorted(ROOT.glob("*.md"))


def commands(group: typer.core.TyperGroup, path: str = "nightcall") -> Iterator[str]:
    for name, command in group.commands.items():
        inside = getattr(command, "commands", None)
        yield from commands(command, f"{path} {name}") if inside else [f"{path} {name}"]  # type: ignore[arg-type]


COMMANDS = tuple(commands(get_command(app)))  # type: ignore[arg-type]
SETTINGS = [
    (section, key)
    for section, field in Settings.model_fields.items()
    for key in field.annotation.model_fields  # type: ignore[union-attr]
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert f"| `{command}" in OPERATIONS


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_names_a_command_that_is_not_there(document: Path) -> None:
    named = re.findall(r"`(?:\.venv/bin/)?(nightcall [a-z]+(?: (?:fetch|list|check))?)", document.read_text("utf-8"))
    assert set(named) <= set(COMMANDS)


@pytest.mark.parametrize(("section", "key"), SETTINGS)
def test_every_setting_is_documented(section: str, key: str) -> None:
    part = OPERATIONS.split(f"| **[{section}]** |")[1].split("| **[")[0]
    assert f"| `{key}` |" in part


@pytest.mark.parametrize("name", sorted(MEASURE_NAMES))
def test_every_measure_is_documented(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "docs/measures.md").read_text("utf-8")


@pytest.mark.parametrize("rule", [rule.id for rubric in load_rubrics() for rule in rubric.rules])
def test_every_rule_is_documented(rule: str) -> None:
    assert f"| `{rule}` |" in (ROOT / "docs/rubrics.md").read_text("utf-8")


@pytest.mark.parametrize("view", [path.stem.split("_", 1)[1] for path in sorted(VIEWS.glob("*.sql"))])
def test_every_view_is_documented(view: str) -> None:
    assert f"`{view}`" in OPERATIONS


def test_every_failure_code_is_documented() -> None:
    ours = {value for name, value in vars(nightly).items() if name.endswith("_ERROR")}
    assert {code for code in {*RecordingCode, *ours} if code not in OPERATIONS} == set()


@pytest.mark.parametrize("readme", READMES)
def test_the_readmes_give_the_two_commands(readme: str) -> None:
    assert all(command in READMES[readme] for command in ("make demo", "make test"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_hold(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []
