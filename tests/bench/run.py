"""``make bench``: every figure of docs/benchmarks.md, each next to a peer or a bare baseline measured in the same run.

``python tests/bench/run.py [PART…]`` measures only these. Prints a table each, writes
``build/bench.json``, in which the other parts stay. ``--document`` then prints all of it into docs/benchmarks.md and
draws the pictures; ``--document`` alone measures nothing. ``--clips N`` tries ``speech`` with N remarks.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench import (
    accuracy,
    biasing,
    capacity,
    clock,
    dictation,
    document,
    endpoints,
    extension,
    hubs,
    posting,
    speech,
    start,
    wire,
)
from tests.bench.table import Row, read, show, write
from tests.flows.process import ROOT

MEASURED = ROOT / "build" / "bench.json"

PARTS: dict[str, tuple[Callable[[], list[Row]], str]] = {
    "speech": (speech.rows, "baseline: other programs with the same model, the same clips, in the same run"),
    "wire": (wire.rows, "baseline: a bare loop over uvicorn's send, or the same crowd with nobody stalled"),
    "hubs": (hubs.rows, "baseline: the hub in memory"),
    "clock": (clock.rows, "baseline: where the player stands when the text is there"),
    "accuracy": (accuracy.rows, "baseline: stock faster-whisper (beam 5, 30 s window) on the same clips"),
    "endpoints": (endpoints.rows, "remarks with pauses inside, and remarks that follow on each other"),
    "dictation": (dictation.rows, "ten minutes without an end"),
    "capacity": (capacity.rows, "many microphones at one server process, speaking in real time"),
    "biasing": (biasing.rows, "baseline: the same clips without a hint"),
    "posting": (posting.rows, "baseline: a bare Playwright script that does the same clicks"),
    "start": (start.rows, "baseline: the goal of 4 s; the tenth utterance"),
    "extension": (extension.rows, "baseline: bare pages in the same browser; the server's share; the first minute"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what docs/benchmarks.md tells of.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all when none is named")
    parser.add_argument("--document", action="store_true", help="print what was measured into docs/benchmarks.md")
    parser.add_argument("--clips", type=int, metavar="N", help="only so many remarks, to try it; nothing is written")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    for part in asked.parts or ([] if asked.document else PARTS):
        rows, title = PARTS[part]
        measure = partial(speech.rows, asked.clips) if part == "speech" else rows
        measured = measure()
        show(measured, title, f"python tests/bench/run.py {part}")
        if not asked.clips:
            write({part: measured}, MEASURED)
    if asked.document:
        document.print_into(ROOT / "docs", read(MEASURED))


if __name__ == "__main__":
    main()
