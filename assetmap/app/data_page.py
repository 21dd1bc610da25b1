"""How sound the data of the place are, what was changed in them by hand, and what they are made of."""

from __future__ import annotations

from datetime import date
from functools import partial
from html import escape
from pathlib import Path

import streamlit as st

from assetmap.app import choices
from assetmap.errors import AssetMapError
from assetmap.model import Layer, Place
from assetmap.sources import DEMO, RECIPE_NAME, demo_folder
from assetmap.sources.accepted import Difference, accept, differences, last_accepted
from assetmap.sources.recipe import read_recipe
from assetmap.views import health, page

__all__ = ["show"]


def show() -> None:
    """Draw the page."""
    name = choices.choose_place()
    with choices.telling():
        folder = choices.known_places()[name]
        place = choices.loaded(folder)
        today = date.today()
        choices.remember(place, name, place.settings)
        st.html(page.heading_html(place))
        st.html(f"<h2>How sound the data are</h2>{health.summary_html(place, today)}")
        st.button("Read the files again", on_click=_forget)
        if folder != DEMO:
            _edits(place, folder, today)
        st.html(f"<h2>What became of every row</h2>{health.layers_html(place, today)}")
        st.html(f"<h2>Left out, and why</h2>{health.left_out_html(place)}")
        _rows_to_mend(place, _home(folder))
        st.html(f"<h2>What the lists cover</h2>{health.coverage_html(place)}")
        st.html(f"<h2>How sure the kinds are</h2>{health.kinds_html(place)}")
        st.html(f"<h2>When it was last checked</h2>{health.checked_html(place, today)}")
        st.html(f"<h2>Licences</h2>{health.licences_html(place)}")
        _without_share_alike(place, folder)
        for told in (page.grants_html(place), page.bodies_html(place)):
            if told:
                st.html(told)
        st.html(f"<h2>Other notes</h2>{health.notes_html(place)}")


def _home(folder: str) -> Path:
    return demo_folder() if folder == DEMO else Path(folder)


def _forget() -> None:
    choices.loaded.clear()
    _differences.clear()


@st.cache_resource(show_spinner="Comparing with what was accepted …", max_entries=10)
def _differences(fingerprint: str, folder: str) -> list[Difference]:  # noqa: ARG001 - the cache's key
    return differences(read_recipe(Path(folder) / RECIPE_NAME))


def _edits(place: Place, folder: str, today: date) -> None:
    """What was changed in the files by hand, and a form to accept it."""
    st.html("<h2>Changed by hand</h2>")
    fault = st.session_state.pop("accept_fault", None)
    if fault is not None:
        choices.tell(fault, "Nothing was accepted.")
    thanks = st.session_state.pop("accepted", None)
    if thanks:
        st.success(thanks)
    try:
        last = last_accepted(folder)
        found = _differences(place.fingerprint, folder) if last else []
    except AssetMapError as error:
        choices.tell(error, "What was changed by hand cannot be told.")
        return
    if last is None:
        told = (
            "Nobody has accepted the files of this place yet. Once somebody has, whatever is changed in them, in QGIS or in a "
            "spreadsheet, is shown here as a difference."
        )
        button = "Accept all files as they are"
    elif found:
        told = "What was changed is used as it is, and is marked as not accepted until somebody accepts it."
        button = "Accept these changes"
    else:
        by, when = last
        st.html(f"<p>Nothing, since {escape(by)} accepted the files on {escape(when)}.</p>")
        return
    st.html(f"<p>{told}</p>{health.differences_html(found)}")

    def taken() -> None:
        seen = {each.key: each.sha256 for each in found} if last else None
        try:
            files = {each.key for each in accept(folder, st.session_state.accepting, today, seen)}
        except AssetMapError as error:
            st.session_state.accept_fault = error
            return
        number = "1 file is" if len(files) == 1 else f"{len(files):,} files are"
        st.session_state.accepted = f"{number} accepted as of {today.isoformat()}."
        choices.loaded.clear(folder)
        _differences.clear()

    with st.form("accept", border=False):
        st.text_input(
            "Your name",
            key="accepting",
            max_chars=100,
            help="Kept in the place folder; it goes into no export.",
        )
        st.form_submit_button(button, on_click=taken)


def _rows_to_mend(place: Place, home: Path) -> None:
    """The rows left out of each file, to be mended and brought again."""
    layers = health.with_rejected(place)
    if not layers:
        return
    st.html(
        '<p class="am-note">Mend the rows in the file, and bring it under “Add a list”; or mend them in the list itself and '
        "read the files again. Contact details are left out of it.</p>"
    )

    def rows(layer: Layer) -> bytes:
        # With a mark that tells a spreadsheet it is UTF-8.
        return health.rejected_rows(home, place, layer).encode("utf-8-sig")

    with st.container(horizontal=True, key="mend"):
        for number, layer in enumerate(layers):
            st.download_button(
                f"Rows left out of {page.as_label(layer.name)}, to mend (CSV)",
                partial(rows, layer),
                health.rejected_name(layer),
                "text/csv",
                key=f"mend {number}",
                on_click="ignore",
            )


def _without_share_alike(place: Place, folder: str) -> None:
    """The gap analysis without the layers whose licence passes on to it."""
    licences = health.share_alike(place)
    if not licences:
        return
    if any(layer.share_alike for layer in place.layers if layer.table == "areas"):
        st.html(
            "<p>The areas themselves are under a share-alike licence, so nothing can be made without it.</p>"
        )
        return

    def packed() -> bytes:
        from assetmap.sources import load
        from assetmap.views import export

        rest = load(folder, without=licences)
        return export.archive(choices.assessed(rest, rest.settings))

    left = ", ".join(layer.name for layer in place.layers if layer.share_alike)
    st.html(
        f'<p class="am-note">Without what is under {escape(" or ".join(licences))} in: {escape(left)}. Made with the place’s own '
        "settings. What only these layers tell is not known then.</p>"
    )
    st.download_button(
        "Gap analysis without share-alike layers (zip)",
        packed,
        "gap-analysis-without-share-alike.zip",
        "application/zip",
        on_click="ignore",
    )
