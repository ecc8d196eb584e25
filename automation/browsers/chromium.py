"""Which Chromium this machine has, and how it is started. Starts nothing itself."""

import os
import shutil
from pathlib import Path

from automation.browser import NoBrowser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
MISSING = (
    "There is no Chromium on this machine: sudo apt-get install -y chromium, "
    "or .venv/bin/playwright install chromium, or set SIDENOTE_BROWSER_PATH."
)
LANGUAGE = "en-US"  # the recipes read pages in English

QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    f"--lang={LANGUAGE}",
]
"""No talk that nobody asked for."""

FENCED = [
    "--mute-audio",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # its name in older versions
]
"""For pages that go through a gate: calls between browsers (WebRTC) would go around it."""

SAME_COOKIES = ["--password-store=basic", "--use-mock-keychain"]
"""A window must encrypt cookies as pages do, which can't ask for the person's key ring."""


def find(named: Path | None) -> Path | None:
    """The Chromium that was named, else one of ``NAMES`` on the path. Raises NoBrowser for a named one that is none."""
    if named is not None:
        if shutil.which(named) is None:
            raise NoBrowser(f"{named} is no program: set SIDENOTE_BROWSER_PATH to a Chromium.")
        return named
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def sandboxed() -> bool:
    """Whether Chromium's sandbox can be on: it refuses to start with it for root, as who containers often run."""
    return os.geteuid() != 0


NO_SANDBOX = (
    "Chromium can't put its pages into a sandbox here: let unprivileged users make user namespaces "
    "(sudo sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)."
)
