"""Bodies for an area: neighbourhood forums, residents' associations and their like, told where they speak."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, Polygon, box

from assetmap import PlaceError, assess, load
from assetmap.views import page, report
from tests.screens import screen
from tests.toy import CODES, RECIPE, SIDE, SOUTH, VENUES, WEST, middle, write_toy

A, B, C, D = CODES
TABLE = '\n[[bodies]]\nname = "Forums"\nfile = "bodies.csv"\ntitle = "who"\n'
WARDS = '\n[wards]\nfile = "wards.csv"\ncode = "lsoa"\nward = "ward"\nward_code = "wd"\n'
LOOKUP = f"lsoa,ward,wd\n{A},Westside,E05000001\n{B},Westside,E05000001\n{C},Barns and Mill,E05000002\n{D},Eastside,E05000003\nE01999999,Far,E05000009\n"


def place_with(folder, bodies: str, more: str, wards: str = LOOKUP, table: str = TABLE + WARDS, **files: str):
    write_toy(
        folder,
        place_toml=RECIPE + table.replace('title = "who"\n', f'title = "who"\n{more}\n'),
        bodies_csv=bodies,
        wards_csv=wards,
        **files,
    )
    return load(folder)


def faults(folder, *arguments: str, **named: str) -> list[str]:
    with pytest.raises(PlaceError) as raised:
        place_with(folder, *arguments, **named)
    return [str(problem) for problem in raised.value.problems]


def told(place, file: str = "bodies.csv") -> list[str]:
    return [f"{problem.severity}: {problem}" for problem in place.problems if problem.file == file]


def covered(place) -> dict[str, tuple[str, ...]]:
    return dict(zip(place.bodies["name"], place.bodies["area_codes"], strict=True))


def fate(place, name: str = "bodies: Forums") -> tuple[int, int, int, int]:
    layer = next(layer for layer in place.layers if layer.name == name)
    return layer.rows_in, layer.rows_used, layer.rows_set_aside, layer.rows_rejected


# -- in a table -----------------------------------------------------------------------------------


def test_codes_of_areas_and_wards_are_understood_with_any_separator(tmp_path):
    rows = f'who,areas\nWest Forum,"{B}; {A}"\nEast Forum,{C} {D}\nMill Forum,e05000002\nWestside Forum,"E05000001,{D}"\n'
    place = place_with(tmp_path, rows, 'code = "areas"\nkind = "Neighbourhood forum"')
    assert covered(place) == {
        "East Forum": (C, D),
        "Mill Forum": (C,),
        "West Forum": (A, B),
        "Westside Forum": (A, B, D),
    }
    assert set(place.bodies["kind"]) == {"Neighbourhood forum"}
    assert told(place) == []
    assert fate(place) == (4, 4, 0, 0)
    assert fate(place, "wards") == (5, 4, 1, 0)


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("Toytown B", (B,)),
        ("toytown b ward", (B,)),
        ("Westside", (A, B)),
        ("the ward of Westside", (A, B)),
        ("Westside Ward; Toytown D", (A, B, D)),
        ("Westside and Eastside wards", (A, B, D)),
        ("Barns and Mill", (C,)),
        ("Barns & Mill, Eastside", (C, D)),
        ("Toytown", CODES),
        ("Whole place", CODES),
    ],
)
def test_words_are_understood(tmp_path, words, codes):
    place = place_with(tmp_path, f'who,where\nForum,"{words}"\n', 'covers = "where"')
    assert covered(place) == {"Forum": codes}
    assert told(place) == []
    assert place.bodies["covers"].tolist() == [words]


def test_words_that_mean_no_area_are_kept_and_told(tmp_path):
    rows = "who,where,type\nMill Forum,Mill Lane and Eastside,Forum\nLost Forum,the estate,\nQuiet Forum,,\n,Eastside,\n"
    place = place_with(tmp_path, rows, 'covers = "where"\nkind_column = "type"')
    assert covered(place) == {"Lost Forum": (), "Mill Forum": (D,), "Quiet Forum": ()}
    assert told(place) == [
        "rejected: bodies.csv, row 5, column “who”: The body has no name. Fill it in.",
        "note: bodies.csv, column “where”: 2 words of covers that name no area or ward here, such as “Mill Lane” in row 2. Kept in "
        "words. Give area codes as code; for wards, name their lookup as [wards].",
        "note: bodies.csv: 2 bodies without an area that is known here, such as “Lost Forum” in row 3. Listed, and told for no area. "
        "Draw it, or give its codes.",
    ]
    assert fate(place) == (4, 3, 0, 1)


def test_bodies_elsewhere_are_set_aside_and_counted(tmp_path):
    place = place_with(
        tmp_path, f"who,areas\nFar Forum,E01999999\nNear Forum,E01999999 {A}\n", 'code = "areas"'
    )
    assert covered(place) == {"Near Forum": (A,)}
    assert told(place) == [
        "note: bodies.csv: 1 body of areas that are not in this place, such as “Far Forum” in row 2. Nothing to do; if it is, check the "
        "vintage of its codes."
    ]
    assert fate(place) == (2, 1, 1, 0)


def test_rows_of_one_name_are_one_body_whatever_list_they_are_in(tmp_path):
    more = '\n[[bodies]]\nname = "Council"\nfile = "more.csv"\ntitle = "name"\ncode = "code"\nkind = "Residents’ association"\nwebsite = "web"\n'
    place = place_with(
        tmp_path,
        f"who,areas\nOak Estate R.A.,{B}\nOAK ESTATE RA,{A}\nOak Estate R.A.,{A}\n",
        'code = "areas"',
        table=TABLE + WARDS + more,
        more_csv=f"name,code,web\nOak Estate R.A.,{C},https://oak.example\n",
    )
    assert place.bodies.to_dict("records") == [
        {
            "name": "Oak Estate R.A.",
            "kind": "Residents’ association",
            "covers": "",
            "website": "https://oak.example",
            "area_codes": (A, B, C),
            "list": "Forums; Council",
        },
        {
            "name": "OAK ESTATE RA",
            "kind": "",
            "covers": "",
            "website": "",
            "area_codes": (A,),
            "list": "Forums",
        },
    ]


@pytest.mark.parametrize(
    ("more", "wards", "message"),
    [
        (
            "",
            LOOKUP,
            "bodies.csv: [[bodies]] does not say which areas its bodies cover. Name the column code or covers, or a file of polygons.",
        ),
        (
            'code = "area"',
            LOOKUP,
            "bodies.csv, column “area”: There is no column “area” (named as code in [bodies]). The file has: who, areas.",
        ),
        (
            'code = "areas"\nkind = "Forum"\nkind_column = "who"',
            LOOKUP,
            "place.toml: [bodies] gives kinds in two ways: kind and kind_column. Keep one.",
        ),
        (
            'code = "areas"',
            "lsoa,ward,wd\nE01999999,Far,E05000009\n",
            "wards.csv, column “lsoa”: None of its 1 row is about an area of this place; its codes look like “E01999999”. Name the "
            "lookup for this level and vintage of area.",
        ),
        (
            'code = "areas"',
            f"lsoa,ward,wd\n{A},Westside,1\n{A},Eastside,2\n",
            f"wards.csv, column “ward”: The area {A} is in more than one ward. Name a best-fit lookup, which has one ward for each area.",
        ),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, more, wards, message):
    assert faults(tmp_path, f"who,areas\nForum,{A}\n", more, wards) == [message]


def test_a_ward_lookup_that_leaves_areas_out_is_told(tmp_path):
    place = place_with(
        tmp_path, "who,where\nForum,Westside\n", 'covers = "where"', "lsoa,ward,wd\n" + LOOKUP.splitlines()[1]
    )
    assert covered(place) == {"Forum": (A,)}
    assert told(place, "wards.csv") == [
        "note: wards.csv: 3 areas of 4 without a ward. Bodies of wards are not told there."
    ]


# -- drawn ----------------------------------------------------------------------------------------

DRAWN = '\n[[bodies]]\nname = "Drawn"\nfile = "drawn.gpkg"\ntitle = "who"\nkind = "Residents’ association"\n'


def test_polygons_cover_the_areas_whose_people_are_inside(tmp_path):
    x, y = middle(0)
    west = box(WEST, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE)
    bow = Polygon([(x - 50, y - 50), (x + 50, y + 50), (x - 50, y + 50), (x + 50, y - 50)])
    estate = box(WEST + 3 * SIDE - 10, SOUTH, WEST + 3 * SIDE + 100, SOUTH + 100)
    shapes = {
        "West": west,
        "Bow": bow,
        "Estate": estate,
        "Abroad": box(0, 0, 10, 10),
        "Pin": Point(x, y),
    }
    write_toy(tmp_path, place_toml=RECIPE + DRAWN)
    gpd.GeoDataFrame({"who": list(shapes)}, geometry=list(shapes.values()), crs=27700).to_file(
        tmp_path / "drawn.gpkg"
    )
    place = load(tmp_path)
    assert place.bodies[["name", "covers", "area_codes"]].to_numpy().tolist() == [
        ["Bow", "part of Toytown A", (A,)],
        ["Estate", "part of Toytown D", (D,)],
        ["Pin", "", ()],
        ["West", "", (A, B)],
    ]
    assert told(place, "drawn.gpkg") == [
        "note: drawn.gpkg: 1 outline that crosses itself was mended, such as that in row 2. Nothing to do, unless it looks wrong on the "
        "map.",
        "note: drawn.gpkg: 1 body drawn outside this place, such as “Abroad” in row 4. Nothing to do; if it is inside, check the "
        "file’s CRS and the order of its coordinates.",
        "note: drawn.gpkg: 1 body without an area that is known here, such as “Pin” in row 5. Listed, and told for no area. Draw it, or "
        "give its codes.",
    ]
    assert fate(place, "bodies: Drawn") == (5, 4, 1, 0)


# -- what is told of them -------------------------------------------------------------------------


def test_the_account_of_an_area_names_its_bodies_and_the_data_page_lists_all(tmp_path):
    rows = f"who,areas,says,type\n<b>West</b> Forum,{A} {B},the west,Forum\nMill RA,{B},,\nTown Forum,{' '.join(CODES)},,Forum\nLost,,,\n"
    place = place_with(tmp_path, rows, 'code = "areas"\ncovers = "says"\nkind_column = "type"')
    found = assess(place)
    accounts = report.accounts(found)
    assert accounts[B].bodies == [
        "<b>West</b> Forum (Forum; covers the west)",
        "Mill RA",
        "Town Forum (Forum)",
    ]
    assert accounts[D].bodies == ["Town Forum (Forum)"]
    assert "<h3>Bodies for this area</h3><ul><li>Town Forum (Forum)</li></ul>" in page.account_html(
        accounts[D]
    )
    listed = page.bodies_html(place)
    assert (
        '<th scope="row">&lt;b&gt;West&lt;/b&gt; Forum</th><td>Forum</td><td>the west</td><td class="am-number">2</td>'
        in listed
    )
    assert (
        '<th scope="row">Town Forum</th><td>Forum</td><td></td><td class="am-number">all</td><td>Forums</td>'
        in listed
    )
    assert '<th scope="row">Lost</th><td></td><td></td><td class="am-number">not known</td>' in listed
    assert "<b>" not in listed + page.account_html(accounts[B])


def test_the_data_page_shows_grants_and_bodies(monkeypatch, tmp_path):
    grants = '[[grants]]\nname = "Small grants"\nfile = "grants.csv"\n'
    place = place_with(
        tmp_path / "toytown",
        f"who,areas\nMill RA,{B}\n",
        'code = "areas"',
        table=TABLE + grants,
        grants_csv="Recipient Org:Name,Amount Awarded,Award Date\nChess Club,1250,2024-04-03\n",
    )
    monkeypatch.setenv("ASSETMAP_PLACES", str(tmp_path / "toytown"))
    app = screen("data").run()
    assert not app.exception
    shown = "\n".join(block.proto.body for block in app.get("html"))
    assert page.grants_html(place) in shown
    assert page.bodies_html(place) in shown


def test_a_place_without_bodies_says_nothing_of_them(tmp_path):
    place = load(write_toy(tmp_path))
    assert place.bodies.empty
    assert page.bodies_html(place) == ""
    assert "Bodies" not in page.account_html(report.account(assess(place), A))


def test_a_body_is_no_asset_and_a_residents_association_with_a_venue_stays_one(tmp_path):
    plain = load(write_toy(tmp_path / "plain"))
    rows = f"who,areas\nOak Estate RA,{A}\n"
    hall = f"{VENUES}Oak Estate RA,Residents' association,400600,300600,\n"
    beside = place_with(tmp_path / "beside", rows, 'code = "areas"')
    assert assess(plain).areas.equals(assess(beside).areas)
    both = place_with(tmp_path / "both", rows, 'code = "areas"', venues_csv=hall)
    assert "Oak Estate RA" in set(both.assets["name"])
    assert covered(both) == {"Oak Estate RA": (A,)}


# -- real ones ------------------------------------------------------------------------------------


@pytest.mark.realdata
def test_traffords_four_localities_and_its_wards(realdata, tmp_path):
    folder = realdata / "trafford/boundaries"
    wards = folder / "lookups_2021_lsoa_to_ward_best-fit_lookup.csv"
    (tmp_path / "place.toml").write_text(
        f"""
