"""Asks a model endpoint for its list of models: whether it is there and takes the key. Sends nothing else."""

import asyncio
import base64
import http.client
import urllib.error
import urllib.request
from urllib.parse import unquote

from pydantic import SecretStr

from server.findings import Problem

TIMEOUT_S = 5.0


async def look_at_endpoint(base: str, key: SecretStr | None, which: str, until_then: str) -> None:
    """``base`` ends in /v1. ``which``: "LLM" or "STT", as in the names of its settings. Raises Problem."""
    base, user = _parted(base)
    login = f"Bearer {key.get_secret_value() if key else 'none'}"
    if user:  # as the client does that asks in earnest
        login = f"Basic {base64.b64encode(unquote(user).encode()).decode()}"
    todo = f"Start it or mend SIDENOTE_{which}_BASE_URL. {until_then}"
    try:
        request = urllib.request.Request(f"{base}/models", headers={"Authorization": login})
        status = await asyncio.to_thread(_status, request)
    except OSError as error:
        raise Problem(f"{base} does not answer ({getattr(error, 'reason', error)})", todo) from None
    except (ValueError, http.client.HTTPException) as error:  # whose words may repeat the key
        raise Problem(f"{base} can't be asked ({type(error).__name__})", todo) from None
    if status in (401, 403):
        raise Problem(f"{base} refuses the key ({status})", f"Mend SIDENOTE_{which}_API_KEY. {until_then}")
    if status >= 500:
        raise Problem(f"{base} answers with {status}", f"Look at its log. {until_then}")


def without_password(address: str) -> str:
    """``address`` as it may be shown: without the name and password of a user."""
    return _parted(address)[0]


def _parted(address: str) -> tuple[str, str]:
    """An address without its user, and the user: ``name:password``, or nothing."""
    scheme, _, rest = address.partition("://")
    place, slash, path = rest.partition("/")
    user, _, host = place.rpartition("@")
    return f"{scheme}://{host}{slash}{path}", user


def _status(request: urllib.request.Request) -> int:
    """The HTTP status of the answer. Raises OSError where there is none."""
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
