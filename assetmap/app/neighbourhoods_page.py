"""Neighbourhoods of one's own: drawn, chosen, listed or brought; looked at, kept and removed again."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from html import escape
from typing import Any

import streamlit as st

from assetmap.app import choices, pages, served
from assetmap.errors import AssetMapError, PlaceError
from assetmap.model import Assessment, Place
from assetmap.sources import DEMO, mapping, own_neighbourhoods
from assetmap.sources.archives import LARGEST_UPLOAD
from assetmap.sources.own_neighbourhoods import Draft, Trial
from assetmap.views import maps, neighbourhoods, page

__all__ = ["show"]

_MAP_HEIGHT_PX = 480
_LONGEST_NAME, _LONGEST_LIST = 80, 200_000

#: What a neighbourhood is called until it has a name.
_NAMELESS = "The new neighbourhood"


def show() -> None:
    """Draw the page."""
    st.html(f"<style>{maps.marks_css()}</style>")
    name = choices.choose_place()
    with choices.telling():
        folder = choices.known_places()[name]
        place = choices.loaded(folder)
        settings = choices.choose_settings(place, choices.link_of(name))
        assessment = choices.assessed(place, settings)
        choices.remember(place, name, settings)
        st.html(page.heading_html(place))
        _step("Neighbourhoods of your own")
        st.html(f'<p class="am-note">{neighbourhoods.ABOUT}</p>')
        changed = "; ".join(choices.changed(place, settings))
        if changed:
            st.html(f'<p class="am-note"><strong>Settings changed.</strong> {escape(changed)}.</p>')
        told = st.session_state.pop("own_told", None)
        if told:
            st.success(page.as_label(told))
        _kept(assessment, folder)
        changing = st.session_state.get(_key(place, "changing"))
        _step("Change it" if changing else "Make one")
        if changing:
            st.info(f"You are changing “{page.as_label(changing[1])}”. Saving it below takes its place.")
            st.button("Leave it as it is", on_click=_stop, args=(place,))
        _make(assessment, folder)


def _step(heading: str) -> None:
    st.html(f'<h2 class="am-step">{heading}</h2>')


# -- those that the place has ----------------------------------------------------------------------


def _kept(assessment: Assessment, folder: str) -> None:
    members = assessment.place.neighbourhoods
    if members.empty:
        return
    st.html(neighbourhoods.figures_html(assessment, members))
    _download(assessment, members, "neighbourhoods.csv", "kept")
    if folder == DEMO:
        return
    labels = neighbourhoods.choice_labels(members)
    chosen = st.selectbox(
        "Change or remove a neighbourhood",
        list(labels),
        None,
        format_func=labels.__getitem__,
        placeholder="Choose one",
        key=_key(assessment.place, "choice"),
    )
    if not chosen:
        return
    of_list, name = chosen
    fault = st.session_state.pop("own_fault", None)
    if fault is not None:
        choices.tell(fault, "It cannot be changed on this page.")
    label = page.as_label(labels[chosen])
    if name is not None:
        st.button(f"Change “{label}”", on_click=_begin, args=(assessment.place, folder, of_list, name))
    if st.button(f"Remove “{label}”", help=neighbourhoods.REMOVING):
        several = (of_list, None) in labels
        _change(
            folder,
            lambda loading: own_neighbourhoods.remove_neighbourhoods(
                folder, of_list, loading, name if several else None
            ),
            f"“{labels[chosen]}” was removed.",
            "It was not removed; the place is as it was.",
        )


def _begin(place: Place, folder: str, of_list: str, name: str) -> None:
    """Load a neighbourhood of the place back into what makes new ones."""
    try:
        way, made, by = own_neighbourhoods.as_made(folder, of_list, name)
    except AssetMapError as error:
        st.session_state.own_fault = error
        return
    several = (of_list, None) in neighbourhoods.choice_labels(place.neighbourhoods)
    st.session_state[_key(place, "changing")] = (of_list, name, name if several else None)
    st.session_state[_key(place, "name")] = name
    st.session_state[_key(place, "way")] = way
    if way == "draw":
        _set_line(place, made)
        st.session_state[_key(place, "by")] = by
    else:
        st.session_state[_key(place, way)] = made


def _stop(place: Place) -> None:
    """Leave the neighbourhood that was being changed as it is."""
    for what in ("changing", "name", "line", "corners", "areas", "list"):
        st.session_state.pop(_key(place, what), None)


def _download(assessment: Assessment, members: Any, file: str, key: str) -> None:
    def table() -> str:
        from assetmap.views import export

        return export.neighbourhoods_csv(assessment, members)

    st.download_button("Figures (CSV)", table, file, "text/csv", on_click="ignore", key=f"own csv {key}")


def _change(folder: str, act: Callable[[Callable[[str], Place]], Place], done: str, failed: str) -> None:
    """Change the place folder, and begin the page anew with the place as it is then."""

    def loading(changed: str) -> Place:
        choices.loaded.clear(changed)
        return choices.loaded(changed)

    try:
        with st.spinner("Writing to the place …"):
            act(loading)
    except AssetMapError as error:
        choices.loaded.clear(folder)
        choices.tell(error, failed)
        return
    st.session_state.own_told = done
    st.rerun()


# -- a new one -------------------------------------------------------------------------------------


def _key(place: Place, what: str) -> str:
    """The key of a choice; a place that has changed begins anew."""
    return f"own {place.fingerprint[:8]} {what}"


@st.cache_resource(show_spinner="Counting areas …", max_entries=10)
def _trial(draft: str, fingerprint: str, name: str, _draft: Draft, _place: Place) -> Trial:  # noqa: ARG001
    return own_neighbourhoods.try_out(_draft, name, _place)


@st.cache_resource(show_spinner="Reading neighbourhoods …", max_entries=4)
def _outlines(fingerprint: str, folder: str, _place: Place) -> dict[str, Any]:  # noqa: ARG001 - the cache's key
    return own_neighbourhoods.outlines(folder, _place)


@st.cache_resource(show_spinner="Reading the file …", max_entries=2)
def _received(brought: str, _name: str, _content: Any) -> mapping.Upload:  # noqa: ARG001 - the cache's key
    return mapping.received(_name, _content.getvalue())


@st.cache_resource(show_spinner="Reading the file …", max_entries=2)
def _look(brought: str, said: dict[str, str], _upload: mapping.Upload) -> mapping.Look:  # noqa: ARG001
    return mapping.look(_upload, said)


def _make(assessment: Assessment, folder: str) -> None:
    place = assessment.place
    way_key = _key(place, "way")
    st.radio(
        "How would you like to make it?",
        list(neighbourhoods.WAYS),
        format_func=neighbourhoods.WAYS.__getitem__,
        key=way_key,
        horizontal=True,
        persist_state="session",
    )
    way = st.session_state[way_key]
    draft, trial = None, None
    try:
        draft = _ASKING[way](place)
        if draft is not None:
            identity = f"{draft.upload.content!r} {json.dumps(dict(draft.said))}"
            trial = _trial(identity, place.fingerprint, _NAMELESS, draft, place)
    except AssetMapError as error:
        choices.tell(error, "No area can be counted as it is.")
    members = None if trial is None else trial.members
    line = st.session_state.get(_key(place, "line")) if way == "draw" else None
    several = members is not None and len(set(members["neighbourhood"])) > 1

    # app.css sets the three side by side, as on the page “Map”.
    with st.container(key="explore"):
        changing = st.session_state.get(_key(place, "changing"))
        kept = [
            each
            for each in _outlines(place.fingerprint, folder, place)["features"]
            if changing is None or each["properties"]["name"] != changing[1]
        ]
        _map(assessment, neighbourhoods.paint(assessment, members, line, kept))
        if members is None:
            st.html(
                '<div class="am-account"><p>What is strong there is told here, once some area is counted.</p></div>'
            )
        elif several:
            st.html(neighbourhoods.counted_html(assessment, members))
        else:
            st.html(neighbourhoods.account_html(assessment, members, members["neighbourhood"].iloc[0]))
        st.html(neighbourhoods.legend_html())
    if draft is None or trial is None or members is None:
        return
    if trial.problems:
        st.html(neighbourhoods.problems_html(trial.problems, rows=way == "file"))
    st.html((neighbourhoods.figures_html if several else neighbourhoods.counted_html)(assessment, members))
    _keep(assessment, folder, draft, members, several=several)


def _keep(assessment: Assessment, folder: str, draft: Draft, members: Any, *, several: bool) -> None:
    place = assessment.place
    if folder == DEMO:
        st.info(neighbourhoods.DEMO_TOLD)
        pages.link("add", "Make a copy of the demo town")
    else:
        changing = st.session_state.get(_key(place, "changing"))
        with st.form(_key(place, "keep"), border=False):
            name = st.text_input(
                "Name of the list" if several else "Name of the neighbourhood",
                key=_key(place, "name"),
                max_chars=_LONGEST_NAME,
            )
            asked = st.form_submit_button(f"Save to {page.as_label(place.name)}", type="primary")
        if asked:
            _change(
                folder,
                lambda loading: own_neighbourhoods.add_neighbourhoods(
                    folder, name, draft, loading, changing and (changing[0], changing[2])
                ),
                f"“{' '.join(name.split())}” is now {'changed' if changing else f'part of {place.name}'}.",
                "It was not saved; the place is as it was.",
            )
    _download(assessment, members, "neighbourhood.csv", "new")


def _map(assessment: Assessment, painted: dict[str, Any]) -> None:
    import folium
    from streamlit_folium import st_folium

    from assetmap.views import leaflet

    place = assessment.place
    map_key = _key(place, "map")

    def changed() -> None:
        told = (st.session_state.get(map_key) or {}).get("last_active_drawing") or {}
        code = (told.get("properties") or {}).get("area_code")
        areas_key, way_key = _key(place, "areas"), _key(place, "way")
        if told.get("geometry"):
            _set_line(place, told["geometry"])
            st.session_state[way_key] = "draw"
        elif code in assessment.areas.index and st.session_state[way_key] == "areas":
            chosen = st.session_state.get(areas_key, [])
            kept = [each for each in chosen if each != code]
            st.session_state[areas_key] = kept if code in chosen else [*chosen, code]

    layer = folium.FeatureGroup(control=False)
    layer.add_child(leaflet.Paint(painted))
    st_folium(
        served.drawing(place, draws=True),
        key=map_key,
        height=_MAP_HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=layer,
        on_change=changed,
    )


def _ask_counting(place: Place, key: str) -> str:
    """How the areas inside an outline are counted; without a postcode table there is one way."""
    if place.postcodes is None:
        return "points"
    ways = list(neighbourhoods.COUNTING)
    return str(
        st.radio(
            "What is counted inside the line?",
            ways,
            format_func=neighbourhoods.COUNTING.__getitem__,
            key=key,
            persist_state="session",
        )
    )


def _set_line(place: Place, geometry: Any) -> None:
    """Take an outline for the one that is being made, and write its corners out."""
    st.session_state[_key(place, "line")] = geometry
    with suppress(AssetMapError):  # which is told where it is tried
        st.session_state[_key(place, "corners")] = own_neighbourhoods.corners(geometry, place.crs)


def _redraw(place: Place) -> None:
    """Draw the corners as they were typed."""
    text = st.session_state[_key(place, "corners")]
    try:
        line = own_neighbourhoods.from_corners(text, place.crs) if text.strip() else None
    except AssetMapError as error:
        st.session_state.corner_fault = error
        return
    st.session_state[_key(place, "line")] = line


def _ask_line(place: Place) -> Draft | None:
    st.html(
        '<p class="am-note">Press “Draw a neighbourhood” on the map, tap or click its corners, and press “Finish”. Or write its '
        "corners below, and move them there.</p>"
    )
    with st.form(_key(place, "cornering"), border=False):
        st.text_area(
            "Corners, one a line: easting, northing",
            key=_key(place, "corners"),
            max_chars=_LONGEST_LIST,
            placeholder="376543, 387654",
            help=neighbourhoods.CORNERS,
            persist_state="session",
        )
        st.form_submit_button("Draw these corners", on_click=_redraw, args=(place,))
    fault = st.session_state.pop("corner_fault", None)
    if fault is not None:
        choices.tell(fault, "The corners are not drawn; the outline is as it was.")
    by = _ask_counting(place, _key(place, "by"))
    line = st.session_state.get(_key(place, "line"))
    return own_neighbourhoods.from_line(line, by=by) if line else None


def _ask_areas(place: Place) -> Draft | None:
    labels = {str(code): f"{name} ({code})" for code, name in place.areas["area_name"].items()}
    chosen = st.multiselect(
        "Areas (or click them on the map)",
        sorted(labels, key=labels.__getitem__),
        format_func=labels.__getitem__,
        key=_key(place, "areas"),
        placeholder="Choose areas",
        persist_state="session",
    )
    return own_neighbourhoods.from_areas(sorted(chosen)) if chosen else None


def _ask_list(place: Place) -> Draft | None:
    with st.form(_key(place, "listing"), border=False):
        text = st.text_area(
            "Postcodes or area codes, one a line",
            key=_key(place, "list"),
            max_chars=_LONGEST_LIST,
            help="Postcodes count each area by the share of its postcodes that are listed; area codes count whole areas.",
        )
        st.form_submit_button("Count these")
    return own_neighbourhoods.from_list(text, place.areas.index) if text.strip() else None


def _ask_file(place: Place) -> Draft | None:
    brought = st.file_uploader(
        "Outlines, or a table of postcodes or area codes",
        [ending.removeprefix(".") for ending in mapping.ENDINGS],
        key=_key(place, "file"),
        max_upload_size=LARGEST_UPLOAD // 1024**2,
        help="GeoJSON, KML, GeoPackage or a zip; or CSV or XLSX. Nothing leaves this computer.",
    )
    if brought is None:
        return None
    key = _key(place, f"file {brought.file_id}")
    upload = _received(brought.file_id, brought.name, brought)
    part = _ask_part(key, brought.file_id, upload)
    seen = _look(brought.file_id, part, upload)
    bare = own_neighbourhoods.single_column(seen)
    if bare is not None:
        return own_neighbourhoods.from_list(bare, place.areas.index)
    guessed = own_neighbourhoods.guess_columns(seen, place)
    columns = [str(column) for column in seen.table.columns]
    said = {"source": brought.name, **part}
    title = st.selectbox(
        "Column with the neighbourhoods’ names",
        ["", *columns],
        ["", *columns].index(guessed.get("title", "")),
        format_func=lambda column: column or "none: the file is one neighbourhood",
        key=f"{key} title",
    )
    if title:
        said["title"] = title
    if seen.has_shapes:
        return Draft(upload, {**said, "by": _ask_counting(place, f"{key} by")})
    words = {"postcode": "Postcodes", "code": "Area codes"}
    usual = next((each for each in words if each in guessed), "postcode")
    kind = st.radio(
        "What does it list?",
        list(words),
        list(words).index(usual),
        format_func=words.__getitem__,
        key=f"{key} kind",
    )
    column = st.selectbox(
        "Column that holds them",
        columns,
        columns.index(guessed[kind]) if kind in guessed else None,
        placeholder="Choose a column",
        key=f"{key} {kind}",
    )
    return Draft(upload, {**said, kind: column}) if column else None


def _ask_part(key: str, brought: str, upload: mapping.Upload) -> dict[str, str]:
    """What must be said for the file to be read: its sheet or layer where there are several, its CRS where it has none."""
    crs = st.session_state.get(f"{key} crs", "").strip()
    part = {"crs": crs} if crs else {}
    try:
        _look(brought, part, upload)
    except PlaceError as error:
        kind, names = mapping.parts(error)
        if not names:
            st.text_input(
                "Coordinate reference system (CRS)",
                key=f"{key} crs",
                placeholder="such as EPSG:27700",
                help="Only where the file does not say it, or says a false one. EPSG:27700 is the British National Grid.",
            )
            raise
        part[kind] = st.selectbox(f"Which {kind} holds the neighbourhoods?", names, key=f"{key} {kind}")
    return part


#: What asks for each way of `neighbourhoods.WAYS`.
_ASKING: dict[str, Callable[[Place], Draft | None]] = {
    "draw": _ask_line,
    "areas": _ask_areas,
    "list": _ask_list,
    "file": _ask_file,
}
