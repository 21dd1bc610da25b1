"""Every number in the words on an area is a figure of the files, or counts their rows: found again from the CSV files alone."""

from __future__ import annotations

import math
import re

import pandas as pd
import pytest

from assetmap import assess, load
from assetmap.evidence import evidence, with_evidence
from assetmap.gaps import STANDARDS
from assetmap.options import family
from assetmap.taxonomy import kinds, themes
from assetmap.uncertainty import uncertainty, with_bands
from assetmap.views.export import write
from assetmap.views.questions import asked_of, questions
from assetmap.views.report import accounts
from assetmap.what_if import one_more
from tests.trafford import write_trafford

THEME_OF = {label.lower(): theme for theme, label in themes().items()}


class Files:
    """The files of a gap analysis, as somebody reads them who has nothing else."""

    def __init__(self, folder, assessment, found):
        write(assessment, folder, found)
        self.areas = pd.read_csv(folder / "areas.csv", index_col="area_code")
        self.access = pd.read_csv(folder / "access.csv", keep_default_na=False, na_values=[""])
        self.switched = pd.read_csv(folder / "uncertainty.csv")
        self.settings = assessment.settings
        self.rejected = sum(each.rows_rejected for each in assessment.place.layers if each.table == "assets")
        self.index_name = assessment.place.deprivation_index


