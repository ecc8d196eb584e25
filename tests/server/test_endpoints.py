"""server/endpoints.py: what keeps an endpoint from being asked. How it answers: test_doctor.py."""

import asyncio
import base64

import pytest
from pydantic import SecretStr

from server.endpoints import look_at_endpoint, without_password
from server.findings import Problem


async def test_a_key_that_no_request_can_carry_is_not_shown() -> None:
    with pytest.raises(Problem, match="can't be asked") as told:
        await look_at_endpoint("http://127.0.0.1:9/v1", SecretStr("sk-hush\n"), "STT", "")
    assert "hush" not in str(told.value) + told.value.todo


async def test_what_speaks_no_http_has_its_address_mended() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ready\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Problem) as told:
            await look_at_endpoint(f"http://127.0.0.1:{port}/v1", None, "LLM", "Basic answers.")
    assert told.value.todo == "Start it or mend SIDENOTE_LLM_BASE_URL. Basic answers."


async def test_a_password_in_the_address_is_used_and_not_shown() -> None:
    logins: list[str] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        logins.extend(line for line in head.splitlines() if line.startswith("Authorization"))
        writer.write(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Problem, match=f"^http://127.0.0.1:{port}/v1 refuses the key"):
            await look_at_endpoint(f"http://me:h%C3%BCsh@127.0.0.1:{port}/v1", SecretStr("k"), "STT", "")
    assert logins == [f"Authorization: Basic {base64.b64encode('me:hüsh'.encode()).decode()}"]
    assert without_password("https://me:hush@ears.example:8000/v1") == "https://ears.example:8000/v1"
    assert without_password("http://127.0.0.1:8000/v1") == "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize("base", ["http://[::1/v1", "http://a:b/v1"])
async def test_an_address_that_is_none_is_to_be_mended(base: str) -> None:
    with pytest.raises(Problem) as told:
        await look_at_endpoint(base, None, "STT", "")
    assert "SIDENOTE_STT_BASE_URL" in told.value.todo
