"""What the programs of this folder tell people, and how they fail."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

console = Console(stderr=True, width=110)


class Violation(Exception):
    """The server, or the client, broke a promise. The message holds what leads there again."""


def show(title: str, rows: Mapping[str, str]) -> None:
    """One table, figure by figure."""
    table = Table(title=title)
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in rows.items():
        table.add_row(name, value)
    Console(width=120).print(table)


def fail(violation: BaseException) -> None:
    """Say what was broken."""
    console.print("[bold red]Violation:[/]", str(violation), highlight=False, markup=True)
