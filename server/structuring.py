"""`sidenote structure`: what the configured engine makes of a transcript, without a session or a database."""

import asyncio
import io
import sys
from typing import Any

from rich.table import Table
from rich.text import Text

from inference.llm.contract import Context, Reading, Structurer
from server.screen import make_console, print_json
from server.settings import Settings
from server.timeline import clock


def answer_of(reading: Reading) -> dict[str, Any]:
    """The JSON of one reading."""
    return {
        "intent": reading.intent,
        "category": reading.category,
        "text": reading.text,
        "timestamp_s": reading.timestamp_s,
        "confidence": round(reading.confidence, 3),
    }


def structure_lines(settings: Settings, last: str | None) -> None:
    """One transcript a line from standard input, one JSON object a line out, each at once.

    Reads on the main thread, so that Ctrl-C ends it while it waits for a line.
    """
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    with asyncio.Runner() as runner:
        structurer = runner.run(_warm(settings))
        try:
            while line := sys.stdin.readline():
                print_json(answer_of(runner.run(_read(structurer, line.strip(), last))))
        finally:
            runner.run(structurer.close())


async def structure_text(settings: Settings, text: str, last: str | None, *, as_json: bool) -> None:
    """One transcript, as JSON or for a person."""
    structurer = await _warm(settings)
    try:
        reading = await _read(structurer, text, last)
    finally:
        await structurer.close()
    if as_json:
        print_json(answer_of(reading))
        return
    rows = {
        "intent": str(reading.intent) + (" (post)" if reading.post else ""),
        "category": reading.category,
        "text": reading.text or None,
        "time": None if reading.timestamp_s is None else clock(reading.timestamp_s),
        "seek by": None if reading.seek_by_s is None else f"{reading.seek_by_s:+g} s",
        "player": reading.playback,
        "confidence": f"{reading.confidence:.2f}",
        "why none": reading.reason,
        "engine": reading.engine,
        "notice": reading.notice,
    }
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for name, value in rows.items():
        if value is not None:
            table.add_row(Text(name, style="dim"), Text(str(value)))
    make_console().print(table)


async def _warm(settings: Settings) -> Structurer:
    from server.wiring import build_structurer

    structurer = build_structurer(settings)
    await structurer.warm_up()
    return structurer


async def _read(structurer: Structurer, transcript: str, last: str | None) -> Reading:
    return await structurer.structure(transcript, Context(notes=(last,) if last else ()), lambda _: None)
