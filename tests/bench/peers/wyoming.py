"""``wyoming-faster-whisper``, the peer behind Home Assistant's voice, over its own TCP protocol in real time.

An event is a line of JSON with the lengths of what follows it: more JSON (``data``), then bytes (``payload``). The
flags are the documented ones: the same model folder, int8, beam 5, and as many threads as there are cores.
"""

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inference.audio import SAMPLE_RATE
from server.takes import split
from tests.bench.clips import Said
from tests.bench.peers.contract import WARM_UPS, Answer, PeerRun
from tests.bench.peers.environment import PeerProcess, free_port, installed, running
from tests.bench.stages import Stages

NAME = "wyoming-faster-whisper"
BETWEEN_S = 0.2
ANSWER_LIMIT_S = 30.0
FORMAT = {"rate": SAMPLE_RATE, "width": 2, "channels": 1}


def run(said: Sequence[Said], model: Path, stages: Stages) -> PeerRun:
    """Its answers to all presses, one at a time. Raises PeerMissing."""
    programs, port = installed("wyoming"), free_port()
    done = stages.begin(NAME, len(said))
    command = [str(programs / "python"), "-m", "wyoming_faster_whisper", "--uri", f"tcp://127.0.0.1:{port}"]
    command += ["--model", str(model), "--data-dir", str(model.parent), "--local-files-only", "--language", "en"]
    command += ["--stt-library", "faster-whisper", "--compute-type", "int8", "--beam-size", "5"]
    command += ["--cpu-threads", str(os.cpu_count() or 1)]

    async def talk(peer: PeerProcess) -> PeerRun:
        for one in said[:WARM_UPS]:
            await _press(peer.port, one)
        before, answers = peer.cpu_s(), []
        for one in said:
            answers.append(await _press(peer.port, one))
            done(len(answers))
            await asyncio.sleep(BETWEEN_S)
        return PeerRun(NAME, answers, peer.cpu_s() - before)

    with running("wyoming", command, port) as peer:
        return asyncio.run(talk(peer))


async def _press(port: int, said: Said) -> Answer:
    """Stream one recording as it is spoken, end it, and wait for the transcript."""
    now = asyncio.get_running_loop().time
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await _send(writer, "transcribe", {"language": "en"})
        await _send(writer, "audio-start", FORMAT)
        began_s, sent = now(), 0
        for piece in split(said.samples):
            sent += len(piece)
            await asyncio.sleep(max(0.0, began_s + sent / SAMPLE_RATE - now()))
            await _send(writer, "audio-chunk", FORMAT, piece.astype("<i2").tobytes())
        stopped_s = now()
        await _send(writer, "audio-stop", {})
        async with asyncio.timeout(ANSWER_LIMIT_S):
            text = await _transcript(reader)
        return Answer(said, now() - stopped_s, text)
    finally:
        writer.close()


async def _send(writer: asyncio.StreamWriter, kind: str, data: dict[str, Any], payload: bytes = b"") -> None:
    more = json.dumps(data).encode()
    head = {"type": kind, "data_length": len(more), "payload_length": len(payload)}
    writer.write(json.dumps(head).encode() + b"\n" + more + payload)
    await writer.drain()


async def _transcript(reader: asyncio.StreamReader) -> str:
    while True:
        head = json.loads(await reader.readline())
        data = head.get("data") or {}
        if length := head.get("data_length"):
            data |= json.loads(await reader.readexactly(length))
        await reader.readexactly(head.get("payload_length") or 0)
        if head["type"] == "transcript":
            return str(data["text"])
