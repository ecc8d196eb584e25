"""Who may begin to speak while the speech engine has more to do than it can.

Whoever is in stays in: only a session with nothing under way is asked to come later. Who merely follows a session
needs no engine and is never asked.
"""

from agent.agent import Agent
from agent.errors import Busy
from agent.services import Services

MIN_RETRY_S = 1.0
MAX_RETRY_S = 30.0


class Admission:
    """The door of one process's speech engine."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def check(self, session_id: str, agent: Agent | None) -> None:
        """``agent``: the session's own, where it lives here. Raises Busy; errors of the store pass through."""
        load = self._services.stt.load
        if not load.full or (agent is not None and not agent.idle):
            return
        if await self._services.sessions.unfinished(session_id):  # in another process, or before a restart
            return
        self._services.telemetry.record("admissions_refused", 1)
        behind_s = max(MIN_RETRY_S, load.wait_s)
        message = (
            f"Too many people are being transcribed at once (about {behind_s:.0f} s behind). Try again in a moment."
        )
        raise Busy(message, retry_after_s=min(MAX_RETRY_S, behind_s))
