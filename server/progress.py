"""Tells when a review is over: the microphone is off and nothing that was said is still being worked on. Pure."""

from typing import Any

from server.summary import Received

DECIDED = "confirming"  # the note is there; only its confirm time runs
OPEN = ("listening", "paused")


class Progress:
    """Follows one session by its ``state_changed`` events."""

    def __init__(self, *, wait: bool = False) -> None:
        """``wait``: a note counts as done only when its confirm time is over."""
        self._wait = wait
        self._state: dict[str, Any] = {"microphone": "idle", "state": "idle", "runs": []}
        self._opened = 0  # captures that the server has begun to hear
        self.stale = False  # events were missed: only a new snapshot tells where the session stands
        self.failures: list[str] = []  # for a person, in order

    def take(self, received: Received) -> None:
        payload = received.payload
        match received.event:
            case "state_changed":
                if payload["microphone"] in OPEN and not self._hearing:
                    self._opened += 1
                self._state = payload
            case "snapshot":
                self._state, self.stale = payload, True
            case "agent_error":
                self.failures.append(str(payload.get("message") or payload.get("reason")))

    def renew(self, snapshot: dict[str, Any], captures: int) -> None:
        """Where the session stands now that so many captures are known to have been heard."""
        self._state, self._opened, self.stale = snapshot, captures, False

    @property
    def state(self) -> str:
        """The one state to show."""
        return str(self._state["state"])

    def over(self, captures: int) -> bool:
        """Whether all of so many captures were heard to their end and everything said in them has come to its own."""
        if self.stale or self._opened < captures or self._hearing:
            return False
        return all(run["state"] == DECIDED and not self._wait for run in self._state["runs"])

    @property
    def _hearing(self) -> bool:
        return self._state["microphone"] in OPEN
