"""England's 33,755 areas with the Indices of Deprivation: loaded, checked and saved, then loaded from there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, at_most, beside, in_turn, real_data, whole_process

PEER = "plain geopandas: read, merge on the code, write a GeoPackage; nothing checked"
PEER_AGAIN = "plain geopandas: read that GeoPackage; nothing checked"

_MOST_MB = 2_000

_RECIPE = """
[place]
name = "England"

[areas]
file = "{data}/england/lsoa21_iod2025_population.parquet"
level = "lsoa21"
code = "lsoa21_code"
name = "lsoa21_name"

[population]
file = "{data}/england/lsoa21_iod2025_population.parquet"
code = "lsoa21_code"
value = "census2021_residents"

[deprivation]
file = "{data}/england/iod2025_lsoa21.csv.gz"
index = "IoD2025"
"""

_OURS = """
import os, sys
from pathlib import Path
from assetmap import load
from assetmap.sources import save
place = load(sys.argv[1])
assert len(place.areas) == 33_755 and place.deprivation["imd_decile"].notna().all()
save(place, Path(sys.argv[2]) / f"saved-{os.getpid()}")
"""

_AGAIN = """
import sys
from pathlib import Path
from assetmap import load
place = load(next(Path(sys.argv[1]).glob("saved-*")))
assert len(place.areas) == 33_755 and place.deprivation["imd_decile"].notna().all()
"""

_THEIRS = """
import sys
import geopandas, pandas
data, out = sys.argv[1:]
areas = geopandas.read_parquet(f"{data}/england/lsoa21_iod2025_population.parquet").to_crs(27700)
areas = areas[["lsoa21_code", "lsoa21_name", "census2021_residents", "geometry"]]
table = pandas.read_csv(f"{data}/england/iod2025_lsoa21.csv.gz")
areas.merge(table, on="lsoa21_code").to_file(f"{out}/plain.gpkg", layer="areas")
"""

_THEIRS_AGAIN = """
import sys
import geopandas
assert len(geopandas.read_file(f"{sys.argv[1]}/plain.gpkg")) == 33_755
"""


def measure(runs: int) -> Iterator[Figure]:
    """Time and memory of whole processes."""
    data = real_data()
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        (room / "england").mkdir()
        (room / "england/place.toml").write_text(_RECIPE.format(data=data.as_posix()), encoding="utf-8")
        measured = [
            (
                "england-load",
                PEER,
                in_turn(
                    runs,
                    lambda: whole_process(["-c", _OURS, str(room / "england"), str(room)]),
                    lambda: whole_process(["-c", _THEIRS, str(data), str(room)]),
                ),
            ),
            (
                "england-reload",
                PEER_AGAIN,
                in_turn(
                    runs,
                    lambda: whole_process(["-c", _AGAIN, str(room)]),
                    lambda: whole_process(["-c", _THEIRS_AGAIN, str(room)]),
                ),
            ),
        ]
    for name, peer, (ours, theirs) in measured:
        yield beside(f"{name} time", "s", peer, [each[0] for each in ours], [each[0] for each in theirs])
        memory = beside(
            f"{name} memory", "MB", peer, [each[1] for each in ours], [each[1] for each in theirs]
        )
        yield at_most(memory, _MOST_MB)
