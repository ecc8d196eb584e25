"""`sidenote say` and `sidenote listen`: a review of recordings or of this machine's microphone.

Without a server's address a private one is started in this process, on a free port and with the same data folder.
"""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from agent.events import Mode
from channels.client import Client, Token
from channels.videos import video_of
from server.identity import LOCAL_USER, build_tokens
from server.microphone import MicrophoneSource, find_microphone
from server.review import Outcome, Plan, Review
from server.screen import Screen, make_screen
from server.settings import Settings, SettingsError
from server.summary import Tally
from server.takes import FileSource, Take, read_takes

_TOKEN = re.compile(r"[A-Za-z0-9._-]+")


def checked_server(address: str) -> str:
    """The address as the client takes it. Raises SettingsError."""
    parts = urlsplit(address)
    if parts.scheme not in ("ws", "wss", "http", "https") or not parts.hostname:
        raise SettingsError(
            f"{address!r} is no address of a server. Write it as http://HOST:PORT, as `serve` prints it."
        )
    return f"{parts.scheme}://{parts.netloc}"


def checked_token(token: str) -> str:
    """The token, when it may be one. Raises SettingsError."""
    if not _TOKEN.fullmatch(token):
        raise SettingsError("The token holds characters that no token has: copy it again, or run `sidenote token`.")
    return token


def token_for(settings: Settings, given: str | None) -> Token:
    """The given token, or a fresh one of this data folder for each connection. Raises SettingsError."""
    if given:
        return checked_token(given)
    tokens = build_tokens(settings)
    return lambda: tokens.issue(LOCAL_USER)


@asynccontextmanager
async def reached(settings: Settings, server: str | None, token: str | None, *, port: int = 0) -> AsyncIterator[Client]:
    """A connection to the server at that address, or to a private one. Without a token this data folder makes one.

    ``port``: of a private one; 0 takes a free one. Raises SettingsError, ConnectFailed, and whatever keeps a private
    server from starting.
    """
    if server:
        async with Client(checked_server(server), token_for(settings, token)) as client:
            yield client
        return
    from server.embedded import EmbeddedServer  # everything that a server is made of: only who needs one pays for it

    starting = Console(stderr=True).status("Loading the models")
    starting.start()
    try:
        async with EmbeddedServer(settings, port=port) as embedded:
            starting.stop()
            async with Client(embedded.url, lambda: embedded.parts.tokens.issue(LOCAL_USER)) as client:
                yield client
    finally:
        starting.stop()


async def say(
    settings: Settings, takes: Sequence[Take], plan: Plan, *, server: str | None, token: str | None, as_json: bool
) -> Outcome:
    """Play recordings into a session."""

    def screen(tally: Tally) -> Screen:
        return make_screen(tally, as_json=as_json)

    async with reached(settings, server, token) as client:
        return await Review(client, plan, screen).run(FileSource(takes, fast=plan.fast))


async def listen(settings: Settings, plan: Plan, *, server: str | None, token: str | None, as_json: bool) -> Outcome:
    """Record from the microphone until Ctrl-C. Raises NoMicrophone before anything is started."""

    def screen(tally: Tally) -> Screen:
        return make_screen(tally, as_json=as_json)

    name = find_microphone()
    async with reached(settings, server, token) as client:
        review = Review(client, plan, screen)
        source = MicrophoneSource(plan.mode, review.say)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, source.stop)
        loop.add_signal_handler(signal.SIGTERM, source.stop)
        print(f"Listening to {name}. Ctrl-C ends it.", file=sys.stderr, flush=True)  # noqa: T201 - for a person, beside the output
        try:
            return await review.run(source)
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            loop.remove_signal_handler(signal.SIGTERM)


def prepared(files: Sequence[Path], plan: Plan, gap_s: float) -> list[Take]:
    """The takes of these files, once the address of the video is known to be one. Raises UnknownVideo, BadAudio."""
    video_of(plan.url)
    return read_takes(files, Mode(plan.mode), gap_s)
