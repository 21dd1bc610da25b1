"""Adding a list: choose the file, confirm what its columns mean, see what would become of it, add it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from assetmap.app import choices, pages
from assetmap.errors import AssetMapError, PlaceError, Problem
from assetmap.model import ROLES, Place
from assetmap.sources import DEMO, mapping, write_demo
from assetmap.sources.archives import LARGEST_UPLOAD
from assetmap.sources.guess import Guess, guess, kind_of_name, known_kinds
from assetmap.sources.recipe import BY_NAME, SPREAD_KEYS
from assetmap.taxonomy import kinds
from assetmap.views import page

__all__ = ["show"]

#: The columns that are asked about even where none was found; the others wait behind a button.
_ALWAYS = ("title", "address", "postcode")

#: What to know of those that several columns may make up.
_SEVERAL = {
    "address": "Choose every column that a part of the address stands in, in their order.",
    "opening_hours": "Choose one column, or those of all days: Monday, Tuesday … or Mon open, Mon close …",
}

#: From this share of known words on, the column that says what the rows are is enough.
_KNOWN_ENOUGH = 0.5


def show() -> None:
    """Draw the page."""
    name = choices.choose_place()
    with choices.telling():
        folder = choices.known_places()[name]
        place = choices.loaded(folder)
        choices.remember(place, name, place.settings)
        st.html(page.heading_html(place))
        _step("Add a list")
        added = st.session_state.pop("added", None)
        if added:
            st.success(f"“{page.as_label(added)}” is now part of {page.as_label(place.name)}.")
            with st.container(key="added"):
                pages.link("map", "See it on the map")
        if folder == DEMO:
            _offer_copy()
        # A new key after every list that was added, so that the file is not offered once more.
        brought = st.file_uploader(
            "Choose the file of the list",
            [ending.removeprefix(".") for ending in mapping.ENDINGS],
            key=f"file {st.session_state.get('lists_added', 0)}",
            max_upload_size=LARGEST_UPLOAD // 1024**2,
            help="A table (CSV or XLSX) or a file of shapes, as it is. Nothing leaves this computer.",
        )
        if brought is None:
            st.html(f'<p class="am-note">{page.ADDING}</p>')
            return
        with _telling("This file cannot be used as it is."):
            _go_through(place, folder, brought)


def _step(heading: str) -> None:
    st.html(f'<h2 class="am-step">{heading}</h2>')


@contextmanager
def _telling(headline: str) -> Iterator[None]:
    try:
        yield
    except AssetMapError as error:
        choices.tell(error, headline)


def _offer_copy() -> None:
    """The demo town is read-only: offer a copy of it that is not."""
    fault = st.session_state.pop("copy_fault", None)
    if fault is not None:
        choices.tell(fault, "The copy could not be made.")
    st.info(
        "The demo town is part of assetmap, so nothing is added to it. You can try out a list here, and make a copy of "
        "the town to add it to."
    )
    with st.form("copy", border=False):
        st.text_input(
            "Folder for the copy", key="copy_folder", help="A new or an empty folder on this computer."
        )
        st.form_submit_button("Make a copy", on_click=_copy)


def _copy() -> None:
    """Copy the demo town to the folder that was typed, and open it."""
    typed = st.session_state.copy_folder.strip().strip("\"'")
    try:
        if not typed:
            raise PlaceError(Problem("Folder for the copy", "Nothing was typed.", "Type a new folder."))
        folder = str(write_demo(Path(typed).expanduser().resolve()))
        choices.loaded(folder)
        st.session_state.opened = (*st.session_state.get("opened", ()), folder)
        st.session_state.place = next(
            name for name, known in choices.known_places().items() if known == folder
        )
    except AssetMapError as error:
        st.session_state.copy_fault = error
    except (ValueError, RuntimeError, OSError):
        # Such as a name no folder can have, or the home of somebody who is not there.
        fault = Problem(typed[:200], "It cannot be a folder’s name.", "Type a new folder.")
        st.session_state.copy_fault = PlaceError(fault)


@st.cache_resource(show_spinner="Reading the file …", max_entries=2)
def _received(brought: str, _name: str, _content: Any) -> mapping.Upload:  # noqa: ARG001 - the cache's key
    return mapping.received(_name, _content.getvalue())


@st.cache_resource(show_spinner="Reading the file …", max_entries=2)
def _look(brought: str, said: dict[str, str], _upload: mapping.Upload) -> tuple[mapping.Look, Guess]:  # noqa: ARG001
    seen = mapping.look(_upload, said)
    return seen, guess(seen.table)


@st.cache_resource(show_spinner="Reading the place …", max_entries=2)
def _ground(fingerprint: str, folder: str, _place: Place) -> mapping.Ground:  # noqa: ARG001
    return mapping.ground(_place, folder)


@st.cache_resource(show_spinner="Checking every row …", max_entries=2)
def _check(
    brought: str,  # noqa: ARG001
    said: dict[str, str],
    fingerprint: str,  # noqa: ARG001
    _upload: mapping.Upload,
    _ground: mapping.Ground,
) -> mapping.Check:
    return mapping.check_list(_upload, said, _ground)


def _go_through(place: Place, folder: str, brought: Any) -> None:
    """From the file to the list, step by step."""
    key = brought.file_id
    upload = _received(key, brought.name, brought)
    part = _choose_part(key, upload)
    seen, guessed = _look(key, part, upload)
    st.html(page.preview_html(seen.table, guessed.contacts))

    file, before, faults = mapping.find_mapping(folder, seen.table)
    if file:
        st.info(
            f"Its headings are those of a list that was added before, so the columns are read as “{file}” says. Check them."
        )
    if faults:
        choices.tell(PlaceError(faults), "A mapping file of this place cannot be used.")
    columns = {
        each: column for each, column in before.items() if each in mapping.COLUMN_KEYS
    } or guessed.columns
    why = {} if file else guessed.why
    st.session_state.setdefault(_crs_key(key), before.get("crs", ""))
    st.html(page.doubts_html(guessed.doubts, guessed.contacts, mapping.leaves_behind(upload.file)))

    said = {**part, **_choose_columns(key, seen, guessed, columns, why)}
    said |= _choose_kind(key, seen, before or guessed.columns, list(_columns(seen, guessed)), upload.file)
    title, about = _choose_about(key, upload, place, guessed, before)
    said |= about

    if st.button("Check it", key=f"{key} check"):
        st.session_state[f"{key} checked"] = said
    if st.session_state.get(f"{key} checked") != said:
        return
    if said["role"] == "venue" and not {"kind", "kind_column"} & set(said):
        st.warning("Choose what the rows are first: a kind, or the column that says it.")
        return
    check = _check(key, said, place.fingerprint, upload, _ground(place.fingerprint, folder, place))
    st.html(page.check_html(check))
    if check.rejected:
        st.download_button(
            "Rows left out, to mend (CSV)",
            lambda: mapping.rejected_csv(seen.table, check.rejected, guessed.contacts),
            f"{Path(upload.file).stem}-left-out.csv",
            "text/csv",
            on_click="ignore",
        )
    if not check.mapped and not check.organisations:
        st.warning("Nothing of this list can be used as it is, so there is nothing to add.")
    elif folder != DEMO and st.button(
        f"Add to {page.as_label(place.name)}", type="primary", key=f"{key} add"
    ):
        said |= {"headings": [str(each) for each in seen.table.columns]}
        _add(folder, title, upload, said, guessed.contacts)


def _choose_part(key: str, upload: mapping.Upload) -> dict[str, str]:
    """What must be said for the file to be read: its sheet or layer where there are several, its CRS where it has none."""
    crs = st.session_state.get(_crs_key(key), "").strip()
    part = {"crs": crs} if crs else {}
    try:
        _look(key, part, upload)
    except PlaceError as error:
        kind, names = mapping.parts(error)
        if not names:
            _ask_crs(key)
            raise
        part[kind] = st.selectbox(f"Which {kind} holds the list?", names, key=f"{key} {kind}")
    return part


def _crs_key(key: str) -> str:
    return f"{key} crs"


def _ask_crs(key: str) -> dict[str, str]:
    crs = st.text_input(
        "Coordinate reference system (CRS)",
        key=_crs_key(key),
        placeholder="such as EPSG:27700",
        help="Only where the file does not say it, or says a false one. EPSG:27700 is the British National Grid.",
    )
    return {"crs": crs.strip()} if crs.strip() else {}


def _columns(seen: mapping.Look, guessed: Guess) -> Iterator[str]:
    """The columns that may be chosen: with a heading of their own, and no contact details."""
    named = [str(column) for column in seen.table.columns]
    return (
        column for column in named if column and named.count(column) == 1 and column not in guessed.contacts
    )


def _place_of(value: object, options: Sequence[str]) -> int:
    """Where a value stands among the options; the first where it is none of them."""
    return list(options).index(str(value)) if value in options else 0


def _choose_columns(
    key: str,
    seen: mapping.Look,
    guessed: Guess,
    columns: Mapping[str, str | list[str]],
    why: Mapping[str, str],
) -> dict[str, Any]:
    options = ["", *_columns(seen, guessed)]
    chosen: dict[str, Any] = {}

    def several(each: str, room: Any) -> str | list[str]:
        """What may stand in one column, or be put together from more."""
        found = columns.get(each, [])
        found = [found] if isinstance(found, str) else found
        some = room.multiselect(
            page.COLUMN_LABELS[each],
            options[1:],
            [column for column in found if column in options[1:]],
            placeholder="not in this list",
            help=_SEVERAL[each],
            key=f"{key} {each}",
        )
        return some[0] if len(some) == 1 else some

    def choose(keys: list[str]) -> None:
        for n in range(0, len(keys), 2):
            for each, room in zip(keys[n : n + 2], st.columns(2), strict=False):
                chosen[each] = (
                    several(each, room)
                    if each in SPREAD_KEYS
                    else room.selectbox(
                        page.COLUMN_LABELS[each],
                        options,
                        _place_of(columns.get(each), options),
                        format_func=lambda column: column or "not in this list",
                        key=f"{key} {each}",
                    )
                )
                if each in why:
                    room.html(f'<p class="am-note am-why">Chosen because {escape(why[each])}.</p>')

    _step("What the columns mean")
    asked = list(page.COLUMN_LABELS)
    if seen.has_shapes:
        st.html('<p class="am-note">The shapes of the file say where each place is.</p>')
        asked = [each for each in asked if each == "postcode" or each not in mapping.LOCATION_KEYS]
    found = [each for each in asked if each in _ALWAYS or columns.get(each)]
    choose(found)
    with st.expander("Other columns"):
        choose([each for each in asked if each not in found])
        crs = _ask_crs(key)
    return {**crs, **{each: column for each, column in chosen.items() if column}}


def _choose_kind(
    key: str, seen: mapping.Look, start: Mapping[str, Any], options: list[str], file: str
) -> dict[str, str]:
    """What the rows are: one kind, what a column says, or what their names tell."""
    _step("What they are")
    column, by_file = start.get("kind_column", ""), kind_of_name(Path(file).stem)
    known = known_kinds(seen.table[column]) if column in options else 0.0
    if "kind" in start:
        usual = BY_NAME if start["kind"] == BY_NAME else "kind"
    elif known >= _KNOWN_ENOUGH or ("headings" in start and column):
        usual = "kind_column"
    else:
        usual = "kind" if by_file else BY_NAME
    ways = list(page.KIND_WAYS)
    way = st.radio(
        "What is each row?", ways, ways.index(usual), format_func=page.KIND_WAYS.__getitem__, key=f"{key} way"
    )
    if way == "kind":
        labels = {kind: each.label for kind, each in sorted(kinds().items(), key=lambda pair: pair[1].label)}
        first = start.get("kind") or by_file
        kind = st.selectbox(
            "Kind",
            list(labels),
            list(labels).index(first) if first in labels else None,
            format_func=labels.__getitem__,
            placeholder="Choose a kind",
            key=f"{key} kind",
        )
        return {"kind": kind} if kind else {}
    said = {"kind": BY_NAME} if way == BY_NAME else {}
    label = "Column that says it" if way == "kind_column" else "Column that may help to tell"
    choice = st.selectbox(
        label,
        ["", *options],
        _place_of(column, ["", *options]),
        format_func=lambda each: each or "none",
        key=f"{key} kind_column",
    )
    return {**said, "kind_column": choice} if choice else said


def _name_of(file: str) -> str:
    """What a list may be called, by its file."""
    return " ".join(dict.fromkeys(re.split(r"[-_ ]+", Path(file).stem.removesuffix(".csv")))).capitalize()


def _choose_about(
    key: str, upload: mapping.Upload, place: Place, guessed: Guess, before: Mapping[str, Any]
) -> tuple[str, dict[str, str]]:
    """The list's name; and whose it is, how far it reaches, and what its locations are."""
    _step("About the list")
    left, right = st.columns(2)
    title = left.text_input("Name of the list", _name_of(upload.file), key=f"{key} name")
    role = right.selectbox(
        "Its locations are",
        ROLES,
        _place_of(before.get("role", guessed.role), ROLES),
        format_func=page.ROLE_LABELS.__getitem__,
        key=f"{key} role",
    )
    left, right = st.columns(2)
    whose = f"such as {place.name} Council"
    source = left.text_input("Source", before.get("source", ""), placeholder=whose, key=f"{key} source")
    licence = right.text_input(
        "Licence", before.get("licence", ""), placeholder="such as OGL v3", key=f"{key} licence"
    )
    left, right = st.columns(2)
    date = left.text_input("Date", placeholder="such as 2026-03-31", key=f"{key} date")
    coverages = list(page.COVERAGES)
    coverage = right.radio(
        "How far does it reach?",
        coverages,
        _place_of(before.get("coverage"), coverages),
        format_func=page.COVERAGES.__getitem__,
        key=f"{key} coverage",
    )
    said = {"role": role, "coverage": coverage, "source": source, "licence": licence, "date": date}
    return title, {each: value.strip() for each, value in said.items() if value.strip()}


def _add(
    folder: str, title: str, upload: mapping.Upload, said: Mapping[str, Any], contacts: Sequence[str]
) -> None:
    """Add the list, and begin the page anew with the place that has it."""

    def loading(changed: str) -> Place:
        choices.loaded.clear(changed)
        return choices.loaded(changed)

    try:
        with st.spinner("Adding the list …"):
            mapping.add_list(folder, title, upload, said, loading, contacts)
    except AssetMapError as error:
        choices.loaded.clear(folder)
        choices.tell(error, "The list was not added; the place is as it was.")
        return
    st.session_state.added = " ".join(title.split())
    st.session_state.lists_added = st.session_state.get("lists_added", 0) + 1
    st.rerun()
