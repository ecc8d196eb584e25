"""A folder for each login, in which Chromium keeps it between pages. Starts no browser.

A worker that was killed may leave a browser behind that still writes into such a folder, and the lock of one that is
gone. Whoever asks for a folder is known to be the only one who may use its login, so both are cleared away first.
"""

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from automation.browser import Login, NoBrowser
from automation.sites.contract import Later

log = logging.getLogger(__name__)

CLOSING_S = 1.0
END_LIMIT_S = 5.0  # for killed processes to be gone
_LOOK_AGAIN_S = 0.02
_LOCKS = ("SingletonLock", "SingletonSocket", "SingletonCookie")

T = TypeVar("T")


class Profiles:
    """Folders below ``root``, readable by this user of the machine alone."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    def folder(self, login: Login) -> Path:
        """Where a login lies. Its name tells nothing of the user, whose id may be any text."""
        return self._root / sha256(json.dumps([login.user_id, login.site]).encode()).hexdigest()[:40]

    async def ready(self, login: Login) -> Path:
        """The folder, with no browser on it. Raises NoBrowser where it can't be written, Later if one won't go."""
        return await self._on_disk(lambda: _prepare(self._root, self.folder(login)))

    async def end(self, login: Login) -> None:
        """Kill every browser on the folder. Raises Later if one won't go."""
        await asyncio.to_thread(_end, self.folder(login))

    async def forget(self, login: Login) -> None:
        """Delete the folder. Raises as ``ready``."""
        await self._on_disk(lambda: _delete(self.folder(login)))

    async def _on_disk(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise NoBrowser(f"Logins are kept below {self._root}, which can't be written: {why}.") from error


def browsers_on(folder: Path) -> list[int]:
    """Ids of all processes of browsers whose profile is ``folder``; none where the system shows no processes."""
    wanted = f" --user-data-dir={folder} ".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            # Chromium's children write their arguments in one piece, its first process in the usual way.
            if wanted in b" " + (entry / "cmdline").read_bytes().replace(b"\0", b" ") + b" ":
                found.append(int(entry.name))
    return found


def _prepare(root: Path, folder: Path) -> Path:
    for made in (root, folder):
        made.mkdir(parents=True, exist_ok=True, mode=0o700)
        made.chmod(0o700)
    if left := _after_closing(folder):
        log.warning("%d processes of a browser were left on a profile by a worker that is gone", len(left))
        _end(folder)
    for name in _LOCKS:  # links to a process, which may have been one of another machine or container
        (folder / name).unlink(missing_ok=True)
    _call_it_a_good_end(folder / "Default" / "Preferences")
    return folder


def _after_closing(folder: Path) -> list[int]:
    """Who is still there after the time that a browser takes to close, as one of a job that has just ended does.

    Killed meanwhile, it might not write down what its page has stored.
    """
    until = time.monotonic() + CLOSING_S
    while (left := browsers_on(folder)) and time.monotonic() < until:
        time.sleep(_LOOK_AGAIN_S)
    return left


def _end(folder: Path) -> None:
    left = browsers_on(folder)
    until = time.monotonic() + END_LIMIT_S
    while left:
        for process in left:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        time.sleep(_LOOK_AGAIN_S)
        left = browsers_on(folder)
        if left and time.monotonic() > until:
            raise Later("A browser on this login can't be ended.")


def _delete(folder: Path) -> None:
    _end(folder)
    if folder.exists():
        shutil.rmtree(folder)


def _call_it_a_good_end(preferences: Path) -> None:
    """Else Chromium would show a bubble that it was killed and offer to open the old pages."""
    try:
        known = json.loads(preferences.read_bytes())
        profile = known["profile"]
        if profile.get("exit_type") in (None, "Normal"):
            return
        profile.update(exit_type="Normal", exited_cleanly=True)
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return  # a new profile, or one that Chromium will mend itself
    written = preferences.with_suffix(".new")
    written.write_text(json.dumps(known), encoding="utf-8")
    written.replace(preferences)
