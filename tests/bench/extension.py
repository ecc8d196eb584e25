"""What a person waits for at the extension, what its panel costs to draw, and what it holds: in a real Chromium.

Everything is built anew and measured one after another; the server has the real model.
"""

import asyncio
import tempfile
from pathlib import Path

from tests.bench import bundles, keys, memory, panel
from tests.bench.stages import Stages, stages
from tests.bench.table import Row


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, stages() as shown:
        shown.say("a key, remarks, two thousand notes, half an hour of listening; this takes about seven minutes")
        built = bundles.build(Path(folder))
        return [*asyncio.run(_in_a_browser(built["extension"], shown)), *bundles.rows(built)]


async def _in_a_browser(extension: Path, shown: Stages) -> list[Row]:
    return [
        *await keys.rows(extension, shown),
        *await panel.rows(extension, shown),
        *await memory.rows(extension, shown),
    ]
