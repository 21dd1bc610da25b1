"""OpenStreetMap for a place that has no extract: asked for once, and kept in the place folder as one.

Loads stay offline. What is kept holds the tags that are read and no other: no contact comes even as far as the disk.
"""

from __future__ import annotations

import json
import socket
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import geopandas as gpd
import shapely

from assetmap.errors import OutputError, PlaceError, Problem
from assetmap.sources.assets import LOAD_MARGIN_M
from assetmap.sources.fetch import named_url
from assetmap.sources.osm import FETCHED, tags_read
from assetmap.taxonomy import kinds

__all__ = ["FETCHED_FILE", "OVERPASS_URL", "fetch_osm"]

#: The public server of the Overpass API.
OVERPASS_URL = "https://overpass-api.de/api"

#: What the extract is called in the place folder.
FETCHED_FILE = "openstreetmap.osm"

#: A public server is not asked for more than this, in km².
_LARGEST_KM2 = 10_000
_PATIENCE_S = 180
_BUSY = (429, 503, 504)

_EXTRACT = (
    "download an extract (.osm.pbf), such as those of download.geofabrik.de, and name it in place.toml."
)
_NOTE = "© OpenStreetMap contributors, ODbL (openstreetmap.org/copyright). Only the tags that assetmap reads."

_STRANGE = "Its answer is not one of an Overpass server."

_Element = dict[str, Any]


def fetch_osm(outline: gpd.GeoSeries, folder: Path, url: str = OVERPASS_URL) -> Path:
    """Ask an Overpass server for what the taxonomy has a kind for, and keep it as an extract.

    Asked for is the place and as far around it as assets are loaded. Each value of a tag is asked for by itself: a
    place tagged with two at once, as "cafe;pub", is only found in an extract. Source of the question: osmnx.

    Parameters
    ----------
    outline
        The study area as one shape, in metres.
    folder
        The place folder, where ``openstreetmap.osm`` is written; an earlier one is replaced.
    url
        The server, up to and without "/interpreter".

    Raises
    ------
    PlaceError
        Where osmnx is not installed, the place is too large, or the server does not answer as it should.
    OutputError
        Where the file cannot be written.
    """
    around = gpd.GeoSeries([outline.union_all().buffer(LOAD_MARGIN_M).convex_hull], crs=outline.crs)
    km2 = around.area.iloc[0] / 1_000_000
    if km2 > _LARGEST_KM2:
        what = f"The place and {LOAD_MARGIN_M // 1000} km around it are {km2:,.0f} km²; a server that all share is not asked for more than {_LARGEST_KM2:,} km²."
        raise _fault(url, what, f"Instead, {_EXTRACT}")
    area = around.to_crs(4326).iloc[0]
    elements = _asked(area, url)
    if not elements:
        raise _fault(url, "It knows of no place of any kind there.", "Check where the boundaries are.")
    try:
        document = ET.ElementTree(_extract(elements, area))
    except (AttributeError, KeyError, TypeError):
        raise _fault(url, _STRANGE, "Check the address.") from None
    path = folder / FETCHED_FILE
    part = path.with_suffix(".part")
    try:
        document.write(part, encoding="utf-8", xml_declaration=True)
        part.replace(path)
    except OSError as error:
        what = f"It cannot be written: {error.strerror}."
        raise OutputError(
            Problem(FETCHED_FILE, what, "Check that the folder is there, and may be written to.")
        ) from None
    return path


def _fault(url: str, what: str, remedy: str) -> PlaceError:
    return PlaceError(Problem(named_url(url), what, remedy))


