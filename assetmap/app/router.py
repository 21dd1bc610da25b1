"""Where the app begins: ``streamlit run`` this file, or `assetmap serve`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import streamlit as st

from assetmap.app import language, pages


def main(first: str = pages.FIRST) -> None:
    """Show the page that the address names.

    Parameters
    ----------
    first
        The page that the bare address opens.
    """
    st.set_page_config(page_title="assetmap", layout="wide", menu_items={})
    web = Path(str(resources.files("assetmap.views"))) / "web"
    for sheet in ("page.css", "app.css"):
        st.html(web / sheet)
    every = pages.every(first)
    page = st.navigation(every, position="top")
    st.set_page_config(page_title=f"{page.title} · assetmap")
    # On a narrow screen Streamlit puts its own links away behind a button; app.css shows these instead.
    with st.container(key="page-links", horizontal=True, vertical_alignment="center"):
        pages.links(every, page)
    # Near me alone is there in every language; no other page's address is empty.
    is_near = page.url_path in ("", pages.FIRST)
    language.tell_browser(language.chosen() if is_near else "en")
    page.run()


if __name__ == "__main__":
    main()
