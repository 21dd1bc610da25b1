"""The map of an assessment: what it holds, how it is shaded, and its legend.

Text that came from a file passes through `html.escape` here, and through `textContent` on the map.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap.clusters import CLUSTERS, NO_PATTERN, TOO_FEW, clusters, with_clusters
from assetmap.columns import COLUMNS
from assetmap.errors import counted
from assetmap.gaps import CLASSES, TOUCHING_M
from assetmap.index import mid_rank
from assetmap.model import ASSET_FIELDS, DEPRIVATION_DOMAINS, Assessment, BaseMap, Layer, Place
from assetmap.outcomes import as_amount
from assetmap.reasons import CANNOT_TELL, amount
from assetmap.taxonomy import kinds, themes
from assetmap.views import leaflet

__all__ = [
    "HATCH",
    "NONE_KNOWN_COLOUR",
    "RESOURCE_COLOURS",
    "SHADINGS",
    "Shade",
    "Swatch",
    "contents",
    "details",
    "is_large",
    "legend_html",
    "look",
    "mark_html",
    "marks_css",
    "packed",
    "paint",
    "patch_lines",
    "shade",
    "shadings",
]

#: What the areas may be shaded by, with the label a reader chooses it by.
SHADINGS: dict[str, str] = {
    "deprivation": "Deprivation",
    "resources": "Social resources",
    **{theme: f"Social resources: {label}" for theme, label in themes().items()},
    "both": "Deprivation and social resources together",
    "clusters": "Where alike areas lie together",
    "priority": "Priority neighbourhoods",
}

#: How a shading by an indicator is named, before the indicator's own name.
_BY_INDICATOR = "indicator:"


#: How a shading by one domain of deprivation is named, before the domain's own name.
_BY_DOMAIN = "deprivation:"


def shadings(place: Place) -> dict[str, str]:
    """What the areas of a place may be shaded by: `SHADINGS`, each domain of deprivation that its table gives, and its indicators."""
    domains = {
        f"{_BY_DOMAIN}{name}": f"Deprivation: {label}"
        for name, label in DEPRIVATION_DOMAINS.items()
        if f"{name}_decile" in place.deprivation
    }
    # One domain alone is what “Deprivation” shows.
    domains = domains if len(domains) > 1 else {}
    first = {"deprivation": SHADINGS["deprivation"]}
    return (first | domains | SHADINGS) | {
        f"{_BY_INDICATOR}{name}": f"Also known: {name}" for name in place.indicators_about.index
    }


# Dark is where to look first. ColorBrewer OrRd, YlGnBu and Purples, five classes (Harrower & Brewer 2003).
_DEPRIVATION = ("#b30000", "#e34a33", "#fc8d59", "#fdcc8a", "#fef0d9")
RESOURCE_COLOURS = ("#253494", "#2c7fb8", "#41b6c4", "#a1dab4", "#ffffcc")
_INDICATOR = ("#54278f", "#756bb1", "#9e9ac8", "#bcbddc", "#dadaeb")
NONE_KNOWN_COLOUR = "#4d4d4d"

# Each theme has its own shape, so that colour is never the only sign; colours from Paul Tol's schemes.
# A shape is an SVG path about (0, 0), 10 units from its middle to its edge.
_MARKS: dict[str, tuple[str, str, float]] = {
    "hubs": ("#332288", "M0-10 10-1H7V10H-7V-1H-10Z", 12),
    "groups": ("#aa3377", "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0Z", 8.5),
    "green_space": ("#117733", "M0-10 10 8H-10Z", 9),
    "meeting_places": ("#0072b2", "M0-10 10 0 0 10-10 0Z", 8.5),
    "services": ("#994f00", "M-4-10H4V-4H10V4H4V10H-4V4H-10V-4H-4Z", 8.5),
}

# The nine classes of deprivation (from the most, down) by social resources (from the fewest, across): towards orange for
# deprivation, towards blue for few resources, and dark for both. Told apart by people with any kind of colour blindness: over the map's
# ground the nearest two are 18 apart and more (CIE 1976) as seen by each (Machado et al. 2009). The lightest is no white.
_BOTH = (
    ("#210832", "#7a3e12", "#ff7a00"),
    ("#3233a7", "#7f867a", "#d9a056"),
    ("#0b7da2", "#8fd0f5", "#e9e0a4"),
)
_CLUSTERS = ("#253494", "#41b6c4", "#9e5fb5", "#fdb35a")
_NO_PATTERN = "#e8e4d8"
_PATCH = "#882255"

_STRIPES = "repeating-linear-gradient(135deg, #0000 0 5px, #fff 5px 6px, #111 6px 7.5px)"
HATCH = (
    ", ".join(f"repeating-linear-gradient({way}deg, #5c5c5c 0 1px, #0000 1px 5px)" for way in (45, 135))
    + ", #e6e6e6"
)


@dataclass(frozen=True)
class Swatch:
    """One class of a shading: what it means and its colour (None: not known, hatched both ways)."""

    label: str
    colour: str | None


@dataclass(frozen=True)
class Shade:
    """How the areas are shaded by one figure.

    Parameters
    ----------
    title
        What is shown, and which way it runs.
    source
        Where the figure comes from, and what to bear in mind.
    swatches
        The classes in the order of the legend.
    classes
        Class of each area, as a position in `swatches`.
    figures
        The figure of each area, as short as it can be said on a map.
    values
        The same as a sentence.
    """

    title: str
    source: str
    swatches: tuple[Swatch, ...]
    classes: dict[str, int]
    figures: dict[str, str]
    values: dict[str, str]


def shade(assessment: Assessment, name: str) -> Shade:
    """The shading of an assessment's areas by one of `shadings`."""
    areas = assessment.areas
    if name == "deprivation":
        shaded = _by_decile(areas, "deprivation_decile", "most deprived", "least deprived", _DEPRIVATION)
        return replace(shaded, source=f"Index: {assessment.place.deprivation_index}. {shaded.source}")
    if name.startswith(_BY_DOMAIN):
        return _by_domain(assessment, name.removeprefix(_BY_DOMAIN))
    if name == "resources":
        if areas["resource_decile"].notna().any():
            return _by_decile(areas, "resource_decile", "fewest", "most", RESOURCE_COLOURS)
        return _by_rank(areas)
    if name == "priority":
        return _by_priority(assessment)
    if name == "both":
        return _by_both(assessment)
    if name == "clusters":
        return _by_cluster(assessment)
    if name.startswith(_BY_INDICATOR):
        return _by_indicator(assessment, name.removeprefix(_BY_INDICATOR))
    return _by_theme(assessment, name)


