"""Floating catchments and their kin: answers by hand, what they conserve, and the same answers from PySAL's ``access``."""

from __future__ import annotations

from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from assetmap import load, measures
from assetmap.measures import Pairs
from tests.toy import place_at
from tests.trafford import write_trafford

CATCHMENT = 1_200

#: Every floating catchment with the stepped weights, by name.
SHARED = {
    "two_sfca": measures.two_sfca,
    "e2sfca": partial(measures.e2sfca, weight=measures.stepped),
    "m2sfca": partial(measures.m2sfca, weight=measures.stepped),
    "three_sfca": partial(measures.three_sfca, weight=measures.stepped),
    "bfca": partial(measures.bfca, weight=measures.stepped),
}


def pairs(walk_m, people, supply=None, limit_m=CATCHMENT) -> Pairs:
    """Pairs from a table of metres on foot: a row an area, a column a place, NaN where there is no pair."""
    walk_m = np.array(walk_m, dtype=float).reshape(len(people), -1)
    area, place = np.nonzero(walk_m <= limit_m)
    return Pairs(
        pd.Index([f"A{n}" for n in range(walk_m.shape[0])], name="area_code"),
        pd.Index([f"p{n}" for n in range(walk_m.shape[1])], name="place_id"),
        area,
        place,
        walk_m[area, place],
        np.array(people, dtype=float),
        np.ones(walk_m.shape[1]) if supply is None else np.array(supply, dtype=float),
        limit_m,
    )


#: 1,000 people 200 m from the first place; 500 people 600 m from it and 300 m from the second. Stepped: 1; 0.68 and 1.
TOY = pairs([[200, np.nan], [600, 300]], [1_000, 500])


def by_hand(name: str) -> list[float]:
    """The toy's answers, worked out on paper; the second place is the second area's alone."""
    chosen = 0.68 / 1.68  # how much of the second area chooses the first place
    return {
        "two_sfca": [1000 / 1500, 1000 / 1500 + 2],
        "e2sfca": [1000 / 1340, 0.68 * 1000 / 1340 + 2],
        "m2sfca": [1000 / 1340, 0.68**2 * 1000 / 1340 + 2],
        "three_sfca": [
            1000 / (1000 + 500 * chosen * 0.68),
            chosen * 0.68 * 1000 / (1000 + 500 * chosen * 0.68) + 2,
        ],
        "bfca": [
            (1 / 1.68) * 1000 / (1000 + 500 * chosen),
            chosen * 1000 / (1000 + 500 * chosen) + 1000 / (500 * (1 - chosen)),
        ],
    }[name]


@pytest.mark.parametrize("name", SHARED)
def test_floating_catchments_by_hand(name):
    found = SHARED[name](TOY, CATCHMENT)
    assert found.tolist() == pytest.approx(by_hand(name))
    assert found.name == f"{name}_per_1000"
    assert found.index.equals(TOY.areas)


def test_steps_are_thirds_of_the_catchment_and_count_up_to_their_ends():
    walk = np.array([0, 400, 400.01, 800, 800.01, 1200, 1200.01])
    assert measures.stepped(walk, 1200).tolist() == [1, 1, 0.68, 0.68, 0.22, 0.22, 0]
    assert measures.flat(walk, 800).tolist() == [1, 1, 1, 1, 0, 0, 0]


def test_gravity_cumulative_nearest_and_diversity_by_hand():
    assert measures.gravity(TOY, CATCHMENT, measures.stepped).tolist() == pytest.approx([1, 1.68])
    within = measures.cumulative(TOY, [600, 200, 299])
    assert within.columns.tolist() == [600, 200, 299]
    assert within.to_numpy().tolist() == [[1, 1, 1], [2, 0, 0]]
    kind = pd.Series(["library", "cafe"], index=TOY.places, name="kind")
    nearest = measures.nearest_by(TOY, kind)
    assert nearest.columns.tolist() == ["cafe", "library"]
    assert nearest["library"].tolist() == [200, 600]
    assert nearest["cafe"].tolist() == [pd.NA, 300]
    assert measures.diversity(TOY, CATCHMENT, kind).tolist() == pytest.approx([1, 2])


