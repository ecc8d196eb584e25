"""On the way into the store: order, rows, and who is told when."""

import asyncio

import pytest

from agent.errors import AudioLost
from agent.safekeeping import MAX_ROW, Heard, Safekeeping, join_parts
from tests.agent.virtual import run_virtually


class Slow:
    """A keeper that takes its time, or refuses."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.rows: list[Heard] = []
        self._refuses = refuses

    async def keep(self, heard: Heard) -> int | None:
        await asyncio.sleep(1)
        self.rows.append(heard)
        return None if self._refuses else heard.end


def pushes(count: int, samples: int = 320, capture: int = 1) -> list[Heard]:
    return [Heard(capture, n * samples, samples, bytes([n % 251]) * 2 * samples) for n in range(count)]


async def keep_all(keeper: Slow, heard: list[Heard]) -> tuple[Safekeeping, list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    keeping = Safekeeping(keeper, lambda capture, samples: told.append((capture, samples)))
    storing = asyncio.create_task(keeping.store())
    for each in heard:
        keeping.put(each)
    await keeping.stored()
    storing.cancel()
    return keeping, told


def test_what_waits_becomes_one_row_and_one_word_to_the_client() -> None:
    async def main() -> None:
        keeper = Slow()
        keeping, told = await keep_all(keeper, pushes(100))
        assert b"".join(row.pcm or b"" for row in keeper.rows) == b"".join(heard.pcm or b"" for heard in pushes(100))
        assert len(keeper.rows) == 1
        assert told == [(1, 32_000)]
        assert (keeping.safe, keeping.waiting_bytes) == ((1, 32_000), 0)

    run_virtually(main())


def test_silence_captures_and_length_end_a_row() -> None:
    async def main() -> None:
        keeper = Slow()
        gap = Heard(1, 640, 320, None)
        await keep_all(keeper, [*pushes(2), gap, Heard(1, 960, 320, bytes(640)), *pushes(2, MAX_ROW, capture=2)])
        assert [(row.capture, row.start, row.samples) for row in keeper.rows] == [
            (1, 0, 640),
            (1, 640, 320),
            (1, 960, 320),
            (2, 0, MAX_ROW),
            (2, MAX_ROW, MAX_ROW),
        ]

    run_virtually(main())


def test_what_could_not_be_made_safe_is_not_told_and_holds_nobody_up() -> None:
    async def main() -> None:
        keeping, told = await keep_all(Slow(refuses=True), pushes(3))
        assert told == []
        assert keeping.safe == (0, 0)

    run_virtually(main())


def test_joining_stored_stretches() -> None:
    one = b"\x00\x40" * 10
    joined = join_parts([(10, 10, None), (0, 10, one)], 5, 15)
    assert list(joined) == [0.5] * 5 + [0.0] * 5
    with pytest.raises(AudioLost):
        join_parts([(0, 4, one)], 0, 8)
