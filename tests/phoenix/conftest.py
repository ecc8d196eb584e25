"""The servers of ``tests/channels``, for the real phoenix.js."""

from collections.abc import AsyncIterator

import pytest

from tests.channels.conftest import Serve, Site, serve  # noqa: F401 - a fixture of these tests too
from tests.phoenix.room import with_rooms
from tests.storage.databases import sqlite_template  # noqa: F401 - a fixture


@pytest.fixture
async def site(serve: Serve) -> AsyncIterator[Site]:  # noqa: F811 - the fixture imported above
    """A server with the usual limits and topics, and rooms."""
    async with serve(make_topic=with_rooms) as running:
        yield running
