"""What a list says of each asset: its fields, its role, its kind; and where it is looked up."""

from __future__ import annotations

import pytest

from assetmap import assess, load
from assetmap.model import ASSET_FIELDS
from assetmap.views.open_referral import write_feed
from assetmap.views.report import account, place_summary
from tests.toy import RECIPE, write_toy

HEAD = RECIPE[: RECIPE.index("[[assets]]")]


def place(folder, lines: str, rows: str, **files: str):
    """The toy place with one list: the recipe's lines for it, and its rows."""
    recipe = f'{HEAD}[[assets]]\nname = "List"\nfile = "list.csv"\n{lines}\n'
    return load(write_toy(folder, **{"place_toml": recipe, "list_csv": rows, **files}))


def notes(found) -> list[str]:
    return [str(problem) for problem in found.problems if problem.file == "list.csv"]


AT = 'title = "name"\nkind = "library"\neasting = "x"\nnorthing = "y"\n'


def test_every_field_is_kept_and_what_is_not_said_is_not_known(tmp_path):
    others = ("step_free", "cost", "volunteers", "last_checked", "last_edited")
    keys = [key for key in ASSET_FIELDS if key not in others]
    lines = AT + "".join(f'{key} = "{key}"\n' for key in keys)
    rows = f"name,x,y,{','.join(keys)}\nOne,400500,300500,{','.join(f'my {key}' for key in keys)}\n"
    asset = place(tmp_path, lines, rows).assets.iloc[0]
    assert {key: asset[key] for key in keys} == {key: f"my {key}" for key in keys}
    assert [asset[key] for key in others] == [""] * 5
    assert (asset["list"], asset["sources"], asset["licence"], asset["kind_confidence"]) == (
        "List",
        "List",
        "not stated",
        1,
    )


def test_answers_are_told_apart_and_those_not_understood_are_told(tmp_path):
    lines = AT + 'step_free = "lift"\nvolunteers = "help"\ncost = "fee"\nlast_checked = "seen"\n'
    rows = (
        "name,x,y,lift,help,fee,seen\n"
        "A,400500,300500,Yes,wanted,£0.00,03/04/2026\n"
        "B,401500,300500,Partial,N,£3,2026-04-03\n"
        "C,402500,300500,ramp at the back,,No charge,April 2026?\n"
        "D,402500,300900,Unknown,N/A,,\n"
    )
    found = place(tmp_path, lines, rows)
    by_name = found.assets.set_index("name")[["step_free", "volunteers", "cost", "last_checked"]]
    assert by_name.loc["A"].tolist() == ["yes", "yes", "free", "2026-04-03"]
    assert by_name.loc["B"].tolist() == ["limited", "no", "£3", "2026-04-03"]
    assert by_name.loc["C"].tolist() == ["", "", "free", ""]
    assert by_name.loc["D"].tolist() == ["", "", "", ""]
    assert notes(found) == [
        "list.csv, column “lift”: 1 value of step_free not understood, such as “ramp at the back” in row 4. "
        "Treated as not known; write limited or no or yes.",
        "list.csv, column “seen”: 1 value of last_checked not understood, such as “April 2026?” in row 4. "
        "Treated as not known; write a date such as 2026-03-31.",
    ]


def test_a_date_is_kept_as_fine_as_the_list_gives_it(tmp_path):
    lines = AT + 'last_checked = "seen"\nlast_edited = "changed"\n'
    rows = "name,x,y,seen,changed\nA,400500,300500,2013,05/2013\nB,401500,300500,May 2013,1/5/2013 10:00\n"
    found = place(tmp_path, lines, rows).assets.set_index("name")[["last_checked", "last_edited"]]
    assert found.loc["A"].tolist() == ["2013", "2013-05"]
    assert found.loc["B"].tolist() == ["2013-05", "2013-05-01"]


