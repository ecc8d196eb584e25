"""`sidenote say` from the file to the note, with the real models, through a real websocket."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from inference.audio import SAMPLE_RATE
from server.cli import app
from server.demo import RECORDING
from server.say import checked_server, checked_token
from server.settings import SettingsError
from server.takes import PUSH, mark_speech
from tests.speech.synthesis import librivox, write_wav
from tests.speech.wer import word_errors

Row = dict[str, Any]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path / "data"))


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)


def heard(result: Result) -> tuple[list[Row], Row]:
    """The events and the summary."""
    assert result.exit_code == 0, result.stderr
    *events, summary = map(json.loads, result.stdout.splitlines())
    return events, summary


@pytest.mark.parametrize("address", ["127.0.0.1:8765", "ftp://host", "http://", "somewhere"])
def test_an_address_without_scheme_or_host_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="http://HOST:PORT"):
        checked_server(address)


def test_an_address_is_taken_without_its_path() -> None:
    assert checked_server("wss://review.example:443/socket/") == "wss://review.example:443"


def test_a_token_that_can_be_none_is_refused() -> None:
    assert checked_token("a.b-c_d") == "a.b-c_d"
    with pytest.raises(SettingsError, match="copy it again"):
        checked_token("a b")


@pytest.mark.model
@pytest.mark.flow
@pytest.mark.speech
def test_two_presses_of_real_speech_in_real_time() -> None:
    clips = [clip for clip in librivox() if clip.id in ("0880", "0870")]
    events, summary = heard(call("say", clips[1].path, clips[1].path, "--gap", "0.3", "--at", "60", "--json"))

    assert [list(event) for event in events] == [["event", "topic", "seq", "t", "payload"]] * len(events)
    assert [event["t"] for event in events] == sorted(event["t"] for event in events)
    seqs = [event["seq"] for event in events if event["seq"] is not None]
    assert seqs == sorted(set(seqs))
    assert list(summary) == ["event", "notes", "utterances"]

    first, second = summary["utterances"]
    assert (first["n"], second["n"]) == (1, 2)
    keys = ["n", "speech_start_s", "speech_end_s", "endpoint_s", "final_s", "note_s", "text", "intent"]
    assert list(first) == keys
    length_s = len(clips[1].samples) / SAMPLE_RATE
    for row in (first, second):
        assert row["speech_start_s"] < row["speech_end_s"] <= row["endpoint_s"] < row["final_s"] <= row["note_s"]
        assert word_errors(clips[1].text, row["text"]).errors <= 2
    push_s = PUSH / SAMPLE_RATE  # a push goes when its first sample is spoken: the end goes by so much too early
    assert first["endpoint_s"] >= length_s - push_s
    assert second["endpoint_s"] >= 2 * length_s + 0.3 - push_s
    onset_s = mark_speech(clips[1].samples)[0][0] / SAMPLE_RATE
    times = [note["timestamp_s"] for note in summary["notes"]]
    assert times[0] == pytest.approx(60 + onset_s, abs=0.2)
    assert times[1] == pytest.approx(60 + length_s + 0.3 + onset_s, abs=0.2)


@pytest.mark.model
@pytest.mark.flow
@pytest.mark.speech
def test_a_whole_review_faster_than_spoken() -> None:
    events, summary = heard(call("say", RECORDING, "--mode", "hands-free", "--fast", "--at", "62", "--json"))
    assert [note["category"] for note in summary["notes"]] == ["praise", "audio", "color", "pacing"]
    intents = [row["intent"] for row in summary["utterances"]]
    assert intents == ["create_note"] * 3 + ["cancel", "create_note", "edit_last", "seek", "create_note"]
    assert [event["event"] for event in events].count("note_created") == 5


@pytest.mark.model
@pytest.mark.flow
def test_people_get_a_table_and_silence_gives_no_note(tmp_path: Path) -> None:
    silence = write_wav(tmp_path / "silence.wav", np.zeros(SAMPLE_RATE, np.int16))
    shown = call("say", silence, "--fast")
    assert shown.exit_code == 0
    assert re.search(r"^ +\d+\.\d\d   1  – no note: No speech was heard", shown.stdout, re.MULTILINE)
    assert "No notes." in shown.stdout

    events, summary = heard(call("say", silence, "--fast", "--mode", "hands-free", "--json"))
    assert summary == {"event": "summary", "notes": [], "utterances": []}
    assert {event["event"] for event in events} == {"state_changed"}
