"""Lists of community assets: each row located, named and given a kind, or kept out with a reason."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assetmap.errors import PlaceError, Problem
from assetmap.sources.files import is_shapes, read_rows, read_shapes, require_columns, to_numbers
from assetmap.sources.recipe import Entry
from assetmap.taxonomy import Kind, kind_named, kinds

__all__ = ["LOAD_MARGIN_M", "Gathered", "merge_lists", "read_assets", "read_postcodes"]

#: Assets this far beyond the study area are loaded: an hour's walk at the fastest settings.
LOAD_MARGIN_M = 10_000

#: A location this far beyond the study area is a mistake rather than a neighbour.
_ABSURD_M = 100_000

#: Two rows of the same kind and name closer than this are one place told twice.
_SAME_PLACE_M = 100


class Gathered(NamedTuple):
    """What one list gave: its good rows, its problems, and the count of each fate."""

    rows: gpd.GeoDataFrame
    problems: list[Problem]
    rows_in: int
    rows_set_aside: int


def _postcode(text: pd.Series) -> pd.Series:
    return text.str.upper().str.replace(r"\s+", "", regex=True)


def read_postcodes(entry: Entry, areas: gpd.GeoDataFrame) -> tuple[gpd.GeoSeries, list[Problem], int]:
    """Points by postcode (upper case, no space), in the areas' CRS."""
    table, problems, rows_in = read_rows(entry)
    keys = ("easting", "northing") if entry.get("easting") else ("lon", "lat")
    if entry.get(keys[0]) is None:
        raise PlaceError(
            Problem(
                "place.toml",
                "[postcodes] does not say where the points are.",
                "Name the columns lon and lat, or easting and northing.",
            )
        )
    require_columns(entry, table, ("postcode", *keys))
    x, y = (to_numbers(table[entry.get(key)]).astype(float) for key in keys)
    good = (x.notna() & y.notna()).to_numpy()
    points = gpd.GeoSeries(
        gpd.points_from_xy(x[good], y[good]),
        index=_postcode(table[entry.get("postcode")])[good],
        crs=27700 if keys[0] == "easting" else 4326,
    ).to_crs(areas.crs)
    return points[~points.index.duplicated()], problems, rows_in


