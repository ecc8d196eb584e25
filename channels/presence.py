"""Who is on a topic, as phoenix.js's Presence wants to be told.

``presence_state`` ``{key: {"metas": [{"phx_ref": …}]}}`` goes to whoever joins; everybody gets ``presence_diff``
``{"joins": …, "leaves": …}`` of the same shape, by the hub, ephemeral. A key has a meta for each connection.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

Meta = Mapping[str, Any]
"""What is told of one connection; ``phx_ref`` is unique to it."""

State = dict[str, dict[str, list[Meta]]]


def state_of(members: Iterable[tuple[str, Meta]]) -> State:
    """Members, each a key and a meta, in the shape of ``presence_state``."""
    state: State = {}
    for key, meta in members:
        state.setdefault(key, {"metas": []})["metas"].append(meta)
    return state


def diff(*, joins: Iterable[tuple[str, Meta]] = (), leaves: Iterable[tuple[str, Meta]] = ()) -> Mapping[str, State]:
    """The payload of ``presence_diff``."""
    return {"joins": state_of(joins), "leaves": state_of(leaves)}


class Presence(Protocol):
    """Nothing here raises: who watches is good to know, and no reason to refuse anybody."""

    async def enter(self, topic: str, key: str, meta: Meta) -> None:
        """Tell the topic that this connection is there."""
        ...

    def leave(self, topic: str, key: str, meta: Meta) -> None:
        """Tell the topic that it is gone. Never waits."""
        ...

    async def state(self, topic: str) -> State:
        """Everybody who is there now, whichever process they are connected to."""
        ...
