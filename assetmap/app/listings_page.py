"""Every listing, for those whom it is about: found, read, claimed, corrected or removed; and what is to be decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st

from assetmap.app import choices
from assetmap.errors import AssetMapError, PlaceError, Problem
from assetmap.model import Place
from assetmap.sources import DEMO, demo_folder
from assetmap.sources.decisions import ANSWERS, Decision, read_decisions, record
from assetmap.sources.undecided import Question, undecided_kinds
from assetmap.views import listings, page

__all__ = ["show"]

#: So many listings are offered at once; a search makes them fewer.
_MOST = 50

#: So many questions and pairs are shown at once.
_QUESTIONS, _PAIRS = 8, 3

#: From so many assets on, the page does not look for places told twice until it is asked to.
_MANY = 20_000

_LONGEST = {"name": 200, "location": 60, "postcode": 10}
_LONGEST_TEXT = 2_000

#: Fields whose values run over several lines of a form.
_LONG_FIELDS = ("detail", "description", "opening_hours")


def show(map_page: Any, add_page: Any) -> None:
    """Draw the page.

    Parameters
    ----------
    map_page
        The page to see a change on.
    add_page
        The page where a copy of the demo town is made.
    """
    name = choices.choose_place()
    with choices.telling():
        folder = choices.known_places()[name]
        place = choices.loaded(folder)
        known = _catalogue(place.fingerprint, place)
        st.html(page.heading_html(place))
        _step("Listings")
        st.html(f'<p class="am-note">{listings.ABOUT}</p>')
        chosen = _choose(place, known, name)
        choices.remember(place, name, place.settings, listing=chosen)
        _tell_last(folder, name, map_page)
        decisions = read_decisions(_home(folder))[0]
        one = listings.listing(known, chosen)
        if one:
            told, asked = st.columns([3, 2], gap="large")
            told.html(listings.listing_html(one))
            with asked:
                _step("This is us")
                if folder == DEMO:
                    st.info(listings.DEMO_TOLD)
                    st.page_link(add_page, label="Make a copy of the demo town")
                else:
                    _ask(folder, name, known, one, decisions)
        if folder != DEMO:
            _ask_kinds(folder, place, decisions)
            _ask_pairs(folder, known, decisions)
            _bring_back(folder, place)


def _step(heading: str) -> None:
    st.html(f'<h2 class="am-step">{heading}</h2>')


@st.cache_resource(show_spinner="Looking through the listings …", max_entries=10)
def _catalogue(fingerprint: str, _place: Place) -> listings.Catalogue:  # noqa: ARG001 - the cache's key
    return listings.catalogue(_place)


def _home(folder: str) -> Path:
    return demo_folder() if folder == DEMO else Path(folder)


# -- to find -------------------------------------------------------------------------------------


def _key(name: str) -> str:
    """Where the session keeps which listing of a place is chosen."""
    return f"listing {name}"


def _choose(place: Place, known: listings.Catalogue, name: str) -> str:
    """Let the reader find a listing; its id, or "" for none."""
    key = _key(name)
    if key not in st.session_state:
        asked = choices.link_of(name).get("listing", "")
        if asked and not listings.listing(known, asked):
            st.warning("The link names a listing that is not in this place, or not any more. Look for it by its name.")
        st.session_state[key] = asked
    kinds, areas = listings.kind_labels(every=True), listings.area_labels(place)

    def begin_anew() -> None:
        st.session_state[key] = None

    left, middle, right = st.columns(3)
    text = left.text_input(
        "Name or postcode", key=f"{key} text", type="search", max_chars=200, on_change=begin_anew, persist_state="session"
    )
    kind, area = (
        where.selectbox(
            label,
            ["", *labels],
            format_func=lambda each, labels=labels: labels.get(each, "all"),  # type: ignore[misc]
            key=f"{key} {label}",
            on_change=begin_anew,
            persist_state="session",
        )
        for where, label, labels in ((middle, "Kind", kinds), (right, "Area", areas))
    )
    found = listings.find(known, text, kind, area, _MOST)
    offered = dict(found.first)
    before = listings.listing(known, st.session_state[key] or "")
    if before:  # the chosen one stays to be seen, whatever is looked for
        offered.setdefault(before.ident, listings.label_of(known, before.ident))
    st.session_state[key] = before.ident if before else None
    st.selectbox(
        listings.found_told(found),
        list(offered),
        format_func=offered.__getitem__,
        key=key,
        placeholder="Choose a listing" if offered else "None found",
        disabled=not offered,
        persist_state="session",
    )
    return st.session_state[key] or ""


# -- what is decided is written ------------------------------------------------------------------


def _turn() -> int:
    """How many decisions were made: every form begins anew after one."""
    return int(st.session_state.get("decided", 0))


def _write(folder: str, form: str, decisions: Callable[[], list[Decision]], told: str, undo: str = "") -> Place | None:
    """Write what was decided and read the place again; None where that cannot be done, which the form then tells."""
    try:
        record(_home(folder), made := decisions())
        choices.loaded.clear(folder)
        place = choices.loaded(folder)
    except AssetMapError as error:
        st.session_state.decide_fault = form, error
        return None
    st.session_state.decided = _turn() + 1
    st.session_state.decided_by = made[0].by
    st.session_state.decide_told = told, undo
    return place
