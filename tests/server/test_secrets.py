"""server/secrets.py: one secret a data folder, for its owner only."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.secrets import SECRET_FILE, token_secret
from server.settings import SettingsError


def test_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    secret = token_secret(tmp_path / "data")
    assert len(bytes.fromhex(secret)) == 32
    assert token_secret(tmp_path / "data") == secret
    assert stat.S_IMODE((tmp_path / "data" / SECRET_FILE).stat().st_mode) == 0o600
    assert os.listdir(tmp_path / "data") == [SECRET_FILE]


def test_another_folder_has_another_secret(tmp_path: Path) -> None:
    assert token_secret(tmp_path / "a") != token_secret(tmp_path / "b")


def test_two_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: token_secret(tmp_path), range(32)))) == 1


def test_is_refused_when_others_can_read_it(tmp_path: Path) -> None:
    token_secret(tmp_path)
    (tmp_path / SECRET_FILE).chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        token_secret(tmp_path)


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff\xff", b"z" * 64])
def test_is_refused_when_damaged(tmp_path: Path, content: bytes) -> None:
    token_secret(tmp_path)
    (tmp_path / SECRET_FILE).write_bytes(content)
    with pytest.raises(SettingsError, match=SECRET_FILE):
        token_secret(tmp_path)


def test_says_what_to_do_when_the_folder_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="SIDENOTE_DATA_DIR"):
        token_secret(tmp_path / "file")
