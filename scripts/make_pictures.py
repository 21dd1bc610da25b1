"""Take the README's pictures from the real app, on the demo town.

python scripts/make_pictures.py      # writes docs/pictures/*.png; needs the extra dev and a Chromium
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs/pictures"
CHROMIUM = os.environ.get("ASSETMAP_CHROMIUM", "/usr/bin/chromium")
DEMO_AREAS = 60
#: The area that the pictures show the account of.
SHOWN = ("WM058", "Sallows Staithe")
HOME = "ZZ1 7PY"


def main() -> None:
    """Start the app and take each picture once its map is drawn."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = subprocess.Popen([sys.executable, "-m", "assetmap.cli", "serve", "demo", "--port", str(port)])
    PICTURES.mkdir(parents=True, exist_ok=True)
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            while socket.socket().connect_ex(("127.0.0.1", port)):
                time.sleep(0.1)
            for take in (_map, _priorities, _near):
                take(browser, f"http://127.0.0.1:{port}")
            browser.close()
    finally:
        app.terminate()
        app.wait()
    for picture in sorted(PICTURES.glob("*.png")):
        print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size / 1000:.0f} kB")


def _opened(browser: Browser, url: str, width: int, height: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(url)
    return page


def _drawn(page: Page, mark: str, number: int) -> None:
    """Wait until the map shows that many marks of a sort."""
    frame = page.wait_for_selector("iframe[title^='Map of']", timeout=90_000)
    inside = frame.content_frame() if frame else None
    if inside is None:
        sys.exit("make_pictures: the page shows no map.")
    inside.wait_for_function(f"() => document.querySelectorAll('{mark}').length >= {number}")


def _map(browser: Browser, url: str) -> None:
    page = _opened(browser, f"{url}/map?area={SHOWN[0]}&place=demo", 1280, 860)
    _drawn(page, ".am-figure", DEMO_AREAS)
    page.get_by_role("heading", name=SHOWN[1]).wait_for()
    page.screenshot(path=PICTURES / "map.png")


def _priorities(browser: Browser, url: str) -> None:
    page = _opened(browser, f"{url}/priorities?area={SHOWN[0]}&place=demo", 1280, 860)
    _drawn(page, ".am-badge", 1)
    page.get_by_role("heading", name=SHOWN[1]).wait_for()
    page.screenshot(path=PICTURES / "priorities.png")


def _near(browser: Browser, url: str) -> None:
    page = _opened(browser, f"{url}/?place=demo", 390, 1500)
    page.get_by_label("Your postcode").fill(HOME)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"Near {HOME}").wait_for()
    _drawn(page, ".am-walk", 3)
    page.screenshot(path=PICTURES / "near.png")


if __name__ == "__main__":
    main()
