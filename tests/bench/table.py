"""The bench's rows: a table for people, a JSON file for machines, Markdown for the documents."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from statistics import quantiles
from typing import Any

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
    group: str = ""  # heading that it stands under
    goal: float | None = None  # what it should be at most
    at: float | None = None  # what it was measured at, such as a number of sessions, for a curve
    values: tuple[float, ...] = ()  # every single measurement behind it, for a picture


def against(
    name: str,
    value: float,
    unit: str,
    baseline: float,
    *,
    group: str = "",
    goal: float | None = None,
    values: tuple[float, ...] = (),
) -> Row:
    """A figure of which less is better, next to the same figure of the peer."""
    ratio = baseline / value if value > 0 else None
    return Row(name, value, unit, baseline, ratio, group, goal, values=values)


def percentile(values: Sequence[float], percent: int) -> float:
    """The ``percent``-th percentile, by linear interpolation; the only value where there is one."""
    return values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[percent - 1]


def write(measured: Mapping[str, Sequence[Row]], path: Path) -> None:
    """Rows by part into a JSON file; the parts in it that were not measured now stay as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(path.read_text()) if path.is_file() else {}
    parts = known if isinstance(known, dict) else {}  # it was a list of rows once
    parts |= {part: [asdict(row) for row in rows] for part, rows in measured.items()}
    path.write_text(json.dumps(parts, indent=2) + "\n")


def read(path: Path) -> dict[str, list[Row]]:
    """What ``write`` wrote."""
    parts: dict[str, list[dict[str, Any]]] = json.loads(path.read_text())
    return {part: [Row(**row | {"values": tuple(row["values"])}) for row in rows] for part, rows in parts.items()}


def show(rows: Sequence[Row], title: str, command: str) -> None:
    """Print rows under a title, with the command that measures them again."""
    table = Table(title=f"{title}\n{command}", title_justify="left")
    table.add_column("figure")
    for column in ("value", "unit", "goal", "baseline", "ratio"):
        table.add_column(column, justify="right" if column != "unit" else "left")
    for group, members in groupby(rows, key=lambda row: row.group):
        if group:
            table.add_row(f"[bold]{group}[/]")
        for row in members:
            table.add_row(row.name, *_cells(row))
        table.add_section()
    Console(width=120).print(table)


def markdown(rows: Sequence[Row]) -> str:
    """The rows as Markdown tables, one a group, under its heading."""
    parts = []
    for group, members in groupby(rows, key=lambda row: row.group):
        table = _markdown_table(list(members))
        parts.append(f"### {group}\n\n{table}" if group else table)
    return "\n\n".join(parts)


def _markdown_table(rows: Sequence[Row]) -> str:
    """Columns that hold nothing are left out."""
    heads = ("figure", "value", "goal", "baseline", "ratio")
    lines = []
    for row in rows:
        value, unit, *others = _cells(row)
        lines.append((row.name, f"{value} {unit}".strip(), *others))
    kept = [index for index in range(len(heads)) if any(line[index] for line in lines)]
    cells = [
        [heads[index] for index in kept],
        ["---"] * len(kept),
        *([line[index] for index in kept] for line in lines),
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in cells)


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    """Value, unit, goal, baseline and ratio."""
    goal = "" if row.goal is None else f"≤ {row.goal:g}"
    baseline = "" if row.baseline is None else _number(row.baseline)
    return _number(row.value), row.unit, goal, baseline, "" if row.ratio is None else f"{row.ratio:.2f}×"


def _number(value: float) -> str:
    """Three decimals below 100; a count as a count."""
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}" if abs(value) >= 100 else f"{value:.3f}"
