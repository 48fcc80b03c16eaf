"""The one document: what was said in a call, by whom, when, and how it was heard.

Everything after hearing (measures, findings, scores, rows) reads a `Conversation` and nothing else,
so it can be repeated in milliseconds without the audio. Read in this order: `Span`, `Word`,
`Speech`, `Turn`, `Track`, `Recording`, `Conversation`.

Times are seconds from the start of the recording. Spans are half-open: `[start_s, end_s)`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

SCHEMA_VERSION = 2

# The longest silence that speakers ordinarily leave inside what they are saying:
# Jefferson (1989), "a standard maximum silence of approximately one second in conversation".
TURN_PAUSE_S = 1.0

LONGEST_WORD_S = 30.0  # recognisers hear windows of 30 s: no word is longer


class Party(StrEnum):
    """Who speaks: the two sides of a service call, and anybody else (third person, announcement)."""

    AGENT = "agent"
    CUSTOMER = "customer"
    OTHER = "other"

    @property
    def counterpart(self) -> Party:
        """The other side of the call; a third person has none and is its own counterpart."""
        return {Party.AGENT: Party.CUSTOMER, Party.CUSTOMER: Party.AGENT}.get(self, self)


PARTIES = (Party.AGENT, Party.CUSTOMER)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch of time `[start_s, end_s)` in seconds.

    Raises:
        ValueError: `end_s` lies before `start_s`.
    """

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not self.start_s <= self.end_s:
            raise ValueError(f"a span ends after it starts, got [{self.start_s}, {self.end_s})")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    @property
    def middle_s(self) -> float:
        """The point halfway, in seconds."""
        return (self.start_s + self.end_s) / 2

    def __contains__(self, time_s: float) -> bool:
        return self.start_s <= time_s < self.end_s

    def overlap_s(self, other: Span) -> float:
        """How many seconds both spans share."""
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))

    def within(self, window: Span) -> Span | None:
        """The part inside `window`, or None where nothing of it is."""
        start_s, end_s = max(self.start_s, window.start_s), min(self.end_s, window.end_s)
        return Span(start_s, end_s) if start_s < end_s else None


def union(spans: Iterable[Span], *, bridge_s: float = 0.0) -> tuple[Span, ...]:
    """The time that at least one span covers, in order; gaps of up to `bridge_s` seconds are closed."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start_s <= merged[-1].end_s + bridge_s:
            merged[-1] = Span(merged[-1].start_s, max(merged[-1].end_s, span.end_s))
        else:
            merged.append(span)
    return tuple(merged)


def gaps(spans: Iterable[Span], window: Span) -> tuple[Span, ...]:
    """The time inside `window` that no span covers, in order."""
    covered = [part for span in union(spans) if (part := span.within(window))]
    edges = [window.start_s, *(edge for span in covered for edge in (span.start_s, span.end_s)), window.end_s]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple(Span(start_s, end_s) for start_s, end_s in pairs if start_s < end_s)


def intersection(these: Iterable[Span], those: Iterable[Span]) -> tuple[Span, ...]:
    """The time that both sets of spans cover, in order."""
    mine, theirs = union(these), union(those)
    parts: list[Span] = []
    i = j = 0
    while i < len(mine) and j < len(theirs):
        if part := mine[i].within(theirs[j]):
            parts.append(part)
        # Whichever ends first meets nothing more.
        i, j = (i + 1, j) if mine[i].end_s <= theirs[j].end_s else (i, j + 1)
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word (zh: as the recogniser cut it, usually one to three Hanzi).

    Punctuation stays attached. `text` is normalised (simplified Chinese with its own punctuation, letters and
    digits half-width), `original` is what the recogniser wrote; `probability` is the recogniser's own, 0 to 1.
    `speaker` is the voice that said it, as in `Speech`.
    """

    span: Span
    text: str
    party: Party
    probability: float
    channel: int = 0
    original: str = ""
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Speech:
    """A stretch of one voice without a pause, as the voice-activity detector heard it.

    `speaker` is the engine's name for the voice: `channel-0`, `channel-0-voice-2`, `SPEAKER_01`.
    """

    span: Span
    party: Party
    speaker: str
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """What one voice says until it pauses for `TURN_PAUSE_S` or somebody else takes over."""

    span: Span
    party: Party
    speaker: str


