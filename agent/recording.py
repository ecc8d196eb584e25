"""Puts what a session hears into the store."""

import asyncio
import logging
from typing import Any, Protocol

from agent.safekeeping import Heard
from agent.services import Services
from inference.audio import samples_to_s

log = logging.getLogger(__name__)


class Session(Protocol):
    """Whose audio it is."""

    async def announce(self, event: str, payload: dict[str, Any]) -> None: ...
    async def about_to_store(self) -> None: ...
    def has_stored(self, capture: int) -> None: ...


class Recording:
    """A Keeper. See ``safekeeping.py`` for what it promises."""

    def __init__(self, session: Session, services: Services, session_id: str, fence: int) -> None:
        self._session = session
        self._services = services
        self._session_id = session_id
        self._fence = fence
        self._told = 0  # capture for which it was said that audio can't be stored

    async def keep(self, heard: Heard) -> int | None:
        """Make samples safe; waits while the store is busy. None, once said aloud, where it can't take them."""
        while True:
            try:
                return await self._append(heard)
            except Exception as error:
                if getattr(error, "fenced", False):
                    raise
                if getattr(error, "retryable", False):
                    await asyncio.sleep(self._services.settings.retry_after_s[-1])
                    continue
                log.error("audio not stored: %s", error)
                if self._told != heard.capture:
                    self._told = heard.capture
                    failure = {"utterance": None, "reason": "audio_not_stored", "message": str(error)}
                    await self._session.announce("agent_error", failure)
                return None

    async def _append(self, heard: Heard) -> int:
        await self._session.about_to_store()
        where = (self._session_id, self._fence, heard.capture, heard.start)
        if heard.pcm is None:
            safe = await self._services.audio.append_silence(*where, heard.samples)
        else:
            safe = await self._services.audio.append(*where, heard.pcm)
        self._services.telemetry.record("audio_seconds", samples_to_s(heard.samples))
        self._session.has_stored(heard.capture)
        return safe
