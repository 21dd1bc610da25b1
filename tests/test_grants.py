"""Grants are money to an organisation: told, and on no map and in no score; those to people are not kept."""

from __future__ import annotations

import csv
from decimal import Decimal

import pandas as pd
import pytest

from assetmap import PlaceError, assess, load
from assetmap.sources.grants import by_recipient, by_year
from assetmap.views import health, page
from tests.toy import RECIPE, write_toy
from tests.trafford import write_trafford

TABLE = '\n[[grants]]\nname = "Small grants"\nfile = "grants.csv"\n'
HEAD = "Identifier,Title,Description,Currency,Amount Awarded,Award Date,Recipient Org:Name,Funding Org:Name,Beneficiary Location:Geographic Code"

GRANTS = f"""{HEAD}
G1,Chess,Boards and clocks,GBP,"1,250.50",2024-04-03,Chess Club,The Council,E01000002
G2,Café,Soup,GBP,£500,03/05/2024,Corner  CAFÉ!,The Council,E01000002
G3,Choir,Songs,,300,3 June 2025,The Choir,The Lottery,E05000001
"""


def place_with(folder, grants: str = GRANTS, more: str = "", **files):
    write_toy(folder, place_toml=f"{RECIPE}{TABLE}{more}", grants_csv=grants, **files)
    return load(folder)


def told(place, file: str = "grants.csv") -> list[str]:
    return [f"{problem.severity}: {problem}" for problem in place.problems if problem.file == file]


def fate(place, name: str = "grants: Small grants") -> tuple[int, int, int, int]:
    layer = next(layer for layer in place.layers if layer.name == name)
    return layer.rows_in, layer.rows_used, layer.rows_set_aside, layer.rows_rejected


def test_a_list_of_the_standard_needs_its_name_alone(tmp_path):
    place = place_with(tmp_path)
    assert place.grants.to_dict("records") == [
        {
            "recipient": "Chess Club",
            "amount": 1250.5,
            "currency": "GBP",
            "award_date": "2024-04-03",
            "funder": "The Council",
            "purpose": "Boards and clocks",
            "area_code": "E01000002",
            "identifier": "G1",
            "list": "Small grants",
        },
        {
            "recipient": "Corner  CAFÉ!",
            "amount": 500.0,
            "currency": "GBP",
            "award_date": "2024-05-03",
            "funder": "The Council",
            "purpose": "Soup",
            "area_code": "E01000002",
            "identifier": "G2",
            "list": "Small grants",
        },
        {
            "recipient": "The Choir",
            "amount": 300.0,
            "currency": "GBP",
            "award_date": "2025-06-03",
            "funder": "The Lottery",
            "purpose": "Songs",
            "area_code": None,
            "identifier": "G3",
            "list": "Small grants",
        },
    ]
    assert place.grants["amount"].dtype == "Float64"
    assert fate(place) == (3, 3, 0, 0)
    assert told(place) == [
        "note: grants.csv, column “Beneficiary Location:Geographic Code”: 1 grant for somewhere that is no one area here, such as "
        "E05000001 in row 4. Nothing to do; they are told for the whole place."
    ]


def test_a_grant_is_no_asset_and_moves_no_score(tmp_path):
    plain, given = load(write_toy(tmp_path / "plain")), place_with(tmp_path / "given")
    assert plain.grants.empty
    pd.testing.assert_frame_equal(plain.assets, given.assets)
    pd.testing.assert_frame_equal(plain.organisations, given.organisations)
    pd.testing.assert_frame_equal(assess(plain).areas, assess(given).areas)
    assert plain.fingerprint != given.fingerprint


def test_other_headings_are_named(tmp_path):
    grants = "who;pounds;day;note\nChess Club;250;1.2.2024;left over\nThe Choir;100;2.2.2024;left over\n"
    more = 'recipient = "who"\namount = "pounds"\naward_date = "day"\npurpose = "note"\nwhere = { who = "The Choir" }\n'
    place = place_with(tmp_path, grants, more)
    assert place.grants[["recipient", "amount", "award_date", "purpose", "funder"]].to_numpy().tolist() == [
        ["The Choir", 100.0, "2024-02-02", "left over", ""]
    ]
    assert fate(place) == (2, 1, 1, 0)


@pytest.mark.parametrize(
    ("grants", "more", "message"),
    [
        (
            "who,pounds\nChess Club,250\n",
            "",
            "grants.csv: Its headings do not say who received the grants. Name the column recipient in [[grants]], from: who, pounds.",
        ),
        (
            "who,pounds\nChess Club,250\n",
            'recipient = "name"',
            "grants.csv, column “name”: There is no column “name” (named as recipient in [grants]). The file has: who, pounds.",
        ),
        (
            "Recipient Org:Name,Amount Awarded,Amount Awarded\nChess Club,250,250\n",
            "",
            "grants.csv, column “Amount Awarded”: There is more than one column “Amount Awarded”. Rename one of them.",
        ),
    ],
)
def test_a_list_that_cannot_be_read_says_why(tmp_path, grants, more, message):
    with pytest.raises(PlaceError) as raised:
        place_with(tmp_path, grants, more)
    assert [str(problem) for problem in raised.value.problems] == [message]


