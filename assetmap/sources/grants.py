"""Lists of grants: money given to an organisation, which is no asset, is never mapped and never scored."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

import pandas as pd

from assetmap.errors import Problem, counted
from assetmap.sources.cells import as_date
from assetmap.sources.files import fatal, require_columns
from assetmap.sources.recipe import Entry
from assetmap.sources.rows import read_rows
from assetmap.sources.tables import to_numbers
from assetmap.taxonomy import plain_words, sensitive_name

__all__ = ["by_recipient", "by_year", "no_grants", "read_grants"]

#: The headings of the 360Giving Data Standard for what a grant says; the first that a table has is used.
_HEADINGS = {
    "recipient": ("recipient org:name",),
    "amount": ("amount awarded",),
    "currency": ("currency",),
    "award_date": ("award date",),
    "funder": ("funding org:name",),
    "purpose": ("description", "title"),
    "code": ("beneficiary location:geographic code",),
    "identifier": ("identifier",),
}

#: It says by these headings that a grant went to a person; what stands there is read for that alone.
_OF_A_PERSON = ("recipient ind:", "to individuals details:")

#: What lists write for a person: as the recipient's type, and in place of the name. Source: the 360Giving Data
#: Standard's guidance on grants to individuals, and the words of councils.
_PEOPLE = {
    "individual", "individuals", "individual recipient", "individual grant recipient", "private individual", "person",
    "family", "household", "resident", "anonymous", "anonymised", "redacted", "name withheld", "withheld",
}  # fmt: skip

#: An identifier of the standard for a person, such as 360G-Funder-IND-0001; and a name that begins as a person's.
_PERSONS_NUMBER = re.compile(r"^360G-.+-IND-", re.IGNORECASE)
_PERSONS_NAME = re.compile(
    r"(mr|mrs|ms|miss|mx)( (and|&) (mr|mrs|ms|miss|mx))?\.? [\w'’-]+\.?( [\w'’-]+)?", re.IGNORECASE
)

_POUNDS = {"", "£", "GBP", "POUND", "POUNDS", "STERLING", "POUNDS STERLING"}
_AMOUNT = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")


def no_grants() -> pd.DataFrame:
    """A table of grants without a row."""
    columns = "recipient amount currency award_date funder purpose area_code identifier list".split()
    return pd.DataFrame(columns=columns, dtype=object).astype({"amount": "Float64", "area_code": "string"})


def read_grants(
    entry: Entry, areas: pd.DataFrame, seen: Collection[str] = ()
) -> tuple[pd.DataFrame, list[Problem], int]:
    """The grants of one list to organisations; the problems; the rows read.

    The columns of the 360Giving Data Standard are known by their headings; the recipe may name others. A grant to a
    person is dropped here, whole: only how many there are goes on. An amount, date or code that cannot be used is
    told, and its grant stays without it.

    Parameters
    ----------
    entry
        The table of the recipe.
    areas
        The areas of the place, indexed by code.
    seen
        Identifiers of grants that lists before this one have told.

    Returns
    -------
    DataFrame
        ``recipient``, ``amount`` (in ``currency``; NA where not known), ``currency`` (GBP where the list says none),
        ``award_date`` (ISO date, "" where not known), ``funder``, ``purpose``, ``area_code`` (NA where it is for no one
        area of the place), ``identifier`` and ``list``. All but the amount are texts.
    """
    listed = read_rows(entry)
    entry, table = entry.saying(_known_by_heading(entry, listed.table)), listed.table
    if entry.get("recipient") is None:
        remedy = f"Name the column recipient in [[grants]], from: {', '.join(map(str, table.columns))[:300]}."
        raise fatal(entry, "Its headings do not say who received the grants.", remedy)
    require_columns(entry, table, (*_HEADINGS, "recipient_type"))
    problems = list(listed.problems)

    people = _to_people(entry, table)
    if people.any():
        number = counted(int(people.sum()), "grant")
        what = f"{number} to people rather than organisations: left out, and nothing of them is kept."
        remedy = "Nothing to do. If one is an organisation’s, say so in a column, named as recipient_type."
        problems.append(Problem(entry.file, what, remedy, severity="note"))
    table = table[~people]
    named = table[entry.get("recipient")] != ""
    for row in table.index[~named].astype(int):
        what = "It does not say which organisation received the grant."
        problems.append(
            Problem(entry.file, what, "Fill in its name.", row, entry.get("recipient"), "rejected")
        )
    table = table[named]
    numbers = _texts(entry, table, "identifier")
    twice = (numbers != "") & (numbers.duplicated() | numbers.isin(seen))
    for row in table.index[twice].astype(int):
        what = f"The grant “{numbers[row]}” is told a second time; the first is used."
        remedy = "Remove one, or give each its own identifier."
        problems.append(Problem(entry.file, what, remedy, row, entry.get("identifier"), "duplicate"))
    table = table[~twice]
    texts = {key: _texts(entry, table, key) for key in _HEADINGS}
    currency = texts["currency"].str.upper()
    here = texts["code"].isin(areas.index)
    unsafe = here & texts["recipient"].where(here, "").map(sensitive_name).notna()
    grants = pd.DataFrame(
        {
            "recipient": texts["recipient"],
            "amount": _amounts(texts["amount"]),
            "currency": currency.mask(currency.isin(_POUNDS), "GBP"),
            "award_date": texts["award_date"].map(
                {each: as_date(each) for each in texts["award_date"].unique()}
            ),
            "funder": texts["funder"],
            "purpose": texts["purpose"],
            "area_code": texts["code"].astype("string").where(here & ~unsafe),
            "identifier": texts["identifier"],
            "list": entry.get("name"),
        }
    )
    problems += _told(entry, grants, texts, here, unsafe)
    return grants.reset_index(drop=True), problems, listed.rows_in


def _texts(entry: Entry, table: pd.DataFrame, key: str) -> pd.Series:
    column = entry.get(key)
    return table[column] if column else pd.Series("", index=table.index, dtype=object)


def _heading(column: object) -> str:
    """A heading in small letters, without the number that flattened files give to the first of several."""
    return str(column).casefold().replace(":0:", ":")


def _known_by_heading(entry: Entry, table: pd.DataFrame) -> dict[str, str]:
    columns = [str(column) for column in table.columns]
    known = {}
    for key, headings in _HEADINGS.items():
        found = [column for heading in headings for column in columns if _heading(column) == heading]
        if found and entry.get(key) is None:
            if columns.count(found[0]) > 1:
                raise fatal(
                    entry, f"There is more than one column “{found[0]}”.", "Rename one of them.", found[0]
                )
            known[key] = found[0]
    return known


def _to_people(entry: Entry, table: pd.DataFrame) -> pd.Series:
    """Which grants went to a person, as far as the list lets one tell."""
    marked = pd.Series(False, index=table.index)
    for number, column in enumerate(map(_heading, table.columns)):
        cells = table.iloc[:, number]
        if column.startswith(_OF_A_PERSON):
            marked |= cells != ""
        elif column == "recipient org:identifier":
            marked |= cells.str.match(_PERSONS_NUMBER)
    names = table[entry.get("recipient")]
    named = names.map(plain_words).isin(_PEOPLE) | names.str.fullmatch(_PERSONS_NAME)
    if entry.get("recipient_type"):
        said = table[entry.get("recipient_type")].map(plain_words).astype(str)
        return marked | said.isin(_PEOPLE) | said.str.startswith("individual") | (named & (said == ""))
    return marked | named


def _amounts(text: pd.Series) -> pd.Series:
    """Amounts of money from text such as "£1,250.50" or "(500)", which is accountants' minus; NA where it is none."""
    plain = text.str.replace(r"£|GBP|\s", "", regex=True).str.replace(r"^\((.*)\)$", r"-\1", regex=True)
    return to_numbers(plain.where(plain.str.fullmatch(_AMOUNT).astype(bool), ""))