@dataclass(frozen=True, slots=True)
class Track:
    """A quantity sampled over time on one channel: value `i` covers `[i * hop_s, (i + 1) * hop_s)`.

    Names in use: `level` (RMS, dBFS), `loudness` (momentary, LUFS), `clipped` (share of samples), `pitch`
    (fundamental frequency, Hz; 0 where no voiced speech is).
    """

    name: str
    channel: int
    values: tuple[float, ...]
    hop_s: float
    unit: str

    def inside(self, spans: Iterable[Span]) -> tuple[float, ...]:
        """The values whose middle lies in one of the spans, in time order."""
        return tuple(self.values[i] for span in union(spans) for i in self._indices(span))

    def _indices(self, span: Span) -> range:
        first = max(0, round(span.start_s / self.hop_s))
        return range(first, min(len(self.values), round(span.end_s / self.hop_s)))


class SoundKind(StrEnum):
    """What sounds on a line that is neither speech nor silence."""

    MUSIC = "music"
    RINGING = "ringing"


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of a channel that is neither speech nor silence."""

    span: Span
    kind: SoundKind
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Signal:
    """What a channel can carry, measured on its samples; None: could not be told.

    `bandwidth_hz`: up to where speech has energy (3400 on the telephone, whatever the file's sample rate).
    `dropouts`: where the line was cut while somebody spoke. `crosstalk_db`: how far below its own channel the
    other side's voice is heard on this one, `crosstalk_delay_s` after it (an echo where that is long);
    None where it is not heard.
    """

    channel: int
    bandwidth_hz: float | None = None
    dropouts: tuple[Span, ...] = ()
    crosstalk_db: float | None = None
    crosstalk_delay_s: float | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the site says about a call. None: not said. Columns we do not know are `attributes`."""

    agent_id: str | None = None
    agent_name: str | None = None
    team: str | None = None
    customer_id: str | None = None
    queue: str | None = None
    business_type: str | None = None
    direction: str | None = None
    started_at: datetime | None = None
    ring_s: float | None = None
    hung_up_by: str | None = None
    language: str | None = None
    agent_channel: int | None = None
    csat: float | None = None
    key_customer: bool | None = None
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """One call's audio and what the site says about it. The same bytes (`sha256`) are the same call."""

    call_id: str
    sha256: str
    uri: str
    duration_s: float
    sample_rate_hz: int
    channels: int
    codec: str = ""
    metadata: Metadata = Metadata()

    @property
    def span(self) -> Span:
        """The whole recording."""
        return Span(0.0, self.duration_s)


@dataclass(frozen=True, slots=True)
class Engine:
    """Which engine did a job: enough to hear the call again the same way."""

    job: str
    name: str
    version: str
    model: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Roles:
    """How the voices were told apart as agent and customer, and how sure that is (0.5 to 1)."""

    source: str  # metadata | settings | content; none: not told apart yet
    confidence: float
    because: str = ""


UNASSIGNED = Roles("none", 0.5, "roles are assigned when the call is scored")

CUT_OFF = "recording end"  # the limit of a file that ends before the call does


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that could not be heard or measured in this call, and why."""

    what: str
    because: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A call as heard: immutable, complete, and the only input of everything that follows.

    `words`, `speech` and `turns` are in time order; those of different parties may overlap.
    `unintelligible` is the speech that no words could be found for. Hearing names voices (`speaker`);
    `analyzers.roles` says which of them are the agent's side and the customer's.
    """

    recording: Recording
    language: str
    words: tuple[Word, ...]
    speech: tuple[Speech, ...]
    turns: tuple[Turn, ...]
    unintelligible: tuple[Speech, ...] = ()
    tracks: tuple[Track, ...] = ()
    sounds: tuple[Sound, ...] = ()
    signals: tuple[Signal, ...] = ()
    roles: Roles = Roles("settings", 1.0)
    engines: tuple[Engine, ...] = ()
    limits: tuple[Limit, ...] = ()

    @property
    def diarized(self) -> bool:
        """True where the two sides share a channel and were told apart by an engine, not by the line."""
        sides = {(speech.channel, speech.party) for speech in self.speech if speech.party in PARTIES}
        return len(sides) > len({channel for channel, _ in sides})

    @property
    def channels(self) -> frozenset[int]:
        """The channels that anybody speaks on."""
        return frozenset(speech.channel for speech in self.speech)

    @property
    def speech_coverage(self) -> float | None:
        """Share of the speech time that got words; None where nobody speaks."""
        speech_s = sum(speech.span.duration_s for speech in self.speech)
        lost_s = sum(speech.span.duration_s for speech in self.unintelligible)
        return 1 - lost_s / speech_s if speech_s > 0 else None

    def words_of(self, party: Party, window: Span | None = None) -> tuple[Word, ...]:
        """The words of one party, those whose middle lies in `window` if one is given."""
        if window is None:
            return tuple(word for word in self.words if word.party is party)
        first = bisect_left(self.words, window.start_s - LONGEST_WORD_S, key=_start_s)
        near = self.words[first : bisect_left(self.words, window.end_s, key=_start_s)]
        return tuple(word for word in near if word.party is party and word.span.middle_s in window)

    def speech_of(self, party: Party) -> tuple[Span, ...]:
        """When the party speaks: disjoint, in order."""
        return union(speech.span for speech in self.speech if speech.party is party)

    def turns_of(self, party: Party) -> tuple[Turn, ...]:
        """The turns of one party."""
        return tuple(turn for turn in self.turns if turn.party is party)

    def speech_alone(self, party: Party) -> tuple[Span, ...]:
        """When the party speaks and nobody else does: the only time to judge a voice on a shared channel."""
        others = [speech.span for speech in self.speech if speech.party is not party]
        return tuple(gap for span in self.speech_of(party) for gap in gaps(others, span))

    def signal_of(self, party: Party) -> Signal | None:
        """The signal of the channel the party speaks on; None where it is not known."""
        channels = {speech.channel for speech in self.speech if speech.party is party}
        return next((signal for signal in self.signals if signal.channel in channels), None)

    def track_of(self, name: str, party: Party) -> Track | None:
        """The named track of the channel the party speaks on; None where there is none."""
        channels = {speech.channel for speech in self.speech if speech.party is party}
        return next((track for track in self.tracks if track.name == name and track.channel in channels), None)


def _start_s(word: Word) -> float:
    return word.span.start_s


def take_turns(speech: Iterable[Speech]) -> tuple[Turn, ...]:
    """Join each voice's speech into turns, in time order.

    A pause ends the turn when it lasts `TURN_PAUSE_S` or when another voice starts to speak in it.
    """
    ordered = sorted(speech, key=lambda region: (region.span, region.speaker))
    starts = [(region.span.start_s, region.speaker) for region in ordered]
    turns = [turn for speaker in dict.fromkeys(s for _, s in starts) for turn in _turns(speaker, ordered, starts)]
    return tuple(sorted(turns, key=lambda turn: (turn.span, turn.speaker)))


def _turns(speaker: str, ordered: list[Speech], starts: list[tuple[float, str]]) -> Iterator[Turn]:
    regions = [region for region in ordered if region.speaker == speaker]
    first = regions[0]
    for region, following in pairwise(regions):
        pause = Span(region.span.end_s, max(region.span.end_s, following.span.start_s))
        taken = any(time_s in pause and who != speaker for time_s, who in starts)
        if taken or pause.duration_s >= TURN_PAUSE_S:
            yield Turn(Span(first.span.start_s, region.span.end_s), first.party, speaker)
            first = following
    yield Turn(Span(first.span.start_s, regions[-1].span.end_s), first.party, speaker)
