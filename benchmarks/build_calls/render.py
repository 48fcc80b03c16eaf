"""A plan rendered: the samples of a call, and what is exactly true of them.

The truth file is that of docs/accuracy.md: turns (the sounding part, `rms_dbfs` as it lies in the recording
before noise and code), overlaps (`by`: who came in), silences of 3 s, `sounds` (hold music), `expect` (what was
planted), and the `recipe`. Everything is placed on whole samples. Exact is all but one thing: of a line that is
cut off (`cut_short`) the text is cut in proportion, since nobody knows where its words are.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from analyzers.conversation import PARTIES, Party, Span, gaps
from analyzers.silence import SILENCE_S
from analyzers.units import spoken_units
from benchmarks.build_calls.circuit import Layout, Samples, in_band, overloaded, recorded
from benchmarks.build_calls.plan import INTERRUPTIONS, Event, Line, Plan
from benchmarks.build_calls.utterances import FRAME_S, Clip, first_part, sounding_frames

SHORTEST_OVERLAP_S = 0.05  # less is no truth that a listener could confirm
FADE_S = 0.01  # a cut without a click
MUSIC_EDGE_S = 0.5  # between speech and hold music
BEAT_S = 0.4
MELODY_HZ = (523.3, 659.3, 784.0, 1046.5, 880.0, 784.0, 659.3, 587.3)  # C major, over its bass
BASS_HZ = (523.3 / 4, 392.0 / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A line as it lies in the call: at sample `start`, at its level."""

    line: Line
    start: int
    samples: Samples
    text: str
    cut_short: bool = False

    @property
    def end(self) -> int:
        """The sample after the last."""
        return self.start + len(self.samples)


@dataclass(frozen=True, slots=True)
class Placed:
    """Everything that sounds in a call; times are in samples."""

    said: tuple[Said, ...]
    music: tuple[tuple[int, int], ...]
    length: int


def place(plan: Plan, clips: Mapping[str, Clip]) -> Placed:
    """Where everything lies; `clips` are those of `plan.circuit` by the names of their utterances."""
    rate_hz = plan.circuit.sample_rate_hz
    said: list[Said] = []
    music: list[tuple[int, int]] = []
    end = 0
    for line in plan.lines:
        start = max(0, end + round(line.gap_s * rate_hz))
        if line.hold_music:
            edge = round(MUSIC_EDGE_S * rate_hz)
            music.append((end + edge, max(end + edge, start - edge)))
        if line.stops_other_after_s is not None and said:
            said[-1] = _stopped(said[-1], start + round(line.stops_other_after_s * rate_hz), rate_hz)
        said.append(_said(line, start, clips[line.utterance], plan))
        end = max(each.end for each in said)
    return Placed(tuple(said), tuple(music), end + round(plan.tail_s * rate_hz))


def _said(line: Line, start: int, clip: Clip, plan: Plan) -> Said:
    nominal_dbfs = plan.circuit.agent_dbfs if line.party is Party.AGENT else plan.circuit.customer_dbfs
    samples = clip.samples * 10 ** ((nominal_dbfs + line.gain_db) / 20)
    whole = Said(line, start, samples, clip.utterance.text)
    if line.lasts_s is None:
        return whole
    return _stopped(whole, start + round(line.lasts_s * clip.sample_rate_hz), clip.sample_rate_hz)


def _stopped(said: Said, at: int, rate_hz: int) -> Said:
    """The line cut off at a sample, or at the last sound before it; as it is where it ends sooner."""
    if at >= said.end:
        return said
    kept = said.samples[: max(0, at - said.start)].copy()
    sounding = sounding_frames(kept, rate_hz)
    kept = kept[: round((sounding[-1] + 1) * FRAME_S * rate_hz) if len(sounding) else len(kept)]
    fade = min(len(kept), round(FADE_S * rate_hz))
    kept[len(kept) - fade :] *= np.linspace(1, 0, fade)
    text = first_part(said.text, len(kept) / len(said.samples))
    return replace(said, samples=kept, text=text, cut_short=True)


def render(plan: Plan, placed: Placed) -> Samples:
    """What the recorder writes: `(samples, channels)` within [-1, 1]. Hold music lies on the agent's side."""
    dry = {party: np.zeros(placed.length) for party in PARTIES}
    for said in placed.said:
        dry[said.line.party][said.start : said.end] += said.samples
    for start, end in placed.music:
        dry[Party.AGENT][start:end] += _music(end - start, plan)
    return recorded(dry[Party.AGENT], dry[Party.CUSTOMER], plan.circuit, plan.seed)