def _shade(
    areas: pd.DataFrame,
    title: str,
    source: str,
    swatches: Iterable[Swatch],
    tell: Callable[[Any], tuple[int, str, str]],
) -> Shade:
    """A shading, from what `tell` says of each row of these columns: its class, its figure and its sentence."""
    told = {row.Index: tell(row) for row in areas.itertuples()}
    classes, figures, values = ({code: what[n] for code, what in told.items()} for n in range(3))
    return Shade(title, source, tuple(swatches), classes, figures, values)  # type: ignore[arg-type]


def _title(column: str) -> str:
    return f"{COLUMNS[column].label} ({COLUMNS[column].direction})"


def _source(column: str) -> str:
    return " ".join(
        f"{text.rstrip('.')}." for text in (COLUMNS[column].source, COLUMNS[column].caveat) if text
    )


def _pairs(worst: str, best: str, colours: tuple[str, ...]) -> list[Swatch]:
    ends = {0: f" ({worst})", 4: f" ({best})"}
    return [
        Swatch(f"Deciles {2 * n + 1} and {2 * n + 2}{ends.get(n, '')}", colour)
        for n, colour in enumerate(colours)
    ]


_UNKNOWN = Swatch("Not known", None)


def _by_decile(areas: pd.DataFrame, column: str, worst: str, best: str, colours: tuple[str, ...]) -> Shade:
    def tell(row: Any) -> tuple[int, str, str]:
        decile = getattr(row, column)
        if pd.isna(decile):
            return 5, "?", f"{COLUMNS[column].label}: not known"
        return (
            (int(decile) - 1) // 2,
            str(decile),
            f"{COLUMNS[column].label}: {decile} of 10 ({COLUMNS[column].direction})",
        )

    swatches = [*_pairs(worst, best, colours), _UNKNOWN]
    return _shade(areas[[column]], _title(column), _source(column), swatches, tell)