def _asked(area: shapely.Polygon, url: str) -> list[_Element]:
    """Every node, way and relation of the answer once: nodes first, then ways, then relations."""
    try:
        import osmnx
        import requests
    except ImportError:
        what = "Asking OpenStreetMap needs osmnx, which is not installed."
        raise _fault(url, what, f'Install it: pip install "assetmap[overpass]". Or {_EXTRACT}') from None
    elements: dict[tuple[str, int], _Element] = {}

    def keep(response: requests.Response, **_: object) -> None:
        """Take each answer as it comes: osmnx would ask a busy server again without end, and drop the dates."""
        content = response.content  # read whatever it is, so that the connection is closed
        if response.status_code in _BUSY:
            raise _fault(url, "The server is busy.", f"Try again in a few minutes; or {_EXTRACT}")
        if response.status_code != requests.codes.ok:
            what = f"The server answers with status {response.status_code}."
            raise _fault(url, what, f"Check the address; or {_EXTRACT}")
        answer = json.loads(content)
        if "remark" in answer:
            raise _fault(
                url, f"The server gave up: {answer['remark'].rstrip('.')}.", f"Try again later; or {_EXTRACT}"
            )
        elements.update({(each["type"], each["id"]): each for each in answer["elements"]})

    # Of tags that must all hold, the last says most: garden:type=community, and not every garden.
    pairs = sorted({tags[-1] for kind in kinds().values() for tags in kind.osm})
    wanted: dict[str, bool | str | list[str]] = {
        key: [value for each, value in pairs if each == key] for key, _ in pairs
    }
    asking = {"hooks": {"response": keep}, "auth": _with_dates, "allow_redirects": False}
    try:
        with _settings(osmnx.settings, url, asking), suppress(InterruptedError):
            osmnx.features_from_polygon(area, wanted)
    except PlaceError:
        raise
    except requests.Timeout:
        what = f"The server did not answer within {_PATIENCE_S} seconds."
        raise _fault(url, what, f"Try again later; or {_EXTRACT}") from None
    except requests.RequestException:
        what = "The server cannot be reached."
        remedy = f"Check the address, and that this computer is on the internet; or {_EXTRACT}"
        raise _fault(url, what, remedy) from None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise _fault(url, _STRANGE, "Check the address.") from None
    rank = ("node", "way", "relation")
    known = [each for each in elements.values() if each["type"] in rank]
    return sorted(known, key=lambda each: (rank.index(each["type"]), each["id"]))


def _with_dates(request: Any) -> Any:
    """The same question, for the dates of the last edits as well."""
    query = parse_qs(request.body)["data"][0]
    request.prepare_body({"data": f"{query.removesuffix('out;')}out meta;"}, None)
    return request


@contextmanager
def _settings(settings: Any, url: str, asking: Mapping[str, object]) -> Iterator[None]:
    """Let osmnx ask this server and do nothing else; what it changes in this process is put back."""
    ours = {
        "overpass_url": url,
        "overpass_rate_limit": False,
        "doh_url_template": None,
        "requests_timeout": _PATIENCE_S,
        "requests_kwargs": asking,
        "http_user_agent": "assetmap",
        "use_cache": False,
        "cache_only_mode": True,  # ends with an InterruptedError instead of making shapes
    }
    theirs = {name: getattr(settings, name) for name in ours}
    lookup = socket.getaddrinfo
    try:
        for name, value in ours.items():
            setattr(settings, name, value)
        yield
    finally:
        socket.getaddrinfo = lookup
        for name, value in theirs.items():
            setattr(settings, name, value)


def _extract(elements: list[_Element], area: shapely.Polygon) -> ET.Element:
    """An extract (OSM XML 0.6) of the elements, with the tags that are read."""
    root = ET.Element("osm", version="0.6", generator=FETCHED)
    ET.SubElement(root, "note").text = _NOTE
    edges = zip(("minlon", "minlat", "maxlon", "maxlat"), area.bounds, strict=True)
    ET.SubElement(root, "bounds", {name: str(value) for name, value in edges})
    keys = set(tags_read())
    for each in elements:
        element = ET.SubElement(root, each["type"])
        for name in ("id", "lat", "lon", "version", "timestamp"):
            if name in each:
                element.set(name, str(each[name]))
        for node in each.get("nodes", ()):
            ET.SubElement(element, "nd", ref=str(node))
        for member in each.get("members", ()):
            ET.SubElement(element, "member", {key: str(member[key]) for key in ("type", "ref", "role")})
        for key, value in each.get("tags", {}).items():
            if key in keys:
                ET.SubElement(element, "tag", k=key, v=str(value))
    return root
