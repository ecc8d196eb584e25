"""A transcription endpoint of OpenAI's kind on a free port: real Whisper on the WAV that comes in, or a fault."""

import asyncio
import functools
import io
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from inference.models import find_speech_model
from tests.served import served


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in."""

    form: dict[str, str]  # without the file
    audio: NDArray[np.int16]  # shape (n,), 16 kHz
    key: str


Behaviour = Callable[[Asked], Awaitable[Response]]


class Endpoint:
    """``behave`` decides each answer; ``asked`` keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.behave: Behaviour = says("hello")
        self.url = ""

    async def answer(self, request: Request) -> Response:
        form = fields(request.headers["content-type"], await request.body())
        audio = pcm(form.pop("file"))
        words = {name: value.decode() for name, value in form.items()}
        asked = Asked(words, audio, request.headers["authorization"].removeprefix("Bearer "))
        self.asked.append(asked)
        return await self.behave(asked)

    async def models(self, request: Request) -> Response:
        known = request.headers["authorization"] == "Bearer good"
        return JSONResponse({"object": "list", "data": [{"id": "tiny.en"}]}, status_code=200 if known else 401)


def fields(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of a multipart/form-data body by name (RFC 7578)."""
    boundary = b"--" + content_type.partition("boundary=")[2].strip('"').encode()
    found = {}
    for part in body.split(boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0]
        found[name.decode()] = content.removesuffix(b"\r\n")
    return found


def pcm(wav: bytes) -> NDArray[np.int16]:
    """The samples of a WAV file, which must be PCM16, mono, 16 kHz."""
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def says(text: str, **more: Any) -> Behaviour:
    async def behave(_: Asked) -> Response:
        return JSONResponse({"text": text, **more})

    return behave


def fails(status: int, text: str = "no") -> Behaviour:
    async def behave(_: Asked) -> Response:
        return JSONResponse({"error": {"message": text}}, status_code=status)

    return behave


def sends(body: bytes) -> Behaviour:
    async def behave(_: Asked) -> Response:
        return Response(body, media_type="application/json")

    return behave


async def hangs(_: Asked) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


def endless(status: int = 200) -> Behaviour:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"text": "'
        while True:
            yield b"x" * 65_536
            await asyncio.sleep(0)  # lets the end of the connection be noticed

    async def behave(_: Asked) -> Response:
        return StreamingResponse(pieces(), status_code=status, media_type="application/json")

    return behave


def moved(to: str) -> Behaviour:
    async def behave(_: Asked) -> Response:
        return RedirectResponse(to)  # 307: the same request, body and all

    return behave


async def breaks_off(_: Asked) -> Response:
    """Fewer bytes than announced, then the end of the connection."""
    return Response(b'{"text": "he', headers={"content-length": "1000"}, media_type="application/json")


def one_after_another(*behaviours: Behaviour) -> Behaviour:
    """The first once, then the second, and so on; the last for ever."""
    left = list(behaviours)

    async def behave(asked: Asked) -> Response:
        return await (left.pop(0) if len(left) > 1 else left[0])(asked)

    return behave


async def hears(asked: Asked) -> Response:
    """Whisper tiny.en, in the thread of a real server's worker."""
    parts = await asyncio.to_thread(_transcribed, asked)
    text = "".join(part["text"] for part in parts).strip()
    if asked.form["response_format"] == "json":
        return JSONResponse({"text": text})
    return JSONResponse({"task": "transcribe", "language": "english", "text": text, "segments": parts})


def _transcribed(asked: Asked) -> list[dict[str, Any]]:
    found, _ = _whisper().transcribe(
        asked.audio.astype(np.float32) / 32768, language="en", initial_prompt=asked.form.get("prompt")
    )
    names = ("start", "end", "text", "avg_logprob", "no_speech_prob")
    return [{name: getattr(part, name) for name in names} for part in found]


@functools.cache
def _whisper() -> WhisperModel:
    return WhisperModel(str(find_speech_model("tiny.en").folder), device="cpu", compute_type="int8", cpu_threads=1)


@contextmanager
def serving(endpoint: Endpoint) -> Iterator[str]:
    """Serve until the end of the block; its address, which ends in /v1."""
    app = Starlette(
        routes=[
            Route("/v1/audio/transcriptions", endpoint.answer, methods=["POST"]),
            Route("/v1/models", endpoint.models),
        ]
    )
    with served(app) as port:
        yield f"http://127.0.0.1:{port}/v1"
