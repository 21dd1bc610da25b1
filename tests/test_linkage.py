"""One place on many lists: which rows are one, which a person should look at, and what a load makes of it."""

from __future__ import annotations

import hashlib
import sys

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from assetmap import OutputError, PlaceError
from assetmap.sources.linkage import (
    MATCHES_NAME,
    find_matches,
    first_of_same,
    gathered_up,
    read_matches,
    write_matches,
)
from assetmap.sources.osm import read_osm
from assetmap.sources.recipe import Entry
from assetmap.sources.rows import read_rows
from tests.conftest import ROOT

HEADER = "left,left_list,right,right_list,probability,verdict,why\n"


def listed(*rows: dict[str, object]) -> gpd.GeoDataFrame:
    """Rows of lists; each says what is not usual: a pharmacy on list A at the corner of the map."""
    usual = {
        "name": "Boots",
        "kind": "pharmacy",
        "list": "A",
        "postcode": "",
        "website": "",
        "identifier": "",
    }
    table = pd.DataFrame([{**usual, "licence": "OGL v3", "east": 0, "north": 0} | row for row in rows])
    points = [Point(400_000 + x, 300_000 + y) for x, y in zip(table["east"], table["north"], strict=True)]
    return gpd.GeoDataFrame(table.drop(columns=["east", "north"]), geometry=points, crs=27700)


def told(*rows: dict[str, object]) -> list[tuple[str, str]]:
    found = find_matches(listed(*rows))
    return list(zip(found["verdict"], found["why"], strict=True))


@pytest.mark.parametrize(
    ("left", "right", "verdict", "why"),
    [
        ({}, {"name": "Boots the Chemists", "east": 15}, "same", "nearly the same name, 15 m apart"),
        ({"name": "Lloyds Pharmacy"}, {"name": "LLOYDSPHARMACY", "east": 80}, "same", "nearly the same name, 80 m apart"),
        (
            {"name": "Broomwood Comm. Ctr Ltd", "kind": "community_centre"},
            {"name": "The Broomwood Community Centre", "kind": "community_centre", "east": 40},
            "same",
            "the same name, 40 m apart",
        ),
        (
            {"name": "St Mary's Church", "kind": "place_of_worship"},
            {"name": "Saint Marys C. of E. Church", "kind": "place_of_worship", "east": 20},
            "same",
            "the same name, 20 m apart",
        ),
        (
            {"name": "Stretford Rd Library", "kind": "library", "postcode": "M15 4AB"},
            {"name": "Stretford Road Library", "kind": "library", "postcode": "m154ab", "east": 180},
            "same",
            "the same name, 180 m apart, same postcode",
        ),
        (
            {"name": "Cafe Zoe", "kind": "cafe"},
            {"name": "Café Zoë", "kind": None},
            "same",
            "the same name, 0 m apart, one kind not known",
        ),
        (
            {"name": "High St Surgery", "kind": "gp_practice", "identifier": "P 81-123"},
            {"name": "High Street Surgery", "kind": "gp_practice", "identifier": "p81123"},
            "same",
            "the same name, 0 m apart, the same reference",
        ),
        (
            {"name": "Lloyds Pharmacy", "postcode": "M33 1AA"},
            {"name": "LloydsPharmacy", "postcode": "M33 1AB", "east": 80},
            "doubtful",
            "nearly the same name, 80 m apart, different postcodes",
        ),
        # A branch of the same chain, or the same shop by its postcode? The rows do not say.
        ({}, {"east": 150}, "doubtful", "the same name, 150 m apart"),
        (
            {"name": "1st Sale Scouts", "kind": "scout_group"},
            {"name": "Sale Scouts", "kind": "scout_group"},
            "doubtful",
            "names alike but for a word that may tell them apart, 0 m apart",
        ),
        (
            {"name": "St Mary's School", "kind": "school"},
            {"name": "St Mark's School", "kind": "school", "east": 20},
            "doubtful",
            "one name within the other, or a slip of the pen, 20 m apart",
        ),
        (
            {"name": "Malpas Brook", "kind": "gp_practice", "website": "https://www.example.org/"},
            {"name": "Malpas Brook", "website": "example.org", "identifier": "10001234"},
            "doubtful",
            "the same name, 0 m apart, GP practice and Pharmacy, the same website",
        ),
        (
            {"name": "Post office (name not given)", "kind": "post_office"},
            {"name": "Sale Post Office", "kind": "post_office", "east": 10},
            "doubtful",
            "no name to compare, 10 m apart",
        ),
        (
            {"name": "Giles Pharmacy", "postcode": "NP20 1AA", "website": "http://giles.example/"},
            {"name": "W. E. Giles Pharmacy", "postcode": "NP20 1AB", "website": "www.giles.example", "east": 20},
            "doubtful",
            "one name within the other, or a slip of the pen, 20 m apart, different postcodes, the same website",
        ),
    ],
)  # fmt: skip
def test_pairs_that_are_one_or_may_be(left, right, verdict, why):
    assert told(left, right | {"list": "B"}) == [(verdict, why)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"name": "1st Sale Scouts", "kind": "scout_group"}, {"name": "2nd Sale Scouts", "kind": "scout_group"}),
        ({"name": "St Mary's Infant School", "kind": "school"}, {"name": "St Mary's Junior School", "kind": "school"}),
        ({"name": "St Mary's Church", "kind": "place_of_worship"}, {"name": "St Mary's Church Hall", "kind": "church_hall"}),
        ({"name": "St Mary's Church", "kind": None}, {"name": "St Mary's Primary School", "kind": None}),
        ({"name": "Malpas Brook Surgery", "kind": "gp_practice"}, {"name": "Malpas Brook Pharmacy"}),
        ({"name": "Grange Practice", "kind": "gp_practice"}, {"name": "Oak Tree Surgery", "kind": "gp_practice"}),
        ({"name": "Sale Library", "kind": "library"}, {"name": "Hale Library", "kind": "library"}),
        ({"name": "West Timperley Surgery", "kind": "gp_practice"}, {"name": "East Timperley Surgery", "kind": "gp_practice"}),
        ({}, {"east": 251}),
        ({"postcode": "M33 1AA"}, {"postcode": "M33 1AA", "east": 1001}),
    ],
)  # fmt: skip
def test_neighbours_that_are_two(left, right):
    assert told(left, right | {"list": "B"}) == []


