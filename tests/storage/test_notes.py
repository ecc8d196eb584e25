import asyncio
import hashlib
from typing import Any

import pytest
from sqlmodel import Session

from storage.engine import Database
from storage.errors import Forbidden, InvalidTransition, InvalidValue, NotFound, RevisionConflict, StaleFence
from storage.note_status import TRANSITIONS, NoteStatus
from storage.tables import Note
from tests.storage.conftest import Desk


async def put(database: Database, note: Note, status: NoteStatus, **values: object) -> None:
    """What the posting worker would have done."""

    def change(session: Session) -> None:
        row = session.get(Note, note.id)
        assert row is not None
        row.status = status.value
        for name, value in values.items():
            setattr(row, name, value)

    await database.write(change)


async def test_a_spoken_note_is_saved_as_a_ghost(desk: Desk) -> None:
    note = await desk.note(3, text="  Größer, bitte 🎬 ", part=1)
    assert (note.status, note.revision, note.part, note.text) == ("ghost", 1, 1, "Größer, bitte 🎬")
    assert (await desk.notes.get(note.id, "ada")).model_dump() == note.model_dump()
    assert (await desk.sessions.get("s")).applied_utterance == 3


async def test_a_rerun_returns_the_stored_note_unchanged(desk: Desk) -> None:
    first = await desk.note(1)
    edited = await desk.notes.edit(first.id, user_id="ada", text="Shorter")
    again = await desk.note(1, text="Something else was heard this time")
    assert (again.id, again.text, again.revision) == (first.id, "Shorter", edited.revision)
    assert len(await desk.notes.list_for_session("s")) == 1


async def test_the_same_utterance_saved_twice_at_once_is_one_note(desk: Desk) -> None:
    notes = await asyncio.gather(*(desk.note(1) for _ in range(6)))
    assert len({note.id for note in notes}) == 1


async def test_a_deleted_note_is_not_brought_back_by_a_rerun(desk: Desk) -> None:
    note = await desk.note(1)
    gone = await desk.notes.delete(note.id, user_id="ada")
    assert (gone.id, gone.text, gone.transcript, gone.status) == (note.id, "", "", "cancelled")
    assert gone.revision > note.revision
    with pytest.raises(NotFound, match="deleted"):
        await desk.note(1)
    with pytest.raises(NotFound):
        await desk.notes.get(note.id, "ada")
    with pytest.raises(NotFound):
        await desk.notes.keep(note.id, user_id="ada")
    assert await desk.notes.list_for_session("s") == []
    assert await desk.notes.list_for_user("ada") == []
    assert await desk.notes.list_for_video(desk.video_id, "ada") == []


@pytest.mark.parametrize(
    "bad",
    [
        {"text": ""},
        {"text": "   "},
        {"text": "x" * 201},
        {"text": "a\0b"},
        {"category": "rant"},
        {"confidence": 1.1},
        {"confidence": float("nan")},
        {"timestamp_s": -0.1},
        {"timestamp_s": float("inf")},
        {"utterance": 0},
        {"part": -1},
        {"transcript": "x" * 20_001},
    ],
)
async def test_values_out_of_their_limits_are_refused(desk: Desk, bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue) as refused:
        await desk.note(**bad)
    assert isinstance(refused.value, ValueError)
    assert await desk.notes.list_for_session("s") == []


async def test_two_hundred_characters_of_any_script_fit(desk: Desk) -> None:
    text = "é漢🎬q" * 50
    note = await desk.note(1, text=text)
    assert (await desk.notes.get(note.id, "ada")).text == text


async def test_notes_go_only_to_the_sessions_own_user_and_video(desk: Desk) -> None:
    his = await desk.videos.upsert(user_id="bob", platform="practice", external_id="1", url="http://localhost/1")
    with pytest.raises(Forbidden):
        await desk.note(1, video_id=his.id)
    with pytest.raises(Forbidden):
        await desk.note(1, user_id="bob", video_id=his.id)
    with pytest.raises(NotFound):
        await desk.note(1, video_id="nothing")
    assert (await desk.sessions.get("s")).applied_utterance == 0


