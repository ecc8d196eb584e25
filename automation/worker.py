"""The worker embedded in the server process: an in-memory broker and threads that take its messages.

The database is the truth and a message only wakes somebody, so a broker that forgets everything at exit is enough.
"""

from dramatiq import Worker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, Callbacks, Pipelines, Retries, ShutdownNotifications, TimeLimit

THREADS = 2
POLL_MS = 100  # an idle worker looks for messages at least this often
STOP_MS = 5_000


def embedded_broker() -> StubBroker:
    """A broker without the middleware that needs a server of its own (such as Prometheus')."""
    broker = StubBroker(
        middleware=[AgeLimit(), TimeLimit(), ShutdownNotifications(), Callbacks(), Pipelines(), Retries()]
    )
    broker.emit_after("process_boot")
    return broker


class EmbeddedWorker:
    """Threads of this process that do the jobs of a broker."""

    def __init__(self, broker: StubBroker) -> None:
        self._broker = broker
        self._worker = Worker(broker, worker_threads=THREADS, worker_timeout=POLL_MS)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        """Finish what is being done, for at most five seconds; what waits stays in the database."""
        self._worker.stop(timeout=STOP_MS)
        self._broker.close()
