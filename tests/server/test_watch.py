"""`sidenote watch` as a process of its own, beside a real server that is cut off, and its lines for people."""

import asyncio
import io
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from channels.client import Event, State, Status
from server.cli import app
from server.embedded import EmbeddedServer
from server.settings import load_settings
from server.watch import Lines, NotATopic, checked_topic
from tests.channels.client.conftest import relaying

ROOT = Path(__file__).parents[2]
NOTE = {
    "id": "n1",
    "text": "Music is too loud.",
    "category": "audio",
    "status": "ghost",
    "timestamp_s": 62.4,
    "confidence": 0.9,
}


@asynccontextmanager
async def watching(folder: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {**os.environ, "SIDENOTE_DATA_DIR": str(folder)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.cli", "watch", *arguments),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    return (await process.stdout.readline()).decode()


async def row(process: asyncio.subprocess.Process) -> dict[str, Any]:
    return dict(json.loads(await line(process)))


@pytest.mark.model
@pytest.mark.flow
async def test_programs_get_every_event_once_over_a_lost_connection(tmp_path: Path) -> None:
    async with (
        EmbeddedServer(load_settings(env_file=None, data_dir=tmp_path)) as server,
        relaying(server.url) as relay,
        watching(tmp_path, "session:s1", "--server", relay.url.replace("ws", "http"), "--json") as process,
    ):
        first = await row(process)
        assert list(first) == ["event", "topic", "seq", "payload"]
        assert (first["event"], first["topic"], first["payload"]["state"]) == ("snapshot", "session:s1", "idle")
        await server.parts.exchange.hub.publish("session:s1", "intent", {"utterance": 1})
        relay.cut()
        await server.parts.exchange.hub.publish("session:s1", "intent", {"utterance": 2})
        rows = [await row(process)]
        while sum(each["event"] == "intent" for each in rows) < 2:
            rows.append(await row(process))
        assert [each["seq"] for each in rows if each["event"] == "intent"] == [1, 2]
        states = [each["payload"]["status"] for each in rows if each["event"] == "connection"]
        assert states[0] == "reconnecting"
        assert states[-1] == "connected"
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


@pytest.mark.model
@pytest.mark.flow
async def test_people_get_lines_until_they_interrupt(tmp_path: Path) -> None:
    async with (
        EmbeddedServer(load_settings(env_file=None, data_dir=tmp_path)) as server,
        watching(tmp_path, "user:local", "--server", server.url) as process,
    ):
        assert await line(process) == "Watching user:local. Ctrl-C ends it.\n"
        assert await line(process) == "No notes.\n"
        await server.parts.exchange.hub.publish("user:local", "note_created", {"note": NOTE, "utterance": 1})
        assert re.match(r" +1:02 +1 +✎ \[1:02\] audio +Music is too loud.", await line(process))
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0


@pytest.mark.parametrize("topic", ["session:", "notes", "video:new", "user:a b", "room:1", "session:" + "s" * 65])
def test_what_is_no_topic_is_refused(topic: str) -> None:
    with pytest.raises(NotATopic, match="write session:ID, video:ID or user:ID"):
        checked_topic(topic)


def test_a_microphones_topic_is_refused_with_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path))
    refused = CliRunner().invoke(app, ["watch", "audio:s1"])
    assert refused.exit_code == 2
    assert "what is heard comes on session:ID" in refused.stderr
    nobody = CliRunner().invoke(app, ["watch", "session:s1", "--server", "http://127.0.0.1:9"])
    assert nobody.exit_code == 1
    assert "No Sidenote server answers" in nobody.stderr


def shown(*events: Event, terminal: bool = False) -> tuple[str, Lines]:
    file = io.StringIO()
    lines = Lines(Console(file=file, width=100, force_terminal=terminal, color_system=None))
    for event in events:
        lines.show(event)
    return file.getvalue(), lines


def test_a_line_begins_with_the_second_of_the_video() -> None:
    text, _ = shown(
        Event("session:s", "speech_started", {"utterance": 3, "media_s": 61.0, "seq": 1}),
        Event("session:s", "asr_final", {"utterance": 3, "text": "The music is too loud.", "seq": 2}),
        Event("session:s", "note_updated", {"utterance": 3, "note": {**NOTE, "status": "firmed"}, "seq": 3}),
        Event("session:s", "agent_error", {"utterance": 3, "reason": "keep_failed", "message": "Not kept.", "seq": 4}),
    )
    lines = text.splitlines()
    assert [each[:12] for each in lines] == ["    1:01   3", "    1:01   3", "    1:02   3", "    1:01   3"]
    for sign, each in zip(("speech", "“The music", "↻ [1:02] audio, firmed", "! Not kept."), lines, strict=True):
        assert sign in each


def test_the_words_as_they_form_are_below_and_a_change_of_state_is_a_line() -> None:
    moved = {"state": "listening", "utterance": None, "seq": 1}
    text, lines = shown(
        Event("session:s", "state_changed", moved),
        Event("session:s", "state_changed", {**moved, "seq": 2}),
        Event("session:s", "asr_partial", {"utterance": 1, "text": "The music"}),
    )
    assert text.split() == ["listening"]
    assert (lines.state, lines.words) == ("listening", "The music")
    console = Console(file=io.StringIO(), width=60)
    console.print(lines.now())
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().split() == ["listening", "The", "music"]


def test_what_was_missed_for_good_is_said_and_the_notes_are_shown() -> None:
    text, _ = shown(Event("session:s", "snapshot", {"state": "structuring", "notes": [NOTE]}))
    assert "Some events were missed" in text
    assert "State: structuring" in text
    assert "Music is too loud." in text


def test_the_connection_is_told_of() -> None:
    file = io.StringIO()
    lines = Lines(Console(file=file, width=100))
    lines.connection(State(Status.RECONNECTING, 1, 0.42, "The server went away."))
    lines.connection(State(Status.RECONNECTING, 2, 0.1, "refused"))
    lines.connection(State(Status.CONNECTED))
    assert file.getvalue().splitlines() == [
        "Connection lost: trying again in 0.4 s. The server went away.",
        "Connected again.",
    ]