ODD = f"""{HEAD}
G1,,,GBP,lots,2024-04-03,A,F,
G2,,,GBP,"1.234,56",2024-04-03,B,F,
G3,,,GBP,,2024-04-03,C,F,
G4,,,GBP,-500,2024-04-03,D,F,
G5,,,GBP,(20.00),2024-04-03,E,F,
G6,,,EUR,700,2024-04-03,G,F,
G7,,,eur,50,2024-04-03,H,F,
G8,,,GBP,1,2019/20,I,F,
G9,,,GBP,2,2024-13-01,J,F,
G10,,,GBP,3,,K,F,
G11,,,GBP,4,2024-04-03T09:00:00Z,,F,
G12,,,GBP,5,2024-04-03T09:00:00Z,L,F,
G12,,,GBP,5,2024-04-03,L,F,
"""


def test_what_cannot_be_used_is_told_and_the_grant_is_kept(tmp_path):
    place = place_with(tmp_path, ODD)
    amount, day = "grants.csv, column “Amount Awarded”: ", "grants.csv, column “Award Date”: "
    assert told(place) == [
        "rejected: grants.csv, row 12, column “Recipient Org:Name”: It does not say which organisation received the grant. "
        "Fill in its name.",
        "duplicate: grants.csv, row 14, column “Identifier”: The grant “G12” is told a second time; the first is used. "
        "Remove one, or give each its own identifier.",
        f"note: {amount}2 grants whose amount is not understood, such as “lots” in row 2. Kept, and the amount is not known; "
        "write a number such as 1250.50.",
        f"note: {amount}1 grant without an amount, such as that in row 4. Kept, and the amount is not known.",
        f"note: {amount}2 grants of less than nothing, such as -500.00 in row 5. Taken as money given back, which lowers the "
        "totals; mend it if it is a mistake.",
        "note: grants.csv, column “Currency”: 2 grants in EUR (750.00 together), such as that in row 7. Kept, and left out of "
        "the totals, which are in pounds.",
        f"note: {day}2 grants whose date is not understood, such as “2019/20” in row 9. Kept, and the date is not known; write a "
        "date such as 2026-03-31.",
        f"note: {day}1 grant without a date, such as that in row 11. Kept, and the date is not known.",
    ]
    assert fate(place) == (13, 11, 1, 1)
    assert by_year(place.grants).reset_index().to_numpy().tolist() == [["", 3, 6.0], ["2024", 8, -515.0]]


def test_nothing_known_is_not_nought(tmp_path):
    place = place_with(tmp_path, f"{HEAD}\nG1,,,GBP,,2024-04-03,A,F,\nG2,,,EUR,5,2024-04-03,A,F,\n")
    assert by_year(place.grants)["pounds"].isna().tolist() == [True]
    assert '<td class="am-number">not known</td>' in page.grants_html(place)


def test_one_grant_in_two_lists_counts_once(tmp_path):
    more = '[[grants]]\nname = "Everything"\nfile = "all.csv"\n'
    place = place_with(
        tmp_path,
        GRANTS,
        more,
        all_csv=f"{GRANTS}G4,,,GBP,10,2024-01-01,The Choir,F,\n,,,GBP,10,2024-01-01,X,F,\n",
    )
    assert place.grants["identifier"].tolist() == ["G1", "G2", "G3", "G4", ""]
    assert fate(place, "grants: Everything") == (5, 2, 3, 0)
    assert (
        "duplicate: all.csv, row 2, column “Identifier”: The grant “G1” is told a second time; the first is used. Remove one, or "
        "give each its own identifier." in told(place, "all.csv")
    )


# -- people ---------------------------------------------------------------------------------------

PEOPLE = """Recipient Org:Name,Recipient Ind:Name,Recipient Ind:Identifier,Recipient Org:Identifier,Amount Awarded,Award Date,Description,type
Chess Club,,,GB-CHC-1,10,2024-01-01,Boards,
,Wilhelmina Secret,360G-X-IND-0001,,lots of secret money,2024-01-01,Secret cooker,
Wilhelmina Secret,,,360G-X-IND-0002,10,2024-01-01,Secret fridge,
Individual Recipient,,,,10,2024-01-01,Secret bed,
Mrs W. Secret,,,,10,not a date,Secret chair,
mr and mrs secret,,,,10,2024-01-01,Secret table,
Secret & Daughter,,,,10,2024-01-01,Secret van,Individual (sole trader)
Miss Marple Society,,,,10,2024-01-01,Books,Charity
"""


def test_of_a_grant_to_a_person_nothing_is_kept_but_the_count(tmp_path):
    place = place_with(tmp_path, PEOPLE, 'recipient_type = "type"\n')
    assert place.grants["recipient"].tolist() == ["Chess Club", "Miss Marple Society"]
    assert told(place) == [
        "note: grants.csv: 6 grants to people rather than organisations: left out, and nothing of them is kept. Nothing to do. If "
        "one is an organisation’s, say so in a column, named as recipient_type."
    ]
    assert fate(place) == (8, 2, 6, 0)
    everything = [
        place.grants.to_csv(),
        repr(place.problems),
        page.grants_html(place),
        health.notes_html(place),
    ]
    assert not any("secret" in text.casefold() for text in everything)


