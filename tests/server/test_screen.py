"""Where a review is shown."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from agent.events import Mode
from server.screen import JsonScreen, LiveScreen, PlainScreen, make_console, make_screen
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
