"""What a session refuses, and what the person or client should do about it.

    AgentError
    ├── NotNow             the command does not apply in this state: nothing changed
    ├── NotYours           the session belongs to another user: use one of your own
    ├── Busy               more people speak than the engine can follow: come back a little later
    ├── SecondMicrophone   another client already records in this session: stop it first
    ├── AudioSkipped       samples are missing before these: replay from ``expected`` or push a gap
    ├── AudioBacklog       more audio than the session can take in: replay from ``expected`` a little later
    ├── AudioLost          stored audio is gone: the sentence has to be said again
    ├── AudioInvalid       the frame itself is wrong: fix the client
    ├── PostingUnavailable no way to post is set up: the note is kept
    ├── SessionEnded       the agent has stopped: join again
    └── RefusedElsewhere   the process where the session lives says no, with a code of its own

``code`` is what goes over the wire as ``reason``, ``more`` what goes with it.
"""

from collections.abc import Mapping
from typing import Any


class AgentError(Exception):
    """Base of what a session refuses."""

    code: str = "error"
    retryable: bool = False
    more: Mapping[str, Any] = {}


class NotNow(AgentError):
    code = "not_now"


class NotYours(AgentError):
    code = "forbidden"


class SecondMicrophone(AgentError):
    code = "second_microphone"


class Busy(AgentError):
    code = "busy"
    retryable = True

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.more = {"retry_after_ms": round(retry_after_s * 1000)}


class _Offset(AgentError):
    def __init__(self, message: str, expected: int) -> None:
        super().__init__(message)
        self.expected = expected  # samples
        self.more = {"expected": expected}


class AudioSkipped(_Offset):
    code = "audio_skipped"


class AudioBacklog(_Offset):
    code = "audio_backlog"
    retryable = True


class AudioLost(AgentError):
    pass


class AudioInvalid(AgentError):
    code = "audio_invalid"


class PostingUnavailable(AgentError):
    code = "posting_unavailable"


class SessionEnded(AgentError):
    code = "session_ended"
    retryable = True


class NoAnswer(AgentError):
    """Another process was asked, and nobody knows what it has done."""

    code = "timeout"

    def __init__(self) -> None:
        super().__init__("The process that has this session did not answer: look whether it was done, then try again.")


class RefusedElsewhere(AgentError):
    """Carries the refusal as the other process said it: ``reason``, ``message`` and more."""

    def __init__(self, refusal: Mapping[str, Any]) -> None:
        super().__init__(str(refusal.get("message", "The session refused that.")))
        self.code = str(refusal.get("reason", self.code))
        self.more = {name: value for name, value in refusal.items() if name not in ("reason", "message")}
