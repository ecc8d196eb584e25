"""A connection that outlives its token, by phoenix.js."""

import pytest

from channels.auth import Tokens
from tests.channels.conftest import SECRET, Site
from tests.phoenix.script import playing

pytestmark = pytest.mark.node

SHORT_S = 3  # long enough to connect and join with


async def test_a_new_token_is_pushed_when_the_old_one_has_ended(site: Site) -> None:
    fresh = site.tokens.issue("ada")
    async with playing("token", url=site.url, token=fresh, topic="session:s1", other="user:ada") as script:
        await script.until("ready")
        script.tell(Tokens(SECRET, SHORT_S).issue("ada"))
        seen = await script.rest()
    [_, joined], [_, expired], [_, other], [_, nonsense], renewed, state = [s for s in seen if s[0] != "close"]
    assert joined == "ok"
    assert expired["grace_s"] > 0
    assert (other[0], other[1]["reason"]) == ("error", "token_expired")
    assert (nonsense[0], nonsense[1]["reason"]) == ("error", "bad_token")
    assert renewed == ["renewed", ["ok", {"expires_at": site.tokens.verify(fresh).expires_at}]]
    assert state == ["state", "joined"]