def test_only_venues_become_points_and_a_contact_keeps_no_address(tmp_path):
    lines = AT + 'role_column = "what"\naddress = "address"\npostcode = "pc"\narea_of_benefit = "for"\n'
    rows = (
        "name,x,y,what,address,pc,for\n"
        "Hall,400500,300500,venue,1 High St,ZZ1 1AA,\n"
        "Trust,400500,300500,Registered office,2 High St,ZZ1 1AA,Toytown\n"
        "Club,400500,300500,correspondence,3 Home Rd,ZZ1 1AA,\n"
        "Helpline,,,online,,,everybody\n"
        "Odd,400500,300500,c/o the chair,4 Home Rd,ZZ1 1AA,\n"
    )
    found = place(tmp_path, lines, rows)
    assert found.assets["name"].tolist() == ["Hall"]
    told = found.organisations.set_index("name")
    assert told["role"].to_dict() == {
        "Trust": "base",
        "Club": "contact",
        "Helpline": "area_served",
        "Odd": "contact",
    }
    assert told["address"].to_dict() == {"Trust": "2 High St", "Club": "", "Helpline": "", "Odd": ""}
    assert told["area_of_benefit"].to_dict() == {
        "Trust": "Toytown",
        "Club": "",
        "Helpline": "everybody",
        "Odd": "",
    }
    assert "geometry" not in told
    assert notes(found) == [
        "list.csv, column “what”: 1 row whose role is not known, such as “c/o the chair” in row 6. Treated as contacts "
        "and not mapped; use one of: venue, base, contact, area_served.",
        "list.csv: 2 contact addresses read; none is mapped. Nothing to do; a contact address is no place to go to, and "
        "may be somebody’s home.",
        "list.csv: 1 office read; none is mapped. Nothing to do; people do not go to an office of this kind.",
        "list.csv: 1 service without a place of its own read; none is mapped. Nothing to do; they come to the people they serve.",
    ]
    layer = found.layers[-1]
    assert (layer.rows_in, layer.rows_used, layer.rows_set_aside, layer.rows_rejected) == (5, 1, 4, 0)


def test_organisations_are_counted_for_the_areas_that_they_say_they_serve(tmp_path):
    lines = AT + 'role = "contact"\narea_of_benefit = "for"\n'
    rows = (
        "name,x,y,for\nA,,,Toytown\nB,,,Toytown A and Toytown B\nC,,,E01000002\nD,,,the wider world\nE,,,\n"
        "Toytown Women's Refuge,,,Toytown D\n"
    )
    found = assess(place(tmp_path, lines, rows))
    # The refuge is a contact here: its area is told like that of any other, for it has no place of its own.
    assert found.areas["organisations_serving"].tolist() == [2, 3, 1, 2]
    assert (
        "Organisations without a venue that say they serve this area: 3." in account(found, "E01000002").facts
    )
    assert (
        "6 organisations more are known without a place to go to: counted, not mapped."
        in place_summary(found)[0]
    )


def test_sensitive_kinds_never_become_points_whatever_the_list_calls_them(tmp_path):
    rows = "name,x,y\nToytown Women's Refuge,400500,300500\nNorth Library,401500,300500\n"
    found = place(tmp_path, AT, rows)
    assert found.assets["name"].tolist() == ["North Library"]
    assert found.organisations["name"].tolist() == ["Toytown Women's Refuge"]
    assert notes(found) == [
        "list.csv: 1 row of a sensitive kind, such as a refuge: counted for the whole place and never mapped. "
        "Nothing to do; where they are could put people at risk."
    ]


def test_kinds_by_name_take_what_is_sure_and_leave_the_rest_to_a_person(tmp_path):
    lines = 'title = "name"\nkind = "by name"\neasting = "x"\nnorthing = "y"\n'
    rows = "name,x,y\nToytown Library,400500,300500\nThe Old Bakery,401500,300500\n"
    found = place(tmp_path, lines, rows)
    assert found.assets[["name", "kind"]].to_numpy().tolist() == [["Toytown Library", "library"]]
    assert 0 < found.assets["kind_confidence"].iloc[0] < 1
    assert notes(found) == [
        "list.csv, row 3: Its words do not tell what kind it is. "
        "Decide its kind under Listings in the app, or write it in a column and name that as kind_column."
    ]


