"""Silence: when nobody speaks, who spoke before it, and whether the customer was told why.

* **silence**: nobody speaks and nothing else sounds for 3 s or more, anywhere in the recording: also before the
  first word (a slow greeting) and after the last one (nobody hung up).
* **music, ringing** (`Conversation.sounds`): neither speech nor silence; seconds of their own.
* **prompts**: what machines say (`analyzers.announcements`): speech, and nobody's silence.
* **hold**: a wait that the agent announced. A hold phrase (`analyzers.hold_phrases`) of the agent in the last 10 s
  before 3 s without speech begins a hold; it goes on, also over words of the customer and over prompts, until
  the agent speaks again. Of its silence the first 60 s are hold; its music is hold however long it plays.
* **returned**: the agent thanks for the wait or apologises within 5 s of coming back from a hold.
* **dead air**: 5 s or more of silence between two stretches of speech that are no hold. What the silence of a hold
  lasts beyond its 60 s is dead air. Before the first word and after the last there is no dead air.
* **after a party**: a silence between two stretches of speech belongs to the party that spoke last before it. Whose
  turn it was when the silence began follows from that: the other's, who leaves the words unanswered; in a
  hold, and where a question or sentence was broken off, it is still the party's own. The words before it are shown,
  so that a coach can tell; a recogniser's punctuation cannot (`analyzers.interruptions`).

Left out: sounds that are no speech, music or ringing (typing, breath, traffic) are silence; waits under 3 s; music
without a hold phrase before it is music and no hold, for it was not announced.

Sources: Amazon Contact Lens: non-talk time over 3 s; Google CCAI and Huawei AICC: silence from 5 s, Huawei
not where it was announced; 60 s: the time after which service standards ask the agent to come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzers.announcements import announcements
from analyzers.conversation import PARTIES, Conversation, Party, SoundKind, Span, Word, gaps, intersection, union
from analyzers.floor import WORD_EDGE_S
from analyzers.hold_phrases import HOLD_PHRASES, RETURN_PHRASES, THANKS_AND_APOLOGIES
from analyzers.measure import Evidence, Measure, missing
from analyzers.sound import sounds, sounds_of
from analyzers.text import join_words, said_in_turns
from analyzers.units import units_of

COUNT = "silence.count"
TOTAL = "silence.total"
LONGEST = "silence.longest"
SHARE = "silence.share"
DEAD_AIR_COUNT = "silence.dead_air_count"
DEAD_AIR = "silence.dead_air"
HOLD_COUNT = "silence.hold_count"
HOLD = "silence.hold"
HOLD_LONGEST = "silence.hold_longest"
HOLD_RETURNED = "silence.hold_returned"
HOLD_NOT_RETURNED = "silence.hold_not_returned"
PROMPTS = "silence.prompts"
MUSIC = "silence.music"
RINGING = "silence.ringing"
AFTER_COUNT = "silence.after_count"
AFTER = "silence.after"
UNITS = {  # of the call as a whole
    COUNT: "silences",
    TOTAL: "s",
    LONGEST: "s",
    SHARE: "share",
    DEAD_AIR_COUNT: "silences",
    DEAD_AIR: "s",
    HOLD_COUNT: "holds",
    HOLD: "s",
    HOLD_LONGEST: "s",
    HOLD_RETURNED: "holds",
    HOLD_NOT_RETURNED: "holds",
    PROMPTS: "s",
}
SOUNDS = {MUSIC: SoundKind.MUSIC, RINGING: SoundKind.RINGING}  # of the call too; known even where nobody speaks
PARTY_UNITS = {AFTER_COUNT: "silences", AFTER: "s"}  # of each party
NAMES = frozenset({*UNITS, *SOUNDS, *PARTY_UNITS})

SILENCE_S = 3.0  # Amazon Contact Lens: non-talk time; ordinary gaps between turns are 0.2 to 1 s
DEAD_AIR_S = 5.0  # Google and Huawei: from here a caller wonders whether anybody is there
HOLD_PHRASE_S = 10.0  # from the phrase to the silence: a last sentence, the customer's "okay" and a breath fit in
HOLD_LIMIT_S = 60.0  # service standards have the agent come back at least once a minute
RETURN_S = 5.0  # "hello, are you there?", a breath, and the thanks; later ones are about something else
QUOTE_S = 5.0  # the last words before a silence: enough to know what was left unanswered

Shown = dict[str, tuple[float, tuple[Evidence, ...]]]  # by name: the value and what shows it


@dataclass(frozen=True, slots=True)
class Silences:
    """The silences of a call.

    `everywhere`: all of them. Those between speech are divided into `hold` (with its music) and `dead_air`;
    `announced` are the waits that begin a hold, `holds` the same holds from there until the agent is back.
    """

    everywhere: tuple[Span, ...] = ()
    hold: tuple[Span, ...] = ()
    dead_air: tuple[Span, ...] = ()
    announced: tuple[Span, ...] = ()
    holds: tuple[Span, ...] = ()


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Silence, holds and sounds of the call; silence after each party. Evidence: each, with the words about it."""
    return (*_silence_measures(conversation), *_sound_measures(conversation))


