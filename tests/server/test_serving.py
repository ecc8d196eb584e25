"""What signals do to a server, how long it may take to go down, and what becomes of a comment under way."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

import server.serving as serving
from server.cli import app
from server.embedded import EmbeddedServer
from server.identity import LOCAL_USER
from server.settings import Settings, load_settings
from storage.job_state import HELD, JobState
from tests.chaos import server as scripted
from tests.flows import process
from tests.server.notepad import free_port, notepad

PROGRAM = ("tests/chaos/server.py",)


class Program:
    """Stands where a server runs: goes down when told to, unless it ``hangs``."""

    def __init__(self, *, hangs: bool) -> None:
        self.told = asyncio.Event()
        self._hangs = hangs

    async def __call__(self, settings: Settings, stop: asyncio.Event, ready: Callable[..., None]) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        self.told.set()
        if self._hangs:
            await asyncio.Event().wait()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(env_file=None, data_dir=tmp_path)


async def test_a_signal_lets_it_go_down_in_good_order(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serving, "serve", Program(hangs=False))
    await serving.serve_until_signalled(settings)
    said = capsys.readouterr().out
    assert "in 20 s at most" in said
    assert "Stopped." in said


async def test_a_second_signal_stops_it_at_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(hangs=True)
    monkeypatch.setattr(serving, "serve", program)
    running = asyncio.create_task(serving.serve_until_signalled(settings))
    await program.told.wait()
    os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_what_hangs_is_cut_short_after_its_time(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "serve", Program(hangs=True))
    monkeypatch.setattr(serving, "GOING_DOWN_S", 0.01)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(serving.serve_until_signalled(settings))


@pytest.mark.browser
async def test_a_comment_that_is_being_posted_is_finished_or_given_back(tmp_path: Path) -> None:
    """The real program with scripted hearing and a real browser, told to end while it posts."""
    port = free_port()
    settings = load_settings(env_file=None, data_dir=tmp_path, port=port)
    async with notepad(settings) as pad:
        with process.serving(tmp_path, port=port, log=tmp_path / "log", program=PROGRAM) as server:
            job = await pad.due(await pad.jot("Too loud."))  # the server finds it by itself
            await pad.until(job.id, *HELD)
            server.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(server.process.wait, serving.GOING_DOWN_S) == 0
            assert server.bugs() == []
        left = await pad.job(job.id)
        wall = [text for _, text in await pad.wall()]
        assert (left.state, wall) in [(JobState.POSTED, ["Too loud."]), (JobState.QUEUED, [])]
        if left.state == JobState.POSTED:
            assert left.external_permalink
            assert left.external_permalink.startswith(f"http://127.0.0.1:{port}/practice?comment=")


@pytest.mark.parametrize(
    ("given", "row"),
    [
        ({}, "practice page   http://127.0.0.1:{port}/practice"),
        ({"practice": False}, "practice page   off"),
        ({"public_url": "https://notes.example"}, "practice page   https://notes.example/practice"),
    ],
)
async def test_where_comments_go_is_told_and_served(
    given: dict[str, Any],
    row: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for part in ("build_stt", "build_structurer", "build_detector_factory"):
        monkeypatch.setattr(f"server.wiring.{part}", getattr(scripted, part))
    async with EmbeddedServer(load_settings(env_file=None, data_dir=tmp_path, **given)) as running:
        port = int(running.url.rpartition(":")[2])
        serving.announce(running.parts, port)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as web:
            page = await web.get("/practice")
            said = {"Origin": given.get("public_url", f"http://127.0.0.1:{port}"), "X-Author": "a1" * 16}
            comment = await web.post("/practice/comments", json={"text": "Too dark", "at_s": 1}, headers=said)
            foreign = await web.post(
                "/practice/comments",
                json={"text": "Buy now", "at_s": 1},
                headers={**said, "Origin": "https://evil.example"},
            )
    told = capsys.readouterr().out
    rows = told.splitlines()
    assert rows[0] == "Sidenote is running. Ctrl-C ends it."
    name, front = rows[1].split()
    address, token = front.split("/#token=")
    assert (name, address) == ("page", given.get("public_url", f"http://127.0.0.1:{port}"))
    assert running.parts.tokens.verify(token).user_id == LOCAL_USER
    assert f"token           {token}" in rows
    assert row.format(port=port) in told
    assert "posting         Chromium on this machine" in told
    served = given.get("practice", True)
    assert (page.status_code, comment.status_code) == ((200, 201) if served else (404, 404))
    assert foreign.status_code == (403 if served else 404)


class Output(io.StringIO):
    """Standard output, with or without a terminal behind it."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("terminal", "environment", "platform", "there"),
    [
        (True, {"DISPLAY": ":0"}, "linux", True),
        (True, {"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        (True, {}, "darwin", True),
        (True, {}, "win32", True),
        (True, {}, "linux", False),
        (True, {"DISPLAY": ""}, "linux", False),
        (False, {"DISPLAY": ":0"}, "linux", False),
        (False, {}, "darwin", False),
    ],
)
def test_a_browser_is_opened_only_for_somebody_who_sees_it(
    terminal: bool, environment: dict[str, str], platform: str, there: bool
) -> None:
    assert serving.has_person(Output(terminal=terminal), environment, platform) is there


@pytest.fixture
def desk(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A pipe in which the address appears that a browser is given, and the environment that names this browser."""
    pipe, browser = tmp_path / "opened", tmp_path / "browser"
    os.mkfifo(pipe)
    browser.write_text(f'#!/bin/sh\necho "$1" >{pipe}\n')
    browser.chmod(0o755)
    data = {"SIDENOTE_DATA_DIR": str(tmp_path / "data"), "SIDENOTE_LOG_LEVEL": "error"}
    return pipe, {**os.environ, **data, "BROWSER": str(browser), "DISPLAY": ":0"}


def run_at(terminal: int, environment: dict[str, str], *options: str) -> subprocess.Popen[bytes]:
    program = [sys.executable, *PROGRAM, "--port", "0", *options]
    return subprocess.Popen(program, env=environment, cwd=process.ROOT, stdout=terminal, stderr=terminal)


def test_in_a_terminal_the_page_is_opened_with_its_token(desk: tuple[Path, dict[str, str]]) -> None:
    pipe, environment = desk
    ours, theirs = os.openpty()
    with run_at(theirs, environment) as program:
        try:
            page = pipe.read_text().strip()  # waits for the browser
            shown = os.read(ours, 65_536).decode()
        finally:
            program.terminate()
    os.close(ours)
    os.close(theirs)
    assert page.startswith("http://127.0.0.1:")
    assert "/#token=ey" in page
    assert page in shown


@pytest.mark.parametrize(
    ("options", "more"), [(("--no-open",), {}), ((), {"SIDENOTE_OPEN_BROWSER": "false"})], ids=["option", "setting"]
)
def test_whoever_does_not_want_it_opened_is_heard(
    options: tuple[str, ...], more: dict[str, str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    async def note(settings: Settings) -> None:
        asked.append(settings.open_browser)

    monkeypatch.setattr(serving, "serve_until_signalled", note)
    for name, value in {**more, "SIDENOTE_DATA_DIR": str(settings.data_dir)}.items():
        monkeypatch.setenv(name, value)
    assert CliRunner().invoke(app, ["serve", *options], catch_exceptions=False).exit_code == 0
    assert asked == [False]


@pytest.mark.parametrize("error", [webbrowser.Error("no browser"), OSError("no such program")])
def test_a_browser_that_does_not_start_is_no_matter(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(page: str) -> bool:
        raise error

    monkeypatch.setattr(webbrowser, "open", fails)
    serving.open_page("http://127.0.0.1:1/").join()  # an error in a thread fails the test
