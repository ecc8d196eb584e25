"""One process's way to Redis: a connection for commands, one for messages, and nobody who has to wait for either.

Both are opened, watched and given up together: a link is up, or it is down and being opened again, for as long as it
takes. The only module that imports redis-py, of which it uses single connections: its client would repeat commands by
itself, and whether a command may be repeated is for the caller to say. Runs on one event loop.
"""

import asyncio
import contextlib
import hashlib
import logging
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)

Listener = Callable[[bytes], None]
"""Given the data of each message of a channel. Never waits."""

MANY = 500  # channels in one SUBSCRIBE
NAME = "sidenote"  # as CLIENT LIST shows it


class LinkError(Exception):
    """Base of what goes wrong between this process and Redis. The message says what to do."""


class NoRedisPackage(LinkError):
    """redis-py is not installed."""


class RedisUnavailable(LinkError):
    """Redis can't be reached, or went away meanwhile: whether the command was carried out is not known."""


class RedisRefused(LinkError):
    """Redis answered with an error: the command was not carried out."""


class UnknownScript(RedisRefused):
    """Redis has forgotten this script."""


@dataclass(frozen=True, slots=True)
class LinkSettings:
    connect_s: float = 2.0
    answer_s: float = 2.0  # for one command; then the link is given up
    ping_s: float = 5.0  # between questions whether the other end is still there
    backoff_base_s: float = 0.05
    backoff_cap_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Script:
    """Lua that runs in Redis as one step."""

    source: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True, slots=True)
class _Call:
    answer: asyncio.Future[Any]
    deadline: float  # seconds on the loop's clock


