"""Recordings streamed to a server at a chosen pace, and the notes that are there when nothing is under way any more."""

import asyncio
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.flows.process import ServerProcess
from tests.flows.talk import PUSH, Talker, talking

BYTES_PER_S = 32_000
QUIET_S = 2.5  # without any event, nothing under way: it is settled
PATIENCE_S = 90.0
PAGE = 200


async def notes_of_stream(
    server: ServerProcess, samples: NDArray[np.int16], *, session_id: str, mode: str, pace: float = 1.0
) -> list[dict[str, Any]]:
    """Stream ``samples`` as one capture, ``pace`` times as fast as they were said; the notes in the order of speech."""
    async with talking(server.url, server.token, session_id=session_id, mode=mode) as talker:
        await stream(talker, samples, pace)
        await settled(talker)
        return await stored(talker)


async def stream(talker: Talker, samples: NDArray[np.int16], pace: float) -> None:
    """Push 100 ms at a time, each when it is due."""
    pcm = samples.astype("<i2").tobytes()
    talker.uplink.begin(time.time() * 1000)
    began = time.monotonic()
    for at in range(0, len(pcm), PUSH):
        await asyncio.sleep(max(0.0, began + (at + PUSH) / BYTES_PER_S / pace - time.monotonic()))
        talker.uplink.send(pcm[at : at + PUSH])
    await talker.uplink.stop()


async def settled(talker: Talker) -> None:
    """Until the microphone is idle, no utterance is under way, and nothing has come for a while."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            count = len(talker.events)
            await asyncio.sleep(QUIET_S)
            states = talker.named("state_changed")
            idle = not states or (states[-1]["microphone"] == "idle" and not states[-1]["runs"])
            if idle and len(talker.events) == count:
                return


async def stored(talker: Talker) -> list[dict[str, Any]]:
    """The session's notes as ``get_notes`` gives them, scratched ones left out, by utterance."""
    created = talker.named("note_created")
    if not created:
        return []
    video = await talker.client.join(f"video:{created[0]['note']['video_id']}")
    notes: list[dict[str, Any]] = []
    page: dict[str, Any] = {"limit": PAGE}
    while True:
        reply = await video.push("get_notes", page)
        notes += reply["notes"]
        if reply["next"] is None:
            break
        page = {"limit": PAGE, "after": reply["next"]}
    mine = [note for note in notes if note["session_id"] == talker.session_id and note["status"] != "cancelled"]
    return sorted(mine, key=lambda note: (note["utterance"], note["part"]))
