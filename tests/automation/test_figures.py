"""Every message that a worker takes is a figure and a trace."""

import asyncio
import threading

import dramatiq

from automation.figures import Figures
from automation.worker import JobWorker, embedded_broker
from tests.agent.twins import RecordingTelemetry


async def test_waiting_working_and_failing_are_recorded() -> None:
    telemetry = RecordingTelemetry()
    broker = embedded_broker(Figures(telemetry))
    ended = threading.Semaphore(0)

    class Ended(dramatiq.Middleware):
        def after_process_message(self, *_: object, **__: object) -> None:
            ended.release()

    broker.add_middleware(Ended(), after=Figures)

    def work(well: bool) -> None:
        if not well:
            raise OSError("disk")

    actor = dramatiq.actor(broker=broker, max_retries=0)(work)
    worker = JobWorker(broker, 1)
    worker.start()
    try:
        for well in (True, False):
            actor.send(well)
            assert await asyncio.to_thread(ended.acquire, timeout=10)
    finally:
        await asyncio.to_thread(worker.stop)
    assert [(name, labels) for name, _, labels in telemetry.records] == [
        ("job_wait_seconds", {"actor": "work"}),
        ("job_seconds", {"actor": "work", "outcome": "done"}),
        ("job_wait_seconds", {"actor": "work"}),
        ("job_seconds", {"actor": "work", "outcome": "failed"}),
    ]
    assert all(value >= 0 for _, value, _ in telemetry.records)
