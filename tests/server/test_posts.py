"""server/posts.py: a note becomes a comment from the command line, and whoever asks is told what became of it."""

import asyncio
import functools
import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from automation.browser import NoBrowser
from automation.browsers.chromium import MISSING
from automation.posting import STEPS
from automation.sites.contract import Later
from automation.sites.scripted import ScriptedSite, Wall
from server import posting, posts
from server.cli import app
from server.embedded import EmbeddedServer
from server.identity import LOCAL_USER
from server.settings import Settings
from storage.claims import Claims
from storage.job_state import JobState
from storage.notes import Notes
from storage.tables import PostJob
from tests.chaos import server as scripted
from tests.server.handset import HandBrowser, recipes
from tests.server.notepad import Notepad

MUSIC, LOGO = "The music is too loud.", "The logo is too small."
KEYS = {
    *("id", "note_id", "site", "state", "reason", "attempt", "consent", "text", "text_sha256", "timestamp_s"),
    *("due_at", "permalink"),
}


async def call(*arguments: str) -> Result:
    """A command line, in a thread: it brings its own event loop."""
    return await asyncio.to_thread(CliRunner().invoke, app, list(arguments), catch_exceptions=False)


async def refused(*arguments: str) -> tuple[int, str]:
    """Exit status and what was said, which is one line and nothing on standard output."""
    done = await call(*arguments)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.exit_code, done.stderr


async def listed(*arguments: str) -> list[dict[str, Any]]:
    done = await call("jobs", *arguments, "--json")
    assert done.exit_code == 0, done.stderr
    return list(json.loads(done.stdout))


def on_site(monkeypatch: pytest.MonkeyPatch, site: ScriptedSite, browser: HandBrowser | None = None) -> HandBrowser:
    """Commands that post find this site, and no browser is started."""
    hand = browser or HandBrowser()
    monkeypatch.setattr(posts, "working", functools.partial(posting.working, browser=hand, recipes=recipes(site)))
    return hand


# What is refused before anything starts


async def test_what_cannot_be_posted_is_said_in_one_line(pad: Notepad) -> None:
    scratched, deleted, done = [await pad.jot(f"Remark {number}.", number=number) for number in (1, 2, 3)]
    await Notes(pad.database).cancel(scratched.id, user_id=LOCAL_USER)
    await call("notes", "delete", deleted.id, "--yes")
    await pad.posted(done)
    for given, code, why in (
        ("ab", 2, "'ab' is too short for an id"),
        ("ffff", 1, "There is no note whose id begins with 'ffff'"),
        ("f" * 32, 1, "There is no such note"),
        (scratched.id, 1, "The note is cancelled"),
        (deleted.id, 1, "There is no such note"),
        (done.id[:8], 1, "The note is posted"),
    ):
        for more in ([], ["--json"]):
            exit_code, said = await refused("post", given, *more)
            assert (exit_code, why in said) == (code, True), said
    assert [job.state for job in await pad.jobs()] == [JobState.POSTED]


# Posting in this process, on a site in memory


async def test_each_step_is_told_to_a_person(pad: Notepad, monkeypatch: pytest.MonkeyPatch) -> None:
    wall, note = Wall(), await pad.jot(MUSIC)
    hand = on_site(monkeypatch, ScriptedSite(wall))
    done = await call("post", note.id[:6])
    assert done.exit_code == 0, done.stderr
    assert [text for text, _ in wall.comments] == [MUSIC]
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[0] == f"Posting to practice: {MUSIC}"
    first = ["taken", "opening the page", "looking at the login", "writing"]
    assert lines[1:-1] == [*first, "submitting", "reading the comment back"]
    assert lines[-1] == "Posted: https://site.example/#0"
    assert hand.closes == 1


async def test_only_the_steps_of_the_note_are_told(pad: Notepad, monkeypatch: pytest.MonkeyPatch) -> None:
    other, mine = await pad.jot(MUSIC), await pad.jot(LOGO, number=2)
    await pad.due(other)  # it waits its turn: one at a time with a login
    wall = Wall()
    on_site(monkeypatch, ScriptedSite(wall))
    done = await call("post", mine.id)
    assert done.stdout.count("taken") == 1
    assert [text for text, _ in wall.comments] == [MUSIC, LOGO]