# -- where it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table",
    [
        "pcd7,pcd8,pcds,dointr,doterm,east1m,north1m,lat,long\nZZ1 1AA,ZZ1  1AA,ZZ1 1AA,198001,202103,401500,300500,52.602286,-1.979286\n",
        "pcd,pcd2,pcds,doterm,oseast1m,osnrth1m\nZZ1 1AA,ZZ1  1AA,ZZ1 1AA,202103,401500,300500\n",
        "Postcode,Eastings,Northings,doterm\nZZ11AA,401500,300500,202103\n",
    ],
)
def test_published_postcode_tables_are_known_by_their_headings_and_ended_postcodes_told(tmp_path, table):
    recipe = HEAD.replace(
        'postcode = "pcds"\neasting = "easting"\nnorthing = "northing"\n\n[green', "\n[green"
    )
    assert recipe != HEAD
    lines = (
        '[[assets]]\nname = "List"\nfile = "list.csv"\ntitle = "name"\nkind = "library"\npostcode = "pc"\n'
    )
    rows = "name,pc\nOne,zz1 1aa\n"
    found = load(write_toy(tmp_path, place_toml=recipe + lines, postcodes_csv=table, list_csv=rows))
    asset = found.assets.iloc[0]
    assert asset["postcode"] == "zz1 1aa"
    assert asset.geometry.distance(found.origins.iloc[1]) < 200
    assert notes(found) == [
        "list.csv, column “pc”: 1 row with a postcode no longer in use, such as row 2 (zz1 1aa, ended 202103); placed "
        "where it was. Ask whether they are still there."
    ]


def test_uprns_are_looked_up_before_postcodes(tmp_path):
    recipe = HEAD + '[uprns]\nfile = "uprns.csv"\n'
    lines = '[[assets]]\nname = "List"\nfile = "list.csv"\ntitle = "name"\nkind = "library"\nuprn = "UPRN"\npostcode = "pc"\n'
    rows = "name,UPRN,pc\nOne,000123,ZZ1 1AA\nTwo,,ZZ1 1AA\nThree,999,\n"
    uprns = "UPRN,X_COORDINATE,Y_COORDINATE,LATITUDE,LONGITUDE\n123,403500,300500,52.60228,-1.94976\n"
    found = load(write_toy(tmp_path, place_toml=recipe + lines, uprns_csv=uprns, list_csv=rows))
    assets = found.assets.set_index("name")
    assert (assets.geometry["One"].x, assets.geometry["Two"].x) == pytest.approx(
        (403_500, 401_500), abs=10_000
    )
    assert assets.at["One", "identifier"] == "000123"
    assert notes(found) == [
        "list.csv, row 4, column “UPRN”: The UPRN “999” is not in the place’s UPRN table. Check the UPRN, or add "
        "coordinates; it may be outside the table’s reach or no longer in use."
    ]


def test_degrees_in_columns_of_metres_are_noticed(tmp_path):
    rows = "name,x,y\nGood,400500,300500\nMixed up,-1.99,52.6\n"
    found = place(tmp_path, AT, rows)
    assert found.assets["name"].tolist() == ["Good"]
    assert notes(found) == [
        "list.csv, row 3, column “x/y”: Its easting and northing are too small; they look like a longitude and a latitude. "
        "Put in the true coordinates, or leave both cells empty."
    ]


def test_a_sensitive_kind_is_kept_of_what_is_no_venue_too_so_that_nothing_tells_of_it(tmp_path):
    lines = 'title = "name"\nkind_column = "kind"\nrole = "contact"\n'
    found = place(tmp_path / "toy", lines, "name,kind\nPhoenix,Refuge\nChess Club,Sports club\n")
    told = found.organisations.set_index("name")
    assert told.loc["Phoenix", ["kind", "role"]].tolist() == ["refuge", "contact"]
    write_feed(found, tmp_path / "feed")
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "feed").rglob("*.json"))
    assert "Chess Club" in written
    assert "Phoenix" not in written
