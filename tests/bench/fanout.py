"""A server process to measure: ``ours`` is the program with scripted engines, ``bare`` a loop over ASGI's ``send``.

Both run under uvicorn with the same options, the bare one with uvicorn's own protocol class. Reads one JSON command a
line, and answers with one: ``publish`` (count, every_s, size) says what it cost, ``memory`` what the process holds.
"""

import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from starlette.types import Receive, Scope, Send

from server import wiring
from server.app import Listener, WebServer, web_config
from server.identity import LOCAL_USER
from server.settings import load_settings
from tests.chaos import server as scripted

TOPIC = "session:bench"
Publish = Callable[[dict[str, Any]], Awaitable[None]]


class Bare:
    """What any server does at the least: accept, remember ``send``, and call it for everybody."""

    def __init__(self) -> None:
        self.sends: dict[Send, None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "phoenix"})
        self.sends[send] = None
        while (await receive())["type"] != "websocket.disconnect":
            pass
        del self.sends[send]

    async def publish(self, payload: dict[str, Any]) -> None:
        text = json.dumps([None, None, TOPIC, "state_changed", payload], separators=(",", ":"))
        for send in list(self.sends):
            await send({"type": "websocket.send", "text": text})


async def serve_bare() -> None:
    bare = Bare()
    listener = Listener("127.0.0.1", 0)
    ready = asyncio.Event()
    config = web_config(bare, 262_144)
    config.ws = "websockets-sansio"
    server = WebServer(config, ready.set)
    serving = asyncio.create_task(server.serve(sockets=[listener.socket]))
    await ready.wait()
    say({"port": listener.port, "token": ""})
    await obey(bare.publish)
    server.should_exit = True
    await serving


async def serve_ours(folder: str) -> None:
    wiring.build_stt = scripted.build_stt
    wiring.build_structurer = scripted.build_structurer
    wiring.build_detector_factory = scripted.build_detector_factory
    settings = load_settings(env_file=None, data_dir=Path(folder), max_connections_per_user=1000, port=0)
    listener = Listener("127.0.0.1", 0)
    stop = asyncio.Event()
    async with wiring.running_parts(settings) as parts:

        async def publish(payload: dict[str, Any]) -> None:
            await parts.exchange.hub.publish(TOPIC, "state_changed", payload)

        ready = asyncio.Event()
        serving = asyncio.create_task(listener.serve(parts, stop, ready.set))
        await ready.wait()
        say({"port": listener.port, "token": parts.tokens.issue(LOCAL_USER)})
        await obey(publish)
        stop.set()
        await serving


async def obey(publish: Publish) -> None:
    """Do what the lines of the input say, until there is none."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        if command["do"] == "memory":
            gc.collect()
            say({"kib": resident_kib()})
        else:
            say(await publish_all(publish, command["count"], command["every_s"], "x" * command["size"]))


async def publish_all(publish: Publish, count: int, every_s: float, filling: str) -> dict[str, float]:
    """CPU seconds of the event loop's thread for ``count`` events, one every ``every_s``; idle threads don't count."""
    clock = asyncio.get_running_loop().time
    due_s, before_s = clock(), time.thread_time()
    for number in range(count):
        await publish({"n": number, "at_ns": time.monotonic_ns(), "filling": filling})
        due_s += every_s
        await asyncio.sleep(max(0.0, due_s - clock()))
    return {"cpu_s": time.thread_time() - before_s}


def resident_kib() -> int:
    return int(Path(f"/proc/{os.getpid()}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        asyncio.run(serve_bare())
    else:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(serve_ours(folder))