class RedisLink:
    """``start`` it, ``close`` it. Between the two, who asks for something while it is down gets RedisUnavailable."""

    def __init__(self, url: str, settings: LinkSettings | None = None) -> None:
        """``url``: redis://, rediss:// or unix://, with user, password and number of the database."""
        self.settings = settings or LinkSettings()
        self._url = url
        self._up = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._trouble = ""  # the last that was logged
        self._watchers: list[tuple[Callable[[], None], Callable[[], None]]] = []
        # Of the connection for commands
        self._calls: deque[_Call] = deque()
        self._outgoing: list[bytes] = []
        self._to_write = asyncio.Event()
        self._pack: Callable[..., list[bytes]] = lambda *_: []
        # Of the connection for messages
        self._listeners: dict[str, Listener] = {}  # channels that are wanted
        self._followed: set[str] = set()  # channels that Redis has confirmed
        self._changed: set[str] = set()  # channels wanted or not since the last commands
        self._to_tend = asyncio.Event()
        self._unconfirmed: set[tuple[bytes, bytes]] = set()
        self._confirmed = asyncio.Event()
        self._waiters: dict[str, list[asyncio.Future[None]]] = {}
        self._heard_at = 0.0

    async def start(self) -> None:
        """Connect once. Raises RedisUnavailable and NoRedisPackage."""
        self._task = asyncio.create_task(self._run(await self._open()))
        await self._up.wait()

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    async def until_up(self) -> None:
        await self._up.wait()

    def watch(self, on_lost: Callable[[], None], on_back: Callable[[], None]) -> None:
        """Be told when the link is lost, and when it is back with every channel followed again. Neither waits."""
        self._watchers.append((on_lost, on_back))

    # Commands

    def call(self, *command: str | bytes | int) -> asyncio.Future[Any]:
        """Send a command after those before it; its reply, or RedisRefused or RedisUnavailable, comes in the future.

        Raises RedisUnavailable while the link is down. Replies are bytes, integers, None and lists of these.
        """
        if not self.is_up:
            raise RedisUnavailable("Redis can't be reached just now: try again in a moment.")
        loop = asyncio.get_running_loop()
        call = _Call(loop.create_future(), loop.time() + self.settings.answer_s)
        self._calls.append(call)
        self._outgoing += self._pack(*command)
        self._to_write.set()
        return call.answer

    def call_script(
        self, script: Script, keys: Sequence[str], arguments: Sequence[str | bytes | int]
    ) -> asyncio.Future[Any]:
        """``call`` with a script that Redis knows already; UnknownScript comes in the future where it does not."""
        return self.call("EVALSHA", script.sha, len(keys), *keys, *arguments)

    async def load(self, script: Script) -> None:
        """Make a script known. Raises RedisUnavailable and RedisRefused."""
        await self.call("SCRIPT", "LOAD", script.source)

    async def evaluate(self, script: Script, keys: Sequence[str], arguments: Sequence[str | bytes | int]) -> Any:
        """What a script returns, known or not. Raises RedisUnavailable and RedisRefused."""
        try:
            return await self.call_script(script, keys, arguments)
        except UnknownScript:
            await self.load(script)
            return await self.call_script(script, keys, arguments)

    # Messages

    async def follow(self, channel: str, listener: Listener) -> None:
        """Returns once Redis has confirmed. From then on the channel is followed again after each loss.

        Raises RedisUnavailable; the channel counts as followed all the same, until ``unfollow``.
        """
        self._listeners[channel] = listener
        if channel in self._followed:
            return
        if not self.is_up:
            raise RedisUnavailable("Redis can't be reached just now: try again in a moment.")
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(channel, []).append(waiter)
        self._change(channel)
        await waiter

    def unfollow(self, channel: str) -> None:
        """No message of the channel is passed on any more. Never waits."""
        if self._listeners.pop(channel, None):
            self._change(channel)

    def _change(self, channel: str) -> None:
        self._changed.add(channel)
        self._to_tend.set()

    # Connections

    async def _open(self) -> tuple[Any, Any]:
        """Two connections that answer. Raises RedisUnavailable and NoRedisPackage."""
        try:
            from redis.asyncio.connection import Connection, parse_url
            from redis.exceptions import RedisError
        except ImportError:
            message = 'REDIS_URL needs the package redis: run `pip install "sidenote[redis]"`, or unset it.'
            raise NoRedisPackage(message) from None
        try:
            given: dict[str, Any] = {**parse_url(self._url)}
        except ValueError as error:
            raise RedisUnavailable(f"REDIS_URL is no address of a Redis server ({error}): correct it.") from None
        make = given.pop("connection_class", Connection)
        limit_s = self.settings.connect_s
        given |= {"socket_timeout": limit_s, "socket_connect_timeout": limit_s, "client_name": NAME, "protocol": 2}
        where = given.get("path") or f"{given.get('host', 'localhost')}:{given.get('port', 6379)}"
        opened: list[Any] = []
        try:
            async with asyncio.timeout(limit_s):
                for _ in range(2):
                    opened.append(make(**given))
                    await opened[-1].connect()
                    await opened[-1].send_command("PING")
                    await opened[-1].read_response()
                    opened[-1].socket_timeout = None  # from here on ``_watch`` decides
        except (RedisError, OSError, TimeoutError) as error:
            await self._shut(opened)
            reason = str(error) or f"no answer in {limit_s:g} s"
            raise RedisUnavailable(f"No Redis to use at {where} ({reason}): start it, or correct REDIS_URL.") from None
        except BaseException:
            await self._shut(opened)
            raise
        return opened[0], opened[1]

    @staticmethod
    async def _shut(connections: Sequence[Any]) -> None:
        for connection in connections:
            with contextlib.suppress(Exception):  # it is given up, whatever it says to that
                await connection.disconnect(nowait=True)

    async def _run(self, connections: tuple[Any, Any] | None) -> None:
        clock, failures = asyncio.get_running_loop().time, 0
        while True:
            began = clock()
            try:
                connections = connections or await self._open()
                await self._serve(*connections)
            except LinkError as error:
                if self._trouble != (trouble := str(error)):  # said once, until it is over
                    self._trouble = trouble
                    log.warning("%s Trying again.", error)
            connections = None
            failures = 0 if clock() - began > self.settings.backoff_cap_s else min(failures + 1, 16)
            cap_s = min(self.settings.backoff_cap_s, self.settings.backoff_base_s * 2**failures)
            await asyncio.sleep(random.uniform(0, cap_s))

    async def _serve(self, commands: Any, messages: Any) -> None:
        """Until one of the connections breaks: raises RedisUnavailable."""
        self._pack = commands.pack_command
        self._changed = set(self._listeners)
        self._to_tend.set()
        self._heard_at = asyncio.get_running_loop().time()
        work = [
            self._read_replies(commands),
            self._write(commands),
            self._read_messages(messages),
            self._tend(messages),
            self._watch(messages),
        ]
        tasks = [asyncio.create_task(part) for part in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            why = next(iter(done)).exception()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._shut((commands, messages))
            self._let_go()
        raise RedisUnavailable(f"The connection to Redis was lost ({why}).") from why

    def _let_go(self) -> None:
        was_up = self.is_up
        self._up.clear()
        error = RedisUnavailable("Redis went away: try again in a moment.")
        waiting = [call.answer for call in self._calls] + [one for some in self._waiters.values() for one in some]
        for answer in waiting:
            if not answer.done():
                answer.set_exception(error)
                answer.exception()  # whoever asked may have gone
        self._calls.clear()
        self._waiters.clear()
        self._outgoing.clear()
        self._followed.clear()
        self._unconfirmed.clear()
        if was_up:
            self._tell([on_lost for on_lost, _ in self._watchers])

    @staticmethod
    def _tell(watchers: Sequence[Callable[[], None]]) -> None:
        for tell in watchers:
            try:
                tell()
            except Exception:
                log.exception("a watcher of the link to Redis failed by a bug")

    # Tasks: each ends only by an exception, and the link with it

    async def _read_replies(self, connection: Any) -> None:
        from redis.exceptions import MasterDownError, NoScriptError, ReadOnlyError, ResponseError

        while True:
            reply: Any = None
            error: RedisRefused | None = None
            try:
                reply = await connection.read_response(disconnect_on_error=False)
            except (ReadOnlyError, MasterDownError):
                raise  # not the server that is wanted, any more: perhaps the next one is
            except NoScriptError as unknown:
                error = UnknownScript(str(unknown))
            except ResponseError as refusal:
                error = RedisRefused(f"Redis refused a command ({refusal}).")
            answer = self._calls.popleft().answer
            if answer.done():
                continue
            if error:
                answer.set_exception(error)
            else:
                answer.set_result(reply)

    async def _write(self, connection: Any) -> None:
        while True:
            await self._to_write.wait()
            self._to_write.clear()
            packed, self._outgoing = self._outgoing, []
            await connection.send_packed_command(packed, check_health=False)

    async def _read_messages(self, connection: Any) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            message = await connection.read_response(disconnect_on_error=False)
            self._heard_at = clock()
            if not isinstance(message, list) or len(message) != 3:
                continue  # a pong
            kind, channel, data = message
            if kind == b"message":
                listener = self._listeners.get(channel.decode())
                if listener:
                    try:
                        listener(data)
                    except Exception:
                        log.exception("a listener failed by a bug")
            else:
                self._unconfirmed.discard((kind, channel))
                if not self._unconfirmed:
                    self._confirmed.set()

    async def _tend(self, connection: Any) -> None:
        """The only one to subscribe and unsubscribe; a batch is confirmed before the next, so none overtakes."""
        while True:
            await self._to_tend.wait()
            self._to_tend.clear()
            changed, self._changed = self._changed, set()
            gone = [name for name in changed if name in self._followed and name not in self._listeners]
            new = [name for name in changed if name in self._listeners and name not in self._followed]
            self._followed.difference_update(gone)
            async with asyncio.timeout(max(self.settings.answer_s, self.settings.answer_s * len(changed) / MANY)):
                await self._confirm(connection, "unsubscribe", gone)
                await self._confirm(connection, "subscribe", new)
            self._followed.update(new)
            for name in changed:
                if name in self._listeners and name not in self._followed:
                    continue  # wanted since this batch was sent: the next one follows it
                for waiter in self._waiters.pop(name, ()):
                    if not waiter.done():
                        waiter.set_result(None)
            if not self.is_up:
                if self._trouble:
                    log.info("Redis is back")
                self._trouble = ""
                self._up.set()
                self._tell([on_back for _, on_back in self._watchers])

    async def _confirm(self, connection: Any, command: str, channels: Sequence[str]) -> None:
        for at in range(0, len(channels), MANY):
            some = channels[at : at + MANY]
            self._unconfirmed = {(command.encode(), name.encode()) for name in some}
            self._confirmed.clear()
            await connection.send_command(command.upper(), *some, check_health=False)
            await self._confirmed.wait()

    async def _watch(self, messages: Any) -> None:
        """Ends a link that no longer answers, which a socket alone may not notice for hours."""
        clock, pinged_at = asyncio.get_running_loop().time, 0.0
        while True:
            await asyncio.sleep(min(self.settings.answer_s / 4, self.settings.ping_s))
            now = clock()
            if self._calls and self._calls[0].deadline < now:
                raise TimeoutError(f"no answer in {self.settings.answer_s:g} s")
            if now - self._heard_at > self.settings.ping_s + self.settings.answer_s:
                raise TimeoutError("no sign of life")
            if now - max(self._heard_at, pinged_at) >= self.settings.ping_s:
                pinged_at = now
                await messages.send_command("PING", check_health=False)
