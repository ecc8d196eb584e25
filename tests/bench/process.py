"""A ``sidenote serve`` of its own, whose CPU time and memory the kernel counts."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ServerProcess:
    pid: int
    url: str
    token: str

    def cpu_s(self) -> float:
        """User and system seconds so far (proc(5), stat fields 14 and 15)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def memory_mib(self, figure: str) -> float:
        """``VmRSS`` (now) or ``VmHWM`` (highest), in MiB."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(figure)) / 1024


@contextmanager
def serving() -> Iterator[ServerProcess]:
    """A warm server on a free port with an empty data folder."""
    sidenote = str(Path(sys.executable).with_name("sidenote"))
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SIDENOTE_DATA_DIR": folder, "SIDENOTE_PORT": "0", "SIDENOTE_LOG_JSON": "true"}
        command = [sidenote, "serve", "--json"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            yield ServerProcess(process.pid, ready["url"], ready["token"])
        finally:
            process.terminate()
            process.wait(30)


def say(server: ServerProcess, files: list[Path], *options: str) -> dict[str, Any]:
    """Stream files to the server as a microphone would; the summary. Raises CalledProcessError."""
    sidenote = str(Path(sys.executable).with_name("sidenote"))
    command = [sidenote, "say", *map(str, files), "--server", server.url, "--token", server.token, "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary

