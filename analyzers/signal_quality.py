"""Signal quality: what a party's line carries, so that a bad line is not blamed on the party.

* **bandwidth**: up to where its speech has energy, in Hz (3400 on the telephone, whatever the file's sample rate).
* **noise floor**: the median level of its channel while nobody speaks and nothing sounds, in dBFS. 0.2 s about
  speech are left out (reverberation, and what voice activity cuts short). Where that is digital silence the
  line is gated, and what noise lies under the words cannot be told.
* **speech to noise**: the power of its speech, less that of the noise, over that of the noise, in dB.
* **dropouts**, **dropped**: how often and for how many seconds the line was cut while the party spoke.
* **crosstalk**: how far below its own channel the other side's voice is heard on the party's, in dB.

`doubts` says which measures a bad signal makes less sure; `analyzers.analyze` marks them.

Left out: noise that comes and goes with the speech (codec artefacts, reverberation), and a judgement of quality
as heard (ITU-T P.863 needs the clean signal, or a model of listeners).

Sources: ITU-T P.56 (2011): what lies more than 15.9 dB below the active level is no activity, so that noise nearer
than this is measured as voice; ITU-T G.1010 (2001) table I.1: speech bears up to 3 % of it lost; French and
Steinberg (1947): low-passed at 2.5 kHz speech keeps about two thirds of its articulation. Clipping: 2 % of samples
lower the level of telephone speech by 0.6 to 1.1 dB (3 voices measured).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, median

from analyzers.conversation import PARTIES, Conversation, Party, Span, Track, gaps, intersection, union
from analyzers.measure import Evidence, Measure, missing
from analyzers.volume import power_mean_db

BANDWIDTH = "signal.bandwidth"
NOISE_FLOOR = "signal.noise_floor"
SPEECH_TO_NOISE = "signal.speech_to_noise"
DROPOUTS = "signal.dropouts"
DROPPED = "signal.dropped"
CROSSTALK = "signal.crosstalk"
UNITS = {
    BANDWIDTH: "Hz",
    NOISE_FLOOR: "dBFS",
    SPEECH_TO_NOISE: "dB",
    DROPOUTS: "dropouts",
    DROPPED: "s",
    CROSSTALK: "dB",
}
NAMES = frozenset(UNITS)

ABOUT_SPEECH_S = 0.2  # left out before and after speech: rooms and lines ring that long
QUIET_S = 1.0  # the least time without speech that tells the noise of a line
# The quietest 16-bit sample alone is at -90 dBFS, and no telephone line is as quiet: nothing was sent.
DIGITAL_SILENCE_DBFS = -90.0

NOISY_DB = 15.9  # ITU-T P.56: noise nearer than this to the active level is measured as voice
BURIED_DB = (
    -10.0
)  # speech this far under the noise raises the level by 0.4 dB: less can't be told, and is given as this
CLIPPED_SHARE = 0.02  # of the samples of the speech: the level reads about 1 dB low
DROPPED_SHARE = 0.03  # of the speech: ITU-T G.1010
NARROW_HZ = 2500.0  # under it a third of what tells syllables from each other is gone

LEVELS, WORDS, VOICE = "volume", "talk_speed", "tone"  # the measures that a signal can spoil, by their first name


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Six measures for each party; evidence: the dropouts."""
    return tuple(measure for party in PARTIES for measure in _measures(conversation, party))


def doubts(conversation: Conversation, party: Party) -> Mapping[str, str]:
    """Why measures of the party are of low confidence, by the first part of their names; only what is doubted.

    Noise within `NOISY_DB` of the speech and more than `DROPPED_SHARE` of it lost spoil levels, tone and talk speed;
    more than `CLIPPED_SHARE` of clipped samples, levels and tone; a band under `NARROW_HZ`, talk speed (its words).
    """
    found = {measure.name: measure.value for measure in _measures(conversation, party) if measure.value is not None}
    clipped = _clipped_share(conversation, party)
    speech_s = sum(span.duration_s for span in conversation.speech_of(party))
    reasons: dict[str, list[str]] = {LEVELS: [], WORDS: [], VOICE: []}
    if found.get(SPEECH_TO_NOISE, math.inf) < NOISY_DB:
        _add(reasons, reasons, f"the line's noise lies {found[SPEECH_TO_NOISE]:.1f} dB below the speech only")
    if found.get(DROPPED, 0.0) > DROPPED_SHARE * speech_s:
        _add(reasons, reasons, f"the line lost {found[DROPPED]:.1f} s of the speech")
    if clipped > CLIPPED_SHARE:
        _add(reasons, (LEVELS, VOICE), f"{clipped:.0%} of the samples are clipped")
    if found.get(BANDWIDTH, math.inf) < NARROW_HZ:
        _add(reasons, (WORDS,), f"the line carries speech up to {found[BANDWIDTH]:.0f} Hz only")
    return {family: "; ".join(why) for family, why in reasons.items() if why}


