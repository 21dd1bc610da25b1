"""A checked place written out as a place folder of its own, which loads again as the same place.

One GeoPackage that QGIS opens and edits, the walking network as arrays, which load at once, and the recipe that names them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from assetmap.errors import OutputError, Problem
from assetmap.model import ASSET_FIELDS, Place
from assetmap.sources.recipe import RECIPE_NAME, as_toml
from assetmap.sources.streets import SAVED_NETWORK, write_network

__all__ = ["SAVED_NAME", "save", "write_geopackage"]

SAVED_NAME = "place.gpkg"

#: Of which areas neighbourhoods are made up: a table, for a layer of shapes would be read as their outlines.
_MEMBERS = "neighbourhoods.csv"

#: The residents' weights, as shares of their tokens.
_RESIDENTS_WEIGHTS = "residents_weights.csv"

#: A GeoPackage must carry a date. It is this one unless another is asked for, so that the same place gives the same bytes.
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)


def write_geopackage(path: Path, layers: Mapping[str, pd.DataFrame], made_on: datetime | None = None) -> None:
    """Write tables and shapes as the layers of one GeoPackage: the same layers give the same bytes."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    date = (made_on or _NO_DATE).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": date})
    try:
        for name, layer in layers.items():
            pyogrio.write_dataframe(layer, path, layer=name, driver="GPKG", append=path.exists())
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def save(place: Place, folder: str | Path) -> Path:
    """Write a checked place as a place folder: ``place.gpkg``, ``place.toml`` and, where it has one, ``network.npz``.

    What was left out is not in it; the files that the place came from stay where they are.

    Parameters
    ----------
    place
        What to save.
    folder
        Where to; made where it does not exist.

    Raises
    ------
    OutputError
        Where the folder has a place in it already, or cannot be written.
    """
    target = Path(folder)
    if not str(folder).strip():
        raise OutputError(Problem("FOLDER", "No folder is named.", "Name a new or an empty folder."))
    try:
        if (target / RECIPE_NAME).exists():
            what = "There is a place in that folder already."
            raise OutputError(Problem(str(folder), what, "Name a new or an empty folder."))
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".assetmap-", dir=target) as workshop:
            room = Path(workshop)
            write_geopackage(room / SAVED_NAME, _layers(place))
            if place.network is not None:
                write_network(room / SAVED_NETWORK, place.network, place.crs)
            (room / RECIPE_NAME).write_text(_recipe(place), encoding="utf-8", newline="\n")
            if len(place.neighbourhoods):
                place.neighbourhoods.to_csv(room / _MEMBERS, index=False, lineterminator="\n")
            if place.residents_weights is not None and place.residents_weights.people is not None:
                tokens = pd.Series(place.residents_weights.weights, name="tokens").rename_axis("theme")
                tokens.to_csv(room / _RESIDENTS_WEIGHTS, lineterminator="\n")
            for part in sorted(room.iterdir()):
                part.replace(target / part.name)
    except OutputError:
        raise
    except (OSError, pyogrio.errors.DataSourceError) as error:
        reason = getattr(error, "strerror", None) or "the files could not be made"
        what = f"The place cannot be saved there: {reason}."
        raise OutputError(
            Problem(str(folder), what, "Name a folder you may write to, with room left.")
        ) from None
    return target


def _layers(place: Place) -> dict[str, pd.DataFrame]:
    """Every layer of the place that has something in it, by its name in the GeoPackage."""
    areas = place.areas.assign(
        population=place.population,
        **{str(name): column for name, column in place.deprivation.items()},
        origin_x=place.origins.x,
        origin_y=place.origins.y,
    ).reset_index()
    assets = place.assets.assign(role="venue", area_of_benefit="").reset_index(drop=True)

    def without_place(table: pd.DataFrame) -> gpd.GeoDataFrame:
        """A table as a layer of shapes that has none, as everything in the GeoPackage is read."""
        return gpd.GeoDataFrame(table, geometry=[None] * len(table), crs=place.crs)

    organisations = without_place(place.organisations.drop(columns="area_codes"))
    listed = [part for part in (assets, organisations) if len(part)]
    layers: dict[str, pd.DataFrame] = {
        "areas": areas,
        "green_space": place.green_space.reset_index(),
        "entrances": place.entrances,
        "residents": place.residents,
        "beyond": place.beyond,
        "backdrop": place.backdrop,
        "grants": without_place(place.grants),
        "indicators": without_place(place.indicators),
        "bodies": without_place(place.bodies.assign(area_codes=place.bodies["area_codes"].str.join("; "))),
        "footprints": gpd.GeoDataFrame(
            {"theme": list(place.footprints)}, geometry=list(place.footprints.values()), crs=place.crs
        ),
    }
    if listed:
        together = pd.concat(listed, ignore_index=True)
        columns = dict.fromkeys(
            [*assets, *organisations]
        )  # which the recipe names, whether or not there is an asset
        layers["assets"] = gpd.GeoDataFrame(together.reindex(columns=list(columns)), crs=place.crs)
    if place.postcodes is not None:
        points = place.postcodes
        layers["postcodes"] = gpd.GeoDataFrame(
            {"postcode": points.index, "x": points.x, "y": points.y}, geometry=points
        )
    return {name: layer for name, layer in layers.items() if len(layer)}


