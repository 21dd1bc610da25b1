"""The map of a place, the account of the chosen area, and the same figures as a table."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping
from html import escape

import streamlit as st

from assetmap.app import choices, served
from assetmap.model import Assessment
from assetmap.views import leaflet, maps, page
from assetmap.views.report import account, area_of_postcode

__all__ = ["show"]

_MAP_HEIGHT_PX = 540


def show() -> None:
    """Draw the page."""
    st.html(f"<style>{maps.marks_css()}</style>")
    name = choices.choose_place()
    with choices.telling():
        place = choices.loaded(choices.known_places()[name])
        settings = choices.choose_settings(place, choices.link_of(name))
        assessment = choices.assessed(place, settings)
        st.html(page.heading_html(place))
        changed = "; ".join(choices.changed(place, settings))
        if changed:
            st.html(f'<p class="am-note"><strong>Settings changed.</strong> {escape(changed)}.</p>')
        _explore(assessment, name)
        st.html(f"<h2>Priority neighbourhoods</h2>{page.priorities_html(assessment)}")
        st.html(f"<h2>All areas</h2>{page.areas_table_html(assessment)}")
        st.html(f"<h2>What to bear in mind</h2>{page.notes_html(assessment)}")
        _downloads(assessment)


@st.fragment
def _explore(assessment: Assessment, name: str) -> None:
    """The map, its two lists and the account: what one click changes, and no more."""
    with choices.telling():
        _explored(assessment, name)


def _explored(assessment: Assessment, name: str) -> None:
    place = assessment.place
    area_key, map_key = f"area {place.fingerprint[:8]}", f"map {place.fingerprint[:8]}"
    labels = page.area_labels(assessment)
    link = choices.link_of(name)
    _begin("shade", link.get("shade", "deprivation"), maps.SHADINGS, "deprivation", "way of shading")
    _begin(area_key, link.get("area", ""), labels, "", "area")
    shading, area, postcode = st.columns(3)

    def looked_up() -> None:
        found, told = area_of_postcode(place, st.session_state.postcode)
        st.session_state[area_key] = found or st.session_state[area_key]
        st.session_state["postcode_told"] = told if st.session_state.postcode.strip() else ""

    postcode.text_input("Find a postcode", key="postcode", on_change=looked_up, max_chars=10)
    if st.session_state.get("postcode_told"):
        st.warning(st.session_state.postcode_told)
    shading.selectbox(
        "Shade areas by",
        list(maps.SHADINGS),
        format_func=maps.SHADINGS.__getitem__,
        key="shade",
        persist_state="session",
    )
    area.selectbox(
        "Area (or choose it on the map)",
        list(labels),
        format_func=labels.__getitem__,
        key=area_key,
        persist_state="session",
    )
    shade, code = st.session_state.shade, st.session_state[area_key]
    choices.remember(place, name, assessment.settings, area=code, shade=shade)

    # app.css sets the three side by side, or on a narrow screen the account before the legend.
    with st.container(key="explore"):
        _map(assessment, shade, code, map_key, area_key)
        st.html(page.account_html(account(assessment, code)) if code else page.place_html(assessment))
        st.html(maps.legend_html(assessment, shade))


def _begin(key: str, asked: str, known: Mapping[str, str], usual: str, what: str) -> None:
    """Begin a choice with what the link asks for; say so where the link names something unknown."""
    if key in st.session_state:
        return
    if asked not in known:
        st.warning(f"The link names an unknown {what}, so the usual view is shown.")
    st.session_state[key] = asked if asked in known else usual


def _map(assessment: Assessment, shade: str, code: str, map_key: str, area_key: str) -> None:
    import folium
    from streamlit_folium import st_folium

    def clicked() -> None:
        drawing = (st.session_state.get(map_key) or {}).get("last_active_drawing")
        if drawing:
            st.session_state[area_key] = drawing["properties"]["area_code"]

    painted = folium.FeatureGroup(control=False)
    painted.add_child(leaflet.Paint({"areas": maps.paint(assessment, shade), "selected": code}))
    st_folium(
        served.drawing(assessment.place),
        key=map_key,
        height=_MAP_HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=painted,
        on_change=clicked,
    )


def _downloads(assessment: Assessment) -> None:
    def gap_analysis() -> bytes:
        from assetmap.views import export

        archive = io.BytesIO()
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(archive, "w") as packed:
            for path in export.write(assessment, folder):
                # ZipInfo's own date, not the clock's: the same assessment gives the same archive.
                packed.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED)
        return archive.getvalue()

    st.html("<h2>Take it away</h2>")
    with st.container(horizontal=True):
        st.download_button(
            "Gap analysis (zip)", gap_analysis, "gap-analysis.zip", "application/zip", on_click="ignore"
        )
        st.download_button(
            "This map as one page (HTML)",
            lambda: page.standalone(assessment).encode(),
            "map.html",
            "text/html",
            on_click="ignore",
        )