def test_a_list_of_grants_to_people_alone_is_an_empty_list(tmp_path):
    place = place_with(tmp_path, "Recipient Org:Name,Amount Awarded,Award Date\nindividual,5,2024-01-01\n")
    assert place.grants.empty
    assert fate(place) == (1, 0, 1, 0)
    assert page.grants_html(place) == ""


def test_where_a_refuge_is_does_not_show_by_its_grant(tmp_path):
    place = place_with(tmp_path, f"{HEAD}\nG1,,,GBP,5,2024-01-01,Toytown Women's Aid,F,E01000002\n")
    assert place.grants["area_code"].isna().tolist() == [True]
    assert told(place) == [
        "note: grants.csv, column “Recipient Org:Name”: 1 grant to organisations of a sensitive kind, such as a refuge: told for the "
        "whole place and for no area. Nothing to do; where they are could put people at risk."
    ]


# -- what is told of them -------------------------------------------------------------------------


def test_recipients_are_found_in_the_lists_by_their_exact_name_in_plain_words(tmp_path):
    contacts = '[[assets]]\nname = "Charities"\nfile = "charities.csv"\ntitle = "name"\nrole = "contact"\n'
    place = place_with(
        tmp_path, f"{GRANTS}G4,,,GBP,10,2024-01-01,chess club,F,\nG5,,,EUR,9,2024-01-01,Choir,F,\n", contacts, charities_csv="name\nTHE CHOIR\n"
    )  # fmt: skip
    found = by_recipient(place.grants, place.assets["name"], place.organisations["name"])
    assert found.fillna(-1).to_numpy().tolist() == [
        ["Chess Club", 2, 1260.5, "mapped"],
        ["Corner  CAFÉ!", 1, 500.0, "mapped"],
        ["The Choir", 1, 300.0, "listed"],
        ["Choir", 1, -1, ""],
    ]
    told = page.grants_html(place)
    assert (
        "<p>5 grants to 4 organisations. 2 of them have the name of a place or group on the map, and 1 that of an"
        in told
    )
    assert "<span>£2,060 in all, by the year of the award.</span>" in told
    assert '<th scope="row">2025</th><td class="am-number">1</td><td class="am-number">£300</td>' in told


def test_names_are_escaped_where_they_show(tmp_path):
    place = place_with(tmp_path, f"{HEAD}\nG1,,,GBP,5,2024-01-01,<script>alert(1)</script>,F,\n")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.grants_html(place)
    assert "<script>" not in page.grants_html(place)


def test_a_workbook_goes_in_as_well(tmp_path):
    write_toy(tmp_path, place_toml=RECIPE + TABLE.replace(".csv", ".xlsx"))
    frame = pd.DataFrame(
        {
            "Recipient Org:0:Name": ["Chess Club"],
            "Amount Awarded": [1250.5],
            "Award Date": [pd.Timestamp("2024-04-03")],
        }
    )
    frame.to_excel(tmp_path / "grants.xlsx", index=False)
    place = load(tmp_path)
    assert place.grants[["recipient", "amount", "award_date"]].to_numpy().tolist() == [
        ["Chess Club", 1250.5, "2024-04-03"]
    ]


@pytest.mark.realdata
def test_traffords_voluntary_sector_grants(realdata, tmp_path):
    file = realdata / "trafford/assets/council__trafford_council_voluntary_sector_grants.csv"
    folder = write_trafford(tmp_path, realdata)
    recipe = (folder / "place.toml").read_text(encoding="utf-8")
    table = f'\n[[grants]]\nname = "Voluntary sector"\nfile = "{file.as_posix()}"\n'
    named = recipe.replace('role = "contact"\n', 'role = "contact"\ntitle = "charity_name"\n')
    (folder / "place.toml").write_text(named + table, encoding="utf-8")
    place = load(folder)
    assert fate(place, "grants: Voluntary sector") == (555, 555, 0, 0)
    assert told(place, file.name) == [
        f"note: {file.name}, column “Beneficiary Location:Geographic Code”: 555 grants for somewhere that is no one area here, such as "
        "E08000009 in row 2. Nothing to do; they are told for the whole place."
    ]
    # By other means: the csv module and exact decimals.
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    total = sum(Decimal(row["Amount Awarded"]) for row in rows)
    assert total == Decimal("1291436.54")
    years = by_year(place.grants)
    assert years["pounds"].sum() == pytest.approx(float(total))
    assert years["grants"].to_dict() == {
        year: sum(row["Award Date"].startswith(year) for row in rows)
        for year in sorted({row["Award Date"][:4] for row in rows})
    }
    found = by_recipient(place.grants, place.assets["name"], place.organisations["name"])
    assert len(found) == 347
    assert found["standing"].value_counts().to_dict() == {"mapped": 12, "listed": 25, "": 310}