def test_what_every_load_joins_is_not_told_again():
    rows = listed({}, {"name": "BOOTS", "list": "B", "east": 100})
    assert find_matches(rows).empty
    assert first_of_same(rows).tolist() == [0, 0]


def test_two_places_of_one_list_are_never_made_one_by_a_third_row():
    branches = [
        {"name": "Well Pharmacy", "list": "NHS"},
        {"name": "Well Pharmacy", "list": "NHS", "east": 110},
    ]
    osm = {"name": "Well", "list": "OSM", "east": 60}
    fits = "more than one place of one list fits"
    found = told(*branches, osm)
    assert [verdict for verdict, _ in found] == ["doubtful"] * 3
    assert sorted(why for _, why in found) == [
        f"nearly the same name, 50 m apart, {fits}",
        f"nearly the same name, 60 m apart, {fits}",
        "the same name, 110 m apart, on one list",
    ]
    assert told(branches[0], osm) == [("same", "nearly the same name, 60 m apart")]


def test_a_row_of_several_names_is_found_by_each_of_them():
    register = {
        "name": "WELLS SURGERY | THE WELLS SURGERY CENTRE;DOWNLAND PRACTICE | ",
        "kind": "gp_practice",
        "list": "NHS",
    }
    one = {"name": "Wells Surgery", "kind": "gp_practice", "list": "OSM", "east": 10}
    other = {"name": "Downland Practice", "kind": "gp_practice", "list": "OSM", "east": 10}
    assert told(register, one) == [("same", "the same name, 10 m apart")]
    assert told(register, {"name": "Oak Tree Surgery", "kind": "gp_practice", "list": "OSM"}) == []
    # Both practices on the other list: then the register's row is two places, and a person must say.
    both = told(register, one, other)
    assert both == [("doubtful", "the same name, 10 m apart, more than one place of one list fits")] * 2