def _recipe(place: Place) -> str:
    """The ``place.toml`` that reads `_layers` back."""
    layers = set(_layers(place))
    crs = place.crs.to_string()
    of_list = {layer.name: layer for layer in place.layers}

    def table(name: str, layer: str, /, *, many: bool = False, of: str = "", **values: Any) -> str:
        """One table of the recipe, with the provenance of the layers it came from, or of the list that is named."""
        known = [of_list[of]] if of else [each for each in place.layers if each.table == name]
        told = {
            "source": "; ".join(dict.fromkeys(each.source for each in known)),
            "licence": "; ".join(dict.fromkeys(part for each in known for part in each.licence.split("; "))),
            "date": known[0].date if known else "",
        }
        told = {key: value for key, value in told.items() if value not in ("", "not stated")}
        lines = {"file": SAVED_NAME, **({"layer": layer} if layer else {}), **told, **values}
        return as_toml(f"[[{name}]]" if many else f"[{name}]", lines)

    about = {"name": place.name, "fictional": place.fictional, "crs": crs, "themes": sorted(place.themes)}
    parts = [
        as_toml("[place]", about),
        table("areas", "areas", level=place.level, code="area_code", name="area_name"),
        table(
            "origins",
            "areas",
            code="area_code",
            easting="origin_x",
            northing="origin_y",
            crs=crs,
            method=place.origin_method,
        ),
    ]
    if place.population.notna().any():
        parts.append(table("population", "areas", code="area_code", value="population"))
    if place.deprivation["imd_decile"].notna().any():
        given = place.deprivation.columns[place.deprivation.notna().any()]
        columns: dict[str, Any] = {str(name): str(name) for name in given}
        parts.append(
            table(
                "deprivation",
                "areas",
                code="area_code",
                level=place.level,
                index=place.deprivation_index,
                partial=True,
                **columns,
            )
        )
    if "postcodes" in layers:
        parts.append(table("postcodes", "postcodes", postcode="postcode", easting="x", northing="y", crs=crs))
    if "green_space" in layers:
        parts.append(
            table(
                "green_space",
                "green_space",
                kind="kind",
                name="name",
                id="site_id",
                sources_column="sources",
                licence_column="licence",
            )
        )
    if "residents" in layers:
        parts.append(
            table("residents", "residents", code="area_code", people="people", method=place.residents_method)
        )
    if "beyond" in layers:
        parts.append(table("beyond", "beyond", people="people"))
    if "entrances" in layers:
        parts.append(table("entrances", "entrances", site="site_id"))
    if place.network is not None:
        parts.append(table("network", "", file=SAVED_NETWORK))
    if "backdrop" in layers:
        parts.append(table("backdrop", "backdrop", many=True, kind="kind"))
    if place.base_map is not None:
        parts.append(as_toml("[base_map]", asdict(place.base_map)))
    if "footprints" in layers:
        parts.append(table("footprints", "footprints", theme="theme"))
    names = dict.fromkeys([*place.assets["list"], *place.organisations["list"]])
    for name in names:
        coverage = of_list[f"assets: {name}"].coverage
        parts.append(
            table(
                "assets",
                "assets",
                many=True,
                of=f"assets: {name}",
                name=name,
                title="name",
                kind_column="kind",
                confidence_column="kind_confidence",
                role_column="role",
                area_of_benefit="area_of_benefit",
                sources_column="sources",
                licence_column="licence",
                **{key: key for key in ASSET_FIELDS},
                **({"coverage": coverage} if coverage else {}),
                where={"list": name},
            )
        )
    for name in dict.fromkeys(place.grants["list"]):
        values = {
            key: key
            for key in ("recipient", "amount", "currency", "award_date", "funder", "purpose", "identifier")
        }
        parts.append(
            table(
                "grants",
                "grants",
                many=True,
                of=f"grants: {name}",
                name=name,
                code="area_code",
                **values,
                where={"list": name},
            )
        )
    for name, method in place.neighbourhoods.groupby("list", sort=False)["method"].first().items():
        values = {"title": "neighbourhood", "code": "area_code", "share": "share", "method": method}
        lines = {"name": name, "file": _MEMBERS, **values, "where": {"list": name}}
        parts.append(as_toml("[[neighbourhoods]]", lines))
    if "bodies" in layers:
        values = {"title": "name", "kind_column": "kind", "covers": "covers", "website": "website"}
        parts.append(table("bodies", "bodies", many=True, name="Bodies", code="area_codes", **values))
    for name, indicator in place.indicators_about.iterrows():
        said = ("unit", "better", "outcome_level", "term", "period")
        columns = {"code": "area_code", "value": "value", "lower": "lower", "upper": "upper"}
        known: dict[str, Any] = {key: indicator[key] for key in said if indicator[key]}
        parts.append(
            table(
                "indicators",
                "indicators",
                many=True,
                of=f"indicators: {name}",
                name=name,
                level=place.level,
                **known,
                **columns,
                where={"indicator": name},
            )
        )
    people = place.residents_weights.people if place.residents_weights is not None else None
    if people is not None:
        parts.append(table("residents_weights", "", file=_RESIDENTS_WEIGHTS, given_by=people))
    # The lists of a saved place are no longer their publishers' files, so it cannot be compared with a reference made from those.
    judged = place.settings.as_dict() | {"resource_base": "place"}
    parts.append(as_toml("[settings]", judged))
    return "\n".join(parts)