def _music(length: int, plan: Plan) -> Samples:
    """A music box: a note a beat over a held bass, as loud as the agent."""
    rate_hz = plan.circuit.sample_rate_hz
    times_s = np.arange(length) / rate_hz
    beat = (times_s / BEAT_S).astype(int)
    note = np.array(MELODY_HZ)[beat % len(MELODY_HZ)]
    bass = np.array(BASS_HZ)[beat // len(MELODY_HZ) % len(BASS_HZ)]
    struck = np.exp(-4 * (times_s % BEAT_S) / BEAT_S)
    partials = sum(np.sin(2 * np.pi * k * note * times_s) / k**2 for k in (1, 2, 3))
    drone = sum(np.sin(2 * np.pi * k * bass * times_s) / k for k in (2, 3, 4))
    music = in_band(struck * partials + 0.3 * drone, plan.circuit)
    return np.asarray(music * 10 ** (plan.circuit.agent_dbfs / 20) / np.sqrt(np.mean(np.square(music)) + 1e-12))


def truth(plan: Plan, placed: Placed) -> dict[str, Any]:
    """What is true of the call, as it stands in its JSON file."""
    rate_hz = plan.circuit.sample_rate_hz
    turns = [_turn(said, plan) for said in sorted(placed.said, key=lambda said: said.start)]
    music = [_span(Span(start / rate_hz, end / rate_hz)) for start, end in placed.music]
    sounding = [Span(each["start_s"], each["end_s"]) for each in (*turns, *music)]
    silences = gaps(sounding, Span(0.0, placed.length / rate_hz))
    return {
        "call": plan.call,
        "language": plan.language,
        "layout": "stereo" if plan.circuit.layout is Layout.STEREO else "mono",
        "sample_rate": rate_hz,
        "duration_s": round(placed.length / rate_hz, 4),
        "turns": turns,
        "overlaps": list(_overlaps(turns)),
        "silences_3s": [_span(silence) for silence in silences if silence.duration_s >= SILENCE_S],
        "sounds": [{**span, "kind": "music", "channel": 0} for span in music],
        "expect": _expected(plan),
        "recipe": asdict(plan),
    }


def _turn(said: Said, plan: Plan) -> dict[str, Any]:
    rate_hz = plan.circuit.sample_rate_hz
    power = np.mean(np.square(overloaded(said.samples, plan.circuit)))
    return {
        "party": said.line.party.value,
        **_span(Span(said.start / rate_hz, said.end / rate_hz)),
        "text": said.text,
        "cut_short": said.cut_short,
        "units": len(spoken_units(said.text)),
        "rms_dbfs": round(float(10 * np.log10(power)), 2),
        "tags": list(said.line.tags),
    }


def _span(span: Span) -> dict[str, float]:
    return {"start_s": round(span.start_s, 4), "end_s": round(span.end_s, 4)}


def _overlaps(turns: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for i, turn in enumerate(turns):
        for before in turns[:i]:
            end_s = min(turn["end_s"], before["end_s"])
            if before["party"] != turn["party"] and end_s - turn["start_s"] >= SHORTEST_OVERLAP_S:
                yield {"start_s": turn["start_s"], "end_s": end_s, "by": turn["party"]}


def _expected(plan: Plan) -> dict[str, int]:
    """How often what was planted has to be found."""
    tags = [(line.party, tag) for line in plan.lines for tag in line.tags]
    by = {party: sum(who is party and tag in INTERRUPTIONS for who, tag in tags) for party in PARTIES}
    counts = {f"interruptions_by_{party}": count for party, count in by.items()}
    return counts | {"dead_air": sum(tag == Event.DEAD_AIR for _, tag in tags)}


def write(folder: Path, plan: Plan, clips: Mapping[str, Clip]) -> None:
    """The call as NAME.wav (16 bit) and its truth as truth/NAME.json."""
    placed = place(plan, clips)
    samples = render(plan, placed)
    with wave.open(str(folder / f"{plan.call}.wav"), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(plan.circuit.sample_rate_hz)
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    document = json.dumps(truth(plan, placed), ensure_ascii=False, indent=1)
    (folder / "truth").mkdir(exist_ok=True)
    (folder / "truth" / f"{plan.call}.json").write_text(document, "utf-8")
