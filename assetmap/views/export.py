"""The files: a gap analysis that gives the same bytes for the same inputs."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, astuple
from datetime import UTC, datetime
from decimal import Decimal
from importlib import metadata
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from assetmap.clusters import clusters, with_clusters
from assetmap.columns import (
    COLUMNS,
    TABLES,
)
from assetmap.errors import OutputError, Problem
from assetmap.evidence import Evidence, evidence, walk_list, with_evidence
from assetmap.gaps import patches
from assetmap.inequality import access_inequality
from assetmap.levels import levels
from assetmap.model import Assessment, Place
from assetmap.neighbourhoods import NEIGHBOURHOOD_COLUMNS, neighbourhood_figures
from assetmap.options import options_table
from assetmap.outcomes import indicator_figures
from assetmap.sources import RECIPE_NAME, write_geopackage
from assetmap.sources.cells import as_cell
from assetmap.uncertainty import Uncertainty, uncertainty, with_bands
from assetmap.views.evidence import walk_list_html
from assetmap.views.page import standalone
from assetmap.views.questions import asked_of, page_html, questions
from assetmap.weights import weights_table
from assetmap.what_if import one_more

__all__ = ["FILES", "archive", "keep", "neighbourhoods_csv", "table_csv", "write"]

#: What a gap analysis consists of.
FILES = (
    "areas.csv",
    "areas.gpkg",
    "access.csv",
    "uncertainty.csv",
    "weights.csv",
    "evidence.csv",
    "gap_or_missing.csv",
    "walk_list.csv",
    "walk_list.html",
    "inequality.csv",
    "clusters.csv",
    "clusters_of_place.csv",
    "levels.csv",
    "patches.csv",
    "indicators.csv",
    "options.csv",
    "what_if.csv",
    "questions.html",
    "assets.csv",
    "neighbourhoods.csv",
    "map.html",
    "columns.csv",
    "left_out.csv",
    "provenance.json",
)

_LIBRARIES = ("folium", "geopandas", "numpy", "pandas", "pyogrio", "pyproj", "shapely")


def write(
    assessment: Assessment,
    folder: str | Path,
    sure: Uncertainty | None = None,
    evident: Evidence | None = None,
) -> list[Path]:
    """Write the gap analysis: tables, map and provenance.

    Each file is written whole beside its place and then moved there, so that a full disk or a
    stop leaves what was there before.

    Parameters
    ----------
    assessment
        What to write.
    folder
        Where to; made where it does not exist. Files of the same names are replaced.
    sure
        How sure the ranks are, where that is worked out already.
    evident
        What the lists can tell of gaps, where that is worked out already. What is for officers is written where it says so.

    Returns
    -------
    list of Path
        The files, in the order of `FILES`.

    Raises
    ------
    OutputError
        Where the folder cannot be written.
    """
    target = Path(folder)
    _refuse(str(folder), target)
    try:
        made_on = _date()
        target.mkdir(parents=True, exist_ok=True)
        sure = sure or uncertainty(assessment)
        evident = evident or evidence(assessment)
        alike = clusters(assessment)
        assessment = with_clusters(with_evidence(with_bands(assessment, sure), evident), alike)
        with tempfile.TemporaryDirectory(prefix=".assetmap-", dir=target) as workshop:
            room = Path(workshop)
            _write_text(room / "areas.csv", _csv(_rows(assessment.areas.reset_index())))
            _write_gpkg(room / "areas.gpkg", assessment, made_on)
            _write_text(room / "access.csv", _csv(_rows(assessment.access)))
            _write_text(room / "uncertainty.csv", _csv(_rows(sure.switched)))
            _write_text(room / "weights.csv", _csv(_rows(weights_table(assessment))))
            _write_text(room / "evidence.csv", _csv(_rows(evident.pools)))
            _write_text(room / "gap_or_missing.csv", _csv(_rows(evident.areas)))
            _write_text(room / "walk_list.csv", _csv(_rows(walk_list(assessment, evident))))
            _write_text(room / "walk_list.html", walk_list_html(assessment, evident))
            _write_text(room / "inequality.csv", _csv(_rows(access_inequality(assessment))))
            _write_text(room / "clusters.csv", _csv(_rows(alike.areas)))
            _write_text(room / "clusters_of_place.csv", _csv(_rows(alike.whole)))
            _write_text(room / "levels.csv", _csv(_rows(levels(assessment))))
            _write_text(room / "patches.csv", _csv(_rows(patches(assessment))))
            _write_text(room / "indicators.csv", _csv(_rows(indicator_figures(assessment))))
            _write_text(room / "options.csv", _csv(_rows(options_table(assessment))))
            more = one_more(assessment, asked_of(assessment))
            _write_text(room / "what_if.csv", _csv(_rows(more)))
            _write_text(room / "questions.html", page_html(assessment, questions(assessment, sure, more)))
            _write_text(room / "assets.csv", _csv(_rows(_assets(assessment.place))))
            theirs = neighbourhoods_csv(assessment, assessment.place.neighbourhoods)
            _write_text(room / "neighbourhoods.csv", theirs)
            _write_text(room / "map.html", standalone(assessment))
            _write_text(room / "columns.csv", _csv(_dictionary(assessment)))
            _write_text(room / "left_out.csv", _csv(_left_out(assessment)))
            _write_text(room / "provenance.json", _provenance(assessment, sure, evident, made_on))
            for name in FILES:
                (room / name).replace(target / name)
    except (OSError, pyogrio.errors.DataSourceError) as error:
        if isinstance(error, OutputError):
            raise
        reason = getattr(error, "strerror", None) or "the files could not be made"
        raise OutputError(
            Problem(
                str(folder),
                f"The gap analysis cannot be written there: {reason}.",
                "Name a folder you may write to, with room left.",
            )
        ) from None
    return [target / name for name in FILES]


def archive(
    assessment: Assessment, sure: Uncertainty | None = None, evident: Evidence | None = None
) -> bytes:
    """The gap analysis as a zip: the same bytes for the same assessment.

    Raises
    ------
    OutputError
        As `write`.
    """
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as room, zipfile.ZipFile(packed, "w") as files:
        for path in write(assessment, room, sure, evident):
            # ZipInfo's own date, not the clock's.
            files.writestr(zipfile.ZipInfo(path.name), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def keep(file: Path, content: bytes) -> None:
    """Write a file whole, or not at all.

    Raises
    ------
    OutputError
        Where it cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(content)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        what = f"It cannot be written: {error.strerror}."
        raise OutputError(Problem(str(file), what, "Name a file you may write to.")) from None


