"""Rubric files: read, checked whole, and their faults told before any call is judged.

A file is read as text, so everything in it is checked here: unknown keys, phrases with nothing to find, references to
rules, phrase sets, measures and metadata that do not exist. All faults of a file are told at once, each with
its line, its rule, what was found and what would be allowed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from rubrics.faults import faults
from rubrics.schema import Loc, Rubric, unknown

BUILTIN = Path(__file__).parent  # the packs that come with Nightcall


class RubricError(ValueError):
    """A rubric file that cannot be used: one line for each fault, with file, line and what would be allowed."""


def load_rubrics(paths: Sequence[Path] = ()) -> tuple[Rubric, ...]:
    """The rubrics in these files and folders (`*.yaml`); where none are given, those that come with Nightcall.

    Raises:
        RubricError: a file cannot be used, a folder holds none, or two rubrics have the same name.
    """
    files = [file for path in paths or (BUILTIN,) for file in _files(path)]
    loaded = {file: load_rubric(file) for file in files}
    owners: dict[str, Path] = {}
    for file, rubric in loaded.items():
        other = owners.setdefault(rubric.rubric, file)
        if other != file:
            raise RubricError(f"{file}: rubric {rubric.rubric!r} is already defined in {other}; rename one of them")
    return tuple(loaded.values())


def load_rubric(path: Path) -> Rubric:
    """One rubric file, checked.

    Raises:
        RubricError: it cannot be read, is no YAML, or breaks the language; every fault is named with its line.
    """
    node = _compose(path)
    data = yaml.constructor.SafeConstructor().construct_document(node)
    try:
        rubric = Rubric.model_validate(data)
    except ValidationError as error:
        found = [(_place(e), _told(e)) for e in error.errors()]
    else:
        found = list(faults(rubric))
        if not found:
            return rubric
    raise RubricError("\n".join(_complaint(path, node, data, loc, message) for loc, message in found))


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise RubricError(f"{path}: no such rubric file or folder; correct `rubrics` in the settings")
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.y*ml"))
    if not found:
        raise RubricError(f"{path}: no rubric here; a rubric is a file *.yaml")
    return found


def _compose(path: Path) -> yaml.Node:
    try:
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        raise RubricError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RubricError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise RubricError(f"{path}{line}: not YAML: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(node, yaml.MappingNode):
        raise RubricError(f"{path}: a rubric is a mapping with the keys {', '.join(Rubric.model_fields)}")
    for key in _repeated(node):
        raise RubricError(f"{path}:{key.start_mark.line + 1}: {key.value!r} stands twice in one mapping; keep one")
    return node


def _repeated(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key
            seen.add(key.value if isinstance(key.value, str) else id(key))
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated(item)


def _place(error: Mapping[str, Any]) -> Loc:
    key = error.get("ctx", {}).get("key")
    return (*error["loc"], key) if key is not None else tuple(error["loc"])


def _told(error: Mapping[str, Any]) -> str:
    found, message = error["input"], str(error["msg"])
    if error["type"] in ("enum", "literal_error"):
        allowed = [choice.strip("' ") for choice in error["ctx"]["expected"].replace(" or ", ", ").split(",")]
        return unknown("value", str(found), allowed)
    if isinstance(found, bool):
        return f"{'yes' if found else 'no'} without quotes is true or false in YAML; put the word in quotes"
    if error["type"] in ("model_type", "dict_type"):
        return f"`key: value` pairs are needed here, found {type(found).__name__}"
    shown = f", found {found!r}" if isinstance(found, str | int | float) and not isinstance(found, bool) else ""
    return message[0].lower() + message[1:] + shown


def _complaint(path: Path, node: yaml.Node, data: Any, loc: Loc, message: str) -> str:  # noqa: ANN401
    where = f"{path}:{_line_of(node, loc)}"
    named = _named(data, loc)
    key = ".".join(str(part) for part in loc[2 if named else 0 :])
    return ": ".join(part for part in (where, named, key, message) if part)


def _named(data: Any, loc: Loc) -> str:  # noqa: ANN401
    """The rule or test a place lies in, by its name."""
    kinds = {"rules": ("rule", "id"), "tests": ("test", "name")}
    if len(loc) < 2 or loc[0] not in kinds:  # noqa: PLR2004
        return ""
    kind, key = kinds[str(loc[0])]
    item = data[loc[0]][loc[1]]
    return f"{kind} {item[key]}" if isinstance(item, dict) and key in item else f"{kind} number {int(loc[1]) + 1}"


def _line_of(node: yaml.Node, loc: Loc) -> int:
    """The line of a place, or of the nearest thing around it that exists."""
    line: int = node.start_mark.line + 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
