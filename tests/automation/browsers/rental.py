"""A stand-in for Browserbase: its HTTP API in front of real Chromiums on this machine, one profile a context."""

import asyncio
import json
import os
import re
import secrets
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automation.browsers.chromium import QUIET
from tests.automation.browsers.web import Answer, Asked

KEY = "bb_test_key"
PROJECT = "project-1"
TIME = "2026-01-01T00:00:00Z"


@dataclass(slots=True)
class Rented:
    process: Process
    connect_url: str
    settings: dict[str, Any]  # as they were asked for
    drained: asyncio.Task[bytes]
    status: str = "RUNNING"


class Rental:
    """``faults`` answers a method and path with a status, ``said`` with an answer of any kind."""

    def __init__(self, root: Path) -> None:
        self.contexts: dict[str, Path] = {}
        self.sessions: dict[str, Rented] = {}
        self.faults: dict[tuple[str, str], int] = {}
        self.failing_once: set[tuple[str, str]] = set()
        self.said: dict[tuple[str, str], Answer] = {}
        self.unreachable = False  # whether connections to sessions fail
        self.starting = asyncio.Event()
        self._root = root

    async def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("x-bb-api-key") != KEY:
            return _json({"message": "Unauthorized"}, 401)
        if said := self.said.get((asked.method, asked.path)):
            return said
        if (asked.method, asked.path) in self.failing_once:
            self.failing_once.remove((asked.method, asked.path))
            return _json({"message": "Busy"}, 503)
        if fault := self.faults.get((asked.method, asked.path)):
            return _json({"message": "No"}, fault)
        wanted = json.loads(asked.body or b"{}")
        match asked.method, asked.path.strip("/").split("/")[1:]:
            case "POST", ["contexts"]:
                name = secrets.token_hex(4)
                self.contexts[name] = self._root / name
                return _json({"id": name}, 201)
            case "GET", ["contexts", name] if name in self.contexts:
                return _json({"id": name, "createdAt": TIME, "updatedAt": TIME, "projectId": PROJECT})
            case "DELETE", ["contexts", name] if name in self.contexts:
                shutil.rmtree(self.contexts.pop(name))
                return Answer(status=204)
            case "POST", ["sessions"] if wanted["browserSettings"]["context"]["id"] in self.contexts:
                return await self._start(wanted)
            case "GET", ["sessions", name] if name in self.sessions:
                return _json(self._shown(name))
            case "GET", ["sessions", name, "debug"] if name in self.sessions:
                view = f"https://live.example/{name}"
                urls = {"debuggerFullscreenUrl": view, "debuggerUrl": view, "wsUrl": "wss://live.example", "pages": []}
                return _json(urls)
            case "POST", ["sessions", name] if wanted == {"status": "REQUEST_RELEASE", "projectId": PROJECT}:
                await self.end(name)
                return _json(self._shown(name))
        return _json({"message": "Not found"}, 404)

    async def end(self, name: str) -> None:
        rented = self.sessions[name]
        if rented.process.returncode is None:
            rented.process.send_signal(signal.SIGINT)
        await rented.process.wait()
        await rented.drained
        rented.status = "COMPLETED"

    async def close(self) -> None:
        for name in self.sessions:
            await self.end(name)

    def running(self) -> list[str]:
        return [name for name, rented in self.sessions.items() if rented.status == "RUNNING"]

    async def _start(self, wanted: dict[str, Any]) -> Answer:
        self.starting.set()
        settings = wanted["browserSettings"]
        folder = self.contexts[settings["context"]["id"]]
        process = await asyncio.create_subprocess_exec(
            shutil.which("chromium") or "chromium",
            f"--user-data-dir={folder}",
            "--remote-debugging-port=0",
            "--headless=new",
            f"--window-size={settings['viewport']['width']},{settings['viewport']['height']}",
            *QUIET,
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
            "about:blank",  # else its start page loads first, and whoever connects has to wait for it
            stdout=DEVNULL,
            stderr=PIPE,
        )
        assert process.stderr is not None
        said = b""
        while not (found := re.search(rb"DevTools listening on (ws://\S+)\n", said)):
            chunk = await process.stderr.read(4096)
            assert chunk, f"Chromium did not start: {said!r}"
            said += chunk
        url = "ws://127.0.0.1:9/nobody" if self.unreachable else found[1].decode()
        name = secrets.token_hex(4)
        self.sessions[name] = Rented(process, url, wanted, asyncio.create_task(process.stderr.read()))
        return _json(self._shown(name), 201)

    def _shown(self, name: str) -> dict[str, Any]:
        rented = self.sessions[name]
        return {
            "id": name,
            "createdAt": TIME,
            "expiresAt": TIME,
            "startedAt": TIME,
            "updatedAt": TIME,
            "keepAlive": False,
            "projectId": PROJECT,
            "proxyBytes": 0,
            "region": "us-west-2",
            "status": rented.status,
            "connectUrl": rented.connect_url,
            "seleniumRemoteUrl": "http://127.0.0.1:9",
            "signingKey": "key",
        }


def _json(body: dict[str, Any], status: int = 200) -> Answer:
    return Answer(json.dumps(body), status, {"Content-Type": "application/json"})
