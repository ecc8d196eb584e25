"""Notes that are typed: one for each reference, firmed at once, at a second of the video."""

import asyncio
from typing import Any

import pytest

from storage.errors import Forbidden, InvalidValue, NotFound
from storage.tables import Note
from tests.storage.conftest import Desk


async def write(desk: Desk, **change: Any) -> Note:
    wanted: dict[str, Any] = {
        "user_id": "ada",
        "video_id": desk.video_id,
        "text": "  Lose the logo 🎬 ",
        "category": "graphics",
        "timestamp_s": 12.5,
        "client_ref": "9f2c51d07ab84e63",
    }
    return await desk.notes.write(**{**wanted, **change})


async def test_it_is_firmed_and_sure(desk: Desk) -> None:
    note = await write(desk)
    assert (note.text, note.transcript, note.category) == ("Lose the logo 🎬", "Lose the logo 🎬", "graphics")
    assert (note.status, note.revision, note.confidence, note.coverage) == ("firmed", 1, 1.0, None)
    assert (note.session_id, note.utterance, note.timestamp_s) == (None, None, 12.5)
    assert (await desk.notes.get(note.id, "ada")).model_dump() == note.model_dump()
    assert [each.id for each in await desk.notes.list_for_video(desk.video_id, "ada")] == [note.id]


async def test_the_same_reference_is_the_same_note_also_at_once_and_with_or_without_its_session(desk: Desk) -> None:
    notes = await asyncio.gather(*(write(desk) for _ in range(6)))
    edited = await desk.notes.edit(notes[0].id, user_id="ada", text="Keep the logo")
    again = await write(desk, session_id="s", text="Something else")
    assert {note.id for note in notes} == {again.id}
    assert (again.text, again.revision) == ("Keep the logo", edited.revision)
    assert len(await desk.notes.list_for_user("ada")) == 1


async def test_another_reference_or_user_is_another_note_and_another_video_is_not(desk: Desk) -> None:
    other = await desk.videos.upsert(user_id="ada", platform="practice", external_id="2", url="http://localhost/2")
    his = await desk.videos.upsert(user_id="bob", platform="practice", external_id="1", url="http://localhost/1")
    first = await write(desk)
    again = await write(desk, video_id=other.id)
    assert (again.id, again.video_id) == (first.id, desk.video_id), "the session went on to it before the repetition"
    others = [await write(desk, client_ref="00000000"), await write(desk, user_id="bob", video_id=his.id)]
    assert len({first.id, *(note.id for note in others)}) == 3


async def test_one_that_was_deleted_is_not_brought_back(desk: Desk) -> None:
    await desk.notes.delete((await write(desk)).id, user_id="ada")
    with pytest.raises(NotFound, match="has been deleted"):
        await write(desk)
    assert await desk.notes.list_for_user("ada") == []


async def test_it_lies_within_the_video(desk: Desk) -> None:
    film = await desk.videos.upsert(
        user_id="ada", platform="youtube", external_id="a", url="https://youtu.be/a", duration_s=212.0
    )
    with pytest.raises(InvalidValue, match=r"ends at 212 s, before 213\.5 s"):
        await write(desk, video_id=film.id, timestamp_s=213.5)
    assert (await write(desk, video_id=film.id, timestamp_s=212.4)).timestamp_s == 212.0, "pages round a duration"
    assert (await write(desk, client_ref="of a stream", timestamp_s=9_000.0)).timestamp_s == 9_000.0


@pytest.mark.parametrize(
    "bad",
    [
        {"text": "   "},
        {"text": "x" * 201},
        {"text": "a\0b"},
        {"category": "rant"},
        {"timestamp_s": -0.1},
        {"timestamp_s": float("nan")},
        {"client_ref": ""},
        {"client_ref": "x" * 65},
    ],
)
async def test_values_out_of_their_limits_are_refused(desk: Desk, bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        await write(desk, **bad)
    assert await desk.notes.list_for_user("ada") == []


async def test_it_goes_only_to_ones_own_video_and_session(desk: Desk) -> None:
    his = await desk.videos.upsert(user_id="bob", platform="practice", external_id="1", url="http://localhost/1")
    await desk.sessions.bind("his", "bob")
    for elsewhere in ({"video_id": his.id}, {"session_id": "his"}):
        with pytest.raises(Forbidden, match="another user"):
            await write(desk, **elsewhere)
    for nowhere in ({"video_id": "none"}, {"session_id": "none"}):
        with pytest.raises(NotFound):
            await write(desk, **nowhere)
    assert await desk.notes.list_for_user("ada") == []


async def test_in_a_session_it_stands_where_it_was_written_among_what_was_said(desk: Desk) -> None:
    said = await desk.note(1)
    written = await write(desk, session_id="s")
    then = await desk.note(2)
    assert [note.id for note in await desk.notes.list_for_session("s")] == [said.id, written.id, then.id]
    assert [note.id for note in await desk.notes.list_for_session("s", newest=2)] == [written.id, then.id]
    assert (await desk.sessions.get("s")).applied_utterance == 2


async def test_typing_and_speaking_at_once_wait_for_each_other(desk: Desk) -> None:
    """Two orders of locking the session and its video would be a deadlock."""
    typed = (write(desk, session_id="s", client_ref=f"reference {n}") for n in range(10))
    spoken = (desk.note(n) for n in range(1, 11))
    notes = await asyncio.gather(*typed, *spoken)
    assert len({note.id for note in notes}) == 20
