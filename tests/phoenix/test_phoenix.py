"""The real phoenix.js, under Node, against our server: what it accepts is right."""

from contextlib import AsyncExitStack
from typing import Any

import pytest

from channels.auth import Tokens
from channels.limits import SocketSettings
from inference.stt.contract import Load
from tests.channels.conftest import NEW_USER, SECRET, Serve, Site
from tests.phoenix.gate import gate
from tests.phoenix.script import observed, playing

pytestmark = pytest.mark.node

ROOM = "room:1"


def known(site: Site, topic: str = ROOM, **more: Any) -> dict[str, Any]:
    """What a scenario of somebody with a good token is given."""
    return {"url": site.url, "token": site.tokens.issue("ada"), "topic": topic, **more}


# Channels


async def test_a_join_is_answered(site: Site) -> None:
    seen = await observed("join", **known(site, "session:s1"))
    [_, (status, response)], joined, [_, (refusal, why)], refused = seen
    assert status == "ok"
    assert (response["seq"], response["recovered"], response["events"]) == (0, False, [])
    assert response["snapshot"]["state"] == "idle"
    assert joined == ["state", "joined"]
    assert (refusal, why["reason"]) == ("error", "unknown_topic")
    assert refused == ["state", "errored"]


async def test_pushes_are_answered_in_order(site: Site) -> None:
    async with site.review() as review:
        note = await review.say()
    pushes = [("edit_note", {"text": "x"}), ("confirm_note", {"note_id": note["id"]}), ("cancel", {}), ("dance", {})]
    seen = await observed("push", **known(site, "session:s1", pushes=pushes))
    assert [(name, status, response.get("reason")) for name, (status, response) in seen] == [
        ("reply", "error", "invalid"),
        ("reply", "ok", None),
        ("reply", "error", "not_now"),
        ("reply", "error", "unknown_event"),
    ]
    assert seen[0][1][1]["message"].startswith("note_id: ")
    assert seen[1][1][1] == {"note": {**note, "status": "firmed", "revision": 2}}


async def test_a_refusal_carries_what_the_topic_adds(site: Site) -> None:
    assert await observed("push", **known(site, pushes=[("refuse", {"a": [1, None]})])) == [
        ["reply", ["error", {"reason": "refused", "message": "Not this.", "detail": {"a": [1, None]}}]],
    ]


async def test_leaving_closes_the_topic_and_nothing_is_taken_there_afterwards(site: Site) -> None:
    left, *seen, refused, again = await observed("leave", **known(site, "session:s1"))
    assert sorted([left, *seen], key=str) == [
        ["closed", "leave"],
        ["left", ["ok", {}]],
        ["phx_close", [True, True, {}]],
        ["state", ["closed", 0]],
    ]
    assert refused[1]["status"] == "error"
    assert refused[1]["response"]["reason"] == "unmatched topic"
    assert again == ["left again", {"status": "ok", "response": {}}]


async def test_a_second_join_of_a_topic_ends_the_first(site: Site) -> None:
    assert await observed("duplicate", **known(site)) == [
        ["first closed", "leave"],
        ["second", ["ok", {"params": {}}]],
        ["states", ["closed", "joined"]],
        ["push", ["ok", {"who": "second"}]],
        ["second closed", {}],
        ["third", [True, "phx_reply", {"status": "ok", "response": {"params": {}}}]],
        ["refs differ", True],
    ]


async def test_a_push_of_an_earlier_join_is_dropped(site: Site) -> None:
    assert await observed("stale", **known(site)) == [
        ["none", {"status": "ok", "response": {"name": "none"}}],
        ["present", {"status": "ok", "response": {"name": "present"}}],
    ]


async def test_a_topic_that_breaks_off_is_joined_again_and_a_closed_one_is_not(site: Site) -> None:
    assert await observed("crash", **known(site)) == [
        ["joined", {"params": {"attempt": 1}}],
        ["error", {"reason": "the room broke"}],
        ["joined", {"params": {"attempt": 2}}],
        ["reply", ["ok", {"still": "here"}]],
        ["closed", {"reason": "the room is over"}],
        ["state", "closed"],
    ]


# Bytes and words


