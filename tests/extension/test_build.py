"""extension/build and extension/vite.config.ts: what `npm run extension` makes is whole, small, and never differs."""

import gzip
import json
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.extension.conftest import ROOT

pytestmark = pytest.mark.node

HEAVY = ("models/", "ort/")
LIGHT_BYTES = 500_000  # gzipped, without models and WebAssembly


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_everything_that_the_manifest_names_is_there(extension_built: Path) -> None:
    manifest = json.loads((extension_built / "manifest.json").read_text())
    named = [*manifest["icons"].values(), manifest["background"]["service_worker"], manifest["options_page"]]
    named += [manifest["action"]["default_popup"], manifest["side_panel"]["default_path"], "offscreen.html"]
    named += [script for entry in manifest["content_scripts"] for script in entry["js"]]
    assert [name for name in named if not (extension_built / name).is_file()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert manifest["version"] == project["version"]


def test_what_hears_speech_is_shipped_once_and_fetched_from_nowhere(extension_built: Path) -> None:
    names = list(files(extension_built))
    assert [name for name in names if name.endswith((".wasm", ".onnx"))] == [
        "models/silero_vad_v6.onnx",
        "ort/ort-wasm-simd-threaded.wasm",
    ]
    assert "ort/ort-wasm-simd-threaded.mjs" in names
    assert [name for name in names if name.endswith(".map")] == []


def test_the_licenses_of_what_is_in_it_are_in_it(extension_built: Path) -> None:
    theirs = (extension_built / "licenses.md").read_text()
    assert [name for name in ("onnxruntime-web", "phoenix", "preact") if f"## {name}" not in theirs] == []
    assert [name for name in ("LICENSE", "NOTICE") if not (extension_built / name).is_file()] == []


def test_no_page_has_a_script_or_a_style_in_it(extension_built: Path) -> None:
    pages = {name: text.decode() for name, text in files(extension_built).items() if name.endswith(".html")}
    assert len(pages) == 5
    for name, page in pages.items():
        assert re.findall(r"<style|\sstyle=|\son\w+=", page) == [], name
        scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
        assert scripts, name
        assert [body for head, body in scripts if body.strip() or "src=" not in head] == [], name


def test_it_is_small_without_its_models(extension_built: Path) -> None:
    light = {name: data for name, data in files(extension_built).items() if not name.startswith(HEAVY)}
    assert sum(len(gzip.compress(data)) for data in light.values()) < LIGHT_BYTES


def test_the_zip_holds_the_folder_and_is_the_same_each_time(extension_built: Path, tmp_path: Path) -> None:
    packed = extension_built.with_suffix(".zip")
    with zipfile.ZipFile(packed) as zipped:
        assert {entry.filename: zipped.read(entry) for entry in zipped.infolist()} == files(extension_built)
    again = tmp_path / "extension"
    subprocess.run(["npm", "run", "--silent", "extension", "--", "--outDir", again], cwd=ROOT, check=True, timeout=100)
    assert again.with_suffix(".zip").read_bytes() == packed.read_bytes()