def _told(
    entry: Entry, grants: pd.DataFrame, texts: Mapping[str, pd.Series], here: pd.Series, unsafe: pd.Series
) -> list[Problem]:
    """What there is to know of grants that are kept."""
    told = []

    def tell(rows: pd.Series, key: str, what: Callable[[int], str], remedy: str) -> None:
        if rows.any():
            number, first = counted(int(rows.sum()), "grant"), int(rows.index[rows][0])
            told.append(Problem(entry.file, f"{number} {what(first)}.", remedy, None, entry.get(key), "note"))

    amount, day, code = (texts[key].astype(str) for key in ("amount", "award_date", "code"))
    no_amount, no_day = grants["amount"].isna(), grants["award_date"] == ""
    tell(
        no_amount & (amount != ""),
        "amount",
        lambda row: f"whose amount is not understood, such as “{amount[row]}” in row {row}",
        "Kept, and the amount is not known; write a number such as 1250.50.",
    )
    tell(
        no_amount & (amount == ""),
        "amount",
        lambda row: f"without an amount, such as that in row {row}",
        "Kept, and the amount is not known.",
    )
    tell(
        (grants["amount"] < 0).fillna(False).astype(bool),
        "amount",
        lambda row: f"of less than nothing, such as {grants['amount'][row]:,.2f} in row {row}",
        "Taken as money given back, which lowers the totals; mend it if it is a mistake.",
    )
    for unit in sorted(set(grants["currency"]) - {"GBP"}):
        foreign = grants["currency"] == unit
        total = grants["amount"][foreign].sum()
        tell(
            foreign,
            "currency",
            lambda row, unit=unit, total=total: (
                f"in {unit} ({total:,.2f} together), such as that in row {row}"
            ),  # type: ignore[misc]
            "Kept, and left out of the totals, which are in pounds.",
        )
    tell(
        no_day & (day != ""),
        "award_date",
        lambda row: f"whose date is not understood, such as “{day[row]}” in row {row}",
        "Kept, and the date is not known; write a date such as 2026-03-31.",
    )
    tell(
        no_day & (day == ""),
        "award_date",
        lambda row: f"without a date, such as that in row {row}",
        "Kept, and the date is not known.",
    )
    tell(
        (code != "") & ~here,
        "code",
        lambda row: f"for somewhere that is no one area here, such as {code[row]} in row {row}",
        "Nothing to do; they are told for the whole place.",
    )
    tell(
        unsafe,
        "recipient",
        lambda _: (
            "to organisations of a sensitive kind, such as a refuge: told for the whole place and for no area"
        ),
        "Nothing to do; where they are could put people at risk.",
    )
    return told


