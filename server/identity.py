"""Who runs the program on this machine, and the tokens they connect with. Light to import."""

from channels.auth import Tokens
from server.secrets import token_secret
from server.settings import Settings

LOCAL_USER = "local"
"""Whoever runs the program on this machine; accounts come with sign-in."""


def build_tokens(settings: Settings) -> Tokens:
    """Signs with the secret of the data folder, made on first use. Raises SettingsError."""
    return Tokens(bytes.fromhex(token_secret(settings.data_dir)), settings.token_ttl_s)
