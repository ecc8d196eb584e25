"""The bench's rows: one table for people, one JSON file for machines."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. ``ratio`` says how many times better than ``baseline`` it is; both None where there is no peer."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None


def against(name: str, value: float, unit: str, baseline: float) -> Row:
    """A figure of which less is better, next to the same figure of the peer."""
    return Row(name, value, unit, baseline, baseline / value)


def percentile(values: list[float], percent: int) -> float:
    """The ``percent``-th percentile, by linear interpolation; the only value where there is one."""
    return values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[percent - 1]


def write(rows: list[Row], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


def show(rows: list[Row], title: str) -> None:
    table = Table(title=title)
    table.add_column("figure")
    for column in ("value", "unit", "baseline", "ratio"):
        table.add_column(column, justify="right" if column != "unit" else "left")
    for row in rows:
        baseline = "" if row.baseline is None else f"{row.baseline:.3f}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}×"
        table.add_row(row.name, f"{row.value:.3f}", row.unit, baseline, ratio)
    Console(width=120).print(table)