def test_an_answer_does_not_hang_on_other_rows_nor_on_their_order():
    pair = [{"name": "Lloyds Pharmacy"}, {"name": "LloydsPharmacy", "list": "B", "east": 30}]
    others = [{"name": f"Chemist {n}", "list": "C", "east": 40 * n, "north": 90} for n in range(30)]
    alone = find_matches(listed(*pair))
    crowd = listed(*others, *reversed(pair))
    found = find_matches(crowd)
    pd.testing.assert_frame_equal(found, find_matches(crowd))
    of_pair = found[found["left"] >= len(others)]
    assert of_pair[["probability", "verdict", "why"]].to_numpy().tolist() == [
        [alone["probability"].item(), "same", "nearly the same name, 30 m apart"]
    ]


def test_what_people_decided_is_not_offered_again():
    rows = listed({}, {"list": "B", "east": 150}).set_axis(["one", "other"])
    assert find_matches(rows)[["left", "right"]].to_numpy().tolist() == [["one", "other"]]
    assert find_matches(rows, [("other", "one")]).empty
    assert list(find_matches(rows, [("other", "one")])) == ["left", "right", "probability", "verdict", "why"]


@pytest.mark.parametrize("rows", [[{}], [{"kind": "library"}, {}]])
def test_rows_with_nothing_to_compare_give_an_empty_table(rows):
    assert find_matches(listed(*rows)).empty


def test_without_the_library_the_remedy_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(PlaceError) as refused:
        find_matches(listed({}, {"list": "B"}))
    assert str(refused.value) == (
        "matches.csv: To find one place on many lists, the library splink is needed, and it is not installed. "
        'Run: pip install "assetmap[match]"'
    )


# -- one place, one asset ------------------------------------------------------------------------


def test_a_chain_of_pairs_is_one_place_and_the_unnamed_are_none():
    chain = [{"east": 90 * n} for n in range(3)]
    unnamed = [{"name": "Pharmacy (name not given)"}] * 2
    rows = listed(
        *chain, *unnamed, {"name": "…"}, {"name": "…"}, {"kind": "cafe"}, {"name": "boots!", "east": 281}
    )
    assert first_of_same(rows).tolist() == [0, 0, 0, 3, 4, 5, 6, 7, 8]


def test_matches_and_people_join_what_a_load_would_not():
    rows = listed({}, {"name": "Boots Pharmacy"}, {"name": "Old Chemist", "east": 5_000}).set_axis(
        list("abc")
    )
    assert first_of_same(rows).tolist() == ["a", "b", "c"]
    assert first_of_same(rows, [("b", "a")]).tolist() == ["a", "a", "c"]
    assert first_of_same(rows, [("b", "a")], {("c", "b"): True}).tolist() == ["a", "a", "a"]
    assert first_of_same(rows, [("b", "a")], {("a", "b"): False}).tolist() == ["a", "b", "c"]


def test_what_people_hold_apart_no_third_row_joins():
    rows = listed({}, {"east": 80}, {"east": 50}, {"name": "Boots Pharmacy", "east": 80})
    assert first_of_same(rows).tolist() == [0, 0, 0, 3]
    # The third is nearer to the second, so it goes with that; the match of the fourth is kept.
    apart = first_of_same(rows, [(1, 3)], {(0, 1): False})
    assert apart.tolist() == [0, 1, 1, 1]


@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["Boots", "Well"])), min_size=1, max_size=12),
    st.dictionaries(st.tuples(st.integers(0, 11), st.integers(0, 11)), st.booleans(), max_size=6),
    st.randoms(use_true_random=False),
)
def test_places_are_a_partition_that_the_order_of_rows_does_not_change(placed, said, random):
    rows = listed(*({"name": name, "east": 40 * step} for step, name in placed))
    first = first_of_same(rows)
    assert (first <= first.index).all()
    assert (first[first].to_numpy() == first.to_numpy()).all()
    order = random.sample(range(len(rows)), len(rows))
    mixed = first_of_same(rows.iloc[order])

    def places(found):
        return {frozenset(group) for group in found.groupby(found).groups.values()}

    assert places(mixed) == places(first)
    apart = {
        pair: False
        for pair, same in said.items()
        if not same and max(pair) < len(rows) and pair[0] != pair[1]
    }
    held = first_of_same(rows, decided=apart)
    assert all(held[one] != held[other] for one, other in apart)


