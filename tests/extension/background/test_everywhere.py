"""extension/src/background/everywhere.ts: with the permission for every site, a video is found on every site."""

import json
import shutil
from pathlib import Path

import pytest

from tests.extension.browser import extension_browser

pytestmark = [pytest.mark.browser, pytest.mark.node]

FILMS = "https://films.example.com/cuts"


async def test_a_permission_for_every_site_brings_the_content_script_there(
    extension_built: Path, tmp_path: Path
) -> None:
    """No test can answer the browser's question, so this extension has the permission from the beginning."""
    allowed = tmp_path / "extension"
    shutil.copytree(extension_built, allowed)
    manifest = json.loads((allowed / "manifest.json").read_text())
    manifest["host_permissions"] = manifest.pop("optional_host_permissions")
    (allowed / "manifest.json").write_text(json.dumps(manifest))
    async with extension_browser(allowed, tmp_path / "profile") as browser:
        await browser.until("async () => (await chrome.scripting.getRegisteredContentScripts()).length === 1")
        await browser.watch(FILMS)
        row = await browser.shown(FILMS)
        assert row["last"]["video"]["platform"] == "generic"
        assert row["engaged"] is False
