"""The engine's twin: says what the script says. For tests of the parts around speech to text."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inference.audio import samples_to_s
from inference.stt.contract import Hint, Load, Samples, Speculation, Transcript
from inference.stt.speculation import BegunEarly

Reply = str | Transcript | Exception


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came in."""

    stream: str
    samples: int
    hint: Hint | None = None


class ScriptedStt:
    """Answers finals in call order, or in the order of their own stream; answers partials with the latest script line.

    A reply that is an exception is raised. ``hold(stream)`` gives an event; the stream's finals wait until it is set.
    """

    def __init__(
        self,
        finals: Iterable[Reply] = (),
        *,
        by_stream: Mapping[str, Iterable[Reply]] | None = None,
        partials: Iterable[Reply] = (),
        otherwise: Reply = "",
    ) -> None:
        """``by_stream`` goes before ``finals``; ``otherwise`` answers when the script has run out."""
        self._finals = deque(finals)
        self._by_stream = {stream: deque(replies) for stream, replies in (by_stream or {}).items()}
        self._partials = deque(partials)
        self._otherwise = otherwise
        self._held: dict[str, asyncio.Event] = {}
        self._arrived = asyncio.Condition()
        self.final_calls: list[Call] = []
        self.partial_calls: list[Call] = []
        self.load = Load()
        self.warm = False
        self.closed = False

    @property
    def name(self) -> str:
        return "scripted"

    def hold(self, stream: str) -> asyncio.Event:
        """From now on the stream's finals wait for the event returned."""
        return self._held.setdefault(stream, asyncio.Event())

    async def finals_called(self, count: int) -> None:
        """Wait until ``count`` finals have been asked for, held ones included."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.final_calls) >= count)

    async def warm_up(self) -> None:
        self.warm = True

    async def final(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript:
        own = self._by_stream.get(stream)
        source = own if own is not None else self._finals
        reply = source.popleft() if source else self._otherwise  # taken on arrival: order of calls, not of releases
        async with self._arrived:
            self.final_calls.append(Call(stream, len(samples), hint))
            self._arrived.notify_all()
        if stream in self._held:
            await self._held[stream].wait()
        return self._say(reply, samples)

    def speculate(self, stream: str, samples: Samples, hint: Hint | None = None) -> Speculation:
        return BegunEarly(self.final(stream, samples, hint))

    async def partial(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript | None:
        self.partial_calls.append(Call(stream, len(samples), hint))
        if not self._partials:
            return None
        return self._say(self._partials.popleft(), samples)

    async def close(self) -> None:
        self.closed = True

    def _say(self, reply: Reply, samples: Samples) -> Transcript:
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, Transcript):
            return reply
        return Transcript(
            reply, avg_logprob=-0.1 if reply else 0.0, audio_s=samples_to_s(len(samples)), engine=self.name
        )
