"""The HTTP client for endpoints that a setting names: it goes to no other host, and reads nothing of a refusal."""

from typing import Any

import openai


def http_client() -> openai.DefaultAsyncHttpxClient:
    """What speaks to an OpenAI-compatible endpoint under the ``openai`` client, which sets deadlines and tries again.

    A redirect counts as a refusal: words and keys are for the host that was named.
    """
    return openai.DefaultAsyncHttpxClient(follow_redirects=False, event_hooks={"response": [_leave_refusal_unread]})


async def _leave_refusal_unread(response: Any) -> None:
    """The client would read the whole body of a refusal, however long; nothing in it is of use here."""
    if not response.is_success:
        await response.aclose()
