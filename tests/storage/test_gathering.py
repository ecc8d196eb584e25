"""Who is written with whom, and what each of them hears of it."""

import asyncio
from collections.abc import Sequence

import pytest

from storage.gathering import APART_S, MOST, Gathering
from tests.agent.virtual import run_virtually


class Work:
    """Takes a second a call and answers ten times the item; refuses 13, and everything where it is broken."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, Sequence[int]]] = []
        self.broken = False

    async def __call__(self, items: Sequence[int]) -> Sequence[int | Exception]:
        self.calls.append((asyncio.get_running_loop().time(), list(items)))
        await asyncio.sleep(1)
        if self.broken:
            raise OSError("no disk")
        return [ValueError("unlucky") if item == 13 else 10 * item for item in items]


def test_the_first_is_taken_at_once_and_what_comes_meanwhile_together() -> None:
    async def main() -> None:
        work = Work()
        gathering: Gathering[int, int] = Gathering(work)
        first = asyncio.create_task(gathering.add(1))
        await asyncio.sleep(0.5)
        assert list(await asyncio.gather(first, gathering.add(2), gathering.add(3))) == [10, 20, 30]
        assert work.calls == [(0.0, [1]), (pytest.approx(1 + APART_S), [2, 3])]
        await asyncio.sleep(APART_S)
        assert await gathering.add(4) == 40
        assert work.calls[-1][1] == [4]

    run_virtually(main())


def test_each_hears_of_its_own_and_a_failure_is_everybodys() -> None:
    async def main() -> None:
        work = Work()
        gathering: Gathering[int, int] = Gathering(work)
        outcomes = await asyncio.gather(*(gathering.add(item) for item in (12, 13, 14)), return_exceptions=True)
        assert [outcomes[0], outcomes[2]] == [120, 140]
        assert isinstance(outcomes[1], ValueError)
        work.broken = True
        broken = await asyncio.gather(*(gathering.add(item) for item in (1, 2)), return_exceptions=True)
        assert [type(error) for error in broken] == [OSError, OSError]
        work.broken = False
        assert await gathering.add(5) == 50

    run_virtually(main())


def test_who_gives_up_while_waiting_is_left_out() -> None:
    async def main() -> None:
        work = Work()
        gathering: Gathering[int, int] = Gathering(work)
        under_way, given_up = asyncio.create_task(gathering.add(1)), asyncio.create_task(gathering.add(2))
        await asyncio.sleep(0.5)
        given_up.cancel()
        late = asyncio.create_task(gathering.add(3))
        assert list(await asyncio.gather(under_way, late)) == [10, 30]
        assert [items for _, items in work.calls] == [[1, 2], [3]]

    run_virtually(main())


def test_a_call_has_a_limit() -> None:
    async def main() -> None:
        work = Work()
        gathering: Gathering[int, int] = Gathering(work)
        await asyncio.gather(*(gathering.add(item + 100) for item in range(MOST + 1)))
        assert [len(items) for _, items in work.calls] == [MOST, 1]

    run_virtually(main())
