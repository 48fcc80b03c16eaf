"""Every format that an encoder is at hand for, read() against analytic truth, and all kinds of broken files."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzers.conversation import CUT_OFF, Limit, Span
from analyzers.speech.audio import AudioInfo, RecordingCode, RecordingError, decode, probe

LEFT_HZ, RIGHT_HZ = 440.0, 880.0


def tone(seconds: float, rate_hz: int, channels: int = 2) -> np.ndarray:
    """Shape (channels, samples): the agent's side at 440 Hz and -10.5 dBFS, the customer's at 880 Hz, half of it."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    sides = [0.3 * np.sin(2 * np.pi * LEFT_HZ * time_s), 0.15 * np.sin(2 * np.pi * RIGHT_HZ * time_s)]
    return np.stack(sides[:channels]).astype(np.float32)


def encode(path: Path, codec: str, samples: np.ndarray, rate_hz: int, skip: Span | None = None) -> Path:
    """Write a file with PyAV; the seconds of `skip` are left out and the file's clock runs on."""
    layout = "stereo" if len(samples) == 2 else "mono"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        if codec == "wmav2":  # has no bit rate of its own
            stream.bit_rate = 64_000
        step = stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(stream.codec_context.format.name, layout, rate_hz, frame_size=step)
        for start in [*range(0, samples.shape[1], step), None]:
            for one in resampler.resample(None if start is None else source(samples, start, step, layout, rate_hz)):
                packets = stream.encode(one)
                container.mux([p for p in packets if not (skip and p.pts is not None and p.pts * p.time_base in skip)])
        container.mux(stream.encode(None))
    return path