def test_one_asset_keeps_every_source_and_fills_what_is_empty():
    rows = listed(
        {"website": "", "postcode": "M33 1AA"},
        {"list": "OpenStreetMap", "licence": "ODbL", "website": "https://example.org", "postcode": "M33 9ZZ"},
        {"list": "OpenStreetMap", "licence": "ODbL", "website": "https://example.com"},
        {"name": "Well"},
    )
    kept = gathered_up(rows.assign(sources=rows["list"]), first_of_same(rows), ["website", "postcode"])
    assert kept[["name", "sources", "licence", "website", "postcode"]].to_numpy().tolist() == [
        ["Boots", "A; OpenStreetMap", "OGL v3; ODbL", "https://example.org", "M33 1AA"],
        ["Well", "A", "OGL v3", "", ""],
    ]
    assert rows["licence"].tolist() == ["OGL v3", "ODbL", "ODbL", "OGL v3"]


# -- matches.csv ---------------------------------------------------------------------------------


def test_matches_are_written_for_people_and_found_again(tmp_path):
    rows = listed({}, {"name": "Boots Pharmacy", "list": "B", "east": 20}, {"list": "C", "east": 250})
    write_matches(tmp_path, rows, find_matches(rows))
    assert (tmp_path / MATCHES_NAME).read_text(encoding="utf-8").splitlines()[:2] == [
        HEADER.strip(),
        '"Boots @ 400000,300000",A,"Boots Pharmacy @ 400020,300000",B,0.9951,same,"nearly the same name, 20 m apart"',
    ]
    # The same rows in another order, as after an update: the doubtful pair is not joined.
    assert read_matches(tmp_path, rows.iloc[::-1]) == ([(0, 1)], [])
    assert read_matches(tmp_path / "none", rows) == ([], [])


def test_a_name_that_a_spreadsheet_would_run_is_quoted(tmp_path):
    rows = listed({"name": "=1+1 Café", "kind": "cafe"}, {"name": "=1+1", "kind": "cafe", "list": "B"})
    matches = pd.DataFrame({"left": [0], "right": [1], "probability": 1.0, "verdict": "same", "why": ""})
    write_matches(tmp_path, rows, matches)
    assert "'=1+1 Café @ 400000,300000" in (tmp_path / MATCHES_NAME).read_text(encoding="utf-8")
    assert read_matches(tmp_path, rows) == ([(0, 1)], [])


def test_a_listing_that_is_gone_and_a_verdict_that_is_none_are_told(tmp_path):
    rows = listed({}, {"name": "Boots Pharmacy", "list": "B", "east": 20})
    pair = '"Boots @ 400000,300000",A,"Boots Pharmacy @ 400020,300000",B,0.99,{},\n'
    gone = '"Boots @ 1,1",A,"Boots Pharmacy @ 400020,300000",B,0.99,same,\n'
    (tmp_path / MATCHES_NAME).write_text(
        HEADER + gone + pair.format("maybe") + pair.format("same"), encoding="utf-8"
    )
    pairs, problems = read_matches(tmp_path, rows)
    assert pairs == [(0, 1)]
    assert [(str(problem), problem.severity) for problem in problems] == [
        ("matches.csv, row 3, column “verdict”: “maybe” is no verdict. Write same or doubtful.", "rejected"),
        (
            "matches.csv: 1 pair names a listing that is not on its list now. Run “assetmap match” again.",
            "note",
        ),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00", "matches.csv: It cannot be read. Delete it. Run “assetmap match” again."),
        (
            b"left,right\n",
            "It has no column left_list and no right_list and no probability and no verdict and no why.",
        ),
    ],
)
def test_matches_that_cannot_be_read_stop_the_load(tmp_path, content, message):
    (tmp_path / MATCHES_NAME).write_bytes(content)
    with pytest.raises(PlaceError) as refused:
        read_matches(tmp_path, listed({}))
    assert message in str(refused.value)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    rows = listed({}, {"name": "Boots Pharmacy", "list": "B"})
    with pytest.raises(OutputError) as refused:
        write_matches(tmp_path / "none", rows, find_matches(rows))
    assert str(refused.value).startswith("matches.csv: It cannot be written: ")


