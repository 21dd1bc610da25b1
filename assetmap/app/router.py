"""Where the app begins: ``streamlit run`` this file, or `assetmap serve`."""

from __future__ import annotations

from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import streamlit as st


def _map() -> None:
    from assetmap.app import map_page

    map_page.show()


def _near(map_page: Any) -> None:
    from assetmap.app import near_page

    near_page.show(map_page)


def _data() -> None:
    from assetmap.app import data_page

    data_page.show()


def _add(map_page: Any) -> None:
    from assetmap.app import add_page

    add_page.show(map_page)


def _listings(map_page: Any, add_page: Any) -> None:
    from assetmap.app import listings_page

    listings_page.show(map_page, add_page)


def _neighbourhoods(add_page: Any) -> None:
    from assetmap.app import neighbourhoods_page

    neighbourhoods_page.show(add_page)


def _methods() -> None:
    from assetmap.app import methods_page

    methods_page.show()


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title="assetmap", layout="wide", menu_items={})
    web = Path(str(resources.files("assetmap.views"))) / "web"
    for sheet in ("page.css", "app.css"):
        st.html(web / sheet)
    map_page = st.Page(_map, title="Map", url_path="map", default=True)
    add_page = st.Page(partial(_add, map_page), title="Add a list", url_path="add")
    pages = [
        st.Page(partial(_near, map_page), title="Near me", url_path="near"),
        map_page,
        st.Page(_data, title="Data", url_path="data"),
        add_page,
        st.Page(partial(_listings, map_page, add_page), title="Listings", url_path="listings"),
        st.Page(partial(_neighbourhoods, add_page), title="Neighbourhoods", url_path="neighbourhoods"),
        st.Page(_methods, title="Methods", url_path="methods"),
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{page.title} · assetmap")
    # On a narrow screen Streamlit puts its own links away behind a button; app.css shows these instead.
    with st.container(key="page-links", horizontal=True):
        for each in pages:
            st.page_link(each)
    page.run()


if __name__ == "__main__":
    main()
