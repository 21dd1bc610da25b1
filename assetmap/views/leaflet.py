"""Leaflet maps through folium that ask no other computer for anything.

folium writes links to public servers into every map. Here a map is given its own: the Leaflet that
the XStatic-Leaflet package carries, and the two files in ``web/`` that draw a place.
"""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from importlib import resources
from string import Template
from typing import Any

import folium
from branca.element import MacroElement
from folium.template import Template as FoliumTemplate

__all__ = [
    "PICTURES",
    "SCRIPTS",
    "STYLES",
    "Paint",
    "as_script",
    "inlined_css",
    "inlined_js",
    "page_template",
    "place_map",
    "web_files",
]

#: What a map is made of, in the order it is to be loaded.
SCRIPTS = ("leaflet.js", "map.js")
STYLES = ("leaflet.css", "map.css")
#: Pictures that the style sheets name.
PICTURES = ("images/layers.png", "images/layers-2x.png", "images/marker-icon.png")


@cache
def web_files() -> dict[str, bytes]:
    """Every file that a map or its page is made of, by its path below one folder."""
    leaflet = resources.files("xstatic.pkg.leaflet") / "data"
    own = resources.files("assetmap.views") / "web"
    files = {name: (leaflet / name).read_bytes() for name in ("leaflet.js", "leaflet.css", *PICTURES)}
    files |= {each.name: each.read_bytes() for each in own.iterdir()}
    # The map of the minified source is not served, so a browser's developer tools must not ask for it.
    files["leaflet.js"] = re.sub(rb"\n//# sourceMappingURL=.*", b"", files["leaflet.js"])
    return files


def page_template(name: str = "standalone.html") -> Template:
    """A page that stands alone, with a ``$name`` where each of its parts goes."""
    return Template(web_files()[name].decode())


def inlined_css(*names: str) -> str:
    """Style sheets as one text, with the pictures they name written into it."""

    def picture(match: re.Match[str]) -> str:
        data = base64.b64encode(web_files()[match[1]]).decode()
        return f"url(data:image/png;base64,{data})"

    text = "\n".join(web_files()[name].decode() for name in names)
    return re.sub(r"url\((images/[\w.-]+)\)", picture, text)


def inlined_js(*names: str) -> str:
    """Scripts as one text that may stand inside a script element."""
    return "\n".join(web_files()[name].decode() for name in names).replace("</", "<\\/")


def as_script(value: Any) -> str:
    """A value as JSON that may stand inside a script element, whatever its texts say."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


class _PlaceLayers(MacroElement):
    """Draws a place's layers on the map that holds this element."""

    _template = FoliumTemplate(
        """
        {% macro script(this, kwargs) %}
            assetmap.draw({{ this._parent.get_name() }}, {{ this.source }}, {{ this.look }});
        {% endmacro %}
        """
    )

    def __init__(self, source: str, look: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "PlaceLayers"
        self.source = source
        self.look = as_script(look)


class Paint(MacroElement):
    """Shades the areas of the map already drawn; put it in a feature group to change nothing else."""

    _template = FoliumTemplate(
        "{% macro script(this, kwargs) %}assetmap.paint({{ this.paint }});{% endmacro %}"
    )

    def __init__(self, paint: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Paint"
        self.paint = as_script(paint)


def place_map(source: str, look: dict[str, Any], *, folder: str | None = None) -> folium.Map:
    """A folium map without tiles that draws one place.

    Parameters
    ----------
    source
        JavaScript for where the layers are: a quoted URL to fetch, or a variable that holds them.
    look
        How to draw them; see `assetmap.views.maps.look`.
    folder
        URL of the folder that the files are served from; None when the page carries them itself.
    """
    south_west, north_east = look["bounds"]
    middle = [(south_west[axis] + north_east[axis]) / 2 for axis in (0, 1)]
    drawn = folium.Map(
        middle,
        tiles=None,
        prefer_canvas=True,
        zoom_control=False,
        max_zoom=19,
        zoom_snap=0.25,
        font_size="14px",
    )
    # Fixed, not random: the same place gives the same page.
    drawn._id = "place"
    drawn.default_js = [] if folder is None else [(name, f"{folder}/{name}") for name in SCRIPTS]
    drawn.default_css = [] if folder is None else [(name, f"{folder}/{name}") for name in STYLES]
    drawn.add_child(_PlaceLayers(source, look))
    return drawn
