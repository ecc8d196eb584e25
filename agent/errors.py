"""What a session refuses, and what the person or client should do about it.

    AgentError
    ├── NotNow             the command does not apply in this state: nothing changed
    ├── NotYours           the session belongs to another user: use one of your own
    ├── SecondMicrophone   another client already records in this session: stop it first
    ├── AudioSkipped       samples are missing before these: replay from ``expected`` or push a gap
    ├── AudioBacklog       more audio than the session can take in: replay from ``expected`` a little later
    ├── AudioLost          stored audio is gone: the sentence has to be said again
    ├── AudioInvalid       the frame itself is wrong: fix the client
    ├── PostingUnavailable no way to post is set up: the note is kept
    └── SessionEnded       the agent has stopped: join again

``code`` is what goes over the wire as ``reason``.
"""


class AgentError(Exception):
    """Base of what a session refuses."""

    code: str = "error"
    retryable: bool = False


class NotNow(AgentError):
    code = "not_now"


class NotYours(AgentError):
    code = "forbidden"


class SecondMicrophone(AgentError):
    code = "second_microphone"


class _Offset(AgentError):
    def __init__(self, message: str, expected: int) -> None:
        super().__init__(message)
        self.expected = expected  # samples


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
