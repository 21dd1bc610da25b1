"""The ranked table of priority neighbourhoods beside the map, and why other settings give others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import streamlit as st

from assetmap.app import choices, pages, served
from assetmap.languages import say
from assetmap.model import THEMES, Assessment, Place, Settings
from assetmap.views import leaflet, maps, page, priorities, why
from assetmap.views.report import account

__all__ = ["show"]

_MAP_HEIGHT_PX = 480


def show() -> None:
    """Draw the page."""
    st.html(f"<style>{maps.marks_css()}</style>")
    name = choices.choose_place()
    with choices.telling():
        view = choices.judged(name)
        assessment = view.assessment
        if assessment.settings != assessment.place.settings:
            with st.container(key="why"):
                st.html(f"<h2>{say('priorities.heading_changes')}</h2>")
                with st.spinner(say("priorities.working_out")):
                    changes = _changes(assessment.place.fingerprint, assessment.settings, assessment.place)
                st.html(changes)
        st.html(f"<h2>{say('priorities.heading')}</h2>")
        _explore(assessment, name)
        with st.container(key="whole"):
            pages.link("analysis", say("priorities.to_analysis"))
        st.html(f"<h2>{say('priorities.heading_notes')}</h2>{page.notes_html(assessment)}")


@st.cache_resource(show_spinner=False, max_entries=10)
def _changes(fingerprint: str, settings: Settings, _place: Place) -> str:  # noqa: ARG001 - the cache's key
    """What other settings change, all together and each by itself, in HTML."""
    from assetmap.assess import assess

    own = _place.settings
    others = _apart(own, settings)
    alone = [("; ".join(choices.changed(_place, each)), assess(_place, each)) for each in others]
    before, after = choices.assessed(_place, own), choices.assessed(_place, settings)
    return why.why_html(before, after, alone if len(alone) > 1 else [])


def _apart(own: Settings, settings: Settings) -> list[Settings]:
    """The place's own settings with each that differs made otherwise by itself; the weights are one, as only their proportions matter."""
    values, usual = settings.as_dict(), own.as_dict()
    weights = tuple(f"weight_{theme}" for theme in THEMES)
    groups = [(name,) for name in values if name not in weights]
    differing = [group for group in (weights, *groups) if any(values[name] != usual[name] for name in group)]
    return [dataclasses.replace(own, **{name: values[name] for name in group}) for group in differing]  # type: ignore[arg-type]


@st.fragment
def _explore(assessment: Assessment, name: str) -> None:
    """The table, the map and the account: what one click changes, and no more."""
    with choices.telling():
        _explored(assessment, name)


def _explored(assessment: Assessment, name: str) -> None:
    place = assessment.place
    mark = place.fingerprint[:8]
    area_key, near_key = f"area {mark}", f"near misses {mark}"
    link = choices.link_of(name)
    choices.begin(
        area_key, link.get("area", ""), page.area_labels(assessment), "", say("priorities.link_area")
    )
    every = priorities.listed(assessment)
    found = [row for row in every if row.priority]
    if not found:
        st.html(page.priorities_html(assessment))
    asked = _filters(assessment, mark, link)
    if near_key not in st.session_state:
        st.session_state[near_key] = link.get("near") == "yes"
    if found and len(found) < len(every):
        st.toggle(say("priorities.also_nearest"), key=near_key, persist_state="session")
    elif every:
        st.html(f"<h3>{say('priorities.heading_nearest')}</h3>")
    near = st.session_state[near_key]
    considered = every if near or not found else found
    shown = priorities.chosen(considered, asked)
    code = st.session_state[area_key]
    choices.remember(place, name, assessment.settings, area=code, near="yes" if near else "", **asked)

    def all_again() -> None:
        for each in asked:
            st.session_state[f"{each} {mark}"] = ""

    if any(asked.values()):
        with st.container(horizontal=True, vertical_alignment="center"):
            told = say("priorities.filtered", shown=len(shown), total=len(considered))
            st.html(f'<p role="status"><strong>{told}</strong></p>')
            st.button(say("priorities.show_all"), on_click=all_again)
    # app.css sets them side by side, or on a narrow screen one below the other.
    with st.container(key="priorities"):
        with st.container():
            if shown:
                _table(assessment, shown, code, mark, area_key)
            elif considered:
                st.info(say("priorities.none_left"))
        with st.container():
            _map(assessment, code, f"priorities map {mark}", area_key)
        with st.container():
            if code:
                st.html(page.account_html(account(assessment, code)))
                with st.container(key="to-profile"):
                    pages.link("profile", say("priorities.to_profile"))
            elif every:
                st.html(f"<p>{say('priorities.choose')}</p>")
        with st.container():
            st.html(maps.legend_html(assessment, "priority"))


def _filters(assessment: Assessment, mark: str, link: dict[str, str]) -> dict[str, str]:
    """Let the reader narrow the list; what was asked, by filter."""
    given = priorities.filters(assessment)
    for name, (label, options) in given.items():
        key = f"{name} {mark}"
        if st.session_state.get(key, "") not in options:
            # Such as a patch that other settings do not give.
            st.session_state[key] = ""
        choices.begin(key, link.get(name, ""), options, "", say("priorities.link_filter", filter=label))
    with st.expander(say("priorities.filter")), st.container(horizontal=True):
        for name, (label, options) in given.items():
            st.selectbox(
                label,
                list(options),
                format_func=options.__getitem__,
                key=f"{name} {mark}",
                persist_state="session",
                width=220,
            )
    return {name: st.session_state[f"{name} {mark}"] for name in given}


@st.cache_resource(show_spinner=False)
def _picks() -> Callable[..., Any]:
    """The table as a component of our own: its script alone is code, and what it is given is escaped."""
    return st.components.v2.component(
        "assetmap.picks",
        html='<div class="am-picks"></div>',
        js=leaflet.web_files()["picks.js"].decode(),
        isolate_styles=False,
    )


def _table(
    assessment: Assessment, shown: list[priorities.Listed], code: str, mark: str, area_key: str
) -> None:
    key = f"picks {mark}"

    def picked() -> None:
        st.session_state[area_key] = st.session_state[key].chosen

    _picks()(
        key=key, data={"html": priorities.table(assessment, shown), "chosen": code}, on_chosen_change=picked
    )


def _map(assessment: Assessment, code: str, map_key: str, area_key: str) -> None:
    import folium
    from streamlit_folium import st_folium

    def clicked() -> None:
        drawing = (st.session_state.get(map_key) or {}).get("last_active_drawing")
        if drawing:
            st.session_state[area_key] = drawing["properties"]["area_code"]

    painted = folium.FeatureGroup(control=False)
    painted.add_child(leaflet.Paint({**served.shaded(assessment, "priority"), "selected": code}))
    st_folium(
        served.drawing(assessment.place),
        key=map_key,
        height=_MAP_HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=painted,
        on_change=clicked,
    )
