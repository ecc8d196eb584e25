"""A queue that serves its streams in turn. Knows neither threads nor what it holds."""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """One queue a stream, served round and round: a stream that asks for much delays only itself."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[T]] = {}  # in the order of their turns; none is empty
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, stream: str, item: T) -> None:
        """Add ``item`` behind what its stream has waiting; a stream that has nothing waiting takes the last turn."""
        self._queues.setdefault(stream, deque()).append(item)
        self._count += 1

    def take(self) -> T:
        """The oldest item of the stream whose turn it is, which then goes to the end. Raises LookupError if empty."""
        if not self._queues:
            raise LookupError("nothing waits")
        stream = next(iter(self._queues))
        queue = self._queues.pop(stream)
        item = queue.popleft()
        if queue:
            self._queues[stream] = queue
        self._count -= 1
        return item

    def remove(self, stream: str, item: T) -> None:
        """Take out ``item``, which waits in ``stream``. Raises LookupError or ValueError if it doesn't."""
        queue = self._queues[stream]
        queue.remove(item)
        if not queue:
            del self._queues[stream]
        self._count -= 1

    def clear(self) -> list[T]:
        """Take out everything."""
        items = [item for queue in self._queues.values() for item in queue]
        self._queues.clear()
        self._count = 0
        return items