def _silence_measures(conversation: Conversation) -> tuple[Measure, ...]:
    if not conversation.speech or conversation.recording.duration_s <= 0:
        why = "nobody is heard: without speech there is no silence between it"
        of_parties = (missing(name, party, unit, why) for party in PARTIES for name, unit in PARTY_UNITS.items())
        return (*(missing(name, None, unit, why) for name, unit in UNITS.items()), *of_parties)
    found = find_silences(conversation)
    shown = {**_silence(conversation, found), **_holds(conversation, found), **_prompts(conversation)}
    call = (Measure(name, None, shown[name][0], unit, shown[name][1]) for name, unit in UNITS.items())
    after = ((party, _after(conversation, found, party)) for party in PARTIES)
    return (*call, *(Measure(n, party, v, PARTY_UNITS[n], e) for party, each in after for n, (v, e) in each.items()))


def find_silences(conversation: Conversation) -> Silences:
    """All silences of a call, and which of those between speech were announced; none where nobody speaks."""
    talk = union(speech.span for speech in conversation.speech)
    if not talk:
        return Silences()
    sounding = union(sound.span for sound in conversation.sounds)
    waits = _lasting(gaps(talk, Span(talk[0].start_s, talk[-1].end_s)), SILENCE_S)
    holds = tuple(_announced_waits(conversation, waits))
    limits = [Span(hold[0].start_s, min(hold[0].start_s + HOLD_LIMIT_S, hold[-1].end_s)) for hold in holds]
    return Silences(
        everywhere=_lasting(gaps((*talk, *sounding), conversation.recording.span), SILENCE_S),
        hold=tuple(
            part for hold, limit in zip(holds, limits, strict=True) for part in intersection(hold, (limit, *sounding))
        ),
        dead_air=_lasting((part for wait in waits for part in gaps((*limits, *sounding), wait)), DEAD_AIR_S),
        announced=tuple(hold[0] for hold in holds),
        holds=tuple(Span(hold[0].start_s, hold[-1].end_s) for hold in holds),
    )


def _lasting(spans: Iterable[Span], least_s: float) -> tuple[Span, ...]:
    return tuple(span for span in spans if span.duration_s >= least_s)


def _announced_waits(conversation: Conversation, waits: Iterable[Span]) -> Iterator[list[Span]]:
    """The waits of each hold: the one that was announced, and those after it until the agent speaks."""
    hold: list[Span] = []
    for wait in waits:
        if hold and not conversation.words_of(Party.AGENT, Span(hold[-1].end_s, wait.start_s)):
            hold.append(wait)
            continue
        if hold:
            yield hold
        hold = [wait] if _announces_hold(conversation, wait) else []
    if hold:
        yield hold


def _last_words(conversation: Conversation, silence: Span) -> tuple[Word, ...]:
    # Recognisers put word edges off by up to 0.3 s: the last word may seem to lie in the silence.
    return conversation.words_of(Party.AGENT, Span(silence.start_s - HOLD_PHRASE_S, silence.start_s + WORD_EDGE_S))


def _announces_hold(conversation: Conversation, silence: Span) -> bool:
    heard = sounds(units_of(_last_words(conversation, silence)))
    for phrase in RETURN_PHRASES:
        heard = heard.replace(sounds_of(phrase), " ")
    return any(sounds_of(phrase) in heard for phrase in HOLD_PHRASES)


