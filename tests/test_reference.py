"""Areas compared with those of another place: by hand on toys, refused wherever anything differs, and on England."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from assetmap import PlaceError, SettingsError, assess, index, load, write
from assetmap.cli import app
from assetmap.model import NORMALISATIONS, Place, Settings
from assetmap.reference import reference_of
from assetmap.sources import save
from assetmap.sources.reference import reference_text
from assetmap.uncertainty import ONLY_WITHIN, uncertainty, with_bands
from assetmap.views import page, report
from tests.toy import CODES, RECIPE, VENUES, write_toy

REFERENCE = '\n[reference]\nfile = "reference.json"\nsource = "Us"\nlicence = "OGL v3"\n'
COMPARED = Settings(resource_base="reference")
WITHIN = "or compare within the place: resource_base = “place”."
ANEW = "make the reference anew (assetmap reference) from a place that agrees with this one in that"


def with_reference(
    folder: Path, recipe: str = RECIPE, of: str = RECIPE, settings: str = "", **files: str
) -> Place:
    """The toy place with a reference made of the toy place as `of` has it, judged by `settings`."""
    large = load(write_toy(folder / "large", place_toml=of.replace("Toytown", "Toyland") + settings))
    text = reference_text(reference_of(large))
    return load(write_toy(folder / "toy", place_toml=recipe + REFERENCE, reference_json=text, **files))


# -- the arithmetic --------------------------------------------------------------------------------


def test_an_area_stands_between_those_that_have_more_and_those_that_have_less():
    """Of ten areas with 1 to 10: 3 has seven before it and itself, so 8 of 10; 3.5 lies between ranks 7 and 8."""
    ten, asked = pd.Series(range(1, 11), dtype=float), pd.Series([3.0, 3.5, 99.0, -5.0])
    told = index.lack(asked, among=ten)
    shares = np.array([0.8, 0.75, 0.1, 1.0])
    assert told.tolist() == pytest.approx(index.exponential(shares).tolist())
    assert told.iloc[0] == pytest.approx(35.8568, abs=5e-5)  # published, at 0.8
    normal = index.lack(asked, "normal_scores", ten)
    # Quantiles of 0.75, 0.7, 0.05 and 0.95 of the normal distribution.
    assert normal.tolist() == pytest.approx([56.7449, 55.2440, 33.5515, 66.4485], abs=5e-5)
    # Mean 5.5, standard deviation √8.25.
    scores = [50 + 10 * (5.5 - each) / 8.25**0.5 for each in (3, 3.5)]
    assert index.lack(asked, "z_score", ten).tolist() == pytest.approx(
        [*scores, 0, 50 + 10 * 10.5 / 8.25**0.5]
    )
    assert index.lack(asked, "min_max", ten).tolist() == pytest.approx([700 / 9, 650 / 9, 0, 100])


@given(
    st.lists(st.one_of(st.integers(0, 5), st.just(-np.inf), st.none()), min_size=2, max_size=30),
    st.sampled_from(list(NORMALISATIONS)),
)
def test_compared_with_itself_nothing_changes(figures, way):
    more = pd.Series(figures, dtype=float)
    pd.testing.assert_series_equal(index.lack(more, way, more), index.lack(more, way))


@pytest.mark.parametrize("way", NORMALISATIONS)
@pytest.mark.parametrize("mean", ["arithmetic", "geometric"])
def test_a_place_with_itself_as_the_reference_has_the_same_index(tmp_path, way, mean):
    place = with_reference(tmp_path, of=RECIPE)
    within = assess(place, Settings(normalisation=way, aggregation=mean, low_resource_share=0.5))
    compared = assess(place, replace(within.settings, resource_base="reference"))
    same = [name for name in within.areas if name not in ("resource_base", "strengths", "reason")]
    pd.testing.assert_frame_equal(within.areas[same], compared.areas[same])
    assert compared.areas["reason"].tolist() == within.areas["reason"].tolist()
    assert compared.areas["resource_base"].unique().tolist() == ["Toyland: 4 areas, 5 of 5 themes"]


def test_part_of_a_place_is_ranked_as_it_is_in_the_whole(tmp_path):
    """The two western squares alone: ranks, lacks and priorities are those that they have among all four."""
    west = json.loads((write_toy(tmp_path / "whole") / "areas.geojson").read_text())
    west["features"] = west["features"][:2]
    place = with_reference(tmp_path, areas_geojson=json.dumps(west))
    whole, part = assess(load(tmp_path / "whole")), assess(place, COMPARED)
    assert part.areas.index.tolist() == list(CODES[:2])
    names = ["resource_lack", "resource_rank", "resource_of", "resource_low", "hubs_lack", "services_lack"]
    pd.testing.assert_frame_equal(part.areas[names], whole.areas.loc[part.areas.index, names])
    assert assess(place).areas["resource_rank"].max() <= 2
    for code in part.areas.index:
        facts = " ".join(report.account(part, code).facts)
        assert f"rank {part.areas.loc[code, 'resource_rank']:g} of 4 (1 = fewest)" in facts
        assert "Its rank is where it would stand among the areas of Toyland." in facts
    assert (
        "Areas are compared with those of Toyland (4 in all), measured in the same way from the same lists: lacks, ranks and deciles "
        "say where an area would stand among them." in part.notes
    )
    assert not any("within Toytown alone" in note for note in part.notes)
    assert "compared with those of Toyland’s areas." in " ".join(report.place_summary(part))


def test_how_sure_a_rank_is_is_not_told_of_a_reference(tmp_path):
    found = assess(with_reference(tmp_path), COMPARED)
    told = uncertainty(found)
    assert told.areas.isna().all(axis=None)
    assert page.switched_html(told) == f"<p>{ONLY_WITHIN}</p>"
    assert "nine of ten draws" not in " ".join(report.account(with_bands(found, told), CODES[0]).facts)
    write(found, tmp_path / "out")
    said = json.loads((tmp_path / "out/provenance.json").read_text(encoding="utf-8"))
    assert said["uncertainty"] == {"draws": 0, "seed": 2026, "priors": {}, "none_since": ONLY_WITHIN}
    areas = pd.read_csv(tmp_path / "out/areas.csv")
    assert areas["resource_base"].unique().tolist() == ["Toyland: 4 areas, 5 of 5 themes"]
    assert areas["rank_low"].isna().all()


def test_a_theme_that_is_not_scored_need_not_be_the_same_and_is_not_compared(tmp_path):
    """Green space measured otherwise in the reference: with it left out of the index, the rest can be compared."""
    recipe = RECIPE.replace('name = "Venues"', 'name = "Venues"\nwhere = { kind = "Sports club" }')
    place = with_reference(
        tmp_path, recipe=recipe, of=recipe, settings='\n[settings]\nmeasure_green_space = "count"\n'
    )
    asked = replace(COMPARED, weight_green_space=0.0)
    found = assess(place, asked).areas
    assert found["green_space_lack"].isna().all()
    assert found["groups_lack"].notna().all()
    with pytest.raises(SettingsError, match="green space is measured by “reach” here and by “count” there"):
        assess(place, COMPARED)


# -- refused in words ------------------------------------------------------------------------------


def refused(place: Place, settings: Settings = COMPARED) -> list[str]:
    with pytest.raises(SettingsError) as error:
        assess(place, settings)
    return [str(each) for each in error.value.problems]


def test_without_a_reference_there_is_nothing_to_compare_with(tmp_path):
    assert refused(load(write_toy(tmp_path))) == [
        "setting “resource_base”: This place has no reference to be compared with. Name one in [reference] of place.toml; "
        "docs/places.md shows how. Or compare within the place: resource_base = “place”."
    ]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"catchment_min": 10.0}, "the catchment in minutes (catchment_min) is “10” here and “15” there"),
        (
            {"walking_speed_kmh": 4.0},
            "the walking speed in km/h (walking_speed_kmh) is “4” here and “4.8” there",
        ),
        (
            {"detour_factor": 1.2},
            "the distance method is “straight line × 1.2” here and “straight line × 1.3” there",
        ),
        ({"open_at": "evenings"}, "when venues have to be open (open_at) is “evenings” here and “any” there"),
    ],
)
def test_other_settings_are_refused(tmp_path, change, what):
    told = refused(with_reference(tmp_path), replace(COMPARED, **change))
    assert (
        f"setting “resource_base”: Toytown cannot be compared with Toyland: {what}. Use the same, {ANEW}, {WITHIN}"
        in told
    )


def test_another_measure_is_refused(tmp_path):
    told = refused(with_reference(tmp_path), replace(COMPARED, measure_hubs="nearest"))
    assert told[0] == (
        "setting “resource_base”: Toytown cannot be compared with Toyland: hubs is measured by “nearest” here and by “reach” there. "
        f"Set measure_hubs = “reach”, {ANEW}, {WITHIN}"
    )


def test_other_lists_are_refused_by_name_and_sum(tmp_path):
    place = with_reference(tmp_path, venues_csv=VENUES + "New Hub,Hub,400600,300600,\n")
    told = refused(place)
    lists = [each for each in told if "list" in each and "hubs" in each]
    assert len(lists) == 2
    assert "the list “assets: Venues” (venues.csv, SHA-256 " in lists[0]
    assert "of hubs is not in the reference. Use the same lists in both, with the same bytes" in lists[0]
    assert "of hubs is not here." in lists[1]
    # The West Library's area has a hub more, and the next can walk to it: that is told as well.
    assert any(
        "2 areas of both have another figure of hubs here, such as E01000001 (" in each for each in told
    )


def test_a_list_read_otherwise_or_of_other_coverage_is_refused(tmp_path):
    told = refused(with_reference(tmp_path, recipe=RECIPE + 'coverage = "beyond"\ndescription = "kind"\n'))
    assert any("covers “beyond” here and “place” there" in each for each in told)
    assert any("has its columns read as “" in each and 'description = "kind"' in each for each in told)


def test_a_list_looked_up_in_another_table_of_postcodes_is_refused(tmp_path):
    told = refused(
        with_reference(
            tmp_path, postcodes_csv="pcds,easting,northing\nZZ1 1AA,401500,300500\nZZ1 1AB,401500,300501\n"
        )
    )
    assert any("looks its places up in the table with SHA-256 “" in each for each in told)


def test_what_people_decided_of_listings_is_refused_where_only_one_place_has_it(tmp_path):
    decisions = 'date,by,act,subject,other,value,note\n2026-01-01,A,remove,"Corner Café @ 401500,300500",,,\n'
    told = refused(with_reference(tmp_path, decisions_csv=decisions))
    assert any(
        "what people decided of listings (decisions.csv, matches.csv) is not the same in both" in each
        for each in told
    )
    # That somebody took a file as it is changes no listing.
    taken = 'date,by,act,subject,other,value,note\n2026-01-01,A,claim,"Corner Café @ 401500,300500",,,\n'
    place = load(write_toy(tmp_path / "taken", decisions_csv=taken))
    assert place.decided == ""


def test_other_origins_and_levels_are_refused(tmp_path):
    place = with_reference(tmp_path, of=RECIPE.replace("the middle of each square", "town halls"))
    there = replace(place.reference, signature={**place.reference.signature, "level": "lsoa11"})
    told = refused(replace(place, reference=there))
    assert any(
        "where walks start from ([origins] method, [residents]) is “the middle of each square” here and “town halls” there"
        in each
        for each in told
    )
    assert any("the level and vintage of areas is “lsoa21” here and “lsoa11” there" in each for each in told)


def test_the_same_areas_measured_from_other_points_are_refused_though_the_words_agree(tmp_path):
    origins = "area_code,easting,northing\n" + "".join(
        f"{code},{400_600 + 1_000 * n},300500\n" for n, code in enumerate(CODES)
    )
    told = refused(with_reference(tmp_path, origins_csv=origins))
    assert any("another figure of hubs here, such as E01000001" in each for each in told)
    assert any("see that both start walks from the same points" in each.lower() for each in told)


def test_a_theme_that_the_reference_does_not_know_is_refused(tmp_path):
    without = RECIPE[: RECIPE.index("[green_space]")] + RECIPE[RECIPE.index("[[assets]]") :]
    told = refused(with_reference(tmp_path, of=without))
    assert any(
        "the reference knows nothing of green space. Give it weight 0 (weight_green_space = 0)" in each
        for each in told
    )


@pytest.mark.parametrize("measure", ["density_per_1000", "e2sfca"])
def test_where_people_are_counted_they_must_be_the_same_people(tmp_path, measure):
    settings = f'\n[settings]\nmeasure_hubs = "{measure}"\n'
    more = "area_code,people\n" + "".join(f"{code},900\n" for code in CODES)
    place = with_reference(tmp_path, settings=settings, population_csv=more)
    told = refused(place, replace(COMPARED, measure_hubs=measure))
    assert any(
        "the people that hubs is shared out among or divided by are not from the same files" in each
        for each in told
    )
    alike = with_reference(tmp_path / "alike", settings=settings)
    assert assess(alike, replace(COMPARED, measure_hubs=measure)).areas["resource_rank"].notna().all()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "It is not a reference that assetmap wrote."),
        ("[1, 2]", "It is not a reference that this version of assetmap reads."),
        ('{"assetmap_reference": 2}', "It is not a reference that this version of assetmap reads."),
        ('{"assetmap_reference": 1}', "It does not say of which place it is, or how it was measured."),
        (
            '{"assetmap_reference": 1, "name": "E", "signature": {}, "figures": {}}',
            "It does not say how it was measured.",
        ),
        (
            '{"assetmap_reference": 1, "name": "E", "signature": {"themes": {}}, "figures": {"area_code": ["a"], "hubs": []}}',
            "Its figures are not whole: some area lacks one.",
        ),
        (
            '{"assetmap_reference": 1, "name": "E", "signature": {"themes": {}}, "figures": {"area_code": ["a"], "hubs": ["x"]}}',
            "“x” in it is not a figure.",
        ),
        (
            '{"assetmap_reference": 1, "name": "E", "signature": {"themes": {}}, "figures": {"area_code": ["a"], "hubs": [NaN]}}',
            "It is not a reference that assetmap wrote.",
        ),
        (
            '{"assetmap_reference": 1, "name": "E", "signature": {"themes": {}}, "figures": {"area_code": ["a", "a"], "hubs": [1, 1]}}',
            "An area stands in it twice.",
        ),
    ],
)
def test_a_file_that_is_no_reference_stops_the_load(tmp_path, text, what):
    with pytest.raises(PlaceError) as error:
        load(write_toy(tmp_path, place_toml=RECIPE + REFERENCE, reference_json=text))
    assert [each.what for each in error.value.problems] == [what]
    assert error.value.problems[0].remedy.startswith("Make it with “assetmap reference PLACE --out FILE”")


def test_no_file_says_so(tmp_path):
    with pytest.raises(PlaceError, match=r"reference\.json: There is no such file\."):
        load(write_toy(tmp_path, place_toml=RECIPE + REFERENCE))


# -- the command, and what is kept -----------------------------------------------------------------


def test_the_command_writes_what_a_place_reads(tmp_path):
    folder = write_toy(tmp_path / "large", place_toml=RECIPE.replace("Toytown", "Toyland"))
    run = CliRunner().invoke(app, ["reference", str(folder), "--out", str(tmp_path / "kept")])
    assert run.exit_code == 0, run.output
    assert "Toyland, 4 areas; hubs, groups, green space, everyday meeting places, services." in run.output
    assert '[reference]\nfile = "reference.json"' in run.output
    written = (tmp_path / "kept/reference.json").read_text(encoding="utf-8")
    place = load(write_toy(tmp_path / "toy", place_toml=RECIPE + REFERENCE, reference_json=written))
    assert place.reference is not None
    # What was written is what is read, to the last figure.
    assert reference_text(place.reference) == written
    again = CliRunner().invoke(app, ["reference", str(folder), "--out", str(tmp_path / "again.json")])
    assert again.exit_code == 0
    assert (tmp_path / "again.json").read_text(encoding="utf-8") == written
    assert str(tmp_path) not in written


def test_what_cannot_be_walked_to_and_what_is_unknown_are_kept_apart(tmp_path):
    settings = '\n[settings]\nmeasure_hubs = "nearest"\n'
    place = with_reference(tmp_path, settings=settings)
    figures = place.reference.figures.copy()
    figures.loc[CODES[0], "hubs"], figures.loc[CODES[1], "hubs"] = -np.inf, np.nan
    text = reference_text(replace(place.reference, figures=figures))
    assert '"hubs": ["no way", null, ' in text
    again = load(write_toy(tmp_path / "again", place_toml=RECIPE + REFERENCE, reference_json=text)).reference
    pd.testing.assert_frame_equal(again.figures, figures)


def test_a_place_without_lists_is_no_reference(tmp_path):
    bare = RECIPE[: RECIPE.index("[green_space]")]
    run = CliRunner().invoke(
        app, ["reference", str(write_toy(tmp_path, place_toml=bare)), "--out", str(tmp_path / "x.json")]
    )
    assert run.exit_code == 2
    assert "Toytown has no list of places or green space, so there is nothing to compare with." in run.output


def test_a_saved_place_compares_within_itself(tmp_path):
    place = with_reference(tmp_path, recipe=RECIPE + '\n[settings]\nresource_base = "reference"\n')
    saved = load(save(place, tmp_path / "saved"))
    assert saved.settings.resource_base == "place"
    assert saved.reference is None
    run = CliRunner().invoke(app, ["save", str(tmp_path / "toy"), str(tmp_path / "again")])
    assert "its lists are no longer the files that the reference was made from" in run.output


# -- England ---------------------------------------------------------------------------------------

_LISTS = "".join(
    f"""