def _refuse(named: str, target: Path) -> None:
    """Refuse a folder where writing would cost somebody something."""
    if not named.strip():
        raise OutputError(Problem("--out", "No folder is named.", "Name a folder for the results."))
    if (target / RECIPE_NAME).exists():
        what = "It is a place folder; results there could overwrite the place’s own files."
        raise OutputError(Problem(named, what, "Name another folder for the results."))
    in_the_way = [name for name in FILES if (target / name).is_dir()]
    if in_the_way:
        what = f"There is a folder called {in_the_way[0]} where a file must go."
        raise OutputError(Problem(named, what, "Move it, or name another folder."))


def _date() -> datetime | None:
    """The date to put into files: SOURCE_DATE_EPOCH, or none."""
    said = os.environ.get("SOURCE_DATE_EPOCH")
    if said is None:
        return None
    try:
        return datetime.fromtimestamp(int(said), UTC)
    except (ValueError, OverflowError, OSError):
        raise OutputError(
            Problem(
                "SOURCE_DATE_EPOCH",
                f"“{said}” is not a number of seconds.",
                "Unset it, or give whole seconds since 1970.",
            )
        ) from None


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def neighbourhoods_csv(assessment: Assessment, members: pd.DataFrame) -> str:
    """The figures of neighbourhoods as a table in text; `members` as of `neighbourhood_figures`."""
    return _csv(_rows(neighbourhood_figures(assessment, members)))


def table_csv(table: pd.DataFrame) -> str:
    """A table in text, without its index."""
    return _csv(_rows(table))


def _csv(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    """A value as text: true and false, figures without noise, and nothing that runs as a formula."""
    if pd.isna(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, Decimal):
        return str(value)
    return as_cell(str(value))


def _rows(table: pd.DataFrame) -> Iterable[list[str]]:
    yield list(table.columns)
    for row in table.itertuples(index=False, name=None):
        yield [_cell(value) for value in row]


def _assets(place: Place) -> pd.DataFrame:
    """Every asset with who names it and under which licence; where it is in degrees, which any map reads."""
    degrees = place.assets.geometry.to_crs(4326)
    table = pd.DataFrame(place.assets.drop(columns="geometry")).reset_index()
    for name, values in (("lon", degrees.x), ("lat", degrees.y)):
        table[name] = values.map(lambda value: Decimal(f"{value:.6f}")).to_numpy()
    return table


def _dictionary(assessment: Assessment) -> Iterable[list[str]]:
    yield ["table", "column", "label", "unit", "direction", "source", "caveat"]
    of_areas = {name: COLUMNS[name] for name in ("area_code", *assessment.areas.columns)}
    every = {**TABLES, "areas": of_areas, "neighbourhoods": NEIGHBOURHOOD_COLUMNS}
    for table, columns in every.items():
        for column in columns.values():
            yield [table, *astuple(column)]


def _left_out(assessment: Assessment) -> Iterable[list[str]]:
    yield ["file", "row", "column", "severity", "what", "remedy"]
    for problem in assessment.place.problems:
        yield [
            _cell(each)
            for each in (
                problem.file,
                problem.row,
                problem.column,
                problem.severity,
                problem.what,
                problem.remedy,
            )
        ]


def _write_gpkg(path: Path, assessment: Assessment, made_on: datetime | None) -> None:
    place = assessment.place
    areas = gpd.GeoDataFrame(
        assessment.areas.reset_index(), geometry=place.areas.geometry.to_numpy(), crs=place.crs
    )
    layers = {
        "areas": areas,
        "assets": place.assets.reset_index(),
        "green_space": place.green_space.reset_index(),
    }
    write_geopackage(path, layers, made_on)


def _provenance(
    assessment: Assessment, sure: Uncertainty, evident: Evidence, made_on: datetime | None
) -> str:
    """Inputs with checksums, settings and versions: all that is needed to make the same again."""
    place = assessment.place
    content = {
        "assetmap": metadata.version("assetmap"),
        "made_on": None if made_on is None else made_on.isoformat(),
        "place": {
            "name": place.name,
            "fictional": place.fictional,
            "level": place.level,
            "crs": place.crs.to_string(),
            "fingerprint": place.fingerprint,
        },
        "settings": assessment.settings.as_dict(),
        "uncertainty": {
            "draws": sure.draws,
            "seed": sure.seed,
            "priors": dict(sure.priors),
            **({"none_since": sure.none_since} if sure.none_since else {}),
        },
        "evidence": {
            "ages_counted_to": evident.as_of,
            "pairs_of_listings_waiting": evident.doubtful,
            "for_officers": evident.for_officers,
        },
        "inputs": [{**asdict(layer), "rows_set_aside": layer.rows_set_aside} for layer in place.layers],
        "rows_told": len(place.problems),
        "notes": list(assessment.notes),
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _LIBRARIES},
            "gdal": ".".join(str(part) for part in pyogrio.__gdal_version__),
        },
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