def test_diversity_is_hills_number_of_the_order():
    # Three cafés and a library: p = 3/4, 1/4.
    four = pairs([[100, 200, 300, 400]], [1])
    kind = pd.Series(["cafe", "cafe", "cafe", "library"], index=four.places)
    shannon = np.exp(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
    assert measures.diversity(four, CATCHMENT, kind, order=0)["A0"] == pytest.approx(2)
    assert measures.diversity(four, CATCHMENT, kind)["A0"] == pytest.approx(shannon)
    assert measures.diversity(four, CATCHMENT, kind, order=2)["A0"] == pytest.approx(1 / (0.75**2 + 0.25**2))
    assert measures.diversity(four, 300, kind)["A0"] == pytest.approx(1)


def test_people_settle_where_crowding_and_walk_cost_the_same():
    # 1,000 people, two places of 1: room for 500 each. One is at the door, the other half of tau away. Equal cost asks
    # for D1/500 = D2/500 + 1/2, so 625 and 375 people, and a cost of 1.25 for all.
    found = measures.raam(pairs([[0, 600]], [1_000]), worth_m=1_200)
    assert found["A0"] == pytest.approx(1.25, abs=0.003)
    assert found.name == "raam_cost"
    # With nowhere else to go, everybody is at the one place: average crowding, and the walk.
    assert measures.raam(pairs([[300], [600]], [100, 300]), 1_200).tolist() == pytest.approx([1.25, 1.5])


# -- what is not known, and what is not there -------------------------------------------------------


@pytest.mark.parametrize("name", SHARED)
def test_where_nothing_is_near_there_is_nought_and_where_no_place_is_known_too(name):
    measure = SHARED[name]
    assert measure(pairs([[100], [np.nan]], [500, 500]), CATCHMENT).tolist() == pytest.approx([2, 0])
    assert measure(pairs(np.empty((2, 0)), [500, 500]), CATCHMENT).tolist() == [0, 0]


def test_no_place_at_all_is_answered_by_every_other_measure():
    none = pairs(np.empty((2, 0)), [500, 500])
    kind = pd.Series([], dtype=object, name="kind")
    assert measures.gravity(none, CATCHMENT).tolist() == [0, 0]
    assert measures.cumulative(none, [400, 800]).to_numpy().tolist() == [[0, 0], [0, 0]]
    assert measures.diversity(none, CATCHMENT, kind).tolist() == [0, 0]
    assert measures.nearest_by(none, kind).shape == (2, 0)
    assert measures.raam(none).isna().all()


@pytest.mark.parametrize("name", SHARED)
def test_unknown_people_make_unknown_whoever_shares_a_place_with_them_and_nobody_else(name):
    # The second area's people are not known; it shares the first place with the first area.
    some = pairs([[100, np.nan], [100, np.nan], [np.nan, 100]], [500, np.nan, 500])
    found = SHARED[name](some, CATCHMENT)
    assert found.isna().tolist() == [True, True, False]
    assert found["A2"] == pytest.approx(2)
    assert measures.raam(some).isna().tolist() == [True, True, False]


@pytest.mark.parametrize("name", SHARED)
def test_a_place_that_only_the_unpeopled_reach_has_no_ratio(name):
    found = SHARED[name](pairs([[100, np.nan], [np.nan, 100]], [500, 0]), CATCHMENT)
    assert found["A0"] == pytest.approx(2)
    assert pd.isna(found["A1"])


@pytest.mark.parametrize("name", ["two_sfca", "e2sfca"])
def test_where_nobody_lives_one_would_share_with_those_who_do(name):
    assert SHARED[name](pairs([[100], [100]], [500, 0]), CATCHMENT).tolist() == pytest.approx([2, 2])


def test_unknown_supply_is_unknown_to_those_who_reach_it():
    some = pairs([[100, np.nan], [np.nan, 100]], [500, 500], supply=[np.nan, 1])
    assert measures.e2sfca(some, CATCHMENT).isna().tolist() == [True, False]
    assert measures.gravity(some, CATCHMENT).isna().tolist() == [True, False]
    assert measures.raam(some).isna().tolist() == [True, False]


def test_a_larger_catchment_than_the_pairs_go_to_is_refused():
    for ask in (
        lambda: measures.e2sfca(TOY, 1_500),
        lambda: measures.gravity(TOY, 1_500),
        lambda: measures.cumulative(TOY, [400, 1_500]),
    ):
        with pytest.raises(ValueError, match=r"^a catchment of 1500 m is asked of pairs that go to 1200 m$"):
            ask()


# -- from walks -------------------------------------------------------------------------------------

HOMES = gpd.GeoSeries(
    [Point(0, 0), Point(0, 0), Point(0, 900), Point(9_000, 0)],
    index=pd.Index(["B", "A", "C", "D"], name="area_code"),
    crs=27700,
)


def test_pairs_of_walks_keep_every_area_and_say_unknown_where_people_are_not_given():
    walks = measures.walks(HOMES, place_at("library", (0, 0), (0, 0), (0, 900)), 1_200, 1.3)
    people = pd.Series([100, 300, pd.NA], index=["A", "B", "C"], dtype="Int64")
    found = measures.pairs_of(walks, people)
    assert found.areas.tolist() == ["B", "A", "C", "D"]
    assert found.people.tolist() == pytest.approx([300, 100, np.nan, np.nan], nan_ok=True)
    told = sorted(zip(found.areas[found.area], found.places[found.place], found.walk_m, strict=True))
    homes = [("A", 0), ("B", 0), ("C", 1_170)]
    expected = [
        (area, f"library{n}", abs(away - (1_170 if n == 2 else 0))) for area, away in homes for n in range(3)
    ]
    assert [each[:2] for each in told] == [each[:2] for each in expected]
    assert [each[2] for each in told] == pytest.approx([each[2] for each in expected])
    assert found.supply.tolist() == [1, 1, 1]
    offers = pd.Series({"library0": 5, "library1": 7})
    assert measures.pairs_of(walks, people, offers).supply[[0, 1]].tolist() == [5, 7]
    # Two areas at one spot, and two places: each pair of them counts, and the two areas fare alike.
    both = measures.pairs_of(walks, people.fillna(0))
    assert measures.e2sfca(both, 1_000)[["A", "B"]].tolist() == pytest.approx([2 / 400 * 1000] * 2)


metres = st.floats(-2_000, 2_000)
spots = st.lists(st.tuples(metres, metres), max_size=12)


@given(spots)
def test_of_the_same_walks_both_tell_the_same_count_and_kinds(known):
    places = pd.concat([place_at("library", *known[:5]), place_at("cafe", *known[5:])])
    walks = measures.walks(HOMES, places, 1_200, 1.3)
    found = measures.pairs_of(walks, pd.Series(dtype=float))
    pd.testing.assert_series_equal(
        measures.cumulative(found, [1_200])[1_200], measures.count(walks), check_names=False
    )
    kinds = measures.diversity(found, 1_200, places["kind"], order=0)
    assert kinds.tolist() == pytest.approx(measures.kinds_count(walks).tolist())


@given(spots, st.tuples(metres, metres))
def test_adding_a_place_never_lowers_what_is_near_nor_lengthens_the_way(known, new):
    people = pd.Series(100, index=HOMES.index)
    before, after = (
        measures.pairs_of(measures.walks(HOMES, place_at("library", *points), 1_200, 1.3), people)
        for points in (known, [*known, new])
    )
    assert (
        measures.cumulative(after, [400, 800, 1_200]) >= measures.cumulative(before, [400, 800, 1_200])
    ).all(axis=None)
    assert (measures.gravity(after, 1_200) >= measures.gravity(before, 1_200)).all()
    assert (measures.e2sfca(after, 1_200) >= measures.e2sfca(before, 1_200) - 1e-9).all()
    nearest = [
        measures.nearest_by(each, pd.Series("library", index=each.places)).reindex(columns=["library"])
        for each in (before, after)
    ]
    assert (nearest[1].fillna(9_999) <= nearest[0].fillna(9_999)).all(axis=None)


# -- what is conserved ------------------------------------------------------------------------------

tables = st.integers(1, 6).flatmap(
    lambda places: st.tuples(
        st.lists(
            st.lists(st.floats(0, 1_150) | st.just(np.nan), min_size=places, max_size=places),
            min_size=1,
            max_size=6,
        ),
        st.lists(st.integers(1, 50), min_size=places, max_size=places),
    )
)
weights = st.sampled_from([measures.flat, measures.stepped, measures.decay])


def table(drawn) -> Pairs:
    walk_m, supply = drawn
    return pairs(walk_m, [500 + 100 * n for n in range(len(walk_m))], supply)


def reached(found: Pairs, values: np.ndarray) -> float:
    return float(values[np.unique(found.place)].sum())


@given(tables, weights)
def test_e2sfca_shares_out_the_whole_supply_and_the_modified_one_no_more(drawn, weight):
    found = table(drawn)
    out = measures.e2sfca(found, CATCHMENT, weight)
    assert (out * found.people).sum() / 1000 == pytest.approx(reached(found, found.supply))
    choosy = measures.three_sfca(found, CATCHMENT, weight)
    assert (choosy * found.people).sum() / 1000 == pytest.approx(reached(found, found.supply))
    assert (measures.m2sfca(found, CATCHMENT, weight) <= out + 1e-9).all()
    if weight is measures.flat:
        assert measures.m2sfca(found, CATCHMENT, weight).tolist() == pytest.approx(out.tolist())
        assert measures.two_sfca(found, CATCHMENT).tolist() == pytest.approx(out.tolist())


@given(tables, weights)
def test_bfca_counts_everybody_once_and_every_place_once(drawn, weight):
    found = table(drawn)
    ones = np.eye(len(found.places))
    # With a supply of 1 at one place alone, all areas together have that place's level of service: 1 / its people.
    levels = np.array(
        [measures.bfca(pairs_with(found, one), CATCHMENT, weight).sum() / 1000 for one in ones], dtype=float
    )
    near = np.unique(found.place)
    assert (1 / levels[near]).sum() == pytest.approx(found.people[np.unique(found.area)].sum())
    # The level of service of each place, times its people, is its supply, and the areas have all of it.
    assert measures.bfca(found, CATCHMENT, weight).sum() / 1000 == pytest.approx(
        (levels * found.supply).sum()
    )


def pairs_with(found: Pairs, supply: np.ndarray) -> Pairs:
    return Pairs(
        found.areas, found.places, found.area, found.place, found.walk_m, found.people, supply, found.limit_m
    )


@given(tables, st.randoms())
def test_the_order_of_pairs_does_not_matter(drawn, random):
    found = table(drawn)
    order = random.sample(range(len(found.area)), len(found.area))
    shuffled = Pairs(
        found.areas,
        found.places,
        found.area[order],
        found.place[order],
        found.walk_m[order],
        found.people,
        found.supply,
        found.limit_m,
    )
    for measure in (*SHARED.values(), measures.gravity):
        assert measure(shuffled, CATCHMENT).tolist() == pytest.approx(measure(found, CATCHMENT).tolist())
    pd.testing.assert_series_equal(measures.raam(shuffled), measures.raam(found))


# -- the same from a library that shares no code with ours -------------------------------------------


@pytest.fixture(scope="module")
def peer():
    """PySAL's answers by measure, on 60 areas and 25 places; and our pairs of the same."""
    from access import Access
    from access.weights import step_fn

    chance = np.random.default_rng(7)
    walk_m = np.where(chance.random((60, 25)) < 0.3, chance.uniform(0, 1_500, (60, 25)), np.nan).round(2)
    walk_m[:, 0] = chance.uniform(0, 1_200, 60).round(2)  # nobody without any place
    walk_m[5:9] = walk_m[4]  # areas at one spot
    ours = pairs(walk_m, chance.integers(800, 2_200, 60), chance.integers(1, 5, 25))
    theirs = Access(
        pd.DataFrame({"people": ours.people}, index=ours.areas),
        "people",
        pd.DataFrame({"supply": ours.supply}, index=ours.places),
        "supply",
        cost_df=pd.DataFrame(
            {"origin": ours.areas[ours.area], "dest": ours.places[ours.place], "cost": ours.walk_m}
        ),
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
    )
    steps = step_fn({400: 1, 800: 0.68, 1200: 0.22})
    return ours, {
        "two_sfca": lambda: theirs.two_stage_fca("two", max_cost=1_200),
        "e2sfca": lambda: theirs.enhanced_two_stage_fca("enhanced", weight_fn=steps),
        "three_sfca": lambda: theirs.three_stage_fca("three", weight_fn=steps),
        "gravity": lambda: theirs.weighted_catchment("gravity", weight_fn=steps),
        "raam": lambda: theirs.raam("raam", tau=1_200),
    }


# access drops columns in a way that pandas 3.1 says pandas 4 will not know.
@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
@pytest.mark.parametrize("name", ["two_sfca", "e2sfca", "three_sfca", "gravity"])
def test_floating_catchments_are_those_of_pysal(peer, name):
    ours, theirs = peer
    told = theirs[name]().iloc[:, 0].reindex(ours.areas)
    if name == "gravity":
        found = measures.gravity(ours, CATCHMENT, measures.stepped)
    else:
        found = SHARED[name](ours, CATCHMENT) / 1_000
    np.testing.assert_allclose(found.to_numpy(float), told, rtol=1e-12)


def test_the_rational_agents_are_those_of_pysal(peer):
    ours, theirs = peer
    told = theirs["raam"]().iloc[:, 0].reindex(ours.areas)
    np.testing.assert_allclose(measures.raam(ours).to_numpy(float), told, rtol=1e-9)


# -- what is there, for how many --------------------------------------------------------------------

SQUARES = gpd.GeoDataFrame(
    geometry=[box(0, 0, 1_000, 1_000), box(1_000, 0, 2_000, 1_000), box(5_000, 0, 6_000, 1_000)],
    index=pd.Index(["A", "B", "C"], name="area_code"),
    crs=27700,
)
PEOPLE = pd.Series([500, 250, 0], index=SQUARES.index, dtype="Int64")


def test_density_counts_what_is_inside_or_within_a_kilometre_of_the_boundary():
    # Inside A; just within and just beyond 1 km of A's west edge; 1.5 km east of B.
    places = place_at("library", (500, 500), (-1_000, 500), (-1_001, 500), (3_500, 500))
    found = measures.density_per_1000(SQUARES, places, PEOPLE)
    assert found[["A", "B"]].tolist() == pytest.approx([2 / 0.5, 1 / 0.25])
    assert pd.isna(found["C"])
    with pytest.raises(ValueError, match=r"^areas are in EPSG:27700, places in EPSG:3857$"):
        measures.density_per_1000(SQUARES, places.set_crs(3857, allow_override=True), PEOPLE)


def test_provision_counts_what_stands_in_an_area():
    stands_in = pd.Series(["A", "A", "C", None, "elsewhere"], name="area_code")
    found = measures.provision_per_1000(stands_in, PEOPLE.where(PEOPLE != 250))
    assert found["A"] == pytest.approx(4)
    assert found[["B", "C"]].isna().all()
    assert measures.provision_per_1000(stands_in.iloc[:0], PEOPLE)[["A", "B"]].tolist() == [0, 0]


def test_finer_origins_are_weighed_by_their_people():
    finer = pd.Index(["a1", "a2", "a3", "b1", "c1", "c2", "d1"], name="oa")
    area = pd.Series(["A", "A", "A", "B", "C", "C", "D"], index=finer)
    people = pd.Series([300, 100, 0, 50, 10, pd.NA, 0], index=finer, dtype="Int64")
    nearest = pd.Series([400, 800.01, np.nan, 800, 1, 1, 1], index=finer, name="nearest_m")
    areas = pd.Index(["D", "C", "B", "A", "E"], name="area_code")
    mean = measures.people_mean(nearest.to_frame(), people, area, areas)["nearest_m"]
    assert mean.index.equals(areas)
    assert mean[["A", "B"]].tolist() == pytest.approx([(300 * 400 + 100 * 800.01) / 400, 800])
    assert mean[["C", "D", "E"]].isna().all()
    share = measures.people_share_within(nearest.to_frame(), people, area, areas)["nearest_m"]
    assert share[["A", "B"]].tolist() == pytest.approx([0.75, 1])
    assert share[["C", "D", "E"]].isna().all()
    # A walk that is not known leaves the area unknown, where anybody lives there.
    unknown = nearest.where(nearest != 400).to_frame()
    assert pd.isna(measures.people_share_within(unknown, people, area, areas).at["A", "nearest_m"])


@pytest.mark.realdata
def test_traffords_hubs_are_shared_out_whole(realdata, tmp_path):
    place = load(write_trafford(tmp_path, realdata))
    hubs = place.assets[place.assets["theme"] == "hubs"]
    walks = measures.walks(place.origins, hubs, CATCHMENT, 1.3)
    found = measures.pairs_of(walks, place.population)
    # All 21 hubs are within 1,200 m of somebody, so residents together have 21.
    assert (measures.e2sfca(found, CATCHMENT) * place.population).sum() / 1000 == pytest.approx(21)
    assert (measures.two_sfca(found, CATCHMENT) * place.population).sum() / 1000 == pytest.approx(21)
    assert (measures.e2sfca(found, CATCHMENT) == 0).tolist() == (measures.count(walks) == 0).tolist()
    assert measures.raam(found).isna().tolist() == (measures.count(walks) == 0).tolist()
    within = measures.cumulative(found, [400, 800, 1_200])
    for metres in within:
        alone = measures.walks(place.origins, hubs, metres, 1.3)
        assert within[metres].tolist() == measures.count(alone).tolist()
