"""What a look over an installation comes to: a verdict, what was found, what to do about it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    OK = "ok"
    ABSENT = "absent"  # optional, and not there
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Found:
    """What a check that passed has to say. ``todo`` is advice, ``figures`` are for programs."""

    found: str
    todo: str = ""
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check came to. ``todo`` is empty when nothing is to be done."""

    check: str
    verdict: Verdict
    found: str
    todo: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """The fields for JSON; figures only where there are some."""
        shown: dict[str, Any] = {
            "check": self.check,
            "verdict": self.verdict,
            "found": self.found,
            "todo": self.todo,
        }
        return shown | ({"figures": self.figures} if self.figures else {})


class Problem(Exception):
    """What is wrong, and what to do about it."""

    def __init__(self, found: str, todo: str) -> None:
        super().__init__(found)
        self.todo = todo


class Absent(Problem):
    """Something optional is not there."""
