"""What a client tells of itself becomes figures, and of an error a line in the log."""

import asyncio
import logging
from typing import Any

import pytest

from channels.client import PushRefused
from channels.topics.report import REPORTS_BURST, TimeTaken
from tests.channels.conftest import Site

CODE = "0123456789abcdef"
KINDS = TimeTaken.model_json_schema()["properties"]["kind"]["enum"]


async def test_times_are_seconds_by_kind(site: Site) -> None:
    async with site.client() as client:
        user = await client.join("user:ada")
        events = [{"kind": kind, "ms": 812.5} for kind in KINDS]
        assert await user.push("report", {"events": [*events, {"kind": "key_to_note_ms", "ms": 600_000}]}) == {}
        told = [(value, labels["kind"]) for name, value, labels in site.figures.recorded if name == "client_seconds"]
        assert told == [
            (0.8125, "key_to_first_frame"),
            (0.8125, "key_to_note"),
            (0.8125, "release_to_note"),
            (0.8125, "vad_inference"),
            (600.0, "key_to_note"),
        ]


async def test_an_error_is_counted_and_its_code_is_in_the_log_alone(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async with site.client() as client:
        user = await client.join("user:ada")
        with caplog.at_level(logging.INFO, "channels"):
            await user.push("report", {"events": [{"kind": "error", "code": code} for code in (CODE, "f" * 16)]})
        assert [(value, labels) for name, value, labels in site.figures.recorded if name == "client_errors"] == [
            (2, {})
        ]
        assert f"errors in a client: {CODE} ffffffffffffffff" in caplog.messages


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "key_to_post_ms", "ms": 1},
        {"kind": "key_to_note_ms"},
        {"kind": "key_to_note_ms", "ms": -1},
        {"kind": "key_to_note_ms", "ms": 600_001},
        {"kind": "key_to_note_ms", "ms": "NaN"},
        {"kind": "error"},
        {"kind": "error", "code": "the words that were said"},
        {"kind": "error", "code": CODE.upper()},
        {"kind": "error", "code": CODE + "\n"},
        {"ms": 1},
        "error",
    ],
)
async def test_a_report_with_anything_else_is_refused_whole(site: Site, event: Any) -> None:
    async with site.client() as client:
        user = await client.join("user:ada")
        with pytest.raises(PushRefused, match=r"events\.1") as refused:
            await user.push("report", {"events": [{"kind": "key_to_note_ms", "ms": 1}, event]})
        assert refused.value.reason == "invalid"
        assert site.figures.total("client_seconds", kind="key_to_note") == 0


async def test_a_report_holds_so_many_events_and_a_connection_sends_so_many_reports(site: Site) -> None:
    async with site.client() as client:
        user = await client.join("user:ada")
        events = [{"kind": "vad_inference_ms", "ms": 1.5}] * 50
        with pytest.raises(PushRefused, match="events"):
            await user.push("report", {"events": [*events, events[0]]})
        pushes = (user.push("report", {"events": events}) for _ in range(int(REPORTS_BURST) * 3))
        *answers, last = await asyncio.gather(*pushes, return_exceptions=True)
        assert answers[: int(REPORTS_BURST)] == [{}] * int(REPORTS_BURST)
        assert isinstance(last, PushRefused)
        assert last.reason == "rate_limited"
        assert "put more events into each" in str(last)
