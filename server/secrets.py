"""Secrets of this installation: files in the data folder that only their owner can read, made on first use."""

import os
import re
import secrets
import stat
from pathlib import Path

from server.settings import SettingsError

SECRET_FILE = "token-secret"
SEAL_FILE = "seal-key"
SECRET_BYTES = 32  # HMAC-SHA-256 wants a key as long as its output (RFC 7518, section 3.2)

_TOKEN_SECRET = re.compile(rf"[0-9a-fA-F]{{{2 * SECRET_BYTES},}}")
_SEAL_KEY = re.compile(r"[\w-]{43}=", re.ASCII)


def token_secret(data_dir: Path) -> str:
    """The secret that signs connect tokens, as hexadecimal digits.

    Raises SettingsError when the file can't be made, is readable by others, or holds something else.
    """
    return _kept(data_dir / SECRET_FILE, secrets.token_hex(SECRET_BYTES), _TOKEN_SECRET, "tokens in use end")


def seal_key(data_dir: Path) -> str:
    """The key that seals the tokens of linked accounts, as ``automation.sealing`` takes it. Raises SettingsError."""
    from automation.sealing import new_key  # only who seals pays for it

    return _kept(data_dir / SEAL_FILE, new_key(), _SEAL_KEY, "linked accounts have to be linked again")


def _kept(path: Path, fresh: str, form: re.Pattern[str], consequence: str) -> str:
    """What the file holds; made of ``fresh`` on first use, and the same for every later process."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make(path, fresh)
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError(f"Others can read the secret {path}. Take their rights away: chmod 600 '{path}'")
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The secret {path} can't be used ({error}). Give this user a data folder to write in (SIDENOTE_DATA_DIR)."
        ) from None
    if not form.fullmatch(secret):
        raise SettingsError(f"The secret {path} is damaged. Delete it: a new one is made, and {consequence}.")
    return secret


def _make(path: Path, secret: str) -> None:
    """Write a new secret, whole before it has its name; of two processes at once one wins, and both read that one."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()
