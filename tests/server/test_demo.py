"""The demonstration comes out right, in time, with and without a browser, and its recording is small."""

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from inference.media import read_clip
from inference.vad.scripted import ScriptedDetector
from server import demo
from server.cli import app
from server.demo import RECORDING
from server.practising import practice_server
from server.settings import Settings
from server.wiring import open_database
from tests.automation.sites.lookalike import browser
from tests.chaos import server as scripted

NOTES = [
    ("praise", "posted", "opening shot"),
    ("audio", "ghost", "music is too loud"),
    ("color", "firmed", "too green"),
    ("pacing", "ghost", "pause is too long"),
]


def test_the_recording_is_small_and_leaves_time() -> None:
    assert RECORDING.stat().st_size < 400_000
    assert read_clip(RECORDING).duration_s < 30


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.flow
@pytest.mark.speech
@pytest.mark.browser
def test_it_makes_four_notes_scratches_one_changes_one_and_posts_one(settings: Settings) -> None:
    began = time.monotonic()
    shown = CliRunner().invoke(app, ["demo"], catch_exceptions=False)
    assert time.monotonic() - began < 60  # 32 s on an idle machine
    assert shown.exit_code == 0, shown.stderr
    for sign in ("SCRATCH", "EDIT", "player: back 10 s", "✗ The logo", "sidenote.sqlite3", "From the last word spoken"):
        assert sign in shown.stdout
    listed = json.loads(CliRunner().invoke(app, ["notes", "--json"]).stdout)
    assert len(listed) == len(NOTES)
    for note, (category, status, words) in zip(reversed(listed), NOTES, strict=True):
        assert (note["category"], note["status"]) == (category, status)
        assert words in note["text"]
    assert listed[0]["timestamp_s"] == pytest.approx(62 + 22 - 10, abs=1)  # spoken after the player had gone back
    link = listed[-1]["permalink"]
    assert f"Posted ✅ {link}" in shown.stdout.splitlines()
    assert link.startswith(f"{settings.practice_url}?comment=")
    assert "opening shot" in asyncio.run(opened(settings, link))


async def opened(settings: Settings, link: str) -> str:
    """The comment that a browser shows under its own address, once the page is served there again."""
    async with open_database(settings) as database, practice_server(settings, database), browser() as chromium:
        page = await chromium.new_page()
        await page.goto(link)
        return await page.locator("article.comment[aria-current=true]").inner_text(timeout=10_000)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hearing and understanding are scripted, and the recording is played as quickly as it is taken."""
    for part in ("build_stt", "build_structurer", "build_detector_factory"):
        monkeypatch.setattr(f"server.wiring.{part}", getattr(scripted, part))
    monkeypatch.setattr(demo, "PLAN", replace(demo.PLAN, fast=True))


@pytest.fixture
def no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))


@pytest.mark.usefixtures("brief", "no_browser")
def test_without_a_browser_it_names_the_one_step_that_is_missing_and_is_no_failure(settings: Settings) -> None:
    shown = CliRunner().invoke(app, ["demo"], catch_exceptions=False)
    assert shown.exit_code == 0, shown.stderr
    assert scripted.WORDS in shown.stdout
    (line,) = [line for line in shown.stdout.splitlines() if line.startswith("Not posted: ")]
    assert "There is no Chromium on this machine: sudo apt-get install -y chromium" in line
    assert "sidenote post" in line
    last = shown.stdout.splitlines()[-1]
    assert last.startswith("To speak yourself: `make run`")
    assert f" {settings.url()}/ " in last
    (job,) = json.loads(CliRunner().invoke(app, ["jobs", "--json"]).stdout)
    assert (job["state"], job["text"]) == ("needs_attention", scripted.WORDS)


@pytest.mark.usefixtures("settings", "brief", "no_browser")
def test_for_programs_the_last_line_says_what_became_of_the_comment() -> None:
    shown = CliRunner().invoke(app, ["demo", "--json"], catch_exceptions=False)
    assert shown.exit_code == 0, shown.stderr
    *_, summary, comment = map(json.loads, shown.stdout.splitlines())
    assert [note["text"] for note in summary["notes"]] == [scripted.WORDS]
    assert (comment["event"], comment["ok"], comment["permalink"]) == ("comment", False, None)
    assert "Chromium" in comment["message"]


@pytest.mark.usefixtures("settings", "brief")
def test_where_nothing_was_heard_nothing_is_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.wiring.build_detector_factory", lambda settings: lambda: ScriptedDetector([]))
    shown = CliRunner().invoke(app, ["demo"], catch_exceptions=False)
    assert shown.exit_code == 0, shown.stderr
    assert "No notes." in shown.stdout
    assert "osted" not in shown.stdout
    assert json.loads(CliRunner().invoke(app, ["jobs", "--json"]).stdout) == []
