"""The documents say what the program does: tables, diagram, links, targets and paths."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.reference import rewritten
from server.settings import variables
from server.telemetry import METRICS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = ("agent", "automation", "channels", "inference", "migrations", "scripts", "server", "storage", "tests")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def files(*suffixes: str) -> Iterator[Path]:
    """Every text file of ours; caches, build output and what npm installed left out."""
    for folder in CODE:
        for path in (ROOT / folder).rglob("*"):
            cached = any(part.startswith((".", "__pycache__", "node_modules")) for part in path.relative_to(ROOT).parts)
            if path.suffix in suffixes and not cached:
                yield path


@pytest.mark.parametrize("name", ["configuration.md", "telemetry.md"])
def test_the_tables_are_those_of_the_program(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert "<!-- begin:" in text
    assert rewritten(text) == text, f"docs/{name} is out of date: run `make docs`"


def test_every_setting_and_metric_is_in_a_table() -> None:
    """Guards the printing itself: a field that it left out would pass the comparison above."""
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    assert [name for name in variables() if f"| `{name}` |" not in text] == []
    text = (ROOT / "docs/telemetry.md").read_text(encoding="utf-8")
    assert [metric.name for metric in METRICS if f"| `sidenote_{metric.name}` |" not in text] == []


def test_the_state_diagram_is_that_of_the_table() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "agent.diagram"], cwd=ROOT, check=True, capture_output=True, text=True, timeout=30
    ).stdout
    assert printed == (ROOT / "docs/states.md").read_text(encoding="utf-8"), "docs/states.md: run `make diagram`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_links_lead_somewhere(document: Path) -> None:
    targets = [t for t in LINK.findall(document.read_text(encoding="utf-8")) if "://" not in t and "mailto:" not in t]
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_make_targets_that_are_named_exist(document: Path) -> None:
    named = set(re.findall(r"`make ([a-z-]+)", document.read_text(encoding="utf-8")))
    assert named <= targets().keys()


def targets() -> dict[str, str]:
    """Name and help line of every target that is no file."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    helped = dict(re.findall(r"^([a-z-]+):.*?## (.+)$", text, re.MULTILINE))
    return {name: helped.get(name, "") for name in re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)}


def test_every_make_target_has_a_help_line() -> None:
    assert [name for name, line in targets().items() if not line] == []
    assert {"setup", "demo", "run", "test", "check", "bench", "diagram"} <= targets().keys()


def test_make_alone_prints_the_help() -> None:
    printed = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True, timeout=30).stdout
    for name, line in targets().items():
        assert re.search(rf"^  {name} +{re.escape(line)}$", printed, re.MULTILINE), name


def test_the_changelog_keeps_its_form_and_names_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:])
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_no_path_of_one_persons_machine_and_no_package_host() -> None:
    """A clone must work anywhere: packages are named, never the place they are fetched from."""
    private = re.compile(r"(?<![\w.])/(?:root|home/(?!somebody)\w+|Users)/|/tmp/|index-url")
    ours = [*files(".py", ".md", ".toml", ".ini", ".sh", ".mjs", ".json", ""), *DOCUMENTS, *ROOT.glob("*.t*")]
    ours += [ROOT / "Makefile", ROOT / ".ci/run"]
    found = [
        f"{shown(path)}:{number}: {line.strip()}"
        for path in ours
        if path.is_file() and path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if private.search(line)
    ]
    assert found == []
