"""What session, video and user topics share: following the hub, and coming back to where one had got to."""

from typing import Any

from channels.hub import Hub, Sink
from channels.topics.book import position
from channels.topics.contract import Response


class Followed:
    """One client's place on a topic of the hub."""

    def __init__(self, hub: Hub, name: str, sink: Sink) -> None:
        self._hub = hub
        self.name = name
        self._sink = sink

    async def follow(self, params: Any) -> Response:
        """Subscribe; ``epoch``, ``seq``, ``recovered`` and the missed ``events`` for the response of the join."""
        subscription = await self._hub.subscribe(self.name, self._sink, position(params))
        return {
            "epoch": subscription.epoch,
            "seq": subscription.seq,
            "recovered": subscription.recovered,
            "events": list(subscription.events),
        }

    def stop(self) -> None:
        self._hub.unsubscribe(self.name, self._sink)
