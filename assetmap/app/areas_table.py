"""The table of all areas, a part at a time where there are many: a browser lays thousands of rows out for seconds."""

from __future__ import annotations

import streamlit as st

from assetmap.app import choices
from assetmap.model import Assessment
from assetmap.views import page

__all__ = ["show"]

#: Rows shown at once.
_ROWS = 200


@st.fragment
def show(assessment: Assessment) -> None:
    """Draw the table, and where it is long, let the reader choose which part of it."""
    with choices.telling():
        number, first = len(assessment.areas), 0
        if number > _ROWS:
            parts = -(-number // _ROWS)
            st.number_input(
                f"Part of the table, from 1 to {parts:,}",
                1,
                parts,
                key=f"part of the areas {assessment.place.fingerprint[:8]}",
                help=f"{_ROWS} areas a part. “Gap analysis (zip)” below holds all of them in one table.",
                width=260,
            )
            first = (st.session_state[f"part of the areas {assessment.place.fingerprint[:8]}"] - 1) * _ROWS
        st.html(page.areas_table_html(assessment, rows=slice(first, first + _ROWS)))
