"""Audio files: whatever ffmpeg's libraries can read becomes mono PCM16 at 16 kHz.

Decodes through PyAV, which carries those libraries; no ffmpeg program is run. A file that ends before its own header
says it should is refused, because half a recording passed off as a whole one loses words silently.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from inference.audio import SAMPLE_RATE, Int16Samples, samples_to_s
from inference.errors import BadAudio

if TYPE_CHECKING:
    from av import AudioFrame
    from av.container import InputContainer

MAX_CLIP_S = 3600  # 115 MB of PCM16 in memory
_UNKNOWN_SIZE = 0x7FFF_F000  # a WAV written to a pipe gives this or more: the writer could not know
_SLACK_S = 0.25  # encoder delay and padding, which headers count and decoders trim
_EXACT_LENGTHS = {"wav", "flac", "aiff", "mov", "matroska", "w64", "caf"}  # containers whose header has the true length


@dataclass(frozen=True, slots=True)
class Clip:
    """A decoded recording."""

    samples: Int16Samples  # shape (n,), mono
    rate: int  # hertz, always 16000
    duration_s: float


def read_clip(path: str | Path) -> Clip:
    """Decode an audio file (or the sound of a video) to mono 16 kHz.

    Raises BadAudio, with the path and what to do, for a file that is missing, a folder, not audio, empty, truncated,
    broken or longer than ``MAX_CLIP_S``.
    """
    path = Path(path)
    if not path.exists():
        raise BadAudio(f"{path}: there is no such file. Check the path.")
    if path.is_dir():
        raise BadAudio(f"{path} is a folder. Name an audio file in it.")
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise BadAudio(f"{path} is empty (0 bytes). Record or export it again.")
            _refuse_truncated(path, file)
            file.seek(0)
            samples = _decode(path, file)
    except OSError as error:
        raise BadAudio(f"{path} can't be read: {error.strerror or error}. Check its permissions.") from error
    if not len(samples):
        raise BadAudio(f"{path} is empty (0 samples). Record or export it again.")
    return Clip(samples, SAMPLE_RATE, samples_to_s(len(samples)))


def _decode(path: Path, file: BinaryIO) -> Int16Samples:
    import av  # imported here: loads ffmpeg's libraries, which most commands never need
    from av.error import FFmpegError

    limit = MAX_CLIP_S * SAMPLE_RATE
    blocks: list[Int16Samples] = []
    total = 0
    try:
        # Playlists could name other files and addresses; nothing but this file is to be read.
        with av.open(file, mode="r", options={"protocol_whitelist": "none"}) as container:
            if not container.streams.audio:
                raise BadAudio(f"{path} holds no audio. Name a sound recording such as WAV, MP3, OGG or FLAC.")
            resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            decoded_s = 0.0
            for frame in container.decode(container.streams.audio[0]):
                decoded_s += frame.samples / frame.sample_rate
                for out in resampler.resample(frame):
                    blocks.append(_mono(out))
                    total += len(blocks[-1])
                if total > limit:
                    raise BadAudio(f"{path} is longer than {MAX_CLIP_S // 60} minutes. Cut it into shorter files.")
            blocks.extend(_mono(out) for out in resampler.resample(None))
            promised_s = _promised_s(container, file)
    except FFmpegError as error:
        if blocks:
            raise BadAudio(_truncated(path, f"it breaks off after {samples_to_s(total):.1f} s")) from error
        raise BadAudio(
            f"{path} is not audio that can be read. Name a recording such as WAV, MP3, OGG or FLAC."
        ) from error
    if promised_s is not None and decoded_s < promised_s - _SLACK_S:
        raise BadAudio(_truncated(path, f"its header promises {promised_s:.1f} s, there are {decoded_s:.1f} s"))
    return np.concatenate(blocks) if blocks else np.empty(0, np.int16)


def _mono(frame: "AudioFrame") -> Int16Samples:
    """The samples of a frame that is s16 and mono already."""
    return frame.to_ndarray().reshape(-1).astype(np.int16, copy=False)


def _truncated(path: Path, why: str) -> str:
    return f"{path} is truncated: {why}. Copy or export it again."


def _promised_s(container: "InputContainer", file: BinaryIO) -> float | None:
    """The length that the header promises, where it is a count and not a guess from the bit rate."""
    names = set(container.format.name.split(","))
    if not names & _EXACT_LENGTHS and not ("mp3" in names and _has_frame_count(file)):
        return None
    stream = container.streams.audio[0]
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and len(container.streams) == 1:  # a video may rightly outlast its sound
        return container.duration / 1_000_000  # microseconds
    return None


def _has_frame_count(file: BinaryIO) -> bool:
    """Whether an MP3 opens with a Xing/Info header, which counts its frames."""
    file.seek(0)
    head = file.read(10)
    tag = 0
    if head[:3] == b"ID3":
        tag = 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])  # four 7-bit bytes, ID3v2 §3.1
    file.seek(tag)
    start = file.read(4096)
    return b"Xing" in start or b"Info" in start


def _refuse_truncated(path: Path, file: BinaryIO) -> None:
    """Catch what ffmpeg passes over in silence: a short WAV, and an Ogg stream without its last page."""
    size = file.seek(0, 2)
    file.seek(0)
    magic = file.read(12)
    if magic[:4] == b"RIFF" and magic[8:] == b"WAVE":
        _check_wav(path, file, size)
    elif magic[:4] == b"OggS":
        _check_ogg(path, file, size)


def _check_wav(path: Path, file: BinaryIO, size: int) -> None:
    at = 12
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"data":
            if at + 8 + length > size and length < _UNKNOWN_SIZE:
                raise BadAudio(
                    _truncated(path, f"its header promises {length} bytes of sound, there are {size - at - 8}")
                )
            return
        at += 8 + length + length % 2  # chunks are padded to even lengths
    raise BadAudio(_truncated(path, "it ends before the sound begins"))


def _check_ogg(path: Path, file: BinaryIO, size: int) -> None:
    """RFC 3533 §6: the last page of a stream carries the end-of-stream flag, and a page is at most 65,307 bytes."""
    file.seek(max(0, size - 65_307))
    tail = file.read()
    page = tail.rfind(b"OggS")
    header = tail[page:]
    if page < 0 or len(header) < 27:
        raise BadAudio(_truncated(path, "its last page is cut off"))
    lacing = header[27 : 27 + header[26]]
    if len(header) < 27 + header[26] + sum(lacing):
        raise BadAudio(_truncated(path, "its last page is cut off"))
    if not header[5] & 0x04:
        raise BadAudio(_truncated(path, "its end-of-stream mark is missing"))
