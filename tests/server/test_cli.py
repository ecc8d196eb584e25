"""The command line without a server: help, documents, errors, and what reads or writes no sound."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from channels.auth import Tokens
from server.cli import app
from server.identity import LOCAL_USER
from server.secrets import token_secret

ROOT = Path(__file__).parents[2]
Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs one command line with a data folder of its own, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path / "data"))

    def invoke(*arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(app, list(arguments), catch_exceptions=False, **more)

    return invoke


def wav(path: Path, seconds: float = 1.0) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(round(seconds * 16_000) * 2))
    return path


def commands(group: Any, name: str = "sidenote") -> dict[str, Any]:
    """Every command by its whole name."""
    found = {}
    for key, command in group.commands.items():
        found[f"{name} {key}"] = command
        if hasattr(command, "commands"):
            found |= commands(command, f"{name} {key}")
    return found


def test_every_command_and_option_is_documented() -> None:
    text = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    missing = []
    for name, command in commands(typer.main.get_command(app)).items():
        top = " ".join(name.split()[:2])
        section = text.partition(f"\n## {top}\n")[2].partition("\n## ")[0]
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
        missing += [name] if name not in text else []
        missing += [f"{name} {option}" for option in options if option != "--help" and f"`{option}" not in section]
    assert missing == []


@pytest.mark.parametrize("arguments", [("--help",), ("token",)])
def test_light_commands_import_nothing_heavy(arguments: tuple[str, ...], tmp_path: Path) -> None:
    program = (
        "import sys; from server.cli import app; app(sys.argv[1:], standalone_mode=False);"
        "heavy = 'numpy sqlalchemy starlette openai onnxruntime playwright dramatiq httpx';"
        "print(sorted(set(heavy.split()) & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SIDENOTE_DATA_DIR": str(tmp_path)},
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_token_prints_a_token_of_this_data_folder_and_nothing_else(call: Call, tmp_path: Path) -> None:
    result = call("token")
    assert result.exit_code == 0
    assert result.stderr == ""
    tokens = Tokens(bytes.fromhex(token_secret(tmp_path / "data")), 60)
    assert re.fullmatch(r"[A-Za-z0-9._-]+\n", result.stdout)
    assert tokens.verify(result.stdout.strip()).user_id == LOCAL_USER


@pytest.mark.parametrize(
    ("arguments", "good_s"), [((), 3600), (("--days", "1"), 86_400), (("--days", "365"), 31_536_000)]
)
def test_a_token_is_good_for_the_time_that_was_asked_for(
    arguments: tuple[str, ...], good_s: int, call: Call, tmp_path: Path
) -> None:
    result = call("token", *arguments)
    identity = Tokens(bytes.fromhex(token_secret(tmp_path / "data")), 60).verify(result.stdout.strip())
    assert good_s - 10 < identity.expires_at - time.time() <= good_s


@pytest.mark.parametrize("days", ["0", "366", "some"])
def test_a_token_is_good_for_a_year_at_most(days: str, call: Call) -> None:
    result = call("token", "--days", days)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--days" in result.stderr


def test_a_setting_that_cannot_be_used_is_named(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDENOTE_PORT", "many")
    for arguments in (["serve"], ["token"], ["doctor"], ["notes"]):
        result = call(*arguments)
        assert result.exit_code == 2
        assert "SIDENOTE_PORT" in result.stderr
        assert result.stdout == ""


def make_truncated(path: Path) -> None:
    whole = wav(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


BAD_FILES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing": (lambda path: None, "no such file"),
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "without samples": (lambda path: wav(path, 0), "is empty"),
    "truncated": (make_truncated, "is truncated"),
    "not audio": (lambda path: path.write_text("hello there\n" * 50), "is not audio"),
    "a folder": (lambda path: path.mkdir(), "is a folder"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_is_no_recording_is_refused_before_anything_starts(kind: str, call: Call, tmp_path: Path) -> None:
    make, message = BAD_FILES[kind]
    make(tmp_path / "clip.wav")
    result = call("say", "clip.wav", "--json")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "clip.wav" in result.stderr
    assert result.stdout == ""
    assert not (tmp_path / "data" / "sidenote.sqlite3").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--server", "127.0.0.1:8765"], 2, "is no address of a server"),
        (["--server", "http://127.0.0.1:9"], 1, "No Sidenote server answers at"),
        (["--server", "http://127.0.0.1:9", "--token", "a b"], 2, "copy it again"),
        (["--video", "ftp://example.org/a"], 2, "begins with http"),
        (["--mode", "shout"], 2, "hands-free"),
        (["--gap", "-1"], 2, "--gap"),
    ],
)
@pytest.mark.model
def test_what_cannot_work_is_said_plainly(
    arguments: list[str], code: int, message: str, call: Call, tmp_path: Path
) -> None:
    wav(tmp_path / "clip.wav")
    result = call("say", "clip.wav", *arguments, env={"COLUMNS": "200"})
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stdout == ""


def test_a_port_in_use_is_said_before_anything_is_loaded(call: Call) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        began = time.monotonic()
        result = call("serve", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert "in use" in result.stderr
    assert "--port" in result.stderr
    assert time.monotonic() - began < 20


def test_listening_without_a_microphone_says_what_to_do(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    result = call("listen")
    assert result.exit_code == 1
    assert "pip install 'sidenote[microphone]'" in result.stderr


@pytest.mark.model
def test_structure_answers_each_line_of_its_input_with_one_object(call: Call) -> None:
    result = call("structure", "-", input="Scratch that.\nThe music is too loud at two minutes ten.\n\n")
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(line) for line in lines] == [["intent", "category", "text", "timestamp_s", "confidence"]] * 3
    assert [line["intent"] for line in lines[:2]] == ["cancel", "create_note"]
    assert (lines[1]["category"], lines[1]["timestamp_s"]) == ("audio", 130.0)


@pytest.mark.model
def test_structure_reads_one_transcript_for_people_and_for_programs(call: Call) -> None:
    for_people = call("structure", "Change the word blue to green.", "--last", "The sky is too blue.")
    assert "edit_last" in for_people.stdout
    assert "The sky is too green." in for_people.stdout
    for_programs = json.loads(call("structure", "The logo is too small.", "--json").stdout)
    assert for_programs["intent"] == "create_note"


def test_bare_notes_lists_them(call: Call) -> None:
    assert json.loads(call("notes", "--json").stdout) == []
    assert call("notes").stdout.strip() == "No notes."
    assert json.loads(call("notes", "list", "--status", "ghost", "--json").stdout) == []
    assert call("notes", "--limit", "0").exit_code == 2
    wrong = call("notes", "--status", "lost")
    assert wrong.exit_code == 2
    assert "ghost, firmed" in wrong.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_lets_a_command_clean_up(number: signal.Signals) -> None:
    code = """
import asyncio
from server.cli_parts import run
async def work():
    try:
        print("at work", flush=True)
        await asyncio.Event().wait()
    finally:
        print("cleaned up", flush=True)
run(work)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
    )
    with process:
        assert process.stdout
        assert process.stdout.readline() == "at work\n"
        process.send_signal(number)
        assert process.stdout.readline() == "cleaned up\n"
