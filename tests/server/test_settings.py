"""server/settings.py: values and refusals."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from agent.ear import EarSettings
from inference.vad.endpointer import EndpointSettings
from server.settings import EXTENSION_ID, Settings, SettingsError, load_settings, variables
from server.wiring import agent_settings, detector_settings
from storage.connections import parsed, sqlite_file

ROOT = Path(__file__).parents[2]
EXTENSION = f"chrome-extension://{EXTENSION_ID}"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_works_with_nothing_set() -> None:
    settings = load_settings()
    assert settings.url() == "http://127.0.0.1:8765"
    assert settings.database == f"sqlite:///{settings.data_dir}/sidenote.sqlite3"
    assert settings.data_dir.is_absolute()


def test_voice_activity_defaults_are_those_of_the_endpointer() -> None:
    assert detector_settings(load_settings()) == EndpointSettings()
    assert agent_settings(load_settings()).ear == EarSettings()


def test_every_default_passes_its_own_checks() -> None:
    Settings.model_validate(load_settings().model_dump())


def test_command_line_beats_environment_beats_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SIDENOTE_PORT=1\nSIDENOTE_MAX_TOPICS=1\nSIDENOTE_LANGUAGE=de\n")
    monkeypatch.setenv("SIDENOTE_PORT", "2")
    monkeypatch.setenv("SIDENOTE_MAX_TOPICS", "2")
    settings = load_settings(port=3, max_topics=None)
    assert (settings.port, settings.max_topics, settings.language) == (3, 2, "de")


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDENOTE_PORT", "")
    assert load_settings().port == 8765


def test_databases_have_the_name_that_everybody_gives_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone:hush@db.example/sidenote")
    settings = load_settings()
    assert settings.database == "postgresql://someone:hush@db.example/sidenote"
    assert "hush" not in repr(settings)
    assert load_settings(database_url="sqlite:///x.db").database == "sqlite:///x.db"


KEYS = "STT_API_KEY LLM_API_KEY BROWSERBASE_API_KEY YOUTUBE_CLIENT_SECRET FIND_API_KEY".split()


@pytest.mark.parametrize("name", [f"SIDENOTE_{key}" for key in KEYS])
def test_a_key_loses_the_line_break_of_its_file_and_is_never_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    field = name.removeprefix("SIDENOTE_").lower()
    monkeypatch.setenv(name, " sk-hush\n")
    assert getattr(load_settings(), field).get_secret_value() == "sk-hush"
    monkeypatch.setenv(name, " \n")
    assert getattr(load_settings(), field) is None
    for unusable in ("sk-hush\nsk-more", "sk-hush sk-more", "sk-hüsh"):
        monkeypatch.setenv(name, unusable)
        with pytest.raises(SettingsError, match=rf"{name} has a value.*Allowed: the (key|secret)") as told:
            load_settings()
        assert "sk-" not in str(told.value)


def test_home_is_spelled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("SIDENOTE_DATA_DIR", "~/notes")
    assert load_settings().data_dir == Path("/home/somebody/notes")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SIDENOTE_PORT", "abc", "0 to 65535"),
        ("SIDENOTE_PORT", "70000", "is '70000'"),
        ("SIDENOTE_STT", "cloud", "local or openai"),
        ("SIDENOTE_STT_BASE_URL", "localhost:9000", "http://"),
        ("SIDENOTE_STT_DEVICE", "tpu", "auto, cpu, cuda"),
        ("SIDENOTE_LANGUAGE", "English", "such as de, or auto"),
        ("SIDENOTE_LLM", "gpt", "basic or openai"),
        ("SIDENOTE_LLM_BASE_URL", "localhost:8080", "http://"),
        ("SIDENOTE_ALLOWED_ORIGINS", "*", "no *"),
        ("SIDENOTE_ALLOWED_ORIGINS", "https://x.example/", "no path"),
        ("SIDENOTE_ALLOWED_ORIGINS", "null", "no path"),
        ("SIDENOTE_AUTO_POST", "maybe", "true or false"),
        ("SIDENOTE_CONFIRM_SECONDS", "nan", "0.1 to 60"),
        ("SIDENOTE_HANGOVER_MS", "0", "100 to 5000"),
        ("SIDENOTE_MAX_FRAME_BYTES", "1", "4096"),
        ("DATABASE_URL", "mysql://u@h/n", "postgresql://"),
        ("REDIS_URL", "localhost", "redis://"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert variable in str(refusal.value)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_every_bad_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDENOTE_PORT", "x")
    monkeypatch.setenv("SIDENOTE_STT_THREADS", "-1")
    with pytest.raises(SettingsError, match=r"SIDENOTE_STT_THREADS.*SIDENOTE_PORT"):
        load_settings()


def test_a_refusal_never_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://someone:hush@db.example/x")
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"stt": "openai", "stt_api_key": "k"}, "SIDENOTE_STT_MODEL.*such as whisper-1"),
        ({"stt": "openai", "stt_model": "m"}, "SIDENOTE_STT_API_KEY"),
        ({"vad_threshold": 0.2}, "SIDENOTE_VAD_RELEASE_THRESHOLD is 0.35"),
        ({"llm": "openai"}, "SIDENOTE_LLM_MODEL"),
        ({"llm": "openai", "llm_model": "m"}, "SIDENOTE_LLM_API_KEY"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings(**given)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"\.env"):
        load_settings()


def test_origins_are_the_listed_ones_and_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDENOTE_ALLOWED_ORIGINS", "chrome-extension://abcdef, https://review.example:8443")
    assert load_settings(port=0).origins(4000) == {
        "chrome-extension://abcdef",
        "https://review.example:8443",
        "http://127.0.0.1:4000",
        "http://localhost:4000",
        EXTENSION,
    }
    assert load_settings(host="192.0.2.7", allowed_origins="").origins() == {"http://192.0.2.7:8765", EXTENSION}


def test_where_browsers_reach_the_server_may_connect_too() -> None:
    own = load_settings(public_url="https://notes.example:8443").origins(4000)
    assert own == {"https://notes.example:8443", "http://127.0.0.1:4000", "http://localhost:4000", EXTENSION}


def test_the_extension_that_may_connect_is_the_one_whose_key_stands_in_its_manifest() -> None:
    """Chrome makes an id of the SHA-256 of the public key: its first 32 hexadecimal digits, with a to p for 0 to f."""
    manifest = json.loads((ROOT / "extension/src/manifest.json").read_text(encoding="utf-8"))
    digits = hashlib.sha256(base64.b64decode(manifest["key"], validate=True)).hexdigest()[:32]
    assert digits.translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop")) == EXTENSION_ID


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8765/practice"),
        ({"host": "localhost", "port": 80}, "http://localhost:80/practice"),
        ({"host": "::1"}, "http://[::1]:8765/practice"),
        ({"practice": False}, None),
        ({"host": "0.0.0.0"}, None),
        ({"host": "192.0.2.7"}, None),
        ({"host": "0.0.0.0", "practice": True}, "http://127.0.0.1:8765/practice"),
        ({"host": "192.0.2.7", "practice": True}, "http://192.0.2.7:8765/practice"),
        ({"public_url": "https://notes.example"}, "https://notes.example/practice"),
        ({"host": "0.0.0.0", "public_url": "https://notes.example"}, None),
        ({"host": "0.0.0.0", "public_url": "https://n.example", "practice": True}, "https://n.example/practice"),
    ],
)
def test_the_practice_page_is_there_where_only_this_machine_can_connect_or_it_was_asked_for(
    given: dict[str, Any], address: str | None
) -> None:
    assert load_settings(**given).practice_url == address


def test_a_data_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "odd %41?x#y z"
    url = load_settings(env_file=None, data_dir=folder).database
    assert sqlite_file(parsed(url)) == folder / "sidenote.sqlite3"
