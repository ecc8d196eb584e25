"""A ``sidenote serve`` process of its own: to be killed, and to have its CPU time and memory counted by the kernel."""

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
STOP_LIMIT_S = 30
SIDENOTE = ("-m", "server.cli", "serve")
READY = re.compile(r"address\s+http(?P<address>://\S+:(?P<port>\d+))\s+token\s+(?P<token>\S+)\s")


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server, ready for connections."""

    process: subprocess.Popen[str]
    url: str  # ws://127.0.0.1:PORT
    port: int
    token: str
    log: Path | None  # one JSON object a line

    def kill(self) -> None:
        """``kill -9``: nothing is saved on the way out."""
        self.process.kill()
        self.process.wait(STOP_LIMIT_S)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def cpu_s(self) -> float:
        """User and system seconds so far (proc(5), stat fields 14 and 15)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def memory_mib(self, figure: str) -> float:
        """``VmRSS`` (now) or ``VmHWM`` (highest), in MiB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(figure)) / 1024

    def bugs(self) -> list[str]:
        """What it wrote that no server should: errors, and whatever is no line of its log, such as a traceback."""
        assert self.log, "pass a log to serving()"
        return [line for line in self.log.read_text(errors="replace").splitlines() if _is_bug(line)]


def _is_bug(line: str) -> bool:
    try:
        entry: dict[str, Any] = json.loads(line)
    except ValueError:
        return bool(line.strip())
    return entry["level"] in ("error", "critical") or "exception" in entry


@contextmanager
def serving(
    folder: Path,
    *,
    port: int = 0,
    log: Path | None = None,
    program: Sequence[str] = SIDENOTE,
    settings: Mapping[str, str] | None = None,
) -> Iterator[ServerProcess]:
    """A warm server with its data in ``folder``, which outlives it; port 0 is a free one.

    ``log``: a file for its standard error, added to. ``settings``: environment variables.
    ``program``: what Python runs.
    """
    environment = {**os.environ, "SIDENOTE_DATA_DIR": str(folder), "SIDENOTE_LOG_LEVEL": "warning", **(settings or {})}
    command = [sys.executable, *program, "--port", str(port)]
    with contextlib.ExitStack() as stack:
        errors = stack.enter_context(log.open("a")) if log else None
        process = stack.enter_context(
            subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
        )
        assert process.stdout is not None
        try:
            said = ""
            while not (found := READY.search(said)):
                line = process.stdout.readline()
                if not line:
                    raise RuntimeError(f"the server ended before it was ready: {said}")
                said += line
            yield ServerProcess(process, f"ws{found['address']}", int(found["port"]), found["token"], log)
        finally:
            process.terminate()
            process.wait(STOP_LIMIT_S)
