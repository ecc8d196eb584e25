"""extension/src/content/follow.ts and extension/src/sites on real pages: which video, and where it went."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from channels.videos import video_of
from tests.extension.content.tab import VIDEO, Tab, note

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.asyncio(loop_scope="module")]

ADDRESSES = [
    "https://www.youtube.com/watch?list=PL1&v=dQw4w9WgXcQ#here",
    "https://www.youtube.com/watch?v=&v=dQw4w9WgXcQ&v=other",
    "https://music.youtube.com/watch?v=dQw4w9WgXcQ",
    "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=3",
    "https://www.youtube.com/shorts/dQw4w9WgXcQ/",
    "https://youtu.be/dQw4w9WgXcQ?t=3",
    "https://www.youtube.com/",
    "https://www.youtube.com/watch?v=a.b",
    "https://vimeo.com/channels/staffpicks/76979871",
    "https://vimeo.com/76979871/0123abcdef?share=copy",
    "https://vimeo.com/showcase/123/video/76979871",
    "https://player.vimeo.com/video/76979871?h=0123abcdef",
    "https://vimeo.com/features",
    "https://vimeo.com/user12/videos/title",
    "https://www.twitch.tv/videos/2000000001?t=0h1m2s",
    "https://www.twitch.tv/somebody",
    "https://app.frame.io/player/0a1b-2c3d?t=75",
    "https://app.frame.io/",
    "https://next.frame.io/project/1/view/0a1b-2c3d",
    "https://f.io/AbC123",
    "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
    "https://www.youtube.com@evil.example/watch?v=dQw4w9WgXcQ",
    "https://example.com/films/cut.mp4?version=3#t=9",
    "https://example.com/films?",
    "https://example.com/films?#",
    "https://example.com/fílm/ü?q=ß",
    "https://EXAMPLE.com:443/a/../b",
    "https://example.com:8443/a",
    "https://example.com/" + "long/" * 60,
    "https://example.com/" + "ü" * 120 + "#end",
    "https://example.com/" + "a" * 2100,
    "ftp://example.com/a",
    "sidenote:practice",
]


async def test_an_address_means_what_the_server_finds_in_it(tab: Tab) -> None:
    await tab.page.goto(f"{tab.site}/sealed")
    shown = await tab.page.evaluate("(all) => all.map(a => URL.canParse(a) ? new URL(a).href : a)", ADDRESSES)
    places = await tab.page.evaluate("(all) => sidenote.places(all, 'http://127.0.0.1:8765/practice')", shown)
    assert len(places) == len(ADDRESSES)
    watched = 0
    for address, place in zip(shown, places, strict=True):
        if place is None:
            assert "youtube.com" in address or len(address) > 2048 or address.startswith("ftp:"), address
            continue
        platform, external_id, url = place
        for meant in (video_of(address), video_of(url)):
            assert (meant.platform, meant.external_id) == (platform, external_id), address
        watched += 1
    assert watched == len(ADDRESSES) - 4


async def test_a_video_is_found_with_what_the_page_knows_of_it(tab: Tab) -> None:
    await tab.open()
    await tab.page.wait_for_function(f"() => {VIDEO}.textTracks[0].cues?.length === 2 && {VIDEO}.readyState > 0")
    await tab.page.evaluate("() => { document.title = 'A film, at last' }")
    await tab.page.wait_for_function("() => sidenote.told.some(({ video }) => video?.title === 'A film, at last')")
    told = await tab.page.evaluate("() => sidenote.told.filter(message => message.video)")
    assert told[0]["type"] == "video_found"
    assert {(message["type"], message["what"]) for message in told[1:]} == {("video_changed", "details")}
    video = told[-1]["video"]
    await tab.page.evaluate("() => sidenote.companion.repeat()")
    assert (await tab.told(len(told) + 1))[-1] == {"type": "video_found", "video": video}
    assert video["duration"] == pytest.approx(110, abs=10)
    assert {key: video[key] for key in ("platform", "external_id", "url", "title", "cues")} == {
        "platform": "generic",
        "external_id": f"{tab.site}/player",
        "url": f"{tab.site}/player",
        "title": "A film, at last",
        "cues": [{"text": "The gochujang scene", "start": 1, "end": 3}, {"text": "End", "start": 4, "end": 5}],
    }


async def test_it_is_followed_through_navigation_inside_the_page_and_replacement(tab: Tab) -> None:
    await tab.open("sealed")
    before = await tab.settled()
    await tab.page.evaluate("() => history.pushState(null, '', '/sealed?v=2')")
    changed = (await tab.told(before + 1))[-1]
    assert (changed["type"], changed["what"]) == ("video_changed", "video")
    assert changed["video"]["external_id"] == f"{tab.site}/sealed?v=2"

    await tab.page.evaluate(f"() => {{ const old = {VIDEO}; old.replaceWith(old.cloneNode()) }}")
    await tab.page.wait_for_function("() => sidenote.told.some(({ what }) => what === 'element')")
    samples = await tab.page.evaluate("() => sidenote.told.filter(({ type }) => type === 'clock').length")
    await tab.page.evaluate(f"() => {{ {VIDEO}.currentTime = 30 }}")
    await tab.page.wait_for_function("() => sidenote.told.at(-1).sample?.media_s === 30")
    assert await tab.page.evaluate("() => sidenote.told.filter(({ type }) => type === 'clock').length") > samples

    await tab.page.go_back()
    await tab.page.wait_for_function(
        "() => sidenote.told.some(({ video, what }) => what === 'video' && !video.url.includes('v=2'))"
    )
    await tab.page.evaluate(f"() => {VIDEO}.remove()")
    await tab.page.wait_for_function("() => sidenote.told.at(-1).type === 'video_gone'")
    await expect(tab.page.locator("sidenote-overlay")).to_have_count(0)


@pytest.mark.parametrize("name", ["framed", "shadow"])
async def test_it_is_found_in_a_frame_of_the_same_origin_and_in_a_shadow_root(name: str, tab: Tab) -> None:
    await tab.open(name)
    await tab.settled()
    await tab.receive(type="notes", notes=[note("a")])
    frame = tab.page.frame_locator("iframe") if name == "framed" else tab.page
    there = await frame.locator("video").bounding_box()
    drawn = await tab.page.locator("sidenote-overlay .frame").bounding_box()
    assert there is not None
    assert drawn == pytest.approx(there, abs=0.2)


async def test_another_video_that_plays_beside_a_paused_one_changes_nothing(tab: Tab) -> None:
    await tab.open("sealed")
    before = await tab.settled()
    await tab.page.evaluate(f"""async () => {{
      const preview = {VIDEO}.cloneNode();
      preview.width = 200;
      preview.height = 112;
      preview.muted = true;
      document.body.append(preview);
      await preview.play();
    }}""")
    await tab.page.evaluate("() => history.pushState(null, '', '/sealed?next')")
    changed = (await tab.told(before + 1))[before:]
    assert [message["what"] for message in changed] == ["video"]
    assert await tab.page.evaluate("() => sidenote.told.findLast(({ type }) => type === 'clock').sample.paused")


async def test_it_works_in_a_world_of_its_own(chromium: Browser, site: str, script: str) -> None:
    """As extensions run: the page's scripts share the document with it, and nothing else."""
    page = await chromium.new_page()
    try:
        await page.goto(f"{site}/sealed")
        devtools = await page.context.new_cdp_session(page)
        tree = await devtools.send("Page.getFrameTree")
        frame = {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "extension"}
        world = (await devtools.send("Page.createIsolatedWorld", frame))["executionContextId"]

        async def run(expression: str) -> Any:
            asked = {"expression": expression, "contextId": world, "awaitPromise": True, "returnByValue": True}
            answer = await devtools.send("Runtime.evaluate", asked)
            assert "exceptionDetails" not in answer, answer
            return answer["result"].get("value")

        await run(script)
        await run("sidenote.start()")
        await run("sidenote.until(1)")
        assert await page.evaluate("() => typeof globalThis.sidenote") == "undefined"
        await page.evaluate("() => history.pushState(null, '', '/sealed?v=2')")
        told = await run(
            "(async () => { let n = 1; for (;; n++) { const all = await sidenote.until(n);"
            " if (all.at(-1).what === 'video') return all } })()"
        )
        assert told[-1]["video"]["external_id"] == f"{site}/sealed?v=2"
        await run(
            "sidenote.receive({ type: 'notes', notes: [{ id: 'a', revision: 1, text: 'x', confidence: 1,"
            " timestamp_s: 3, status: 'ghost' }] })"
        )
        await expect(page.get_by_role("button", name="Confirm the note at 0:03")).to_be_visible()
    finally:
        await page.context.close()
