"""inference/stt/openai.py, through the real client, against a real local endpoint that misbehaves on demand."""

import asyncio
import functools
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest
from starlette.responses import Response

from inference.errors import BadAudio, EndpointDown, EndpointRefused, EngineBusy, InferenceError, ModelMissing
from inference.stt.contract import Hint, Samples, SpeechToText, Transcript
from inference.stt.openai import MAX_PROMPT, OpenAITranscription
from inference.stt.reply import UNKNOWN_LOGPROB
from tests.inference.stt.endpoint import (
    Asked,
    Endpoint,
    breaks_off,
    endless,
    fails,
    hangs,
    hears,
    moved,
    one_after_another,
    says,
    sends,
    serving,
)
from tests.speech.noises import pink_noise
from tests.speech.synthesis import librivox
from tests.speech.wer import word_errors

pytestmark = pytest.mark.speech


@pytest.fixture(scope="module")
def shared_endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    with serving(endpoint) as url:
        endpoint.url = url
        yield endpoint


@pytest.fixture
def endpoint(shared_endpoint: Endpoint) -> Endpoint:
    shared_endpoint.asked.clear()
    shared_endpoint.behave = says("hello")
    return shared_endpoint


@pytest.fixture
async def build(endpoint: Endpoint) -> AsyncIterator[Any]:
    made: list[OpenAITranscription] = []

    def make(**more: Any) -> OpenAITranscription:
        options = {"base_url": endpoint.url, "api_key": "good", "model": "m", "deadline_s": 10.0}
        made.append(OpenAITranscription(**{**options, **more}))
        return made[-1]

    yield make
    for engine in made:
        await engine.close()


