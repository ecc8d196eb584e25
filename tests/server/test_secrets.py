"""server/secrets.py: one secret of each kind a data folder, for its owner only."""

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from automation.sealing import Seal
from server.secrets import SEAL_FILE, SECRET_FILE, seal_key, token_secret
from server.settings import SettingsError


def test_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    secret = token_secret(tmp_path / "data")
    assert len(bytes.fromhex(secret)) == 32
    assert token_secret(tmp_path / "data") == secret
    assert stat.S_IMODE((tmp_path / "data" / SECRET_FILE).stat().st_mode) == 0o600
    assert os.listdir(tmp_path / "data") == [SECRET_FILE]


def test_a_seal_key_is_one_that_a_seal_takes(tmp_path: Path) -> None:
    key = seal_key(tmp_path)
    assert Seal([key]).open(Seal([seal_key(tmp_path)]).seal({"a": 1})) == {"a": 1}
    assert stat.S_IMODE((tmp_path / SEAL_FILE).stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == [SEAL_FILE]


KINDS = pytest.mark.parametrize(("secret", "file"), [(token_secret, SECRET_FILE), (seal_key, SEAL_FILE)])
Secret = Callable[[Path], str]


@KINDS
def test_another_folder_has_another_secret(secret: Secret, file: str, tmp_path: Path) -> None:
    assert secret(tmp_path / "a") != secret(tmp_path / "b")
    assert secret(tmp_path / "a") == secret(tmp_path / "a")


@KINDS
def test_two_at_once_agree(secret: Secret, file: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: secret(tmp_path), range(32)))) == 1
    assert os.listdir(tmp_path) == [file]


@KINDS
def test_is_refused_when_others_can_read_it(secret: Secret, file: str, tmp_path: Path) -> None:
    secret(tmp_path)
    (tmp_path / file).chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        secret(tmp_path)


@KINDS
@pytest.mark.parametrize("content", [b"", b"abc", b"\xff\xff", b"z" * 64, b"\xc3\xa4" * 43 + b"="])
def test_is_refused_when_damaged(content: bytes, secret: Secret, file: str, tmp_path: Path) -> None:
    secret(tmp_path)
    (tmp_path / file).write_bytes(content)
    with pytest.raises(SettingsError, match=file):
        secret(tmp_path)


def test_what_deleting_a_damaged_secret_costs_is_said(tmp_path: Path) -> None:
    for file, secret, cost in (
        (SECRET_FILE, token_secret, "tokens in use end"),
        (SEAL_FILE, seal_key, "linked accounts have to be linked again"),
    ):
        (tmp_path / file).touch(0o600)
        with pytest.raises(SettingsError, match=cost):
            secret(tmp_path)


@KINDS
def test_says_what_to_do_when_the_folder_can_not_be_made(secret: Secret, file: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="SIDENOTE_DATA_DIR"):
        secret(tmp_path / "file")
