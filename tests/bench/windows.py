"""Windows of a browser: a page in one of its own is drawn though another one is in front."""

from playwright.async_api import Page


async def window(beside: Page, address: str) -> Page:
    """A page in a new window of the same browser."""
    session = await beside.context.new_cdp_session(beside)
    async with beside.context.expect_page() as opened:
        await session.send("Target.createTarget", {"url": address, "newWindow": True})
    page = await opened.value
    await page.wait_for_load_state()
    await session.detach()
    return page