# -- against labels made by hand -----------------------------------------------------------------

#: file: column of the name, kind, columns of postcode, website and point ("" where it has none)
LABELLED = {
    "england/ahah_GP.parquet": ("Name", "gp_practice", "Postcode", "", ""),
    "england/ahah_pharmacy.parquet": ("Name", "pharmacy", "Postcode", "", ""),
    "england/ahah_dentist.parquet": ("Name", "dentist", "Postcode", "", ""),
    "trafford/assets/archive__trafford_libraries.csv": ("Name", "library", "Postcode", "Website", "Longitude Latitude"),
    "trafford/assets/libraries__trafford_libraries.csv": ("name", "library", "postcode", "website", "lon lat"),
    "trafford/assets/council__trafford_land_and_building_assets.csv": ("PropertyName", None, "PostCode", "", "GeoX GeoY"),
    "trafford/assets/council__trafford_community_hubs.csv": ("community_hub", "community_hub", "postcode", "website", "lon lat"),
    "trafford/assets/council__trafford_leisure_centres.csv": ("name", "leisure_centre", "postcode", "website", "lon lat"),
    "trafford/assets/schools_and_colleges__trafford_schools_and_colleges.csv": ("name", "school", "postcode", "website", "lon lat"),
    "trafford/assets/food_banks__trafford_food_banks.csv": ("Name", "food_bank", "Postcode", "Website", ""),
    "trafford/assets/food_banks__gm_food_banks.csv": ("Name", "food_bank", "Postcode", "Website", ""),
    "trafford/assets/general_practice__trafford_general_practices.csv": ("name", "gp_practice", "postcode", "", "lon lat"),
    "trafford/assets/pharmacies__trafford_pharmacies.csv": ("pharmacy_name", "pharmacy", "postcode", "", ""),
    "trafford/assets/mental_health__trafford_mental_health_services.csv": ("name", "mental_health_service", "postcode", "website", ""),
    "trafford/assets/polling_stations__trafford_polling_stations.csv": ("name", None, "postcode", "", "lon lat"),
    "trafford/assets/places_of_worship__trafford_places_of_worship.geojson": ("DISTNAME", "place_of_worship", "", "", ""),
    "trafford/assets/sports_clubs__sports_clubs.csv": ("name", "sports_club", "postcode", "", ""),
    "trafford/assets/sport_facilities__sports_facilities.csv": ("site_name", None, "postcode", "website", "lon lat"),
}  # fmt: skip

EXTRACTS = ("newport/newport-2023-06-13.osm.pbf", "rutland/rutland-2018-03.osm.pbf")