def _by_domain(assessment: Assessment, domain: str) -> Shade:
    """Deciles of one domain of deprivation, whichever the settings judge by."""
    areas, column = assessment.place.deprivation, f"{domain}_decile"
    shaded = _by_decile(areas, column, "most deprived", "least deprived", _DEPRIVATION)
    return replace(shaded, source=f"Index: {assessment.place.deprivation_index}. {shaded.source}")


def _by_rank(areas: pd.DataFrame) -> Shade:
    ranked = int(areas["resource_of"].iloc[0])
    last = [ranked * n // 5 for n in range(1, 6)]
    ends = {0: " (fewest)", 4: " (most)"}
    swatches = [
        Swatch(f"Ranks {first + 1} to {end}{ends.get(n, '')}", colour)
        for n, (first, end, colour) in enumerate(zip([0, *last], last, RESOURCE_COLOURS, strict=False))
    ]

    def tell(row: Any) -> tuple[int, str, str]:
        rank = row.resource_rank
        if pd.isna(rank):
            return 5, "?", "Social resource rank: not known"
        band = next(n for n, end in enumerate(last) if rank <= end or n == 4)
        return band, f"{rank:g}", f"Social resource rank: {rank:g} of {ranked} (1 = fewest resources)"

    ranks, source = areas[["resource_rank"]], _source("resource_rank")
    return _shade(ranks, _title("resource_rank"), source, [*swatches, _UNKNOWN], tell)


def _by_theme(assessment: Assessment, theme: str) -> Shade:
    areas, minutes = assessment.areas, f"{assessment.settings.catchment_min:g} minutes"
    label = themes()[theme]
    deciles = bool(areas[f"{theme}_decile"].notna().any())
    column = f"{theme}_decile" if deciles else f"{theme}_lack"
    bands = ["80 to 100 (fewest)", "60 to 80", "40 to 60", "20 to 40", "0 to 20 (most)"]
    swatches = (
        _pairs("fewest", "most", RESOURCE_COLOURS)
        if deciles
        else [Swatch(f"Lack {band}", colour) for band, colour in zip(bands, RESOURCE_COLOURS, strict=True)]
    )

    def tell(row: Any) -> tuple[int, str, str]:
        value, none_known = getattr(row, column), getattr(row, f"{theme}_none_known")
        if pd.isna(none_known):
            return 6, "?", f"{label}: not known"
        if none_known:
            return 5, "0", f"{label}: none known within {minutes}’ walk"
        here = f"{label}: {amount(getattr(row, f'{theme}_count'))} within {minutes}’ walk"
        if pd.isna(value):
            return 6, "?", f"{here}; not compared with other areas"
        if deciles:
            return (int(value) - 1) // 2, str(value), f"{here}; decile {value} of 10 (1 = fewest resources)"
        return (
            4 - min(int(value // 20), 4),
            f"{value:.0f}",
            f"{here}; lack {value:.0f} of 100 (100 = fewest resources)",
        )

    swatches = [*swatches, Swatch(f"None known within {minutes}’ walk", NONE_KNOWN_COLOUR), _UNKNOWN]
    wanted = areas[[column, f"{theme}_none_known", f"{theme}_count"]]
    return _shade(wanted, _title(column), _source(column), swatches, tell)


def _by_priority(assessment: Assessment) -> Shade:
    high = assessment.settings.high_deprivation_decile
    swatches = (
        Swatch("Priority neighbourhood: high deprivation, low resources and a standard missed", "#882255"),
        Swatch("High deprivation and low resources, no standard missed (DR)", "#cc6677"),
        Swatch("High deprivation only (D)", "#ddaa33"),
        Swatch("Low on social resources only (R)", "#6699cc"),
        Swatch("Neither", "#e8e4d8"),
        _UNKNOWN,
    )

    def tell(row: Any) -> tuple[int, str, str]:
        if row.priority:
            return 0, "", f"Priority neighbourhood {row.priority_rank}"
        if row.reason.startswith(CANNOT_TELL):
            found = 5
        elif row.deprivation_decile <= high:
            found = 1 if row.resource_low else 2
        else:
            found = 3 if row.resource_low else 4
        return found, ("", "DR", "D", "R", "", "?")[found], swatches[found].label

    wanted = assessment.areas[["priority", "priority_rank", "reason", "deprivation_decile", "resource_low"]]
    return _shade(wanted, COLUMNS["priority"].label, _source("priority"), swatches, tell)


#: The classes of deprivation and resources together, most deprived and fewest first, by how they are told.
_BOTH_PLACES = {words: place for place, words in enumerate(CLASSES.values())}
_BOTH_FIGURES = tuple(f"{deprivation}/{resources}" for deprivation, resources in CLASSES)


def _by_both(assessment: Assessment) -> Shade:
    column = "deprivation_resource_class"
    named = zip(CLASSES.values(), _BOTH_FIGURES, (colour for row in _BOTH for colour in row), strict=True)
    swatches = [
        Swatch(f"{words[0].upper()}{words[1:]} ({figure})", colour) for words, figure, colour in named
    ]

    def tell(row: Any) -> tuple[int, str, str]:
        words = getattr(row, column)
        if pd.isna(words):
            return len(swatches), "?", f"{COLUMNS[column].label}: not known"
        place = _BOTH_PLACES[words]
        return place, _BOTH_FIGURES[place], f"{words[0].upper()}{words[1:]}, among the areas of this place"

    wanted = assessment.areas[[column]]
    return _shade(wanted, COLUMNS[column].label, _source(column), [*swatches, _UNKNOWN], tell)


def _by_cluster(assessment: Assessment) -> Shade:
    if "cluster" not in assessment.areas:
        assessment = with_clusters(assessment, clusters(assessment))
    figures = ["".join(word[0].upper() for word in name.split(" among ")) for name in CLUSTERS.values()]
    swatches = [
        Swatch(f"{name.capitalize()} ({figure})", colour)
        for name, figure, colour in zip(CLUSTERS.values(), figures, _CLUSTERS, strict=True)
    ]
    swatches += [
        Swatch(NO_PATTERN.capitalize(), _NO_PATTERN),
        Swatch("Not known, or too few areas to tell", None),
    ]
    place_of = {name: place for place, name in enumerate((*CLUSTERS.values(), NO_PATTERN))}

    def tell(row: Any) -> tuple[int, str, str]:
        if pd.isna(row.cluster) or row.cluster == TOO_FEW:
            return 5, "?", f"Social resources: {'not known' if pd.isna(row.cluster) else TOO_FEW}"
        place = place_of[row.cluster]
        return place, [*figures, ""][place], f"Social resources: {row.cluster}"

    title = f"{COLUMNS['cluster'].label} (few among few: fewer than the middle, as its neighbours have)"
    return _shade(assessment.areas[["cluster"]], title, _source("cluster"), swatches, tell)


_FIFTHS = ("Lowest", "Second", "Middle", "Fourth", "Highest")


def _by_indicator(assessment: Assessment, name: str) -> Shade:
    """Fifths of the areas by an indicator; dark where to look first, or where it is highest if neither way is good news."""
    figures = assessment.place.indicators
    values = figures[figures["indicator"] == name].set_index("area_code")["value"].astype(float)
    about: Any = assessment.place.indicators_about.loc[name]
    rank, unit = mid_rank(values), str(about["unit"])
    known = int(rank.notna().sum())
    # By where the middle of each stands; equal areas share a fifth, so one may be empty.
    fifth = np.floor(((rank - 0.5) * 5 / max(known, 1)).round(9))
    order = range(5) if about["better"] == "higher" else range(4, -1, -1)
    swatches, place_of = [], {}
    for number, (n, colour) in enumerate(zip(order, _INDICATOR, strict=True)):
        inside = values[fifth == n]
        ends = "no area" if inside.empty else f"{as_amount(inside.min())} to {as_amount(inside.max())}"
        swatches.append(Swatch(f"{_FIFTHS[n]} fifth of areas ({ends})", colour))
        place_of[n] = number

    def tell(row: Any) -> tuple[int, str, str]:
        if pd.isna(values[row.Index]):
            return 5, "?", f"{name}: not known"
        told = f"{name}: {as_amount(values[row.Index], unit)}"
        return place_of[int(fifth[row.Index])], as_amount(values[row.Index]), told

    way = {"higher": "higher is good news", "lower": "lower is good news"}.get(about["better"], "")
    title = f"{name}, {unit}" + (f" ({way})" if way else "")
    period = f" {about['period']}." if about["period"] else ""
    source = (
        f"{about['source']}.{period} Fifths of the areas of this place. No part of the social resource index."
    )
    return _shade(assessment.areas[[]], title, source, [*swatches, _UNKNOWN], tell)


#: Assets farther beyond the border than this are left off the map: a half-hour's walk and more.
_DRAWN_BEYOND_M = 2_000

#: A place of more areas than this is drawn coarsely at first, by `contents`, and in full where the reader looks closely, by `details`.
_LARGE = 5_000

#: How far, in metres, an edge may be moved in drawing; what is coarse is never seen larger than a pixel.
_FINE_M, _COARSE_M = 5, 400

#: Areas whose fine shapes are fetched at once.
_DETAIL_AREAS = 300


def is_large(place: Place) -> bool:
    """Whether the place is drawn coarsely until the reader looks closely."""
    return len(place.areas) > _LARGE


def contents(place: Place) -> str:
    """What a place holds, as JSON for the browser: the same place gives the same text.

    Parameters
    ----------
    place
        The place; its frames are brought to longitude and latitude here, and nowhere else.
    """
    shapes = gpd.GeoSeries(_drawn(place, _COARSE_M if is_large(place) else _FINE_M), crs=place.crs)
    labels = _lat_lon(place.areas.representative_point())
    kind_labels = {name: kind.label for name, kind in kinds().items()}
    outside = place.assets[~place.assets["area_code"].isin(place.areas.index)]
    far = outside.index[~outside.dwithin(place.outline, _DRAWN_BEYOND_M)] if len(outside) else outside.index
    assets = place.assets.drop(far)
    return leaflet.as_script(
        {
            "areas": _rows(
                place.areas.index,
                place.areas["area_name"],
                _geometries(shapes, 4 if is_large(place) else 6),
                labels,
            ),
            "green": _rows(
                place.green_space["name"],
                place.green_space["kind"].map(kind_labels),
                _geometries(place.green_space.geometry.simplify(2)),
                _lat_lon(place.green_space.representative_point()),
                place.green_space.index,
            ),
            "entrances": _lat_lon(place.entrances.geometry),
            "assets": _rows(
                assets["name"],
                assets["kind"].map(kind_labels),
                assets["theme"],
                _said(assets),
                _lat_lon(assets.geometry),
                assets.index,
            ),
            "backdrop": _rows(place.backdrop["kind"], _geometries(place.backdrop.geometry)),
        }
    )


#: What is told of an asset in its pop-up, and that it is not known where it is not.
_TOLD = ("opening_hours", "step_free", "cost")

#: What is told only where it is known.
_TOLD_IF_KNOWN = ("for_age", "for_language", "for_faith", "for_condition", "volunteers", "last_checked")


def _said(assets: gpd.GeoDataFrame) -> list[list[str]]:
    """What to say of each asset besides its name and kind, line by line, and who says so."""
    told = []
    columns = ("detail", *_TOLD, *_TOLD_IF_KNOWN)
    for detail, *values in assets[[*columns, "sources", "licence"]].itertuples(index=False, name=None):
        *values, sources, licence = values
        named = dict(zip(columns[1:], values, strict=True))
        lines = [detail] if detail and detail not in values else []
        lines += [f"{ASSET_FIELDS[key]}: {value}" for key, value in named.items() if value]
        unknown = [ASSET_FIELDS[key].lower() for key in _TOLD if not named[key]]
        if unknown:
            lines.append(f"Not known: {', '.join(unknown)}")
        told.append([*lines, f"Named by: {sources} ({licence})"])
    return told


def _rows(*columns: Iterable[Any]) -> list[list[Any]]:
    return [
        ["" if cell is None or cell is pd.NA or cell != cell else cell for cell in row]
        for row in zip(*columns, strict=True)
    ]


def _geometries(series: gpd.GeoSeries, decimals: int = 6) -> list[dict[str, Any]]:
    # Six decimals of a degree are a tenth of a metre; four are ten metres.
    rounded = shapely.transform(series.to_crs(4326).values, lambda points: points.round(decimals))
    return [json.loads(text) for text in shapely.to_geojson(rounded)]


def _lat_lon(series: gpd.GeoSeries) -> list[list[float]]:
    points = series.to_crs(4326)
    return [[round(y, 6), round(x, 6)] for x, y in zip(points.x, points.y, strict=True)]


#: From these numbers of assets on, only hubs, groups and green space are shown at first; then only hubs and
#: green space. The reader adds the rest from the list of layers.
_MANY_ASSETS, _VERY_MANY_ASSETS = 600, 2_000


#: Sources that take more letters than this are folded together on the map, until the reader opens them.
_ROOM_FOR_SOURCES = 120


def _attribution(layers: Sequence[Layer]) -> str:
    """Every source with its licences, as it stands on the map itself; one of share-alike is always in sight."""
    terms: dict[str, dict[str, bool]] = {}
    for layer in layers:
        licences = terms.setdefault(layer.source, {})
        if layer.licence != "not stated":
            licences[layer.licence] = layer.share_alike
    told = {
        source: escape(f"{source} ({', '.join(licences)})" if licences else source)
        for source, licences in terms.items()
    }
    whole = "; ".join(told.values())
    if len(whole) <= _ROOM_FOR_SOURCES:
        return f"Sources: {whole}"
    shared = [told[source] for source, licences in terms.items() if any(licences.values())]
    rest = len(told) - len(shared)
    more = [counted(rest, "more source" if shared else "source")] if rest else []
    return f"<details><summary>Sources: {'; '.join([*shared, *more])}</summary><span>{whole}</span></details>"


def look(place: Place) -> dict[str, Any]:
    """How a place's layers are drawn, whatever they are shaded by."""
    west, south, east, north = (float(edge) for edge in place.areas.to_crs(4326).total_bounds)
    overlays = {
        "priority": "Priority neighbourhoods",
        "patches": "Patches: priorities that touch",
        "low": "Low on social resources",
        "figures": "Figures (zoom in for more)",
        **{theme: label for theme, label in themes().items() if theme != "green_space"},
        "green": themes()["green_space"],
        "entrances": "Ways into green space (zoom in)",
        "backdrop": "Water, railways and streets",
    }
    hidden = ["entrances"]
    # Where there are very many, marks hide more than they tell until they are asked for.
    if len(place.assets) >= _MANY_ASSETS:
        hidden += ["meeting_places", "services"]
    if len(place.assets) >= _VERY_MANY_ASSETS:
        hidden.append("groups")
    return {
        "title": f"Map of {place.name}. The table of areas holds the same figures.",
        "bounds": [[south, west], [north, east]],
        "fictional": "Fictional place" if place.fictional else "",
        "attribution": _attribution(place.layers),
        "base": _base(place.base_map),
        "themes": {
            theme: {"colour": colour, "path": path, "size": size}
            for theme, (colour, path, size) in _MARKS.items()
        },
        "overlays": {name: escape(label) for name, label in overlays.items()},
        "hidden": hidden,
    }


def _base(base_map: BaseMap | None) -> dict[str, Any] | None:
    """The online map that a reader may switch on, for the browser."""
    if base_map is None:
        return None
    host = escape(urlsplit(base_map.url).netloc)
    return {
        "url": base_map.url,
        "label": f"Online base map (asks {host})",
        "failed": f"The online base map could not be fetched from {host}, so it is off again. Everything else is as it was.",
        "attribution": escape(base_map.attribution),
        "max_zoom": base_map.max_zoom,
    }


def paint(assessment: Assessment, name: str, drawn: Shade | None = None) -> dict[str, Any]:
    """What each area is to show of an assessment: its colour, figure and highlights; `drawn` is its shade, where known already."""
    drawn = drawn or shade(assessment, name)

    def look_of(row: Any) -> dict[str, Any]:
        colour = drawn.swatches[drawn.classes[row.Index]].colour
        return {
            "fill": colour,
            "unknown": colour is None,
            "figure": drawn.figures[row.Index],
            "value": drawn.values[row.Index],
            "low": bool(row.resource_low),
            "rank": int(row.priority_rank) if row.priority else 0,
        }

    wanted = assessment.areas[["resource_low", "priority", "priority_rank"]]
    return {str(row.Index): look_of(row) for row in wanted.itertuples()}


def packed(painted: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What `paint` gives, with each look told once: the looks, and which of them each area has, in the order of the areas.

    Examples
    --------
    >>> packed({"A": {"fill": "#fff"}, "B": {"fill": "#000"}, "C": {"fill": "#fff"}})
    {'looks': [{'fill': '#fff'}, {'fill': '#000'}], 'codes': {'A': 0, 'B': 1, 'C': 0}}
    """
    place_of: dict[tuple[Any, ...], int] = {}
    codes = {code: place_of.setdefault(tuple(look.items()), len(place_of)) for code, look in painted.items()}
    return {"looks": [dict(look) for look in place_of], "codes": codes}


def patch_lines(assessment: Assessment) -> list[dict[str, Any]]:
    """The outline of each patch of priority neighbourhoods, for the browser, the first patch first."""
    place, patch = assessment.place, assessment.areas["patch"]
    if patch.isna().all():
        return []
    # The shapes that the map draws, so that an outline runs along theirs.
    shapes = gpd.GeoSeries(_drawn(place, _FINE_M), index=place.areas.index, crs=place.crs)[patch.notna()]
    parts = shapes.groupby(patch.dropna().astype(int))
    # Slivers between neighbours that touch by less than the tolerance are closed.
    whole = [
        shapely.union_all(part.buffer(TOUCHING_M, join_style="mitre").to_numpy()).buffer(
            -TOUCHING_M, join_style="mitre"
        )
        for _, part in parts
    ]
    return _geometries(gpd.GeoSeries(whole, crs=place.crs))


def _drawn(place: Place, within_m: float) -> Any:
    """The areas as the map draws them: neighbours keep their shared edges, and at the scale of a screen nobody sees the difference."""
    name = f"drawn {within_m}"
    if name not in place.kept:
        place.kept[name] = shapely.coverage_simplify(place.areas.geometry.values, within_m)
    return place.kept[name]


def details(place: Place) -> Iterator[tuple[list[list[float]], dict[str, Any]]]:
    """The shapes of a large place's areas as finely as a small one's, neighbours together: their bounds in degrees, and each by its code."""
    middles = place.areas.geometry.centroid
    order = middles.hilbert_distance().sort_values().index
    shapes = gpd.GeoSeries(_drawn(place, _FINE_M), index=place.areas.index, crs=place.crs).to_crs(4326)
    for start in range(0, len(order), _DETAIL_AREAS):
        some = shapes[order[start : start + _DETAIL_AREAS]]
        west, south, east, north = (round(float(edge), 5) for edge in some.total_bounds)
        yield (
            [[south, west], [north, east]],
            dict(zip(map(str, some.index), _geometries(some), strict=True)),
        )


def _swatch(swatch: Swatch) -> str:
    sample = f'<span class="am-swatch" style="background: {swatch.colour or HATCH}"></span>'
    return f"<li>{sample}{escape(swatch.label)}</li>"


def mark_html(theme: str) -> str:
    """The mark of a theme as it stands on the map; `marks_css` says what it looks like."""
    return f'<span class="am-mark am-mark-{theme}"></span>'


def marks_css() -> str:
    """The look of every theme's mark, as a style sheet: Streamlit lets no SVG through into a page."""

    def rule(theme: str) -> str:
        colour, path, _ = _MARKS[theme]
        drawn = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-13 -13 26 26"><path d="{path}" '
            f'fill="{colour}" stroke="#fff" stroke-width="5" stroke-linejoin="round" paint-order="stroke"/></svg>'
        )
        picture = f"data:image/svg+xml,{quote(drawn)}"
        return f'.am-mark-{theme} {{ background-image: url("{picture}"); }}'

    return "\n".join(map(rule, _MARKS))


def _grid(drawn: Shade) -> str:
    """The nine classes of deprivation and resources as a table of three by three, with how many areas are in each."""
    number = Counter(drawn.classes.values())

    def cell(place: int) -> str:
        swatch, figure = drawn.swatches[place], _BOTH_FIGURES[place]
        return (
            f'<td><span class="am-both-swatch" style="background: {swatch.colour}"><span>{figure}</span></span>'
            f'<span class="am-unseen">{escape(swatch.label)}: </span>{counted(number[place], "area")}</td>'
        )

    rows = "".join(
        f'<tr><th scope="row">{high} deprivation</th>{"".join(map(cell, range(3 * n, 3 * n + 3)))}</tr>'
        for n, high in enumerate(("High", "Middle", "Low"))
    )
    heads = "".join(f'<th scope="col">{few} resources</th>' for few in ("Few", "Middling", "Many"))
    return (
        '<table class="am-both"><caption>Thirds of the areas of this place. The first figure is deprivation, downwards from the most '
        "deprived (1) to the least (3); the second is social resources, across from the fewest (1) to the most (3).</caption>"
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def legend_html(assessment: Assessment, name: str, drawn: Shade | None = None) -> str:
    """The legend of one shading, with its direction, its source and every mark on the map; `drawn` is its shade, where known already."""
    drawn = drawn or shade(assessment, name)
    green = '<span class="am-swatch" style="background: #2f9e5599; border: 2px solid #0b5a26"></span>'
    marks = "".join(
        f"<li>{mark_html(theme)}{green if theme == 'green_space' else ''}{escape(label)}</li>"
        for theme, label in themes().items()
    )
    first = '<span class="am-count">1</span>'
    low = f'<span class="am-swatch" style="background: {_STRIPES}; border: 2px dashed"></span>'
    classes = "".join(map(_swatch, drawn.swatches[9:] if name == "both" else drawn.swatches))
    grid = _grid(drawn) if name == "both" else ""
    patch = f'<span class="am-swatch" style="background: #0000; border: 4px solid {_PATCH}"></span>'
    ring = '<span class="am-swatch" style="background: #fff; border: 3px solid #0b5a26; border-radius: 50%; height: 14px; width: 14px"></span>'
    ways = f"<li>{ring}Way into green space (off at first; shown when the map is near)</li>"
    ways = ways if len(assessment.place.entrances) else ""
    return (
        f'<div class="am-legend"><h2>{escape(drawn.title)}</h2>{grid}<ul>{classes}</ul>'
        f'<p class="am-note">{escape(drawn.source)}</p><h3>On the map</h3><ul>'
        f"<li>{first}Priority neighbourhood, with its rank (1 = first)</li>"
        f"<li>{patch}Patch: priority neighbourhoods that touch</li>"
        f"<li>{low}Low on social resources</li>{marks}{ways}</ul>"
        '<p class="am-note">The button “Layers” on the map shows and hides each of these.</p></div>'
    )
