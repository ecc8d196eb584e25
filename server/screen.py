"""Where a review is shown: live on a terminal, as plain lines in a pipe, or as JSON for programs."""

import sys
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

import orjson
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from channels.client import State, Status
from server.summary import Received, Tally
from server.timeline import Timeline, latencies, notes_table

PIPE_WIDTH = 120  # columns where there is no terminal to ask
REFRESHES_PER_S = 12
LONG_WAIT_S = 1.0  # a shorter one is over before it is read


def make_console(file: TextIO | None = None) -> Console:
    """A console for ``file`` (standard output). In a pipe it writes lines of a width that is not the terminal's."""
    target = file or sys.stdout
    return Console(file=target, highlight=False, soft_wrap=False, width=None if target.isatty() else PIPE_WIDTH)


def print_json(value: Any, file: TextIO | None = None) -> None:
    """One JSON value as one line, at once."""
    target = file or sys.stdout
    target.write(orjson.dumps(value).decode() + "\n")
    target.flush()


def connection_line(state: State) -> str | None:
    """What a person is told of the connection, None where it is not worth a line."""
    match state.status:
        case Status.CONNECTED:
            return "Connected again."
        case Status.RECONNECTING if state.attempt == 1:
            return f"Connection lost: trying again in {state.wait_s:.1f} s. {state.why}"
        case Status.RECONNECTING if state.wait_s >= LONG_WAIT_S:
            return f"No connection yet: trying again in {state.wait_s:.1f} s."
    return None


class Screen(Protocol):
    """Shows what happens. Entered for as long as a review runs."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    def take(self, received: Received) -> None:
        """An event that the tally has taken already."""
        ...

    def level(self, level_db: float) -> None:
        """How loud what is being sent is, in dB below full scale."""
        ...

    def say(self, line: str) -> None:
        """A line that is no event."""
        ...

    def end(self, summary: dict[str, Any]) -> None:
        """The last word."""
        ...


class JsonScreen:
    """One line an event, then the summary; nothing else on standard output."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def take(self, received: Received) -> None:
        print_json(received.line())

    def level(self, level_db: float) -> None:
        pass

    def say(self, line: str) -> None:
        pass

    def end(self, summary: dict[str, Any]) -> None:
        print_json(summary)


class PlainScreen:
    """Lines for people, one after another."""

    def __init__(self, tally: Tally, console: Console | None = None) -> None:
        self._console = console or make_console()
        self._paced = tally.paced
        self._timeline = Timeline(tally)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    def take(self, received: Received) -> None:
        if received.event == "snapshot":
            self.say("Some of what happened was missed: this is how things stand now.")
        for line in self._timeline.take(received):
            self._print(line)

    def level(self, level_db: float) -> None:
        self._timeline.level_db = level_db

    def say(self, line: str) -> None:
        self._print(Text(line, style="dim"))

    def end(self, summary: dict[str, Any]) -> None:
        self._print(Text())
        self._print(notes_table(summary["notes"]))
        if self._paced and (waits := latencies(summary)):
            shown = ", ".join(f"{label} {wait_ms:.0f} ms" for label, wait_ms in waits)
            self._print(Text(f"\nFrom the last word spoken, median: {shown}", style="dim"))

    def _print(self, what: RenderableType) -> None:
        self._console.print(what, soft_wrap=isinstance(what, Text) and not self._console.is_terminal)
        self._console.file.flush()


class LiveScreen(PlainScreen):
    """The same lines, and below them a meter, the state and the words as they form."""

    def __init__(self, tally: Tally, console: Console | None = None) -> None:
        super().__init__(tally, console)
        self._live = Live(
            console=self._console,
            get_renderable=self._timeline.now,
            refresh_per_second=REFRESHES_PER_S,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._live.stop()

    def end(self, summary: dict[str, Any]) -> None:
        self._live.stop()
        super().end(summary)


def make_screen(tally: Tally, *, as_json: bool) -> Screen:
    """JSON where asked for; live on a terminal that can redraw; plain lines elsewhere."""
    if as_json:
        return JsonScreen()
    console = make_console()
    return (
        LiveScreen(tally, console)
        if console.is_terminal and not console.is_dumb_terminal
        else PlainScreen(tally, console)
    )