[place]
name = "Trafford"
[areas]
file = "{(folder / "lsoa_2021_trafford_lsoa_generalised.geojson").as_posix()}"
level = "lsoa21"
code = "area_code"
name = "area_name"
[origins]
file = "{(realdata / "trafford/ready/trafford_lsoa21_centroids.csv").as_posix()}"
code = "lsoa21_code"
easting = "easting"
northing = "northing"
[wards]
file = "{wards.as_posix()}"
code = "lsoa21cd"
ward = "wd22nm"
[[bodies]]
name = "Localities"
file = "{(folder / "council__localities.geojson").as_posix()}"
title = "area_name"
kind = "Area committee"
[[bodies]]
name = "By ward"
file = "forums.csv"
title = "who"
covers = "wards"
""",
        encoding="utf-8",
    )
    (tmp_path / "forums.csv").write_text(
        "who,wards\nSouth Forum,Hale Barns; Hale Central and Bowdon wards\nBorough Forum,Trafford\n",
        encoding="utf-8",
    )
    place = load(tmp_path)
    numbers = place.bodies.set_index("name")["area_codes"].map(len).to_dict()
    # The four localities share the borough's 139 areas out among them, each area to one.
    localities = place.bodies[place.bodies["list"] == "Localities"]["area_codes"]
    assert sorted(code for codes in localities for code in codes) == place.areas.index.tolist()
    table = pd.read_csv(wards)
    named = table["wd22nm"].isin(["Hale Barns", "Hale Central", "Bowdon"])
    assert numbers == {
        "Borough Forum": 139,
        "Central": 33,
        "North": 32,
        "South": 45,
        "South Forum": int(named.sum()),
        "West": 29,
    }
    assert told(place, "forums.csv") == []
