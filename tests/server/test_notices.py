"""server/notices.py"""

from pathlib import Path
from typing import Any

import pytest

from server.notices import notices
from server.settings import load_settings, variables


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_there_is_nothing_to_say_about_the_defaults() -> None:
    assert notices(load_settings(), {}) == []


@pytest.mark.parametrize(
    ("given", "environ", "said"),
    [
        ({"redis_url": "redis://localhost"}, {}, "several processes need PostgreSQL"),
        ({"host": "0.0.0.0"}, {}, "others on the network"),
        ({"language": "de"}, {}, "knows English only"),
        ({"language": "auto"}, {}, "knows English only"),
        ({"stt_base_url": "http://127.0.0.1:9/v1"}, {}, "set SIDENOTE_STT=openai to use it"),
        ({"stt": "openai", "stt_model": "m", "stt_api_key": "k"}, {}, "sent as audio to api.openai.com"),
        (
            {"stt": "openai", "stt_model": "m", "stt_base_url": "https://me:hush@ears.example:8000/v1"},
            {},
            "sent as audio to ears.example to be transcribed",
        ),
        (
            {"stt": "openai", "stt_model": "m", "stt_base_url": "http://ears.example/v1"},
            {},
            "with names from the video and your glossary (SIDENOTE_STT=openai). The way there is not encrypted (http).",
        ),
        ({"stt": "openai", "stt_model": "m", "stt_base_url": "http://localhost/v1"}, {}, "(SIDENOTE_STT=openai)."),
        ({"llm_model": "m"}, {}, "SIDENOTE_LLM=openai"),
        (
            {"browser": "browserbase", "browserbase_api_key": "k", "browserbase_project_id": "p"},
            {},
            "which keep your logins",
        ),
        ({"browserbase_project_id": "p"}, {}, "set SIDENOTE_BROWSER=browserbase to use it"),
        (
            {"find": "stagehand", "find_model": "m", "find_api_key": "k"},
            {},
            "the visible text of the page is sent to m",
        ),
        ({"auto_post": True}, {}, "posted by themselves"),
        (
            {
                "redis_url": "redis://localhost",
                "database_url": "postgresql://u@h/n",
                "youtube_client_id": "i",
                "youtube_client_secret": "s",
            },
            {},
            "the same SIDENOTE_SEAL_KEYS",
        ),
        ({}, {"SIDENOTE_PROT": "1"}, "Did you mean SIDENOTE_PORT?"),
        ({}, {"SIDENOTE_ZZZZZZZZZZZZZZZ": "1"}, "no setting of Sidenote."),
    ],
)
def test_what_has_no_effect_or_opens_a_door_is_said(given: dict[str, Any], environ: dict[str, str], said: str) -> None:
    found = notices(load_settings(**given), environ)
    assert len(found) == 1
    assert said in found[0]
    assert ("not encrypted" in found[0]) is ("not encrypted" in said)


def test_a_practice_page_that_others_reach_is_said() -> None:
    found = notices(load_settings(host="0.0.0.0", practice=True), {})
    assert len(found) == 2
    assert "can comment on its practice page" in found[1]


def test_a_misspelt_name_in_the_file_is_noticed(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SIDENOTE_PROT=1\n")
    assert notices(load_settings()) == ["SIDENOTE_PROT is no setting of Sidenote. Did you mean SIDENOTE_PORT?"]
