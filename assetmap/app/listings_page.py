"""Every listing, for those whom it is about: found, read, claimed, corrected or removed; and what is to be decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st

from assetmap.app import choices, pages
from assetmap.errors import AssetMapError, PlaceError, Problem
from assetmap.model import Place
from assetmap.sources import DEMO, demo_folder
from assetmap.sources.accepted import forget
from assetmap.sources.decisions import ANSWERS, Decision, read_decisions, record
from assetmap.sources.undecided import Question, joined_keys, undecided_kinds
from assetmap.views import listings, page

__all__ = ["listing_key", "show"]

#: So many listings are offered at once; a search makes them fewer.
_MOST = 50

#: So many questions and pairs are shown at once.
_QUESTIONS, _PAIRS = 8, 3

#: From so many assets on, the page does not look for places told twice until it is asked to.
_MANY = 5_000

_LONGEST = {"name": 200, "location": 60, "postcode": 10}
_LONGEST_TEXT = 2_000

#: Fields whose values take more than one line of a form.
_LONG_FIELDS = ("detail", "description", "opening_hours")


def show() -> None:
    """Draw the page."""
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
        _tell_last(folder)
        decisions = read_decisions(_home(folder))[0]
        one = listings.listing(known, chosen)
        if one:
            told, asked = st.columns([3, 2], gap="large")
            told.html(listings.listing_html(one))
            with asked:
                _step("This is us")
                if folder == DEMO:
                    st.info(listings.DEMO_TOLD)
                    with st.container(key="told-demo"):
                        pages.link("add", "Make a copy of the demo town")
                else:
                    _ask(folder, name, known, one, decisions)
        if folder != DEMO:
            _ask_kinds(folder, place, decisions)
            _ask_pairs(folder, known, decisions)
            _ask_back(folder, place)


def _step(heading: str) -> None:
    st.html(f'<h2 class="am-step">{heading}</h2>')


@st.cache_resource(show_spinner="Looking through the listings …", max_entries=10)
def _catalogue(fingerprint: str, _place: Place) -> listings.Catalogue:  # noqa: ARG001 - the cache's key
    return listings.catalogue(_place)


def _home(folder: str) -> Path:
    return demo_folder() if folder == DEMO else Path(folder)


# -- to find -------------------------------------------------------------------------------------


def listing_key(name: str) -> str:
    """Where the session keeps which listing of a place is chosen."""
    return f"listing {name}"


def _choose(place: Place, known: listings.Catalogue, name: str) -> str:
    """Let the reader find a listing; its id, or "" for none."""
    key = listing_key(name)
    if key not in st.session_state:
        asked = choices.link_of(name).get("listing", "")
        if asked and not listings.listing(known, asked):
            st.warning(listings.NO_SUCH_LISTING)
        st.session_state[key] = asked

    def begin_anew() -> None:
        st.session_state[key] = None

    def choose(where: Any, label: str, labels: dict[str, str]) -> str:
        return where.selectbox(
            label,
            ["", *labels],
            format_func=lambda each: labels.get(each, "All"),
            key=f"{key} {label}",
            on_change=begin_anew,
            persist_state="session",
        )

    left, middle, right = st.columns(3)
    text = left.text_input(
        "Name or postcode", key=f"{key} text", max_chars=200, on_change=begin_anew, persist_state="session"
    )
    kind = choose(middle, "Kind", listings.kind_labels(every=True))
    area = choose(right, "Area", listings.area_labels(place))
    found = listings.find(known, text, kind, area, _MOST)
    # What the reader chose stays to be seen, whatever is looked for.
    offered = listings.found_with(known, found, st.session_state[key] or "")
    if st.session_state[key] not in offered:
        st.session_state[key] = None
    if not offered:
        st.html(f'<p role="status">{listings.found_told(found)}</p>')
        return ""
    st.selectbox(
        listings.found_told(found),
        list(offered),
        format_func=offered.__getitem__,
        key=key,
        placeholder="Choose a listing",
        persist_state="session",
    )
    return st.session_state[key] or ""


# -- what is decided is written ------------------------------------------------------------------


def _turn() -> int:
    """How many decisions were made: every form begins anew after one."""
    return int(st.session_state.get("decided", 0))


@contextmanager
def _of_form(form: str) -> Iterator[None]:
    """Keep what goes wrong for the form to tell."""
    try:
        yield
    except AssetMapError as error:
        st.session_state.decide_fault = form, error


def _tell_fault(form: str) -> None:
    of, error = st.session_state.get("decide_fault", ("", None))
    if of == form:
        del st.session_state["decide_fault"]
        choices.tell(error, "Nothing was changed.")


def _write(folder: str, decisions: Sequence[Decision], told: str, undo: Sequence[str] = ()) -> Place:
    """Write what was decided, and read the place again."""
    record(_home(folder), decisions)
    if any(each.act == "remove" for each in decisions):
        forget(_home(folder))
    choices.loaded.clear(folder)
    st.session_state.decided = _turn() + 1
    st.session_state.decided_by = decisions[0].by
    st.session_state.decide_told = folder, told, undo
    return choices.loaded(folder)


def _tell_last(folder: str) -> None:
    """Say what the last decision changed; app.css keeps it in view on a long page."""
    of, told, undo = st.session_state.get("decide_told", ("", "", ()))
    if of != folder:
        return
    # What can be undone stays until something else is done.
    if not undo:
        del st.session_state["decide_told"]
    with st.container(key="told"):
        st.success(page.as_label(told))
        with st.container(horizontal=True):
            pages.link("map", "See the map")
            if undo:
                st.button(
                    "Undo the removal",
                    on_click=_bring_back,
                    args=(folder, undo, st.session_state.decided_by),
                )


def _today() -> str:
    return date.today().isoformat()


def _ask_who(form: str, *, note: bool = True) -> None:
    st.text_input(
        "Who says so: your name or your group’s",
        st.session_state.get("decided_by", ""),
        max_chars=200,
        key=f"{form} by",
        help=listings.WHO_TOLD,
    )
    if note:
        st.text_input("Why, if you want to say", max_chars=_LONGEST_TEXT, key=f"{form} note")


def _who(form: str) -> str:
    return listings.who(st.session_state[f"{form} by"])


# -- this is us: claim, correct or remove --------------------------------------------------------


def _ask(
    folder: str, name: str, known: listings.Catalogue, one: listings.Listing, decisions: Sequence[Decision]
) -> None:
    act = st.radio(
        "What do you want to say?",
        list(listings.ACTS),
        format_func=listings.ACTS.__getitem__,
        key=f"act {one.ident} {_turn()}",
    )
    field = ""
    if act == "correct":
        chosen = st.selectbox(
            "What is wrong?",
            listings.correctable(one),
            index=None,
            format_func=listings.FIELD_LABELS.__getitem__,
            placeholder="Choose",
            key=f"field {one.ident} {_turn()}",
        )
        if chosen is None:
            return
        field = chosen
    form, keys = f"{act} {field} {one.ident} {_turn()}", [one.key]
    with st.form(f"form {form}"):
        st.html(listings.act_html(act))
        if act == "remove":
            if one.placed:
                keys = joined_keys(_home(folder), known.place, decisions, one.key)
            st.html(listings.also_removed_html(listings.also_removed(known, one, keys, decisions)))
            st.checkbox("I have read this. Remove it.", key=f"{form} sure")
        elif act == "correct":
            _ask_value(one, field, form)
        _ask_who(form)
        _tell_fault(form)
        st.form_submit_button(
            listings.ACTS[act],
            type="primary",
            on_click=_decide,
            args=(folder, name, known.place, one, act, field, keys, form),
        )


def _ask_value(one: listings.Listing, field: str, form: str) -> None:
    """The new value of a field, beginning with what it is."""
    label, key, now = (
        f"{listings.FIELD_LABELS[field]}: what is right?",
        f"{form} value",
        one.values.get(field, ""),
    )
    known = (
        listings.kind_labels(every=False)
        if field == "kind"
        else {each: each for each in ANSWERS.get(field, ())}
    )
    if known:
        options = [*([] if field == "kind" else [""]), *known]
        st.selectbox(
            label,
            options,
            options.index(now) if now in options else None,
            format_func=lambda each: known.get(each, listings.NOT_KNOWN),
            key=key,
        )
        return
    ask = st.text_area if field in _LONG_FIELDS else st.text_input
    ask(
        label,
        "" if field == "location" else now,
        max_chars=_LONGEST.get(field, _LONGEST_TEXT),
        placeholder=listings.EXAMPLES.get(field),
        key=key,
        help=listings.VALUE_TOLD.get(field, listings.VALUE_TOLD[""]),
    )


def _decide(
    folder: str,
    name: str,
    place: Place,
    one: listings.Listing,
    act: str,
    field: str,
    keys: Sequence[str],
    form: str,
) -> None:
    """Write what somebody decided of a listing, and choose it again as it is then."""
    said = st.session_state
    with _of_form(form):
        if act == "remove" and not said[f"{form} sure"]:
            raise PlaceError(Problem("Removal", "It is not confirmed.", "Tick that it is to be removed."))
        typed = said.get(f"{form} value") or ""
        decisions = listings.decisions_about(
            place, one, act, _today(), said[f"{form} by"], said[f"{form} note"], field, typed, keys
        )
        changed = _write(folder, decisions, listings.told_of(decisions, one), keys if act == "remove" else ())
        after = _catalogue(changed.fingerprint, changed)
        said[listing_key(name)] = listings.ident_of(after, listings.key_after(decisions[0], one)) or None


# -- to be decided -------------------------------------------------------------------------------


@st.cache_resource(show_spinner="Reading what is undecided …", max_entries=10)
def _undecided(
    fingerprint: str,  # noqa: ARG001 - the cache's key
    folder: str,
    _place: Place,
    _decisions: Sequence[Decision],
) -> list[Question]:
    return undecided_kinds(_home(folder), _place, _decisions)


@st.cache_resource(show_spinner="Looking for places told twice …", max_entries=10)
def _look_alike(
    fingerprint: str,  # noqa: ARG001 - the cache's key
    _known: listings.Catalogue,
    _decisions: Sequence[Decision],
) -> list[listings.Pair]:
    return listings.look_alike(_known, _decisions)


@st.cache_resource(show_spinner="Looking for organisations at places …", max_entries=10)
def _look_alike_unplaced(
    fingerprint: str,  # noqa: ARG001 - the cache's key
    _known: listings.Catalogue,
    _decisions: Sequence[Decision],
) -> list[listings.Pair]:
    return listings.look_alike_unplaced(_known, _decisions)


def _part(number: int, at_once: int, label: str) -> slice:
    """Which of many are shown; the reader leafs through them."""
    pages = max(1, -(-number // at_once))
    shown = 1
    if pages > 1:
        shown = st.number_input(
            f"{label}: page, of {pages:,}", 1, pages, key=f"{label} page {_turn()}", width=200
        )
    return slice((shown - 1) * at_once, shown * at_once)


def _ask_kinds(folder: str, place: Place, decisions: Sequence[Decision]) -> None:
    """Words and names whose kind nobody has decided."""
    asked = _undecided(place.fingerprint, folder, place, decisions)
    if not asked:
        return
    _step("To decide: what kind is it?")
    st.html(f'<p class="am-note">{listings.kinds_told(asked)}</p>')
    shown = asked[_part(len(asked), _QUESTIONS, "Words")]
    labels, form = listings.kind_labels(every=True), f"kinds {_turn()}"
    with st.form(f"form {form}"):
        for each in shown:
            st.selectbox(
                page.as_label(f"“{each.subject}”"),
                list(labels),
                index=None,
                format_func=labels.__getitem__,
                placeholder="Decide later",
                key=f"{form} {each.subject}",
            )
            st.html(listings.question_html(each))
        _ask_who(form, note=False)
        _tell_fault(form)
        st.form_submit_button("Save these kinds", on_click=_decide_kinds, args=(folder, shown, form))


def _decide_kinds(folder: str, asked: Sequence[Question], form: str) -> None:
    chosen = {each.subject: kind for each in asked if (kind := st.session_state[f"{form} {each.subject}"])}
    with _of_form(form):
        if not chosen:
            raise PlaceError(Problem("Kinds", "None was chosen.", "Choose a kind for one of them."))
        by = _who(form)
        made = [Decision(_today(), by, "kind", subject, value=kind) for subject, kind in chosen.items()]
        _write(folder, made, listings.told_of_kinds(chosen))


def _ask_pairs(folder: str, known: listings.Catalogue, decisions: Sequence[Decision]) -> None:
    """Listings that may be one place told twice."""
    asked = f"look for pairs {folder}"
    if len(known.place.assets) >= _MANY and not st.session_state.get(asked):
        _step("To decide: one place or two?")
        st.button(
            "Look for places that are told twice", on_click=st.session_state.update, args=({asked: True},)
        )
        return
    try:
        pairs = _look_alike(known.place.fingerprint, known, decisions)
    except PlaceError as error:
        choices.tell(error, "Places told twice cannot be looked for.")
        pairs = []
    unplaced = _look_alike_unplaced(known.place.fingerprint, known, decisions)
    if pairs:
        _step("To decide: one place or two?")
        _ask_some(folder, known, pairs, listings.pairs_told(pairs), "Pairs")
    if unplaced:
        _step("To decide: which organisation is which place?")
        _ask_some(folder, known, unplaced, listings.pairs_unplaced_told(unplaced), "Organisations")


def _ask_some(
    folder: str, known: listings.Catalogue, pairs: Sequence[listings.Pair], told: str, label: str
) -> None:
    """Ask of pairs, a few at a time."""
    st.html(f'<p class="am-note">{told}</p>')
    shown, form = pairs[_part(len(pairs), _PAIRS, label)], f"{label} {_turn()}"
    with st.form(f"form {form}"):
        for each in shown:
            st.html(listings.pair_html(known, each))
            labels = {"": "Decide later", **listings.verdict_labels(known, each)}
            st.radio(
                page.as_label(listings.pair_label(known, each)),
                list(labels),
                format_func=labels.__getitem__,
                horizontal=True,
                key=f"{form} {each.left} {each.right}",
            )
        _ask_who(form, note=False)
        _tell_fault(form)
        st.form_submit_button("Save these answers", on_click=_decide_pairs, args=(folder, known, shown, form))


def _decide_pairs(folder: str, known: listings.Catalogue, pairs: Sequence[listings.Pair], form: str) -> None:
    answers = {each: said for each in pairs if (said := st.session_state[f"{form} {each.left} {each.right}"])}
    with _of_form(form):
        if not answers:
            raise PlaceError(Problem("Answers", "None was given.", "Answer for one of the pairs."))
        by = _who(form)
        made = [
            Decision(_today(), by, said, *listings.keys_of(known, pair)) for pair, said in answers.items()
        ]
        _write(folder, made, listings.told_of_pairs(answers))


# -- to undo a removal ---------------------------------------------------------------------------


def _ask_back(folder: str, place: Place) -> None:
    """Lift a removal. What was removed is not shown: one who asks knows its name."""
    form = f"back {_turn()}"
    with (
        st.expander(
            "Bring back a listing that was removed",
            expanded=st.session_state.get("decide_fault", ("",))[0] == form,
        ),
        st.form(f"form {form}", border=False),
    ):
        st.text_input("Its whole name, as it was listed", max_chars=200, key=f"{form} name")
        _ask_who(form, note=False)
        _tell_fault(form)
        st.form_submit_button("Bring it back", on_click=_decide_back, args=(folder, place, form))


def _decide_back(folder: str, place: Place, form: str) -> None:
    with _of_form(form):
        by = _who(form)
        decisions = read_decisions(_home(folder))[0]
        _bring_back(folder, listings.removed_as(st.session_state[f"{form} name"], decisions, place.crs), by)


def _bring_back(folder: str, keys: Sequence[str], by: str) -> None:
    with _of_form(f"back {_turn()}"):
        made = [Decision(_today(), by, "restore", key) for key in keys]
        _write(folder, made, listings.told_of_restored(keys))
