"""What was measured, printed into the documents between its marks, and drawn beside it.

``<!-- bench: PART -->`` begins the place of a part's tables, ``<!-- end -->`` ends it. The place of a part that was
not measured stays as it is.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench import pictures
from tests.bench.table import Row, markdown

PLACE = re.compile(r"(<!-- bench: (\S+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
AGAINST = ", against "


def print_into(docs: Path, measured: Mapping[str, Sequence[Row]]) -> None:
    """Fill the marked places of every page of ``docs``, and draw ``docs``/benchmarks/PART.svg where one is to draw."""

    def filled(place: re.Match[str]) -> str:
        begin, part, _, end = place.groups()
        rows = measured.get(part)
        if not rows:
            return place.group(0)
        picture = _drawn(docs, part, rows)
        return f"{begin}\n{picture}{markdown(rows)}\n\n{end}"

    for page in docs.glob("*.md"):
        before = page.read_text()
        after = PLACE.sub(filled, before)
        if after != before:
            page.write_text(after)


def _drawn(docs: Path, part: str, rows: Sequence[Row]) -> str:
    """The line that shows the part's picture; empty where there is nothing to draw."""
    if waits := _waits(rows):
        title = "From the end of the audio to the text"
        picture = pictures.distribution(title, waits)
    elif curves := _curves(rows):
        title = "From release to text, by load"
        picture = pictures.curves(title, "sessions that talk at once", curves)
    else:
        return ""
    path = docs / "benchmarks" / f"{part}.svg"
    path.parent.mkdir(exist_ok=True)
    path.write_text(picture)
    return f"![{title}](benchmarks/{path.name})\n\n"


def _waits(rows: Sequence[Row]) -> dict[str, tuple[float, ...]]:
    """Every wait of a press by who made it, ours first."""
    ours = next((row.values for row in rows if row.name == "stop → final p50"), ())
    theirs = {row.name.partition(AGAINST)[2]: row.values for row in rows if row.name.startswith("stop → final p50,")}
    return {"Sidenote": ours, **theirs} if ours else {}


def _curves(rows: Sequence[Row]) -> dict[str, list[tuple[float, float]]]:
    """(what it was measured at, seconds), by the name before the comma."""
    curves: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row.at is not None and row.unit == "s":
            curves.setdefault(row.name.partition(",")[0], []).append((row.at, row.value))
    return {name: sorted(points) for name, points in curves.items()}
