"""Lets stored audio go as soon as nothing needs it any more: its note is safe, or it was nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from agent.ports import AudioStore

log = logging.getLogger(__name__)

ALL = 2**62  # samples


class Retention:
    """Deletes one session's audio up to the first sample that is still needed."""

    def __init__(
        self,
        session_id: str,
        store: AudioStore,
        needed_from: Callable[[int], int | None],
        save: Callable[[], Awaitable[None]],
        *,
        keep_all: bool = False,
    ) -> None:
        """``needed_from``: the first sample of a capture that may still be needed, None where none is.

        ``save`` the session: audio is deleted only when no saved state speaks of it any more, since whoever takes that
        state up hears it again.
        ``keep_all``: recordings stay after their notes are safe; the retention sweep deletes them later.
        """
        self._session_id = session_id
        self._store = store
        self._needed_from = needed_from
        self._save = save
        self._keep_all = keep_all
        self._holding: set[int] = set()  # captures of which the store has audio
        self._failed_from: dict[int, int] = {}
        self._due = asyncio.Event()

    async def restore(self, saved: Mapping[str, int]) -> Mapping[int, tuple[int, int]]:
        """What the store holds of each capture, [first, end). Its errors pass through.

        ``saved``: as ``saved`` gave it to the state that is taken up.
        """
        held = await self._store.held(self._session_id)
        self._holding = set(held)
        self._failed_from = {int(capture): start for capture, start in saved.items() if int(capture) in held}
        return held

    def saved(self) -> dict[str, int]:
        """Where the audio of what failed begins in each capture, as JSON."""
        return {str(capture): start for capture, start in self._failed_from.items()}

    def stored(self, capture: int) -> None:
        self._holding.add(capture)

    def keep_failed(self, capture: int, start: int) -> None:
        """An utterance that failed is in its audio alone: from here on the capture stays for the retention sweep."""
        self._failed_from[capture] = min(start, self._failed_from.get(capture, start))

    def look(self) -> None:
        """Something may have become unneeded. Never waits."""
        self._due.set()

    async def run(self) -> None:
        """Let go of what is not needed, until cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            await self.let_go()

    async def let_go(self) -> None:
        """Delete what is not needed now."""
        if self._keep_all or not self._holding:
            return
        unneeded = {capture: self._floor(capture) for capture in sorted(self._holding)}
        try:
            await self._save()
            for capture, before in unneeded.items():
                await self._store.discard(self._session_id, capture, before)
                if before == ALL:
                    self._holding.discard(capture)
        except Exception as error:
            if getattr(error, "fenced", False):
                raise
            log.warning("audio not let go: %s", error)  # kept a little longer: the retention sweep takes it

    def _floor(self, capture: int) -> int:
        floors = (self._needed_from(capture), self._failed_from.get(capture))
        return min((floor for floor in floors if floor is not None), default=ALL)
