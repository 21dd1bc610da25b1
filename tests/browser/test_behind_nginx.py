"""The app behind a web server, at a path of another name, under a policy that lets nothing in from elsewhere."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.conftest import PUBLIC_NAME, await_answer
from tests.browser.hands import expect, frame, hosts, settled

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    """The address of the demo town behind the nginx of docs/nginx.conf, on free ports of this machine."""
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        pytest.skip("no nginx")
    folder = tmp_path_factory.mktemp("nginx")
    inner, outer = free_port(), free_port()
    example = (ROOT / "docs" / "nginx.conf").read_text(encoding="utf-8")
    assert "listen 80;" in example
    assert "127.0.0.1:8501" in example
    server = example.replace("listen 80;", f"listen 127.0.0.1:{outer};").replace(
        "http://127.0.0.1:8501", f"http://127.0.0.1:{inner}"
    )
    temporary = "".join(
        f"{each}_temp_path {folder}/{each};\n"
        for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # As on a server of one's own, but with nothing written outside this folder.
    whole = (
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\n{temporary}access_log off;\n{server}\n}}\n"
    )
    (folder / "whole.conf").write_text(whole, encoding="utf-8")
    address = f"http://{PUBLIC_NAME}:{outer}/town/"
    app = [sys.executable, "-m", "assetmap.cli", "serve", "--port", str(inner), "--public-url", address]
    running = [
        subprocess.Popen(each, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for each in (app, [nginx, "-e", f"{folder}/error.log", "-c", f"{folder}/whole.conf"])
    ]
    try:
        await_answer(f"http://127.0.0.1:{outer}/town/_stcore/health", running[0])
        assert running[1].poll() is None, (folder / "error.log").read_text()
        yield address
    finally:
        for process in running:
            process.terminate()
            process.wait(20)


def test_pages_map_and_downloads_work_at_a_path_under_a_strict_policy(behind, visit):
    page = visit()
    refused = []
    page.on("console", lambda told: refused.append(told.text) if "Content Security" in told.text else None)
    answer = page.goto(behind)
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    expect(page.get_by_label("Your postcode")).to_be_visible(timeout=90_000)
    page.get_by_label("Your postcode").fill("ZZ1 7PY")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Near ZZ1 7PY")).to_be_visible()
    page.get_by_role("link", name="Map", exact=True).first.click()
    expect(page).to_have_url(re.compile(f"^{behind}map"))
    expect(frame(page).locator(".am-badge span").first).to_be_visible()
    settled(page)
    with page.expect_download() as begun:
        page.get_by_role("button", name="Gap analysis (zip)").click()
    assert begun.value.path().stat().st_size > 10_000
    page.reload()
    expect(frame(page).locator(".am-badge span").first).to_be_visible()
    assert hosts(page) == {PUBLIC_NAME}
    assert refused == []
