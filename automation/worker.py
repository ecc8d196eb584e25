"""The threads that take messages from a broker: in memory inside a server, or Redis for workers of their own.

The database is the truth and a message only wakes somebody, so a broker that forgets everything is good enough.
"""

from typing import TYPE_CHECKING

from dramatiq import Broker, Middleware, Worker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, Callbacks, Pipelines, Retries, ShutdownNotifications, TimeLimit

if TYPE_CHECKING:
    from dramatiq.brokers.redis import RedisBroker

THREADS = 2
POLL_MS = 100  # an idle worker looks for messages at least this often
STOP_MS = 5_000
NAMESPACE = "sidenote"  # of the keys in Redis
CONNECT_S = 2.0  # to Redis, and for its answers


def embedded_broker(*more: Middleware) -> StubBroker:
    """A broker in memory."""
    broker = StubBroker(middleware=[*_middleware(), *more])
    broker.emit_after("process_boot")
    return broker


def redis_broker(url: str, *more: Middleware) -> "RedisBroker":
    """A broker that several processes share. Connects when it is first used."""
    from dramatiq.brokers.redis import RedisBroker

    return RedisBroker(  # type: ignore[no-untyped-call]  # it has no annotations
        url=url,
        namespace=NAMESPACE,
        middleware=[*_middleware(), *more],
        socket_connect_timeout=CONNECT_S,
        socket_timeout=CONNECT_S,
    )


class JobWorker:
    """Threads of this process that do the jobs of a broker."""

    def __init__(self, broker: Broker, threads: int = THREADS) -> None:
        self._broker = broker
        self._worker = Worker(broker, worker_threads=threads, worker_timeout=POLL_MS)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        """Finish what is being done, for at most five seconds; what waits stays in the database."""
        self._worker.stop(timeout=STOP_MS)
        self._broker.close()


def _middleware() -> list[Middleware]:
    """The usual ones without Prometheus', which needs a server of its own."""
    return [AgeLimit(), TimeLimit(), ShutdownNotifications(), Callbacks(), Pipelines(), Retries()]
