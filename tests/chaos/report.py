"""What the programs of this folder tell people, and how they fail."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

T = TypeVar("T")

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


def run(work: Coroutine[Any, Any, T], progress: Progress) -> T:
    """What comes of it; a Violation is said and ends the program with status 1."""
    try:
        return asyncio.run(work)
    except* Violation as violations:
        found: BaseException = violations
        while isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        progress.stop()
        console.print("[bold red]Violation:[/]", escape(str(found)), highlight=False)
        raise SystemExit(1) from None
