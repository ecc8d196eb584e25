"""On the way into the store: order, rows, and who is told when."""

import asyncio

import pytest

from agent.errors import AudioLost
from agent.safekeeping import CALM_S, GATHER_S, LONG_ROW, MAX_ROW, Heard, Safekeeping, join_parts
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
    keeping = Safekeeping(keeper, lambda capture, samples: told.append((capture, samples)), lambda: False)
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


class Quick:
    """A keeper that takes no time, and knows when it was asked."""

    def __init__(self) -> None:
        self.rows: list[tuple[float, int]] = []  # seconds, samples

    async def keep(self, heard: Heard) -> int | None:
        self.rows.append((round(asyncio.get_running_loop().time(), 3), heard.samples))
        return heard.end


def test_pushes_come_together_unless_somebody_waits_for_them_or_much_is_sent_at_once() -> None:
    async def main() -> None:
        keeper = Quick()
        keeping = Safekeeping(keeper, lambda capture, samples: None, lambda: False)
        storing = asyncio.create_task(keeping.store())
        for heard in pushes(20):
            keeping.put(heard)
            await asyncio.sleep(GATHER_S / 10)
        await asyncio.sleep(GATHER_S)
        assert [samples for _, samples in keeper.rows] == pytest.approx([320, 10 * 320, 9 * 320], abs=320)
        keeper.rows.clear()
        keeping.put(Heard(2, 0, 320, bytes(640)))
        await asyncio.sleep(GATHER_S / 4)
        keeping.put(Heard(2, 320, 320, bytes(640)))
        await keeping.stored()
        assert [samples for _, samples in keeper.rows] == [320, 320]
        assert keeper.rows[1][0] - keeper.rows[0][0] < GATHER_S / 2, "who waits is not kept waiting"
        keeper.rows.clear()
        await asyncio.sleep(2 * GATHER_S)
        for heard in pushes(3, LONG_ROW * 6, capture=3):
            keeping.put(heard)
        await asyncio.sleep(0.01)
        assert [samples for _, samples in keeper.rows] == [6 * LONG_ROW] * 3
        storing.cancel()

    run_virtually(main())


def test_while_nobody_speaks_a_row_takes_a_second_unless_somebody_waits_for_it() -> None:
    async def main() -> None:
        keeper, calm = Quick(), True
        keeping = Safekeeping(keeper, lambda capture, samples: None, lambda: calm)
        storing = asyncio.create_task(keeping.store())
        for heard in pushes(200):
            keeping.put(heard)
            await asyncio.sleep(0.02)
        assert [at_s for at_s, _ in keeper.rows] == pytest.approx(
            [n * CALM_S for n in range(len(keeper.rows))], abs=0.05
        )
        assert len(keeper.rows) >= 4
        keeping.put(Heard(2, 0, 320, bytes(640)))
        began_s = asyncio.get_running_loop().time()
        await keeping.stored()
        assert asyncio.get_running_loop().time() - began_s < CALM_S / 10
        storing.cancel()

    run_virtually(main())
