"""server/logs.py: lines for machines and for people, with the session they are about."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from server.logs import OURS, bind_log_context, setup_logging


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.getLogger("uvicorn.access").disabled = False


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_lines_say_when_how_bad_who_and_what() -> None:
    stream = io.StringIO()
    setup_logging("info", stream=stream)
    logging.getLogger("agent.driver").warning("lease of %s lost", "s1", extra={"fence": 3})
    (line,) = lines(stream)
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "warning", "logger": "agent.driver", "message": "lease of s1 lost", "fence": 3}


def test_a_terminal_gets_plain_lines_unless_json_is_asked_for() -> None:
    for as_json, expected in ((None, False), (True, True)):
        stream = Terminal()
        setup_logging("info", as_json=as_json, stream=stream)
        logging.getLogger("server").info("ready", extra={"port": 1})
        assert stream.getvalue().startswith("{") is expected
        assert "ready" in stream.getvalue()
    assert stream.getvalue().count("\n") == 1


def test_plain_lines_end_with_what_else_is_known() -> None:
    stream = Terminal()
    setup_logging("info", stream=stream)
    with bind_log_context(session_id="s1"):
        logging.getLogger("server").info("ready")
    assert stream.getvalue().rstrip().endswith("info    ready  [session_id=s1]")


def test_an_exception_is_part_of_its_line() -> None:
    stream = io.StringIO()
    setup_logging("info", stream=stream)
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logging.getLogger("server").exception("it failed")
    assert "RuntimeError: broken" in lines(stream)[0]["exception"]


async def test_the_session_and_user_follow_into_tasks_and_threads_and_no_further() -> None:
    stream = io.StringIO()
    setup_logging("info", stream=stream)
    log = logging.getLogger("channels")

    async def speak(session: str) -> None:
        with bind_log_context(session_id=session, user_id=None):
            await asyncio.sleep(0)
            await asyncio.to_thread(log.info, "heard")

    with bind_log_context(user_id="u"):
        await asyncio.gather(speak("a"), speak("b"))
    log.info("after")
    *heard, after = lines(stream)
    assert sorted((line["user_id"], line["session_id"]) for line in heard) == [("u", "a"), ("u", "b")]
    assert "session_id" not in after
    assert "user_id" not in after


def test_what_the_line_says_itself_stands() -> None:
    stream = io.StringIO()
    setup_logging("info", stream=stream)
    with bind_log_context(session_id="bound"):
        logging.getLogger("agent").warning("x", extra={"session_id": "own"})
    assert lines(stream)[0]["session_id"] == "own"


def test_libraries_are_heard_from_warnings_up_whatever_the_level() -> None:
    stream = io.StringIO()
    setup_logging("debug", stream=stream)
    for name in ("websockets.server", "openai._base_client", "sqlalchemy.engine", "faster_whisper"):
        logging.getLogger(name).info("the words that were said")
        logging.getLogger(name).warning("trouble")
    logging.getLogger("agent").debug("ours")
    assert [line["message"] for line in lines(stream)] == ["trouble"] * 4 + ["ours"]


def test_addresses_with_tokens_are_never_logged() -> None:
    stream = io.StringIO()
    setup_logging("debug", stream=stream)
    logging.getLogger("uvicorn.access").warning("GET /socket/websocket?token=hush")
    assert stream.getvalue() == ""


def test_setting_up_again_replaces_and_does_not_double() -> None:
    first, second = io.StringIO(), io.StringIO()
    setup_logging("info", stream=first)
    setup_logging("error", stream=second)
    logging.getLogger("server").info("quiet")
    logging.getLogger("server").error("loud")
    assert not first.getvalue()
    assert len(lines(second)) == 1
