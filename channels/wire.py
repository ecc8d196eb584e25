"""The one codec: Phoenix Channels V2 frames, text and binary, for both ends of a connection.

Text frames are JSON arrays ``[join_ref, ref, topic, event, payload]``. Binary frames begin with their kind and the
lengths of their strings, one byte each. What is malformed raises WireError and nothing else. Opens no socket.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

VSN = "2.0.0"
MAX_NAME = 255  # bytes: a length in a binary frame is one byte

_PUSH, _REPLY, _BROADCAST = 0, 1, 2
_AUDIO_HEADER = struct.Struct("<II")
_OPUS_HEADER = struct.Struct("<HH")
_OPUS_LENGTH = struct.Struct("<H")


class WireError(Exception):
    """A frame is malformed. The message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Message:
    """A text frame, of either direction."""

    join_ref: str | None
    ref: str | None
    topic: str
    event: str
    payload: Any


@dataclass(frozen=True, slots=True)
class BinaryPush:
    """Bytes from a client."""

    join_ref: str | None
    ref: str | None
    topic: str
    event: str
    data: bytes


@dataclass(frozen=True, slots=True)
class BinaryServerPush:
    """Bytes to the client of one join."""

    join_ref: str | None
    topic: str
    event: str
    data: bytes


@dataclass(frozen=True, slots=True)
class BinaryReply:
    """Bytes in answer to a push."""

    join_ref: str | None
    ref: str | None
    topic: str
    status: str
    data: bytes


@dataclass(frozen=True, slots=True)
class BinaryBroadcast:
    """Bytes to everybody on a topic."""

    topic: str
    event: str
    data: bytes


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """The data of an ``audio`` push: samples of a capture, PCM16 LE mono 16 kHz."""

    capture: int
    offset: int  # samples
    pcm: bytes


@dataclass(frozen=True, slots=True)
class OpusFrame:
    """The data of an ``audio`` push where the join said Opus: packets that are decoded by themselves."""

    capture: int
    offset: int  # samples
    samples: int  # that it brings, at 16 kHz
    skip: int  # decoded samples before the first of them
    packets: Sequence[bytes]


ClientFrame = Message | BinaryPush
ServerFrame = Message | BinaryServerPush | BinaryReply | BinaryBroadcast


def encode(frame: ClientFrame | ServerFrame) -> str | bytes:
    """A frame as it goes over the wire. Raises WireError for names over 255 bytes in a binary frame."""
    match frame:
        case Message():
            fields = (frame.join_ref, frame.ref, frame.topic, frame.event, frame.payload)
            return orjson.dumps(fields, option=orjson.OPT_NON_STR_KEYS).decode()
        case BinaryPush():
            return _pack(_PUSH, (frame.join_ref, frame.ref, frame.topic, frame.event), frame.data)
        case BinaryServerPush():
            return _pack(_PUSH, (frame.join_ref, frame.topic, frame.event), frame.data)
        case BinaryReply():
            return _pack(_REPLY, (frame.join_ref, frame.ref, frame.topic, frame.status), frame.data)
        case BinaryBroadcast():
            return _pack(_BROADCAST, (frame.topic, frame.event), frame.data)


def decode_client(data: str | bytes) -> ClientFrame:
    """A frame from a client. Raises WireError."""
    if isinstance(data, str):
        return _message(data)
    kind, rest = _kind(data)
    if kind != _PUSH:
        raise WireError(f"a client sends no binary frame of kind {kind}")
    (join_ref, ref, topic, event), body = _unpack(rest, 4)
    return BinaryPush(join_ref or None, ref or None, topic, event, body)


def decode_server(data: str | bytes) -> ServerFrame:
    """A frame from a server. Raises WireError."""
    if isinstance(data, str):
        return _message(data)
    kind, rest = _kind(data)
    if kind == _PUSH:
        (join_ref, topic, event), body = _unpack(rest, 3)
        return BinaryServerPush(join_ref or None, topic, event, body)
    if kind == _REPLY:
        (join_ref, ref, topic, status), body = _unpack(rest, 4)
        return BinaryReply(join_ref or None, ref or None, topic, status, body)
    if kind == _BROADCAST:
        (topic, event), body = _unpack(rest, 2)
        return BinaryBroadcast(topic, event, body)
    raise WireError(f"there is no binary frame of kind {kind}")


