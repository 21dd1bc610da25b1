"""Every real list of Trafford goes in as it is: columns guessed, rows located and given kinds, the rest told why not.

``tests/golden/trafford_lists.csv`` holds what came of each. ``python -m tests.test_all_lists`` writes it anew; look at the
difference before it is committed.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from assetmap import load
from assetmap.sources import mapping
from assetmap.sources.guess import guess
from tests.conftest import REALDATA
from tests.trafford import write_trafford

GOLDEN = Path(__file__).parent / "golden/trafford_lists.csv"

#: What a person says of lists that are all of one kind; the others are worked out row by row.
WHOLE = {
    "allotments": "allotment",
    "archive": "library",
    "care_homes": "care_home",
    "childrens_centres": "family_hub",
    "council__trafford_community_hubs": "community_hub",
    "council__trafford_leisure_centres": "leisure_centre",
    "defibrillators": "defibrillator",
    "fast_food": "fast_food",
    "food_banks": "food_bank",
    "general_practice": "gp_practice",
    "jobcentre_plus": "advice",
    "libraries": "library",
    "pharmacies": "pharmacy",
    "places_of_worship": "place_of_worship",
    "polling_stations": "polling_station",
    "post_office": "post_office",
    "sports_clubs": "sports_club",
    "stops": "bus_stop",
    "unvalidated": "library",
}

#: Every reason to leave a row out, by what its message begins with.
REASONS = {
    "not in the postcode table": "The postcode",
    "no UPRN table": "It has only a UPRN",
    "no location": "It has no location",
    "kind not told": "Its words do not tell",
    "kind not sure": "It may be",
    "far away": "It is",
    "swapped": "Its lon and lat look swapped",
    "no numbers": "Its coordinates are not",
}

HEADER = ("file", "rows", "venues", "located_pct", "kind_pct", "mapped", "organisations", *REASONS)


def greater_manchester(folder: Path) -> Path:
    """Trafford's recipe with the postcodes of all Greater Manchester, known by their headings."""
    recipe = write_trafford(folder, REALDATA) / "place.toml"
    text = recipe.read_text(encoding="utf-8")
    ours = 'postcodes/trafford_postcodes.csv"\npostcode = "postcode"\nlon = "lon"\nlat = "lat"'
    assert ours in text
    recipe.write_text(text.replace(ours, 'postcodes/GM_postcodes_2018-08.csv"'), encoding="utf-8")
    return folder


def said_of(path: Path, table) -> dict[str, str]:
    """What the recipe would say of a list: the columns as guessed, and the kind as a person would."""
    guessed = guess(table)
    kind = next((kind for start, kind in WHOLE.items() if path.name.startswith(start)), None)
    columns = {key: value for key, value in guessed.columns.items() if kind is None or key != "kind_column"}
    role = {} if guessed.role == "venue" else {"role": guessed.role}
    return {"name": path.stem, **columns, "kind": kind or "by name", **role}


def came_of(path: Path, on: mapping.Ground) -> dict[str, object]:
    """What came of one list."""
    upload = mapping.received(path.name, path.read_bytes())
    said = said_of(path, mapping.look(upload, {}).table)
    check = mapping.check_list(upload, said, on)
    reasons = Counter(
        next((name for name, start in REASONS.items() if problem.what.startswith(start)), problem.what)
        for problem in check.rejected
    )
    assert set(reasons) <= set(REASONS), reasons
    unkind = reasons["kind not told"] + reasons["kind not sure"]
    venues = check.venues
    return {
        "file": re.sub(r"\s", "_", path.name),
        "rows": check.rows_in,
        "venues": venues,
        "located_pct": f"{100 * check.located / venues:.1f}" if venues else "",
        "kind_pct": f"{100 * (1 - unkind / check.located):.1f}" if check.located else "",
        "mapped": check.mapped,
        "organisations": check.organisations,
        **{name: reasons[name] for name in REASONS},
    }


def table(folder: Path) -> str:
    """What came of every list, as CSV."""
    place = greater_manchester(folder)
    on = mapping.ground(load(place), place)
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, lineterminator="\n")
    writer.writeheader()
    lists = sorted((REALDATA / "trafford/assets").iterdir())
    writer.writerows(came_of(path, on) for path in lists if "grants" not in path.name)
    return text.getvalue()


@pytest.mark.realdata
def test_all_lists_of_trafford_go_in_as_they_are(tmp_path):
    found = table(tmp_path / "trafford")
    assert len(found.splitlines()) - 1 >= 30
    assert found.splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        GOLDEN.write_text(table(Path(folder)), encoding="utf-8")
    sys.stdout.write(GOLDEN.read_text(encoding="utf-8"))
