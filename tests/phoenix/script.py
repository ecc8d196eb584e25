"""A scenario under Node: the real phoenix.js, what it observes, and what it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

FOLDER = Path(__file__).parent


class Script:
    """A scenario that runs. An observation is a list: its name, and what was seen."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self.seen: list[list[Any]] = []
        self._name = name
        self._process = process
        self._lines = process.stdout
        self._words = process.stdin
        self._complaint = asyncio.create_task(process.stderr.read())

    def tell(self, word: Any) -> None:
        """The scenario reads it when it asks for its next word."""
        self._words.write(orjson.dumps(word) + b"\n")

    async def next(self) -> list[Any]:
        """The next observation."""
        if line := await self._lines.readline():
            self.seen.append(orjson.loads(line))
            return self.seen[-1]
        raise AssertionError(await self._story())

    async def until(self, *observation: Any) -> Any:
        """What was seen at the next observation that begins like this; others are passed over, but for ``seen``."""
        while True:
            seen = await self.next()
            if seen[: len(observation)] == list(observation):
                return seen[1]

    async def rest(self) -> list[list[Any]]:
        """Let the scenario go on to its end: everything that it observes from here on."""
        self._words.close()
        known = len(self.seen)
        while line := await self._lines.readline():
            self.seen.append(orjson.loads(line))
        if await self._process.wait() != 0:
            raise AssertionError(await self._story())
        return self.seen[known:]

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._complaint
        self._words.close()

    async def _story(self) -> str:
        code = await self._process.wait()
        seen = "\n".join(map(str, self.seen))
        return f"{self._name}.mjs ended with {code}: {(await self._complaint).decode()}\nIt had observed:\n{seen}"


@asynccontextmanager
async def playing(name: str, **given: Any) -> AsyncIterator[Script]:
    """Run ``name``.mjs with what it is given."""
    assert (FOLDER.parents[1] / "node_modules/phoenix").is_dir(), "no phoenix.js here: run `scripts/setup node`"
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "node", f"{name}.mjs", cwd=FOLDER, stdin=pipe, stdout=pipe, stderr=pipe, limit=1_048_576
    )
    script = Script(name, process)
    try:
        script.tell(given)
        yield script
    finally:
        await script.stop()


async def observed(name: str, **given: Any) -> list[list[Any]]:
    """Everything that a scenario observes."""
    async with playing(name, **given) as script:
        return await script.rest()
