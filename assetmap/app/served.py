"""What the app hands to its map in the browser, from this computer alone.

Streamlit serves a declared component's folder beside the app, so a relative address reaches it
whatever the app's own address is. The folder is this process's own and goes when the process ends.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v1 import declare_component

from assetmap.model import Place

__all__ = ["drawing"]


class _Folder:
    """A folder of files that the browser may fetch; its path goes into addresses."""

    def __init__(self) -> None:
        from assetmap.views import leaflet

        # Held here because the folder goes when this does.
        self._made = tempfile.TemporaryDirectory(prefix="assetmap-")
        self.path = Path(self._made.name)
        # As the map's frame sees it: next to the folder of st_folium's own files.
        self.url = f"../{declare_component('files', path=self._made.name).name}"
        (self.path / "images").mkdir()
        for name in (*leaflet.SCRIPTS, *leaflet.STYLES, *leaflet.PICTURES):
            (self.path / name).write_bytes(leaflet.web_files()[name])


@st.cache_resource(show_spinner=False)
def _folder() -> _Folder:
    return _Folder()


@st.cache_resource(show_spinner="Preparing the map …", max_entries=20)
def _prepared(fingerprint: str, _place: Place) -> tuple[str, dict[str, Any]]:  # noqa: ARG001 - the cache's key
    from assetmap.views import maps

    layers = maps.contents(_place).encode()
    # The name is the content's: a browser that has it need never ask again, and cannot hold a stale one.
    name = f"{hashlib.sha256(layers).hexdigest()[:16]}.json"
    (_folder().path / name).write_bytes(layers)
    return f"{_folder().url}/{name}", maps.look(_place)


def drawing(place: Place, *, draws: bool = False, locates: bool = False) -> Any:
    """A folium map of the place that fetches its layers from the app.

    Parameters
    ----------
    place
        The place.
    draws
        Whether one may draw an outline on it.
    locates
        Whether it has a button for where the reader is.
    """
    from assetmap.views import leaflet

    source, look = _prepared(place.fingerprint, place)
    return leaflet.place_map(
        leaflet.as_script(source), {**look, "draws": draws, "locates": locates}, folder=_folder().url
    )