def of_file(data, file: str, postcodes: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """The rows of one file as a load has them before lists are merged; ``row`` is what the labels call them."""
    entry = Entry("assets", {"name": file, "file": file}, data)
    if file in EXTRACTS:
        found = read_osm(entry).rows
        table = (
            found[["name", "kind"]]
            .fillna("")
            .assign(identifier=found["osm"], row=found["osm"], postcode="", website="")
        )
        points = found.geometry.representative_point().to_crs(27700)
    else:
        title, kind, postcode, website, lonlat = LABELLED[file]
        read = read_rows(entry)
        given = read.table
        table = pd.DataFrame(
            {"name": given[title], "kind": kind, "identifier": "", "row": given.index.astype(str)}
        )
        table = table.assign(postcode=given.get(postcode, ""), website=given.get(website, ""))
        if read.shapes is not None:
            table["row"] = [str(n) for n in range(1, len(table) + 1)]
            points = gpd.GeoSeries(read.shapes).representative_point().to_crs(27700)
        else:
            by_postcode = table["postcode"].str.replace(" ", "").map(postcodes)
            points = gpd.GeoSeries(by_postcode, crs=27700)
            if lonlat:
                x, y = (pd.to_numeric(given[column], errors="coerce") for column in lonlat.split())
                own = gpd.GeoSeries(gpd.points_from_xy(x, y), given.index, crs=4326).to_crs(27700)
                points = own.where(x.notna() & y.notna(), points)
    rows = gpd.GeoDataFrame(table.assign(list=file), geometry=points.to_numpy(), crs=27700)
    rows["check"] = rows["name"].map(lambda name: hashlib.sha256(name.encode()).hexdigest()[:8])
    return rows[rows.geometry.notna() & ~rows.is_empty]


@pytest.mark.realdata
def test_against_pairs_labelled_by_hand(realdata):
    """Labelled before the method was run on them; the method was not changed after. Prints what became of each label."""
    table = pd.concat(
        [
            pd.read_csv(realdata / "trafford/postcodes" / file).rename(columns={"long": "lon"})
            for file in ("trafford_postcodes.csv", "GM_postcodes_2018-08.csv")
        ]
    ).drop_duplicates("postcode")
    at = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), crs=4326).to_crs(27700)
    postcodes = at.set_axis(table["postcode"].str.replace(" ", ""))
    lists = {file: of_file(realdata, file, postcodes) for file in (*EXTRACTS, *LABELLED)}

    verdict: dict[frozenset[tuple[str, str]], str] = {}
    listings: dict[tuple[str, str], str] = {}
    for region in (*EXTRACTS, "trafford/"):
        here = pd.concat([rows for file, rows in lists.items() if file.startswith(region)])
        around = here.union_all().convex_hull.buffer(3_000)
        national = [rows[rows.within(around)] for file, rows in lists.items() if file.startswith("england/")]
        together = gpd.GeoDataFrame(
            pd.concat([here, *(national if region in EXTRACTS else [])], ignore_index=True), crs=27700
        )
        key = list(zip(together["list"], together["row"], strict=True))
        listings |= dict(zip(key, together["check"], strict=True))
        matches = find_matches(together)
        sure = matches[matches["verdict"] == "same"]
        place = first_of_same(together, zip(sure["left"], sure["right"], strict=True))
        for left, right, each in matches[["left", "right", "verdict"]].itertuples(index=False):
            verdict[frozenset((key[left], key[right]))] = each
        for _, group in together.groupby(place):
            named = [key[n] for n in group.index]
            verdict |= {frozenset((one, other)): "same" for one in named for other in named if one != other}

    pairs = pd.read_csv(ROOT / "tests/labels/pairs.csv", dtype=str)
    left, right = (
        list(zip(pairs[f"{side}_file"], pairs[f"{side}_row"], strict=True)) for side in ("left", "right")
    )
    read = pd.Series([one in listings and other in listings for one, other in zip(left, right, strict=True)])
    for side, named in (("left", left), ("right", right)):
        checks = zip(named, pairs[f"{side}_check"], strict=True)
        assert [one for one, check in checks if listings.get(one, check) != check] == []
    outcome = pd.Series([verdict.get(frozenset(each), "not found") for each in zip(left, right, strict=True)])
    pairs["outcome"] = outcome.where(read, "not an asset")
    # Lists of Trafford served to count the shares by which rows are compared; Newport and Rutland served for nothing before.
    unseen = pairs["left_file"].isin(EXTRACTS)
    fates = {
        where: some.groupby(["label", "outcome"]).size().to_dict()
        for where, some in (("Newport and Rutland", pairs[unseen]), ("Trafford", pairs[~unseen]))
    }
    print(fates)
    assert fates == {
        "Newport and Rutland": {
            ("different", "not an asset"): 4,
            ("different", "not found"): 21,
            ("same", "doubtful"): 6,
            ("same", "not an asset"): 4,
            ("same", "not found"): 3,
            ("same", "same"): 12,
            ("unsure", "not found"): 7,
        },
        "Trafford": {
            ("different", "not found"): 19,
            ("same", "doubtful"): 6,
            ("same", "not found"): 6,
            ("same", "same"): 9,
            ("unsure", "not found"): 3,
        },
    }
