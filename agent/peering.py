"""Sessions whose agent lives in another server process: what is asked of it there, and what is answered here.

A session's clients may be connected to any process, its agent lives in one. A question is a small JSON object; the way
it travels is behind ``agent.ports.Peers``.
"""

from typing import Any

from agent.errors import NoAnswer, RefusedElsewhere
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

    async def ask(self, session_id: str, what: str, **more: Any) -> dict[str, Any] | None:
        """What the session's agent elsewhere answers; None where there is none.

        Raises RefusedElsewhere with the words of the other process, and NoAnswer.
        """
        owner = await self._sessions.owner(session_id, living=True)
        if owner is None or owner == self._node:
            return None
        answer = await self._peers.ask(owner, {"ask": what, "session_id": session_id, **more})
        if answer is None:
            return None
        if "refused" in answer:
            raise RefusedElsewhere(answer["refused"])
        if "answer" not in answer:  # it failed there, or was given up
            raise NoAnswer
        found = answer["answer"]
        return None if found is None else dict(found)
