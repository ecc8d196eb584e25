"""The one application service for note commands: topics, REST and voice all come through here.

A note that a run is still confirming is decided by that run; any other is changed at once.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from agent.errors import NotNow
from agent.events import Consent, KeepAsked, NoteSettled, PostAsked, RunEvent, ScratchAsked
from agent.notes import NoteBook, note_payload
from agent.peering import Peering
from agent.ports import Mark, NoteRecord

__all__ = ["NoteCommands", "note_payload"]


class Decider(Protocol):
    """A live session, as far as its notes are concerned."""

    def confirming(self, note_id: str) -> int | None:
        """The utterance whose run holds this note, or None."""
        ...

    async def decide(self, ask: RunEvent) -> NoteRecord: ...

    def deliver(self, event: RunEvent) -> object: ...


class NoteCommands:
    """Write, edit, keep, post, scratch and delete notes of one's own. Errors of the store pass through.

    A note of a session that lives in another process is changed by that process; where that one may live and does not
    answer, NoAnswer is raised and nothing done here.
    """

    def __init__(
        self, book: NoteBook, find_session: Callable[[str], Decider | None], peering: Peering | None = None
    ) -> None:
        """``peering``: the way to sessions in other processes, where there are any."""
        self._book = book
        self._find_session = find_session
        self._peering = peering

    async def do(self, command: str, arguments: dict[str, Any]) -> None:
        """A command by its name, as another process asks for it. Raises NotNow for one that is none."""
        commands = {"edit": self.edit, "keep": self.keep, "post": self.post, "scratch": self.scratch}
        if command == "delete":
            await self.delete(**arguments)
        elif command in commands:
            await commands[command](**arguments)
        else:
            raise NotNow(f"There is no command {command!r} on notes.")

    async def write(
        self,
        *,
        user_id: str,
        video_id: str,
        session_id: str | None = None,
        text: str,
        category: str,
        timestamp_s: float,
        client_ref: str,
    ) -> NoteRecord:
        """A note that is typed. No run holds it, so that any process may save it; ``client_ref`` makes it one."""
        return await self._book.write(
            user_id=user_id,
            video_id=video_id,
            session_id=session_id,
            text=text,
            category=category,
            timestamp_s=timestamp_s,
            client_ref=client_ref,
        )

    async def edit(
        self,
        note_id: str,
        *,
        user_id: str,
        text: str | None = None,
        category: str | None = None,
        timestamp_s: float | None = None,
        expected_revision: int | None = None,
        mark: Mark | None = None,
    ) -> NoteRecord:
        note = await self._book.store.get(note_id, user_id)
        change = {"text": text, "category": category, "timestamp_s": timestamp_s}
        if mark is None and await self._done_elsewhere("edit", note, expected_revision=expected_revision, **change):
            return await self._book.store.get(note_id, user_id)
        edited = await self._book.edit(
            note,
            text=text,
            category=category,
            timestamp_s=timestamp_s,
            expected_revision=expected_revision,
            mark=mark,
        )
        self._settled(edited)
        return edited

    async def keep(self, note_id: str, *, user_id: str, mark: Mark | None = None) -> NoteRecord:
        note = await self._book.store.get(note_id, user_id)
        session, utterance = self._run_of(note)
        if session and utterance is not None:
            return await session.decide(KeepAsked(utterance))
        if mark is None and await self._done_elsewhere("keep", note):
            return await self._book.store.get(note_id, user_id)
        return await self._book.keep(note, mark=mark)

    async def post(
        self,
        note_id: str,
        *,
        user_id: str,
        consent: Consent = Consent.CLICK,
        text_sha256: str | None = None,
        mark: Mark | None = None,
    ) -> NoteRecord:
        """``text_sha256``: of the text that the person saw. Raises PostingUnavailable (the note is firmed all the
        same), and NotNow, also for another text.
        """
        note = await self._book.store.get(note_id, user_id)
        session, utterance = self._run_of(note)
        if session and utterance is not None:
            return await session.decide(PostAsked(utterance, consent, text_sha256))
        if mark is None and await self._done_elsewhere("post", note, consent=consent, text_sha256=text_sha256):
            return await self._book.store.get(note_id, user_id)
        return await self._book.post(note, consent, text_sha256=text_sha256, mark=mark)

    async def settle(self, note_id: str, *, user_id: str, found: bool, permalink: str | None = None) -> NoteRecord:
        """The person has looked on the site for a comment that may be there. Raises PostingUnavailable, NotNow."""
        note = await self._book.store.get(note_id, user_id)
        return await self._book.settle(note, found=found, permalink=permalink)

    async def scratch(self, note_id: str, *, user_id: str, mark: Mark | None = None) -> NoteRecord:
        note = await self._book.store.get(note_id, user_id)
        session, utterance = self._run_of(note)
        if session and utterance is not None:
            return await session.decide(ScratchAsked(utterance))
        if mark is None and await self._done_elsewhere("scratch", note):
            return await self._book.store.get(note_id, user_id)
        return await self._book.scratch(note, mark=mark)

    async def delete(self, note_id: str, *, user_id: str) -> None:
        note = await self._book.store.get(note_id, user_id)
        if not await self._done_elsewhere("delete", note):
            await self._book.delete(note)
            self._settled(note)

    async def for_video(self, video_id: str, user_id: str, *, limit: int, after: str | None) -> Sequence[NoteRecord]:
        return await self._book.store.list_for_video(video_id, user_id, limit=limit, after=after)

    async def for_session(self, session_id: str, *, newest: int) -> Sequence[NoteRecord]:
        return await self._book.store.list_for_session(session_id, newest=newest)

    async def _done_elsewhere(self, command: str, note: NoteRecord, **more: Any) -> bool:
        """Whether the process where the note's session lives has done it. Raises what it refuses."""
        if self._peering is None or note.session_id is None or self._find_session(note.session_id):
            return False
        arguments = {"note_id": note.id, "user_id": note.user_id, **more}
        return await self._peering.ask(note.session_id, "note", command=command, arguments=arguments) is not None

    def _run_of(self, note: NoteRecord) -> tuple[Decider | None, int | None]:
        session = self._find_session(note.session_id) if note.session_id else None
        return session, session.confirming(note.id) if session else None

    def _settled(self, note: NoteRecord) -> None:
        session, utterance = self._run_of(note)
        if session and utterance is not None:
            session.deliver(NoteSettled(utterance))