async def test_samples_are_pushed_as_bytes_and_acknowledged(site: Site) -> None:
    params = {"url": "sidenote:practice", "client_id": "mic", "timestamp": 3}
    async with playing("audio", **known(site, "audio:s1", params=params)) as script:
        seen = dict(await script.rest())
    assert seen["join"][0] == "ok"
    assert (seen["join"][1]["capture"], seen["join"][1]["samples"]) == (0, 0)
    assert seen["ack"] == {"capture": 1, "samples": 16_000}
    assert seen["skipped"][0] == "error"
    assert (seen["skipped"][1]["reason"], seen["skipped"][1]["expected"]) == ("audio_skipped", 16_000)
    assert (seen["header"][0], seen["header"][1]["reason"]) == ("error", "audio_invalid")
    assert (seen["view"][0], seen["view"][1]["reason"]) == ("error", "invalid")
    assert seen["stop"] == ["ok", {}]


async def test_bytes_of_the_server_are_what_phoenix_js_reads(site: Site) -> None:
    data = ["00ff10", "", "ab" * 70_000]
    assert await observed("binary", **known(site, data=data)) == [
        observation
        for each in data
        for observation in (
            ["reply", ["ok", f"ArrayBuffer {each}"]],
            ["pushed", f"ArrayBuffer {each}"],
            ["broadcast", f"ArrayBuffer {each}"],
        )
    ]


LONG = "room:" + "a" * 250
WORDS_OF_ALL_KINDS = [
    {"topic": LONG, "event": "e" * 255, "payload": {"k" * 300: "v" * 10_000}},
    {"topic": "room:Grüße-🎬-日本", "event": "Ärger \\ \" / 🧑‍🎤", "payload": {"ä🎧": "naïve \u2028 \x00 😀 العربية"}},
    {"topic": "room:" + "🎬" * 62, "event": "é" * 127, "payload": {"deep": [[{"ß": None}], 0.1, -1e300, True]}},
]  # fmt: skip


async def test_long_names_and_words_of_any_language_come_back_as_they_were(site: Site) -> None:
    seen = await observed("words", **known(site, words=WORDS_OF_ALL_KINDS))
    expected: list[Any] = []
    for words in WORDS_OF_ALL_KINDS:
        payload = words["payload"]
        expected += [
            ["join", ["ok", {"params": payload}]],
            ["echo", ["ok", payload]],
            ["say", ["ok", {}]],
            ["said", payload],
            ["named", ["ok", payload]],
            ["bytes", payload],
        ]
    assert seen == expected


# Sockets


async def test_heartbeats_and_pings_are_answered(site: Site) -> None:
    assert await observed("heartbeat", **known(site)) == [
        ["open", None],
        *[["heartbeat", [None, "phoenix", {"status": "ok", "response": {}}]]] * 3,
        ["ping", "number"],
    ]


async def test_a_token_as_the_option_auth_token(site: Site) -> None:
    assert await observed("door", **known(site)) == [["open", "phoenix"], ["join", "ok"]]


async def test_a_token_among_the_params(site: Site) -> None:
    given = known(site, params={"token": site.tokens.issue("ada")}) | {"token": None}
    assert await observed("door", **given) == [["open", ""], ["join", "ok"]]


async def test_a_page_whose_origin_is_listed(site: Site) -> None:
    given = known(site, origin="http://sidenote.test")
    assert await observed("door", **given) == [["open", "phoenix"], ["join", "ok"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "nonsense"},
        {"token": Tokens(b"another secret of thirty-two bytes", 600).issue("ada")},
        {"token": Tokens(SECRET, -1).issue("ada")},
        {"token": None},
        {"origin": "http://evil.example"},
    ],
    ids=["nonsense", "forged", "expired", "none", "origin"],
)
async def test_whoever_may_not_come_in_gets_an_error_and_no_connection(site: Site, wrong: dict[str, Any]) -> None:
    assert await observed("door", **known(site) | wrong) == [["error", "Unexpected server response: 403"]]


async def test_an_auth_token_given_as_a_function_is_asked_anew_at_each_attempt(site: Site) -> None:
    tokens = [Tokens(SECRET, -1).issue("ada"), site.tokens.issue("ada")]
    assert await observed("door", **known(site, tokens=tokens)) == [
        ["error", "Unexpected server response: 403"],
        ["open", "phoenix"],
        ["join", "ok"],
    ]


async def test_a_hundred_topics_share_a_socket_and_one_more_has_to_wait_for_room(site: Site) -> None:
    *seen, one_more, state = await observed("topics", **known(site, "room:", count=SocketSettings().max_topics))
    assert seen == [["joined", 100], ["own replies", 100]]
    assert (one_more[1][0], one_more[1][1]["reason"]) == ("error", "too_many_topics")
    assert state == ["state", "joined"]