[[assets]]
name = "{name}"
file = "{{data}}/england/ahah_{file}.parquet"
title = "Name"
kind = "{kind}"
coverage = "beyond"
"""
    for name, file, kind in (("GP practices", "GP", "gp_practice"), ("Pharmacies", "pharmacy", "pharmacy"))
)
_ORIGINS = """
[origins]
file = "{data}/england/lsoa21_ew_centroids_approx_DERIVED.csv"
code = "lsoa21_code"
easting = "easting"
northing = "northing"
method = "population-weighted centroids, approximate where areas were split"
"""
_ENGLAND = """
[place]
name = "England"
[areas]
file = "{data}/england/lsoa21_iod2025_population.parquet"
level = "lsoa21"
code = "lsoa21_code"
name = "lsoa21_name"
"""
_TRAFFORD = """
[place]
name = "Trafford"
[areas]
file = "{data}/trafford/boundaries/lsoa_2021_trafford_lsoa_generalised.geojson"
level = "lsoa21"
code = "area_code"
name = "area_name"
[deprivation]
file = "{data}/england/iod2025_lsoa21.csv.gz"
index = "IoD2025"
"""


@pytest.mark.realdata
def test_trafford_among_the_areas_of_england(realdata, tmp_path):
    def written(name: str, recipe: str) -> Path:
        (tmp_path / name).mkdir()
        text = (recipe + _ORIGINS + _LISTS).replace("{data}", realdata.as_posix())
        (tmp_path / name / "place.toml").write_text(text, encoding="utf-8")
        return tmp_path / name

    folder = written("trafford", _TRAFFORD + REFERENCE)
    england = load(written("england", _ENGLAND))
    (folder / "reference.json").write_text(reference_text(reference_of(england)), encoding="utf-8")
    place = load(folder)
    within, compared = assess(place).areas, assess(place, COMPARED).areas
    assert compared["resource_base"].unique().tolist() == ["England: 33,755 areas, 1 of 5 themes"]
    # Every area of Trafford has the figure that it has in England, and so the place that it has there.
    whole = index.mid_rank(place.reference.figures["services"])
    assert compared["resource_rank"].tolist() == whole[compared.index].tolist()
    share = (compared["resource_rank"] / 33_755).to_numpy()
    services = index.exponential(1 - share + 1 / 33_755)
    assert compared["services_lack"].tolist() == pytest.approx(services.tolist())
    # The order of areas is the same; how they compare is not: Trafford is better served than most of England.
    assert within["resource_rank"].corr(compared["resource_rank"].rank()) == pytest.approx(1.0)
    assert within["resource_decile"].value_counts().to_dict()[1] > 0
    assert compared["resource_decile"].astype(int).mean() > 5.5
    assert compared["resource_low"].sum() < within["resource_low"].sum()
    # With its own lists in place of the national ones it cannot be compared.
    own = replace(
        place,
        layers=tuple(
            replace(each, sha256="0" * 64) if each.table == "assets" else each for each in place.layers
        ),
    )
    assert any(
        "the list “assets: GP practices” (ahah_GP.parquet, SHA-256 000000000000…) of services is not in the reference"
        in each
        for each in refused(own)
    )