def _add(reasons: dict[str, list[str]], families: Sequence[str] | Mapping[str, list[str]], why: str) -> None:
    for family in families:
        reasons[family].append(why)


def _measures(conversation: Conversation, party: Party) -> tuple[Measure, ...]:
    if not conversation.speech_of(party):
        return tuple(missing(name, party, unit, f"the {party} is not heard") for name, unit in UNITS.items())
    floor = _noise_floor(conversation, party)
    return (
        _bandwidth(conversation, party),
        floor,
        _speech_to_noise(conversation, party, floor),
        *_dropouts(conversation, party),
        _crosstalk(conversation, party),
    )


def _bandwidth(conversation: Conversation, party: Party) -> Measure:
    signal = conversation.signal_of(party)
    if signal is None or signal.bandwidth_hz is None:
        why = "there is too little speech to tell" if signal else "the signal was not measured"
        return missing(BANDWIDTH, party, UNITS[BANDWIDTH], why)
    return Measure(BANDWIDTH, party, signal.bandwidth_hz, UNITS[BANDWIDTH])


def _noise_floor(conversation: Conversation, party: Party) -> Measure:
    track = conversation.track_of("level", party)
    quiet = _quiet(conversation, track) if track else ()
    levels = track.inside(quiet) if track else ()
    if track is None or len(levels) * track.hop_s < QUIET_S:
        why = f"less than {QUIET_S:.0f} s are without speech" if track else "there is no level track"
        return missing(NOISE_FLOOR, party, UNITS[NOISE_FLOOR], why)
    floor_dbfs = median(levels)
    gated = f"digital silence (under {DIGITAL_SILENCE_DBFS:.0f} dBFS): what noise lies under the words can't be told"
    doubt = gated if floor_dbfs <= DIGITAL_SILENCE_DBFS else ""
    evidence = tuple(Evidence(span) for span in quiet)
    return Measure(NOISE_FLOOR, party, floor_dbfs, UNITS[NOISE_FLOOR], evidence, low_confidence_because=doubt)


def _quiet(conversation: Conversation, track: Track) -> tuple[Span, ...]:
    """When nobody speaks on any channel and nothing else sounds on this one."""
    speech = [speech.span for speech in conversation.speech]
    sounds = [sound.span for sound in conversation.sounds if sound.channel == track.channel]
    taken = [Span(span.start_s - ABOUT_SPEECH_S, span.end_s + ABOUT_SPEECH_S) for span in (*speech, *sounds)]
    return gaps(taken, conversation.recording.span)


def _speech_to_noise(conversation: Conversation, party: Party, floor: Measure) -> Measure:
    unit = UNITS[SPEECH_TO_NOISE]
    if floor.value is None or floor.low_confidence_because:
        return missing(SPEECH_TO_NOISE, party, unit, floor.missing_because or floor.low_confidence_because)
    track = conversation.track_of("level", party)
    levels = track.inside(conversation.speech_alone(party)) if track else ()
    if not levels:
        return missing(SPEECH_TO_NOISE, party, unit, f"the {party} never speaks alone")
    over_db = power_mean_db(levels) - floor.value
    voice_power = 10 ** (over_db / 10) - 1  # in units of the noise's
    return Measure(SPEECH_TO_NOISE, party, 10 * math.log10(max(voice_power, 10 ** (BURIED_DB / 10))), unit)


def _dropouts(conversation: Conversation, party: Party) -> tuple[Measure, Measure]:
    signal = conversation.signal_of(party)
    if signal is None:
        why = "the signal was not measured"
        return missing(DROPOUTS, party, UNITS[DROPOUTS], why), missing(DROPPED, party, UNITS[DROPPED], why)
    turns = union(turn.span for turn in conversation.turns_of(party))  # a cut voice is no speech while it is cut
    cuts = intersection(signal.dropouts, turns)
    evidence = tuple(Evidence(span, party) for span in cuts)
    return (
        Measure(DROPOUTS, party, float(len(cuts)), UNITS[DROPOUTS], evidence),
        Measure(DROPPED, party, sum((span.duration_s for span in cuts), 0.0), UNITS[DROPPED], evidence),
    )


def _crosstalk(conversation: Conversation, party: Party) -> Measure:
    signal = conversation.signal_of(party)
    if signal is None or signal.crosstalk_db is None:
        why = "the other side is not heard on this channel" if signal else "the signal was not measured"
        return missing(CROSSTALK, party, UNITS[CROSSTALK], why)
    return Measure(CROSSTALK, party, signal.crosstalk_db, UNITS[CROSSTALK])


def _clipped_share(conversation: Conversation, party: Party) -> float:
    track = conversation.track_of("clipped", party)
    shares = track.inside(conversation.speech_of(party)) if track else ()
    return fmean(shares) if shares else 0.0
