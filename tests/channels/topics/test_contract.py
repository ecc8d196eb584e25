"""What a client is told about an error, and what it is not told."""

import pytest

from agent.errors import AudioSkipped, NotNow
from channels.hub import HubUnavailable
from channels.topics.contract import Params, Refused, parsed, refusal_of
from storage.errors import InvalidValue, RevisionConflict


@pytest.mark.parametrize(
    "error, response",
    [
        (Refused("no_video", "Which?", more=1), {"reason": "no_video", "message": "Which?", "more": 1}),
        (NotNow("No."), {"reason": "not_now", "message": "No."}),
        (AudioSkipped("Replay.", 0), {"reason": "audio_skipped", "message": "Replay.", "expected": 0}),
        (InvalidValue("Too long."), {"reason": "invalid_value", "message": "Too long."}),
        (RevisionConflict("Look.", 3), {"reason": "revision_conflict", "message": "Look.", "current": 3}),
        (HubUnavailable("Again."), {"reason": "hub_unavailable", "message": "Again."}),
        (ValueError("secret words"), None),
    ],
)
def test_an_error_as_a_client_sees_it(error: Exception, response: dict[str, object] | None) -> None:
    assert refusal_of(error) == response


class Wanted(Params):
    count: int
    at_s: float = 0.0


@pytest.mark.parametrize(
    "payload, where",
    [
        ({}, "count: "),
        ({"count": "x"}, "count: "),
        (None, "payload: "),
        ({"count": 3, "at_s": "Infinity"}, "at_s: "),  # JSON has no such number, but a string that reads as one
        ({"count": 3, "at_s": "nan"}, "at_s: "),
    ],
)
def test_the_first_field_that_is_wrong_is_named_and_its_value_is_not(payload: object, where: str) -> None:
    with pytest.raises(Refused) as refused:
        parsed(Wanted, payload)
    assert str(refused.value).startswith(where)
    assert parsed(Wanted, {"count": 3, "unknown": 1}).count == 3
