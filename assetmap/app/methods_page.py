"""How everything is measured, and why so."""

from __future__ import annotations

import streamlit as st

from assetmap.views.figures import figures_html
from assetmap.views.report import methods_text

__all__ = ["show"]


def show() -> None:
    """Draw the page."""
    # Lines of a length that can be read.
    with st.container(width=820):
        st.markdown(methods_text())
    st.html(f"<h2>Every figure, table by table</h2>{figures_html()}")
