"""Sessions whose agent lives in another server process: what is asked of it there, and what is answered here.

A session's clients may be connected to any process, its agent lives in one. A question is a small JSON object; the way
it travels is behind ``agent.ports.Peers``.
"""

from typing import Any

from agent.errors import RefusedElsewhere
from agent.ports import Payload, Peers, SessionStore


class NoPeers:
    """A process that is the only one."""

    async def ask(self, node: str, question: Payload) -> Payload | None:
        return None


class Peering:
    """Asks the process that owns a session."""

    def __init__(self, node: str, sessions: SessionStore, peers: Peers) -> None:
        self._node = node
        self._sessions = sessions
        self._peers = peers

    async def owner(self, session_id: str) -> str | None:
        """The other process that has the session and has not given it up; it may be dead."""
        owner = await self._sessions.owner(session_id)
        return None if owner == self._node else owner

    async def ask(self, session_id: str, what: str, **more: Any) -> dict[str, Any] | None:
        """What the session's agent elsewhere answers; None where there is none that does.

        Raises RefusedElsewhere with the words of the other process.
        """
        owner = await self.owner(session_id)
        if owner is None:
            return None
        answer = await self._peers.ask(owner, {"ask": what, "session_id": session_id, **more})
        if answer is None:
            return None
        if "refused" in answer:
            raise RefusedElsewhere(answer["refused"])
        found = answer.get("answer")
        return None if found is None else dict(found)
