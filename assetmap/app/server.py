"""Runs the app from wherever assetmap is installed, for this machine alone."""

from __future__ import annotations

import logging
import os
import re
import socket
import sys
import threading
import time
import tomllib
import webbrowser
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from assetmap.errors import Problem, SettingsError
from assetmap.sources import DEMO
from assetmap.sources.place import Progress

__all__ = ["prepare", "public_address", "run"]

_HERE = Path(__file__).parent
_LOOPBACK = "127.0.0.1"
_PATIENCE_S = 60
_PATH = re.compile(r"(?:/[\w.-]+)*/?", re.ASCII)


def _options() -> list[str]:
    """Streamlit's options as flags, so that no configuration of the current folder overrules them.

    They stand in one file: the checkout's ``.streamlit/config.toml``, which the wheel carries along.
    """
    installed = _HERE / "streamlit_config.toml"
    path = installed if installed.is_file() else _HERE.parents[1] / ".streamlit" / "config.toml"
    sections = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        f"--{section}.{key}={str(value).lower() if isinstance(value, bool) else value}"
        for section, options in sections.items()
        for key, value in options.items()
    ]


def _open_browser(port: int) -> None:
    """Open the page as soon as the app answers, where there is somebody to look at it."""
    has_screen = (
        sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if not (sys.stdout.isatty() and has_screen):
        return
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((_LOOPBACK, port)) == 0:
                webbrowser.open(f"http://{_LOOPBACK}:{port}")
                return
        time.sleep(0.2)


def prepare(place: str, progress: Progress | None = None) -> None:
    """Read and assess the place that the app begins with, so that its first page need not.

    Parameters
    ----------
    place
        A place folder, or the word "demo".
    progress
        Hears how far its load has come, as that of `assetmap.load`.

    Raises
    ------
    AssetMapError
        Where the place cannot be used.
    """
    from assetmap.app import choices, served

    if place != DEMO:
        path = Path(place).resolve()
        place = str(path.parent if path.is_file() else path)
        os.environ["ASSETMAP_PLACES"] = place
    # Streamlit warns of a cache that is filled before there is a page, which is the point of it.
    warnings = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    warnings.disabled = True
    try:
        served.prepare(choices.prepare(choices.loaded(place, progress)))
    finally:
        warnings.disabled = False


def public_address(url: str) -> SplitResult:
    """The address that readers use, checked.

    Raises
    ------
    SettingsError
        Where it is no address that a page can have.
    """
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = None
    if not usable or parts.query or parts.fragment or parts.username or not _PATH.fullmatch(parts.path):
        what = f"“{url}” is no address of a page."
        remedy = "Write one such as https://maps.example/town/, with letters, digits, dots, hyphens and underscores in its path."
        raise SettingsError(Problem("--public-url", what, remedy))
    return parts


def run(port: int, public: SplitResult | None = None) -> None:
    """Serve the app on 127.0.0.1 until it is stopped.

    Parameters
    ----------
    port
        Port to listen on.
    public
        The address that readers use, of `public_address`, where a web server on this machine passes them on; None where
        they come straight.
    """
    from streamlit.web import cli

    flags = [*_options(), f"--server.port={port}"]
    here = f"http://{_LOOPBACK}:{port}"
    if public is None:
        print(f"assetmap: open {here} in a browser on this machine. Ctrl+C stops it.", flush=True)
        threading.Thread(target=_open_browser, args=(port,), daemon=True).start()
    else:
        path = public.path.strip("/")
        print(
            f"assetmap: waits at {here}/{path} for the web server of {public.geturl()}. Ctrl+C stops it.",
            flush=True,
        )
        known = public.port or (443 if public.scheme == "https" else 80)
        # Streamlit answers only pages that come from the address it knows.
        flags += [
            f"--server.baseUrlPath={path}",
            f"--browser.serverAddress={public.hostname}",
            f"--browser.serverPort={known}",
        ]
    cli.main(["run", str(_HERE / "router.py"), *flags], standalone_mode=False)
