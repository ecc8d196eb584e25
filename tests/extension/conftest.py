"""The extension as `npm run extension` builds it, and a Chromium that has it loaded."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import pytest

from tests.extension.browser import ExtensionBrowser, extension_browser

ROOT = Path(__file__).parents[2]


class BrowserWithExtension(Protocol):
    def __call__(
        self, *, speech: Path | None = None, microphone: bool = True
    ) -> AbstractAsyncContextManager[ExtensionBrowser]: ...


@pytest.fixture(scope="session")
def extension_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a person loads; its zip lies beside it."""
    assert (ROOT / "node_modules/vite").is_dir(), "no Vite here: run `scripts/setup node`"
    folder = tmp_path_factory.mktemp("build") / "extension"
    subprocess.run(["npm", "run", "--silent", "extension", "--", "--outDir", folder], cwd=ROOT, check=True, timeout=100)
    return folder


@pytest.fixture
def browser_with_extension(extension_built: Path, tmp_path_factory: pytest.TempPathFactory) -> BrowserWithExtension:
    """`async with browser_with_extension() as browser`: a browser of its own, with a profile of its own."""

    def launch(*, speech: Path | None = None, microphone: bool = True) -> AbstractAsyncContextManager[ExtensionBrowser]:
        profile = tmp_path_factory.mktemp("profile")
        return extension_browser(extension_built, profile, speech=speech, microphone=microphone)

    return launch


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which no server is, nor comes."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
