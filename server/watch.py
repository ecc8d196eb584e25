"""`sidenote watch`: follows one topic of a server, for a person or a program, until it is interrupted.

Shows how things stand, then every event as it comes, over lost connections too. Changes nothing.
"""

import asyncio
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from typing import Any, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from agent.events import Mode
from channels.client import Client, Event, State
from server.say import checked_server, token_for
from server.screen import REFRESHES_PER_S, connection_line, make_console, print_json
from server.settings import Settings
from server.summary import Received, Sent, Tally
from server.timeline import Timeline, clock, notes_table, state_style

_TOPIC = re.compile(r"(session|video|user):[A-Za-z0-9._-]{1,64}")


class NotATopic(Exception):
    """That can't be watched. The message says what can."""


class Viewer(Protocol):
    """Shows what comes."""

    def begin(self, topic: str, reply: dict[str, Any]) -> None:
        """The topic is joined."""
        ...

    def show(self, event: Event) -> None: ...

    def connection(self, state: State) -> None: ...


def checked_topic(topic: str) -> str:
    """The topic, when it may be one that can be watched. Raises NotATopic."""
    if topic.startswith("audio:"):
        raise NotATopic(
            "audio: carries a microphone's sound to the server and nothing to watch: what is heard comes on session:ID."
        )
    if topic == "video:new" or not _TOPIC.fullmatch(topic):
        raise NotATopic(
            f"{topic!r} can't be watched: write session:ID, video:ID or user:ID, with an ID of A-Z a-z 0-9 . _ and -."
        )
    return topic


async def watch(settings: Settings, topic: str, *, server: str | None, token: str | None, as_json: bool) -> None:
    """Follow a topic until SIGINT, SIGTERM or its end. Raises NotATopic, SettingsError, ClientError."""
    topic = checked_topic(topic)
    url = checked_server(server or settings.url())
    with interrupted() as stopped:
        following = asyncio.create_task(follow(Client(url, token_for(settings, token)), topic, as_json=as_json))
        await asyncio.wait([following, stopped], return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            following.result()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def follow(client: Client, topic: str, *, as_json: bool) -> None:
    """Show a topic until it ends."""
    console = make_console()
    lines = Lines(console)
    viewer: Viewer = JsonLines(topic) if as_json else lines
    can_redraw = console.is_terminal and not console.is_dumb_terminal and not as_json
    live = Live(console=console, get_renderable=lines.now, refresh_per_second=REFRESHES_PER_S, transient=True)
    async with client:
        client.on_state(viewer.connection)
        channel = await client.join(topic)
        with live if can_redraw else nullcontext():
            viewer.begin(topic, channel.reply)
            async for event in channel:
                viewer.show(event)


@contextmanager
def interrupted() -> Iterator["asyncio.Future[None]"]:
    """Done on the first SIGINT or SIGTERM."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[None] = loop.create_future()

    def stop() -> None:
        if not stopped.done():
            stopped.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        yield stopped
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


class JsonLines:
    """One object a line: events, snapshots, and what becomes of the connection."""

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def begin(self, topic: str, reply: dict[str, Any]) -> None:
        self._print("snapshot", reply.get("seq"), reply.get("snapshot") or {})

    def show(self, event: Event) -> None:
        self._print(event.event, event.seq, event.payload)

    def connection(self, state: State) -> None:
        self._print("connection", None, asdict(state))

    def _print(self, event: str, seq: int | None, payload: dict[str, Any]) -> None:
        print_json({"event": event, "topic": self._topic, "seq": seq, "payload": payload})


class Lines(Timeline):
    """Lines for people: each begins with the second of the video and the number of the utterance."""

    def __init__(self, console: Console) -> None:
        super().__init__(Tally(Mode.PTT, Sent(), paced=False))
        self._console = console
        self._spoken_at_s: dict[int, float] = {}  # utterance: second of the video

    def begin(self, topic: str, reply: dict[str, Any]) -> None:
        self._say(f"Watching {topic}. Ctrl-C ends it.")
        self._show_snapshot(reply.get("snapshot") or {})

    def show(self, event: Event) -> None:
        if event.event == "snapshot":
            self._say("Some events were missed: this is how things stand now.")
            self._show_snapshot(event.payload)
            return
        state = self.state
        received = Received(0.0, event.topic, event.event, event.seq, event.payload)
        if event.event == "speech_started" and event.payload.get("media_s") is not None:
            self._spoken_at_s[event.payload["utterance"]] = event.payload["media_s"]
        for line in self.take(received):
            self._print(line)
        if event.event == "state_changed" and self.state != state:
            self._print(self._line(received, Text(self.state, style=state_style(self.state))))
        elif event.event == "speech_started":
            self._print(self._line(received, Text("speech", style="dim")))

    def connection(self, state: State) -> None:
        if line := connection_line(state):
            self._say(line)

    def now(self) -> RenderableType:
        """The state, and the words being heard or written."""
        words = Text("  " + self.words, style="bright_black italic", no_wrap=True, overflow="ellipsis")
        return Group(Text("  " + self.state, style=state_style(self.state)), words)

    def _show_snapshot(self, snapshot: dict[str, Any]) -> None:
        if "state" in snapshot:
            self.state = snapshot["state"]
            self._print(Text(f"State: {self.state}", style=state_style(self.state)))
        self._console.print(notes_table(snapshot.get("notes", ())))
        self._console.file.flush()

    def _line(self, received: Received, *parts: Text | None) -> Text:
        number, note = received.payload.get("utterance"), received.payload.get("note") or {}
        at_s = note.get("timestamp_s", self._spoken_at_s.get(number or 0))
        head = Text(f"{clock(at_s) if at_s is not None else '':>8} {number or '':>3}  ", style="bright_black")
        return head + Text("  ").join(part for part in parts if part is not None)

    def _delay(self, received: Received) -> None:
        return None  # nothing was sent from here

    def _say(self, line: str) -> None:
        self._print(Text(line, style="dim"))

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=not self._console.is_terminal)
        self._console.file.flush()
