"""What a client tells of itself: how long things took it, and that something failed. Never words, addresses or ids."""

import asyncio
import logging
from typing import Literal

from pydantic import Field

from agent.ports import Telemetry
from channels.limits import Bucket
from channels.topics.contract import Params, Refused, Response

log = logging.getLogger(__name__)

EVENTS_LIMIT = 50  # of a report
LONGEST_MS = 600_000
REPORTS_PER_S = 1.0
REPORTS_BURST = 20.0


class TimeTaken(Params):
    """How long something took a client."""

    kind: Literal["key_to_first_frame_ms", "key_to_note_ms", "release_to_note_ms", "vad_inference_ms"]
    ms: float = Field(ge=0, le=LONGEST_MS)


class ErrorMet(Params):
    """Something failed in a client; `code` is a hash that says which of its errors it was."""

    kind: Literal["error"]
    code: str = Field(pattern="^[0-9a-f]{16}$")


class Report(Params):
    """What happened since the last report."""

    events: tuple[TimeTaken | ErrorMet, ...] = Field(max_length=EVENTS_LIMIT)


class Reports:
    """Takes the reports of one connection, at no more than their rate."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._bucket = Bucket(REPORTS_PER_S, REPORTS_BURST, asyncio.get_running_loop().time)

    def take(self, report: Report) -> Response:
        """Raises Refused where there were too many."""
        if not self._bucket.take(1):
            raise Refused("rate_limited", "Too many reports: put more events into each, and wait a little.")
        for event in report.events:
            if isinstance(event, TimeTaken):
                kind = event.kind.removesuffix("_ms")
                self._telemetry.record("client_seconds", event.ms / 1000, kind=kind)
        codes = [event.code for event in report.events if isinstance(event, ErrorMet)]
        if codes:
            self._telemetry.record("client_errors", len(codes))
            log.info("errors in a client: %s", " ".join(codes))
        return {}
