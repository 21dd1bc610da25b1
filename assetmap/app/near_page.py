"""Near me: what is within a walk of home, before any index."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from assetmap.app import choices, language, pages, served
from assetmap.languages import say
from assetmap.model import CUT_OFFS_MIN, THEMES, Place, Settings
from assetmap.views import catchment, leaflet, maps, near, page

__all__ = ["show"]

_MAP_HEIGHT_PX = 420


def show() -> None:
    """Draw the page."""
    st.html(f"<style>{maps.marks_css()}</style>")
    name = choices.choose_place()
    language.choose()
    with choices.telling():
        place = choices.loaded(choices.known_places()[name])
        st.html(page.heading_html(place, language.chosen()))
        with st.container(key="whole"):
            pages.link("map", say("near.whole", language.chosen()))
        _near(place, name)


@st.fragment
def _near(place: Place, name: str) -> None:
    with choices.telling():
        _nearby(place, name)


def _nearby(place: Place, name: str) -> None:
    settings, mark, spoken = place.settings, place.fingerprint[:8], language.chosen()
    link = choices.link_of(name)
    asked_key, within_key, themes_key = f"asked {mark}", f"within {mark}", f"themes {mark}"
    _begin(asked_key, link.get("only", ""), near.FILTERS)
    _begin(themes_key, link.get("themes", ""), THEMES)
    if within_key not in st.session_state:
        wanted = link.get("within", "")
        st.session_state[within_key] = int(wanted) if wanted in map(str, CUT_OFFS_MIN) else CUT_OFFS_MIN[-1]
        if wanted and wanted != str(st.session_state[within_key]):
            st.warning(say("near.link_within", spoken))
    map_key = f"near map {mark}"

    def typed() -> None:
        st.session_state["near from"] = "postcode"

    def tapped() -> None:
        st.session_state["near from"] = "tap"

    if place.postcodes is not None:
        st.text_input(say("near.postcode", spoken), key="near postcode", on_change=typed, max_chars=10)
    postcode = st.session_state.get("near postcode", "")
    tap = (st.session_state.get(map_key) or {}).get("last_clicked")
    choice = catchment.OF_TAP if st.session_state.get("near from") == "tap" else catchment.OF_POSTCODE
    begun = catchment.start(place, choice, "", postcode, tap)
    if choice == catchment.OF_POSTCODE and postcode.strip() and begun is None:
        st.warning(say("near.unknown_postcode", spoken, postcode=page.as_label(postcode.strip())))

    st.pills(
        say("near.how_far", spoken),
        CUT_OFFS_MIN,
        format_func=lambda within: say("near.minutes", spoken, within),
        key=within_key,
        required=True,
    )
    with st.expander(say("near.some", spoken)):
        for label, kind, names, key in (
            ("that_are", "filter", near.FILTERS, asked_key),
            ("of_kinds", "theme", THEMES, themes_key),
        ):
            st.pills(
                say(f"near.{label}", spoken),
                names,
                format_func=lambda name, kind=kind: say(f"near.{kind}_{name}", spoken),
                selection_mode="multi",
                key=key,
            )
    asked, within = st.session_state[asked_key], st.session_state[within_key]
    shown_themes = st.session_state[themes_key] or THEMES
    choices.remember(
        place,
        name,
        settings,
        only=" ".join(asked),
        themes=" ".join(st.session_state[themes_key]),
        within="" if within == CUT_OFFS_MIN[-1] else str(within),
    )
    with st.container(key="near"):
        with st.container():
            st.html(f'<a class="am-skip" href="#am-list">{say("near.to_list", spoken)}</a>')
            _map(place, settings, begun, map_key, tapped)
        with st.container():
            st.html('<span id="am-list" tabindex="-1"></span>')
            if begun is None:
                st.info(say("near.begin" if place.postcodes is not None else "near.no_postcodes", spoken))
                st.html(near.here_html(place, spoken))
            else:
                label, point = begun
                if choice == catchment.OF_TAP:
                    label = say("near.tapped", spoken)
                _listed(place, label, point, within, asked, shown_themes)


def _listed(
    place: Place, label: str, point: Any, within: int, asked: Collection[str], of_themes: Collection[str]
) -> None:
    """The list of what is near, and the same to take along."""
    settings, moment, spoken = place.settings, _now(), language.chosen()
    found = near.near(place, settings, point, moment, spoken)
    shown, unknown = near.chosen(found, within, asked, of_themes)
    told = near.notes(place, unknown, asked, spoken)
    how = f'<p class="am-note">{escape(near.how_measured(place, settings, spoken))}</p>'
    heading = f"<h2>{escape(say('near.near', spoken, start=label))}</h2>"
    st.html(f"{heading}{near.near_html(shown, within, told, spoken)}{how}")
    st.download_button(
        say("near.sheet", spoken),
        lambda: near.sheet(place, settings, label, shown, told, moment, spoken).encode(),
        "walk.html",
        "text/html",
        on_click="ignore",
    )


def _begin(key: str, said: str, known: Any) -> None:
    """Begin a choice of several with what the link asks for; say so where it names something unknown."""
    if key in st.session_state:
        return
    wanted = said.split()
    st.session_state[key] = [each for each in wanted if each in known]
    if len(st.session_state[key]) < len(wanted):
        st.warning(say("near.link_unknown", language.chosen()))


def _now() -> datetime:
    """The time on the reader's own clock."""
    try:
        return datetime.now(ZoneInfo(st.context.timezone or "Europe/London")).replace(tzinfo=None)
    except (ZoneInfoNotFoundError, ValueError):
        return datetime.now()


def _map(place: Place, settings: Settings, begun: Any, map_key: str, tapped: Any) -> None:
    import folium
    from streamlit_folium import st_folium

    painted = folium.FeatureGroup(control=False)
    walked = {} if begun is None else catchment.paint(place, settings, begun[1])
    painted.add_child(leaflet.Paint({**served.plain(place), "selected": "", **walked}))
    st_folium(
        served.drawing(place, locates=True),
        key=map_key,
        height=_MAP_HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_clicked"],
        feature_group_to_add=painted,
        on_change=tapped,
    )