async def test_an_edit_firms_bumps_the_revision_and_revokes_consent(desk: Desk) -> None:
    note = await desk.note()
    consent = hashlib.sha256(note.text.encode()).hexdigest()
    await put(desk.database, note, NoteStatus.PENDING_POST, consent="click", consent_sha256=consent)
    edited = await desk.notes.edit(note.id, user_id="ada", text="New words", category="audio", timestamp_s=1.5)
    assert (edited.text, edited.category, edited.timestamp_s) == ("New words", "audio", 1.5)
    assert (edited.status, edited.revision, edited.consent, edited.consent_sha256) == ("firmed", 2, None, None)
    assert edited.transcript == note.transcript
    assert edited.updated_at > note.updated_at


async def test_edits_at_once_with_the_same_revision_conflict(desk: Desk) -> None:
    note = await desk.note()
    results = await asyncio.gather(
        *(desk.notes.edit(note.id, user_id="ada", text=f"Words {n}", expected_revision=1) for n in range(5)),
        return_exceptions=True,
    )
    won = [result for result in results if isinstance(result, Note)]
    lost = [result for result in results if isinstance(result, RevisionConflict)]
    assert (len(won), len(lost)) == (1, 4)
    assert {conflict.current for conflict in lost} == {2}
    assert (await desk.notes.get(note.id, "ada")).text == won[0].text


async def test_an_edit_of_nothing_or_too_much_is_refused(desk: Desk) -> None:
    note = await desk.note()
    changes: list[dict[str, Any]] = [{}, {"text": ""}, {"text": "x" * 201}, {"category": "rant"}, {"timestamp_s": -1.0}]
    for change in changes:
        with pytest.raises(InvalidValue):
            await desk.notes.edit(note.id, user_id="ada", **change)
    assert (await desk.notes.get(note.id, "ada")).revision == 1


@pytest.mark.parametrize("status", list(NoteStatus))
async def test_every_status_allows_what_the_table_says(desk: Desk, status: NoteStatus) -> None:
    async def outcome(utterance: int, action: str, **given: str) -> str:
        note = await desk.note(utterance)
        await put(desk.database, note, status)
        try:
            changed = await getattr(desk.notes, action)(note.id, user_id="ada", **given)
        except InvalidTransition:
            assert (await desk.notes.get(note.id, "ada")).status == status
            return "refused"
        return str(changed.status)

    editable, cancellable = NoteStatus.FIRMED in TRANSITIONS[status], NoteStatus.CANCELLED in TRANSITIONS[status]
    assert await outcome(1, "edit", text="New words") == ("firmed" if editable else "refused")
    assert await outcome(2, "keep") == ("firmed" if status in ("ghost", "firmed") else "refused")
    assert await outcome(3, "cancel") == ("cancelled" if cancellable or status == "cancelled" else "refused")
    assert await outcome(4, "delete") == {"posting": "refused", "posted": "posted"}.get(status, "cancelled")


async def test_keeping_and_scratching_twice_changes_nothing_more(desk: Desk) -> None:
    kept = [await desk.notes.keep((await desk.note()).id, user_id="ada") for _ in range(2)]
    assert [note.revision for note in kept] == [2, 2]
    cancelled = [await desk.notes.cancel(kept[0].id, user_id="ada") for _ in range(2)]
    assert [(note.revision, note.status) for note in cancelled] == [(3, "cancelled")] * 2


async def test_it_is_too_late_once_a_worker_is_on_the_site(desk: Desk) -> None:
    note = await desk.note()
    await put(desk.database, note, NoteStatus.POSTING)
    for late in (desk.notes.cancel(note.id, user_id="ada"), desk.notes.withdraw("s", 1, desk.fence)):
        with pytest.raises(InvalidTransition, match="too late"):
            await late


async def test_a_voice_command_acts_once(desk: Desk) -> None:
    note = await desk.note(1)
    mark = ("s", desk.fence, 2)
    edited = await desk.notes.edit(note.id, user_id="ada", text="By voice", mark=mark)
    await desk.notes.edit(note.id, user_id="ada", text="By hand")
    rerun = await desk.notes.edit(note.id, user_id="ada", text="By voice", mark=mark)
    assert (edited.text, rerun.text, rerun.revision) == ("By voice", "By hand", 3)
    assert (await desk.notes.cancel(note.id, user_id="ada", mark=mark)).status == "firmed"
    assert (await desk.notes.cancel(note.id, user_id="ada", mark=("s", desk.fence, 3))).status == "cancelled"
    assert (await desk.notes.keep(note.id, user_id="ada", mark=("s", desk.fence, 3))).status == "cancelled"


