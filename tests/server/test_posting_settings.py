"""server/posting_settings.py: what may be set about posting, what may not, and what is said then."""

from pathlib import Path
from typing import Any

import pytest

from automation.sealing import new_key
from server.settings import SettingsError, load_settings, variables

KEY = "x" * 43 + "="


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_posting_works_with_nothing_set() -> None:
    settings = load_settings()
    assert (settings.browser, settings.browser_path, settings.browser_headless) == ("chromium", None, True)
    assert (settings.post_workers, settings.post_lease_s, settings.post_deadline_s) == (2, 30, 90)
    assert (settings.find, settings.youtube_client_id, settings.seal_keys) == ("off", None, None)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SIDENOTE_BROWSER", "firefox", "chromium or browserbase"),
        ("SIDENOTE_BROWSER_PATH", "/nowhere/chromium", "the program of a Chromium"),
        ("SIDENOTE_BROWSER_PATH", "/", "the program of a Chromium"),
        ("SIDENOTE_BROWSER_HEADLESS", "perhaps", "true or false"),
        ("SIDENOTE_POST_WORKERS", "0", "1 to 16"),
        ("SIDENOTE_POST_WORKERS", "17", "1 to 16"),
        ("SIDENOTE_POST_LEASE_S", "0.4", "0.5 to 600"),
        ("SIDENOTE_POST_LEASE_S", "601", "0.5 to 600"),
        ("SIDENOTE_POST_DEADLINE_S", "4", "5 to 170"),
        ("SIDENOTE_POST_DEADLINE_S", "171", "5 to 170"),
        ("SIDENOTE_PRACTICE", "perhaps", "true or false"),
        ("SIDENOTE_PUBLIC_URL", "notes.example", "begins with http:// or https://"),
        ("SIDENOTE_PUBLIC_URL", "https://notes.example/", "without a path"),
        ("SIDENOTE_FIND", "model", "off or stagehand"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_is_allowed(
    variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert str(refusal.value).startswith(f"{variable} is {value!r}, which can't be used. Allowed: ")
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"browser": "browserbase"}, "SIDENOTE_BROWSERBASE_API_KEY and SIDENOTE_BROWSERBASE_PROJECT_ID"),
        ({"browser": "browserbase", "browserbase_api_key": "k"}, "SIDENOTE_BROWSERBASE_PROJECT_ID"),
        ({"find": "stagehand"}, "SIDENOTE_FIND_MODEL and SIDENOTE_FIND_API_KEY"),
        ({"find": "stagehand", "find_model": "m", "find_api_key": " "}, "SIDENOTE_FIND_API_KEY"),
        ({"youtube_client_id": "id"}, "SIDENOTE_YOUTUBE_CLIENT_SECRET"),
    ],
)
def test_what_needs_another_setting_says_which(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings(**given)


def test_the_program_of_a_browser_may_be_named_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chrome").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SIDENOTE_BROWSER_PATH", "~/chrome")
    assert load_settings().browser_path == tmp_path / "chrome"


@pytest.mark.parametrize("value", ["hush", f"{KEY},hush", KEY[1:], KEY[:-1], "ä" * 44])
def test_a_seal_key_that_is_none_is_refused_and_never_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDENOTE_SEAL_KEYS", value)
    with pytest.raises(SettingsError, match=r"SIDENOTE_SEAL_KEYS has a value that.*Fernet") as refusal:
        load_settings()
    assert value not in str(refusal.value)


def test_seal_keys_may_stand_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    another = new_key()
    monkeypatch.setenv("SIDENOTE_SEAL_KEYS", f" {KEY} , {another},\n")
    settings = load_settings()
    assert settings.seal_keys
    assert settings.seal_keys.get_secret_value() == f"{KEY},{another}"
    assert KEY not in repr(settings)
    monkeypatch.setenv("SIDENOTE_SEAL_KEYS", " , \n")
    assert load_settings().seal_keys is None
