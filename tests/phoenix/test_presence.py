"""phoenix.js's Presence against ours."""

import pytest

from tests.channels.conftest import Site
from tests.phoenix.script import observed

pytestmark = pytest.mark.node


async def test_two_clients_of_one_user_see_each_other_come_and_go(site: Site) -> None:
    video = await site.videos.upsert(user_id="ada", platform="practice", external_id="1", url="sidenote:practice")
    given = {"url": site.url, "token": site.tokens.issue("ada"), "topic": f"video:{video.id}"}
    assert await observed("presence", **given) == [
        ["alone", [["ada", 1]]],
        ["first sees", [["ada", 2]]],
        ["second sees", [["ada", 2]]],
        ["arrival", ["ada", 1]],
        ["refs", [True, 2]],
        ["after leaving", [["ada", 1]]],
        ["departure", ["ada", 1, 1]],
        ["still there", True],
        ["back", [["ada", 2]]],
        ["after disconnecting", [["ada", 1]]],
        ["departures", 2],
    ]