def source(samples: np.ndarray, start: int, step: int, layout: str, rate_hz: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(samples[:, start : start + step].copy(), format="fltp", layout=layout)
    frame.sample_rate, frame.pts = rate_hz, start
    return frame


def frequency_hz(samples: np.ndarray, rate_hz: int) -> float:
    return float(np.abs(np.fft.rfft(samples * np.hanning(len(samples)))).argmax() * rate_hz / len(samples))


def wav(path: Path, samples: np.ndarray, rate_hz: int = 8000, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, samples.T, rate_hz, subtype=subtype)
    return path


BY_PYAV = [
    ("pcm.wav", "pcm_s16le", 8000, 2),
    ("mulaw.wav", "pcm_mulaw", 8000, 2),
    ("alaw.wav", "pcm_alaw", 8000, 1),
    ("adpcm.wav", "adpcm_ima_wav", 8000, 1),
    ("g722.wav", "g722", 16000, 1),
    ("call.mp3", "libmp3lame", 8000, 2),
    ("call.m4a", "aac", 16000, 2),
    ("call.mp4", "aac", 44100, 1),
    ("call.aac", "aac", 16000, 1),
    ("call.ogg", "libopus", 48000, 2),
    ("call.opus", "libopus", 16000, 1),
    ("call.webm", "libopus", 48000, 2),
    ("call.flac", "flac", 8000, 2),
    ("call.amr", "libopencore_amrnb", 8000, 1),
    ("call.3gp", "libopencore_amrnb", 8000, 1),
    ("call.wma", "wmav2", 44100, 2),
    ("call.aiff", "pcm_s16be", 8000, 2),
    ("call.au", "pcm_mulaw", 8000, 1),
    ("call.caf", "pcm_s16le", 8000, 1),
]
BY_SOUNDFILE = [
    ("gsm.wav", "GSM610", 8000, 1),
    ("vorbis.ogg", "VORBIS", 44100, 2),
    ("pcm24.wav", "PCM_24", 48000, 2),
    ("float.wav", "FLOAT", 16000, 2),
    ("pcm8.wav", "PCM_U8", 8000, 1),
    ("studio.wav", "PCM_16", 192_000, 2),
]


def heard(path: Path, scratch: Path, channels: int) -> None:
    info = probe(path)
    with decode(path, scratch) as audio:
        assert (info.channels, info.sample_rate_hz, info.codec) == (
            audio.channels,
            audio.sample_rate_hz,
            audio.codec,
        )
        assert audio.channels == channels
        assert audio.duration_s == pytest.approx(4.0, abs=0.2)  # codecs pad to their frames
        assert info.duration_s == pytest.approx(audio.duration_s, abs=0.1)
        assert audio.limits == ()
        for channel, expected_hz in list(enumerate((LEFT_HZ, RIGHT_HZ)))[:channels]:
            piece = audio.read(channel, Span(1.0, 3.0))
            assert piece.shape == (32_000,)
            assert piece.dtype == np.float32
            assert frequency_hz(piece, 16_000) == pytest.approx(expected_hz, abs=1.0)
            assert np.abs(piece).max() == pytest.approx(0.3 / (channel + 1), rel=0.25)


@pytest.mark.parametrize(("name", "codec", "rate_hz", "channels"), BY_PYAV)
def test_what_pyav_encodes_is_decoded(name: str, codec: str, rate_hz: int, channels: int, tmp_path: Path) -> None:
    heard(encode(tmp_path / name, codec, tone(4, rate_hz, channels), rate_hz), tmp_path, channels)


@pytest.mark.parametrize(("name", "subtype", "rate_hz", "channels"), BY_SOUNDFILE)
def test_what_soundfile_encodes_is_decoded(
    name: str, subtype: str, rate_hz: int, channels: int, tmp_path: Path
) -> None:
    heard(wav(tmp_path / name, tone(4, rate_hz, channels), rate_hz, subtype), tmp_path, channels)


def test_probe_reads_the_header(tmp_path: Path) -> None:
    path = encode(tmp_path / "call.wav", "pcm_mulaw", tone(2.5, 8000), 8000)
    assert probe(path) == AudioInfo(2.5, 8000, 2, "pcm_mulaw")


def test_pcm_comes_back_sample_by_sample(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).uniform(-1, 1, (2, 12_345)).astype(np.float32)
    with decode(wav(tmp_path / "noise.wav", samples, subtype="FLOAT"), tmp_path) as audio:
        for channel in (0, 1):
            assert np.array_equal(np.concatenate(list(audio.blocks(channel, 0.1))), samples[channel])
            assert np.array_equal(audio.read(channel, Span(0, audio.duration_s), 8000), samples[channel])


RATES = (8000, 11_025, 16_000, 44_100, 48_000, 192_000)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("rate_hz", RATES)
def test_pieces_are_slices_of_the_whole(rate_hz: int, data: st.DataObject, tmp_path: Path) -> None:
    path = tmp_path / f"{rate_hz}.wav"
    if not path.exists():
        wav(path, np.random.default_rng(2).uniform(-0.9, 0.9, (2, 3 * rate_hz)).astype(np.float32), rate_hz)
    start_s = data.draw(st.floats(0, 2.9))
    span = Span(start_s, data.draw(st.floats(start_s, 3.0)))
    with decode(path, tmp_path) as audio:
        whole, piece = audio.read(1, Span(0, 3)), audio.read(1, span)
    first = round(span.start_s * 16_000)
    assert piece.shape == (round(span.duration_s * 16_000),)
    expected = np.pad(whole, (0, 1))[first : first + len(piece)]
    np.testing.assert_allclose(piece, expected, atol=1e-4)


def test_outside_the_recording_there_is_silence(tmp_path: Path) -> None:
    with decode(wav(tmp_path / "a.wav", tone(1, 8000)), tmp_path) as audio:
        piece = audio.read(0, Span(-0.5, 2.0))
        beyond = audio.read(0, Span(5.0, 6.0))
    assert piece.shape == (40_000,)
    assert np.abs(piece[:7000]).max() < 1e-6
    assert np.abs(piece[8000:24_000]).max() == pytest.approx(0.3, rel=0.05)
    assert np.abs(piece[25_000:]).max() < 1e-6
    assert np.array_equal(beyond, np.zeros(16_000, np.float32))


def test_a_channel_that_is_not_there(tmp_path: Path) -> None:
    with (
        decode(wav(tmp_path / "a.wav", tone(1, 8000, 1)), tmp_path) as audio,
        pytest.raises(ValueError, match="channel 1 was asked for, the recording has 0 to 0"),
    ):
        audio.read(1, Span(0, 1))


def test_many_threads_read_one_recording(tmp_path: Path) -> None:
    samples = np.random.default_rng(3).uniform(-1, 1, (2, 80_000)).astype(np.float32)
    spans = [(channel, Span(i / 10, i / 10 + 0.5)) for i in range(90) for channel in (0, 1)]
    with decode(wav(tmp_path / "a.wav", samples, subtype="FLOAT"), tmp_path) as audio, ThreadPoolExecutor(8) as threads:
        pieces = list(threads.map(lambda one: audio.read(*one, 8000), spans))
    for (channel, span), piece in zip(spans, pieces, strict=True):
        assert np.array_equal(piece, samples[channel, round(span.start_s * 8000) :][:4000])


def test_no_scratch_file_is_left(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    path = wav(tmp_path / "a.wav", tone(1, 8000))
    with decode(path, scratch):
        assert list(scratch.iterdir()) == []  # nameless from the start: a killed process leaves nothing either
    with pytest.raises(RuntimeError, match="stop"), decode(path, scratch):
        raise RuntimeError("stop")
    assert list(scratch.iterdir()) == []


def test_a_scratch_folder_that_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with refused(RecordingCode.SCRATCH_FULL, "set another scratch folder"):
        opened(wav(tmp_path / "a.wav", tone(1, 8000)), tmp_path / "file")


def test_only_the_first_audio_stream_is_read(tmp_path: Path) -> None:
    path = tmp_path / "two.mka"
    with av.open(str(path), "w") as container:
        for hz in (LEFT_HZ, RIGHT_HZ):
            container.add_stream("pcm_s16le", rate=8000, layout="mono").metadata["title"] = str(hz)
        for stream, samples in zip(container.streams.audio, tone(2, 8000), strict=True):
            pcm = (samples[None] * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 8000, 0
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    with decode(path, tmp_path) as audio:
        assert (audio.channels, audio.duration_s) == (1, 2.0)
        assert frequency_hz(audio.read(0, Span(0, 2)), 16_000) == pytest.approx(LEFT_HZ, abs=1)


def test_three_channels_are_decoded(tmp_path: Path) -> None:
    samples = np.concatenate([tone(1, 8000), tone(1, 8000, 1) / 4])
    path = wav(tmp_path / "three.wav", samples, subtype="FLOAT")
    assert probe(path).channels == 3
    with decode(path, tmp_path) as audio:
        assert np.array_equal(audio.read(2, Span(0, 1), 8000), samples[2])


# Bad input


class refused:  # noqa: N801 - reads like pytest.raises
    """Expect a RecordingError of this code whose message holds these words."""

    def __init__(self, code: RecordingCode, words: str) -> None:
        self.code, self.words = code, words
        self.raises = pytest.raises(RecordingError)

    def __enter__(self) -> None:
        self.caught = self.raises.__enter__()

    def __exit__(self, *exception: object) -> bool:
        caught = self.raises.__exit__(*exception)  # type: ignore[arg-type]
        assert self.caught.value.code is self.code
        assert self.words in str(self.caught.value)
        return caught


def opened(path: Path, scratch: Path) -> None:
    with decode(path, scratch):
        pass


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", RecordingCode.EMPTY_FILE, "0 bytes"),
        (b"Dear team,\nplease find attached\n", RecordingCode.NOT_AUDIO, "found text"),
        ("录音文件已移走\n".encode(), RecordingCode.NOT_AUDIO, "found text"),
        (np.random.default_rng(4).bytes(50_000), RecordingCode.NOT_AUDIO, "bytes of no known audio file"),
        (b"RIFF\x24\x00\x01\x00WAVEfmt ", RecordingCode.TRUNCATED, "starts as a WAV file"),
        (b"fLaC\x00\x00\x00\x22\x10\x00", RecordingCode.TRUNCATED, "starts as a FLAC file"),
        (b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00", RecordingCode.TRUNCATED, "starts as an MP4 file"),
        (b"#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n", RecordingCode.NOT_AUDIO, "found text"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", RecordingCode.NOT_AUDIO, "found text"),
    ],
)
@pytest.mark.parametrize("name", ["call.wav", "call.mp3"])
def test_what_is_no_recording(name: str, content: bytes, code: RecordingCode, words: str, tmp_path: Path) -> None:
    path = written(tmp_path / name, content)
    with refused(code, words):
        probe(path)
    with refused(code, str(path)):
        opened(path, tmp_path)


def test_a_header_without_sound(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", np.zeros((1, 0), np.float32))
    with refused(RecordingCode.NO_AUDIO, "0 s of sound"):
        probe(path)
    with refused(RecordingCode.NO_AUDIO, "0 s of sound"):
        opened(path, tmp_path)


def test_a_file_cut_off_after_its_header(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", tone(4, 8000))
    with refused(RecordingCode.TRUNCATED, "right after its header"):
        probe(written(path, path.read_bytes()[:44]))


def test_video_without_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        container.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(stream.encode(None))
    with refused(RecordingCode.NO_AUDIO, "no audio stream"):
        probe(path)


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    link = tmp_path / "call.wav"
    link.symlink_to(link)
    with refused(RecordingCode.UNREADABLE, "symbolic links"):
        probe(link)
    with refused(RecordingCode.UNREADABLE, "No such file"):
        opened(tmp_path / "gone.wav", tmp_path)


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz"),
    [("a.wav", "pcm_mulaw", 8000), ("a.flac", "flac", 8000), ("a.mp3", "libmp3lame", 8000)],
)
def test_of_a_cut_off_recording_the_rest_is_kept(name: str, codec: str, rate_hz: int, tmp_path: Path) -> None:
    path = encode(tmp_path / name, codec, tone(20, rate_hz), rate_hz)
    written(path, path.read_bytes()[: path.stat().st_size // 2])
    with decode(path, tmp_path) as audio:
        assert audio.duration_s == pytest.approx(10, abs=1.5)
        assert Limit(CUT_OFF, f"the file ends early: {audio.duration_s:.1f} s of 20.0 s") in audio.limits
        assert frequency_hz(audio.read(0, Span(1, 7)), 16_000) == pytest.approx(LEFT_HZ, abs=1)


def test_of_a_cut_off_recording_too_little_is_left(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", tone(20, 8000))
    with refused(RecordingCode.TRUNCATED, "only 0.1 s of 20.0 s"):
        opened(written(path, path.read_bytes()[:4044]), tmp_path)


def test_a_call_of_one_word_is_a_call(tmp_path: Path) -> None:
    with decode(wav(tmp_path / "a.wav", tone(0.4, 8000, 1)), tmp_path) as audio:
        assert (audio.duration_s, audio.limits) == (0.4, ())


def test_a_hole_is_filled_with_silence(tmp_path: Path) -> None:
    samples = tone(20, 8000)
    samples[:, 8000 * 12 :] = 0
    path = encode(
        tmp_path / "a.flac", "flac", samples + 0.01 * np.random.default_rng(5).random(samples.shape, "f4"), 8000
    )
    whole = path.read_bytes()
    third = len(whole) // 3
    written(path, whole[:third] + bytes(third // 2) + whole[third + third // 2 :])
    with decode(path, tmp_path) as audio:
        assert audio.duration_s == 20
        assert [limit.what for limit in audio.limits] == ["recording"]
        assert "silence stands in their place" in audio.limits[0].because
        # The tone still ends where it ended: time after the hole has not moved.
        assert np.abs(audio.read(0, Span(11.5, 11.9))).max() > 0.25
        assert np.abs(audio.read(0, Span(12.1, 12.5))).max() < 0.05


def test_a_recorder_that_leaves_pauses_out(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.webm", "libopus", tone(6, 48_000, 1), 48_000, skip=Span(2, 4))
    with decode(path, tmp_path) as audio:
        assert audio.duration_s == pytest.approx(6, abs=0.05)
        assert np.abs(audio.read(0, Span(2.2, 3.8))).max() < 1e-6
        assert frequency_hz(audio.read(0, Span(4.2, 5.8)), 16_000) == pytest.approx(LEFT_HZ, abs=1)
        assert audio.limits == (
            Limit(
                "recording",
                "2.0 s in 1 place(s) are not in the file (damage, or pauses left out by the recorder); "
                "silence stands in their place",
            ),
        )


def test_an_impossible_sampling_rate(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", tone(1, 8000))
    head = bytearray(path.read_bytes())
    head[24:28] = (2_000_000_000).to_bytes(4, "little")
    with refused(RecordingCode.UNSUPPORTED_RATE, "2000000000 samples a second, expected 4000 to 384000"):
        probe(written(path, bytes(head)))


def test_old_tags_do_not_stop_a_call(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    encode(path, "libmp3lame", tone(2, 8000), 8000)
    title = "客服录音".encode("gbk")
    frame = b"TIT2" + (len(title) + 1).to_bytes(4, "big") + b"\x00\x00\x00" + title
    written(path, b"ID3\x03\x00\x00" + len(frame).to_bytes(4, "big") + frame + path.read_bytes())
    assert probe(path).codec == "mp3"


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = encode(tmp_path / "a.mp3", "libmp3lame", tone(10, 8000), 8000)
    broken = bytearray(path.read_bytes())
    broken[5000:6000] = np.random.default_rng(6).bytes(1000)
    capfd.readouterr()  # the encoder may print, that is not ours
    opened(written(path, bytes(broken)), tmp_path)
    with refused(RecordingCode.NOT_AUDIO, "found text"):
        probe(written(tmp_path / "b.wav", b"text\n" * 100))
    assert capfd.readouterr() == ("", "")
