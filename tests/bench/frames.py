"""What a page's main thread does, frame by frame, as the browser's own trace has it."""

import json
from bisect import bisect_right
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from playwright.async_api import Page

CATEGORIES = ["-*", "blink.user_timing", "disabled-by-default-devtools.timeline"]
LONG_MS = 16.0
FRAME = "bench frame"


@dataclass(slots=True)
class Frames:
    """Of one page, over all that was done in it."""

    apart_ms: list[float] = field(default_factory=list)  # from one callback of requestAnimationFrame to the next
    work_ms: list[float] = field(default_factory=list)  # of the main thread, for each frame
    cpu_ms: list[float] = field(default_factory=list)  # the same without the waits for a core
    tasks: int = 0  # of more than LONG_MS

    def add(self, trace: bytes) -> None:
        """Take the frames between the marks in a trace."""
        events = json.loads(trace)["traceEvents"]
        marks = [event for event in events if event["name"] == FRAME]
        thread = _thread(marks[0])
        at_us = sorted(event["ts"] for event in marks)
        work_us, cpu_us = ([0.0] * (len(at_us) + 1) for _ in range(2))
        for event in events:
            if event["name"] != "RunTask" or event.get("ph") != "X" or _thread(event) != thread:
                continue
            frame = bisect_right(at_us, event["ts"])
            work_us[frame] += event["dur"]
            cpu_us[frame] += event["tdur"]
            self.tasks += event["dur"] > LONG_MS * 1000 and 0 < frame < len(at_us)
        self.work_ms += [us / 1000 for us in work_us[1:-1]]
        self.cpu_ms += [us / 1000 for us in cpu_us[1:-1]]
        self.apart_ms += [(later - earlier) / 1000 for earlier, later in pairwise(at_us)]


def _thread(event: dict[str, Any]) -> tuple[int, int]:
    return event["pid"], event["tid"]


async def traced(page: Page, frames: Frames, act: Callable[[], Awaitable[object]]) -> None:
    """Whatever ``act`` does in the page marks its frames as ``FRAME``."""
    browser = page.context.browser
    assert browser
    await browser.start_tracing(page=page, categories=CATEGORIES)
    await act()
    frames.add(await browser.stop_tracing())
