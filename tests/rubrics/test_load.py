import re
import tempfile
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.check import check
from rubrics.finding import Severity, Text, Verdict
from rubrics.load import BUILTIN, RubricError, load_rubric, load_rubrics
from rubrics.phrases import Match, Phrase
from rubrics.schema import (
    Anchor,
    Condition,
    MetadataIs,
    Phrases,
    Rubric,
    Rule,
    Threshold,
    Where,
)

GOOD = """\
rubric: house
version: 3
title: {zh: 自家, en: House}
phrase_sets:
  sorry: {zh: [抱歉], en: [sorry]}
rules:
  - id: greeting
    title: {zh: 问候, en: Greeting}
    party: agent
    severity: minor
    points: 5
    where: {first_s: 15}
    phrases:
      zh: [您好, {text: 早上好, match: exact, except: [早上好多]}]
      en: [hello, 12315]
      sets: [sorry]
      except: {zh: [您好像], en: [hello kitty]}
  - id: dead_air
    title: {zh: 冷场, en: Dead air}
    severity: critical
    points: 10
    measure: {name: silence.dead_air_count, at_most: 1}
    applies_when: {metadata: {field: attributes.shop, equals: north}, any: [{rule: greeting}, {flagged: greeting}]}
tests:
  - name: hi
    language: en
    dialogue: [[agent, hello], [customer, "hi, there", 3, 4]]
    verdicts: {greeting: pass, dead_air: not_applicable}
"""


@pytest.fixture
def write(tmp_path: Path):  # noqa: ANN201
    def to_file(text: str, name: str = "house.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def fault(write, old: str, new: str) -> str:  # noqa: ANN001
    assert old in GOOD
    path = write(GOOD.replace(old, new, 1))
    with pytest.raises(RubricError) as error:
        load_rubric(path)
    return str(error.value).replace(f"{path}:", "")


def test_a_rubric_is_read(write) -> None:  # noqa: ANN001
    rubric = load_rubric(write(GOOD))
    greeting, dead_air = rubric.rules
    assert (rubric.rubric, rubric.version, rubric.title.text) == ("house", "3", Text("House", "自家"))
    assert greeting.phrases is not None
    assert greeting.phrases.of("zh", rubric.phrase_sets) == (
        Phrase("您好", Match.FUZZY, ("您好像",)),
        Phrase("早上好", Match.EXACT, ("早上好多", "您好像")),
        Phrase("抱歉"),
    )
    assert [phrase.text for phrase in greeting.phrases.of("en", rubric.phrase_sets)] == ["hello", "12315", "sorry"]
    assert greeting.phrases.of("de", rubric.phrase_sets) == ()
    assert dead_air.severity is Severity.CRITICAL
    assert rubric.tests[0].verdicts == {"greeting": Verdict.PASS, "dead_air": Verdict.NOT_APPLICABLE}
    assert [(line.text, line.start_s) for line in rubric.tests[0].dialogue] == [("hello", None), ("hi, there", 3.0)]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "severity: minor",
            "severity: mnor",
            ["10: rule greeting: severity:", "'mnor'", "did you mean 'minor'", "critical"],
        ),
        (
            "    party: agent",
            "    patry: agent",
            ["9: rule greeting: patry: unknown key 'patry'; did you mean 'party'?"],
        ),
        (
            "where: {first_s: 15}",
            "where: {first: 15}",
            ["12: rule greeting: where.first: unknown key 'first'", "first_s"],
        ),
        (
            "where: {first_s: 15}",
            "where: {first_s: -1}",
            ["12: rule greeting: where.first_s:", "greater than 0", "found -1"],
        ),
        ("where: {first_s: 15}", "where: {first_s: 5, last_s: 5}", ["12: rule greeting: where: give one of"]),
        ("where: {first_s: 15}", "where: {after: dead_air}", ["12: rule greeting: where: within_s"]),
        (
            "where: {first_s: 15}",
            "where: {after: gretting, within_s: 5}",
            ["unknown rule 'gretting'; did you mean 'greeting'?"],
        ),
        ("where: {first_s: 15}", "where: {after: greeting, within_s: 5}", ["7: rule greeting: refers to itself"]),
        (
            "      zh: [您好,",
            "      de: [hallo]\n      zh: [您好,",
            ["14: rule greeting: phrases.de: unknown key 'de'", "zh"],
        ),
        ("en: [hello, 12315]", "en: [hello, no]", ["15: rule greeting: phrases.en.1", "in quotes"]),
        ("en: [hello, 12315]", "en: [hello, '...']", ["15: rule greeting: phrases.en.1: nothing to look for in '...'"]),
        (
            "sets: [sorry]",
            "sets: [sory]",
            ["16: rule greeting: phrases.sets.0: unknown phrase set 'sory'; did you mean 'sorry'?"],
        ),
        ("match: exact", "match: exat", ["did you mean 'exact'", "homophone"]),
        (
            "silence.dead_air_count",
            "silence.dead_air_cont",
            ["22: rule dead_air: measure.name", "did you mean 'silence.dead_air_count'"],
        ),
        (", at_most: 1", "", ["rule dead_air: measure: a measure needs above, below, at_least or at_most"]),
        ("{rule: greeting}", "{rule: hello}", ["23: rule dead_air: applies_when: unknown rule 'hello'", "greeting"]),
        ("attributes.shop", "shop", ["23: rule dead_air", "unknown metadata field 'shop'", "queue", "attributes.NAME"]),
        ("id: dead_air", "id: greeting", ["18: rule greeting: id: rule id 'greeting' is used twice"]),
        ("id: dead_air", "id: Dead Air", ["18: rule Dead Air: id:"]),
        (
            "    measure: {name: silence.dead_air_count, at_most: 1}\n",
            "",
            ["18: rule dead_air: a rule needs phrases or a measure"],
        ),
        ("    party: agent\n", "", ["7: rule greeting: phrases need a party"]),
        ("language: en", "language: fr", ["26: test hi: language: unknown value 'fr'"]),
        (
            "{greeting: pass",
            "{greting: pass",
            ["28: test hi: verdicts.greting: unknown rule 'greting'; did you mean 'greeting'?"],
        ),
        ('"hi, there", 3, 4]', "hi, there, you]", ["27: test hi: dialogue.1: a line is [party, text]", "quotes"]),
        ("3, 4]", "4, 3]", ["27: test hi: dialogue.1: a line ends after it starts, found 4.0 to 3.0"]),
        ("    points: 5\n", "    points: 5\n    points: 6\n", ["12: 'points' stands twice"]),
        ("rubric: house", "rubric: [house", ["not YAML"]),
        (GOOD, "- a\n- b\n", ["a rubric is a mapping with the keys rubric, version, title"]),
        (GOOD, "", ["a rubric is a mapping"]),
        (
            "where: {first_s: 15}",
            "where: {after: dead_air, within_s: 5}",
            ["12: rule greeting: where: rule 'dead_air' has no"],
        ),
        (
            "sorry: {zh: [抱歉],",
            "sorry: {sets: [sorry], zh: [抱歉],",
            ["5: phrase_sets.sorry.sets.0: no phrase set 'sorry' can"],
        ),
        ("title: {zh: 自家, en: House}", "title: House", ["3: title: `key: value` pairs are needed here, found str"]),
        ("rules:\n", "rules: []\nother:\n", ["unknown key 'other'"]),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_is_allowed(write, old: str, new: str, told: list[str]) -> None:  # noqa: ANN001
    message = fault(write, old, new)
    assert [part for part in told if part not in message] == [], message


