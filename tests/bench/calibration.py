"""How far a note's confidence can be trusted: the share of notes that are right, by confidence, and its picture.

A note is right when its text, category and time are (``tests/speech/labels.py``). The tuning part is what the formula
in ``inference/llm/confidence.py`` was fitted to; the blind part's sentences and labels were written before any result,
the unseen part's after a look at the blind one.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from rich.console import Console

from inference.llm.confidence import NO_NOTE, SURE
from inference.llm.contract import Intent
from tests.bench.table import Row
from tests.flows.process import ROOT
from tests.speech.corpus import Labelled, blind_notes, labelled_notes, unseen_notes
from tests.speech.hearing import Hearing
from tests.speech.labels import Verdict, verdict

EDGES = (NO_NOTE, 0.4, 0.5, 0.6, SURE, 0.8, 0.9, 1.0)
PICTURE = ROOT / "docs" / "benchmarks" / "calibration.svg"
NUMBERS = ROOT / "build" / "calibration.json"

console = Console(stderr=True, width=110)


@dataclass(frozen=True, slots=True)
class Judged:
    """One note that was made: how sure, and what was right."""

    confidence: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Bin:
    """Notes with ``low < confidence <= high``; shares are 0-1."""

    low: float
    high: float
    notes: int
    text: float
    category: float
    time: float
    right: float


async def measure(hearing: Hearing) -> list[Row]:
    """Scores both parts, writes the bins and the picture."""
    said = {"tuning": labelled_notes(), "blind": blind_notes(), "unseen": unseen_notes()}
    parts = {name: await judged(hearing, notes) for name, notes in said.items()}
    tables = {name: bins(notes) for name, notes in parts.items()}
    NUMBERS.parent.mkdir(parents=True, exist_ok=True)
    NUMBERS.write_text(json.dumps({name: [asdict(each) for each in table] for name, table in tables.items()}) + "\n")
    write(PICTURE, tables)
    rows = []
    for name, notes in parts.items():
        sure = [note for note in notes if note.confidence > SURE]
        for what, right in FIGURES.items():
            rows.append(Row(f"{what} right, {name} notes above {SURE}", 100 * share(sure, right), "%"))
        rows.append(Row(f"{name} notes above {SURE}, of {len(notes)} made", len(sure), ""))
        for what, right in FIGURES.items():
            rows.append(Row(f"{what} right, all {name} notes", 100 * share(notes, right), "%"))
    return rows


FIGURES: dict[str, Callable[[Verdict], bool]] = {
    "all": lambda verdict: verdict.right,
    "text": lambda verdict: verdict.text,
    "category": lambda verdict: verdict.category,
    "time": lambda verdict: verdict.time,
}


async def judged(hearing: Hearing, notes: Sequence[Labelled]) -> list[Judged]:
    """Each spoken note that became one."""
    console.print(f"{len(notes)} labelled notes")
    made = []
    for note in notes:
        reading = (await hearing.understood(note.clip.float_samples)).reading
        if reading and reading.intent is Intent.CREATE_NOTE and reading.confidence >= NO_NOTE:
            made.append(Judged(reading.confidence, verdict(note.case, reading)))
    return made


def share(notes: Sequence[Judged], right: Callable[[Verdict], bool]) -> float:
    """0-1; 0 where there is no note."""
    return sum(right(note.verdict) for note in notes) / len(notes) if notes else 0.0


def bins(notes: Sequence[Judged]) -> list[Bin]:
    """The table between ``EDGES``; the first bin takes its lower edge too."""
    table = []
    for low, high in pairwise(EDGES):
        here = [note for note in notes if low < note.confidence <= high or note.confidence == low == EDGES[0]]
        table.append(
            Bin(low, high, len(here), *(share(here, FIGURES[each]) for each in ("text", "category", "time", "all")))
        )
    return table


WIDTH, HEIGHT, LEFT, TOP, SIDE = 720, 400, 70, 56, 270  # pixels; the plot is SIDE high
COLOURS = {"tuning": "#8a93a6", "blind": "#c2410c", "unseen": "#1d4ed8"}


def write(path: Path, tables: dict[str, list[Bin]]) -> None:
    """Draw ``tables`` into ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(drawn(tables), encoding="utf-8")


def drawn(tables: dict[str, list[Bin]]) -> str:
    """An SVG: share of notes that are right over confidence, a circle a bin with the number of its notes."""
    span = WIDTH - LEFT - 30

    def x(confidence: float) -> float:
        return round(LEFT + span * (confidence - EDGES[0]) / (EDGES[-1] - EDGES[0]), 1)

    def y(right: float) -> float:
        return round(TOP + SIDE * (1 - right), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        '     font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="24" font-size="16" fill="#111827">Spoken notes: how sure, and how often right</text>',
        f'<rect x="{x(SURE)}" y="{TOP}" width="{x(1.0) - x(SURE)}" height="{SIDE}" fill="#f3f4f6"/>',
    ]
    for tenth in (0, 2, 4, 6, 8, 10):
        at = y(tenth / 10)
        parts.append(f'<line x1="{LEFT}" x2="{x(1.0)}" y1="{at}" y2="{at}" stroke="#e5e7eb"/>')
        parts.append(f'<text x="{LEFT - 10}" y="{at + 4}" text-anchor="end" fill="#374151">{tenth * 10} %</text>')
    parts += [
        f'<text x="{x(edge)}" y="{TOP + SIDE + 20}" text-anchor="middle" fill="#374151">{edge:.1f}</text>'
        for edge in EDGES
    ]
    goal = y(0.95)
    parts.append(
        f'<line x1="{x(SURE)}" x2="{x(1.0)}" y1="{goal}" y2="{goal}" stroke="#15803d" stroke-dasharray="5 4"/>'
    )
    parts.append(
        f'<text x="{LEFT + span / 2}" y="{TOP + SIDE + 44}" text-anchor="middle" fill="#111827">'
        "confidence (number: notes; shaded: above 0.7; dashed: 95 %)</text>"
    )
    for number, (name, table) in enumerate(tables.items()):
        parts += _series(name, table, number, x, y)
    return "\n".join([*parts, "</svg>", ""])


def _series(
    name: str, table: list[Bin], number: int, x: Callable[[float], float], y: Callable[[float], float]
) -> list[str]:
    """One part's circles, joined, and its name in the legend."""
    colour, shift = COLOURS[name], (-16, 0, 16)[number]
    seen = [(x((each.low + each.high) / 2) + shift, y(each.right), each.notes) for each in table if each.notes]
    line = " ".join(f"{across:.1f},{up}" for across, up, _ in seen)
    parts = [f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-opacity="0.5"/>']
    for across, up, notes in seen:
        size = 4 + min(8.0, notes**0.5)
        parts.append(f'<circle cx="{across:.1f}" cy="{up}" r="{size:.1f}" fill="{colour}" fill-opacity="0.85"/>')
        parts.append(
            f'<text x="{across:.1f}" y="{up + size + 13:.1f}" text-anchor="middle" font-size="11" '
            f'fill="{colour}">{notes}</text>'
        )
    at = LEFT + 150 * number
    parts.append(f'<circle cx="{at + 6}" cy="{HEIGHT - 12}" r="6" fill="{colour}"/>')
    parts.append(f'<text x="{at + 18}" y="{HEIGHT - 8}" fill="#111827">{name} notes</text>')
    return parts
