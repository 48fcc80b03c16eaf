"""`nightcall show`: one call by turn, with times, what was not understood, and what was found.

It reads the published results alone, so it works wherever they are copied to.
"""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches
from pathlib import Path

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text as Styled

from analyzers.text import join_words
from flows.messages import Language, Speaker, speaker
from flows.report import STYLES, clock
from rubrics.finding import Severity
from warehouse.file import WarehouseError
from warehouse.query import read, rows

UNSURE = 0.5  # below this as many words are wrong as right
PARTY_STYLES = {"agent": "cyan", "customer": "magenta"}
VERDICTS = ("flag", "undetermined", "pass", "not_applicable")  # in the order of what a coach wants to see
TIMES_SHOWN = 3

FLAGGED = """
    SELECT f.title_{language}, f.severity::VARCHAR, e.start_s, e.end_s, e.party::VARCHAR
    FROM evidence e JOIN findings f ON f.call_id = e.call_id AND f.rubric = e.rubric AND f.rule_id = e.name
    WHERE e.source = 'finding' AND f.verdict = 'flag' AND e.quote IS NOT NULL AND e.call_id = {id}
    ORDER BY e.start_s
"""
FOUND = """
    SELECT f.verdict::VARCHAR, f.severity::VARCHAR, f.title_{language}, f.because_{language},
        list(e.start_s ORDER BY e.evidence_no) FILTER (WHERE e.start_s IS NOT NULL)
    FROM findings f LEFT JOIN evidence e
    ON f.call_id = e.call_id AND f.rubric = e.rubric AND f.rule_id = e.name AND e.source = 'finding'
    WHERE f.call_id = {id}
    GROUP BY ALL
"""

Rows = list[tuple[object, ...]]


def show_call(published: Path, call: str, language: Language, console: Console) -> None:
    """Print the call whose id is `call`, or holds it.

    Raises:
        WarehouseError: there are no results yet, or no such call, or several.
    """
    call_id = _find(published, call)
    say = speaker(language)
    console.print(_head(published, call_id, say))
    found = _ask(published, call_id, FLAGGED.replace("{language}", language))
    console.print(_transcript(published, call_id, found, say))
    console.print(_findings(published, call_id, language))
    for what, because in _ask(
        published, call_id, "SELECT what, because FROM limits WHERE call_id = {id} ORDER BY what"
    ):
        console.print(Styled(f"{what}: {because}", style="dim"))


def _find(published: Path, call: str) -> str:
    """The id meant: as given, else the only one that holds it.

    Raises:
        WarehouseError: none or several fit.
    """
    known = [str(row[0]) for row in rows(read(published, "SELECT call_id FROM calls ORDER BY call_id"))]
    if call in known:
        return call
    holding = [one for one in known if call.casefold() in one.casefold()]
    if len(holding) == 1:
        return holding[0]
    near = holding[:5] or get_close_matches(call, known, n=3, cutoff=0.4) or known[:3]
    why = f"{len(holding)} calls hold it" if holding else "no such call"
    raise WarehouseError(f"call {call!r}: {why}; there is {', '.join(near) or 'none at all'}")


def _ask(published: Path, call_id: str, sql: str) -> Rows:
    quoted = "'" + call_id.replace("'", "''") + "'"
    return list(rows(read(published, sql.replace("{id}", quoted))))


def _head(published: Path, call_id: str, say: Speaker) -> Styled:
    sql = (
        "SELECT duration_s, language, agent_name, team, business_type, started_local, role_source, role_confidence, "
        "speech_coverage, uri FROM calls WHERE call_id = {id}"
    )
    (duration_s, language, *about, source, confidence, coverage, uri) = _ask(published, call_id, sql)[0]
    facts = [clock(float(str(duration_s))), str(language), *(str(one) for one in about if one is not None)]
    facts.append(say("show.roles", source=source, confidence=confidence))
    facts += [say("show.coverage", share=coverage)] if coverage is not None else []
    head = Styled(call_id, style="bold")
    head.append(f"\n{' · '.join(facts)}\n{uri}", style="dim not bold")
    return head


def _transcript(published: Path, call_id: str, found: Rows, say: Speaker) -> Table:
    words: dict[object, Rows] = defaultdict(list)
    for turn_no, *word in _ask(
        published,
        call_id,
        "SELECT turn_no, text, probability FROM words WHERE call_id = {id} ORDER BY word_no",
    ):
        words[turn_no].append(tuple(word))
    turns = _ask(published, call_id, "SELECT start_s, end_s, party::VARCHAR, turn_no FROM turns WHERE call_id = {id}")
    lost = _ask(
        published, call_id, "SELECT start_s, end_s, party::VARCHAR, NULL FROM unintelligible WHERE call_id = {id}"
    )
    table = Table(box=None, pad_edge=False, padding=(0, 1), show_header=False)
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=3, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    for start_s, end_s, party, turn_no in sorted(turns + lost, key=lambda line: (line[0], line[1])):
        begin, end = float(str(start_s)), float(str(end_s))
        text = (
            _spoken(words[turn_no])
            if turn_no
            else Styled(say("show.unintelligible", seconds=end - begin), "dim italic")
        )
        if turn_no and not text.plain:
            continue  # its speech stands as unintelligible
        beside = _beside(found, begin, end, party) if turn_no else Styled()
        table.add_row(clock(begin), Styled(say(f"party.{party}"), PARTY_STYLES.get(str(party), "")), text, beside)
    return table


def _spoken(words: Rows) -> Styled:
    """The words as they were written down, those that the recogniser doubts dimmed."""
    line = Styled()
    before: list[str] = []
    for text, probability in words:
        joined = join_words([*before, str(text)])
        line.append(joined[len(line.plain) :], style="dim" if float(str(probability)) < UNSURE else "")
        before = [joined]
    return line


def _beside(found: Rows, begin: float, end: float, party: object) -> Styled:
    titles = {
        str(title): Severity(str(severity))
        for title, severity, start_s, end_s, whose in found
        if whose in (None, party) and float(str(start_s)) < end and float(str(end_s)) > begin
    }
    return Styled("\n").join(Styled(f"◀ {title}", STYLES[severity]) for title, severity in titles.items())


def _findings(published: Path, call_id: str, language: Language) -> RenderableType:
    say = speaker(language)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=say("show.findings"), title_justify="left")
    for title in ("", say("show.rule"), say("show.where"), say("show.because")):
        table.add_column(title, overflow="fold")
    found = sorted(
        _ask(published, call_id, FOUND.replace("{language}", language)),
        key=lambda row: (VERDICTS.index(str(row[0])), str(row[2])),
    )
    for verdict, severity, rule, because, starts in found:
        style = STYLES[Severity(str(severity))] if verdict == "flag" else "dim" if verdict == "not_applicable" else ""
        table.add_row(Styled(say(f"verdict.{verdict}"), style), Styled(str(rule)), _times(starts), Styled(str(because)))
    return table


def _times(starts: object) -> str:
    times = [clock(float(start_s)) for start_s in starts] if isinstance(starts, list) else []
    return " ".join(times[:TIMES_SHOWN]) + (" …" if len(times) > TIMES_SHOWN else "")
