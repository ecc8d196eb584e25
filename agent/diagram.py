"""Prints the state tables as a page: ``python -m agent.diagram > docs/states.md``."""

import sys

from agent import events as e
from agent.states import MIC_TABLE, RUN_TABLE, Mark, Mic, RunState

_BEGIN = {"microphone": Mic.IDLE, "run": RunState.TRANSCRIBING}


def _arrows(
    table: dict[Mic, dict[type[e.Event], Mic | Mark]] | dict[RunState, dict[type[e.Event], RunState | Mark]],
) -> list[str]:
    lines: list[str] = []
    for state, row in table.items():
        targets: dict[str, list[str]] = {}
        for event, cell in row.items():
            for target in _targets(state, cell):
                targets.setdefault(target, []).append(event.__name__)
        lines += [f"    {state} --> {target}: {', '.join(events)}" for target, events in targets.items()]
    return lines


def _targets(state: Mic | RunState, cell: Mic | RunState | Mark) -> list[str]:
    if cell is Mark.RESUME:
        return [RunState.TRANSCRIBING, RunState.STRUCTURING, RunState.EXECUTING_TOOL]
    if cell is Mark.REOPEN:
        return [Mic.IDLE]
    return [] if isinstance(cell, Mark) or cell is state else [cell]


def _grid(
    table: dict[Mic, dict[type[e.Event], Mic | Mark]] | dict[RunState, dict[type[e.Event], RunState | Mark]],
    events: tuple[type[e.Event], ...],
) -> list[str]:
    lines = ["| event | " + " | ".join(table) + " |", "|---|" + "---|" * len(table)]
    for event in events:
        cells = [_cell(row.get(event)) for row in table.values()]
        lines.append(f"| `{event.__name__}` | " + " | ".join(cells) + " |")
    return lines


def _cell(cell: Mic | RunState | Mark | None) -> str:
    match cell:
        case None:
            return "✗"
        case Mark.DROP:
            return "·"
        case Mark.NOT_NOW:
            return "not now"
        case Mark.RESUME:
            return "*the state that failed*"
        case Mark.REOPEN:
            return "idle, then again"
        case _:
            return f"**{cell}**"


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join(
        [
            "# States of a session",
            "",
            "Printed from `agent/states.py` by `make diagram`; a test fails when this page and the tables differ.",
            "",
            "A session has one microphone region, and one run for each utterance that is still being worked on.",
            "",
            "## Microphone",
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {_BEGIN['microphone']}",
            *_arrows(MIC_TABLE),
            "```",
            "",
            "## Run (one per utterance)",
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {_BEGIN['run']}: UtteranceClosed",
            *_arrows(RUN_TABLE),
            "    done --> [*]",
            "    failed --> [*]",
            "```",
            "",
            "## Every cell",
            "",
            "**state**: the next one. `·`: a late or repeated answer, dropped. `not now`: the command is refused with",
            'that reply. `✗`: impossible; it is logged as a bug, and the run fails with "Invalid state transition".',
            "",
            "### Microphone",
            "",
            *_grid(MIC_TABLE, e.MIC_EVENTS),
            "",
            "### Run",
            "",
            *_grid(RUN_TABLE, e.RUN_EVENTS),
            "",
            "## The one state to show",
            "",
            "`state_changed` names both regions and one summary: `error` when capture is broken or the last run",
            "failed; else the microphone's state while somebody speaks or holds the key; else the state of the newest",
            "run; else the microphone's state.",
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(page() + "\n")
