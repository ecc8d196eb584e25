"""What axe-core finds on a page of ours."""

from playwright.async_api import Page

from tests.extension.conftest import ROOT

AXE = ROOT / "node_modules/axe-core/axe.min.js"
VIOLATIONS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .flatMap(({id, nodes}) => nodes.map(({html, failureSummary}) => `${id}: ${html}: ${failureSummary}`))"""


async def violations(page: Page) -> list[str]:
    """Each with the element and what to do; none is good."""
    assert AXE.exists(), "axe-core is not installed: run `npm install`"
    await page.evaluate(AXE.read_text(encoding="utf-8"))  # a script tag would break the page's own policy
    return list(await page.evaluate(VIOLATIONS))
