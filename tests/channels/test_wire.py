"""Every frame comes back as it went, malformed ones raise WireError alone, and the bytes are those of the protocol."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wire import (
    AudioFrame,
    BinaryBroadcast,
    BinaryPush,
    BinaryReply,
    BinaryServerPush,
    ClientFrame,
    Message,
    OpusFrame,
    ServerFrame,
    WireError,
    decode_audio,
    decode_client,
    decode_opus,
    decode_server,
    encode,
    encode_audio,
    encode_opus,
    size_of,
)

names = st.text(min_size=1, max_size=60)
refs = st.none() | names
datas = st.binary(max_size=200)
shorts = st.integers(0, 2**16 - 1)
OPUS_HEADER = b"\1\0\0\0" + bytes(4) + b"\1\0\0\0"  # capture 1, offset 0, 1 sample, none to skip
payloads = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
messages = st.builds(Message, refs, refs, names, names, payloads)
client_frames = st.one_of(messages, st.builds(BinaryPush, refs, refs, names, names, datas))
server_frames = st.one_of(
    messages,
    st.builds(BinaryServerPush, refs, names, names, datas),
    st.builds(BinaryReply, refs, refs, names, names, datas),
    st.builds(BinaryBroadcast, names, names, datas),
)


@given(client_frames)
def test_what_a_client_sends_comes_back_as_it_was(frame: ClientFrame) -> None:
    assert decode_client(encode(frame)) == frame


@given(server_frames)
def test_what_a_server_sends_comes_back_as_it_was(frame: ServerFrame) -> None:
    assert decode_server(encode(frame)) == frame


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.binary(min_size=1, max_size=50))
def test_audio_comes_back_as_it_was(capture: int, offset: int, half: bytes) -> None:
    frame = AudioFrame(capture, offset, half * 2)
    assert decode_audio(encode_audio(frame)) == frame


def decoded(decode: Any, data: str | bytes) -> None:
    with contextlib.suppress(WireError):
        decode(data)


@given(
    st.binary(max_size=300)
    | st.text()
    | payloads.map(json.dumps)
    | st.lists(payloads, min_size=5, max_size=5).map(json.dumps)
)
def test_nothing_but_a_wire_error_comes_of_whatever_is_sent(data: str | bytes) -> None:
    decoded(decode_client, data)
    decoded(decode_server, data)


@given(st.binary(max_size=40))
def test_nothing_but_a_wire_error_comes_of_whatever_is_sent_as_audio(data: bytes) -> None:
    decoded(decode_audio, data)


@pytest.mark.parametrize(
    "frame, data",
    [
        (BinaryPush("1", "2", "audio:s1", "audio", b"\x07\x08"), b"\x00\x01\x01\x08\x0512audio:s1audio\x07\x08"),
        (BinaryPush(None, None, "t", "e", b""), b"\x00\x00\x00\x01\x01te"),
        (BinaryPush("é", "2", "t", "e", b"x"), b"\x00\x02\x01\x01\x01" + "é".encode() + b"2tex"),
    ],
)
def test_bytes_of_what_a_client_sends(frame: BinaryPush, data: bytes) -> None:
    assert encode(frame) == data
    assert decode_client(data) == frame


@pytest.mark.parametrize(
    "frame, data",
    [
        (BinaryServerPush("1", "t:1", "ev", b"\x09"), b"\x00\x01\x03\x021t:1ev\x09"),
        (BinaryReply("1", "12", "t", "ok", b"\x09"), b"\x01\x01\x02\x01\x02112tok\x09"),
        (BinaryBroadcast("t", "ev", b"\x09"), b"\x02\x01\x02tev\x09"),
    ],
)
def test_bytes_of_what_a_server_sends(frame: ServerFrame, data: bytes) -> None:
    assert encode(frame) == data
    assert decode_server(data) == frame


def test_text_of_a_message() -> None:
    frame = Message("1", "2", "session:s1", "phx_join", {"epoch": "e", "last_seq": 3})
    assert encode(frame) == '["1","2","session:s1","phx_join",{"epoch":"e","last_seq":3}]'


def test_bytes_of_audio() -> None:
    assert encode_audio(AudioFrame(1, 258, b"\xff\x7f")) == b"\x01\x00\x00\x00\x02\x01\x00\x00\xff\x7f"


@pytest.mark.parametrize(
    "data, why",
    [
        ("", "not JSON"),
        ("{}", "array of five"),
        ('["1","2","t","e"]', "array of five"),
        ('[1,"2","t","e",{}]', "join_ref is a string of at most 255 characters, or null"),
        ('["1",2,"t","e",{}]', "ref is a string of at most 255 characters, or null"),
        ('["1","2",null,"e",{}]', "topic is a string"),
        ('["1","2","t",7,{}]', "event is a string"),
        (b"", "empty"),
        (b"\x01\x00\x00\x00\x00", "no binary frame of kind 1"),
        (b"\x00\x01", "ends before"),
        (b"\x00\x01\x01\x01\x05abc", "ends before"),
        (b"\x00\x00\x00\x01\x01\xffe", "not UTF-8"),
    ],
)
def test_a_malformed_frame_says_what_is_wrong(data: str | bytes, why: str) -> None:
    with pytest.raises(WireError, match=why):
        decode_client(data)


def test_a_name_that_does_not_fit_its_length_byte_is_refused() -> None:
    with pytest.raises(WireError, match="at most 255 bytes"):
        encode(BinaryPush("1", "2", "é" * 128, "e", b""))


@pytest.mark.parametrize("data", [b"", bytes(8), bytes(11)])
def test_audio_without_header_samples_or_with_half_a_sample_is_refused(data: bytes) -> None:
    with pytest.raises(WireError, match="8-byte header"):
        decode_audio(data)


@given(shorts, shorts, st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=9))
def test_opus_comes_back_as_it_went(samples: int, skip: int, packets: list[bytes]) -> None:
    frame = OpusFrame(3, 1_808, max(1, samples), skip, packets)
    assert decode_opus(encode_opus(frame)) == frame


@pytest.mark.parametrize(
    "data, why",
    [
        (bytes(12), "12-byte header"),
        (bytes(12) + b"\1\0a", "at least one sample"),
        (OPUS_HEADER + b"\1", "its length"),
        (OPUS_HEADER + b"\0\0", "its length"),
        (OPUS_HEADER + b"\2\0a", "all of it"),
        (OPUS_HEADER + b"\1\0ab", "all of it"),
    ],
)
def test_opus_that_is_not_whole_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(WireError, match=why):
        decode_opus(data)


@given(st.binary(max_size=40))
def test_any_bytes_are_opus_or_refused(data: bytes) -> None:
    with contextlib.suppress(WireError):
        assert encode_opus(decode_opus(data)) == data


@given(st.text() | st.binary())
def test_the_size_of_a_frame_is_its_bytes(frame: str | bytes) -> None:
    assert size_of(frame) == len(frame.encode() if isinstance(frame, str) else frame)


def test_a_name_is_as_long_in_text_as_in_bytes() -> None:
    """The server keeps the join_ref of each topic, and repeats both refs in each reply."""
    fits: list[Any] = ["j" * 255, "r" * 255, "t" * 255, "e" * 255, {}]
    assert decode_client(json.dumps(fits)).topic == "t" * 255
    for at in range(4):
        long = list(fits)
        long[at] = "x" * 256
        with pytest.raises(WireError, match="at most 255"):
            decode_client(json.dumps(long))
