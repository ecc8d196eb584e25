"""What recipes look for on a site's pages, and how long, as data. Fetches and clicks nothing."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a recipe waits, in milliseconds."""

    open_ms: int = 30_000  # for the page itself
    settle_ms: int = 15_000  # until the page shows what it is
    element_ms: int = 5_000  # for one thing on it
    click_ms: int = 1_000  # for what was seen to be ready
    answer_ms: int = 10_000  # for the site's answer to the click
    refusal_ms: int = 1_000  # for a message after an answer that names no comment
    list_ms: int = 3_000  # for comments that come after their list was drawn
    shown_ms: int = 8_000  # until the page shows the comment, and once more after loading it again


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing on a site's pages. A ``selector`` is CSS as Playwright reads it; the first that is seen counts."""

    words: str  # for whoever must look for it
    selectors: tuple[str, ...] = ()
    seen: Literal["visitor", "login", "sometimes"] = "sometimes"  # on an ordinary page; a visitor has no login

    @property
    def visible(self) -> str:
        return ", ".join(f"{selector}:visible" for selector in self.selectors)


CAPTCHA = Mark(
    "a captcha",
    (
        "#captcha-form",
        "#captcha",
        "#challenge-form",
        'iframe[src*="recaptcha/api2/bframe"]',
        'iframe[src*="size=normal"][src*="recaptcha"]',
        'iframe[src*="hcaptcha.com"]',
        'iframe[src*="challenges.cloudflare.com"]',
        '[role="dialog"]:has-text("Verify it\'s you")',
        '[role="dialog"]:has-text("Verify it’s you")',
    ),
)


@dataclass(frozen=True, slots=True)
class Marks:
    """What a recipe looks for. A mark without selectors is never seen."""

    page: Mark  # says that this is the video's page
    box: Mark
    button: Mark
    comment: Mark
    signed_in: Mark = Mark("a sign of being logged in")
    signed_out: Mark = Mark("a sign of being logged out")
    opener: Mark = Mark("what opens the box to write a comment in")
    listed: Mark = Mark("the list of comments, when it is loaded")
    gone: Mark = Mark("a message that the video is gone")
    off: Mark = Mark("a message that comments are turned off")
    refused: Mark = Mark("a message that the comment was not taken")
    limited: Mark = Mark("a message that there were too many comments")
    consent: Mark = Mark("a question for consent")
    decline: Mark = Mark("the button that declines what is not necessary")
    captcha: Mark = CAPTCHA
