"""The map of a place, the account of the chosen area, the same figures as a table, and what to take away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from assetmap.app import areas_table, choices, pages, served
from assetmap.app.listings_page import listing_key
from assetmap.model import Assessment, Place
from assetmap.views import (
    catchment,
    evidence,
    indicators,
    leaflet,
    maps,
    page,
    questions,
    search,
    showing,
    side_by_side,
    spot,
)
from assetmap.views.report import account

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
        with st.container(key="whole"):
            pages.link("priorities", "Priority neighbourhoods, ranked, beside the map")
            pages.link("profile", "The chosen area as a profile, to share and to print")
            pages.link("analysis", "How sure is this, and why: the analysis part by part")
        st.html("<h2>All areas</h2>")
        areas_table.show(assessment)
        st.html(f"<h2>What to bear in mind</h2>{page.notes_html(assessment)}")
        _downloads(view)


@st.fragment
def _explore(assessment: Assessment, name: str) -> None:
    """The map, its two lists and the account: what one click changes, and no more."""
    with choices.telling():
        _explored(assessment, name)


def _explored(assessment: Assessment, name: str) -> None:
    place = assessment.place
    mark = place.fingerprint[:8]
    area_key, map_key, spot_key, with_key = (f"{each} {mark}" for each in ("area", "map", "asset", "with"))
    labels = page.area_labels(assessment)
    link = choices.link_of(name)
    ways = maps.shadings(place)
    if st.session_state.get("shade", "deprivation") not in ways:
        # By an indicator that only the place chosen before has.
        st.session_state.shade = "deprivation"
    choices.begin("shade", link.get("shade", "deprivation"), ways, "deprivation", "way of shading")
    choices.begin(area_key, link.get("area", ""), labels, "", "area")
    choices.begin(with_key, link.get("with", ""), labels, "", "area to compare with")
    asked = link.get("asset", "")
    known = {"": "", asked: ""} if spot.is_known(place, asked) else {"": ""}
    choices.begin(spot_key, asked, known, "", "place or green space")
    walk_key, starts = f"walk {mark}", catchment.starts(place)
    choices.begin(walk_key, link.get("walk", ""), starts, "", "start of a walk")
    only_key, shown = f"places {mark}", showing.ways(place)
    choices.begin(only_key, link.get("places", ""), shown, "", "sort of places")
    finding, shading, area = st.columns(3)

    def chosen_area() -> None:
        """What was found before is not about the area that was chosen since."""
        st.session_state[spot_key] = ""
        st.session_state.pop(f"found {mark}", None)
        st.session_state.pop(f"note {mark}", None)

    with finding:
        _find(place, mark)
    shading.selectbox(
        "Shade areas by",
        list(ways),
        format_func=ways.__getitem__,
        key="shade",
        persist_state="session",
    )
    few = choices.listed(assessment, labels, st.session_state[area_key])
    area.selectbox(
        "Area (or choose it on the map)",
        few,
        format_func=labels.__getitem__,
        key=area_key,
        on_change=chosen_area,
        help=None
        if len(few) == len(labels)
        else "Lists priority neighbourhoods alone, as there are many areas. Find any other by its name or code, or on the map.",
        persist_state="session",
    )
    shade, code, ident = st.session_state.shade, st.session_state[area_key], st.session_state[spot_key]
    if st.session_state[with_key] == code:
        st.session_state[with_key] = ""
    other = st.session_state[with_key]
    chosen = st.session_state[walk_key]
    # Where somebody lives is no business of a link.
    kept = "" if chosen in (catchment.OF_POSTCODE, catchment.OF_TAP) else chosen
    only = st.session_state[only_key]
    more = {"area": code, "asset": ident, "with": other, "shade": shade, "places": only, "walk": kept}
    choices.remember(place, name, assessment.settings, **more)
    tapped = (st.session_state.get(map_key) or {}).get("last_clicked")
    begun = catchment.start(place, chosen, code, st.session_state.get("postcode", ""), tapped)

    # app.css sets them side by side, or on a narrow screen the account before the legend.
    with st.container(key="explore"):
        _map(assessment, shade, code, mark, begun)
        with st.container():
            st.selectbox(
                "Places on the map",
                list(shown),
                format_func=shown.__getitem__,
                key=only_key,
                persist_state="session",
                help="All, or those of one theme, community-centred approach, sector or kind. A kind may speak to several approaches.",
            )
            st.selectbox(
                "Walk from",
                choices.starts_listed(starts, st.session_state[walk_key]),
                format_func=starts.__getitem__,
                key=walk_key,
                persist_state="session",
                help="Draws how far one can walk in 5, 10 and 15 minutes, and counts what is within. Where places are very many, choose one on the "
                "map and walk from the point last tapped.",
            )
            if chosen and begun is None:
                st.info(_NO_START[chosen])
            if begun is not None:
                label, point = begun
                st.html(catchment.within_html(place, assessment.settings, point, label))
        with st.container():
            _chosen(assessment, name, code, ident, mark, labels)
        st.html(served.legend(assessment, shade))
    if code and other:
        st.html("<h2>Two areas side by side</h2>" + side_by_side.side_by_side_html(assessment, [code, other]))
    if code:
        with st.expander("By kind of place, and standards for green space"):
            st.html(catchment.access_html(assessment, code) + catchment.standards_html(assessment, code))
    if len(place.indicators_about):
        with st.expander("Community outcomes and context"):
            st.html(indicators.indicators_html(assessment, code))


@st.cache_resource(show_spinner="Making the names ready to be searched …", max_entries=10)
def _index(fingerprint: str, _place: Place) -> search.Index:  # noqa: ARG001 - the cache's key
    return search.build(_place)


def _find(place: Place, mark: str) -> None:
    """One box for a postcode, an area, or the name of a place; what is typed stays out of the link."""
    found_key, pick_key, typed_key = f"found {mark}", f"pick {mark}", f"find {mark}"

    def typed() -> None:
        st.session_state["to find"] = True

    def picked() -> None:
        if st.session_state[pick_key]:
            _show(search.meant(_index(place.fingerprint, place), st.session_state[pick_key]), mark)

    st.text_input(
        "Find a postcode, area or place",
        key=typed_key,
        on_change=typed,
        max_chars=100,
        help="A postcode, the name or code of an area, or the name of a place, a green space or a neighbourhood; part of a name is "
        "enough. What you type is in no link.",
    )
    if st.session_state.pop("to find", False):
        st.session_state.pop(found_key, None)
        st.session_state.pop(f"note {mark}", None)
        st.session_state[pick_key] = None
        if st.session_state[typed_key].strip():
            known = _index(place.fingerprint, place)
            found = search.find(known, st.session_state[typed_key])
            if found.postcode and found.clear:
                st.session_state.postcode = found.postcode
            if found.clear:
                _show(search.meant(known, found.clear), mark)
            else:
                st.session_state[found_key] = found
    several = st.session_state.get(found_key)
    if several and several.first:
        st.selectbox(
            several.told,
            list(several.first),
            index=None,
            format_func=several.first.__getitem__,
            key=pick_key,
            on_change=picked,
            placeholder="Choose",
        )
    elif several:
        st.warning(page.as_label(several.told))
    if st.session_state.get(f"note {mark}"):
        st.info(page.as_label(st.session_state[f"note {mark}"]))


def _show(meant: search.Meant, mark: str) -> None:
    """Choose what was found; the area that was chosen before stays where the new choice lies in none."""
    if meant.area_code:
        st.session_state[f"area {mark}"] = meant.area_code
    st.session_state[f"asset {mark}"] = meant.spot
    st.session_state[f"note {mark}"] = meant.told


def _chosen(
    assessment: Assessment, name: str, code: str, ident: str, mark: str, labels: dict[str, str]
) -> None:
    """What is known of the place and of the area that are chosen, and the lists to choose another from."""
    place = assessment.place
    if code or ident:
        here = spot.spots_in(place, code) if code else {}
        if ident:
            here.setdefault(ident, spot.on_map(place, ident)["name"])
        spots = {"": f"None chosen ({len(here):,} to choose from)", **here}
        st.selectbox(
            "Places in this area",
            list(spots),
            format_func=spots.__getitem__,
            key=f"asset {mark}",
            persist_state="session",
        )
    if ident:
        st.html(spot.spot_html(place, ident))
        if ident in place.assets.index:
            st.session_state[listing_key(name)] = ident
            with st.container(key="whole-listing"):
                pages.link("listings", "Its listing: claim it, correct it or have it removed")
    st.html(page.account_html(account(assessment, code)) if code else page.place_html(assessment))
    if code:
        others = {each: label for each, label in labels.items() if each != code} | {"": "Nothing"}
        st.selectbox(
            "Compare with",
            choices.listed(assessment, others, st.session_state[f"with {mark}"]),
            format_func=others.__getitem__,
            key=f"with {mark}",
            persist_state="session",
            help="The two areas are then side by side in a table below the map, and both outlined on it. Where areas are very many, the list "
            "names priority neighbourhoods alone.",
        )
    elif st.session_state[f"with {mark}"]:
        st.info("Choose an area to compare with the one that the link names.")


def _map(assessment: Assessment, shade: str, code: str, mark: str, begun: tuple[str, Any] | None) -> None:
    import folium
    from streamlit_folium import st_folium

    place, map_key = assessment.place, f"map {mark}"

    def clicked() -> None:
        drawing = (st.session_state.get(map_key) or {}).get("last_active_drawing")
        if not drawing:
            return
        said = drawing["properties"]
        ident = said.get("asset_id", "")
        _show(search.Meant(spot.area_of(place, ident) if ident else said["area_code"], ident, ""), mark)
        st.session_state.pop(f"found {mark}", None)

    ident, other, only = (st.session_state[f"{each} {mark}"] for each in ("asset", "with", "places"))
    painted = folium.FeatureGroup(control=False)
    walked = {} if begun is None else catchment.paint(place, assessment.settings, begun[1])
    chosen = {"selected": code, "beside": other if code else "", "only": showing.labels(place, only)}
    if ident:
        chosen["spot"] = spot.on_map(place, ident)
    painted.add_child(leaflet.Paint({**served.shaded(assessment, shade), **chosen, **walked}))
    st_folium(
        served.drawing(place, picks=True),
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
