"""Which threads give way, and that no others do."""

import asyncio
import os
import sys
import threading

import numpy as np
import pytest

from inference.priority import NICE, give_way
from inference.stt.contract import Hint, Samples, Transcript
from inference.stt.local import LocalWhisper

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")


def niceness(thread: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, thread)


def test_a_thread_gives_way_and_so_do_those_that_it_starts() -> None:
    found: list[int] = []

    def look() -> None:
        found.append(niceness(threading.get_native_id()))

    def work() -> None:
        give_way()
        look()
        child = threading.Thread(target=look)
        child.start()
        child.join()

    before = niceness(threading.get_native_id())
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [NICE, NICE]
    assert niceness(threading.get_native_id()) == before


def test_what_loads_and_decodes_gives_way() -> None:
    found: list[int] = []

    class Decoder:
        engine, workers = "a look at priorities", 2

        def final(self, samples: Samples, hint: Hint | None = None, stream: str = "") -> Transcript:
            found.append(niceness(threading.get_native_id()))
            return Transcript("")

        partial = final

    def load() -> Decoder:
        found.append(niceness(threading.get_native_id()))
        return Decoder()

    async def main() -> None:
        engine = LocalWhisper(load=load)
        await engine.final("stream", np.zeros(16_000, np.float32))
        await engine.close()

    asyncio.run(main())
    assert found == [NICE, NICE]
