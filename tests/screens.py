"""The pages of the app, run without a browser."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def screen(name: str) -> AppTest:
    """The app with the page of that address as its first."""
    script = f"from assetmap.app import router\nrouter.main({name!r})"
    return AppTest.from_string(script, default_timeout=120)


def words(app: AppTest) -> str:
    """All HTML that the page shows."""
    return "\n".join(block.proto.body for block in app.get("html"))