class Gate:
    """Holds answers back; ``reached`` says when so many requests have come in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._came = asyncio.Semaphore(0)
        self._open = asyncio.Event()  # of the endpoint's loop

    async def __call__(self, asked: Asked) -> Response:
        self._theirs = asyncio.get_running_loop()
        self._loop.call_soon_threadsafe(self._came.release)
        await self._open.wait()
        return await says(f"{len(asked.audio)} samples")(asked)

    async def reached(self, count: int) -> None:
        for _ in range(count):
            await self._came.acquire()

    def open(self) -> None:
        self._theirs.call_soon_threadsafe(self._open.set)


@functools.cache
def spoken() -> Samples:
    """About three seconds of speech."""
    return librivox()[1].float_samples


def half() -> Samples:
    return spoken()[: len(spoken()) // 2]


@pytest.mark.model
async def test_real_speech_comes_back_as_text_with_its_figures(endpoint: Endpoint, build: Any) -> None:
    endpoint.behave = hears
    stt: SpeechToText = build()
    await stt.warm_up()
    clip = librivox()[3]
    heard = await stt.final("a", clip.float_samples)
    assert word_errors(clip.text, heard.text).errors <= 2
    assert heard.certainty > 0.7
    assert 0 <= heard.segments[0].start_s < heard.segments[-1].end_s <= heard.audio_s
    assert heard.language == "en"
    assert 0 < heard.decode_s < 10
    assert heard.engine == stt.name == "openai m (127.0.0.1)"
    (asked,) = endpoint.asked
    assert np.array_equal(asked.audio, clip.samples)
    assert asked.key == "good"
    assert asked.form == {"model": "m", "language": "en", "response_format": "verbose_json", "temperature": "0"}


async def test_a_model_that_gives_plain_json_alone_is_asked_for_that_from_then_on(
    endpoint: Endpoint, build: Any
) -> None:
    async def behave(asked: Asked) -> Response:
        return await (says("hello") if asked.form["response_format"] == "json" else fails(400))(asked)

    endpoint.behave = behave
    stt = build()
    for _ in range(2):
        heard: Transcript = await stt.final("a", spoken())
        assert (heard.text, heard.avg_logprob, len(heard.segments)) == ("hello", UNKNOWN_LOGPROB, 1)
    assert [asked.form["response_format"] for asked in endpoint.asked] == ["verbose_json", "json", "json"]


async def test_two_at_once_both_learn_that_it_gives_plain_json_alone(endpoint: Endpoint, build: Any) -> None:
    both = asyncio.Barrier(2)

    async def behave(asked: Asked) -> Response:
        if asked.form["response_format"] == "json":
            return await says("hello")(asked)
        await both.wait()
        return await fails(400)(asked)

    endpoint.behave = behave
    stt = build()
    heard = await asyncio.gather(*(stt.final(stream, spoken()) for stream in "ab"))
    assert [one.text for one in heard] == ["hello", "hello"]


async def test_what_the_video_names_goes_along_capped(endpoint: Endpoint, build: Any) -> None:
    terms = ("Ferrars", "Norland", *(f"term number {n}" for n in range(200)))
    await build().final("a", spoken(), Hint(terms))
    prompt = endpoint.asked[0].form["prompt"]
    assert prompt.endswith("Norland, Ferrars")
    assert MAX_PROMPT - 20 < len(prompt) <= MAX_PROMPT


async def test_a_language_is_heard_once_and_then_asked_for(endpoint: Endpoint, build: Any) -> None:
    endpoint.behave = says("guten Tag", language="german")
    stt = build(language="auto")
    assert (await stt.final("a", spoken())).language == "de"
    await stt.final("a", spoken())
    await stt.final("b", spoken())
    assert [asked.form.get("language") for asked in endpoint.asked] == [None, "de", None]


async def test_noise_and_what_is_too_short_is_never_sent(endpoint: Endpoint, build: Any) -> None:
    stt = build()
    for samples in (np.zeros(16_000, np.float32), pink_noise(2, 0.003), spoken()[:100]):
        assert (await stt.final("a", samples)).text == ""
    assert endpoint.asked == []


async def test_words_without_a_letter_or_made_up_for_noise_are_nothing(endpoint: Endpoint, build: Any) -> None:
    endpoint.behave = says(" . ")
    assert (await build().final("a", spoken())).text == ""
    part = {"start": 0, "end": 1, "text": "Thank you.", "avg_logprob": -1.2, "no_speech_prob": 0.8}
    endpoint.behave = says("Thank you.", segments=[part])
    assert (await build().final("a", spoken())).text == ""


@pytest.mark.parametrize(
    ("status", "error", "said", "requests"),
    [
        (400, EndpointRefused, "does not take the request", 2),
        (401, EndpointRefused, "Mend the key", 1),
        (403, EndpointRefused, "Mend the key", 1),
        (404, ModelMissing, "knows no model 'm'", 1),
        (413, BadAudio, "shorter pieces", 1),
        (429, EndpointDown, "quota", 2),
        (500, EndpointDown, "look at its log", 2),
        (503, EndpointDown, "look at its log", 2),
    ],
)
async def test_a_refusal_says_what_to_do_and_repeats_nothing(
    endpoint: Endpoint, build: Any, status: int, error: type[InferenceError], said: str, requests: int
) -> None:
    endpoint.behave = fails(status, "you said: hush hush")
    with pytest.raises(error, match=said) as refusal:
        await build().final("a", spoken())
    assert "hush" not in str(refusal.value)
    assert "127.0.0.1" in str(refusal.value)
    assert len(endpoint.asked) == requests


@pytest.mark.parametrize("first", [fails(500), fails(429), sends(b"<html>"), breaks_off])
async def test_what_may_pass_is_tried_a_second_time(endpoint: Endpoint, build: Any, first: Any) -> None:
    endpoint.behave = one_after_another(first, says("hello"))
    assert (await build().final("a", spoken())).text == "hello"
    assert len(endpoint.asked) == 2


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"text": 5}', b"\xff\xfe", b"[" * 100_000, b'{"text": "a", "segm']
)
async def test_garbage_is_no_transcript(endpoint: Endpoint, build: Any, body: bytes) -> None:
    endpoint.behave = sends(body)
    with pytest.raises(EndpointDown, match=r"no transcript.*/v1"):
        await build().final("a", spoken())


async def test_an_endless_answer_is_given_up(endpoint: Endpoint, build: Any) -> None:
    endpoint.behave = endless()
    with pytest.raises(EndpointDown, match="sent more than"):
        await build().final("a", spoken())


async def test_a_refusal_is_not_read_however_long_it_is(endpoint: Endpoint, build: Any) -> None:
    endpoint.behave = endless(500)
    with pytest.raises(EndpointDown, match="status 500"):
        await build(deadline_s=2.0).final("a", spoken())


async def test_speech_is_not_sent_on_to_another_host(endpoint: Endpoint, build: Any) -> None:
    other = Endpoint()
    with serving(other) as url:
        endpoint.behave = moved(f"{url}/audio/transcriptions")
        with pytest.raises(EndpointRefused, match="Set its new address"):
            await build().final("a", spoken())
    assert other.asked == []


async def test_an_answer_that_breaks_off_twice_is_told(endpoint: Endpoint, build: Any) -> None:
    endpoint.behave = breaks_off
    with pytest.raises(EndpointDown, match="broke off"):
        await build().final("a", spoken())


async def test_a_slow_endpoint_is_given_up_at_the_deadline(endpoint: Endpoint, build: Any) -> None:
    endpoint.behave = hangs
    with pytest.raises(EndpointDown, match=r"within 0\.3 s"):
        await build(deadline_s=0.3).final("a", spoken())


async def test_a_connection_that_is_reset_is_tried_again(build: Any) -> None:
    connections = 0

    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        peer = writer.get_extra_info("socket")
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(EndpointDown, match="can't be reached"):
            await build(base_url=f"http://127.0.0.1:{port}/v1").final("a", spoken())
    assert connections == 2


async def test_more_than_may_wait_are_told_to_come_later(endpoint: Endpoint, build: Any) -> None:
    endpoint.behave = gate = Gate()
    stt = build(requests=1, max_queue=2)
    tasks = [asyncio.create_task(stt.final(str(n), spoken())) for n in range(3)]
    await gate.reached(1)
    assert (stt.load.waiting, stt.load.full) == (2, True)
    assert stt.load.wait_s > 0
    with pytest.raises(EngineBusy, match="wait for transcription already"):
        await stt.final("x", spoken())
    gate.open()
    assert {(await task).text for task in tasks} == {f"{len(spoken())} samples"}
    assert stt.load.waiting == 0


async def test_partials_are_not_asked_for_unless_wanted(endpoint: Endpoint, build: Any) -> None:
    assert await build().partial("a", spoken()) is None
    assert endpoint.asked == []


async def test_of_partials_one_is_asked_for_and_the_newest_waits(endpoint: Endpoint, build: Any) -> None:
    endpoint.behave = gate = Gate()
    stt = build(partials=True)
    first = asyncio.create_task(stt.partial("a", half()))
    await gate.reached(1)
    second, third = (asyncio.create_task(stt.partial("a", spoken())) for _ in range(2))
    await asyncio.sleep(0)  # let both be accepted
    gate.open()
    texts = [partial and partial.text for partial in await asyncio.gather(first, second, third)]
    assert texts == [f"{len(half())} samples", None, f"{len(spoken())} samples"]
    assert len(endpoint.asked) == 2


async def test_a_final_makes_its_streams_partials_stale(endpoint: Endpoint, build: Any) -> None:
    endpoint.behave = gate = Gate()
    stt = build(partials=True)
    partial = asyncio.create_task(stt.partial("a", half()))
    await gate.reached(1)
    final = asyncio.create_task(stt.final("a", spoken()))
    await gate.reached(1)
    gate.open()
    assert await partial is None
    assert (await final).text == f"{len(spoken())} samples"
    assert (await stt.partial("a", half())).text == f"{len(half())} samples"


async def test_a_partial_gives_way_to_finals(endpoint: Endpoint, build: Any) -> None:
    endpoint.behave = gate = Gate()
    stt = build(partials=True, requests=1)
    final = asyncio.create_task(stt.final("a", spoken()))
    await gate.reached(1)
    assert await stt.partial("b", spoken()) is None
    gate.open()
    await final


async def test_partials_leave_one_of_several_slots_to_finals(endpoint: Endpoint, build: Any) -> None:
    endpoint.behave = gate = Gate()
    stt = build(partials=True, requests=2)
    partial = asyncio.create_task(stt.partial("a", half()))
    await gate.reached(1)
    assert await stt.partial("b", half()) is None
    final = asyncio.create_task(stt.final("c", spoken()))
    await gate.reached(1)  # though the partial is not answered yet
    gate.open()
    assert (await final).text == f"{len(spoken())} samples"
    assert (await partial).text == f"{len(half())} samples"


async def test_a_partial_of_long_speech_hears_the_newest_part(endpoint: Endpoint, build: Any) -> None:
    part = {"start": 1.0, "end": 2.0, "text": "hello"}
    endpoint.behave = says("hello", segments=[part])
    long = np.concatenate([spoken()] * 6)
    heard = await build(partials=True).partial("a", long)
    assert heard.text == "… hello"
    assert len(endpoint.asked[0].audio) == 12 * 16_000
    assert heard.segments[0].start_s == pytest.approx(len(long) / 16_000 - 11)
    assert heard.audio_s == len(long) / 16_000


async def test_nothing_is_asked_early_unless_wanted(endpoint: Endpoint, build: Any) -> None:
    stt = build()
    early = stt.speculate("a", spoken())
    known = asyncio.create_task(early.transcript())
    assert (await early.adopt()).text == "hello"
    assert (await known).text == "hello"
    dropped = stt.speculate("a", spoken())
    dropped.cancel()
    assert await dropped.transcript() is None
    assert len(endpoint.asked) == 1


async def test_wanted_early_it_is_asked_at_once(endpoint: Endpoint, build: Any) -> None:
    early = build(speculate=True).speculate("a", spoken())
    known = await early.transcript()
    assert known.text == "hello"
    assert await early.adopt() is known
    assert len(endpoint.asked) == 1