def size_of(frame: str | bytes) -> int:
    """Bytes of an encoded frame on the wire."""
    return len(frame) if isinstance(frame, bytes) or frame.isascii() else len(frame.encode())


def encode_audio(frame: AudioFrame) -> bytes:
    return _AUDIO_HEADER.pack(frame.capture, frame.offset) + frame.pcm


def decode_audio(data: bytes) -> AudioFrame:
    """Raises WireError where there is no whole header, no sample, or half a sample."""
    if len(data) <= _AUDIO_HEADER.size or len(data) % 2:
        raise WireError("audio is an 8-byte header (capture, offset of the first sample) and whole 16-bit samples")
    capture, offset = _AUDIO_HEADER.unpack_from(data)
    return AudioFrame(capture, offset, data[_AUDIO_HEADER.size :])


def encode_opus(frame: OpusFrame) -> bytes:
    packets = b"".join(_OPUS_LENGTH.pack(len(packet)) + packet for packet in frame.packets)
    return _AUDIO_HEADER.pack(frame.capture, frame.offset) + _OPUS_HEADER.pack(frame.samples, frame.skip) + packets


def decode_opus(data: bytes) -> OpusFrame:
    """Raises WireError where there is no whole header, no sample, no packet, or not the whole of one."""
    at = _AUDIO_HEADER.size + _OPUS_HEADER.size
    if len(data) <= at:
        raise WireError("audio in Opus is a 12-byte header (capture, offset, samples, samples to skip) and packets")
    capture, offset = _AUDIO_HEADER.unpack_from(data)
    samples, skip = _OPUS_HEADER.unpack_from(data, _AUDIO_HEADER.size)
    if not samples:
        raise WireError("a push of audio brings at least one sample")
    packets: list[bytes] = []
    while at < len(data):
        start = at + _OPUS_LENGTH.size
        length = _OPUS_LENGTH.unpack_from(data, at)[0] if start <= len(data) else 0
        at = start + length
        if not length or at > len(data):
            raise WireError("before each Opus packet stands its length, two bytes, and each has all of it")
        packets.append(data[start:at])
    return OpusFrame(capture, offset, samples, skip, packets)


def _message(data: str) -> Message:
    try:
        fields = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise WireError("the text frame is not JSON") from None
    if not isinstance(fields, list) or len(fields) != 5:
        raise WireError("a text frame is an array of five: join_ref, ref, topic, event, payload")
    join_ref, ref, topic, event, payload = fields
    for name, value in (("join_ref", join_ref), ("ref", ref)):
        if value is not None and (not isinstance(value, str) or len(value) > MAX_NAME):
            raise WireError(f"{name} is a string of at most {MAX_NAME} characters, or null")
    for name, value in (("topic", topic), ("event", event)):
        if not isinstance(value, str) or len(value) > MAX_NAME:
            raise WireError(f"{name} is a string of at most {MAX_NAME} characters")
    return Message(join_ref, ref, topic, event, payload)


def _kind(data: bytes) -> tuple[int, bytes]:
    if not data:
        raise WireError("the binary frame is empty")
    return data[0], data[1:]


def _pack(kind: int, names: Sequence[str | None], data: bytes) -> bytes:
    encoded = [(name or "").encode() for name in names]
    if any(len(name) > MAX_NAME for name in encoded):
        raise WireError(f"a name in a binary frame has at most {MAX_NAME} bytes")
    return bytes([kind, *map(len, encoded)]) + b"".join(encoded) + data


def _unpack(data: bytes, count: int) -> tuple[list[str], bytes]:
    if len(data) < count or len(data) < count + sum(data[:count]):
        raise WireError("the binary frame ends before its strings do")
    names, at = [], count
    for length in data[:count]:
        try:
            names.append(data[at : at + length].decode())
        except UnicodeDecodeError:
            raise WireError("a name in the binary frame is not UTF-8") from None
        at += length
    return names, data[at:]