async def test_a_voice_command_that_fails_leaves_no_mark(desk: Desk) -> None:
    note = await desk.note(1)
    await put(desk.database, note, NoteStatus.POSTED)
    with pytest.raises(InvalidTransition):
        await desk.notes.cancel(note.id, user_id="ada", mark=("s", desk.fence, 2))
    assert (await desk.sessions.get("s")).applied_utterance == 1


async def test_a_voice_command_of_an_old_owner_or_another_user_is_refused(desk: Desk) -> None:
    note = await desk.note(1)
    theirs = await desk.sessions.claim("t", user_id="bob", owner="x", lease_s=1)
    with pytest.raises(Forbidden):
        await desk.notes.cancel(note.id, user_id="ada", mark=("t", theirs.fence, 2))
    await desk.sessions.claim("s", user_id="ada", owner="second", lease_s=30)
    with pytest.raises(StaleFence):
        await desk.notes.cancel(note.id, user_id="ada", mark=("s", desk.fence, 2))
    assert (await desk.notes.get(note.id, "ada")).status == "ghost"


async def test_withdrawing_takes_back_all_that_an_utterance_made(desk: Desk) -> None:
    parts = [await desk.note(2, part=part) for part in range(2)]
    other = await desk.note(1)
    withdrawn = await desk.notes.withdraw("s", 2, desk.fence)
    assert [(note.id, note.status) for note in withdrawn] == [(note.id, "cancelled") for note in parts]
    assert [note.revision for note in await desk.notes.withdraw("s", 2, desk.fence)] == [2, 2]
    assert (await desk.notes.get(other.id, "ada")).status == "ghost"
    assert await desk.notes.withdraw("s", 9, desk.fence) == []
    assert (await desk.note(2)).status == "cancelled"  # a rerun does not bring it back


async def test_withdrawing_is_all_or_nothing(desk: Desk) -> None:
    await desk.note(1, part=0)
    posted = await desk.note(1, part=1)
    await put(desk.database, posted, NoteStatus.POSTED)
    with pytest.raises(InvalidTransition):
        await desk.notes.withdraw("s", 1, desk.fence)
    assert [note.status for note in await desk.notes.list_for_session("s")] == ["ghost", "posted"]


async def test_somebody_elses_note_is_out_of_reach(desk: Desk) -> None:
    note = await desk.note()
    for attempt in (
        desk.notes.get(note.id, "bob"),
        desk.notes.edit(note.id, user_id="bob", text="Mine now"),
        desk.notes.keep(note.id, user_id="bob"),
        desk.notes.cancel(note.id, user_id="bob"),
        desk.notes.delete(note.id, user_id="bob"),
    ):
        with pytest.raises(Forbidden):
            await attempt
    assert await desk.notes.list_for_video(desk.video_id, "bob") == []


async def test_lists_come_in_their_order_and_filtered(desk: Desk) -> None:
    late = await desk.note(1, timestamp_s=90.0, text="Zu LAUT im Café", category="audio")
    early = await desk.note(2, timestamp_s=10.0, text="100% right_on", category="praise")
    middle = await desk.note(3, timestamp_s=50.0)
    await desk.notes.keep(middle.id, user_id="ada")

    async def found(**given: Any) -> list[str]:
        return [note.id for note in await desk.notes.list_for_user("ada", **given)]

    assert [note.id for note in await desk.notes.list_for_session("s")] == [late.id, early.id, middle.id]
    in_video = await desk.notes.list_for_video(desk.video_id, "ada")
    assert [note.id for note in in_video] == [early.id, middle.id, late.id]
    assert await found() == [middle.id, early.id, late.id]
    assert await found(limit=1) == [middle.id]
    assert await found(before=middle.id, limit=1) == [early.id]
    assert await found(before=early.id) == [late.id]
    assert await found(status="firmed") == [middle.id]
    assert await found(category="audio") == [late.id]
    assert await found(text="laut IM CAFÉ") == [late.id]
    assert await found(text="0%") == [early.id]
    assert await found(text="t_o") == [early.id]
    assert await found(text="%z%") == []
    assert await found(text="CAFÉ laut") == [late.id], "every word, in any order"
    assert await found(text="café right") == []
    assert await found(text="UH too") == [middle.id, early.id, late.id], "of the transcript too"
    await desk.notes.cancel(early.id, user_id="ada")
    assert await found(text="right_on") == [early.id]
    assert await found(text="right_on", standing=True) == []
    assert await found(text="right_on", standing=True, status="cancelled") == [early.id]
    with pytest.raises(InvalidValue, match="13 words"):
        await found(text="word " * 13)


