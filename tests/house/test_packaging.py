"""pyproject.toml and constraints.txt: what is installed, pinned and shipped."""

import json
import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINES = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]


def pins() -> dict[str, Version]:
    return {canonicalize_name(name): Version(version) for name, version in (line.split("==") for line in LINES)}


def requirements() -> list[Requirement]:
    project = PROJECT["project"]
    listed = [
        *project["dependencies"],
        *(line for lines in project["optional-dependencies"].values() for line in lines),
    ]
    return [requirement for requirement in map(Requirement, listed) if requirement.name != "sidenote"]


def test_constraints_are_names_and_versions_alone() -> None:
    assert [line for line in LINES if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line)] == []


def test_every_requirement_is_pinned_within_its_bounds() -> None:
    pinned = pins()
    for requirement in requirements():
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in constraints.txt: run `make lock`"
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement} against {version}"


def test_namesakes_of_our_packages_are_not_installed() -> None:
    """The distributions ``channels`` and ``inference`` own import names of ours."""
    assert not {"channels", "inference", "agent", "storage", "server", "automation"} & pins().keys()


def test_every_package_folder_is_shipped() -> None:
    include = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert ours == {pattern for pattern in include if "." not in pattern}
    assert ours == {pattern.removesuffix(".*") for pattern in include if "." in pattern}
    assert ours == set(PROJECT["tool"]["importlinter"]["root_packages"])
    assert ours | {"tests"} == set(PROJECT["tool"]["mypy"]["files"])


def test_every_folder_with_code_is_a_package() -> None:
    """setuptools leaves a folder without __init__.py out of the wheel."""
    include = [
        pattern for pattern in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"] if "." not in pattern
    ]
    folders = {path.parent for package in include for path in (ROOT / package).rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_what_npm_installs_is_pinned_by_version_and_checksum_and_never_by_address() -> None:
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    ours = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["workspaces"]
    for folder in ("", *ours):
        package = json.loads((ROOT / folder / "package.json").read_text(encoding="utf-8"))
        asked = {**package.get("dependencies", {}), **package.get("devDependencies", {})}
        asked = {name: version for name, version in asked.items() if not name.startswith("@sidenote/")}
        assert {name: locked[f"node_modules/{name}"]["version"] for name in asked} == asked, "named exactly"
    fetched = {name: entry for name, entry in locked.items() if name.startswith("node_modules/")}
    links = {name for name, entry in fetched.items() if entry.get("link")}
    assert {fetched[name]["resolved"] for name in links} == set(ours)
    assert [name for name, entry in fetched.items() if name not in links and "integrity" not in entry] == []
    assert [name for name, entry in fetched.items() if name not in links and "resolved" in entry] == []
