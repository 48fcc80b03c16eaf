"""Rows: what a scored call looks like in each table, column by column in the order named above the function."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from operator import attrgetter

import numpy as np

from analyzers.conversation import Conversation, Metadata, Recording
from analyzers.measure import Evidence, Measure
from analyzers.text import join_words, turn_indices
from rubrics.finding import Finding
from warehouse.file import WarehouseError

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class ScoredCall:
    """A call as heard, with what was measured in it and what the rules say about it."""

    conversation: Conversation
    measures: tuple[Measure, ...] = ()
    findings: tuple[Finding, ...] = ()


# A word as a plain tuple: its text form takes a fifth of the time of a dataclass's, and there are hundreds a call.
_WORD_FIELDS = attrgetter("span.start_s", "span.end_s", "text", "party", "probability", "channel", "original")


def conversation_digest(conversation: Conversation) -> str:
    """SHA-256 of all that was heard: the same conversation has the same digest on every machine."""
    words = [_WORD_FIELDS(word) for word in conversation.words]
    tracks = [
        (replace(track, values=()), _sha256(np.array(track.values, "<f8").tobytes())) for track in conversation.tracks
    ]
    heard = repr((replace(conversation, words=(), tracks=()), words, tracks))
    return _sha256(heard.encode("utf-8", "surrogatepass"))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def as_json(pairs: Iterable[tuple[str, str]]) -> str:
    """The pairs as a JSON object; of equal names the last stays."""
    return json.dumps(dict(pairs), ensure_ascii=False)


def printable(text: str) -> str:
    """The text with what is no Unicode escaped, as in names of files that are not in UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


_METADATA = tuple(
    field.name for field in fields(Metadata) if field.name not in {"started_at", "language", "attributes"}
)
CALL = (
    *("call_id", "sha256", "uri", "duration_s", "sample_rate_hz", "channels", "codec", "language"),
    *("started_at", "started_local", "metadata_language", "attributes", *_METADATA),
    *("role_source", "role_confidence", "role_because", "diarized", "speech_coverage", "conversation_digest", "run_id"),
)


def call_row(call: ScoredCall) -> Row:
    """The call's row in `calls`, all but `run_id`.

    Raises:
        WarehouseError: `started_at` has no time zone.
    """
    heard, recording = call.conversation, call.conversation.recording
    metadata, roles = recording.metadata, call.conversation.roles
    return (
        *(recording.call_id, recording.sha256, recording.uri, recording.duration_s),
        *(recording.sample_rate_hz, recording.channels, recording.codec or None, heard.language),
        *(_utc(recording), metadata.started_at and metadata.started_at.replace(tzinfo=None)),
        *(metadata.language, as_json(metadata.attributes), *(getattr(metadata, name) for name in _METADATA)),
        *(roles.source, roles.confidence, roles.because or None),
        *(heard.diarized, heard.speech_coverage, conversation_digest(heard)),
    )


def _utc(recording: Recording) -> datetime | None:
    started_at = recording.metadata.started_at
    if started_at is not None and started_at.utcoffset() is None:
        raise WarehouseError(
            f"call {recording.call_id}: started_at {started_at.isoformat()} has no time zone, "
            "so its moment is unknown; give it one, as in 2026-03-01T09:30:00+08:00"
        )
    return started_at and started_at.astimezone(UTC)


_TURN = ("call_id", "turn_no", "party", "speaker", "start_s", "end_s", "text")


def _turns(call: ScoredCall) -> Iterator[Row]:
    heard = call.conversation
    texts: dict[int | None, list[str]] = {}
    for word, index in zip(heard.words, turn_indices(heard), strict=True):
        texts.setdefault(index, []).append(word.text)
    for index, turn in enumerate(heard.turns):
        text = join_words(texts.get(index, ()))
        yield _id(call), index + 1, turn.party, turn.speaker, turn.span.start_s, turn.span.end_s, text


_WORD = (
    *("call_id", "word_no", "turn_no", "party", "start_s", "end_s"),
    *("text", "original", "probability", "channel"),
)


def _words(call: ScoredCall) -> Iterator[Row]:
    call_id = _id(call)
    indices = turn_indices(call.conversation)
    for word_no, (word, index) in enumerate(zip(call.conversation.words, indices, strict=True), 1):
        turn_no = None if index is None else index + 1
        times = (word.span.start_s, word.span.end_s)
        yield call_id, word_no, turn_no, word.party, *times, word.text, word.original, word.probability, word.channel


_UNINTELLIGIBLE = ("call_id", "party", "speaker", "channel", "start_s", "end_s")


def _unintelligible(call: ScoredCall) -> Iterator[Row]:
    for speech in call.conversation.unintelligible:
        yield _id(call), speech.party, speech.speaker, speech.channel, speech.span.start_s, speech.span.end_s


_LIMIT = ("call_id", "what", "because")


def _limits(call: ScoredCall) -> Iterator[Row]:
    for limit in call.conversation.limits:
        yield _id(call), limit.what, limit.because


_ENGINE = ("call_id", "job", "name", "version", "model", "options")


def _engines(call: ScoredCall) -> Iterator[Row]:
    for engine in call.conversation.engines:
        yield _id(call), engine.job, engine.name, engine.version, engine.model, as_json(engine.options)


_MEASURE = ("call_id", "name", "party", "value", "unit", "missing_because", "low_confidence_because")


def _measures(call: ScoredCall) -> Iterator[Row]:
    for m in call.measures:
        because = (m.missing_because or None, m.low_confidence_because or None)
        yield _id(call), m.name, m.party, m.value, m.unit, *because


_FINDING = (
    *("call_id", "rubric", "rubric_version", "rubric_digest", "rule_id", "title_en", "title_zh"),
    *("verdict", "severity", "points", "max_points", "value", "because_en", "because_zh"),
)


def _findings(call: ScoredCall) -> Iterator[Row]:
    for f in call.findings:
        rule = (f.rubric, f.rubric_version, f.rubric_digest, f.rule_id, f.title.en, f.title.zh)
        verdict = (f.verdict, f.severity, f.points, f.max_points, f.value, f.because.en, f.because.zh)
        yield _id(call), *rule, *verdict


_EVIDENCE = (
    *("call_id", "source", "name", "rubric", "measure_party"),
    *("evidence_no", "party", "start_s", "end_s", "quote"),
)


def _evidence(call: ScoredCall) -> Iterator[Row]:
    for m in call.measures:
        yield from _shown((_id(call), "measure", m.name, None, m.party), m.evidence)
    for f in call.findings:
        yield from _shown((_id(call), "finding", f.rule_id, f.rubric, None), f.evidence)


def _shown(of: Row, evidence: tuple[Evidence, ...]) -> Iterator[Row]:
    for evidence_no, shown in enumerate(evidence, 1):
        yield *of, evidence_no, shown.party, shown.span.start_s, shown.span.end_s, shown.quote or None


def _id(call: ScoredCall) -> str:
    return call.conversation.recording.call_id


# Every table with rows of one call, apart from `calls` itself.
PARTS: tuple[tuple[str, tuple[str, ...], Callable[[ScoredCall], Iterator[Row]]], ...] = (
    ("turns", _TURN, _turns),
    ("words", _WORD, _words),
    ("unintelligible", _UNINTELLIGIBLE, _unintelligible),
    ("limits", _LIMIT, _limits),
    ("engines", _ENGINE, _engines),
    ("measures", _MEASURE, _measures),
    ("findings", _FINDING, _findings),
    ("evidence", _EVIDENCE, _evidence),
)
