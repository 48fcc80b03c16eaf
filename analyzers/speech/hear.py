"""Hearing: a recording in, a conversation out. The only step that reads samples.

decode -> voices (a channel each, or told apart on a shared one) -> words -> tracks -> document.
Which voice is whose is not decided here (`analyzers.roles`): that needs no samples and may be corrected later.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock

from analyzers.conversation import (
    UNASSIGNED,
    Conversation,
    Limit,
    Party,
    Recording,
    Signal,
    Span,
    Speech,
    Track,
    Word,
    take_turns,
)
from analyzers.speech import campplus, diarization, segmentation, transcription, weights, whisper
from analyzers.speech.acoustics import channel_tracks, pitch_track
from analyzers.speech.audio import Audio, decode
from analyzers.speech.bandwidth import bandwidth_hz
from analyzers.speech.channels import level_dbfs, same_signal
from analyzers.speech.dropouts import dropouts
from analyzers.speech.edges import without_silent_edges
from analyzers.speech.options import HearingOptions
from analyzers.speech.sounds import beside_speech, sounds_on, without_sounds
from analyzers.speech.torch_setup import device_of, use_threads
from analyzers.speech.transcription import ChannelWord, Recogniser, Transcript
from analyzers.speech.voices import (
    PAIR,
    Apart,
    Voices,
    on_channels_apart,
    on_one_channel,
    with_further_voices,
    without_noise,
)

NOBODY = Limit("speech", "nobody speaks in this recording")
ONE_SIGNAL = Limit(
    "channels", "both channels carry the same signal: heard as one, its voices told apart by diarization"
)
LOADING = Lock()  # threads of one process share the engines: the first to come loads them, the others wait


def hear(recording: Recording, options: HearingOptions) -> Conversation:
    """Hear a call. The first call of a process loads the engines; they stay.

    Raises:
        RecordingError: the audio can't be read.
        WeightsError: an engine's weights are missing.
    """
    use_threads(options.threads)
    with decode(Path(recording.uri), Path(tempfile.gettempdir())) as audio:
        heard = replace(recording, duration_s=audio.duration_s)
        voices = _voices(audio, options)
        recogniser = _recogniser(options)
        transcript = _transcript(recogniser, audio, voices, recording.metadata.language or options.language)
        sounds = tuple(sound for channel in range(audio.channels) for sound in sounds_on(audio, channel))
        voices = without_noise(audio, voices, transcript.unintelligible)
        voices = without_sounds(voices, sounds, transcript.unintelligible)
        tracks = (*_tracks(audio), *_pitch(audio, voices))
        signals = tuple(_signal(audio, voices, channel) for channel in range(audio.channels))
    speech = without_silent_edges(voices.speech, tracks)
    return Conversation(
        recording=heard,
        language=transcript.language,
        words=tuple(_word(word, voices.owner(word.channel, word.span)) for word in transcript.words),
        speech=speech,
        turns=take_turns(speech),
        unintelligible=tuple(_unintelligible(transcript.unintelligible, speech)),
        tracks=tracks,
        sounds=beside_speech(sounds, speech),
        signals=signals,
        roles=UNASSIGNED,
        engines=(*voices.engines, recogniser.engine),
        limits=(*audio.limits, *voices.limits, *(() if voices.speech else (NOBODY,))),
    )


def _voices(audio: Audio, options: HearingOptions) -> Voices:
    if audio.channels == 1:
        return on_one_channel(audio, _diarizer(options))
    if same_signal(audio):
        voices = on_one_channel(audio, _diarizer(options))
        return replace(voices, limits=(*voices.limits, ONE_SIGNAL))
    voices = with_further_voices(audio, on_channels_apart(audio, _detector(options)), _apart(options))
    one_is_dead = audio.channels == PAIR and len(voices.regions()) == 1
    return _beside_a_dead_channel(audio, voices, options) if one_is_dead else voices


def _beside_a_dead_channel(audio: Audio, voices: Voices, options: HearingOptions) -> Voices:
    """One channel of two carries no speech: its party said nothing, or the recorder put both on the other."""
    (living,) = voices.regions()
    dead = f"nobody speaks on channel {1 - living} (its level is {level_dbfs(audio, 1 - living):.0f} dBFS)"
    if len({speech.speaker for speech in voices.speech}) == 1:
        return replace(voices, limits=(*voices.limits, Limit("channels", dead)))
    shared = on_one_channel(audio, _diarizer(options), living)
    both = Limit("channels", f"{dead}: several voices share channel {living}, told apart by diarization")
    limits = (*voices.limits, *shared.limits, both)
    return replace(shared, engines=(*voices.engines, *shared.engines), limits=limits, crosstalk=voices.crosstalk)


def _transcript(recogniser: Recogniser, audio: Audio, voices: Voices, language: str | None) -> Transcript:
    regions = voices.regions()
    language = language or transcription.detect_language(recogniser, audio, regions)
    return transcription.transcribe(recogniser, audio, regions, language)


def _tracks(audio: Audio) -> tuple[Track, ...]:
    channels = range(audio.channels)
    return tuple(t for c in channels for t in channel_tracks(audio.blocks(c), audio.sample_rate_hz, c))


def _pitch(audio: Audio, voices: Voices) -> Iterable[Track]:
    return (pitch_track(audio, channel, spans) for channel, spans in voices.regions().items())


def _signal(audio: Audio, voices: Voices, channel: int) -> Signal:
    speech = voices.regions().get(channel, ())
    heard = next((heard for heard in voices.crosstalk if heard.channel == channel), None)
    return Signal(
        channel,
        bandwidth_hz=bandwidth_hz(audio, channel, speech),
        dropouts=dropouts(audio, channel, speech),
        crosstalk_db=round(heard.below_db, 1) if heard else None,
        crosstalk_delay_s=round(heard.delay_s, 4) if heard else None,
    )


def _word(word: ChannelWord, speaker: str) -> Word:
    return Word(word.span, word.text, Party.OTHER, word.probability, word.channel, word.original, speaker)


def _unintelligible(lost: Iterable[tuple[int, Span]], speech: tuple[Speech, ...]) -> Iterable[Speech]:
    """The speech that got no words, each part with the voice it belongs to."""
    for channel, span in lost:
        for region in speech:
            if region.channel == channel and (part := region.span.within(span)):
                yield replace(region, span=part)


def _resolved(options: HearingOptions, setting: str, default: weights.WeightSet) -> str:
    return weights.resolve(setting, default, weights.cache_folder(options.weights_dir))


def _recogniser(options: HearingOptions) -> Recogniser:
    source = _resolved(options, options.recogniser, weights.RECOGNISER)
    with LOADING:
        return whisper.load(source, device_of(options.device), options)


def _detector(options: HearingOptions) -> segmentation.Detector:
    source = _resolved(options, options.segmentation, weights.SEGMENTATION)
    with LOADING:
        return segmentation.load(source, device_of(options.device), options.hub_token)


def _apart(options: HearingOptions) -> Apart:
    if options.diarization != weights.DEFAULT:
        return diarization.one_voice
    folder = _resolved(options, options.diarization, weights.EMBEDDING)
    with LOADING:
        return partial(diarization.voices_apart, campplus.load(folder, device_of(options.device)))


def _diarizer(options: HearingOptions) -> diarization.Diarizer:
    device = device_of(options.device)
    chosen = _resolved(options, options.diarization, weights.EMBEDDING)
    if options.diarization != weights.DEFAULT:
        with LOADING:
            return diarization.load_from_hub(chosen, device, options.hub_token)
    source = _resolved(options, options.segmentation, weights.SEGMENTATION)
    with LOADING:
        return diarization.load(source, chosen, device, options.hub_token)