def _silence(conversation: Conversation, found: Silences) -> Shown:
    everywhere, dead_air = _evidence(found.everywhere), _evidence(found.dead_air)
    longest = max(found.everywhere, key=lambda span: span.duration_s, default=None)
    return {
        COUNT: (float(len(everywhere)), everywhere),
        TOTAL: (_seconds(found.everywhere), everywhere),
        LONGEST: (longest.duration_s, _evidence([longest])) if longest else (0.0, ()),
        SHARE: (_seconds(found.everywhere) / conversation.recording.duration_s, everywhere),
        DEAD_AIR_COUNT: (float(len(dead_air)), dead_air),
        DEAD_AIR: (_seconds(found.dead_air), dead_air),
    }


def _holds(conversation: Conversation, found: Silences) -> Shown:
    announced = tuple(Evidence(wait, Party.AGENT, _text(_last_words(conversation, wait))) for wait in found.announced)
    longest = max(found.holds, key=lambda span: span.duration_s, default=None)
    returns = [_return(conversation, hold) for hold in found.holds]
    thanked = tuple(evidence for evidence, is_thanks in returns if is_thanks)
    silent = tuple(evidence for evidence, is_thanks in returns if not is_thanks)
    return {
        HOLD_COUNT: (float(len(announced)), announced),
        HOLD: (_seconds(found.hold), _evidence(found.hold)),
        HOLD_LONGEST: (longest.duration_s, (Evidence(longest, Party.AGENT),)) if longest else (0.0, ()),
        HOLD_RETURNED: (float(len(thanked)), thanked),
        HOLD_NOT_RETURNED: (float(len(silent)), silent),
    }


def _return(conversation: Conversation, hold: Span) -> tuple[Evidence, bool]:
    """What the agent said on coming back, and whether it holds thanks or an apology."""
    words = conversation.words_of(Party.AGENT, Span(hold.end_s - WORD_EDGE_S, hold.end_s + RETURN_S))
    heard = sounds(units_of(words))
    end_s = min(hold.end_s + RETURN_S, max(hold.end_s, conversation.recording.duration_s))
    evidence = Evidence(Span(hold.end_s, end_s), Party.AGENT, _text(words))
    return evidence, any(sounds_of(phrase) in heard for phrase in THANKS_AND_APOLOGIES)


def _prompts(conversation: Conversation) -> Shown:
    said = said_in_turns(conversation)
    announced = announcements(said, conversation)
    machine = [one for one in said if one.turn.party is Party.OTHER and one.turn in announced]
    spans = intersection((one.turn.span for one in machine), conversation.speech_of(Party.OTHER))
    return {PROMPTS: (_seconds(spans), tuple(Evidence(one.turn.span, Party.OTHER, one.text) for one in machine))}


def _after(conversation: Conversation, found: Silences, party: Party) -> Shown:
    """The silences between speech before which the party spoke last, with its last words."""
    talk = sorted((speech.span.end_s, speech.party) for speech in conversation.speech)
    end_s, first_s = talk[-1][0], min(speech.span.start_s for speech in conversation.speech)
    between = [span for span in found.everywhere if first_s < span.start_s and span.end_s < end_s]
    mine = [span for span in between if max(one for one in talk if one[0] <= span.start_s)[1] is party]
    evidence = tuple(
        Evidence(
            span, party, _text(conversation.words_of(party, Span(span.start_s - QUOTE_S, span.start_s + WORD_EDGE_S)))
        )
        for span in mine
    )
    return {AFTER_COUNT: (float(len(mine)), evidence), AFTER: (_seconds(mine), evidence)}


def _sound_measures(conversation: Conversation) -> Iterator[Measure]:
    for name, kind in SOUNDS.items():
        spans = union(sound.span for sound in conversation.sounds if sound.kind is kind)
        yield Measure(name, None, _seconds(spans), "s", _evidence(spans))


def _text(words: Iterable[Word]) -> str:
    return join_words(word.original or word.text for word in words)


def _seconds(spans: Iterable[Span]) -> float:
    return sum((span.duration_s for span in spans), 0.0)


def _evidence(spans: Iterable[Span]) -> tuple[Evidence, ...]:
    return tuple(Evidence(span) for span in spans)
