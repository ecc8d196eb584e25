"""The notes of this machine's user, straight from the database: list, show, edit, delete.

Changes pass through the same service as those of a live session. A server that runs beside this does not hear of them
until its clients load their notes again.
"""

import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from rich.table import Table
from rich.text import Text

from agent.commands import NoteCommands
from agent.notes import NoteBook, note_payload
from agent.ports import Poster
from automation.poster import QueuedPoster
from server.identity import LOCAL_USER
from server.screen import make_console, print_json
from server.settings import Settings
from server.timeline import clock, notes_table
from server.wiring import open_database
from storage.errors import InvalidValue, NotFound
from storage.jobs import Jobs
from storage.note_status import NoteStatus
from storage.notes import Notes
from storage.values import checked_category

LEAST_PREFIX = 4  # characters of an id that are enough when they fit one note only
SEARCHED = 1000  # newest notes among which a shortened id is looked up
_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,3})?)")


class Silence:
    """A hub with nobody on it."""

    async def publish(self, topic: str, event: str, payload: Mapping[str, Any], *, durable: bool = True) -> None:
        pass

    async def renew(self, topic: str) -> None:
        pass


class Notebook:
    """The local user's notes; every answer has the shape of ``note_payload``."""

    def __init__(self, notes: Notes, poster: Poster) -> None:
        self._notes = notes
        self._commands = NoteCommands(NoteBook(notes, Silence(), poster), lambda _: None)

    async def list(
        self, *, status: str | None = None, category: str | None = None, text: str | None = None, limit: int = 50
    ) -> list[dict[str, Any]]:
        """Newest first. Cancelled notes only where ``status`` asks for them."""
        found = await self._notes.list_for_user(
            LOCAL_USER, status=status, category=category, text=text, limit=limit, standing=True
        )
        return [note_payload(note) for note in found]

    async def show(self, note_id: str) -> dict[str, Any]:
        """Raises NotFound."""
        return note_payload(await self._notes.get(await self._whole_id(note_id), LOCAL_USER))

    async def edit(
        self, note_id: str, *, text: str | None = None, category: str | None = None, timestamp_s: float | None = None
    ) -> dict[str, Any]:
        """Raises NotFound, InvalidValue, InvalidTransition."""
        whole = await self._whole_id(note_id)
        edited = await self._commands.edit(
            whole, user_id=LOCAL_USER, text=text, category=category, timestamp_s=timestamp_s
        )
        return note_payload(edited)

    async def post(self, note_id: str) -> dict[str, Any]:
        """Make a post of the note due. Raises NotFound, InvalidTransition, NotNow."""
        note = await self._commands.post(await self._whole_id(note_id), user_id=LOCAL_USER)
        return note_payload(note)

    async def delete(self, note_id: str) -> str:
        """The whole id of the note that is gone. Raises NotFound, InvalidTransition."""
        whole = await self._whole_id(note_id)
        await self._commands.delete(whole, user_id=LOCAL_USER)
        return whole

    async def _whole_id(self, given: str) -> str:
        """Ids may be shortened as long as they fit one note only. Raises NotFound, InvalidValue."""
        if len(given) >= 32:
            return given
        if len(given) < LEAST_PREFIX:
            raise InvalidValue(f"{given!r} is too short for an id: give at least {LEAST_PREFIX} characters of it.")
        recent = await self._notes.list_for_user(LOCAL_USER, limit=SEARCHED)
        fitting = [note.id for note in recent if note.id.startswith(given.lower())]
        if not fitting:
            raise NotFound(f"There is no note whose id begins with {given!r}. `sidenote notes` shows the ids.")
        if len(fitting) > 1:
            raise InvalidValue(
                f"{len(fitting)} notes have an id that begins with {given!r}. Give more characters of it."
            )
        return fitting[0]


@asynccontextmanager
async def open_notebook(settings: Settings) -> AsyncIterator[Notebook]:
    """The notebook of the data folder. Errors of the store pass through."""
    async with open_database(settings) as database:
        yield Notebook(Notes(database), QueuedPoster(Jobs(database), lambda _: None))


def seconds_of(text: str) -> float:
    """A time in a video as seconds: "75", "1:15", "1:02:03.5". Raises InvalidValue."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise InvalidValue(f"{text!r} is no time in a video. Write it as m:ss, h:mm:ss or seconds, such as 1:15 or 75.")
    hours, minutes, seconds = found.groups()
    if minutes is not None and (float(seconds) >= 60 or (hours is not None and int(minutes) >= 60)):
        raise InvalidValue(f"{text!r} has more than 59 minutes or seconds. Write it as m:ss, h:mm:ss or seconds.")
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds)


async def list_notes(settings: Settings, *, as_json: bool, **filters: Any) -> None:
    """Print the notes, newest first, as JSON or as a table."""
    _check_filters(filters)
    async with open_notebook(settings) as notebook:
        notes = await notebook.list(**filters)
    if as_json:
        print_json(notes)
    else:
        make_console().print(notes_table(notes, ids=True, by_time=False))


async def show_note(settings: Settings, note_id: str, *, as_json: bool) -> None:
    """Print one note."""
    async with open_notebook(settings) as notebook:
        _print_note(await notebook.show(note_id), as_json=as_json)


async def edit_note(
    settings: Settings, note_id: str, *, text: str | None, category: str | None, time: str | None, as_json: bool
) -> None:
    """Change one note and print it."""
    timestamp_s = None if time is None else seconds_of(time)
    async with open_notebook(settings) as notebook:
        changed = await notebook.edit(note_id, text=text, category=category, timestamp_s=timestamp_s)
    _print_note(changed, as_json=as_json)


async def delete_note(settings: Settings, note_id: str, *, yes: bool, as_json: bool) -> None:
    """Delete one note, after asking. Raises NotDeleted for any answer but yes."""
    async with open_notebook(settings) as notebook:
        note = await notebook.show(note_id)
        if not yes and not _confirmed(note):
            raise NotDeleted("Nothing was deleted. Say --yes to delete without being asked.")
        gone = await notebook.delete(note["id"])
    if as_json:
        print_json({"deleted": gone})
    else:
        make_console().print(f"Deleted: {note['text']}", markup=False)


class NotDeleted(Exception):
    """The person did not agree."""


def _confirmed(note: dict[str, Any]) -> bool:
    print(f"Delete [{clock(note['timestamp_s'])}] {note['text']}? (y/N) ", end="", file=sys.stderr, flush=True)  # noqa: T201 - the question is not output
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _check_filters(filters: dict[str, Any]) -> None:
    status, category = filters["status"], filters["category"]
    if status is not None and status not in list(NoteStatus):
        raise InvalidValue(f"There is no status {status!r}. Use one of: {', '.join(NoteStatus)}.")
    if category is not None:
        checked_category(category)


def _print_note(note: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(note)
        return
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    shown = {**note, "time": clock(note["timestamp_s"])}
    for name in ("text", "transcript", "time", "category", "status", "confidence", "coverage", "revision", "permalink"):
        if shown[name] is not None:
            table.add_row(Text(name, style="dim"), Text(str(shown[name])))
    for name in ("id", "video_id", "session_id", "utterance"):
        table.add_row(Text(name, style="dim"), Text(str(note[name]), style="dim"))
    make_console().print(table)
