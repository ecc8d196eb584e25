"""Small pictures of plain numbers as SVG, on a card of their own so that they can be read on light and dark pages."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from statistics import median

from tests.bench.table import percentile

WIDTH, HEIGHT = 720, 376
LEFT, RIGHT, TOP, BOTTOM = 64, 28, 56, 72
LEGEND = 22  # a line of it
INK, FAINT, CARD, GRID = "#1f2933", "#616e7c", "#ffffff", "#e4e7eb"
COLOURS = ("#0b7a5b", "#d1495b", "#3066be", "#b7791f", "#6b4fa0")
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
STEPS = (1, 2, 2.5, 5, 10)  # of an axis, times a power of ten

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axis:
    """From 0 to ``high`` in equal steps, each with its label."""

    high: float
    step: float
    label: Callable[[float], str]

    @property
    def ticks(self) -> list[float]:
        return [self.step * index for index in range(round(self.high / self.step) + 1)]


def distribution(title: str, waits: Mapping[str, Sequence[float]]) -> str:
    """The share of waits that were at most so long, a line each. ``waits``: seconds by name, none empty.

    Nine tenths of the slowest are shown: a few waits of many seconds would leave no room for all the others.
    """
    shown = max(percentile(list(values), 90) for values in waits.values())
    across = axis(shown, lambda value: f"{value:g} s")
    beyond = sum(value > across.high for values in waits.values() for value in values)
    more = f"; {beyond} were longer than {across.label(across.high)}" if beyond else ""
    lines: dict[str, Points] = {}
    for name, values in waits.items():
        ordered = sorted(values)
        climb = [(value, (index + up) / len(ordered)) for index, value in enumerate(ordered) for up in (0, 1)]
        climb = [point for point in climb if point[0] <= across.high]
        lines[f"{name}, median {_seconds(median(ordered))}"] = climb
    up = Axis(1.0, 0.25, lambda share: f"{share:.0%}")
    return _chart(title, f"share of all presses that had their text within this time{more}", lines, across, up)


def curves(title: str, across_name: str, points: Mapping[str, Points]) -> str:
    """Seconds against a number, a line with dots each. ``points``: (number, seconds) by name, none empty."""
    everything = [point for line in points.values() for point in line]
    across = axis(max(x for x, _ in everything), lambda value: f"{value:g}")
    up = axis(max(y for _, y in everything), lambda value: f"{value:g} s")
    return _chart(title, f"seconds, by the number of {across_name}", points, across, up, dots=True)


def axis(most: float, label: Callable[[float], str]) -> Axis:
    """An axis of four to ten round steps that reaches ``most``."""
    power = 10.0 ** math.floor(math.log10(most / 5))
    step = next(step * power for step in STEPS if step * power * 6 >= most)
    return Axis(step * math.ceil(most / step - 1e-9), step, label)


def _chart(title: str, about: str, lines: Mapping[str, Points], across: Axis, up: Axis, *, dots: bool = False) -> str:
    high = HEIGHT + LEGEND * ((len(lines) - 1) // 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" width="{WIDTH}" height="{high}" '
        f'role="img" font-family="{FONT}" font-size="13" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{high - 1}" rx="10" fill="{CARD}" stroke="{GRID}"/>',
        f'<text x="{LEFT - 40}" y="28" font-size="16" font-weight="600">{escape(title)}</text>',
        f'<text x="{LEFT - 40}" y="46" fill="{FAINT}">{escape(about)}</text>',
    ]
    for tick in up.ticks:
        y = _y(tick, up)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="{GRID}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="{FAINT}">{up.label(tick)}</text>')
    for tick in across.ticks:
        x = _x(tick, across)
        label = across.label(tick)
        parts.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="{FAINT}">{label}</text>')
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{_x(x, across)},{_y(y, up)}" for x, y in points)
        width = 3 if number == 0 else 2
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>')
        if dots:
            at = (f'cx="{_x(x, across)}" cy="{_y(y, up)}"' for x, y in points)
            parts += [f'<circle {each} r="3.5" fill="{colour}"/>' for each in at]
        column, row = number % 2, number // 2
        x, y = LEFT + column * (WIDTH - LEFT - RIGHT) // 2, HEIGHT - BOTTOM + 48 + LEGEND * row
        parts.append(f'<line x1="{x}" x2="{x + 22}" y1="{y - 4}" y2="{y - 4}" stroke="{colour}" stroke-width="4"/>')
        parts.append(f'<text x="{x + 30}" y="{y}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(value: float, across: Axis) -> float:
    return round(LEFT + value / across.high * (WIDTH - LEFT - RIGHT), 1)


def _y(value: float, up: Axis) -> float:
    return round(HEIGHT - BOTTOM - value / up.high * (HEIGHT - TOP - BOTTOM - 8), 1)


def _seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"
