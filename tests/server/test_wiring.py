"""server/wiring.py: which engine the settings choose."""

from pathlib import Path

import pytest

from agent.services import AgentSettings
from server.settings import load_settings
from server.wiring import agent_settings, build_stt, running_parts
from storage.errors import StorageError


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "faster-whisper tiny.en"),
        ({"stt_model": "base", "language": "auto"}, "faster-whisper base"),
        ({"stt": "openai", "stt_model": "m", "stt_api_key": "k"}, "openai m (api.openai.com)"),
        ({"stt": "openai", "stt_model": "m", "stt_base_url": "http://127.0.0.1:9/v1/"}, "openai m (127.0.0.1)"),
    ],
)
async def test_the_settings_choose_the_engine(given: dict[str, str], name: str) -> None:
    stt = build_stt(load_settings(env_file=None, **given))
    assert stt.name == name
    await stt.close()


@pytest.mark.parametrize("name", ["stt_deadline_s", "llm_deadline_s"])
def test_a_step_lasts_as_long_as_its_endpoint_may(name: str) -> None:
    assert agent_settings(load_settings(env_file=None)).step_deadline_s == AgentSettings().step_deadline_s
    assert agent_settings(load_settings(env_file=None, **{name: 120})).step_deadline_s > 120


async def test_what_fails_while_the_model_loads_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "sidenote.sqlite3").write_text("not a database, surely " * 100)
    with pytest.raises(StorageError):
        async with running_parts(load_settings(env_file=None, data_dir=tmp_path, stt_model=str(tmp_path / "nowhere"))):
            raise AssertionError("it started")
