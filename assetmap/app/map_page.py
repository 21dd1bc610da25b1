"""The map of a place, the account of the chosen area, the same figures as a table, and what to take away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from assetmap.app import choices, pages, served
from assetmap.model import Assessment
from assetmap.views import catchment, evidence, indicators, leaflet, maps, page, questions
from assetmap.views.report import account, area_of_postcode

__all__ = ["show"]

_MAP_HEIGHT_PX = 540

#: What is missing for a walk to be drawn.
_NO_START = {
    catchment.OF_AREA: "Choose an area to walk from.",
    catchment.OF_POSTCODE: "Look a postcode up to walk from.",
    catchment.OF_TAP: "Tap the map where the walk starts.",
}


def show() -> None:
    """Draw the page."""
    st.html(f"<style>{maps.marks_css()}</style>")
    name = choices.choose_place()
    with choices.telling():
        view = choices.judged(name)
        assessment = view.assessment
        _explore(assessment, name)
        st.html(f"<h2>Priority neighbourhoods</h2>{page.priorities_html(assessment)}")
        with st.container(key="whole"):
            pages.link("analysis", "How sure is this, and why: the analysis part by part")
        st.html(f"<h2>All areas</h2>{page.areas_table_html(assessment)}")
        st.html(f"<h2>What to bear in mind</h2>{page.notes_html(assessment)}")
        _downloads(view)


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
    ways = maps.shadings(place)
    if st.session_state.get("shade", "deprivation") not in ways:
        # By an indicator that only the place chosen before has.
        st.session_state.shade = "deprivation"
    choices.begin("shade", link.get("shade", "deprivation"), ways, "deprivation", "way of shading")
    choices.begin(area_key, link.get("area", ""), labels, "", "area")
    walk_key, starts = f"walk {place.fingerprint[:8]}", catchment.starts(place)
    choices.begin(walk_key, link.get("walk", ""), starts, "", "start of a walk")
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
        list(ways),
        format_func=ways.__getitem__,
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
    chosen = st.session_state[walk_key]
    # Where somebody lives is no business of a link.
    kept = "" if chosen in (catchment.OF_POSTCODE, catchment.OF_TAP) else chosen
    choices.remember(place, name, assessment.settings, area=code, shade=shade, walk=kept)
    tapped = (st.session_state.get(map_key) or {}).get("last_clicked")
    begun = catchment.start(place, chosen, code, st.session_state.get("postcode", ""), tapped)

    # app.css sets them side by side, or on a narrow screen the account before the legend.
    with st.container(key="explore"):
        _map(assessment, shade, code, map_key, area_key, begun)
        with st.container():
            st.selectbox(
                "Walk from",
                list(starts),
                format_func=starts.__getitem__,
                key=walk_key,
                persist_state="session",
                help="Draws how far one can walk in 5, 10 and 15 minutes, and counts what is within.",
            )
            if chosen and begun is None:
                st.info(_NO_START[chosen])
            if begun is not None:
                label, point = begun
                st.html(catchment.within_html(place, assessment.settings, point, label))
        st.html(page.account_html(account(assessment, code)) if code else page.place_html(assessment))
        st.html(maps.legend_html(assessment, shade))
    if code:
        with st.expander("By kind of place, and standards for green space"):
            st.html(catchment.access_html(assessment, code) + catchment.standards_html(assessment, code))
    if len(place.indicators_about):
        with st.expander("Community outcomes and context"):
            st.html(indicators.indicators_html(assessment, code))


def _map(
    assessment: Assessment,
    shade: str,
    code: str,
    map_key: str,
    area_key: str,
    begun: tuple[str, Any] | None,
) -> None:
    import folium
    from streamlit_folium import st_folium

    def clicked() -> None:
        drawing = (st.session_state.get(map_key) or {}).get("last_active_drawing")
        if drawing:
            st.session_state[area_key] = drawing["properties"]["area_code"]

    painted = folium.FeatureGroup(control=False)
    walked = {} if begun is None else catchment.paint(assessment.place, assessment.settings, begun[1])
    areas, patches = maps.paint(assessment, shade), maps.patch_lines(assessment)
    painted.add_child(leaflet.Paint({"areas": areas, "patches": patches, "selected": code, **walked}))
    st_folium(
        served.drawing(assessment.place),
        key=map_key,
        height=_MAP_HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing", "last_clicked"],
        feature_group_to_add=painted,
        on_change=clicked,
    )


def _downloads(view: choices.Judged) -> None:
    def gap_analysis() -> bytes:
        from assetmap.views import export

        return export.archive(view.assessment, view.found, view.told)

    st.html("<h2>Take it away</h2>")
    with st.container(horizontal=True):
        st.download_button(
            "Gap analysis (zip)", gap_analysis, "gap-analysis.zip", "application/zip", on_click="ignore"
        )
        for label, make, name in (
            ("This map as one page (HTML)", lambda: page.standalone(view.assessment), "map.html"),
            (
                "Councillor’s questions to print (HTML)",
                lambda: questions.page_html(view.assessment, choices.asked(view)),
                "questions.html",
            ),
            (
                "Walk list to print (HTML)",
                lambda: evidence.walk_list_html(view.assessment, view.told),
                "walk_list.html",
            ),
        ):
            st.download_button(label, _made(make), name, "text/html", on_click="ignore")


def _made(text: Callable[[], str]) -> Callable[[], bytes]:
    """A page that is made only when somebody takes it."""
    return lambda: text().encode()
