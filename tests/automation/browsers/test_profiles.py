"""automation/browsers/profiles.py: logins lie apart, and what a killed worker left behind is cleared away."""

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from automation.browser import Login, NoBrowser
from automation.browsers.profiles import Profiles, browsers_on

ANNA = Login("anna", "vimeo")
SLEEPER = "import sys, time; print('up', flush=True); time.sleep(60)"


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    return Profiles(tmp_path / "profiles")


def left_behind(folder: Path) -> "subprocess.Popen[bytes]":
    """A process that names the folder as a browser does."""
    process = subprocess.Popen([sys.executable, "-c", SLEEPER, f"--user-data-dir={folder}"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    process.stdout.close()
    return process


def ends_by_itself(folder: Path) -> "subprocess.Popen[bytes]":
    """A process that names the folder and ends in good order when its input does."""
    code = "import sys; print('up', flush=True); sys.stdin.read()"
    arguments = [sys.executable, "-c", code, f"--user-data-dir={folder}"]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"up\n"
    return process


def test_every_login_has_a_folder_of_its_own_whatever_the_ids_are(profiles: Profiles, tmp_path: Path) -> None:
    ids = ["anna", "Anna", "../../etc", "a/b", "", "\0", "x" * 5000, "名前", 'a","b', "anna "]
    folders = {profiles.folder(Login(user, site)) for user in ids for site in ("vimeo", "youtube", "../x")}
    assert len(folders) == 3 * len(ids)
    assert {folder.parent for folder in folders} == {tmp_path / "profiles"}
    assert all(folder.name.isalnum() and folder.name.isascii() for folder in folders)
    assert profiles.folder(Login("ab", "c")) != profiles.folder(Login("a", "bc"))


async def test_nobody_else_on_this_machine_may_read_it(profiles: Profiles, tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir(mode=0o755)
    folder = await profiles.ready(ANNA)
    assert {path.stat().st_mode & 0o777 for path in (folder, folder.parent)} == {0o700}


async def test_locks_that_a_killed_browser_left_are_removed(profiles: Profiles) -> None:
    folder = await profiles.ready(ANNA)
    (folder / "SingletonLock").symlink_to("another-machine-1")
    (folder / "SingletonSocket").symlink_to(folder / "nowhere")
    (folder / "SingletonCookie").symlink_to(f"{socket.gethostname()}-2")
    await profiles.ready(ANNA)
    assert list(folder.iterdir()) == []


async def test_a_browser_that_still_runs_on_it_is_killed_and_no_other(profiles: Profiles) -> None:
    folder, other = await profiles.ready(ANNA), await profiles.ready(Login("bert", "vimeo"))
    mine, neighbour, longer = left_behind(folder), left_behind(other), left_behind(Path(f"{folder}2"))
    try:
        (folder / "SingletonLock").symlink_to(f"{socket.gethostname()}-{neighbour.pid}")  # its number was given anew
        await profiles.ready(ANNA)
        assert mine.wait(5) < 0
        assert browsers_on(folder) == []
        assert (neighbour.poll(), longer.poll()) == (None, None)
        await profiles.forget(Login("bert", "vimeo"))
        assert neighbour.wait(5) < 0
        assert not other.exists()
    finally:
        for process in (mine, neighbour, longer):
            process.kill()
            process.wait()


async def test_a_browser_that_is_just_closing_may_do_so(profiles: Profiles, caplog: pytest.LogCaptureFixture) -> None:
    folder = await profiles.ready(ANNA)
    with ends_by_itself(folder) as closing:
        assert closing.stdin
        waiting = asyncio.create_task(profiles.ready(ANNA))
        await asyncio.sleep(0)
        closing.stdin.close()  # it ends by itself while it is waited for
        closing.wait()
        await waiting
    assert closing.returncode == 0
    assert caplog.text == ""


async def test_a_killed_browser_does_not_offer_its_old_pages(profiles: Profiles) -> None:
    preferences = await profiles.ready(ANNA) / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps({"profile": {"exit_type": "Crashed", "name": "A"}, "x": [1]}))
    await profiles.ready(ANNA)
    profile = {"exit_type": "Normal", "exited_cleanly": True, "name": "A"}
    assert json.loads(preferences.read_text()) == {"profile": profile, "x": [1]}
    for strange in ("", "[]", "{}", '{"profile": 3}', "\udcff"):
        preferences.write_text(strange, errors="surrogateescape")
        await profiles.ready(ANNA)
        assert preferences.read_text(errors="surrogateescape") == strange


async def test_forgetting_deletes_the_folder_and_nothing_else(profiles: Profiles) -> None:
    folder, other = await profiles.ready(ANNA), await profiles.ready(Login("bert", "vimeo"))
    (folder / "Default").mkdir()
    (folder / "Default" / "Cookies").touch()
    await profiles.forget(ANNA)
    await profiles.forget(ANNA)
    assert list(other.parent.iterdir()) == [other]


async def test_a_place_that_can_t_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NoBrowser, match="can't be written"):
        await Profiles(tmp_path / "file" / "profiles").ready(ANNA)
