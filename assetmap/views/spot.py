"""One asset or green space as a reader meets it: what is known of it, and what is not.

Text that came from a file passes through `html.escape`.
"""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlsplit

import geopandas as gpd
import pandas as pd

from assetmap.languages import say
from assetmap.model import ASSET_FIELDS, Place
from assetmap.taxonomy import approaches, kinds, themes
from assetmap.views.listings import NOT_KNOWN, lists_told
from assetmap.views.maps import mark_html

__all__ = ["area_of", "is_known", "on_map", "spot_html", "spots_in"]

#: What is told of an asset, and that it is not known where it is not.
_TOLD = ("opening_hours", "step_free", "cost", "website", "last_checked")

#: What is told only where it is known; before those of `_TOLD` that come last.
_TOLD_IF_KNOWN = (
    "description",
    "detail",
    "address",
    "postcode",
    "for_age",
    "for_language",
    "for_faith",
    "for_condition",
    "volunteers",
    "access",
    "last_edited",
)


def is_known(place: Place, ident: str) -> bool:
    """Whether a place has an asset or a green space of that id."""
    return ident in place.assets.index or ident in place.green_space.index


def area_of(place: Place, ident: str) -> str:
    """The code of the area that an asset or the middle of a green space lies in; "" where it is in none."""
    if ident in place.assets.index:
        code = place.assets.at[ident, "area_code"]
        return "" if pd.isna(code) else str(code)
    middle = place.green_space.geometry.loc[ident].representative_point()
    inside = place.areas.index[place.areas.sindex.query(middle, predicate="intersects")]
    return str(inside[0]) if len(inside) else ""


def spots_in(place: Place, area_code: str) -> dict[str, str]:
    """What to call each asset and green space of an area in a list to choose from, by id, in order of name."""
    labels = {name: kind.label for name, kind in kinds().items()}
    assets = place.assets[place.assets["area_code"] == area_code]
    sites = place.green_space
    if len(sites):
        crossing = sites.sindex.query(place.areas.geometry.loc[area_code], predicate="intersects")
        sites = sites.iloc[sorted(crossing)]
    found = pd.concat([assets[["name", "kind"]], sites[["name", "kind"]]])
    found = found.sort_values("name", key=lambda names: names.str.lower(), kind="stable")
    rows = zip(found.index, found["name"], found["kind"], strict=True)
    return {str(ident): f"{name} · {labels[kind]}" for ident, name, kind in rows}


def on_map(place: Place, ident: str) -> dict[str, Any]:
    """Where an asset or a green space is marked on the map, for the browser: its id, name, and latitude and longitude."""
    rows = place.assets if ident in place.assets.index else place.green_space
    row = rows.loc[[ident]]
    point = gpd.GeoSeries(row.representative_point(), crs=place.crs).to_crs(4326).iloc[0]
    return {"id": ident, "name": str(row["name"].iloc[0]), "at": [round(point.y, 6), round(point.x, 6)]}


def spot_html(place: Place, ident: str) -> str:
    """All that is known of an asset or a green space, and what is not.

    Raises
    ------
    KeyError
        Where the place has no such asset or green space.
    """
    if ident in place.assets.index:
        row = place.assets.loc[ident]
        kind = kinds()[row["kind"]]
        told = {say("map.kind"): escape(kind.label)}
        if row["kind_confidence"] < 1:
            sure = row["kind_confidence"]
            told[say("map.kind")] = say("map.kind_worked_out", kind=escape(kind.label), sure=sure)
        fields = {field: str(row[field]) for field in (*_TOLD[:-1], *_TOLD_IF_KNOWN, _TOLD[-1])}
        said = {
            ASSET_FIELDS[field]: _link(text) if field == "website" else escape(text)
            for field, text in fields.items()
            if text or field in _TOLD
        }
        theme = str(row["theme"])
    else:
        row = place.green_space.loc[ident]
        kind, theme = kinds()[row["kind"]], "green_space"
        told = {say("map.kind"): escape(kind.label)}
        ways = int((place.entrances["site_id"] == ident).sum())
        said = {
            say("map.size"): say("map.hectares", size=row["area_ha"]),
            say("map.ways_in"): say("map.entrances", n=ways) if ways else "",
        }
    speaks = ", ".join(escape(approaches()[each].label) for each in kind.approaches)
    code = area_of(place, ident)
    area = f"{place.areas.at[code, 'area_name']} ({code})" if code else say("map.outside")
    told |= {
        say("map.theme"): escape(themes()[theme]),
        say("map.approach"): speaks or say("map.no_approach"),
        **said,
        say("map.area"): escape(area),
        say("map.named_by"): escape(lists_told(place, str(row["sources"]))).replace("\n", "<br>"),
        say("map.licence"): escape(str(row["licence"])),
    }
    lines = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{text or f'<em>{NOT_KNOWN}</em>'}</dd></div>"
        for label, text in told.items()
    )
    return (
        f'<div class="am-account am-spot"><h2>{mark_html(theme)} {escape(str(row["name"]))}</h2>'
        f'<dl class="am-facts">{lines}</dl></div>'
    )


def _link(text: str) -> str:
    """A website as a link where its address is one that a browser may open; else as it is written."""
    address = text if "//" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    except ValueError:
        usable = False
    if not usable or any(sign.isspace() for sign in text):
        return escape(text)
    return f'<a href="{escape(address)}" rel="noopener noreferrer nofollow">{escape(text)}</a>'
