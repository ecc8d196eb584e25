"""A throw-away Redis for the tests that need one: killed, restarted empty or from a snapshot, paused.

Tests in another folder than this one: ``from tests.channels.redis_server import link, redis_server``.
"""

import asyncio
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from channels.redis_link import LinkSettings, RedisLink

__all__ = ["QUICK", "RedisServer", "link", "redis_server"]

QUICK = LinkSettings(connect_s=2.0, answer_s=2.0, ping_s=0.5, backoff_base_s=0.001, backoff_cap_s=0.02)


@dataclass(slots=True)
class RedisServer:
    """Reached through a socket in ``folder``; writes a snapshot only when told to."""

    folder: Path
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.folder}/redis.sock"

    def start(self, *, empty: bool = True) -> None:
        """Returns once it takes connections. Otherwise than ``empty``: with what was in the last snapshot."""
        found = shutil.which("redis-server")
        if not found:
            pytest.fail("no Redis here: install the Debian package redis-server (`make test` does)")
        if empty:
            (self.folder / "dump.rdb").unlink(missing_ok=True)
        options = {"port": "0", "unixsocket": f"{self.folder}/redis.sock", "dir": str(self.folder), "save": ""}
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self.process = subprocess.Popen([found, *arguments], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "ready to accept connections" in line.lower():
                return
        pytest.fail("Redis did not start: " + "".join(said))

    def kill(self) -> None:
        """As when the machine loses power."""
        assert self.process
        assert self.process.stdout
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def pause(self) -> None:
        """It goes on taking connections and answers nothing."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def ask(self, *command: str | int) -> Any:
        """The reply to a command, on a connection of its own."""
        with redis.Redis.from_url(self.url) as client:
            return client.execute_command(*command)

    def save(self) -> None:
        """Write a snapshot."""
        self.ask("SAVE")

    def cut(self, kind: str) -> None:
        """End every connection of a kind: normal or pubsub."""
        self.ask("CLIENT", "KILL", "TYPE", kind)


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Until something that nobody tells of is so."""
    async with asyncio.timeout(10):
        while not await is_so():  # noqa: ASYNC110 - it is another process's state
            await asyncio.sleep(0.01)


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer(Path(tempfile.mkdtemp(prefix="sidenote-redis-", dir="/tmp")))  # a socket's path must be short
    try:
        server.start()
        yield server
    finally:
        if server.process:
            server.kill()
        shutil.rmtree(server.folder)


@pytest.fixture
async def link(redis_server: RedisServer) -> AsyncIterator[RedisLink]:
    made = RedisLink(redis_server.url, QUICK)
    await made.start()
    yield made
    await made.close()
