"""What a reader's hands and eyes do in the browser, and what the tests ask of any page."""

from __future__ import annotations

from importlib import resources
from urllib.parse import urlparse

import pytest

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect


def frame(page):
    """The map within the page."""
    return page.frame_locator('iframe[title^="Map of"]')


def settled(page):
    """Wait until the page is as it will be: a key pressed while it is still drawn is lost."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def choose(page, label, option):
    """Choose from a list as somebody does who types: again, where the page was drawn anew beneath the fingers."""
    wanted = page.get_by_role("option", name=option, exact=True)
    box = page.get_by_role("combobox", name=label)
    for patience_ms in (5_000, 5_000, 10_000, 30_000):
        settled(page)
        box.scroll_into_view_if_needed()  # a list closes when the page moves
        box.fill(option)  # a long list shows only what is typed
        try:
            wanted.click(timeout=patience_ms)
            return
        except playwright.TimeoutError:
            box.fill("")
            page.keyboard.press("Escape")
    pytest.fail(f"“{option}” cannot be chosen under “{label}”")


def press(page, name):
    """Press a button with the keyboard."""
    settled(page)
    page.get_by_role("button", name=name).press("Enter")


def hosts(page):
    """The hosts of every address that the page asked for."""
    return {
        urlparse(address).hostname for address in page.asked if not address.startswith(("data:", "blob:"))
    }


def sideways(page):
    """Pixels by which the page is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def faults(part):
    """What axe finds against a page or a frame of one, by rule."""
    part.evaluate(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found = part.evaluate("axe.run(document, { iframes: false })")["violations"]
    told = {
        each["id"]: [node["html"] for node in each["nodes"] if not _of_streamlit(each["id"], node["html"])]
        for each in found
    }
    return {rule: nodes for rule, nodes in told.items() if nodes}


def _of_streamlit(rule, html):
    """The one fault that is known, by its rule and its element: docs/accessibility.md says what it is."""
    return rule == "presentation-role-conflict" and 'data-testid="stFileUploaderDropzone"' in html
