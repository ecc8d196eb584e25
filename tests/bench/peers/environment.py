"""A peer's own environment under ``build/peers``, made at first use from its pinned requirements, and its server."""

import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from websockets.exceptions import WebSocketException

from tests.flows.process import CLOCK_TICKS, ROOT

HERE = Path(__file__).parent
READY_LIMIT_S = 240.0  # torch is slow to import on a busy machine
INSTALL_LIMIT_S = 1200.0


class PeerMissing(Exception):
    """A peer can't be installed or started here. The message says which and why."""


@dataclass(frozen=True, slots=True)
class PeerProcess:
    """A running peer."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu_s(self) -> float:
        """User and system seconds so far, of the process and of children that have ended."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15]) / CLOCK_TICKS


def installed(name: str) -> Path:
    """The folder of programs of the environment with what ``NAME.txt`` pins. Raises PeerMissing."""
    requirements = HERE / f"{name}.txt"
    folder = ROOT / "build" / "peers" / name
    stamp = folder / "installed"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"installing {name} into {folder} (once)", file=sys.stderr, flush=True)
        make = [sys.executable, "-m", "venv", "--clear", str(folder)]
        fill = [str(folder / "bin" / "pip"), "install", "--quiet", "--only-binary", ":all:", "-r", str(requirements)]
        for command in (make, fill):
            _run(command, name)
        stamp.write_text(wanted)
    return folder / "bin"


@contextmanager
def running(name: str, command: Sequence[str], port: int) -> Iterator[PeerProcess]:
    """A peer's server, once it takes connections; without the network. Raises PeerMissing, also when it breaks off."""
    log = ROOT / "build" / "peers" / f"{name}.log"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    with log.open("wb") as errors:
        process = subprocess.Popen(command, env=environment, stdout=errors, stderr=errors)
        try:
            _wait_until_ready(process, port, f"{name} did not start: see {log}")
            yield PeerProcess(process, port)
        except (OSError, EOFError, ValueError, WebSocketException) as error:
            raise PeerMissing(f"{name} broke off ({error!r}): see {log}") from error
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(30)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int, complaint: str) -> None:
    deadline_s = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.2)
    raise PeerMissing(complaint)


def _run(command: Sequence[str], name: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_LIMIT_S)
    except subprocess.TimeoutExpired:
        raise PeerMissing(f"{name} was not installed within {INSTALL_LIMIT_S:.0f} s") from None
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise PeerMissing(f"{name} can't be installed: {' '.join(last)}")