class Claims:
    """What the words on one area claim, each checked against the files and then taken out of the text."""

    def __init__(self, files: Files, code: str, more: pd.DataFrame):
        self.files, self.code, self.area = files, code, files.areas.loc[code]
        self.more = more[more["area_code"] == code].set_index("theme")

    def unfounded(self, text: str) -> str:
        """What is left of a text with a number in it when every claim that the files bear out is taken out; empty if none."""
        left = text
        for fixed in self.said_in_full():
            left = left.replace(fixed, "")
        theme = self.theme(left)
        for pattern, holds in self.of_area() + (self.of_theme(theme) if theme else []):
            left = re.sub(
                pattern, lambda found, holds=holds: "" if holds(*found.groups()) else found[0], left
            )
        return left if re.search(r"\d", left) else ""

    def said_in_full(self) -> list[str]:
        """Texts that are cells of the files, or names."""
        area, files = self.area, self.files
        cells = [
            area["distance_method"],
            area["resource_base"],
            area["area_name"],
            self.code,
            files.index_name,
        ]
        evident = [
            area[f"{theme}_evidence_words"] for theme in themes() if pd.notna(area[f"{theme}_evidence_words"])
        ]
        cells += [f"{words[0].lower()}{words[1:]}" for words in evident]
        cells += [standard.source for standard in STANDARDS]
        cells += [f"{each.axis}, {each.choice}" for each in files.switched.itertuples()]
        cells += list(family().shortfalls.values())
        return sorted((str(each) for each in cells if pd.notna(each)), key=len, reverse=True)

    def theme(self, text: str) -> str | None:
        found = re.match(
            r"(?:Strong on |What is here to build on: )?([A-Za-z ]+?)(?: \(|: |, one more)", text
        )
        return THEME_OF.get(found[1].lower()) if found else None

    def rank(self, rank: str, of: str) -> bool:
        return float(rank) == self.area["resource_rank"] and number(of) == self.area["resource_of"]

    def of_area(self):
        area, files, settings = self.area, self.files, self.files.settings
        known = files.areas[files.areas["resource_rank"].notna()]
        low = math.floor(round(settings.low_resource_share * area["resource_of"], 9) * 2) / 2
        decile = area["deprivation_decile"]

        def share(column: str):
            def holds(percent: str) -> bool:
                return f"{area[column] * 100:.0f}" == percent

            return holds

        return [
            (r"\(?1 = (?:fewest|most deprived)\)?", lambda: True),
            (
                r"Priority (?:neighbourhood, number )?(\d+) of (\d+)",
                lambda own, of: (
                    int(own) == area["priority_rank"] and int(of) == files.areas["priority"].sum()
                ),
            ),
            (r"Priority (\d+)", lambda own: int(own) == area["priority_rank"]),
            (
                r"Low means the ([\d.]+) % of them with the fewest: rank ([\d.]+) of ([\d,]+)",
                lambda part, rank, of: (
                    math.isclose(float(part), settings.low_resource_share * 100)
                    and float(rank) == low
                    and number(of) == area["resource_of"]
                ),
            ),
            (r"This area has rank ([\d.]+)", lambda rank: float(rank) == area["resource_rank"]),
            (
                r"\brank ([\d.]+) of ([\d,]+)(?: \([^)]*\))?, (?:still|no longer|not) low, [^.]*",
                lambda rank, of: False,
            ),
            (r"\brank ([\d.]+) of ([\d,]+)", self.rank),
            (
                r"shared with (\d+) more",
                lambda others: int(others) == (known["resource_rank"] == area["resource_rank"]).sum() - 1,
            ),
            (
                r"between ([\d.]+) and ([\d.]+) in nine",
                lambda a, b: (float(a), float(b)) == (area["rank_low"], area["rank_high"]),
            ),
            (r"([\d.]+) in nine of ten", lambda a: float(a) == area["rank_low"] == area["rank_high"]),
            (r"High means decile (\d+)", lambda high: int(high) == settings.high_deprivation_decile),
            (
                r"were high deprivation to mean decile (\d+) or lower",
                lambda high: int(high) in (decile, decile - 1),
            ),
            (r", decile (\d+)(?= *\.?$)", lambda own: int(own) == area["resource_decile"]),
            (r"decile (\d+)", lambda own: int(own) == decile),
            (r"Residents: ([\d,]+)", lambda people: number(people) == area["population"]),
            (r"serve this area: ([\d,]+)", lambda bodies: number(bodies) == area["organisations_serving"]),
            (
                r"for (\d+)% of residents",
                lambda percent: any(
                    f"{1 - area.get(f'{each.theme}_share_15_min', 9):.0%}" == f"{percent}%"
                    for each in STANDARDS
                ),
            ),
            (
                r"\(the nearest is (\d+) minutes? away\)",
                lambda walk: any(
                    begun(area[f"{each.theme}_walk_min"]) == int(walk)
                    for each in STANDARDS
                    if area[each.column] in (True, "True")
                ),
            ),
            (r"a priority in (\d+) % of draws", share("priority_share")),
            (r"a priority in under 1 %", lambda: 0 < area["priority_share"] < 0.01),
            (r"a priority in over 99 %", lambda: 0.99 < area["priority_share"] < 1),
            (r"fewest resources in (\d+) % of draws", share("lowest_share")),
            (r"fewest resources in under 1 %", lambda: 0 < area["lowest_share"] < 0.01),
            (r"fewest resources in over 99 %", lambda: 0.99 < area["lowest_share"] < 1),
            (
                r"(?:a|close to the|the) (\d+)-minute (?:walk|standard)",
                lambda limit: (
                    int(limit) in {settings.catchment_min, *(each.within_min for each in STANDARDS)}
                ),
            ),
            (
                r"the same for all areas: (\d+) minutes on foot",
                lambda limit: int(limit) in {each.within_min for each in STANDARDS},
            ),
            (r"([\d,]+) rows? of the asset lists", lambda rows: number(rows) == files.rejected),
            (
                r"one of (\d+) choices|(?:None )?[Oo]f (\d+) choices",
                lambda *told: any(each and int(each) == len(files.switched) for each in told),
            ),
            (r"it would (?:not )?be a priority with (\d+):", lambda flips: int(flips) == self.flips()),
        ]

    def flips(self) -> int:
        column = "drop_out" if self.area["priority"] else "come_in"
        return sum(f"{self.code} " in str(told) for told in self.files.switched[column])

    def of_theme(self, theme: str):
        area, areas = self.area, self.files.areas
        known = areas[areas[f"{theme}_reach"].notna()]
        count, walk, reach = (area[f"{theme}_{name}"] for name in ("count", "walk_min", "reach"))

        def one_more(rank: str, of: str, low: str, priority: str) -> bool:
            then = self.more.loc[theme]
            lows = {
                True: "still low" if area["resource_low"] else "low",
                False: "no longer low" if area["resource_low"] else "not low, as now",
            }
            firsts = {
                True: "still a priority" if area["priority"] else "a priority",
                False: "no longer a priority" if area["priority"] else "not a priority, as now",
            }
            return (float(rank), number(of), low, priority) == (
                then["rank_then"],
                area["resource_of"],
                lows[bool(then["low_then"])],
                firsts[bool(then["priority_then"])],
            )

        return [
            (
                r"rank ([\d.]+) of ([\d,]+) *(?:\(1 = fewest\))?, (still low|low|no longer low|not low, as now), ([^.]*)",
                one_more,
            ),
            (
                r"with the nearest (\d+) minutes? nearer",
                lambda minutes: begun(self.more.at[theme, "minutes_nearer"]) == int(minutes),
            ),
            (
                r"([\d.]+) places of ([\d.]+) kinds?",
                lambda places, sorts: amount(count) == places and amount(area[f"{theme}_kinds"]) == sorts,
            ),
            (r"the nearest(?: known is)? (\d+) minutes? away", lambda minutes: begun(walk) == int(minutes)),
            (
                r"one place within ([^,;]*), (\d+) minutes? away",
                lambda _, minutes: count == 1 and begun(walk) == int(minutes),
            ),
            (
                r"the nearest is ([\d.]+) minutes away by this measure",
                lambda minutes: f"{walk:.1f}" == minutes,
            ),
            (
                r"at least half of the areas here have ([\d.]+) or more",
                lambda half: (known[f"{theme}_count"] >= float(half)).mean() >= 0.5 and count < float(half),
            ),
            (
                r"in at least half of the areas here the nearest is within (\d+) minutes?",
                lambda limit: (known[f"{theme}_walk_min"] <= int(limit)).mean() >= 0.5 and walk > int(limit),
            ),
            (
                r"([\d,]+) of ([\d,]+) areas here have more",
                lambda others, of: (
                    number(others) == (known[f"{theme}_reach"] > reach).sum() and number(of) == len(known)
                ),
            ),
            (
                r"the same is so in ([\d,]+) of ([\d,]+) areas",
                lambda same, of: (
                    number(same) == (known[f"{theme}_count"] == 0).sum() and number(of) == len(known)
                ),
            ),
        ]


