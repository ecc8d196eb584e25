"""Notes on the database, through the commands."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from agent.errors import NotNow
from server.cli import app
from server.identity import LOCAL_USER
from server.notebook import open_notebook, seconds_of
from server.settings import load_settings
from server.wiring import open_database
from storage.errors import InvalidValue, NotFound
from storage.jobs import Jobs
from storage.notes import Notes
from storage.sessions import Sessions
from storage.users import Users
from storage.videos import Videos

TEXTS = ("The music is too loud.", "The logo is too small.", "Love this shot.")


async def _fill(folder: Path) -> list[str]:
    """Three notes of the local user; their ids. The last is cancelled."""
    async with open_database(load_settings(data_dir=folder, env_file=None)) as database:
        await Users(database).ensure(LOCAL_USER)
        video = await Videos(database).upsert(
            user_id=LOCAL_USER, platform="practice", external_id="practice", url="sidenote:practice"
        )
        session = await Sessions(database).claim("s1", user_id=LOCAL_USER, owner="test", lease_s=30)
        notes = Notes(database)
        made = [
            await notes.create(
                session_id="s1",
                fence=session.fence,
                utterance=number,
                user_id=LOCAL_USER,
                video_id=video.id,
                text=text,
                transcript=text,
                category="other",
                confidence=0.9,
                timestamp_s=10.0 * number,
                engine="test",
            )
            for number, text in enumerate(TEXTS, 1)
        ]
        await notes.cancel(made[-1].id, user_id=LOCAL_USER)
        return [note.id for note in made]


@pytest.fixture
def ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path))
    return asyncio.run(_fill(tmp_path))


def call(*arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(app, ["notes", *arguments], catch_exceptions=False, **more)


def test_the_list_is_newest_first_without_what_was_cancelled(ids: list[str]) -> None:
    assert [note["text"] for note in json.loads(call("--json").stdout)] == [TEXTS[1], TEXTS[0]]
    assert [note["text"] for note in json.loads(call("list", "--limit", "1", "--json").stdout)] == [TEXTS[1]]
    assert [n["text"] for n in json.loads(call("list", "--status", "cancelled", "--json").stdout)] == [TEXTS[2]]
    assert [n["text"] for n in json.loads(call("list", "--text", "MUSIC", "--json").stdout)] == [TEXTS[0]]
    assert json.loads(call("list", "--category", "audio", "--json").stdout) == []
    table = call().stdout
    assert ids[0][:8] in table
    assert "0:10" in table


def test_an_edit_changes_what_is_given_and_keeps_the_note(ids: list[str]) -> None:
    done = call("edit", ids[0][:8], "--text", "Music down.", "--time", "1:15", "--category", "audio", "--json")
    note = json.loads(done.stdout)
    assert (note["text"], note["timestamp_s"], note["category"]) == ("Music down.", 75.0, "audio")
    assert (note["status"], note["revision"]) == ("firmed", 2)
    assert json.loads(call("show", ids[0], "--json").stdout) == note
    assert "Music down." in call("show", ids[0]).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "ffffffff"], 1, "There is no note"),
        (["show", "f" * 32], 1, "There is no such note"),
        (["show", "ab"], 2, "too short"),
        (["edit", "ID"], 2, "Nothing to change"),
        (["edit", "ID", "--category", "smell"], 2, "Unknown category"),
        (["edit", "ID", "--time", "1:99"], 2, "more than 59"),
        (["edit", "ID", "--text", "x" * 201], 2, "at most 200"),
        (["edit", "CANCELLED", "--text", "x"], 1, "cancelled"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], code: int, message: str, ids: list[str]) -> None:
    known = {"ID": ids[0], "CANCELLED": ids[2]}
    done = call(*(known.get(each, each) for each in arguments))
    assert (done.exit_code, done.stdout) == (code, "")
    assert message in done.stderr


async def test_a_post_is_due_once_with_the_consent_of_a_click(tmp_path: Path) -> None:
    settings = load_settings(env_file=None, data_dir=tmp_path)
    ids = await _fill(tmp_path)
    async with open_notebook(settings) as notebook:
        assert (await notebook.post(ids[0][:8]))["status"] == "pending_post"
        with pytest.raises(NotNow, match="pending_post"):
            await notebook.post(ids[0])
        with pytest.raises(NotNow, match="cancelled"):
            await notebook.post(ids[2])
        with pytest.raises(NotFound):
            await notebook.post("ffffffff")
    async with open_database(settings) as database:
        (job,) = await Jobs(database).list_for_user(LOCAL_USER)
    assert (job.note_id, job.text, job.consent, job.state) == (ids[0], TEXTS[0], "click", "queued")


async def test_an_edit_takes_a_post_back_that_is_due(tmp_path: Path) -> None:
    settings = load_settings(env_file=None, data_dir=tmp_path)
    ids = await _fill(tmp_path)
    async with open_notebook(settings) as notebook:
        await notebook.post(ids[0])
        assert (await notebook.edit(ids[0], text="Music down."))["status"] == "firmed"
    async with open_database(settings) as database:
        (job,) = await Jobs(database).list_for_user(LOCAL_USER)
    assert job.state == "withdrawn"


def test_deleting_asks_first(ids: list[str]) -> None:
    refused = call("delete", ids[0], input="n\n")
    assert refused.exit_code == 1
    assert "--yes" in refused.stderr
    assert "Deleted" in call("delete", ids[0], input="y\n").stdout
    assert json.loads(call("delete", ids[1], "--yes", "--json").stdout) == {"deleted": ids[1]}
    assert json.loads(call("--json").stdout) == []


@pytest.mark.parametrize(
    ("text", "seconds"), [("75", 75), ("1:15", 75), ("1:02:03.5", 3723.5), ("0:00", 0), ("90:00", 5400)]
)
def test_times_as_people_write_them(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1", "1:60", "1:60:00", "1:2:3:4", "1,5"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        seconds_of(text)
