"""The people's weights: one number a theme, beginning with what residents gave, and what they would change."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from assetmap.app import choices
from assetmap.errors import Problem, SettingsError
from assetmap.model import SETTING_BOUNDS, Assessment, Place
from assetmap.taxonomy import themes
from assetmap.views import weights as views
from assetmap.weights import peoples_weights, weighed_themes

__all__ = ["in_link", "show"]


def _key(place: Place, theme: str) -> str:
    return f"{place.fingerprint[:8]} residents_{theme}"


def _asked(assessment: Assessment, link: Mapping[str, str], known: list[str]) -> dict[str, float]:
    """The weights to begin with: those of the link where it names any, else the residents' own or all equal."""
    begun = views.starting_weights(assessment, known)
    faults = []
    for theme in known:
        text = link.get(f"residents_{theme}")
        if text is None:
            continue
        low, high = SETTING_BOUNDS[f"weight_{theme}"]
        try:
            begun[theme] = float(text)
        except ValueError:
            begun[theme] = -1.0
        if not low <= begun[theme] <= high:
            what, remedy = (
                f"“{text}” is not a number from {low:g} to {high:g}.",
                "Choose one under “The people’s weights”.",
            )
            faults.append(Problem(f"the link’s residents_{theme}", what, remedy))
    if faults:
        choices.tell(
            SettingsError(faults),
            "The link gives weights of residents that cannot be used, so the usual ones are shown.",
        )
        return views.starting_weights(assessment, known)
    return begun


def in_link(assessment: Assessment, link: Mapping[str, str]) -> dict[str, str]:
    """The weights that differ from those to begin with, as a link has them."""
    place, known = assessment.place, weighed_themes(assessment)
    if any(_key(place, theme) not in st.session_state for theme in known):
        for theme, value in _asked(assessment, link, known).items():
            st.session_state[_key(place, theme)] = value
    begun = views.starting_weights(assessment, known)
    values = {theme: float(st.session_state[_key(place, theme)]) for theme in known}
    return {f"residents_{theme}": f"{value:g}" for theme, value in values.items() if value != begun[theme]}


def show(assessment: Assessment) -> None:
    """Draw what stands in the expander."""
    place, known = assessment.place, weighed_themes(assessment)
    if not known:
        st.html("<p>No theme is known here, so there is nothing to weigh.</p>")
        return
    given, begun = place.residents_weights, views.starting_weights(assessment, known)
    told = (
        given.withheld
        if given is not None and given.withheld
        else "What would change if the themes were weighed as residents weigh them: with tokens at an event, or by numbers tried out here. "
        "Only the proportions matter. The officers’ weights are those of the settings."
    )
    st.write(told)

    def back() -> None:
        for theme, value in begun.items():
            st.session_state[_key(place, theme)] = value

    with st.form("residents", border=False):
        for column, theme in zip(st.columns(len(known)), known, strict=True):
            low, high = (float(end) for end in SETTING_BOUNDS[f"weight_{theme}"])
            column.number_input(
                f"Residents: {themes()[theme].lower()}",
                low,
                high,
                step=5.0,
                format="%g",
                key=_key(place, theme),
                persist_state="session",
            )
        with st.container(horizontal=True):
            st.form_submit_button("Compare", type="primary")
            values = {theme: float(st.session_state[_key(place, theme)]) for theme in known}
            if values != begun:
                whose = "what residents gave" if given is not None and given.weights else "equal weights"
                st.form_submit_button(f"Back to {whose}", on_click=back)
    own = given is not None and bool(given.weights) and values == begun
    weights = given.weights if own and given is not None else values
    people = given.people if own and given is not None else None
    found = peoples_weights(assessment, weights, people)
    st.html(f"<p>{views.NOTHING_WEIGHED}</p>" if found is None else views.weights_html(assessment, found))
