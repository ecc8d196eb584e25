"""How far a long measurement is: bars for a person, a line a stage in a log. On standard error."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn


@dataclass(frozen=True, slots=True)
class Stages:
    """Made by ``stages``."""

    console: Console
    progress: Progress
    began_s: float = field(default_factory=time.monotonic)

    def begin(self, label: str, total: int) -> Callable[[int], None]:
        """A stage of ``total`` steps; what is given back is told how many are done."""
        if not self.console.is_terminal:
            self.say(f"{(time.monotonic() - self.began_s) / 60:5.1f} min  {label}")
        task = self.progress.add_task(label, total=total)
        return lambda done: self.progress.update(task, completed=done)

    def say(self, line: str) -> None:
        """A line for a person."""
        self.progress.console.print(line, highlight=False)


@contextmanager
def stages() -> Iterator[Stages]:
    """Show them while they run."""
    console = Console(stderr=True, width=110)
    columns = (*Progress.get_default_columns(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield Stages(console, progress)
