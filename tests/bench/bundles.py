"""The extension and the server's own page as they are built, and how much of them a browser has to fetch."""

import gzip
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.bench.table import Row, against
from tests.flows.process import ROOT

HEAVY = ("models/", "ort/")
GOAL_KB = 500
GROUP = "Sizes, gzipped"
BUILDS: Mapping[str, tuple[str, ...]] = {
    "extension": ("extension/vite.config.ts",),
    "page at /": ("extension/src/web/vite.config.ts", "extension/src/web"),
}


def build(folder: Path) -> dict[str, Path]:
    """The folder of each, anew."""
    built = {}
    for number, (name, (config, *root)) in enumerate(BUILDS.items()):
        built[name] = folder / f"built-{number}"
        vite = ["node_modules/.bin/vite", "build", *root, "--config", config, "--configLoader", "runner"]
        subprocess.run([*vite, "--logLevel", "warn", "--outDir", built[name]], cwd=ROOT, check=True)
    return built


def rows(built: Mapping[str, Path]) -> list[Row]:
    """Kilobytes. Baseline of what has no model in it: the goal."""
    made = []
    for name, folder in built.items():
        sizes = {path.relative_to(folder).as_posix(): _gzipped_kb(path) for path in folder.rglob("*") if path.is_file()}
        light = sum(size for path, size in sizes.items() if not path.removeprefix("assets/").startswith(HEAVY))
        made += [
            against(f"{name}, without models and WebAssembly", light, "kB", GOAL_KB, group=GROUP, goal=GOAL_KB),
            Row(f"{name}, with them", sum(sizes.values()), "kB", group=GROUP),
        ]
    script = _gzipped_kb(built["extension"] / "content.js")
    return [*made, Row("extension, what every page with a video is given", script, "kB", group=GROUP)]


def _gzipped_kb(path: Path) -> float:
    return len(gzip.compress(path.read_bytes())) / 1000
