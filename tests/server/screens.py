"""Looking at pages: their accessibility and their pictures."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCREENS = Path(__file__).parents[2] / "out" / "screens"


def accessible(page: Page) -> None:
    """Nothing that axe knows of keeps anybody out."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def nothing_scrolls_sideways(page: Page) -> None:
    """The page fits its width, and so does every table in it."""
    for one in [page.locator("html"), *page.locator(".wide:visible").all()]:
        assert one.evaluate("one => one.scrollWidth <= one.clientWidth"), one


def pictured(page: Page, name: str) -> None:
    """Pictures of what stands on the screen, in both sizes and themes, which must all do."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    before = page.evaluate("document.documentElement.dataset.theme")
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        for width, height in ((1280, 800), (360, 740)):
            page.set_viewport_size({"width": width, "height": height})
            nothing_scrolls_sideways(page)
            page.screenshot(path=SCREENS / f"{name}-{width}-{theme}.png")
            accessible(page)
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", before)
    page.set_viewport_size({"width": 1280, "height": 800})
