"""``make bench``: every figure of docs/benchmarks.md, each next to a peer or a bare baseline measured in the same run.

``python tests/bench/run.py [speech] [wire] [hubs] [capacity]`` measures only these. Prints a table each, writes
``build/bench.json``.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench import capacity, hubs, speech, wire
from tests.bench.table import show, write
from tests.flows.process import ROOT

PARTS = {
    "speech": (speech.rows, "baseline: stock faster-whisper (tiny.en, int8, beam 5, 30 s window), whole clip to text"),
    "wire": (wire.rows, "baseline: a bare loop over uvicorn's send, or the same crowd with nobody stalled"),
    "hubs": (hubs.rows, "baseline: the hub in memory"),
    "capacity": (capacity.rows, "many microphones at one server process, speaking in real time"),
}


def main() -> None:
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        sys.exit(f"there is no {', '.join(unknown)}: choose from {', '.join(PARTS)}")
    measured = {}
    for part in wanted:
        rows, title = PARTS[part]
        measured[part] = rows()
        show(measured[part], title)
    write([row for rows in measured.values() for row in rows], ROOT / "build" / "bench.json")


if __name__ == "__main__":
    main()