class _Door:
    """Decides, row by row, where an asset stands; collects what is wrong with those it turns away."""

    def __init__(self, entry: Entry, outline: gpd.GeoSeries, postcodes: gpd.GeoSeries | None) -> None:
        self.entry = entry
        self.crs = outline.crs
        self.postcodes = postcodes
        self.outline = outline.iloc[0]
        self.problems: list[Problem] = []

    def reject(self, rows: pd.Index, what: str | pd.Series, remedy: str, column: str | None = None) -> None:
        for row in rows:
            said = what if isinstance(what, str) else what[row]
            self.problems.append(Problem(self.entry.file, said, remedy, int(row), column, "rejected"))

    def near(self, points: gpd.GeoSeries, margin_m: float) -> pd.Series:
        return pd.Series(shapely.dwithin(points.to_numpy(), self.outline, margin_m), index=points.index)

    def locate(self, table: pd.DataFrame) -> gpd.GeoSeries:
        """A point for each row that can be located; the rest are rejected, each with its reason."""
        points = gpd.GeoSeries([None] * len(table), index=table.index, crs=self.crs)
        stated = pd.Series(False, index=table.index)
        for keys, crs in ((("lon", "lat"), 4326), (("easting", "northing"), 27700)):
            if self.entry.get(keys[0]) is None:
                continue
            found = self._from_numbers(table, keys, crs)
            stated |= found.index.to_series().reindex(table.index).notna()
            points = points.where(points.notna(), found.reindex(table.index))
        column = self.entry.get("postcode")
        open_rows = points.isna() & ~stated
        if column is not None and open_rows.any():
            points = points.where(
                ~open_rows, self._from_postcodes(table[open_rows], column).reindex(table.index)
            )
        told = {problem.row for problem in self.problems}
        lost = [row for row in table.index[points.isna()] if row not in told]
        self.reject(pd.Index(lost), "It has no location.", "Add coordinates or a postcode.")
        return points.dropna()

    def _from_numbers(self, table: pd.DataFrame, keys: tuple[str, str], crs: int) -> gpd.GeoSeries:
        """Points from two columns of numbers, NA where they cannot be right; blank rows are left to the next way."""
        columns = [str(self.entry.get(key)) for key in keys]
        text = table[columns]
        filled = text[(text != "").any(axis=1) & ~text.isin(["NA", "N/A", "NULL"]).all(axis=1)]
        x, y = (to_numbers(filled[column]).astype(float) for column in columns)
        number = x.notna() & y.notna()
        where = f"{columns[0]}/{columns[1]}"
        self.reject(
            filled.index[~number],
            "Its coordinates are not numbers.",
            "Write plain numbers, or leave both cells empty.",
            where,
        )
        origin = number & (x == 0) & (y == 0)
        self.reject(
            filled.index[origin],
            "Its coordinates are (0, 0), which is in the Atlantic.",
            "Put in the real ones, or leave both empty.",
            where,
        )
        possible = number & ~origin
        if crs == 4326:
            degrees = (x.abs() <= 180) & (y.abs() <= 90)
            self.reject(
                filled.index[possible & ~degrees],
                "Its longitude and latitude are too large to be degrees; they look like eastings and northings.",
                "Convert them, or put them in columns of their own.",
                where,
            )
            possible &= degrees
        points = gpd.GeoSeries(
            gpd.points_from_xy(x[possible], y[possible]), index=filled.index[possible], crs=crs
        ).to_crs(self.crs)
        near = self.near(points, _ABSURD_M)
        far = points[~near]
        if len(far):
            swapped = gpd.GeoSeries(
                gpd.points_from_xy(y[far.index], x[far.index]), index=far.index, crs=crs
            ).to_crs(self.crs)
            usable = swapped.is_valid & np.isfinite(swapped.x) & np.isfinite(swapped.y)
            home = usable & self.near(swapped.where(usable), _ABSURD_M)
            self.reject(
                far.index[home], f"Its {keys[0]} and {keys[1]} look swapped.", "Swap the two cells.", where
            )
            away = far[~home]
            kilometres = away.distance(self.outline) / 1000
            self.reject(
                away.index,
                pd.Series(
                    [
                        f"It is {km:,.0f} km away from the place."
                        if np.isfinite(km)
                        else "It is nowhere near the place."
                        for km in kilometres
                    ],
                    away.index,
                ),
                "Check its coordinates.",
                where,
            )
        return points[near].reindex(filled.index)

    def _from_postcodes(self, table: pd.DataFrame, column: str) -> gpd.GeoSeries:
        text = table[column]
        if self.postcodes is None:
            self.reject(
                table.index[text != ""],
                "It has only a postcode, and the place has no postcode table.",
                "Add [postcodes] to place.toml.",
                column,
            )
            return gpd.GeoSeries([], crs=self.crs)
        keys = _postcode(text)
        known = keys.isin(self.postcodes.index)
        unknown = text[(text != "") & ~known]
        self.reject(
            unknown.index,
            pd.Series(
                [f"The postcode “{each}” is not in the place’s postcode table." for each in unknown],
                unknown.index,
            ),
            "Check the postcode, or add coordinates; it may be outside the table’s reach or no longer in use.",
            column,
        )
        return gpd.GeoSeries(
            self.postcodes.reindex(keys[known]).to_numpy(), index=table.index[known], crs=self.crs
        )


def _kinds(entry: Entry, table: pd.DataFrame, door: _Door) -> pd.Series:
    """The kind of each row, NA where the taxonomy does not know its word (told as a problem)."""
    whole = entry.get("kind")
    if whole is not None:
        kind = kinds().get(whole)
        if kind is None:
            raise PlaceError(
                Problem(
                    "place.toml",
                    f"The list “{entry.get('name')}” has kind “{whole}”, which the taxonomy does not have.",
                    f"Use one of: {', '.join(kinds())}.",
                    column="kind",
                )
            )
        return pd.Series(kind.kind, index=table.index, dtype=object)
    column = str(entry.get("kind_column"))
    words: dict[str, Kind | None] = {word: kind_named(word) for word in table[column].unique()}
    unknown = table.index[[words[word] is None for word in table[column]]]
    door.reject(
        unknown,
        pd.Series(
            [
                f"“{word}” is not a kind that the taxonomy knows."
                if word
                else "It does not say what kind it is."
                for word in table.loc[unknown, column]
            ],
            unknown,
        ),
        "Use a kind of assetmap/taxonomy.toml, or add the word to it.",
        column,
    )
    return pd.Series(
        [kind.kind if (kind := words[word]) else None for word in table[column]],
        index=table.index,
        dtype=object,
    )


