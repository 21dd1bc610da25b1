"""Where each layer of the place comes from, and what became of its rows."""

from __future__ import annotations

import streamlit as st

from assetmap.app import choices
from assetmap.views import page

__all__ = ["show"]


def show() -> None:
    """Draw the page."""
    name = choices.choose_place()
    with choices.telling():
        place = choices.loaded(choices.known_places()[name])
        choices.remember(place, name, place.settings)
        st.html(page.heading_html(place))
        st.html(f"<h2>Where the layers come from</h2>{page.layers_html(place)}")
        st.button("Read the files again", on_click=choices.loaded.clear)
        for told in (page.grants_html(place), page.bodies_html(place)):
            if told:
                st.html(told)
        st.html(f"<h2>What could not be used, and other notes</h2>{page.problems_html(place)}")