async def test_a_post_that_is_due_already_is_followed_and_not_doubled(
    pad: Notepad, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await pad.due(await pad.jot(MUSIC))
    on_site(monkeypatch, ScriptedSite(wall := Wall()))
    told = json.loads((await call("post", job.note_id, "--json")).stdout)  # one object and nothing else
    assert set(told) == KEYS
    assert (told["id"], told["state"], told["permalink"]) == (job.id, "posted", "https://site.example/#0")
    assert len(wall.comments) == 1
    assert [(one.id, one.state) for one in await pad.jobs()] == [(job.id, JobState.POSTED)]


async def test_a_post_that_waits_for_its_next_attempt_is_waited_for(
    pad: Notepad, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await pad.claimed(await pad.jot(MUSIC))
    await Claims(pad.database).later(claim.id, claim.fence, reason="The site took too long.", delay_s=0.5)
    on_site(monkeypatch, ScriptedSite(Wall()))
    done = await call("post", claim.note_id)
    assert done.exit_code == 0, done.stderr
    assert (await pad.job(claim.id)).attempt == 2


async def test_a_slow_site_is_tried_again_while_the_person_waits(pad: Notepad, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automation.backoff.FIRST_S", 0.2)
    tries = iter([Later("The site took too long."), None, None])
    site = ScriptedSite(Wall(), before={"write": lambda: _raise(next(tries))})
    on_site(monkeypatch, site)
    done = await call("post", (await pad.jot(MUSIC)).id)
    assert done.exit_code == 0, done.stderr
    assert site.steps.count("open_at") == 2


async def test_without_a_browser_it_says_what_is_missing_and_works_later(
    pad: Notepad, monkeypatch: pytest.MonkeyPatch
) -> None:
    note, wall = await pad.jot(MUSIC), Wall()
    on_site(monkeypatch, ScriptedSite(wall), HandBrowser(breaks=NoBrowser("There is no Chromium here.")))
    done = await call("post", note.id)
    assert done.exit_code == 1
    assert done.stderr == (f"sidenote: There is no Chromium here. To try again: sidenote post {note.id[:8]}.\n")
    assert [job.state for job in await pad.jobs()] == [JobState.NEEDS_ATTENTION]
    on_site(monkeypatch, ScriptedSite(wall))
    assert (await call("post", note.id[:8])).exit_code == 0
    assert [text for text, _ in wall.comments] == [MUSIC]
    assert [job.state for job in await pad.jobs()] == [JobState.POSTED]


async def test_a_comment_that_may_be_there_asks_the_person_to_look(
    pad: Notepad, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = await pad.jot(MUSIC)
    on_site(monkeypatch, ScriptedSite(Wall(hides=True)))
    done = await call("post", note.id, "--json")
    assert done.exit_code == 1
    job = json.loads(done.stdout)
    assert job["state"] == "needs_attention"
    assert f"sidenote jobs found {job['id'][:8]}" in done.stderr


async def test_a_fleet_without_a_worker_is_not_waited_for_for_ever(
    pad: Notepad, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With REDIS_URL workers post, and here nobody runs one."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9")
    monkeypatch.setattr(posts, "TAKEN_WITHIN", posts.TAKEN_WITHIN * 0)
    done = await call("post", (await pad.jot(MUSIC)).id)
    assert done.exit_code == 1
    assert "nobody takes it" in done.stderr
    assert [job.state for job in await pad.jobs()] == [JobState.QUEUED]


async def test_a_job_of_a_worker_that_is_gone_is_taken_over(pad: Notepad, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = await pad.claimed(await pad.jot(MUSIC), lease_s=0.2)
    on_site(monkeypatch, ScriptedSite(Wall()))
    done = await call("post", claim.note_id)
    assert done.exit_code == 0, done.stderr
    assert (await pad.job(claim.id)).attempt == 2


def _raise(error: Exception | None) -> None:
    if error:
        raise error


# Real Chromium on the practice page


@pytest.mark.browser
async def test_without_a_server_it_is_posted_here_under_the_address_that_a_server_will_have(
    settings: Settings, pad: Notepad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = await pad.jot(MUSIC)
    with monkeypatch.context() as bare:
        bare.setenv("PATH", str(tmp_path))
        bare.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
        without = await call("post", note.id)
    assert without.exit_code == 1
    assert MISSING in without.stderr
    done = await call("post", note.id)
    assert done.exit_code == 0, done.stderr
    ((comment, text),) = await pad.wall()
    assert text == MUSIC
    assert done.stdout.splitlines()[-1] == f"Posted: {settings.url()}/practice?comment={comment}&t=12"
    assert (await call("notes", "show", note.id)).stdout.count(comment) == 1


@pytest.mark.browser
async def test_a_port_that_another_program_has_keeps_nobody_from_posting(settings: Settings, pad: Notepad) -> None:
    with socket.create_server(("127.0.0.1", settings.port)):  # it never says a word
        done = await call("post", (await pad.jot(LOGO)).id, "--json")
    assert done.exit_code == 0, done.stderr
    link = json.loads(done.stdout)["permalink"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/practice\?comment=[0-9a-f]{32}&t=12", link)
    assert not link.startswith(f"{settings.url()}/")
    assert [text for _, text in await pad.wall()] == [LOGO]


@pytest.mark.browser
async def test_a_server_that_runs_takes_the_post(
    settings: Settings, pad: Notepad, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("build_stt", "build_structurer", "build_detector_factory"):
        monkeypatch.setattr(f"server.wiring.{part}", getattr(scripted, part))
    note = await pad.jot(MUSIC)
    async with EmbeddedServer(settings, port=settings.port) as server:
        done = await call("post", note.id)
        assert done.exit_code == 0, done.stderr
        figures = server.parts.telemetry.prometheus()[0].decode()
    ((comment, _),) = await pad.wall()
    assert f"Posted: {settings.url()}/practice?comment={comment}&t=12" in done.stdout
    assert "sidenote_post_pickup_seconds_count 1.0" in figures


# The table of jobs


@pytest.fixture
async def jobs(pad: Notepad) -> dict[str, PostJob]:
    """One job of each kind that a person meets."""
    notes = [await pad.jot(f"Remark {number}.", number=number) for number in range(1, 5)]
    await pad.failed(notes[0])
    await pad.unsure(notes[1])
    await pad.posted(notes[2])
    await pad.due(notes[3])
    return {job.state: job for job in await pad.jobs()}


async def test_jobs_are_listed_newest_first(jobs: dict[str, PostJob]) -> None:
    shown = await listed()
    assert [job["text"] for job in shown] == [f"Remark {number}." for number in (4, 3, 2, 1)]
    assert [job["state"] for job in shown] == ["queued", "posted", "needs_attention", "failed"]
    assert all(set(job) == KEYS for job in shown)
    assert (shown[1]["permalink"], shown[3]["reason"]) == ("https://site.example/#1", "The video is gone, or private.")
    assert [job["text"] for job in await listed("--limit", "1")] == ["Remark 4."]
    assert [job["text"] for job in await listed("list", "--state", "failed")] == ["Remark 1."]
    assert await listed("--state", "withdrawn") == []


async def test_the_table_has_what_a_person_needs_for_the_next_step(jobs: dict[str, PostJob]) -> None:
    table = (await call("jobs")).stdout
    for job in jobs.values():
        (line,) = [line for line in table.splitlines() if line.startswith(job.id[:8])]
        assert job.state in line
        assert job.text in line
        assert "0:12" in line
        assert (job.external_permalink or job.reason or "")[:20] in line


async def test_where_there_is_nothing_that_is_said(settings: Settings) -> None:
    assert (await call("jobs")).stdout.strip() == "No jobs."
    assert await listed() == []
    assert (await call("audit")).stdout.strip() == "Nothing was ever posted."
    assert json.loads((await call("audit", "--json")).stdout) == []


async def test_a_failed_job_is_made_due_again(jobs: dict[str, PostJob], pad: Notepad) -> None:
    failed = jobs["failed"]
    (shown,) = await listed("retry", failed.id[:8])
    assert (shown["id"], shown["state"], shown["attempt"]) == (failed.id, "queued", 0)
    unsure = jobs["needs_attention"]
    assert unsure.id[:8] in (await call("jobs", "retry", unsure.id)).stdout
    assert (await pad.job(unsure.id)).state == JobState.QUEUED


async def test_a_job_is_given_up_and_its_note_kept(jobs: dict[str, PostJob]) -> None:
    failed = jobs["failed"]
    (shown,) = await listed("discard", failed.id[:8].upper())
    assert (shown["id"], shown["state"]) == (failed.id, "withdrawn")
    note = json.loads((await call("notes", "show", failed.note_id, "--json")).stdout)
    assert note["status"] == "firmed"


@pytest.mark.parametrize("link", ["https://site.example/c?x=1#lc=2", None])
async def test_a_comment_that_the_person_found_is_posted(link: str | None, jobs: dict[str, PostJob]) -> None:
    unsure = jobs["needs_attention"]
    (shown,) = await listed("found", unsure.id[:8], *([link] if link else []))
    assert (shown["id"], shown["state"], shown["permalink"]) == (unsure.id, "posted", link)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["list", "--state", "lost"], 2, "There is no state 'lost'. Use one of: queued, claimed"),
        (["retry", "abc"], 2, "too short"),
        (["retry", "ffffffff"], 1, "There is no job whose id begins with 'ffffffff'"),
        (["retry", "QUEUED"], 1, "The job is queued"),
        (["discard", "POSTED"], 1, "The job is posted"),
        (["found", "FAILED"], 1, "The job is failed"),
        (["found", "UNSURE", "javascript:alert(1)"], 2, "is no address of a comment"),
        (["found", "UNSURE", "https://a b"], 2, "is no address of a comment"),
        (["found", "UNSURE", f"https://{'x' * 2048}"], 2, "at most 2048"),
    ],
)
async def test_what_cannot_be_done_with_a_job_is_said(
    arguments: list[str], code: int, message: str, jobs: dict[str, PostJob], pad: Notepad
) -> None:
    known = {name.upper(): job.id for name, job in jobs.items()} | {"UNSURE": jobs["needs_attention"].id}
    exit_code, said = await refused("jobs", *(known.get(each, each) for each in arguments))
    assert (exit_code, message in said) == (code, True), said
    assert {job.id: job.state for job in await pad.jobs()} == {job.id: job.state for job in jobs.values()}


async def test_a_job_under_way_is_left_to_its_worker(pad: Notepad) -> None:
    claim = await pad.claimed(await pad.jot(MUSIC))
    code, said = await refused("jobs", "discard", claim.id)
    assert code == 1
    assert "Wait a moment" in said


async def test_an_id_that_fits_two_jobs_is_not_guessed(pad: Notepad, monkeypatch: pytest.MonkeyPatch) -> None:
    class Same:
        numbers = iter(("1", "2"))

        @property
        def hex(self) -> str:
            return "abcd" * 7 + "abc" + next(self.numbers)

    notes = [await pad.jot(text, number=number) for number, text in enumerate((MUSIC, LOGO), 1)]
    with monkeypatch.context() as alike:
        alike.setattr("storage.jobs.uuid.uuid4", Same)
        for note in notes:
            await pad.due(note)
    code, said = await refused("jobs", "discard", "abcd")
    assert code == 2
    assert "2 jobs have an id that begins with 'abcd'" in said
    assert (await listed("discard", "abcd" * 7 + "abc2"))[0]["text"] == LOGO


async def test_the_audit_shows_every_step_and_never_the_text(jobs: dict[str, PostJob]) -> None:
    entries = json.loads((await call("audit", "--json")).stdout)
    posted = [entry for entry in entries if entry["job_id"] == jobs["posted"].id]
    assert [entry["event"] for entry in posted] == ["posted", "submitting", "claimed", "queued"]
    assert [entry["actor"] for entry in posted] == [*["worker: gone"] * 3, "person: click"]
    assert {entry["text_sha256"] for entry in posted} == {jobs["posted"].text_sha256}
    assert [entry["at"] for entry in entries] == sorted((entry["at"] for entry in entries), reverse=True)
    table = await call("audit", "--limit", "2")
    assert len(table.stdout.splitlines()) == 3
    for shown in (json.dumps(entries), (await call("audit")).stdout):
        assert "Remark" not in shown


# Who answers where a server should be


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"SSH-2.0-x\r\n", b""])
async def test_another_program_is_taken_for_no_server(answer: bytes, settings: Settings) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", settings.port):
        assert await posts.answers(settings)
        assert not await posts.is_served(settings)


async def test_nobody_is_taken_for_no_server(settings: Settings) -> None:
    for port in (settings.port, 0):
        there = settings.model_copy(update={"port": port})
        assert not await posts.answers(there)
        assert not await posts.is_served(there)


def test_every_step_of_an_attempt_has_words() -> None:
    assert {"claimed", *STEPS} == posts.STEPS.keys()
