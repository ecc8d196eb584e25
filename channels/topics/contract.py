"""What a topic is to a connection: somebody to join, to push to, and to leave.

``take`` is called by the connection's reader and never waits; what needs the database answers LATER and is done in
``handle``, in order, by the topic's own task.
"""

import re
from enum import Enum
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import AgentError, NotNow
from channels.hub import HubUnavailable
from channels.wire import BinaryPush, Message
from storage.errors import InvalidTransition, RevisionConflict, StorageError

Response = dict[str, Any]


class Unanswered(Enum):
    """What ``take`` says besides a response."""

    LATER = "handle it"
    SILENT = "no reply is due"


LATER, SILENT = Unanswered.LATER, Unanswered.SILENT


class Refused(Exception):
    """A join or push is refused: ``reason`` for programs, ``message`` for people."""

    def __init__(self, reason: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.reason = reason
        self.more = more

    @property
    def response(self) -> Response:
        return {"reason": self.reason, "message": str(self), **self.more}


class Outlet(Protocol):
    """The connection, as far as one topic is concerned."""

    user_id: str

    def push(self, event: str, payload: Response) -> None:
        """To this client alone. Never waits."""
        ...

    def close(self, reason: str) -> None:
        """End this topic for good (``phx_close``): the client does not come back by itself."""
        ...

    def fail(self, reason: str) -> None:
        """End this topic (``phx_error``): the client joins again."""
        ...


class Topic(Protocol):
    """One joined topic of one connection."""

    async def join(self, params: Any) -> Response:
        """The response of the join. Raises Refused, and errors of the agent and the store."""
        ...

    def take(self, push: Message | BinaryPush) -> Response | Unanswered:
        """Answer at once, or say how it will be answered. Raises like ``join``."""
        ...

    async def handle(self, push: Message) -> Response:
        """Answer what ``take`` left for later. Raises like ``join``."""
        ...

    def leave(self) -> None:
        """The client left or is gone."""
        ...


class Params(BaseModel):
    """Base of what clients send: unknown fields are ignored, wrong ones refused, and so is an infinite number."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


P = TypeVar("P", bound=Params)


def parsed(model: type[P], payload: Any) -> P:
    """A payload as its model. Raises Refused naming the first field that is wrong."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "payload"
        raise Refused("invalid", f"{where}: {first['msg']}.") from None


def refusal_of(error: Exception) -> Response | None:
    """What a client is told about an error, None where it is a bug of ours."""
    if isinstance(error, Refused):
        return error.response
    if isinstance(error, AgentError):
        return {"reason": error.code, "message": str(error), **error.more}
    if isinstance(error, InvalidTransition):
        return {"reason": NotNow.code, "message": str(error)}
    if isinstance(error, HubUnavailable):
        return {"reason": "hub_unavailable", "message": str(error)}
    if isinstance(error, StorageError):
        current = {"current": error.current} if isinstance(error, RevisionConflict) else {}
        return {"reason": _snake(type(error).__name__), "message": str(error), **current}
    return None


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