def number(text: str) -> float:
    return float(text.replace(",", ""))


def amount(count: float) -> str:
    return f"{count:.0f}" if count == round(count) else f"{count:.1f}"


def begun(minutes: float) -> float:
    """Begun minutes, of a figure with four decimals."""
    return math.nan if pd.isna(minutes) else max(1, math.ceil(round(minutes, 4)))


def made(place, folder):
    assessment = assess(place)
    found = uncertainty(assessment, draws=200)
    files = Files(folder, assessment, found)
    whole = with_evidence(with_bands(assessment, found), evidence(assessment))
    return whole, found, files


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return made(load("demo"), tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def trafford(realdata, tmp_path_factory):
    place = load(write_trafford(tmp_path_factory.mktemp("trafford"), realdata))
    return made(place, tmp_path_factory.mktemp("out"))


PLACES = ["demo", pytest.param("trafford", marks=pytest.mark.realdata)]


@pytest.mark.parametrize("name", PLACES)
def test_every_number_in_the_words_on_every_area_is_in_the_files(name, request):
    whole, _, files = request.getfixturevalue(name)
    none = pd.DataFrame(columns=["area_code", "theme"])
    seen = 0
    wrong = []
    for code, account in accounts(whole).items():
        claims = Claims(files, code, none)
        row = whole.areas.loc[code]
        # A strength of several themes is told theme by theme.
        strengths = re.split(r"; (?=[a-z ]+ \()", row["strengths"])
        texts = [
            *strengths,
            row["reason"],
            account.headline,
            *account.facts,
            *account.strengths,
            *account.thin,
        ]
        texts += [account.verdict, *account.how_sure]
        seen += sum(len(re.findall(r"\d+", text)) for text in texts)
        wrong += [f"{code}: {left} | {text}" for text in texts if (left := claims.unfounded(text))]
    assert wrong == []
    assert seen > 1_000


@pytest.mark.parametrize("name", PLACES)
def test_every_number_in_the_questions_is_in_the_files(name, request):
    whole, found, files = request.getfixturevalue(name)
    # Of every area in the demo town; elsewhere of those that are asked about.
    codes = list(whole.areas.index) if name == "demo" else asked_of(whole)
    more = one_more(whole, codes).round(4)
    wrong = []
    for told in questions(whole, found, more, codes):
        claims = Claims(files, told.account.area_code, more)
        texts = [answer for given in told.answers.values() for answer in given]
        wrong += [
            f"{told.account.area_code}: {left} | {text}" for text in texts if (left := claims.unfounded(text))
        ]
    assert wrong == []


@pytest.mark.parametrize("name", PLACES)
def test_what_options_build_on_is_in_the_table_of_access(name, request):
    whole, _, files = request.getfixturevalue(name)
    words = {form: kind.kind for kind in kinds().values() for form in (kind.plural, kind.label.lower())}
    checked = 0
    for code, account in accounts(whole).items():
        here = files.access[files.access["area_code"] == code].set_index("kind")["count_15_min"]
        for option in account.options:
            for places, named in re.findall(r"([\d.]+) ((?:(?! and \d|, \d| within).)+)", option.builds_on):
                if named.startswith(("more kind", "-minute")) or named == "15":
                    continue
                assert amount(here[words[named.lower() if named.lower() in words else named]]) == places
                checked += 1
            more = re.search(r"and ([\d]+) more kind", option.builds_on)
            if more:
                carrying = [
                    kind
                    for kind, places in here.items()
                    if isinstance(kind, str) and places > 0 and option.approach in kinds()[kind].approaches
                ]
                assert int(more[1]) == len(carrying) - 3
    assert checked > 100


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Residents: 1,678.", "1,678"),
        ("Hubs: 2 places of 2 kinds within a 15-minute walk, the nearest 10 minutes away.", "2 places"),
        ("Groups: 2 places of 2 kinds within a 15-minute walk, the nearest 11 minutes away.", "11"),
        ("Groups: 2 places of 2 kinds within a 20-minute walk, the nearest 10 minutes away.", "20"),
        ("Not a priority: social resources are not low (rank 2 of 60, 1 = fewest).", "rank 2"),
    ],
)
def test_a_wrong_number_is_found(demo, text, left):
    whole, _, files = demo
    first = whole.priorities.index[0]
    assert left in Claims(files, first, pd.DataFrame(columns=["area_code", "theme"])).unfounded(text)
