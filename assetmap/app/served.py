"""What the app hands to its map in the browser, from this computer alone.

Streamlit serves a declared component's folder beside the app, so a relative address reaches it
whatever the app's own address is. The folder is this process's own and goes when the process ends.

What is large is a file there: compressed once, for Streamlit would compress it anew at each request, and named after its
content, so that a browser which has it need never ask again and cannot hold a stale one. A page that is drawn again
then sends the file's name alone.
"""

from __future__ import annotations

import gzip
import hashlib
import tempfile
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v1 import declare_component

from assetmap.model import Assessment, Place, Settings

__all__ = ["drawing", "legend", "plain", "prepare", "shaded"]


class _Folder:
    """A folder of files that the browser may fetch."""

    #: As the map's frame sees it: next to the folder of st_folium's own files.
    url = f"../{__name__}.files"

    def __init__(self) -> None:
        from assetmap.views import leaflet

        # Held here because the folder goes when this does.
        self._made = tempfile.TemporaryDirectory(prefix="assetmap-")
        self.path = Path(self._made.name)
        (self.path / "images").mkdir()
        for name in (*leaflet.SCRIPTS, *leaflet.STYLES, *leaflet.PICTURES):
            (self.path / name).write_bytes(leaflet.web_files()[name])

    def keep(self, value: Any) -> str:
        """The address of a value as JSON that is compressed already."""
        from assetmap.views import leaflet

        text = (value if isinstance(value, str) else leaflet.as_script(value)).encode()
        path = self.path / f"{hashlib.sha256(text).hexdigest()[:16]}.json.gz"
        if not path.exists():
            # Whole or not at all: another reader may ask for it at this moment.
            with tempfile.NamedTemporaryFile(dir=self.path, delete=False) as made:
                made.write(gzip.compress(text, 6, mtime=0))
            Path(made.name).replace(path)
        return f"{self.url}/{path.name}"


@st.cache_resource(show_spinner=False)
def _folder() -> _Folder:
    return _Folder()


@st.cache_resource(show_spinner="Preparing the map …", max_entries=20)
def _prepared(fingerprint: str, _place: Place) -> tuple[str, dict[str, Any]]:  # noqa: ARG001 - the cache's key
    from assetmap.views import maps

    look = maps.look(_place)
    if maps.is_large(_place):
        look["details"] = [(bounds, _folder().keep(shapes)) for bounds, shapes in maps.details(_place)]
    return _folder().keep(maps.contents(_place)), look


@st.cache_resource(show_spinner=False, max_entries=200)
def _shaded(
    fingerprint: str,  # noqa: ARG001 - the cache's key
    settings: Settings,  # noqa: ARG001
    name: str,
    _assessment: Assessment,
) -> tuple[str, str]:
    from assetmap.views import maps

    drawn = maps.shade(_assessment, name)
    paint = maps.packed(maps.paint(_assessment, name, drawn)) | {"patches": maps.patch_lines(_assessment)}
    return _folder().keep(paint), maps.legend_html(_assessment, name, drawn)


def shaded(assessment: Assessment, name: str) -> dict[str, Any]:
    """The areas shaded by one of `assetmap.views.maps.shadings`, for `assetmap.views.leaflet.Paint` to fetch."""
    return {"shade": _shaded(assessment.place.fingerprint, assessment.settings, name, assessment)[0]}


def legend(assessment: Assessment, name: str) -> str:
    """The legend of that shading in HTML, as `assetmap.views.maps.legend_html` has it."""
    return _shaded(assessment.place.fingerprint, assessment.settings, name, assessment)[1]


@st.cache_resource(show_spinner=False, max_entries=20)
def _plain(fingerprint: str, _place: Place) -> str:  # noqa: ARG001 - the cache's key
    from assetmap.views import maps, near

    return _folder().keep(maps.packed(near.unshaded(_place)))


def plain(place: Place) -> dict[str, Any]:
    """The areas of a place with nothing said of them, for `assetmap.views.leaflet.Paint` to fetch."""
    return {"shade": _plain(place.fingerprint, place)}


def prepare(assessment: Assessment) -> None:
    """Make ready, before anybody asks, what the first look at the maps of a place fetches."""
    _prepared(assessment.place.fingerprint, assessment.place)
    plain(assessment.place)
    shaded(assessment, "deprivation")


def drawing(place: Place, *, draws: bool = False, locates: bool = False, picks: bool = False) -> Any:
    """A folium map of the place that fetches its layers from the app.

    Parameters
    ----------
    place
        The place.
    draws
        Whether one may draw an outline on it.
    locates
        Whether it has a button for where the reader is.
    picks
        Whether a click on a mark tells the page which asset or green space it is.
    """
    from assetmap.views import leaflet

    # Not when the folder is made, which may be before Streamlit runs.
    declare_component("files", path=str(_folder().path))
    source, look = _prepared(place.fingerprint, place)
    return leaflet.place_map(
        leaflet.as_script(source),
        {**look, "draws": draws, "locates": locates, "picks": picks},
        folder=_folder().url,
    )
