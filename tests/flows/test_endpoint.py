"""A server that has its speech transcribed elsewhere: notes come all the same, and a failure is told."""

from pathlib import Path

import pytest

from tests.flows.talk import talking_to_own_server
from tests.inference.stt.endpoint import Endpoint, fails, hears, serving
from tests.speech.synthesis import spoken_notes
from tests.speech.wer import word_errors

pytestmark = [pytest.mark.flow, pytest.mark.model, pytest.mark.speech]


async def test_a_sentence_heard_by_an_endpoint_is_a_note(tmp_path: Path) -> None:
    endpoint, clip = Endpoint(), spoken_notes(limit=1)[0]
    endpoint.behave = hears
    with serving(endpoint) as url:
        async with talking_to_own_server(tmp_path, stt="openai", stt_model="tiny.en", stt_base_url=url) as (_, talker):
            await talker.press(clip.samples)
            await talker.settled(1)
            (final,) = talker.named("asr_final")
            assert [created["utterance"] for created in talker.named("note_created")] == [1]
    assert word_errors(clip.text, final["text"]).rate < 0.2
    assert final["engine"] == "openai tiny.en (127.0.0.1)"
    assert len(endpoint.asked) == 1


async def test_a_key_that_is_refused_is_told_with_what_to_do(tmp_path: Path) -> None:
    endpoint = Endpoint()
    endpoint.behave = fails(401)
    with serving(endpoint) as url:
        async with talking_to_own_server(tmp_path, stt="openai", stt_model="tiny.en", stt_base_url=url) as (_, talker):
            await talker.press(spoken_notes(limit=1)[0].samples)
            told = await talker.until("agent_error")
    assert "Mend the key in the settings" in told["message"]
    assert len(endpoint.asked) == 1


async def test_a_quota_that_is_used_up_is_told_and_not_asked_for_ever(tmp_path: Path) -> None:
    endpoint = Endpoint()
    endpoint.behave = fails(429)
    with serving(endpoint) as url:
        async with talking_to_own_server(tmp_path, stt="openai", stt_model="tiny.en", stt_base_url=url) as (_, talker):
            await talker.press(spoken_notes(limit=1)[0].samples)
            told = await talker.until("agent_error")
    assert "your quota is used up" in told["message"]
    assert len(endpoint.asked) == 6  # three attempts of two requests
