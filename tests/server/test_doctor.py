"""Each check on a sound installation and on a broken one."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

import server.doctor as doctor
from inference.errors import ModelDamaged
from server.cli import app
from server.doctor import CHECKS, examine
from server.embedded import EmbeddedServer
from server.findings import Absent, Finding, Problem, Verdict
from server.settings import Settings, load_settings
from tests.channels.redis_server import RedisServer, redis_server  # noqa: F401 - a fixture
from tests.chaos import server as scripted
from tests.inference.stt.endpoint import Endpoint, serving
from tests.server.notepad import free_port


def settings(folder: Path, **more: object) -> Settings:
    return load_settings(env_file=None, data_dir=folder, **{"port": 0, **more})


async def find(name: str, chosen: Settings) -> Finding:
    (finding,) = await examine(chosen, {name: CHECKS[name]})
    return finding


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        yield other.getsockname()[1]


@pytest.mark.parametrize("name", ["Python", "packages", "sentence model", "data folder", "disk", "database", "port"])
async def test_a_sound_installation_passes(name: str, tmp_path: Path) -> None:
    finding = await find(name, settings(tmp_path / "data"))
    assert (finding.verdict, finding.todo) == (Verdict.OK, "")
    assert finding.found


async def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MODULES", ["numpy", "no_such_package.at_all"])
    finding = await find("packages", settings(tmp_path))
    assert finding.verdict is Verdict.PROBLEM
    assert "no_such_package" in finding.found
    assert "make setup" in finding.todo


@pytest.mark.browser
async def test_a_browser_opens_a_page_and_leaves_nothing(tmp_path: Path) -> None:
    finding = await find("browser", settings(tmp_path))
    assert finding.verdict is Verdict.OK
    assert "opens a page" in finding.found
    assert list((tmp_path / "browsers").glob("*/*")) == []


async def test_a_missing_browser_is_optional_and_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    finding = await find("browser", settings(tmp_path))
    assert finding.verdict is Verdict.ABSENT
    assert "apt-get install -y chromium" in finding.todo


async def test_a_rented_browser_is_not_asked_for(tmp_path: Path) -> None:
    rented = settings(tmp_path, browser="browserbase", browserbase_api_key="k", browserbase_project_id="p")
    assert "Browserbase" in (await find("browser", rented)).found


async def test_a_missing_speech_model_says_what_to_name(tmp_path: Path) -> None:
    finding = await find("speech model", settings(tmp_path, stt_model=str(tmp_path / "nowhere")))
    assert finding.verdict is Verdict.PROBLEM
    assert "nowhere" in finding.found
    assert "tiny.en" in finding.todo


async def test_a_damaged_model_says_how_to_mend_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_: object) -> bytes:
        raise ModelDamaged("model.onnx is damaged. Install it again: pip install x")

    monkeypatch.setattr("inference.embed.minilm.checked", damaged)
    finding = await find("sentence model", settings(tmp_path))
    assert (finding.found, finding.todo) == ("model.onnx is damaged", "Install it again: pip install x")


async def test_a_data_folder_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    finding = await find("data folder", settings(tmp_path / "file" / "data"))
    assert finding.verdict is Verdict.PROBLEM
    assert "SIDENOTE_DATA_DIR" in finding.todo


async def test_a_full_disk_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 10**18)
    assert (await find("disk", settings(tmp_path))).verdict is Verdict.PROBLEM


async def test_a_file_that_is_no_database_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "sidenote.sqlite3").write_text("not a database, surely " * 100)
    finding = await find("database", settings(tmp_path))
    assert finding.verdict is Verdict.PROBLEM
    assert "restore it" in finding.todo


async def test_a_port_that_sidenote_has_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("build_stt", "build_structurer", "build_detector_factory"):
        monkeypatch.setattr(f"server.wiring.{part}", getattr(scripted, part))
    here = settings(tmp_path, port=free_port())
    async with EmbeddedServer(here, port=here.port):
        finding = await find("port", here)
    assert (finding.verdict, finding.found) == (Verdict.OK, f"Sidenote is running at {here.url()}")


async def test_a_port_that_somebody_else_has_is_a_problem(taken: int, tmp_path: Path) -> None:
    finding = await find("port", settings(tmp_path, port=taken))
    assert finding.verdict is Verdict.PROBLEM
    assert "SIDENOTE_PORT" in finding.todo


async def test_an_endpoint_that_does_not_answer_is_a_problem(tmp_path: Path) -> None:
    chosen = settings(tmp_path, llm="openai", llm_model="m", llm_base_url="http://127.0.0.1:9/v1")
    finding = await find("language model", chosen)
    assert finding.verdict is Verdict.PROBLEM
    assert "SIDENOTE_LLM_BASE_URL" in finding.todo


async def test_a_transcription_endpoint_takes_the_place_of_the_model(tmp_path: Path) -> None:
    with serving(Endpoint()) as url:
        chosen = settings(tmp_path, stt="openai", stt_model="tiny.en", stt_base_url=url, stt_api_key="good")
        finding = await find("speech model", chosen)
        assert (finding.verdict, finding.found) == (Verdict.OK, f"tiny.en at {url}")
        finding = await find("speech model", chosen.model_copy(update={"stt_api_key": SecretStr("bad")}))
        assert (finding.verdict, finding.found) == (Verdict.PROBLEM, f"{url} refuses the key (401)")
        assert finding.todo.startswith("Mend SIDENOTE_STT_API_KEY.")


def test_what_is_optional_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(doctor, "CHECKS", {"extra": _absent})
    done = CliRunner().invoke(app, ["doctor", "--json"])
    assert done.exit_code == 0
    check = {"check": "extra", "verdict": "absent", "found": "not here", "todo": "get it"}
    assert json.loads(done.stdout) == {"ok": True, "checks": [check]}


async def _absent(_: Settings) -> str:
    raise Absent("not here", "get it")


def test_a_problem_is_the_exit_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(doctor, "CHECKS", {"port": _broken})
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 1
    assert "broken" in done.stdout
    assert "mend it" in done.stdout


async def _broken(_: Settings) -> str:
    raise Problem("broken", "mend it")


async def test_without_redis_events_stay_here_and_one_that_is_away_is_a_problem(tmp_path: Path) -> None:
    assert (await find("events", settings(tmp_path))).verdict is Verdict.ABSENT
    finding = await find("events", settings(tmp_path, redis_url="redis://:secret-word@127.0.0.1:1/0"))
    assert finding.verdict is Verdict.PROBLEM
    assert "No Redis to use at 127.0.0.1:1" in finding.found
    assert "secret-word" not in finding.found + finding.todo


@pytest.mark.redis
async def test_a_redis_that_answers_is_named(tmp_path: Path, redis_server: RedisServer) -> None:  # noqa: F811 - the fixture imported above
    finding = await find("events", settings(tmp_path, redis_url=redis_server.url))
    assert finding.verdict is Verdict.OK, finding
    assert finding.found.startswith("Redis ")
