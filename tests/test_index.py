"""The index against published values, and its promises about ties and missing figures."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetmap import index


@pytest.mark.parametrize(
    ("share", "published"),
    [
        (0.1, 2.3903),
        (0.5, 15.6468),
        (0.8, 35.8568),
        (0.9, 50.4267),
        (0.95, 63.8476),
        (0.99, 86.9573),
        (1, 100),
    ],
)
def test_exponential_transform_matches_the_indices_of_deprivation(share, published):
    reach = pd.Series(range(1000, 0, -1))  # the last has the fewest
    assert index.lack(reach)[round(share * 1000) - 1] == pytest.approx(published, abs=5e-5)


def test_equal_areas_share_the_middle_rank_and_so_one_decile():
    reach = pd.Series([0.0] * 58 + list(range(1, 82)))  # as many ties as Trafford has areas without a hub
    rank = index.mid_rank(reach)
    assert rank[:58].unique().tolist() == [29.5]
    assert index.decile(rank)[:58].nunique() == 1


def test_deciles_start_at_fifty_areas():
    assert index.decile(pd.Series(range(1, 51), dtype=float)).tolist()[:6] == [1, 1, 1, 1, 1, 2]
    assert index.decile(pd.Series(range(1, 50), dtype=float)).isna().all()


def test_missing_stays_missing_and_is_not_nought():
    lacks = index.lack(pd.Series([1.0, None, 3.0]))
    assert lacks.isna().tolist() == [False, True, False]
    together = index.resource_lack(
        pd.DataFrame({"hubs": lacks, "groups": [1.0, 2.0, 3.0]}), {"hubs": 1, "groups": 1}
    )
    assert together.isna().tolist() == [False, True, False]


def test_plenty_in_one_theme_does_not_hide_nothing_in_another():
    """100 and 2 average above 51, which two middling themes (15.6) come nowhere near."""
    lacks = pd.DataFrame({"hubs": [100.0, 15.6468], "groups": [2.3903, 15.6468]})
    both = index.resource_lack(lacks, {"hubs": 1, "groups": 1})
    assert both[0] == pytest.approx(51.19515)
    assert both[0] > 3 * both[1]


@given(st.lists(st.floats(0, 100), min_size=2, max_size=30), st.floats(0.1, 50))
def test_only_proportions_of_weights_matter(reach, scale):
    lacks = pd.DataFrame({"hubs": index.lack(pd.Series(reach)), "groups": index.lack(-pd.Series(reach))})
    once = index.resource_lack(lacks, {"hubs": 1, "groups": 3})
    again = index.resource_lack(lacks, {"hubs": scale, "groups": 3 * scale})
    pd.testing.assert_series_equal(once, again)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=30))
def test_more_reach_never_means_more_lack(reach):
    values = pd.Series(reach, dtype=float)
    lacks = index.lack(values)
    order = values.sort_values().index
    assert lacks[order].is_monotonic_decreasing
    assert lacks.between(0, 100.0001).all()
