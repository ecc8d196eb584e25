"""A ``sidenote serve`` process of its own: to be killed, and to have its CPU time and memory counted by the kernel."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
STOP_LIMIT_S = 30


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server, ready for connections."""

    process: subprocess.Popen[str]
    url: str  # ws://127.0.0.1:PORT
    token: str

    def kill(self) -> None:
        """``kill -9``: nothing is saved on the way out."""
        self.process.kill()
        self.process.wait(STOP_LIMIT_S)

    def cpu_s(self) -> float:
        """User and system seconds so far (proc(5), stat fields 14 and 15)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def memory_mib(self, figure: str) -> float:
        """``VmRSS`` (now) or ``VmHWM`` (highest), in MiB."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(figure)) / 1024


@contextmanager
def serving(folder: Path) -> Iterator[ServerProcess]:
    """A warm server on a free port with its data in ``folder``, which outlives it."""
    environment = {**os.environ, "SIDENOTE_DATA_DIR": str(folder), "SIDENOTE_LOG_LEVEL": "warning"}
    command = [sys.executable, "-m", "server.cli", "serve", "--port", "0"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = ""
        while not (found := re.search(r"address\s+http(\S+)\s", said)):
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the server ended before it was ready: {said}")
            said += line
        token = subprocess.run(
            [*command[:3], "token"], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
        yield ServerProcess(process, f"ws{found[1]}", token.stdout.strip())
    finally:
        process.terminate()
        process.wait(STOP_LIMIT_S)
        process.stdout.close()
