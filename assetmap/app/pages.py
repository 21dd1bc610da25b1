"""The pages of the app, and the way from one to another."""

from __future__ import annotations

from functools import partial
from importlib import import_module

import streamlit as st
from streamlit.navigation.page import StreamlitPage

__all__ = ["FIRST", "every", "link"]

#: The first screen: what is near, before any index.
FIRST = "near"

#: Each page by its address; the module that draws it is named after it, and read when somebody opens it.
_TITLES = {
    "near": "Near me",
    "map": "Map",
    "priorities": "Priorities",
    "profile": "Neighbourhood profile",
    "analysis": "Analysis",
    "data": "Data",
    "add": "Add a list",
    "listings": "Listings",
    "neighbourhoods": "Neighbourhoods",
    "methods": "Methods",
}


def _draw(name: str) -> None:
    import_module(f"assetmap.app.{name}_page").show()


def _page(name: str, first: str = FIRST) -> StreamlitPage:
    return st.Page(partial(_draw, name), title=_TITLES[name], url_path=name, default=name == first)


def every(first: str = FIRST) -> list[StreamlitPage]:
    """All pages in their order; the first is the one that the app's bare address opens."""
    return [_page(name, first) for name in _TITLES]


def link(name: str, label: str) -> None:
    """Draw a link to the page of that address."""
    st.page_link(_page(name), label=label)
