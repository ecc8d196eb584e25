"""What a spoken command does. One coroutine a tool, each top to bottom; every answer is announced as ``tool_result``.

A tool never chooses a video, an account or an address: it acts on the session's own last note, or on the player.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from agent.commands import NoteCommands
from agent.errors import NotNow, PostingUnavailable
from agent.events import Consent
from agent.notes import LIVE, note_payload
from agent.ports import Mark, NoteRecord
from inference.llm.contract import Intent, Reading


class Room(Protocol):
    """The session a tool works in."""

    user_id: str
    commands: NoteCommands

    async def announce(self, event: str, payload: dict[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Target:
    """The note that a tool acts on, as it was when the command was given; an empty id where it needs none."""

    note_id: str
    text_sha256: str | None = None


Result = dict[str, Any]
Tool = Callable[[Room, Reading, Target, Mark], Awaitable[Result]]

NEEDS_NOTE = frozenset({Intent.EDIT_LAST, Intent.CANCEL, Intent.CONFIRM, Intent.SET_TIME})
NO_NOTE = {
    Intent.EDIT_LAST: "There is no note yet that could be changed.",
    Intent.CANCEL: "There is no note yet that could be taken back.",
    Intent.CONFIRM: "There is no note yet that could be kept.",
    Intent.SET_TIME: "There is no note yet whose time could be set.",
}


def name_of(reading: Reading) -> str:
    """The tool that an intent calls."""
    if reading.intent is Intent.CONFIRM:
        return "post" if reading.post else "keep"
    return {
        Intent.EDIT_LAST: "edit",
        Intent.CANCEL: "scratch",
        Intent.SEEK: "seek",
        Intent.PLAYBACK: "playback",
        Intent.SET_TIME: "set_time",
        Intent.QUESTION: "list",
    }.get(reading.intent, "none")


ANSWERED = 50  # notes that the answer to a question brings along


async def use(room: Room, reading: Reading, target: Target, mark: Mark) -> None:
    """Run the tool of a reading and announce its start and its result. Errors of the store pass through."""
    utterance, name = mark[2], name_of(reading)
    await room.announce(
        "tool_start", {"utterance": utterance, "tool": name, "arguments": _arguments(reading, target.note_id or None)}
    )
    try:
        result: Result = {"ok": True, **await TOOLS[reading.intent](room, reading, target, mark)}
    except (NotNow, PostingUnavailable) as refusal:
        result = {"ok": False, "reason": refusal.code, "message": str(refusal)}
    await room.announce("tool_result", {"utterance": utterance, "tool": name, **result})


async def _edit(room: Room, reading: Reading, target: Target, mark: Mark) -> Result:
    note = await room.commands.edit(
        target.note_id,
        user_id=room.user_id,
        text=reading.text or None,
        category=reading.category,
        timestamp_s=reading.timestamp_s,
        mark=mark,
    )
    return _noted(note)


async def _set_time(room: Room, reading: Reading, target: Target, mark: Mark) -> Result:
    if reading.timestamp_s is None:
        return {"ok": False, "reason": "no_time", "message": "No time was understood: say it as minutes and seconds."}
    note = await room.commands.edit(target.note_id, user_id=room.user_id, timestamp_s=reading.timestamp_s, mark=mark)
    return _noted(note)


async def _scratch(room: Room, reading: Reading, target: Target, mark: Mark) -> Result:
    return _noted(await room.commands.scratch(target.note_id, user_id=room.user_id, mark=mark))


async def _confirm(room: Room, reading: Reading, target: Target, mark: Mark) -> Result:
    if reading.post:
        seen = target.text_sha256
        return _noted(
            await room.commands.post(
                target.note_id, user_id=room.user_id, consent=Consent.VOICE, text_sha256=seen, mark=mark
            )
        )
    return _noted(await room.commands.keep(target.note_id, user_id=room.user_id, mark=mark))


async def _seek(room: Room, reading: Reading, target: Target, mark: Mark) -> Result:
    if reading.timestamp_s is not None:
        where: Result = {"to_s": reading.timestamp_s}
    elif reading.seek_by_s is not None:
        where = {"by_s": reading.seek_by_s}
    else:
        message = "The place to go to was not understood: name a time, or how many seconds back or ahead."
        return {"ok": False, "reason": "no_time", "message": message}
    await room.announce("player_command", {"utterance": mark[2], "action": "seek", **where})
    return where


async def _playback(room: Room, reading: Reading, target: Target, mark: Mark) -> Result:
    action = reading.playback or "pause"
    await room.announce("player_command", {"utterance": mark[2], "action": action})
    return {"action": action}


async def _list(room: Room, reading: Reading, target: Target, mark: Mark) -> Result:
    """The answer to a question, and the session's notes that it speaks of."""
    notes = await room.commands.for_session(mark[0], newest=ANSWERED)
    return {"answer": reading.text, "notes": [note_payload(note) for note in notes if note.status in LIVE]}


def _noted(note: NoteRecord) -> Result:
    return {"note": note_payload(note)}


def _arguments(reading: Reading, note_id: str | None) -> dict[str, Any]:
    given = {
        "note_id": note_id,
        "text": reading.text or None,
        "timestamp_s": reading.timestamp_s,
        "by_s": reading.seek_by_s,
        "action": reading.playback,
    }
    return {name: value for name, value in given.items() if value is not None}


TOOLS: dict[Intent, Tool] = {
    Intent.EDIT_LAST: _edit,
    Intent.CANCEL: _scratch,
    Intent.CONFIRM: _confirm,
    Intent.SET_TIME: _set_time,
    Intent.SEEK: _seek,
    Intent.PLAYBACK: _playback,
    Intent.QUESTION: _list,
}
