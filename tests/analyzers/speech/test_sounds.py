"""Music and call-progress tones made by hand, and everything that must not be taken for them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from scipy.signal import butter, sosfilt

from analyzers.conversation import Party, Sound, SoundKind, Span, Speech
from analyzers.speech.sounds import beside_speech, sounds_on, without_sounds
from analyzers.speech.voices import Voices
from tests.analyzers.speech.made import audio

RATE_HZ = 8000
MUSIC, RINGING = SoundKind.MUSIC, SoundKind.RINGING
Wave = npt.NDArray[np.float64]
Style = tuple[Sequence[Sequence[int]], float, float]  # semitones over the root, seconds a note, its decay per second

STYLES: dict[str, Style] = {
    "held chords": (((0, 4, 7), (5, 9, 12), (7, 11, 14), (-3, 0, 4)), 1.2, 0.2),
    "broken chords": (((0,), (4,), (7,), (12,), (7,), (4,), (2,), (9,)), 0.35, 2.0),
    "bells": (((0, 16), (7, 19), (4, 12)), 0.5, 4.0),
}


def seconds(duration_s: float) -> Wave:
    return np.arange(round(duration_s * RATE_HZ)) / RATE_HZ


def note(frequency_hz: float, duration_s: float, decay_per_s: float) -> Wave:
    times_s = seconds(duration_s)
    attack = np.minimum(1.0, np.minimum(times_s, duration_s - times_s) / 0.01)
    waves = (np.sin(2 * np.pi * k * frequency_hz * times_s) / k for k in range(1, 7))
    return np.asarray(attack * np.exp(-decay_per_s * times_s) * sum(waves))


def music(style: str, duration_s: float, root_hz: float = 220.0) -> Wave:
    chords, note_s, decay_per_s = STYLES[style]
    bars = (
        sum(note(root_hz * 2 ** (semitones / 12), note_s, decay_per_s) for semitones in chords[i % len(chords)])
        for i in range(int(duration_s / note_s) + 1)
    )
    played = np.concatenate([np.asarray(bar) for bar in bars])[: round(duration_s * RATE_HZ)]
    return at_level(telephone(played), -25)


def telephone(samples: Wave) -> Wave:
    return np.asarray(sosfilt(butter(4, (300, 3400), "band", fs=RATE_HZ, output="sos"), samples))


def at_level(samples: Wave, dbfs: float) -> Wave:
    return np.asarray(samples * 10 ** (dbfs / 20) / np.sqrt(np.mean(samples**2)))


def noise(duration_s: float, dbfs: float, seed: int = 1) -> Wave:
    return at_level(np.random.default_rng(seed).standard_normal(round(duration_s * RATE_HZ)), dbfs)


def tones(frequencies_hz: Sequence[float], cadence_s: Sequence[float], duration_s: float) -> Wave:
    """Tone and pause by turns, as long as `cadence_s` says."""
    times_s = seconds(duration_s)
    edges_s = np.cumsum(cadence_s)
    sounding = np.searchsorted(edges_s, times_s % edges_s[-1], side="right") % 2 == 0
    return np.asarray(0.1 * sounding * sum(np.sin(2 * np.pi * hz * times_s) for hz in frequencies_hz))


def talk(duration_s: float, seed: int = 0) -> Wave:
    """Like a voice: syllables of 0.2 s, harmonics that glide with each, breath between them."""
    rng = np.random.default_rng(seed)
    times_s = seconds(duration_s)
    nodes = rng.normal(0, 2.5, int(duration_s / 0.2) + 2)
    pitch_hz = 130 * 2 ** (np.interp(times_s, np.arange(len(nodes)) * 0.2, nodes) / 12)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    voiced = sum(np.sin(k * phase) / k for k in range(1, 25)) * np.sin(np.pi * ((times_s / 0.2) % 1))
    return at_level(telephone(np.asarray(voiced) + 0.05 * rng.standard_normal(len(times_s))), -25)


def heard(*parts: Wave, line_dbfs: float = -65.0) -> tuple[Sound, ...]:
    """The sounds of some parts one after the other, on a line with noise, 8 bit mu-law."""
    samples = np.concatenate(parts)
    samples = samples + noise(len(samples) / RATE_HZ, line_dbfs, seed=9)
    coded = np.round(np.log1p(255 * np.abs(samples)) / np.log(256) * 127) / 127
    return sounds_on(audio(np.sign(samples) * (256**coded - 1) / 255, rate_hz=RATE_HZ), 0)


def quiet(duration_s: float) -> Wave:
    return np.zeros(round(duration_s * RATE_HZ))


def assert_one(found: tuple[Sound, ...], kind: SoundKind, span: Span, within_s: float) -> None:
    (sound,) = found
    assert (sound.kind, sound.channel) == (kind, 0)
    assert sound.span.start_s == pytest.approx(span.start_s, abs=within_s)
    assert sound.span.end_s == pytest.approx(span.end_s, abs=within_s)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("root_hz", [165.0, 220.0, 311.0])
def test_music_on_hold_is_found_where_it_plays(style: str, root_hz: float) -> None:
    assert_one(heard(quiet(5), music(style, 10, root_hz), quiet(5)), MUSIC, Span(5, 15), 0.5)


def test_music_with_drums_is_music() -> None:
    played = music("held chords", 10)
    beats = np.exp(-40 * (seconds(10) % 0.4)) * np.random.default_rng(3).standard_normal(len(played))
    assert_one(heard(quiet(5), played + at_level(telephone(beats), -30), quiet(5)), MUSIC, Span(5, 15), 0.5)


def test_music_far_down_in_the_noise_is_not_claimed() -> None:
    assert heard(quiet(5), music("held chords", 10) * 0.001, quiet(5), line_dbfs=-50) == ()


@pytest.mark.parametrize("seed", range(4))
def test_speech_is_no_music(seed: int) -> None:
    assert heard(quiet(2), talk(15, seed), quiet(3)) == ()


def test_many_voices_at_once_are_no_music() -> None:
    assert heard(quiet(2), at_level(np.sum([talk(15, seed) for seed in range(6)], axis=0), -25), quiet(3)) == ()


def test_music_between_speech_is_told_from_it() -> None:
    (found,) = heard(talk(8), quiet(1), music("held chords", 10), quiet(1), talk(8, seed=1))
    assert found.kind is MUSIC
    assert found.span.start_s == pytest.approx(9, abs=1.0)
    assert found.span.end_s == pytest.approx(19, abs=1.0)


def test_the_hum_and_the_noise_of_a_line_are_neither() -> None:
    hum = at_level(np.asarray(sum(np.sin(2 * np.pi * 50 * k * seconds(20)) for k in range(1, 12))), -35)
    assert heard(hum) == ()
    assert heard(noise(20, -30)) == ()
    assert heard(quiet(20)) == ()


TONES = {
    "ringing in China": ((450,), (1.0, 4.0), 16.0),
    "ringing in the US": ((440, 480), (2.0, 4.0), 14.0),
    "ringing in the UK": ((400, 450), (0.4, 0.2, 0.4, 2.0), 13.0),
    "busy in China": ((450,), (0.35, 0.35), 7.0),
    "congestion in the US": ((480, 620), (0.25, 0.25), 7.0),
}


@pytest.mark.parametrize("name", TONES)
def test_call_progress_tones_are_ringing_from_the_first_to_the_last(name: str) -> None:
    frequencies_hz, cadence_s, duration_s = TONES[name]
    tone = tones(frequencies_hz, cadence_s, duration_s)
    last_s = np.flatnonzero(tone)[-1] / RATE_HZ
    assert_one(heard(quiet(3), tone, quiet(4)), RINGING, Span(3, 3 + last_s), 0.2)


def test_one_short_beep_is_nothing() -> None:
    assert heard(quiet(3), tones((450,), (0.4, 9.6), 5), quiet(3)) == ()


def test_a_voice_between_two_tones_ends_the_ringing() -> None:
    ring = tones((450,), (1.0, 1.0), 2)
    found = heard(quiet(2), ring, talk(1.5), quiet(1), ring, quiet(2))
    assert [sound.kind for sound in found] == [RINGING, RINGING]


def test_a_beep_at_the_end_of_a_word_makes_no_music() -> None:
    assert heard(quiet(2), talk(1.5), tones((450,), (1.0, 1.0), 2), quiet(2)) == ()


def test_a_recording_of_nothing_has_no_sounds() -> None:
    assert sounds_on(audio(np.zeros(10), rate_hz=RATE_HZ), 0) == ()


def spoken(*spans: Span, channel: int = 0) -> tuple[Speech, ...]:
    return tuple(Speech(span, Party.OTHER, f"channel-{channel}", channel) for span in spans)


def test_what_is_said_goes_before_what_sounds_behind_it() -> None:
    sounds = (Sound(Span(0, 10), MUSIC, 0), Sound(Span(0, 10), MUSIC, 1))
    assert beside_speech(sounds, spoken(Span(2, 4), Span(9, 12))) == (
        Sound(Span(0, 2), MUSIC, 0),
        Sound(Span(4, 9), MUSIC, 0),
        Sound(Span(0, 10), MUSIC, 1),
    )


def test_speech_without_words_in_music_was_music() -> None:
    voices = Voices((*spoken(Span(1, 5), Span(20, 22)), *spoken(Span(1, 5), channel=1)))
    wordless = [(0, Span(2, 4)), (0, Span(20, 22)), (1, Span(1, 5))]
    kept = without_sounds(voices, [Sound(Span(0, 10), MUSIC, 0)], wordless)
    assert kept.speech == (*spoken(Span(1, 2), Span(4, 5), Span(20, 22)), *spoken(Span(1, 5), channel=1))


def test_wordless_speech_that_hardly_touches_music_stays() -> None:
    voices = Voices(spoken(Span(8, 14)))
    assert without_sounds(voices, [Sound(Span(0, 10), MUSIC, 0)], [(0, Span(8, 14))]) == voices