def by_year(grants: pd.DataFrame) -> pd.DataFrame:
    """What was given in each calendar year, earliest first: ``grants`` (how many) and ``pounds``; "" is no known year."""
    return _totals(grants, grants["award_date"].str[:4].rename("year"))


def by_recipient(grants: pd.DataFrame, mapped: Collection[str], listed: Collection[str]) -> pd.DataFrame:
    """What each organisation was given, the most first, and whether it is on a list of the place.

    Names are compared in plain words, exactly: nothing is guessed, so an organisation under another name counts apart.

    Parameters
    ----------
    grants
        As `read_grants` gives them.
    mapped
        Names of the assets on the map.
    listed
        Names of organisations that are listed and not mapped.

    Returns
    -------
    DataFrame
        ``recipient`` (as first written), ``grants`` (how many), ``pounds``, ``standing`` ("mapped", "listed" or "").
    """
    spoken = grants["recipient"].map(lambda name: plain_words(name) or name.casefold())
    totals = _totals(grants, spoken.rename("spoken"))
    totals.insert(0, "recipient", grants["recipient"].groupby(spoken).first())
    standing = pd.Series("", index=totals.index, dtype=object)
    for word, names in (("listed", listed), ("mapped", mapped)):
        standing[totals.index.isin({plain_words(name) for name in names} - {""})] = word
    totals["standing"] = standing
    return totals.sort_values(["pounds", "recipient"], ascending=[False, True]).reset_index(drop=True)


def _totals(grants: pd.DataFrame, key: pd.Series) -> pd.DataFrame:
    pounds = grants["amount"].where(grants["currency"] == "GBP").groupby(key)
    return pd.DataFrame(
        {"grants": grants["recipient"].groupby(key).size(), "pounds": pounds.sum(min_count=1)}
    )
