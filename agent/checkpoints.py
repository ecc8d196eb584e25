"""Writes a session's state down, so that a later process can take it up. Never an older state after a newer one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol

from agent.ports import SessionStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """What is written together; ``utterances`` are those that it speaks of."""

    whole: dict[str, Any]
    utterances: Collection[int]
    unfinished: bool


class Subject(Protocol):
    """The session whose state is written."""

    def state(self) -> State: ...
    def beside(self) -> tuple[dict[str, Any], dict[str, Any], object]:
        """What is kept beside the state as it is now; columns; and what tells that its clock has changed."""
        ...


class Checkpoints:
    """The saved state of one session."""

    def __init__(
        self,
        subject: Subject,
        stored: Callable[[], Awaitable[None]],
        sessions: SessionStore,
        session_id: str,
        fence: int,
        saved: dict[str, Any],
        clock: object,
    ) -> None:
        """``stored`` waits until the audio that a state speaks of is safe.

        ``saved``: the state that was taken up, ``clock``: what told of its clock then.
        """
        self._subject = subject
        self._stored = stored
        self._sessions = sessions
        self._session_id = session_id
        self._fence = fence
        self._saved = saved
        self._secured: frozenset[int] = frozenset()
        self.clock = clock
        self._due = asyncio.Event()
        self._saving, self._writing = asyncio.Lock(), asyncio.Lock()

    def soon(self) -> None:
        """Something changed. Never waits."""
        self._due.set()

    async def save(self) -> None:
        """Save the state now. Errors of the store pass through."""
        async with self._saving:
            self._due.clear()
            state = self._subject.state()
            await self._stored()  # a state must not speak of audio that could still be lost
            await self._write(state.whole, unfinished=state.unfinished)
            self._secured = frozenset(state.utterances)

    async def secure(self, utterance: int) -> None:
        """Return once a state that knows this utterance is saved. Errors of the store pass through."""
        async with self._saving:  # it may be on its way
            known = utterance in self._secured
        if not known:
            await self.save()

    async def save_beside(self) -> None:
        """Save what is kept beside the state; the state itself as it was saved last."""
        await self._write(None, unfinished=True)

    async def _write(self, state: dict[str, Any] | None, *, unfinished: bool) -> None:
        async with self._writing:
            self._saved = self._saved if state is None else state
            beside, columns, clock = self._subject.beside()
            whole = {**self._saved, **beside}
            await self._sessions.checkpoint(self._session_id, self._fence, whole, unfinished=unfinished, **columns)
            self.clock = clock

    async def run(self, retry_after_s: float) -> None:
        """Save whenever something has changed, until cancelled. Raises only where the fence is lost."""
        while True:
            await self._due.wait()
            try:
                await self.save()
            except Exception as error:
                if getattr(error, "fenced", False):
                    raise
                log.warning("state not saved: %s", error)
                await asyncio.sleep(retry_after_s)
                self._due.set()

    async def keep_lease(self, lease_s: float) -> None:
        """Renew the lease on the session until cancelled. Raises only where the fence is lost."""
        while True:
            await asyncio.sleep(lease_s / 3)
            try:
                await self._sessions.renew(self._session_id, self._fence, lease_s)
            except Exception as error:
                if getattr(error, "fenced", False):
                    raise
                log.warning("lease not renewed: %s", error)
