"""automation/browsers/chromium.py: which browser is taken, and which step is named where there is none."""

import os
from pathlib import Path

import pytest

from automation.browser import NoBrowser
from automation.browsers import chromium


def program(path: Path) -> Path:
    path.touch(mode=0o755)
    return path


def test_the_first_browser_of_the_path_is_taken_in_the_order_of_the_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.find(None) is None
    edge = program(tmp_path / "microsoft-edge")
    assert chromium.find(None) == edge
    chrome = program(tmp_path / "google-chrome")
    assert chromium.find(None) == chrome
    named = program(tmp_path / "my-browser")
    assert chromium.find(named) == named


def test_a_named_browser_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "text").touch(mode=0o644)
    for name in ("text", "nowhere"):
        with pytest.raises(NoBrowser, match="SIDENOTE_BROWSER_PATH"):
            chromium.find(tmp_path / name)


def test_the_sandbox_is_off_for_root_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert chromium.sandboxed()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert not chromium.sandboxed()
