"""The index beside figures that others published: docs/validation.md, recomputed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assetmap import assess, load
from assetmap.model import THEMES, Place
from tests.test_inequality import WELSH
from tests.test_real_places import RUTLAND, written
from tests.test_streets import NEWPORT
from tests.trafford import write_trafford

pytestmark = pytest.mark.realdata

PAGE = Path(__file__).parents[1] / "docs" / "validation.md"

#: A line of the page's table of figures.
LINE = re.compile(
    r"\| (?P<place>\w+) \| (?P<ours>[^|]+) \| (?P<theirs>[^|]+) \| (?P<rho>[+−]0\.\d\d) "
    r"\| (?P<low>[+−]0\.\d\d) to (?P<high>[+−]0\.\d\d) \| (?P<areas>\d+) \|"
)


def spearman(
    ours: pd.Series, theirs: pd.Series, equal: pd.Series | None = None
) -> tuple[float, float, float, int]:
    """Spearman's correlation, among areas alike in `equal` if told; its 95 % interval (Bonett and Wright 2000); areas."""
    given = {"ours": ours, "theirs": theirs} | ({} if equal is None else {"equal": equal})
    ranks = pd.DataFrame(given).astype(float).dropna().rank()
    # The correlation of what is left of two figures once a third is taken out stands in the inverse of all three.
    inverse = np.linalg.inv(ranks.corr().to_numpy())
    rho, areas = -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1]), len(ranks)
    half = 1.959964 * np.sqrt((1 + rho**2 / 2) / (areas - 3 - (equal is not None)))
    low, high = np.tanh(np.arctanh(rho) + np.array([-half, half]))
    return float(rho), float(low), float(high), areas


def ours(place: Place) -> dict[str, pd.Series]:
    """What is compared, each with more for more resources: the index, the index of three themes, and every theme."""
    areas = assess(place).areas
    few = replace(place.settings, weight_services=0, weight_meeting_places=0)
    told = {"index": areas["resource_rank"]}
    if "green_space" in place.themes:
        told["hubs, groups and green space alone"] = assess(place, few).areas["resource_rank"]
    return told | {
        theme.replace("_", " "): -areas[f"{theme}_lack"] for theme in THEMES if theme in place.themes
    }


def barriers(data: Path) -> pd.Series:
    """Geographical Barriers of the Indices of Deprivation 2025: rank, 1 = most deprived, so that more is better served."""
    table = pd.read_csv(data / "england/iod2025_lsoa21_subdomains.csv.gz")
    return table.set_index("lsoa21_code")["geographical_barriers_rank"]


def without_a_car(data: Path) -> pd.Series:
    """Share of households without a car or van, Census 2021."""
    table = pd.read_csv(data / "trafford/population/2021_car_van_availability_lsoa_trafford.csv")
    cars = table.pivot_table(index="area_code", columns="availability_category", values="value")
    return cars["No cars or vans in household"] / cars.sum(axis=1)


def access_of_wales(data: Path) -> pd.Series:
    """Access to Services of the Welsh Index 2019: rank, 1 = most deprived."""
    table = pd.read_csv(data / "uk/wimd2019_lsoa11.csv.gz")
    return table.set_index("lsoa11_code")["Access_rank"]


@pytest.fixture(scope="module")
def figures(realdata, tmp_path_factory) -> dict[tuple[str, str, str], tuple[float, float, float, int]]:
    room = tmp_path_factory.mktemp("validation")
    welsh = NEWPORT.replace("[[assets]]", f"{WELSH}[[assets]]").replace("{data}", "{data}/newport")
    theirs = {
        "Trafford": {"Geographical Barriers": barriers(realdata), "no car": without_a_car(realdata)},
        "Rutland": {"Geographical Barriers": barriers(realdata)},
        "Newport": {"Access to Services": access_of_wales(realdata)},
    }
    places = {
        "Trafford": load(write_trafford(room / "trafford", realdata)),
        "Rutland": load(written(room / "rutland", RUTLAND, realdata)),
        "Newport": load(written(room / "newport", welsh, realdata)),
    }
    found = {}
    for name, place in places.items():
        deprivation = place.deprivation["imd_rank"]
        for what, values in ours(place).items():
            for which, published in theirs[name].items():
                found[name, what, which] = spearman(values, published)
                alike = f"{which}, areas equally deprived"
                found[name, what, alike] = spearman(values, published, deprivation)
        for which, published in theirs[name].items():
            found[name, "deprivation", which] = spearman(deprivation, published)
    return found


def test_every_figure_of_the_page_is_recomputed(figures):
    lines = [
        match.groupdict() for match in map(LINE.fullmatch, PAGE.read_text("utf-8").splitlines()) if match
    ]
    assert len(lines) >= 15

    def said(value: float) -> str:
        return f"{value:+.2f}".replace("-", "−")

    for line in lines:
        rho, low, high, areas = figures[line["place"], line["ours"], line["theirs"]]
        told = (line["rho"], line["low"], line["high"], int(line["areas"]))
        assert told == (said(rho), said(low), said(high), areas), line


def test_the_correlation_is_that_of_a_table_worked_by_hand():
    # Ranks 1 2 3 4 5 beside 2 1 4 3 5: squared differences sum to 4, and 1 − 6 × 4 / (5 × 24) = 0.8.
    assert spearman(pd.Series([1, 2, 3, 4, 5]), pd.Series([20, 10, 40, 30, 50]))[0] == pytest.approx(0.8)
    # The three correlations are 0.8, 0.5 and −0.1.
    third = pd.Series([1, 4, 2, 5, 3])
    told = spearman(pd.Series([1, 2, 3, 4, 5]), pd.Series([20, 10, 40, 30, 50]), third)[0]
    assert told == pytest.approx((0.8 + 0.5 * 0.1) / np.sqrt((1 - 0.25) * (1 - 0.01)))


def test_how_many_of_the_low_areas_the_published_figure_calls_low_too(realdata, tmp_path):
    place = load(write_trafford(tmp_path, realdata))
    low = ours(place)["index"].rank() <= 27.8
    theirs = barriers(realdata).reindex(place.areas.index).rank() <= 27.8
    told = re.search(r"Of the (\d+) areas of Trafford .*?, (\d+) are", PAGE.read_text("utf-8"))
    assert told is not None
    assert (int(low.sum()), int((low & theirs).sum())) == tuple(map(int, told.groups()))
