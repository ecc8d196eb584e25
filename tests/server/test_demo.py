"""The demonstration comes out right, in time, and its recording is small."""

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from inference.media import read_clip
from server.cli import app
from server.demo import RECORDING

NOTES = [
    ("praise", "ghost", "opening shot"),
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
def test_it_makes_four_notes_scratches_one_and_changes_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path / "data"))
    began = time.monotonic()
    shown = CliRunner().invoke(app, ["demo"], catch_exceptions=False)
    assert time.monotonic() - began < 60  # 30 s on an idle machine
    assert shown.exit_code == 0, shown.stderr
    for sign in ("SCRATCH", "EDIT", "player: back 10 s", "✗ The logo", "sidenote.sqlite3", "From the last word spoken"):
        assert sign in shown.stdout
    listed = json.loads(CliRunner().invoke(app, ["notes", "--json"]).stdout)
    assert len(listed) == len(NOTES)
    for note, (category, status, words) in zip(reversed(listed), NOTES, strict=True):
        assert (note["category"], note["status"]) == (category, status)
        assert words in note["text"]
    assert listed[0]["timestamp_s"] == pytest.approx(62 + 22 - 10, abs=1)  # spoken after the player had gone back
