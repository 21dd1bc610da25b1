"""What the columns of messy lists are taken for: by headings, by content, and what is said to doubt."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmap.sources.guess import guess, hidden, kind_of_name
from assetmap.sources.recipe import Entry
from assetmap.sources.rows import read_rows


def table(text: str) -> pd.DataFrame:
    """A table from lines of cells parted by |, as `read_table` gives it."""
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return pd.DataFrame(rows, columns=head, index=range(2, len(rows) + 2), dtype=object)


@pytest.mark.parametrize(
    ("heading", "value", "key"),
    [
        ("NAME", "The Fuse", "title"),
        ("Organisation_Name", "The Fuse", "title"),
        ("VenueName", "The Fuse", "title"),
        ("PostCode", "M31 4BU", "postcode"),
        ("POST CODE", "m314bu", "postcode"),
        ("uprn", "100012797623", "uprn"),
        ("Unique Property Reference Number", "000012797623", "uprn"),
        ("Street Address", "Warburton Lane", "address"),
        ("What we do", "Cooking together", "description"),
        ("Opening Hours", "Mon-Fri 9-5", "opening_hours"),
        ("meets", "Tuesdays", "opening_hours"),
        ("Wheelchair access", "Yes", "step_free"),
        ("Is it free?", "Yes", "cost"),
        ("AGE GROUP", "50+", "for_age"),
        ("Languages spoken", "Urdu, English", "for_language"),
        ("Religion", "Methodist", "for_faith"),
        ("Health condition", "dementia", "for_condition"),
        ("Volunteers needed", "yes", "volunteers"),
        ("Owned by", "Trafford Council", "owner"),
        ("Community Asset Transfer", "completed 2019", "asset_transfer"),
        ("Web address", "www.example.org/fuse", "website"),
        ("Last checked", "31/03/2026", "last_checked"),
        ("Charity Number", "1101234", "identifier"),
        ("Address type", "venue", "role_column"),
        ("Area of benefit", "Partington and Carrington", "area_of_benefit"),
        ("Further information", "Ring the bell", "detail"),
        ("Category", "Library", "kind_column"),
    ],
)
def test_a_column_is_known_by_its_heading_in_any_spelling(heading, value, key):
    found = guess(table(f"{heading} | zz\n{value} | "))
    assert found.columns == {key: heading}
    assert "the heading says so" in found.why[key]


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("Postcode", "Altrincham"),
        ("Website", "none"),
        ("Last checked", "soon"),
        ("UPRN", "n/a"),
        ("lat", "north"),
    ],
)
def test_a_heading_is_not_believed_against_the_cells(heading, value):
    assert heading not in guess(table(f"Name | {heading}\nThe Fuse | {value}")).columns.values()


@pytest.mark.parametrize(
    ("x", "y", "first", "second", "keys"),
    [
        ("lon", "lat", "-2.35", "53.38", ("lon", "lat")),
        ("LONGITUDE", "LATITUDE", "-2.35", "53.38", ("lon", "lat")),
        ("lng", "lat", "-2.35", "53.38", ("lon", "lat")),
        ("GeoX", "GeoY", "-2.35", "53.38", ("lon", "lat")),
        ("X", "Y", "376543", "387654", ("easting", "northing")),
        ("POINT_X", "POINT_Y", "376543.5", "387654.5", ("easting", "northing")),
        ("x_coordinate", "y_coordinate", "376,543", "387,654", ("easting", "northing")),
        ("oseast1m", "osnrth1m", "376543", "387654", ("easting", "northing")),
        ("Venue Eastings", "Venue Northings", "376543", "387654", ("easting", "northing")),
        ("XCoord", "YCoord", "376543", "387654", ("easting", "northing")),
    ],
)
def test_a_pair_of_coordinates_is_known_by_heading_and_told_apart_by_size(x, y, first, second, keys):
    found = guess(table(f"{y} | {x}\n{second} | {first}"))
    assert found.columns == dict(zip(keys, (x, y), strict=True))
    assert found.doubts == []
    sort = "degrees" if keys == ("lon", "lat") else "metres"
    assert found.why[keys[0]] == found.why[keys[1]] == f"the headings say so, with {sort} in 1 of 1 row"


def test_both_pairs_of_a_list_are_found():
    found = guess(table("x | y | lat | long\n376543 | 387654 | 53.38 | -2.35"))
    assert found.columns == {"lon": "long", "lat": "lat", "easting": "x", "northing": "y"}


def test_metres_under_headings_of_degrees_are_said():
    found = guess(table("Longitude | Latitude\n376543 | 387654"))
    assert found.columns == {"easting": "Longitude", "northing": "Latitude"}
    assert found.doubts == [
        "“Longitude” and “Latitude” hold metres, whatever their headings say, and are taken as easting and northing."
    ]


def test_a_swapped_pair_is_turned_and_said():
    found = guess(table("lon | lat\n53.38 | -2.35\n53.40 | -2.31"))
    assert found.columns == {"lon": "lat", "lat": "lon"}
    assert found.doubts == [
        "“lon” and “lat” look swapped: “lon” holds latitudes such as 53.38. They are taken the other way round."
    ]


def test_swapped_rows_are_counted():
    found = guess(table("lon | lat\n-2.35 | 53.38\n53.40 | -2.31\n-2.30 | 53.41"))
    assert found.columns == {"lon": "lon", "lat": "lat"}
    assert found.doubts == ["“lon” and “lat” look swapped in 1 row."]


def test_degrees_and_metres_mixed_in_a_pair_are_counted():
    found = guess(table("x | y\n-2.35 | 53.38\n376543 | 387654\n-2.30 | 53.41\n0 | 0\n |"))
    assert found.columns == {"lon": "x", "lat": "y"}
    assert found.why["lon"] == "the headings say so, with degrees in 2 of 3 rows"
    assert found.doubts == [
        "“x” and “y” hold degrees, but metres in 1 row, which cannot be used. Put those in two columns of their own."
    ]


def test_columns_without_a_telling_heading_are_known_by_what_stands_in_them():
    found = guess(
        table(
            "c1 | c2 | c3 | c4 | c5 | c6\n"
            "2C630345-8547-4201-A688-C3B139A6F27E | The Fuse | M31 4BU | -2.4254 | 53.4176 | https://fuse.example\n"
            "0DACBC1F-45B3-4523-A240-1F1B0374CA26 | The Hub | WA14 2SZ | -2.3480 | 53.3828 | https://hub.example"
        )
    )
    assert found.columns == {
        "identifier": "c1",
        "title": "c2",
        "postcode": "c3",
        "lon": "c4",
        "lat": "c5",
        "website": "c6",
    }
    assert found.why["postcode"] == "no heading says so, but all of its values are postcodes"
    assert (
        found.why["lon"] == "no heading says so, but the values are of that size, with degrees in 2 of 2 rows"
    )
    assert found.why["title"] == "no heading says so, but its values are words and differ from row to row"


def test_unheaded_metres_are_taken_only_side_by_side():
    assert guess(table("a | b\n376543 | 387654")).columns == {"easting": "a", "northing": "b"}
    assert "easting" not in guess(table("a | n | b\n376543 | 7 | 387654")).columns
    assert "easting" not in guess(table("a | b | c\n376543 | 387654 | 123456")).columns


def test_contact_details_are_left_alone_by_heading_and_by_content():
    found = guess(
        table(
            "Name | Contact Name | Telephone | E-mail | Secretary | a | b | Website\n"
            "Chess Club | Jo Bloggs | 0161 496 0123 | jo@example.org | Sam | 01614960123 | x@example.org | chess.example.org"
        )
    )
    assert found.contacts == ("Contact Name", "Telephone", "E-mail", "Secretary", "a", "b")
    assert found.columns == {"title": "Name", "website": "Website"}
    assert found.role == "venue"


@pytest.mark.parametrize(
    "heading", ["Contact web", "Wheel chair access", "Company number", "Email bulletin web page"]
)
def test_what_only_sounds_like_contact_details_is_not_taken_for_them(heading):
    assert guess(table(f"Name | {heading}\nChess Club | 00738693")).contacts == ()


def test_a_list_with_addresses_of_contacts_alone_is_one_to_count():
    found = guess(table("charity_name | contact_postcode\nChess Trust | M31 4BU"))
    assert found.columns == {"title": "charity_name"}
    assert found.contacts == ("contact_postcode",)
    assert found.role == "contact"
    assert found.doubts == [
        "Its only addresses are those of contacts (“contact_postcode”), which may be homes. The list can be counted, not mapped."
    ]


def test_contact_details_in_a_column_that_readers_would_see_are_told():
    found = guess(table("name | notes\nChess Club | Ring Jo on 0161 496 0123\nThe Hub | Step in"))
    assert found.doubts == [
        "“notes” has telephone numbers or e-mail addresses in 1 of the 2 rows looked at. Readers would see them: take them "
        "out of the file, or leave that column out."
    ]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("jo.bloggs+club@mail.example.org.uk", "[contact]"),
        ("Tel: (01925) 496012, ext 3", "Tel: [contact], ext 3"),
        ("+44 161 496 0123", "[contact]"),
        ("07700 900123", "[contact]"),
        ("M31 4BU", "M31 4BU"),
        ("100012797623", "100012797623"),
        ("2C630345-8547-4201-A688-C3B139A6F27E", "2C630345-8547-4201-A688-C3B139A6F27E"),
        ("376543", "376543"),
        ("-2.4254325757651936", "-2.4254325757651936"),
        ("2026-03-31", "2026-03-31"),
    ],
)
def test_contact_details_are_hidden_in_a_cell_and_nothing_else(cell, shown):
    assert hidden(cell) == shown


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("53.4176, -2.4254", "latlon"),
        ("(53.4176 -2.4254)", "latlon"),
        ("POINT (-2.4254 53.4176)", "latlon"),
        ("SJ 778 943", "gridref"),
        ("sj77829431", "gridref"),
        ("SJ 77821 94311", "gridref"),
    ],
)
def test_a_point_in_one_cell_is_known_by_what_stands_there(cell, told):
    assert guess(table(f"name | where\nThe Fuse | {cell}")).columns == {"title": "name", told: "where"}


@pytest.mark.parametrize(
    ("heading", "cell", "told"),
    [
        ("Grid Reference", "SJ778943", "gridref"),
        ("OS_GridRef", "SJ 7782 9431", "gridref"),
        ("Location", "53.4176, -2.4254", "latlon"),
        ("LatLong", "53.4176 -2.4254", "latlon"),
    ],
)
def test_a_point_in_one_cell_is_known_by_its_heading_too(heading, cell, told):
    found = guess(
        table(f"name | {heading} | id\nThe Fuse | {cell} | 1\nThe Hub | | 2\nThe Hall | {cell} | 3")
    )
    assert found.columns == {"title": "name", told: heading, "identifier": "id"}
    assert found.doubts == []


@pytest.mark.parametrize(
    ("heading", "cell", "told"),
    [
        (
            "where",
            "-2.4254, 53.4176",
            "“where” has the longitude before the latitude in 1 row. The order that most rows have is taken.",
        ),
        (
            "grid ref",
            "SJ7794",
            "“grid ref” has grid references of whole kilometres in 1 row, too coarse to measure walks from.",
        ),
        (
            "Grid ref",
            "J 338 740",
            "“Grid ref” holds references of the Irish Grid, which are not read. Put easting and northing in two columns, and say "
            "crs = “EPSG:29902”.",
        ),
    ],
)
def test_what_is_odd_about_a_point_in_one_cell_is_said(heading, cell, told):
    assert guess(table(f"name | {heading}\nThe Fuse | {cell}")).doubts == [told]


def test_headings_that_clash_or_lack_are_said():
    found = guess(table("name | name | | postcode\nThe Fuse | Fuse | x | M31 4BU"))
    assert found.columns == {"postcode": "postcode"}
    assert found.doubts == [
        "More than one column is headed “name”. Rename one to use either.",
        "1 column without a heading cannot be used.",
    ]


def test_the_second_of_two_likely_columns_is_told():
    found = guess(table("name | Notes 1 | Notes 2\nThe Fuse | by the bridge | upstairs"))
    assert found.columns["detail"] == "Notes 1"
    assert found.doubts == ["“Notes 1” is taken for “detail”; “Notes 2” could be as well."]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("name | Address1 | Address2 | Town | Postcode\nThe Fuse | 12 | Warburton Lane | Partington | M31 4BU", ["Address1", "Address2", "Town"]),
        ("name | Address Line 1 | Address Line 2\nThe Fuse | Warburton Lane | ", "Address Line 1"),
        ("name | House Number | StreetName | PostTown\nThe Fuse | 12 | Warburton Lane | Partington", ["House Number", "StreetName", "PostTown"]),
        ("name | Venue Address | Venue City | City\nThe Fuse | Warburton Lane | Partington | Sale", ["Venue Address", "Venue City"]),
        # The town stands in the address already.
        ("name | address | town\nThe Fuse | Warburton Lane, Partington | PARTINGTON", "address"),
        # A town alone is no address.
        ("name | town | village\nThe Fuse | Sale | Partington", None),
    ],
)  # fmt: skip
def test_an_address_may_be_spread_over_columns(text, parts):
    found = guess(table(text))
    assert found.columns.get("address") == parts
    assert found.doubts == []


def test_an_address_of_a_contact_is_no_part_of_one():
    found = guess(table("name | Contact Address 1 | Contact Address 2\nThe Fuse | 1 High St | Sale"))
    assert found.contacts == ("Contact Address 1", "Contact Address 2")
    assert "address" not in found.columns


@pytest.mark.parametrize(
    ("heads", "cells"),
    [
        ("opening_hours_monday | opening_hours_tuesday", "9-5 | closed"),
        ("Mon open | Mon close | Tue open | Tue close", "09:00 | 17:00 | 10:00 | 16:00"),
        ("SundayOpeningTime | SaturdayOpeningTime", "10am-4pm | "),
    ],
)
def test_opening_hours_may_stand_in_a_column_for_each_day(heads, cells):
    found = guess(table(f"name | {heads}\nThe Fuse | {cells}\nThe Hub | {cells.replace('| ', '| 9am')}"))
    assert found.columns["opening_hours"] == [each.strip() for each in heads.split("|")]
    first, *_, last = found.columns["opening_hours"]
    assert found.why["opening_hours"] == (
        f"the headings of “{first}” to “{last}” are days of the week, and what stands there are days or times"
    )


def test_opening_hours_in_one_column_go_before_those_by_day():
    found = guess(table("name | opening hours | Monday | Tuesday\nThe Fuse | Mon-Tue 9-5 | 9-5 | 9-5"))
    assert found.columns["opening_hours"] == "opening hours"
    assert found.doubts == [
        "What is open when stands in “opening hours”, which is taken, and day by day in 2 columns as well."
    ]


def test_the_kind_is_a_column_of_known_words_whatever_its_heading():
    found = guess(table("name | group | theme\nThe Fuse | Library | a\nThe Hub | community hub | b"))
    assert found.columns["kind_column"] == "group"
    assert found.why["kind_column"] == "no heading says so, and assetmap knows the kind in 100% of the rows"


def test_a_column_of_unknown_kinds_is_doubted():
    found = guess(table("name | category\nABC | Badminton\nXYZ | Fencing"))
    assert found.columns["kind_column"] == "category"
    assert found.doubts == [
        "“category” may say what each row is, but assetmap knows few of its words as kinds. Choose one kind for the whole list, "
        "or have the kinds worked out from the names."
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("libraries__gm_libraries.csv", "library"),
        ("council__trafford_leisure_centres.csv", "leisure_centre"),
        ("Trafford-Food-Banks", "food_bank"),
        ("council__trafford_land_and_building_assets.csv", ""),
        ("list.csv", ""),
        ("", ""),
    ],
)
def test_a_file_may_say_by_its_name_what_is_listed(name, kind):
    assert kind_of_name(name) == kind


def test_an_empty_column_is_not_taken():
    assert guess(table("name | website | address\nThe Fuse | | ")).columns == {"title": "name"}


TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)


@given(
    st.lists(TEXTS, min_size=1, max_size=5).flatmap(
        lambda heads: st.tuples(
            st.just(heads),
            st.lists(st.lists(TEXTS, min_size=len(heads), max_size=len(heads)), min_size=1, max_size=4),
        )
    )
)
def test_any_table_has_a_guess_and_always_the_same(drawn):
    heads, rows = drawn
    frame = pd.DataFrame(rows, columns=heads, dtype=object)
    found = guess(frame)
    assert found == guess(frame.copy())
    taken = [
        each for value in found.columns.values() for each in ([value] if isinstance(value, str) else value)
    ]
    assert len(set(taken)) == len(taken)
    assert set(taken) <= set(heads) - set(found.contacts)
    assert set(found.why) == set(found.columns)


def test_a_long_list_is_known_by_a_part_of_its_rows_and_its_coordinates_by_all():
    rows = 10_000
    frame = pd.DataFrame(
        {"name": [f"Place {n}" for n in range(rows)], "lon": "-2.35", "lat": "53.38"}, dtype=object
    )
    frame.loc[9_999, ["lon", "lat"]] = ["376543", "387654"]
    found = guess(frame)
    assert found.columns == {"title": "name", "lon": "lon", "lat": "lat"}
    assert "metres in 1 row" in found.doubts[0]


LONLAT = {"lon": "lon", "lat": "lat"}
USUAL = {"title": "name", "address": "address", "postcode": "postcode"}
FOOD = {
    "title": "Name",
    "address": "Address",
    "postcode": "Postcode",
    "website": "Website",
    "opening_hours": "Opening times",
    "detail": "Referral method",
}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CHEMIST = {
    **USUAL,
    "title": "pharmacy_name",
    "identifier": "organisation_data_service_code",
    "opening_hours": [f"opening_hours_{day}" for day in DAYS],
}
STATION = {**USUAL, **LONLAT, "identifier": "id"}
LIBRARY = {**USUAL, "website": "website", "kind_column": "type"}
OS_POINT = {"title": "DISTNAME", "identifier": "ID", "kind_column": "CLASSIFICA"}

#: What each real list should be taken for, read by eye.
LISTS: dict[str, dict[str, str | list[str]]] = {
    "allotments__trafford_allotments.csv": {"title": "name", "identifier": "osm_id", **LONLAT},
    "allotments__trafford_allotments.geojson": {"title": "name", "identifier": "osm_id"},
    "archive__trafford_libraries.csv": {
        "title": "Name", "address": "Address", "postcode": "Postcode", "website": "Website", "detail": "Notes",
        "lon": "Longitude", "lat": "Latitude",
    },
    "care_homes__trafford_care_homes.csv": {
        **USUAL, **LONLAT, "website": "website", "identifier": "cqc_id", "kind_column": "type",
    },
    "charities__charities_operating_in_trafford.csv": {
        "title": "charity_name", "website": "charity_contact_web", "description": "charity_activities",
        "identifier": "registered_charity_number",
    },
    "childrens_centres__trafford_childrens_centres.csv": {**USUAL, **LONLAT, "identifier": "unique_reference_number"},
    "council__trafford_community_hubs.csv": {
        **USUAL, **LONLAT, "title": "community_hub", "website": "website", "opening_hours": "opening_hours",
    },
    "council__trafford_council_voluntary_sector_grants.csv": {
        "title": "Recipient Org:Name", "postcode": "Recipient Org:Postal Code", "website": "Recipient Org:Web Address",
        "description": "Description", "identifier": "Identifier", "area_of_benefit": "Beneficiary Location:Name",
        "last_checked": "Last modified",
    },
    "council__trafford_land_and_building_assets.csv": {
        "title": "PropertyName", "address": ["StreetNumber", "StreetName", "PostTown"], "postcode": "PostCode", "uprn": "UPRN", "lon": "GeoX", "lat": "GeoY",
        "identifier": "AssetCode", "owner": "OrganisationLabel", "last_checked": "EffectiveDate", "detail": "OtherDetail",
    },
    "council__trafford_leisure_centres.csv": {
        **USUAL, **LONLAT, "website": "website", "opening_hours": "opening_hours", "description": "facilities",
    },
    "defibrillators__trafford_defibrillators.csv": {
        "title": "Location", "address": ["Address1", "Address2", "Address3"], "postcode": "Postcode", "detail": "Notes", "last_checked": "date_modified",
        "lon": "Longitude", "lat": "Latitude",
    },
    "fast_food_outlets__trafford_fast_food_outlets.csv": {**USUAL, **LONLAT, "kind_column": "type"},
    "food_banks__gm_food_banks.csv": FOOD,
    "food_banks__gm_food_banks.geojson": FOOD,
    "food_banks__trafford_food_banks.csv": FOOD,
    "general_practice__trafford_general_practices.csv": {**USUAL, **LONLAT},
    "jobcentre_plus__gm_jobcentreplus.csv": {**USUAL, **LONLAT},
    "libraries__gm_libraries.csv": {**LIBRARY, **LONLAT},
    "libraries__trafford_libraries.csv": {**LIBRARY, **LONLAT},
    "mental_health__trafford_mental_health_services.csv": {**USUAL, "description": "description", "website": "website"},
    "pharmacies__gm_pharmacies.csv": CHEMIST,
    "pharmacies__trafford_pharmacies.csv": CHEMIST,
    "places_of_worship__trafford_places_of_worship.geojson": OS_POINT,
    "polling_stations__gm_polling_stations.csv": STATION,
    "polling_stations__trafford_polling_stations.csv": STATION,
    "post_office__gm_post_offices.geojson": OS_POINT,
    "post_office__trafford_post_offices.geojson": OS_POINT,
    "raw__mental_health_services_RAW.csv": {
        **USUAL, "description": "description", "website": "website", "identifier": "featureNum",
    },
    "schools_and_colleges__trafford_schools_and_colleges.csv": {
        "title": "name", "postcode": "postcode", **LONLAT, "website": "website", "identifier": "unique_reference_number",
        "for_faith": "religion", "kind_column": "type",
    },
    "sport_facilities__sports_facilities.csv": {
        "title": "site_name", "address": ["street", "town"], "postcode": "postcode", **LONLAT, "website": "website",
        "identifier": "site_id", "last_checked": "site_last_updated_date", "kind_column": "facility_type",
    },
    "sports_clubs__sports_clubs.csv": {**USUAL, "kind_column": "category"},
    "stops__trafford_bus_stops.csv": {"title": "common_name", "address": "street", "identifier": "atco_code", **LONLAT},
    "unvalidated__libraries_bolton.csv": LIBRARY,
    "unvalidated__libraries_oldham.csv": LIBRARY,
}  # fmt: skip


def rows(realdata, file):
    return read_rows(Entry("assets", {"name": file, "file": file}, realdata / "trafford/assets")).table


@pytest.mark.realdata
@pytest.mark.parametrize("file", LISTS)
def test_a_real_list_is_taken_for_what_it_is(realdata, file):
    assert guess(rows(realdata, file)).columns == LISTS[file]


@pytest.mark.realdata
def test_every_real_list_is_in_the_table(realdata):
    assert sorted(path.name for path in (realdata / "trafford/assets").iterdir()) == sorted(LISTS)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("file", "doubt"),
    [
        ("council__trafford_land_and_building_assets.csv", "“GeoX” and “GeoY” look swapped in 1 row."),
        (
            "charities__charities_operating_in_trafford.csv",
            "Its only addresses are those of contacts (“charity_contact_postcode”), which may be homes. The list can be "
            "counted, not mapped.",
        ),
        (
            "council__trafford_council_voluntary_sector_grants.csv",
            "It looks like a list of grants, which says who was given money, not where places are.",
        ),
    ],
)
def test_what_is_odd_in_a_real_list_is_said(realdata, file, doubt):
    assert doubt in guess(rows(realdata, file)).doubts
