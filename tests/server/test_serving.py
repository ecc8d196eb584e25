"""What signals do to a server, how long it may take to go down, and what becomes of a comment under way."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import server.serving as serving
from server.embedded import EmbeddedServer
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
    assert row.format(port=port) in told
    assert "posting         Chromium on this machine" in told
    served = given.get("practice", True)
    assert (page.status_code, comment.status_code) == ((200, 201) if served else (404, 404))
    assert foreign.status_code == (403 if served else 404)
