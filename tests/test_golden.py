"""Three whole places, area by area: what the assessment says of each, as it was when somebody last looked.

``python -m tests.test_golden`` writes ``tests/golden/areas_*.csv`` anew. A figure that moves needs a reason in CHANGELOG.md.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pytest

from assetmap import assess, load
from assetmap.model import THEMES
from assetmap.uncertainty import uncertainty, with_bands
from tests.conftest import REALDATA
from tests.test_inequality import WELSH
from tests.test_streets import NEWPORT
from tests.trafford import write_trafford

GOLDEN = Path(__file__).parent / "golden"

#: What is held, of all that `areas.csv` has.
COLUMNS = [
    "resource_lack", "resource_rank", "resource_decile", "rank_low", "rank_high", "priority_share",
    "resource_low", "priority", "deprivation_resource_class",
    *(f"{theme}_{name}" for theme in THEMES for name in ("count", "walk_min", "lack")),
]  # fmt: skip


def folder_of(name: str, room: Path) -> Path | str:
    """Where a place is, or is written."""
    if name == "demo":
        return "demo"
    if name == "trafford":
        return write_trafford(room, REALDATA)
    recipe = NEWPORT.replace("[[assets]]", f"{WELSH}[[assets]]")
    (room / "place.toml").write_text(
        recipe.replace("{data}", (REALDATA / "newport").as_posix()), encoding="utf-8"
    )
    return room


def table_of(name: str, room: Path) -> pd.DataFrame:
    """What is held of each area, as text: figures to two decimals."""
    found = assess(load(folder_of(name, room)))
    areas = with_bands(found, uncertainty(found)).areas[COLUMNS]
    return areas.map(
        lambda value: "" if pd.isna(value) else f"{value:.2f}" if isinstance(value, float) else str(value)
    )


@pytest.mark.parametrize(
    "name",
    ["demo", *(pytest.param(name, marks=pytest.mark.realdata) for name in ("trafford", "newport"))],
)
def test_every_area_is_as_it_was(name, tmp_path):
    held = pd.read_csv(GOLDEN / f"areas_{name}.csv", dtype=str, keep_default_na=False, index_col="area_code")
    found = table_of(name, tmp_path)
    assert found.index.tolist() == held.index.tolist()
    for column in COLUMNS:
        numbers = pd.to_numeric(held[column].replace("", None), errors="coerce")
        if numbers.notna().any():
            # Another platform may round the last hundredth otherwise.
            told = pd.to_numeric(found[column].replace("", None))
            pd.testing.assert_series_equal(
                told, numbers, atol=0.0101, rtol=0, check_dtype=False, check_index=False
            )
        else:
            pd.testing.assert_series_equal(found[column], held[column], check_dtype=False, check_index=False)


if __name__ == "__main__":
    for place in ("demo", "trafford", "newport"):
        with tempfile.TemporaryDirectory() as made:
            table_of(place, Path(made)).to_csv(GOLDEN / f"areas_{place}.csv", lineterminator="\n")