# Coming back


async def test_a_cut_connection_comes_back_to_exactly_what_it_missed(site: Site) -> None:
    async with gate() as way, site.review() as review:
        way.open(site.url)
        async with playing("recovery", **known(site, "user:ada", url=way.url)) as script:
            first = await script.until("joined")
            assert (first["recovered"], first["snapshot"]) == (False, NEW_USER)
            note = await review.say()
            assert (await script.until("note_created"))["seq"] == 1
            way.shut()
            assert await script.until("close") == 1006
            for text in ("Music is far too loud.", "Music is fine."):
                await review.session.push("edit_note", {"note_id": note["id"], "text": text})
            way.open(site.url)
            again = await script.until("joined")
            await review.session.push("confirm_note", {"note_id": note["id"]})
            assert (await script.next())[1]["seq"] == 4, "what comes after the reply comes once"
            assert [seen for seen in await script.rest() if seen[0] != "close"] == []
    assert (again["epoch"], again["seq"], again["recovered"]) == (first["epoch"], 3, True)
    assert "snapshot" not in again
    assert [(e["event"], e["payload"]["seq"], e["payload"]["note"]["text"]) for e in again["events"]] == [
        ("note_updated", 2, "Music is far too loud."),
        ("note_updated", 3, "Music is fine."),
    ]


async def test_a_microphone_that_was_cut_off_sends_again_what_was_not_acknowledged(site: Site) -> None:
    params = {"url": "sidenote:practice", "client_id": "mic"}
    async with gate() as way:
        way.open(site.url)
        async with playing("microphone", **known(site, "audio:s1", url=way.url, params=params)) as script:
            assert await script.until("joined") == [0, 0]
            script.tell(8_000)
            await script.until("safe", 8_000)
            way.swallow()
            script.tell(16_000)
            await script.until("recorded", 16_000)
            way.shut()
            await script.until("close")
            script.tell(24_000)
            await script.until("recorded", 24_000)
            way.open(site.url)
            assert await script.until("joined") == [1, 8_000]
            await script.until("safe", 24_000)
            assert ["stop", ["ok", {}]] in await script.rest()
    assert [seen for name, seen in script.seen if name == "refused"] == []


async def test_a_microphone_that_is_asked_to_come_later_does_and_sends_what_it_recorded_meanwhile(site: Site) -> None:
    params = {"url": "sidenote:practice", "client_id": "mic"}
    site.stt.load = Load(waiting=30, wait_s=2.0, full=True)
    async with playing("microphone", **known(site, "audio:s1", params=params)) as script:
        for _ in range(3):
            assert await script.until("turned away") == ["busy", 2_000]
        script.tell(8_000)
        await script.until("recorded", 8_000)
        site.stt.load = Load()
        assert await script.until("joined") == [0, 0]
        await script.until("safe", 8_000)
        assert ["stop", ["ok", {}]] in await script.rest()


async def test_a_server_that_died_and_came_back_has_a_new_epoch_and_gives_a_snapshot(serve: Serve) -> None:
    async with gate() as way, AsyncExitStack() as later:
        async with serve() as site:
            way.open(site.url)
            script = await later.enter_async_context(playing("recovery", **known(site, "user:ada", url=way.url)))
            first = await script.until("joined")
            async with site.review() as review:
                note = await review.say()
            assert (await script.until("note_created"))["seq"] == 1
            way.shut()
            assert await script.until("close") == 1006
        async with serve() as site:
            way.open(site.url)
            again = await script.until("joined")
            await script.rest()
    assert again["epoch"] != first["epoch"]
    assert (again["seq"], again["recovered"], again["events"]) == (0, False, [])
    assert [(kept["id"], kept["text"]) for kept in again["snapshot"]["notes"]] == [(note["id"], note["text"])]


async def test_a_server_that_goes_down_says_1012_and_the_client_tries_until_it_is_back(serve: Serve) -> None:
    async with gate() as way, AsyncExitStack() as later:
        async with serve() as site:
            way.open(site.url)
            script = await later.enter_async_context(playing("recovery", **known(site, "session:s1", url=way.url)))
            await script.until("joined")
        assert await script.until("close") == 1012
        await script.until("wait", 3)
        assert [seen for name, seen in script.seen if name == "wait"] == [1, 2, 3]
        async with serve() as site:
            way.open(site.url)
            assert (await script.until("joined"))["recovered"] is False
            await script.rest()
