"""House rules that no linter knows: sizes, names, openings, exceptions with a reason, who reads the environment."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from server.telemetry import METRICS

ROOT = Path(__file__).parents[2]
PACKAGES = ("agent", "automation", "channels", "inference", "migrations", "server", "storage")
TYPESCRIPT = {"extension", "offscreen"}  # their pages are opened in a real browser by tests in Python
# Folders of tests that name a subject and not a source file.
SUBJECTS = {"bench", "chaos", "e2e", "flows", "house", "phoenix", "speech"}

SOURCES = {
    path.relative_to(ROOT): path.read_text(encoding="utf-8")
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
TESTS = {
    path.relative_to(ROOT): path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "tests").rglob("*.py"))
    if "node_modules" not in path.parts
}


def matches(pattern: str, files: Iterable[tuple[Path, str]]) -> Iterator[tuple[str, re.Match[str]]]:
    """Place and match of ``pattern`` in every line that has it."""
    for path, text in files:
        for number, line in enumerate(text.splitlines(), 1):
            if match := re.search(pattern, line):
                yield f"{path}:{number}: {line.strip()}", match


def test_a_module_opens_by_saying_what_it_does() -> None:
    assert [
        str(path) for path, text in SOURCES.items() if text.strip() and not ast.get_docstring(ast.parse(text))
    ] == []


def test_a_file_has_at_most_400_lines() -> None:
    everything = {**SOURCES, **TESTS}
    assert [str(path) for path, text in everything.items() if len(text.splitlines()) > 400] == []


def test_a_test_file_names_its_source_file() -> None:
    lost = []
    for path in TESTS:
        below = path.relative_to("tests")
        if path.name.startswith("test_") and below.parts[0] in TYPESCRIPT:
            workspace, *inner = below.with_name(path.stem.removeprefix("test_")).parts
            named = [ROOT.joinpath(workspace, *inner), ROOT.joinpath(workspace, "src", *inner)]
            if not any(at.is_dir() or at.with_suffix(end).is_file() for at in named for end in (".ts", ".tsx")):
                lost.append(f"{path}: there is no {workspace}/src/{'/'.join(inner)}.ts")
        elif path.name.startswith("test_") and below.parts[0] not in SUBJECTS:
            name = below.with_name(path.name.removeprefix("test_"))
            package = below.parent if name.stem == below.parent.name else name.with_suffix("")
            if name not in SOURCES and package / "__init__.py" not in SOURCES:
                lost.append(f"{path}: there is no {name}")
    assert lost == []


def test_no_package_of_tests_shadows_one_of_ours() -> None:
    assert [str(path) for path in TESTS if path.name == "__init__.py"] == []


def test_an_exception_to_a_rule_names_it_and_gives_the_reason_on_the_same_line() -> None:
    pattern = r"# *(?:noqa|type: *ignore)(?P<code>: *[A-Z]+\d+(?:, *[A-Z]+\d+)*|\[[\w, -]+\])?(?P<reason>.*)$"
    found = matches(pattern, [*SOURCES.items(), *TESTS.items()])
    bare = [place for place, match in found if not match["code"] or len(re.findall(r"\w", match["reason"])) < 8]
    assert bare == []


def test_nothing_is_left_undone() -> None:
    assert [place for place, _ in matches(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError", SOURCES.items())] == []


def test_only_the_server_and_migrations_read_the_environment() -> None:
    others = [(path, text) for path, text in SOURCES.items() if path.parts[0] not in {"server", "migrations"}]
    assert [place for place, _ in matches(r"\bos\.environ\b|\bgetenv\(", others)] == []


def recorded() -> dict[str, set[str]]:
    """Name and labels of every ``….record("name", value, label=…)`` and ``….observe("name", …)`` in the sources."""
    found: dict[str, set[str]] = {}
    for text in SOURCES.values():
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Call(func=ast.Attribute(attr="record" | "observe"), args=[ast.Constant(value=str(name)), *_]):
                    found.setdefault(name, set()).update(k.arg for k in node.keywords if k.arg)
    return found


def test_every_figure_that_is_recorded_is_a_documented_metric() -> None:
    known = {metric.name: set(metric.labels) for metric in METRICS}
    assert {name: labels for name, labels in recorded().items() if known.get(name) != labels} == {}


def test_every_documented_metric_is_recorded_somewhere() -> None:
    assert sorted({metric.name for metric in METRICS} - recorded().keys()) == []
