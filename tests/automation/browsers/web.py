"""A web server in a few lines that notes down who came, also those who never asked for anything."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self

END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})


def moved(to: str) -> Answer:
    return Answer(status=302, headers={"Location": to})


class Web:
    """``async with Web(answer) as web``: on a free port of this machine."""

    def __init__(self, answer: Callable[[Asked], Awaitable[Answer]]) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.url = ""
        self.port = 0
        self._answer = answer
        self._came = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def until_asked(self, path: str) -> None:
        async with self._came, asyncio.timeout(15):
            await self._came.wait_for(lambda: any(asked.path == path for asked in self.asked))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            asked = await _read(reader)
            async with self._came:
                self.asked.append(asked)
                self._came.notify_all()
            answer = await self._answer(asked)
            body = answer.body.encode()
            lines = [f"{name}: {value}" for name, value in answer.headers.items()]
            lines += [f"Content-Length: {len(body)}", "Connection: close"]
            writer.write("\r\n".join([f"HTTP/1.1 {answer.status} Said", *lines]).encode() + END + body)
            await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass  # a connection that was opened in advance, or a browser that is gone
        finally:
            writer.close()
            self._tasks.discard(task)


async def _read(reader: asyncio.StreamReader) -> Asked:
    first, *lines = (await reader.readuntil(END)).decode().strip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    method, path, _ = first.split(" ")
    return Asked(method, path, headers, await reader.readexactly(int(headers.get("content-length", "0"))))
