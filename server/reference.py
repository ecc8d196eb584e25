"""Prints the tables of settings and metrics into the documents, between marker lines.

``python -m server.reference FILE…`` rewrites files in place; a test compares them with what this would write.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from server.fields import note
from server.settings import Settings, variable
from server.telemetry import METRICS, Kind, Metric

SECTIONS = ("Server", "Speech", "Endpointing", "Understanding", "Notes", "Posting", "Connections")

_BLOCK = re.compile(r"(<!-- begin: (\w+) -->\n).*?(<!-- end: \2 -->)", re.DOTALL)


def settings_table() -> str:
    """One table a section; in a section, the order of the model."""
    sections: dict[str, list[str]] = {section: [] for section in SECTIONS}
    for name, field in Settings.model_fields.items():
        if field.default_factory is None and field.default not in (None, ()):
            default = f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
        else:
            default = "none"
        row = (f"`{variable(name)}`", note(field, "shown") or default, note(field, "allowed"), field.description)
        sections[note(field, "section") or ""].append(f"| {' | '.join(map(str, row))} |")
    head = "| Variable | Default | Allowed | What it does |\n| --- | --- | --- | --- |"
    return "\n".join(f"\n### {section}\n\n{head}\n" + "\n".join(rows) for section, rows in sections.items()) + "\n\n"


def metrics_table() -> str:
    rows = [
        f"| `sidenote_{m.name}` | {_kind(m)} | {', '.join(f'`{label}`' for label in m.labels)} | {m.description} |"
        for m in METRICS
    ]
    return "\n| Name | Kind | Labels | What it is |\n| --- | --- | --- | --- |\n" + "\n".join(rows) + "\n\n"


def _kind(metric: Metric) -> str:
    """As Prometheus calls it."""
    return Kind.GAUGE if metric.kind is Kind.OBSERVED else metric.kind


TABLES: dict[str, Callable[[], str]] = {"settings": settings_table, "metrics": metrics_table}


def rewritten(document: str) -> str:
    """``document`` with every marked block filled anew."""
    return _BLOCK.sub(lambda block: block[1] + TABLES[block[2]]() + block[3], document)


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")