def read_assets(entry: Entry, outline: gpd.GeoSeries, postcodes: gpd.GeoSeries | None) -> Gathered:
    """One list of assets, in the CRS of the study area's outline.

    A list of contact addresses (``role = "contact"``) is counted and never mapped: a contact may be
    somebody's home.
    """
    empty = gpd.GeoDataFrame(
        {key: [] for key in ("name", "kind", "list", "detail", "row")}, geometry=[], crs=outline.crs
    )
    if entry.get("role") == "contact":
        _, problems, rows_in = read_rows(entry)
        rejected = sum(problem.severity == "rejected" for problem in problems)
        told = Problem(
            entry.file,
            f"{rows_in - rejected:,} rows are contact addresses, which are not places to go to; none is mapped.",
            "Nothing to do; a contact address may be somebody’s home.",
            severity="note",
        )
        return Gathered(empty, [*problems, told], rows_in, rows_in - rejected)

    door = _Door(entry, outline, postcodes)
    if is_shapes(entry.path):
        shapes = read_shapes(entry)
        table = pd.DataFrame(shapes.drop(columns=shapes.geometry.name)).astype(object)
        table = table.where(table.notna(), "").map(lambda value: str(value).strip())
        rows_in = len(table)
        require_columns(entry, table, ("title", "kind_column", "detail"))
        located = ~(shapes.geometry.isna() | shapes.geometry.is_empty)
        door.reject(shapes.index[~located], "It has no location.", "Draw it, or remove it.")
        inside = shapes.geometry[located].representative_point().to_crs(outline.crs)
        reachable = door.near(inside, _ABSURD_M)
        door.reject(
            inside.index[~reachable],
            "It is nowhere near the place.",
            "Check its coordinates and the file’s CRS.",
        )
        points = inside[reachable]
    else:
        table, problems, rows_in = read_rows(entry)
        door.problems += problems
        require_columns(
            entry, table, ("title", "kind_column", "detail", "postcode", "lon", "lat", "easting", "northing")
        )
        points = door.locate(table)
    kind = _kinds(entry, table.loc[points.index], door).dropna()
    rows = gpd.GeoDataFrame(
        {
            "name": [_name(table, entry, row, kind[row]) for row in kind.index],
            "kind": kind.to_numpy(),
            "list": entry.get("name"),
            "detail": table.loc[kind.index, entry.get("detail")].to_numpy() if entry.get("detail") else "",
            "row": kind.index.to_numpy(),
        },
        geometry=points[kind.index].to_numpy(),
        crs=outline.crs,
    )
    near = door.near(rows.geometry, LOAD_MARGIN_M)
    return Gathered(
        gpd.GeoDataFrame(rows[near]) if len(rows) else empty, door.problems, rows_in, int((~near).sum())
    )


def _name(table: pd.DataFrame, entry: Entry, row: int, kind: str) -> str:
    title = entry.get("title")
    name = str(table.at[row, title]) if title else ""
    return name if name and name.casefold() != "unknown" else f"{kinds()[kind].label} (name not given)"


def merge_lists(
    lists: dict[str, Gathered], areas: gpd.GeoDataFrame, files: dict[str, str]
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """All lists as one table of distinct assets, indexed by ``asset_id``.

    The same kind and name within 100 m is one place told twice: the first list's row is kept
    and the other told as a problem.

    Parameters
    ----------
    lists
        What each list gave, by the list's name, in the recipe's order.
    areas
        The place's areas.
    files
        The file of each list, by the list's name.
    """
    frames = [gathered.rows for gathered in lists.values() if len(gathered.rows)]
    columns = ["name", "kind", "theme", "list", "area_code", "detail", "geometry"]
    if not frames:
        return gpd.GeoDataFrame({key: [] for key in columns[:-1]}, geometry=[], crs=areas.crs), []
    together = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=areas.crs)
    key = (
        together["kind"]
        + "|"
        + together["name"].str.casefold().str.replace(r"[^a-z0-9]+", " ", regex=True).str.strip()
    )
    unnamed = together["name"].str.endswith("(name not given)")
    problems, doubled = [], []
    for _, group in together[~unnamed].groupby(key[~unnamed], sort=False):
        kept: list[int] = []
        for number in group.index:
            point = group.geometry[number]
            twin = next(
                (other for other in kept if group.geometry[other].distance(point) <= _SAME_PLACE_M), None
            )
            if twin is None:
                kept.append(number)
                continue
            doubled.append(number)
            first = together.loc[twin]
            problems.append(
                Problem(
                    files[together.at[number, "list"]],
                    f"“{together.at[number, 'name']}” is already there, from {files[first['list']]} row {first['row']}.",
                    "Counted once; nothing to do.",
                    int(together.at[number, "row"]),
                    severity="rejected",
                )
            )
    assets = together.drop(index=doubled).reset_index(drop=True)
    assets["theme"] = [kinds()[kind].theme for kind in assets["kind"]]
    inside = gpd.sjoin(assets[["geometry"]], areas[["geometry"]], predicate="intersects")
    # A point on a shared border belongs to one area only: the first by code.
    assets["area_code"] = inside["area_code"].groupby(level=0).min().reindex(assets.index)
    assets["asset_id"] = [
        hashlib.sha256(
            f"{row.list}|{row.kind}|{row.name_}|{row.geometry.x:.0f}|{row.geometry.y:.0f}".encode()
        ).hexdigest()[:12]
        for row in assets.rename(columns={"name": "name_"}).itertuples()
    ]
    assets["asset_id"] += assets.groupby("asset_id").cumcount().map(lambda n: f"-{n + 1}" if n else "")
    return assets.set_index("asset_id")[columns], problems
