"""What goes wrong for a client.

    ClientError
    ├── ConnectFailed    no connection: the server is not there, or refuses it
    ├── PushRefused      the server answered a join or a push with an error
    ├── Disconnected     the connection ended; whether a push that waited was carried out is not known
    └── TooMuchUnacked   more audio waits for the server than is kept: these samples were not taken

``final``: trying again can't help.
"""

from typing import Any


class ClientError(Exception):
    """Base of what goes wrong for a client. The message says what to do."""


class ConnectFailed(ClientError):
    """The server is not there, or refuses the connection."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


class PushRefused(ClientError):
    """The server answered with an error."""

    def __init__(self, response: dict[str, Any]) -> None:
        self.reason = str(response.get("reason", "error"))
        self.response = response
        super().__init__(str(response.get("message", self.reason)))

    @property
    def is_busy(self) -> bool:
        """The server has no room now, and will have some later."""
        return self.reason == "busy"

    @property
    def retry_after_s(self) -> float:
        """For how long the server wants not to be asked again, seconds; 0 where it does not say."""
        asked_ms = self.response.get("retry_after_ms")
        return max(0.0, asked_ms / 1000) if isinstance(asked_ms, int | float) else 0.0


class Disconnected(ClientError):
    """The connection ended. ``code`` is the server's close code, where it gave one."""

    def __init__(self, message: str, code: int | None = None, *, final: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.final = final


class TooMuchUnacked(ClientError):
    """The server has stored nothing for so long that no more samples are kept for it."""
