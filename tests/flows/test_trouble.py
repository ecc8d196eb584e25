"""What goes wrong around a session: each has a message that says what to do, and nothing said is lost."""

import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from server.app import Listener, PortInUse
from server.settings import variable
from tests.flows.process import serving
from tests.flows.talk import Talker, settings_in, talking, talking_to_own_server
from tests.speech.synthesis import speak

pytestmark = [pytest.mark.flow, pytest.mark.model, pytest.mark.speech]

REMARK = "The music is too loud under the interview."


def database_of(folder: Path) -> Path:
    return folder / "sidenote.sqlite3"


async def test_a_language_model_that_is_down_leaves_the_note_to_the_rules_and_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    endpoint: dict[str, Any] = {"llm": "openai", "llm_base_url": f"http://127.0.0.1:{port}/v1", "llm_model": "none"}
    async with talking_to_own_server(tmp_path, **endpoint) as (_, talker):
        await talker.press(speak(REMARK).samples)
        created = await talker.until("note_created")
        read = await talker.until("intent")
        assert "music" in created["note"]["text"].lower()
        assert read["engine"] == "basic"
        assert read["notice"], "the person is told that the endpoint did not answer"


async def test_a_locked_database_delays_the_note_and_loses_nothing(tmp_path: Path) -> None:
    async with talking_to_own_server(tmp_path) as (_, talker):
        other = sqlite3.connect(database_of(tmp_path), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await start_pressing(talker)
        await talker.until("asr_final")
        assert talker.named("note_created") == []
        other.execute("ROLLBACK")
        created = await talker.until("note_created")
        assert "music" in created["note"]["text"].lower()
        await talker.uplink.wait_until_unacked(0)


async def start_pressing(talker: Talker) -> None:
    """Say the remark without waiting for acks, which a locked database can't give."""
    talker.uplink.begin(0.0)
    samples = speak(REMARK).samples.astype("<i2").tobytes()
    for at in range(0, len(samples), 3_200):
        talker.uplink.send(samples[at : at + 3_200])
    await talker.uplink.stop()


async def test_a_read_only_database_is_said_and_the_words_are_shown(tmp_path: Path) -> None:
    async with talking_to_own_server(tmp_path) as (server, talker):
        connection = sqlite3.connect(database_of(tmp_path), isolation_level=None)
        refusal = "SELECT RAISE(ABORT, 'attempt to write a readonly database')"
        connection.execute(f"CREATE TRIGGER no_notes BEFORE INSERT ON notes BEGIN {refusal}; END")
        await talker.press(speak(REMARK).samples)
        error = await talker.until("agent_error", lambda payload: payload["utterance"] == 1)
        assert error["reason"] == "structuring_failed"
        assert (await talker.until("asr_final"))["text"]
        connection.execute("DROP TRIGGER no_notes")
        await talker.press(speak(REMARK).samples)
        await talker.until("note_created", lambda payload: payload["utterance"] == 2)
        assert server.parts.supervisor.get("s1") is not None


def test_a_port_in_use_is_named_before_anything_is_loaded() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortInUse, match="choose another port"):
        Listener("127.0.0.1", taken.getsockname()[1])


async def test_a_crash_between_transcript_and_note_loses_nothing(tmp_path: Path) -> None:
    """The process is killed when everything is said and stored; the next one makes the note, once."""
    with serving(tmp_path) as server:
        async with talking(server.url, server.token) as talker:
            await start_pressing(talker)
            await talker.uplink.wait_until_unacked(0)
            await talker.until("speech_ended")
            server.kill()
    with serving(tmp_path) as server:
        async with talking(server.url, server.token) as talker:
            note = await snapshot_or_note(talker)
            assert "music" in note["text"].lower()
            rows = sqlite3.connect(database_of(tmp_path)).execute("SELECT utterance FROM notes").fetchall()
            assert rows == [(1,)]


async def snapshot_or_note(talker: Talker) -> dict[str, str]:
    """The session's note: there already when we came, or made while we wait."""
    joined = await talker.client.join("session:s1")
    notes = joined.reply["snapshot"]["notes"]
    if notes:
        return dict(notes[0])
    async for event in joined:
        if event.event == "note_created":
            return dict(event.payload["note"])
    raise AssertionError("the session ended without a note")


def test_defaults_of_the_tests_ignore_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable("data_dir"), "/nowhere")
    assert settings_in(tmp_path).data_dir == tmp_path