def test_all_faults_of_a_file_are_told_at_once(write) -> None:  # noqa: ANN001
    text = GOOD.replace("severity: minor", "severity: x").replace("points: 10", "points: many")
    with pytest.raises(RubricError) as error:
        load_rubric(write(text))
    assert len(str(error.value).splitlines()) == 2


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    gbk = tmp_path / "gbk.yaml"
    gbk.write_bytes("title: 自家".encode("gb18030"))
    with pytest.raises(RubricError, match="save the file as UTF-8"):
        load_rubric(gbk)
    with pytest.raises(RubricError, match="cannot be read"):
        load_rubric(tmp_path / "missing.yaml")
    with pytest.raises(RubricError, match="no such rubric file or folder"):
        load_rubrics([tmp_path / "missing.yaml"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(RubricError, match="no rubric here"):
        load_rubrics([tmp_path / "empty"])


def test_two_rubrics_need_two_names(write, tmp_path: Path) -> None:  # noqa: ANN001
    write(GOOD)
    write(GOOD, "other.yaml")
    with pytest.raises(RubricError, match="'house' is already defined"):
        load_rubrics([tmp_path])


def test_the_packs_come_with_nightcall() -> None:
    assert [rubric.rubric for rubric in load_rubrics()] == ["forbidden_phrases", "politeness"]
    assert load_rubrics([BUILTIN / "politeness.yaml"])[0].rubric == "politeness"


def test_the_digest_follows_what_decides_a_verdict(write) -> None:  # noqa: ANN001
    digest = load_rubric(write(GOOD)).digest
    assert len(digest) == 64
    assert load_rubric(write("# a remark\n" + GOOD.replace("name: hi", "name: hey"))).digest == digest
    assert load_rubric(write(GOOD.replace("first_s: 15", "first_s: 16"))).digest != digest
    assert load_rubric(write(GOOD.replace("hello kitty", "hello there"))).digest != digest


@given(st.text(max_size=200))
@settings(max_examples=50)
def test_any_text_is_a_rubric_or_a_rubric_error(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RubricError):
            load_rubric(path)


def blocks(heading: str) -> list[str]:
    docs = (Path(__file__).parents[2] / "docs" / "rubrics.md").read_text(encoding="utf-8")
    return re.findall(rf"```yaml\n({heading}.*?)```", docs, re.DOTALL)


def test_the_examples_in_the_docs_are_rubrics(write) -> None:  # noqa: ANN001
    (whole,) = blocks("rubric: ")
    assert check(load_rubric(write(whole))) == ()
    (sets,) = blocks("phrase_sets:")
    rules = textwrap.indent("".join(blocks("- id: ")), "  ")
    text = f"rubric: snippets\nversion: 1\ntitle: {{zh: 例, en: Snippets}}\n{sets}\nrules:\n{rules}"
    assert len(load_rubric(write(text)).rules) == 7


def test_every_word_and_rule_stands_in_the_docs() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "rubrics.md").read_text(encoding="utf-8")
    kinds = (Rubric, Rule, Phrases, Where, Condition, Threshold, Anchor, MetadataIs)
    keys = {field.alias or name for kind in kinds for name, field in kind.model_fields.items()}
    rules = {rule.id for rubric in load_rubrics() for rule in rubric.rules}
    verdicts = {verdict.value for verdict in Verdict}
    assert [name for name in sorted(keys | rules | verdicts) if not re.search(rf"\b{name}\b", docs)] == []
