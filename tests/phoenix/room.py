"""A topic of the tests alone, ``room:…``: it sends whatever the wire can carry and ends in every way a topic can."""

from typing import Any, Protocol, cast

from channels.hub import Frame, Sink
from channels.socket import TopicMaker
from channels.topics.contract import SILENT, Outlet, Refused, Response, Topic, Unanswered
from channels.topics.names import Topics
from channels.wire import BinaryBroadcast, BinaryPush, BinaryReply, BinaryServerPush, Message, encode


class Line(Outlet, Sink, Protocol):
    """The connection, as far as a room is concerned."""


class Room:
    """Echoes what is pushed, bytes included, whatever the event is called."""

    def __init__(self, joined: Line) -> None:
        self._joined = joined

    async def join(self, params: Any) -> Response:
        return {"params": params}

    def take(self, push: Message | BinaryPush) -> Response | Unanswered:
        if isinstance(push, BinaryPush):
            self._echo(push)
            return SILENT
        match push.event:
            case "crash":
                self._joined.fail("the room broke")
                return SILENT
            case "close":
                self._joined.close("the room is over")
                return SILENT
            case "say":
                self._joined.push(push.payload["event"], push.payload["payload"])
                return {}
            case "refuse":
                raise Refused("refused", "Not this.", detail=push.payload)
            case _:
                return dict(push.payload)

    async def handle(self, push: Message) -> Response:
        raise AssertionError("nothing is left for later")

    def leave(self) -> None:
        pass

    def _echo(self, push: BinaryPush) -> None:
        name, join_ref = push.topic, push.join_ref
        for event, frame in (
            ("phx_reply", BinaryReply(join_ref, push.ref, name, "ok", push.data)),
            ("pushed", BinaryServerPush(join_ref, name, "pushed", push.data)),
            ("broadcast", BinaryBroadcast(name, "broadcast", push.data)),
        ):
            # The hub carries text alone, as nothing in the server sends bytes; the connection sends both.
            self._joined.send(Frame(name, event, cast(str, encode(frame)), None))


def with_rooms(topics: Topics) -> TopicMaker:
    """The topics of the server, and rooms."""

    def make(name: str, joined: Any) -> Topic:
        return Room(joined) if name.startswith("room:") else topics(name, joined)

    return make
