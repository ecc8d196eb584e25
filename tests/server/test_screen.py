"""Where a review is shown."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from agent.events import Mode
from channels.client import State, Status
from server.screen import JsonScreen, LiveScreen, PlainScreen, connection_line, make_console, make_screen
from server.summary import Received, Sent, Tally

FINAL = Received(1.25, "session:s", "asr_final", 3, {"utterance": 1, "text": "The music is too loud. " * 10})
SUMMARY: dict[str, Any] = {"event": "summary", "notes": [], "utterances": []}


def tally() -> Tally:
    return Tally(Mode.PTT, Sent())


def test_programs_get_one_object_a_line_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with make_screen(tally(), as_json=True) as screen:
        assert isinstance(screen, JsonScreen)
        screen.say("Press Enter.")
        screen.level(-12.0)
        screen.take(FINAL)
        screen.end(SUMMARY)
    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == ["asr_final", "summary"]


def test_a_pipe_gets_whole_lines_without_colours() -> None:
    file = io.StringIO()
    with PlainScreen(tally(), make_console(file)) as screen:
        screen.take(FINAL)
        screen.end(SUMMARY)
    lines = file.getvalue().splitlines()
    assert lines[0].endswith("The music is too loud. ”")
    assert lines[-1].strip() == "No notes."
    assert "\x1b" not in file.getvalue()


def test_missed_events_are_told_of() -> None:
    file = io.StringIO()
    PlainScreen(tally(), make_console(file)).take(Received(1.0, "session:s", "snapshot", None, {"state": "idle"}))
    assert file.getvalue().startswith("Some of what happened was missed")


@pytest.mark.parametrize(
    "state, line",
    [
        (State(Status.CONNECTED), "Connected again."),
        (State(Status.RECONNECTING, 1, 0.04, "It went."), "Connection lost: trying again in 0.0 s. It went."),
        (State(Status.RECONNECTING, 2, 0.4, "It went."), None),
        (State(Status.RECONNECTING, 6, 3.2, "It went."), "No connection yet: trying again in 3.2 s."),
        (State(Status.ENDED, why="It went."), None),
    ],
)
def test_what_is_told_of_the_connection(state: State, line: str | None) -> None:
    assert connection_line(state) == line


def test_a_terminal_gets_the_lines_above_a_live_meter() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=80, color_system=None)
    with LiveScreen(tally(), console) as screen:
        screen.level(-30.0)
        screen.take(FINAL)
        screen.end(SUMMARY)
    shown = file.getvalue()
    assert "━" in shown
    assert shown.index("The music is too loud.") < shown.index("No notes.")
    assert shown.endswith("No notes.\n") or "No notes." in shown.splitlines()[-1]
