"""Voices: who speaks when, whatever the voices are called, and how much of the speech got words.

* **DER** = (missed + false alarm + confusion) / true speech. Overlapping speech is scored; heard voices are paired with
  true ones in the best way. Told without a collar, and with 0.25 s on each side of every true boundary left out.
* **JER**: for each true voice the share of wrong time in that of it and its partner together; a quiet voice
  weighs as much as a loud one.
* **missed speech, false speech**: seconds in which somebody speaks and nobody was heard, and the other way round,
  over the true speech, whoever it was.
* **coverage**: the share of the heard speech that got words (`Conversation.speech_coverage`); no truth is needed.

True turns run from first to last sound, with the breaths in between: a detector that leaves breaths out is charged
a few percent of missed speech for it.

Sources: NIST RT-09 evaluation plan (DER, collar); Ryant et al. (2019, DIHARD II) for JER; pyannote.metrics (its
`collar` is the width of the whole zone, so 0.5 there is 0.25 s on each side).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyannote.core import Annotation, Segment, Timeline
from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate

from analyzers.conversation import Span, gaps, intersection, union
from benchmarks.evaluation.tally import PARTY_TEXTS, Case, Score, Share
from benchmarks.evaluation.tried import Tried
from rubrics.finding import Text

DER = "voices.der"
DER_COLLAR = "voices.der_collar"
MISSED = "voices.missed"
FALSE_ALARM = "voices.false_alarm"
CONFUSION = "voices.confusion"
JER = "voices.jer"
SPEECH_MISSED = "voices.speech_missed"
SPEECH_FALSE = "voices.speech_false"
COVERAGE = "voices.coverage"
NAMES = (DER, DER_COLLAR, MISSED, FALSE_ALARM, CONFUSION, JER, SPEECH_MISSED, SPEECH_FALSE, COVERAGE)

COLLAR_S = 0.25  # on each side of a true boundary: NIST's, for what people cannot mark more exactly
WORTH_LISTENING_S = 0.5  # shorter stretches are edges

SPEECH, SILENCE = Text("speech", "有语音"), Text("nobody speaks", "无人说话")
ANOTHER, NOBODY = Text("another voice", "别的声音"), Text("nobody", "无人")
WORDS, NO_WORDS = Text("words", "有文字"), Text("no words", "无文字")


def score(tried: Tried) -> tuple[Score, ...]:
    """Errors of the voices; cases: stretches of a turn that went to another voice, or to none."""
    true, heard = _annotation(_true_voices(tried)), _annotation(_heard_voices(tried))
    scored = Timeline([Segment(0.0, tried.call.recording.duration_s)])
    errors = DiarizationErrorRate()(true, heard, uem=scored, detailed=True)
    collared = DiarizationErrorRate(collar=2 * COLLAR_S)(true, heard, uem=scored, detailed=True)
    jaccard = JaccardErrorRate()(true, heard, uem=scored, detailed=True)
    total_s = errors["total"]
    parts = {MISSED: "missed detection", FALSE_ALARM: "false alarm", CONFUSION: "confusion"}
    return (
        Score(DER, Share(_wrong_s(errors), total_s), cases=tuple(_cases(tried, true, heard))),
        Score(DER_COLLAR, Share(_wrong_s(collared), collared["total"])),
        *(Score(name, Share(errors[part], total_s)) for name, part in parts.items()),
        Score(JER, Share(jaccard["speaker error"], jaccard["speaker count"])),
        *_speech(tried),
    )


def _wrong_s(errors: dict[str, float]) -> float:
    return errors["missed detection"] + errors["false alarm"] + errors["confusion"]


def _true_voices(tried: Tried) -> Iterator[tuple[Span, str]]:
    return ((turn.span, turn.speaker) for turn in tried.truth.turns)


def _heard_voices(tried: Tried) -> Iterator[tuple[Span, str]]:
    return ((speech.span, speech.speaker) for speech in tried.call.speech)


def _annotation(voices: Iterable[tuple[Span, str]]) -> Annotation:
    annotation = Annotation()
    for i, (span, voice) in enumerate(voices):
        annotation[Segment(span.start_s, span.end_s), i] = voice
    return annotation.support()


def _cases(tried: Tried, true: Annotation, heard: Annotation) -> Iterator[Case]:
    partners = {theirs: ours for ours, theirs in DiarizationErrorRate().optimal_mapping(true, heard).items()}
    anybody = [span for span, _ in _heard_voices(tried)]
    for turn in tried.truth.turns:
        own = [span for span, voice in _heard_voices(tried) if voice == partners.get(turn.speaker)]
        for lost in gaps(own, turn.span):
            if lost.duration_s >= WORTH_LISTENING_S:
                others_s = sum(part.duration_s for part in intersection(anybody, [lost]))
                found = ANOTHER if others_s > lost.duration_s / 2 else NOBODY
                expected = PARTY_TEXTS[turn.party] if turn.party else turn.speaker
                yield Case(lost, turn.party, expected, found, lost.duration_s)


def _speech(tried: Tried) -> tuple[Score, ...]:
    heard = union(speech.span for speech in tried.call.speech)
    talk, whole = tried.truth.talk, tried.call.recording.span
    talk_s = _seconds(talk)
    missed = [part for span in talk for part in gaps(heard, span)]
    false = intersection(gaps(talk, whole), heard)
    speech_s = sum(speech.span.duration_s for speech in tried.call.speech)
    lost_s = sum(speech.span.duration_s for speech in tried.call.unintelligible)
    return (
        Score(SPEECH_MISSED, Share(_seconds(missed), talk_s), cases=tuple(_stretches(missed, SPEECH, SILENCE))),
        Score(SPEECH_FALSE, Share(_seconds(false), talk_s), cases=tuple(_stretches(false, SILENCE, SPEECH))),
        Score(
            COVERAGE,
            Share(speech_s - lost_s, speech_s),
            cases=tuple(
                Case(lost.span, lost.party, WORDS, NO_WORDS, lost.span.duration_s)
                for lost in tried.call.unintelligible
                if lost.span.duration_s >= WORTH_LISTENING_S
            ),
        ),
    )


def _stretches(spans: Iterable[Span], expected: Text, found: Text) -> Iterator[Case]:
    long = (span for span in spans if span.duration_s >= WORTH_LISTENING_S)
    return (Case(span, None, expected, found, span.duration_s) for span in long)


def _seconds(spans: Iterable[Span]) -> float:
    return sum(span.duration_s for span in spans)
