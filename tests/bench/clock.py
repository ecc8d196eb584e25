"""How far the second of a note is from the truth: made-up players and microphones, mapped as the server maps them.

Nothing is timed and every trace comes from its seed, so each run prints the same figures.
"""

from rich.console import Console
from rich.table import Table

from tests.bench.players import KINDS, trace
from tests.bench.table import Row, against, percentile

TRACES = 100  # of each kind

console = Console(stderr=True, width=110)


def measure(kind: str) -> tuple[list[float], list[float]]:
    """Milliseconds of error at each onset: of the server's clock, and of the plain way."""
    traces = [trace(kind, seed) for seed in range(TRACES)]
    return [e for one in traces for e in one.errors_ms()], [e for one in traces for e in one.naive_ms()]


def show_kinds(measured: dict[str, tuple[list[float], list[float]]]) -> None:
    table = Table(title=f"error at the onset of speech, ms ({TRACES} traces of each kind)")
    for column in ("kind", "onsets", "p50", "p95", "p99", "max", "over 150 ms", "plain way p50"):
        table.add_column(column, justify="left" if column == "kind" else "right")
    for kind, (ours, plain) in measured.items():
        figures = [f"{percentile(ours, p):.0f}" for p in (50, 95, 99)]
        beyond = sum(error > 150 for error in ours)
        table.add_row(kind, str(len(ours)), *figures, f"{max(ours):.0f}", str(beyond), f"{percentile(plain, 50):.0f}")
    console.print(table)


def rows() -> list[Row]:
    measured = {kind: measure(kind) for kind in KINDS}
    show_kinds(measured)
    ours = [error for errors, _ in measured.values() for error in errors]
    plain = [error for _, errors in measured.values() for error in errors]
    worst = max(percentile(errors, 95) for errors, _ in measured.values())
    return [
        *(
            against(f"second of a note, error p{p}", percentile(ours, p), "ms", percentile(plain, p))
            for p in (50, 95, 99)
        ),
        Row("second of a note, error p95 of the worst kind", worst, "ms"),
        Row("onsets more than 150 ms off", 100 * sum(error > 150 for error in ours) / len(ours), "%"),
    ]
