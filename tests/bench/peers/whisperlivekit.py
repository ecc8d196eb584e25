"""``whisperlivekit``, a streaming peer over websockets: LocalAgreement on faster-whisper with the same model folder.

It shows text while somebody speaks, and after the end of the audio (an empty message) it finishes and says so. The
wait ends with the update that brought the last text, not with that word, which comes up to 50 ms later.
"""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from inference.audio import SAMPLE_RATE
from server.takes import split
from tests.bench.clips import Said
from tests.bench.peers.contract import WARM_UPS, Answer, PeerRun
from tests.bench.peers.environment import PeerMissing, PeerProcess, free_port, installed, running
from tests.bench.stages import Stages
from tests.speech.synthesis import librivox

NAME = "WhisperLiveKit"
BETWEEN_S = 0.2
ANSWER_LIMIT_S = 30.0


def run(said: Sequence[Said], model: Path, stages: Stages) -> PeerRun:
    """Its answers to all presses, one at a time. Raises PeerMissing."""
    programs, port = installed("whisperlivekit"), free_port()
    done = stages.begin(NAME, len(said))
    command = [str(programs / "whisperlivekit-server"), "--host", "127.0.0.1", "--port", str(port), "-l", "WARNING"]
    command += ["--model_dir", str(model), "--backend", "faster-whisper", "--backend-policy", "localagreement"]
    command += ["--language", "en", "--pcm-input", "--warmup-file", str(librivox()[0].path)]

    async def talk(peer: PeerProcess) -> PeerRun:
        for one in said[:WARM_UPS]:
            await _press(peer.port, one)
        before, answers = peer.cpu_s(), []
        for one in said:
            answers.append(await _press(peer.port, one))
            done(len(answers))
            await asyncio.sleep(BETWEEN_S)
        if not any(answer.text for answer in answers):
            raise PeerMissing(f"{NAME} heard nothing: see build/peers/whisperlivekit.log")
        return PeerRun(NAME, answers, peer.cpu_s() - before)

    with running("whisperlivekit", command, port) as peer:
        return asyncio.run(talk(peer))


async def _press(port: int, said: Said) -> Answer:
    """Stream one recording as it is spoken, end it, and take updates until it has finished."""
    now = asyncio.get_running_loop().time
    async with connect(f"ws://127.0.0.1:{port}/asr") as socket:
        await socket.recv()  # its configuration
        following = asyncio.create_task(_follow(socket))
        began_s, sent = now(), 0
        for piece in split(said.samples):
            sent += len(piece)
            await asyncio.sleep(max(0.0, began_s + sent / SAMPLE_RATE - now()))
            await socket.send(piece.astype("<i2").tobytes())
        stopped_s = now()
        await socket.send(b"")
        async with asyncio.timeout(ANSWER_LIMIT_S):
            changes = await following
    if not changes:
        return Answer(said, now() - stopped_s, "")
    at_s, text = changes[-1]
    return Answer(said, max(0.0, at_s - stopped_s), text, changes[0][0] - began_s - said.onset / SAMPLE_RATE)


async def _follow(socket: ClientConnection) -> list[tuple[float, str]]:
    """When each new text came, until it has finished."""
    now = asyncio.get_running_loop().time
    changes: list[tuple[float, str]] = []
    async for message in socket:
        told = json.loads(message)
        if told.get("type") == "ready_to_stop":
            break
        text = _text(told)
        if text and (not changes or text != changes[-1][1]):
            changes.append((now(), text))
    return changes


def _text(told: dict[str, Any]) -> str:
    """Everything it shows: what it is sure of, then what it is not."""
    lines = [line["text"].strip() for line in told.get("lines", ()) if line.get("text") and line.get("speaker") != -2]
    return " ".join([*lines, (told.get("buffer_transcription") or "").strip()]).strip()
