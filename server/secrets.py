"""The secret that signs connect tokens: a file in the data folder that only its owner can read."""

import os
import secrets
import stat
import string
from pathlib import Path

from server.settings import SettingsError

SECRET_FILE = "token-secret"
SECRET_BYTES = 32  # HMAC-SHA-256 wants a key as long as its output (RFC 7518, section 3.2)


def token_secret(data_dir: Path) -> str:
    """The secret of this data folder, as hexadecimal digits; made on first use, the same for every later process.

    Raises SettingsError when the file can't be made, is readable by others, or holds something else.
    """
    path = data_dir / SECRET_FILE
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make(path)
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError(f"Others can read the secret {path}. Take their rights away: chmod 600 '{path}'")
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The secret {path} can't be used ({error}). Give this user a data folder to write in (SIDENOTE_DATA_DIR)."
        ) from None
    if len(secret) < 2 * SECRET_BYTES or not set(secret) <= set(string.hexdigits):
        raise SettingsError(f"The secret {path} is damaged. Delete it: a new one is made, and tokens in use end.")
    return secret


def _make(path: Path) -> None:
    """Write a new secret, whole before it has its name; of two processes at once one wins, and both read that one."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(SECRET_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()
