"""Every test here that wants settings gets those of a command line with a data folder and a port of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.settings import Settings, load_settings
from tests.server.notepad import Notepad, free_port, notepad
from tests.storage.databases import *  # noqa: F403 - fixtures


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SIDENOTE_PORT", str(free_port()))
    return load_settings()


@pytest.fixture
async def pad(settings: Settings) -> AsyncIterator[Notepad]:
    async with notepad(settings) as opened:
        yield opened
