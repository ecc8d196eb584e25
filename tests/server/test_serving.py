"""What signals do to a server, and how long it may take to go down."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

import server.serving as serving
from server.settings import Settings, load_settings


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
