"""The practice page: a video and comments that stay on this server, to try the whole way without an account anywhere.

Everybody who reaches the server reads and writes here. A page of another site can't write: its origin is not listed.
"""

import asyncio
import hashlib
import math
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.rest.practice_page import HEADERS, page_routes
from storage.errors import InvalidValue, StorageError
from storage.practice import KEPT, PracticeBusy, PracticeComments, PracticeFull
from storage.tables import PracticeComment

BODY_LIMIT = 4096  # bytes
BODY_LIMIT_S = 10.0  # for all of it to arrive
LATEST_S = 86_400.0  # no video is longer than a day

_AUTHOR = re.compile(r"[0-9a-f]{32}")
_Handler = Callable[[Request], Awaitable[Response]]


class Refused(Exception):
    """A request is answered with an HTTP status: ``reason`` for programs, ``message`` for people."""

    def __init__(self, status: int, reason: str, message: str, *, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.wait_s = wait_s  # until it may be tried again

    @property
    def response(self) -> Response:
        headers = {} if self.wait_s is None else {"Retry-After": str(math.ceil(self.wait_s))}
        return JSONResponse({"reason": self.reason, "message": str(self)}, self.status, headers)


def practice_routes(comments: PracticeComments, assets: Path, *, origins: frozenset[str]) -> list[Route]:
    """``/practice`` and all that lies below it; ``origins`` may write, to the letter.

    Raises RuntimeError where there is no folder ``assets``.
    """

    async def show(request: Request) -> Response:
        author = _author_of(request) if "X-Author" in request.headers else None
        return JSONResponse({"comments": [_shown(comment, author) for comment in await comments.list(KEPT)]})

    async def add(request: Request) -> Response:
        if request.headers.get("Origin") not in origins:
            raise Refused(403, "bad_origin", "Comments are taken from the practice page of this server alone.")
        if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "bad_content_type", "Send the comment as application/json.")
        author = _author_of(request)
        text, at_s = _comment_in(await _body_of(request))
        return JSONResponse(_shown(await comments.add(text, at_s, author), author), 201)

    return [
        *page_routes(assets),
        Route("/practice/comments", _answered(show), methods=["GET"]),
        Route("/practice/comments", _answered(add), methods=["POST"]),
    ]


def _answered(handler: _Handler) -> _Handler:
    """``handler``, with what it raises as an answer that says what to do."""

    async def answered(request: Request) -> Response:
        try:
            response = await handler(request)
        except Refused as error:
            response = error.response
        except StorageError as error:
            response = _refusal_of(error).response
        response.headers.update({**HEADERS, "Cache-Control": "no-store"})
        return response

    return answered


def _refusal_of(error: StorageError) -> Refused:
    if isinstance(error, InvalidValue):
        return Refused(400, "invalid", str(error))
    if isinstance(error, PracticeBusy):
        return Refused(429, "too_many", str(error), wait_s=error.wait_s)
    return Refused(503, "full" if isinstance(error, PracticeFull) else "unavailable", str(error))


def _author_of(request: Request) -> str:
    """Which browser asks, as the SHA-256 of the number it made for itself. Raises Refused."""
    said = request.headers.get("X-Author", "")
    if not _AUTHOR.fullmatch(said):
        raise Refused(400, "bad_author", "The header X-Author must hold 32 hexadecimal digits: reload the page.")
    return hashlib.sha256(said.encode()).hexdigest()


async def _body_of(request: Request) -> bytes:
    """Raises Refused when it is too long or too slow; no more of it is kept than is allowed."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_LIMIT_S):
            async for piece in request.stream():
                body += piece
                if len(body) > BODY_LIMIT:
                    raise Refused(413, "too_large", f"At most {BODY_LIMIT} bytes are taken. Write a shorter comment.")
    except TimeoutError:
        raise Refused(408, "too_slow", "The comment did not arrive in time. Try again.") from None
    except ClientDisconnect:
        raise Refused(400, "gone", "The comment did not arrive whole. Try again.") from None
    return bytes(body)


def _comment_in(body: bytes) -> tuple[str, float]:
    """Text and second of what was sent; the store has its own rules for both. Raises Refused."""
    try:
        sent: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "invalid", "The comment is not sound JSON.") from None
    text, at_s = (sent.get("text"), sent.get("at_s")) if isinstance(sent, dict) else (None, None)
    if not isinstance(text, str):
        raise Refused(400, "invalid", "text must be the words of the comment.")
    if isinstance(at_s, bool) or not isinstance(at_s, int | float) or not 0 <= at_s <= LATEST_S:
        raise Refused(400, "invalid", f"at_s must be a second of the video, from 0 to {LATEST_S:.0f}.")
    return text, float(at_s)


def _shown(comment: PracticeComment, author: str | None) -> dict[str, Any]:
    """What clients see of a comment. ``own``: written by the browser that asks."""
    return {
        "id": comment.id,
        "text": comment.text,
        "at_s": comment.at_s,
        "own": comment.author == author,
        "created_at": comment.created_at.isoformat(timespec="milliseconds"),
        "permalink": f"/practice?comment={comment.id}&t={int(comment.at_s)}",
    }
