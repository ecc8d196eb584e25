"""A session's state as JSON and back, for ``review_sessions``. What it can't read it leaves out rather than fail."""

from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agent.machine import Session

_SESSIONS = TypeAdapter(Session)


def to_state(session: Session, ear: dict[str, Any]) -> dict[str, Any]:
    """What a later process needs to take the session up, apart from its clock."""
    return {"session": asdict(session), "ear": ear}


def from_state(state: dict[str, Any]) -> tuple[Session | None, dict[str, Any]]:
    """The saved session and the rest; None where nothing was saved, or only by a version that this one can't read."""
    try:
        session = _SESSIONS.validate_python(state["session"])
    except (KeyError, ValidationError):
        return None, {}
    return session, state
