"""A chat endpoint, over real HTTP, whose model wants to post whatever it is asked, or says what a test tells it to."""

import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from inference.llm.contract import Context, Delta, Reading, Structurer
from inference.llm.openai import OpenAIStructurer

EAGER = json.dumps({"intent": "confirm", "category": "other", "text": "", "post": True, "confidence": 1.0})
STOP_S = 5


@dataclass(slots=True)
class Model:
    answer: str = EAGER
    asked: list[str] = field(default_factory=list)  # the bodies of the requests
    url: str = ""

    async def complete(self, request: Request) -> StreamingResponse:
        self.asked.append((await request.body()).decode())
        return StreamingResponse(self._stream(self.answer), media_type="text/event-stream")

    async def _stream(self, answer: str) -> AsyncIterator[str]:
        for start in range(0, len(answer), 20):
            choice = {"index": 0, "delta": {"content": answer[start : start + 20]}, "finish_reason": None}
            chunk = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
            yield f"data: {json.dumps(chunk)}\n\n"
        yield "data: [DONE]\n\n"


@contextmanager
def serving(model: Model) -> Iterator[Model]:
    """Serve it on a free port until the end."""
    app = Starlette(routes=[Route("/v1/chat/completions", model.complete, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    model.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    try:
        yield model
    finally:
        server.should_exit = server.force_exit = True
        thread.join(STOP_S)
        listener.close()


@asynccontextmanager
async def misled(model: Model, rules: Structurer) -> AsyncIterator[OpenAIStructurer]:
    """The structurer of the program, with this model at its endpoint."""
    structurer = OpenAIStructurer(base_url=model.url, api_key="k", model="m", deadline_s=10.0, fallback=Borrowed(rules))
    try:
        yield structurer
    finally:
        await structurer.close()


class Borrowed:
    """A structurer that somebody else warms up and closes."""

    def __init__(self, structurer: Structurer) -> None:
        self._structurer = structurer

    @property
    def name(self) -> str:
        return self._structurer.name

    async def warm_up(self) -> None:
        """It is warm."""

    async def structure(self, transcript: str, context: Context, on_delta: Delta) -> Reading:
        return await self._structurer.structure(transcript, context, on_delta)

    async def close(self) -> None:
        """It stays open."""
