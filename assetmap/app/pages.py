"""The pages of the app, and the way from one to another."""

from __future__ import annotations

from functools import partial
from importlib import import_module

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from assetmap.app import language
from assetmap.languages import say

__all__ = ["FIRST", "NAMES", "every", "link", "links"]

#: The first screen: what is near, before any index.
FIRST = "near"

#: The pages by their addresses: the module that draws one is named after it, and read when somebody opens it; its title is
#: ``page_NAME`` in languages/near.toml.
NAMES = (
    "near",
    "map",
    "priorities",
    "profile",
    "analysis",
    "data",
    "add",
    "listings",
    "neighbourhoods",
    "methods",
)
_MOST_USED = 3


def _draw(name: str) -> None:
    import_module(f"assetmap.app.{name}_page").show()


def _page(name: str, first: str = FIRST) -> StreamlitPage:
    return st.Page(
        partial(_draw, name),
        title=say(f"near.page_{name}", language.chosen()),
        url_path=name,
        default=name == first,
    )


def every(first: str = FIRST) -> list[StreamlitPage]:
    """All pages in their order; the first is the one that the app's bare address opens."""
    return [_page(name, first) for name in NAMES]


def links(listed: list[StreamlitPage], here: StreamlitPage) -> None:
    """Draw a link to each page for a narrow screen: those of most use and the one that is open, and the rest behind a button."""
    first = [each for each in listed if each in listed[:_MOST_USED] or each.url_path == here.url_path]
    for each in first:
        st.page_link(each)
    with st.popover(say("near.more_pages", language.chosen())):
        for each in listed:
            if each not in first:
                st.page_link(each)


def link(name: str, label: str) -> None:
    """Draw a link to the page of that address."""
    st.page_link(_page(name), label=label)
