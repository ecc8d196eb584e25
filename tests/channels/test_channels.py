"""docs/wire.md names every event, push, reason, close code and limit that is in the code, and its frames are frames."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.ear import EarSettings
from agent.errors import AgentError
from agent.states import FINISHED, RunState
from channels.hub import HistorySettings
from channels.limits import SocketSettings
from channels.outbox import BEHIND_BYTES
from channels.socket import Close
from channels.topics.book import COMMANDS
from channels.topics.contract import refusal_of
from channels.videos import SUPPORTED
from channels.wire import decode_client, decode_server
from storage.errors import StorageError

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/wire.md").read_text(encoding="utf-8")
TREES = [
    ast.parse(path.read_text(encoding="utf-8"))
    for folder in ("agent", "channels")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.parent != ROOT / "channels/client"
]
NAMED = set(re.findall(r"`([^`]+)`", DOCUMENT))


def nodes() -> Iterator[ast.AST]:
    for tree in TREES:
        yield from ast.walk(tree)


def text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def events() -> set[str]:
    """What is published, announced, murmured or pushed to a client."""
    found = set()
    for node in nodes():
        if isinstance(node, ast.Call) and called(node) in {
            "announce",
            "murmur",
            "Announce",
            "_tell",
            "push",
            "publish",
        }:
            found |= {name for argument in node.args[:2] if (name := text(argument))}
    return found


def pushes() -> set[str]:
    """What is compared with, or matched against, the event of a push."""
    found = set(COMMANDS)
    for node in nodes():
        if isinstance(node, ast.Compare) and getattr(node.left, "attr", "") == "event":
            found |= {name for part in node.comparators for leaf in ast.walk(part) if (name := text(leaf))}
        if isinstance(node, ast.Match) and getattr(node.subject, "attr", "") == "event":
            cases = (leaf for case in node.cases for leaf in ast.walk(case.pattern))
            found |= {name for leaf in cases if isinstance(leaf, ast.MatchValue) and (name := text(leaf.value))}
    return found


def errors(base: type[Exception]) -> Iterator[type[Exception]]:
    yield base
    for below in base.__subclasses__():
        if below.__module__.startswith(("agent", "storage")):
            yield from errors(below)


def reasons() -> set[str]:
    found = {f"{state}_failed" for state in RunState if state not in FINISHED}
    found |= {error.code for error in errors(AgentError) if issubclass(error, AgentError)}
    for error in errors(StorageError):
        told = (
            refusal_of(error.__new__(error))
            if error.__name__ != "RevisionConflict"
            else {"reason": "revision_conflict"}
        )
        found.add((told or {})["reason"])
    for node in nodes():
        if isinstance(node, ast.Call) and called(node) == "Refused" and (name := text(node.args[0])):
            found.add(name)
        if isinstance(node, ast.Dict):
            found |= {
                name
                for key, value in zip(node.keys, node.values, strict=True)
                if text(key) == "reason" and (name := text(value))
            }
    return found


def test_the_code_is_read_right() -> None:
    """Guards the search itself: an empty one would find nothing missing."""
    assert {"state_changed", "asr_partial", "player_command", "note_cancelled", "agent_error", "ack"} <= events()
    assert {"stop", "clock", "video_detected", "get_notes", "reset", "edit_note", "heartbeat", "phx_join"} <= pushes()
    assert {"no_video", "not_now", "unmatched topic", "keep_failed", "internal", "disk_full"} <= reasons()


@pytest.mark.parametrize("what", [events, pushes, reasons], ids=lambda what: what.__name__)
def test_the_document_names_them_all(what: object) -> None:
    assert callable(what)
    in_prose = {name for name in what() if f'"{name}"' in DOCUMENT or name in NAMED}
    assert what() - in_prose == set()


def test_the_document_names_every_close_code_and_platform() -> None:
    assert [code for code in Close if f"| {int(code)} |" not in DOCUMENT] == []
    assert [name for name in SUPPORTED if not re.search(rf"\b{name}\b", DOCUMENT)] == []


def test_the_limits_are_those_of_the_program() -> None:
    table = DOCUMENT.partition("## Limits")[2].partition("## ")[0]
    numbers = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", table)}
    settings = SocketSettings()
    wanted = {float(getattr(settings, name)) for name in settings.__slots__}
    wanted |= {float(BEHIND_BYTES), float(EarSettings().backlog_bytes), EarSettings().max_utterance_s}
    assert wanted - numbers == set()
    history = HistorySettings()
    assert (history.max_bytes, history.max_age_s) == (256 * 1024, 600)
    assert "the last 10 minutes of a topic, at most 256 KiB" in DOCUMENT


def test_the_frames_of_the_example_are_frames() -> None:
    sent = re.findall(r"^→ (\[.*\])$", DOCUMENT, re.MULTILINE)
    received = re.findall(r"^← (\[.*\])$", DOCUMENT, re.MULTILINE)
    assert len(sent) > 5
    assert len(received) > 10
    for frame in sent:
        decode_client(frame)
    for frame in received:
        decode_server(frame)
