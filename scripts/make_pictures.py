"""Take the README's picture from the real app, on the demo town.

python scripts/make_pictures.py      # writes docs/pictures/map.png; needs the extra dev and a Chromium
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs/pictures/map.png"
CHROMIUM = os.environ.get("ASSETMAP_CHROMIUM", "/usr/bin/chromium")
DEMO_AREAS = 60
#: The area that the picture shows the account of.
SHOWN = ("WM058", "Sallows Staithe")


def main() -> None:
    """Start the app, wait for its map, and take the picture."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = subprocess.Popen([sys.executable, "-m", "assetmap.cli", "serve", "demo", "--port", str(port)])
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 860})
            while socket.socket().connect_ex(("127.0.0.1", port)):
                page.wait_for_timeout(100)
            page.goto(f"http://127.0.0.1:{port}/map?area={SHOWN[0]}&place=demo")
            frame = page.wait_for_selector("iframe[title*='st_folium'], iframe[title^='Map of']")
            inside = frame.content_frame() if frame else None
            if inside is None:
                sys.exit("make_pictures: the page shows no map.")
            inside.wait_for_function(f"() => document.querySelectorAll('.am-figure').length >= {DEMO_AREAS}")
            page.get_by_role("heading", name=SHOWN[1]).wait_for()
            PICTURE.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=PICTURE)
            browser.close()
    finally:
        app.terminate()
        app.wait()
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