async def test_pages_of_a_video_follow_its_time_and_those_of_a_session_end_with_the_newest(desk: Desk) -> None:
    for n in range(1, 6):
        await desk.note(n, timestamp_s=10.0 - n // 2)  # pairs at the same second
    whole = await desk.notes.list_for_video(desk.video_id, "ada")
    pages: list[Note] = []
    after: str | None = None
    while page := await desk.notes.list_for_video(desk.video_id, "ada", limit=2, after=after):
        pages += page
        after = page[-1].id
    assert [note.id for note in pages] == [note.id for note in whole]
    await desk.notes.delete(whole[1].id, user_id="ada")
    rest = await desk.notes.list_for_video(desk.video_id, "ada", after=whole[1].id)
    assert [note.id for note in rest] == [note.id for note in whole[2:]], "a page may end with what is deleted since"
    with pytest.raises(Forbidden):
        await desk.notes.list_for_video(desk.video_id, "bob", after=whole[0].id)
    newest = await desk.notes.list_for_session("s", newest=2)
    assert [note.utterance for note in newest] == [n for n in (3, 4, 5) if n != whole[1].utterance][-2:]


async def extend(desk: Desk, note: Note, utterance: int, **change: Any) -> Note | None:
    said: dict[str, Any] = {
        "text": "Shorter, and louder",
        "transcript": "shorter and louder",
        "category": "audio",
        "confidence": 0.8,
        "coverage": 0.95,
        "engine": "basic",
    }
    where = {"session_id": "s", "fence": desk.fence, "utterance": utterance, "user_id": "ada"}
    return await desk.notes.extend(note.id, **{**where, **said, **change})


async def test_a_ghost_takes_in_what_was_said_after_a_pause(desk: Desk) -> None:
    note = await desk.note(1)
    longer = await extend(desk, note, 2)
    assert longer is not None
    assert (longer.id, longer.utterance, longer.text, longer.coverage) == (note.id, 2, "Shorter, and louder", 0.95)
    assert (longer.status, longer.revision, longer.timestamp_s) == ("ghost", note.revision + 1, note.timestamp_s)
    assert (await desk.sessions.get("s")).applied_utterance == 2
    assert len(await desk.notes.list_for_session("s")) == 1


async def test_taking_it_in_twice_changes_nothing_more(desk: Desk) -> None:
    note = await desk.note(1)
    once = await extend(desk, note, 2)
    again = await extend(desk, note, 2, text="Something else was heard this time")
    assert once is not None
    assert again is not None
    assert again.model_dump() == once.model_dump()


async def test_a_note_that_was_deleted_after_it_went_on_is_not_brought_back(desk: Desk) -> None:
    note = await desk.note(1)
    await extend(desk, note, 2)
    await desk.notes.delete(note.id, user_id="ada")
    with pytest.raises(NotFound):
        await extend(desk, note, 2)


async def test_an_utterance_with_a_note_of_its_own_takes_no_other(desk: Desk) -> None:
    note, own = await desk.note(1), await desk.note(2)
    again = await extend(desk, note, 2)
    assert again is not None
    assert again.model_dump() == own.model_dump()
    assert (await desk.notes.get(note.id, "ada")).utterance == 1


async def test_words_that_name_a_time_move_the_note(desk: Desk) -> None:
    longer = await extend(desk, await desk.note(1), 2, timestamp_s=75.0)
    assert longer is not None
    assert longer.timestamp_s == 75.0


async def test_a_note_that_was_decided_on_takes_in_nothing(desk: Desk) -> None:
    note = await desk.note(1)
    kept = await desk.notes.keep(note.id, user_id="ada")
    assert await extend(desk, note, 2) is None
    assert (await desk.notes.get(note.id, "ada")).model_dump() == kept.model_dump()


async def test_nobody_else_and_no_former_owner_adds_to_a_note(desk: Desk) -> None:
    note = await desk.note(1)
    with pytest.raises(StaleFence):
        await extend(desk, note, 2, fence=desk.fence - 1)
    with pytest.raises(Forbidden):
        await extend(desk, note, 2, user_id="bob")
    with pytest.raises(InvalidValue):
        await extend(desk, note, 2, coverage=1.5)
