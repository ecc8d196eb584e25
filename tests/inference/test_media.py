"""inference/media.py"""

import struct
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from inference.audio import SAMPLE_RATE
from inference.errors import BadAudio
from inference.media import read_clip

TONE_S = 2.0


def tone(rate: int = SAMPLE_RATE, seconds: float = TONE_S) -> np.ndarray:
    t = np.arange(round(rate * seconds)) / rate
    return (0.5 * 32767 * np.sin(2 * np.pi * 440 * t)).astype(np.int16)


def write_wav(path: Path, samples: np.ndarray, rate: int = SAMPLE_RATE, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def encode(path: Path, codec: str) -> Path:
    """A tone in any format that PyAV can write."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=48_000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(tone(48_000).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = 48_000
        resampler = av.AudioResampler(format=stream.format.name, rate=48_000, frame_size=stream.frame_size or 1024)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            for packet in stream.encode(piece):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return path


def test_wav_at_16_khz_is_read_exactly(tmp_path: Path) -> None:
    clip = read_clip(write_wav(tmp_path / "a.wav", tone()))
    assert (clip.samples == tone()).all()
    assert clip.samples.dtype == np.int16
    assert (clip.rate, clip.duration_s) == (SAMPLE_RATE, TONE_S)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_wav_of_any_rate_becomes_16_khz(tmp_path: Path, rate: int) -> None:
    clip = read_clip(write_wav(tmp_path / "a.wav", tone(rate), rate))
    assert clip.duration_s == pytest.approx(TONE_S, abs=0.01)
    spectrum = np.abs(np.fft.rfft(clip.samples))
    assert np.argmax(spectrum) / clip.duration_s == pytest.approx(440, abs=2)


def test_stereo_is_mixed_to_mono(tmp_path: Path) -> None:
    both = np.repeat(tone(), 2)
    clip = read_clip(write_wav(tmp_path / "a.wav", both, channels=2))
    assert np.abs(clip.samples.astype(int) - tone()).max() <= 2


@pytest.mark.parametrize(
    "name, codec",
    [("a.mp3", "libmp3lame"), ("a.ogg", "libopus"), ("a.flac", "flac"), ("a.m4a", "aac"),
     ("a.webm", "libopus")],
)  # fmt: skip
def test_other_formats_are_read_and_refused_when_truncated(tmp_path: Path, name: str, codec: str) -> None:
    path = encode(tmp_path / name, codec)
    assert read_clip(path).duration_s == pytest.approx(TONE_S, abs=0.15)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 6 // 10])
    with pytest.raises(BadAudio, match=name):
        read_clip(path)


def test_truncated_wav_says_so(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "half.wav", tone())
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(BadAudio, match=r"half\.wav is truncated.*Copy or export it again"):
        read_clip(path)


def test_wav_cut_off_in_its_header(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone())
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(BadAudio, match="truncated"):
        read_clip(path)


def test_wav_from_a_pipe_has_no_length_and_is_read(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone())
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = struct.pack("<I", 0xFFFF_FFFF)
    path.write_bytes(data)
    assert read_clip(path).duration_s == TONE_S


def test_wav_without_samples_is_empty(tmp_path: Path) -> None:
    with pytest.raises(BadAudio, match=r"empty \(0 samples\)"):
        read_clip(write_wav(tmp_path / "a.wav", tone()[:0]))


def test_file_without_bytes_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.touch()
    with pytest.raises(BadAudio, match=r"empty \(0 bytes\)"):
        read_clip(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadAudio, match="no such file"):
        read_clip(tmp_path / "gone.wav")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(BadAudio, match="is a folder"):
        read_clip(tmp_path)


@pytest.mark.parametrize(
    "content", [b"these are words, not sound\n" * 50, bytes(range(256)) * 40, b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_not_audio(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.wav"
    path.write_bytes(content)
    with pytest.raises(BadAudio, match=r"notes\.wav.*Name a"):
        read_clip(path)


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    other = write_wav(tmp_path / "other.wav", tone())
    path = tmp_path / "list.m3u8"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{other}\n#EXT-X-ENDLIST\n")
    with pytest.raises(BadAudio):
        read_clip(path)


def test_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.media.MAX_CLIP_S", 1)
    with pytest.raises(BadAudio, match="Cut it"):
        read_clip(write_wav(tmp_path / "a.wav", tone()))
