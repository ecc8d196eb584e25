"""Figures and traces of every message that a worker takes, as a middleware of the broker."""

import time
from contextlib import ExitStack
from typing import Any

from dramatiq import Broker, Middleware
from dramatiq.broker import MessageProxy

from agent.ports import Telemetry


class Figures(Middleware):
    """How long messages waited, how long they took and whether they failed."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._begun: dict[str, tuple[float, ExitStack]] = {}

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        waited_s = max(0.0, time.time() - message.message_timestamp / 1000)
        self._telemetry.record("job_wait_seconds", waited_s, actor=message.actor_name)
        stack = ExitStack()
        stack.enter_context(self._telemetry.span("job", trace=_trace(message), actor=message.actor_name))
        self._begun[message.message_id] = (time.perf_counter(), stack)

    def after_process_message(
        self, broker: Broker, message: MessageProxy, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        begun, stack = self._begun.pop(message.message_id, (time.perf_counter(), ExitStack()))
        stack.close()
        outcome = "failed" if exception else "done"
        self._telemetry.finish(_trace(message), outcome)
        self._telemetry.record("job_seconds", time.perf_counter() - begun, actor=message.actor_name, outcome=outcome)


def _trace(message: MessageProxy) -> str:
    return f"job/{message.message_id}"
