"""The library's pages: every video of a user with what stands about it, newest activity first."""

from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from storage import library
from storage.errors import NotFound
from storage.library import Kept
from storage.note_status import NoteStatus
from storage.tables import Video
from tests.storage.conftest import Desk
from tests.storage.test_notes import put


async def open_film(desk: Desk, name: str, **given: Any) -> Video:
    url = f"https://youtu.be/{name}"
    return await desk.videos.upsert(
        **{"user_id": "ada", "platform": "youtube", "external_id": name, "url": url, **given}
    )


async def shown(desk: Desk, **wanted: Any) -> list[str]:
    return [video.external_id for video in await desk.videos.library("ada", **wanted)]


async def test_a_video_is_shown_with_what_stands_about_it(desk: Desk) -> None:
    film = await open_film(desk, "film", title="The cut", duration_s=90.5)
    notes = [await desk.note(n, video_id=film.id) for n in range(1, 6)]
    await put(desk.database, notes[1], NoteStatus.POSTED)
    await desk.notes.cancel(notes[2].id, user_id="ada")
    await desk.notes.delete(notes[3].id, user_id="ada")
    first, *_ = await desk.videos.library("ada")
    newest = notes[4].created_at
    assert first == Kept(
        *(film.id, "youtube", "film", film.url, "The cut", 90.5),
        notes=3,
        unposted=2,
        newest_note_at=newest,
        updated_at=newest,
    )


async def test_one_without_notes_is_as_old_as_its_last_opening(desk: Desk) -> None:
    film = await open_film(desk, "film")
    first, *_ = await desk.videos.library("ada")
    assert (first.notes, first.unposted, first.newest_note_at, first.updated_at) == (0, 0, None, film.updated_at)


async def test_the_one_something_was_last_done_with_comes_first(desk: Desk) -> None:
    old = await open_film(desk, "old")
    await open_film(desk, "young")
    assert await shown(desk) == ["young", "old", "1"]  # the last is the practice video
    note = await desk.note(1, video_id=old.id)
    assert await shown(desk) == ["old", "young", "1"]
    await open_film(desk, "young")
    assert await shown(desk) == ["young", "old", "1"]
    await desk.note(2)
    assert await shown(desk) == ["1", "young", "old"]
    await desk.notes.cancel(note.id, user_id="ada")
    assert await shown(desk) == ["1", "young", "old"]


async def test_it_comes_in_pages(desk: Desk) -> None:
    for n in range(5):
        film = await open_film(desk, f"film {n}")
        await desk.note(n + 1, video_id=film.id)
    whole = await desk.videos.library("ada")
    pages: list[Kept] = []
    after: str | None = None
    while page := await desk.videos.library("ada", limit=2, after=after):
        pages += page
        after = page[-1].id
    assert pages == whole
    assert len(whole) == 6


async def test_a_query_is_part_of_a_title_or_address(desk: Desk) -> None:
    await open_film(desk, "abc_def", title="Größer 100% right")
    await open_film(desk, "abcxdef", title="Smaller")
    assert await shown(desk, query="GRÖSSER 100%") == []
    assert await shown(desk, query="GRÖßER 100% R") == ["abc_def"]
    assert await shown(desk, query="C_D") == ["abc_def"], "no wildcard"
    assert await shown(desk, query="%") == ["abc_def"]
    assert await shown(desk, query="YOUTU.BE/") == ["abcxdef", "abc_def"]
    first = await desk.videos.library("ada", query="youtu", limit=1)
    assert await shown(desk, query="youtu", after=first[0].id) == ["abc_def"]


async def test_nobody_sees_another_users_videos(desk: Desk) -> None:
    assert await desk.videos.library("bob") == []
    his = await open_film(desk, "his", user_id="bob")
    assert await shown(desk) == ["1"]
    for none_of_hers in (his.id, "none"):
        with pytest.raises(NotFound, match="from its beginning"):
            await desk.videos.library("ada", after=none_of_hers)
    assert await desk.videos.names([his.id, desk.video_id], "ada") == {desk.video_id: ("", "http://localhost/practice")}


async def test_a_page_is_one_query_however_many_videos_and_notes(desk: Desk) -> None:
    for n in range(20):
        film = await open_film(desk, f"film {n}")
        await desk.note(n + 1, video_id=film.id)
    statements: list[str] = []

    def read(session: Session) -> list[Kept]:
        event.listen(session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2]))
        return library.page(session, "ada", "", 50, None)

    assert len(await desk.database.read(read)) == 21
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1
