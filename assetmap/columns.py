"""What each column of an assessment is: the one registry that legends, exports and docs read."""

from __future__ import annotations

from dataclasses import dataclass

from assetmap.model import CUT_OFFS_MIN, DEPRIVATION_DOMAINS, MEASURES
from assetmap.standards import AGS, FIELDS_IN_TRUST, GreenStandard
from assetmap.taxonomy import themes

__all__ = ["ACCESS_COLUMNS", "COLUMNS", "INEQUALITY_COLUMNS", "SWITCHED_COLUMNS", "Column"]


@dataclass(frozen=True)
class Column:
    """One figure as a reader meets it.

    Parameters
    ----------
    name
        Column name in every table and file.
    label
        What a reader sees.
    unit
        Unit of the figure; empty for words and flags.
    direction
        Which way the scale runs.
    source
        Where the figure, or the method behind it, comes from.
    caveat
        What to bear in mind when quoting it.
    """

    name: str
    label: str
    unit: str = ""
    direction: str = ""
    source: str = ""
    caveat: str = ""


_FEWEST = "1 = fewest resources"
_DEPRIVED = "1 = most deprived"
_REACH = "Gaussian decay over the catchment (Dai 2010), the nth of a kind counting 1/n"
_INDEX = "Mid-ranks and the Indices of Deprivation's exponential transform (MHCLG 2019, appendix)"
_MAPPED = "Mapped places and groups only; not friendship, trust or volunteering."
_DRAWN = "Draws of weights, normalisation, aggregation, catchment and walking speed (OECD and JRC 2008); see docs/methods.md"
_OF_METHOD = "Says how far a rank hangs on the method, not how complete the lists are."
_ONE_POINT = "Measured from one point an area, where its people are on average."


#: The measures of what is within reach, besides those that are always told: unit, direction and source.
_OTHER_MEASURES = {
    "diversity": ("kinds", "higher = more varied", "Hill (1973), order 1"),
    "gravity": ("nearness-weighted places", "higher = more within reach", "Hansen (1959)"),
    "two_sfca": ("places per 1,000 residents", "higher = more", "Luo and Wang (2003)"),
    "e2sfca": (
        "places per 1,000 residents",
        "higher = more",
        "Luo and Qi (2009), with the decay of Dai (2010)",
    ),
    "m2sfca": ("places per 1,000 residents", "higher = more", "Delamater (2013)"),
    "three_sfca": ("places per 1,000 residents", "higher = more", "Wan et al. (2012)"),
    "bfca": ("places per 1,000 residents", "higher = more", "Páez et al. (2019)"),
    "raam": ("cost", "lower = better", "Saxon and Snow (2020)"),
    "density_per_1000": ("places per 1,000 residents", "higher = more", "Community Needs Index (OCSI 2019)"),
    "provision_per_1000": ("places per 1,000 residents", "higher = more", "Count inside the area"),
}


def _theme_columns(theme: str, label: str) -> list[Column]:
    return [
        Column(
            f"{theme}_reach",
            f"{label}: reach",
            "nearness-weighted places",
            "higher = more within reach",
            _REACH,
            _ONE_POINT,
        ),
        Column(
            f"{theme}_count",
            f"{label}: places within reach",
            "places",
            "higher = more",
            "Count within the catchment",
            _ONE_POINT,
        ),
        Column(
            f"{theme}_kinds",
            f"{label}: kinds within reach",
            "kinds",
            "higher = more varied",
            "Count within the catchment",
            _ONE_POINT,
        ),
        Column(
            f"{theme}_nearest_m",
            f"{label}: nearest, on foot",
            "metres",
            "lower = nearer",
            "Walking distance; see distance_method",
            _ONE_POINT,
        ),
        Column(
            f"{theme}_walk_min",
            f"{label}: nearest, on foot",
            "minutes",
            "lower = nearer",
            "Walking distance over walking speed",
            _ONE_POINT,
        ),
        Column(
            f"{theme}_none_known",
            f"{label}: none known within reach",
            "",
            "true = none known",
            "Count within the catchment",
            "None known is not the same as none.",
        ),
        Column(
            f"{theme}_share_15_min",
            f"{label}: residents with one within 15 minutes on foot",
            "share of residents",
            "1 = everyone",
            "Walking distance over walking speed",
            "Given where walks start from finer points than areas.",
        ),
        Column(
            f"{theme}_hours_unknown",
            f"{label}: places within reach whose hours are not known",
            "places",
            "",
            "The lists’ opening hours",
            "Neither counted as open nor as closed at the time that the settings ask for.",
        ),
        *[
            Column(
                f"{theme}_{name}",
                f"{label}: {MEASURES[name][0].lower()}{MEASURES[name][1:]}",
                *told,
                _ONE_POINT,
            )
            for name, told in _OTHER_MEASURES.items()
        ],
        Column(f"{theme}_lack", f"{label}: lack", "0 to 100", "100 = fewest resources", _INDEX, _MAPPED),
        Column(
            f"{theme}_decile",
            f"{label}: decile",
            "decile",
            _FEWEST,
            "Rank among the areas of this place, equal areas sharing the middle one",
            "None is given where no place is known within reach, nor in places of under 50 areas.",
        ),
    ]


def _size(standard: GreenStandard) -> str:
    """How large a site must be to count, in words."""
    return f"{standard.min_ha:g} ha or more " if standard.min_ha else ""


def _ags_columns(standard: GreenStandard) -> list[Column]:
    caveat = f"{_ONE_POINT} {standard.caveat}".strip()
    rule = f"{standard.source}: {_size(standard)}within {standard.within_m:,.0f} m"
    edge = "Blank where none is known and the distance goes on past what the lists cover."
    return [
        Column(
            standard.name,
            f"{standard.label} standard met",
            "",
            "true = met",
            f"{rule}, straight line",
            f"{caveat} {edge}",
        ),
        Column(
            f"{standard.name}_walk",
            f"{standard.label} standard met on foot",
            "",
            "true = met",
            f"{rule}, here along the walking network",
            f"{caveat} The standard itself is a straight line.",
        ),
    ]


def _fit_columns(standard: GreenStandard) -> list[Column]:
    caveat = f"{_ONE_POINT} {standard.caveat}".strip()
    told = [
        Column(
            standard.name,
            f"{standard.label} near enough",
            "",
            "true = met",
            f"{standard.source}: within {standard.within_m:,.0f} m on foot",
            caveat,
        )
    ]
    if standard.ha_per_1000 is not None:
        told.append(
            Column(
                f"{standard.name}_ha",
                f"{standard.label}: enough for the residents",
                "",
                "true = met",
                f"{standard.source}: {standard.ha_per_1000:.2f} ha per 1,000 residents",
                f"Read it for a place rather than for one area. {standard.caveat}",
            )
        )
    return told


_ALL = [
    Column("area_code", "Area code"),
    Column("area_name", "Area"),
    Column("population", "Residents", "people", "", "The place's population table"),
    Column(
        "deprivation_decile",
        "Deprivation decile",
        "decile",
        _DEPRIVED,
        "The overall index, or the domain that the settings name",
        "Of areas, not of people: most people in a deprived area are not themselves deprived.",
    ),
    Column("imd_score", "Deprivation score", "", "", "The place's deprivation table"),
    Column("imd_rank", "Deprivation rank", "rank", _DEPRIVED, "Overall index of multiple deprivation"),
    *[
        Column(
            f"{domain}_decile",
            f"Deprivation decile: {label.lower()}",
            "decile",
            _DEPRIVED,
            "The place's deprivation table",
        )
        for domain, label in DEPRIVATION_DOMAINS.items()
    ],
    Column(
        "deprivation_carried",
        "Deprivation carried over from another vintage",
        "",
        "",
        "Exact-fit lookup (ONS 2022)",
        "A split area has the figures of the whole; a merged one the mean of its parts.",
    ),
    Column(
        "imd_decile_before",
        "Deprivation decile in the earlier index",
        "decile",
        _DEPRIVED,
        "The place's earlier deprivation table",
    ),
    Column(
        "imd_decile_change",
        "Change of deprivation decile",
        "deciles",
        "below 0 = more deprived than before, relative to others",
        "The place's two deprivation tables",
        "Ranks are relative, and methods change.",
    ),
    Column("imd_change_kind", "What the change of deprivation may be", "", "", "docs/methods.md"),
    Column("imd_change_words", "The change of deprivation in words", "", "", "docs/methods.md"),
    Column("resource_lack", "Social resource index", "0 to 100", "100 = fewest resources", _INDEX, _MAPPED),
    Column(
        "resource_rank",
        "Social resource rank",
        "rank",
        _FEWEST,
        "Rank of the index; equal areas share the middle rank",
        _MAPPED,
    ),
    Column(
        "resource_decile",
        "Social resource decile",
        "decile",
        _FEWEST,
        "Rank of the index among the areas of this place",
        "None is given in places of under 50 areas.",
    ),
    Column(
        "rank_low",
        "Social resource rank: low end of its band",
        "rank",
        _FEWEST,
        _DRAWN,
        _OF_METHOD,
    ),
    Column(
        "rank_high",
        "Social resource rank: high end of its band",
        "rank",
        _FEWEST,
        _DRAWN,
        _OF_METHOD,
    ),
    Column(
        "lowest_share",
        "Draws in the lowest tenth",
        "share of draws",
        "1 = in every draw",
        _DRAWN,
        f"The lowest fifth in places of under 50 areas. {_OF_METHOD}",
    ),
    Column(
        "resource_low",
        "Low on social resources",
        "",
        "true = low",
        "Rank of the index within the share of areas that the settings call low",
    ),
    Column("resource_base", "Compared with"),
    *[column for theme, label in themes().items() for column in _theme_columns(theme, label)],
    Column(
        "green_ha_per_1000",
        "Accessible green space",
        "hectares per 1,000 residents",
        "higher = more",
        "Site area inside the area; Natural England asks for 3 ha per 1,000 across a place",
        "People use parks in the next area too.",
    ),
    *[column for standard in AGS for column in _ags_columns(standard)],
    *[column for standard in FIELDS_IN_TRUST for column in _fit_columns(standard)],
    Column(
        "green_share_800_m",
        "Residents with an entrance to green space within 800 m on foot",
        "share of residents",
        "1 = everyone",
        "Ten minutes’ walk, the measure of the Green Space Index (Fields in Trust)",
        _ONE_POINT,
    ),
    Column(
        "short_hubs",
        "No hub known within a 15-minute walk",
        "",
        "true = falls short",
        "Moreno C. et al. (2021), Introducing the “15-Minute City”, Smart Cities 4(1), 93–111",
        "A yardstick from a concept of town planning. Depends on the lists of hubs being complete.",
    ),
    Column(
        "short_green_space",
        "No accessible green space within a 15-minute walk",
        "",
        "true = falls short",
        "Defra (2023), Environmental Improvement Plan, for England",
        f"{_ONE_POINT} The plan says green or blue space; rivers, lakes and coast are not counted here.",
    ),
    Column(
        "organisations_serving",
        "Organisations without a venue that serve the area",
        "organisations",
        "",
        "The area of benefit that lists give",
        "Counted by what they say of themselves; never mapped and never scored.",
    ),
    Column(
        "near_edge",
        "Near the edge of a list",
        "",
        "true = near an edge",
        "A list stops at the study area within this area's catchment",
        "Places over the border may be missing.",
    ),
    Column(
        "priority",
        "Priority neighbourhood",
        "",
        "true = priority",
        "Low resources, high deprivation and an absolute shortfall",
        "An option to look into, not a verdict on the people who live there.",
    ),
    Column("priority_rank", "Priority rank", "rank", "1 = first", "By social resource index, fewest first"),
    Column(
        "priority_share",
        "Draws in which it is a priority",
        "share of draws",
        "1 = in every draw",
        _DRAWN,
        f"Deprivation is the same in every draw. {_OF_METHOD}",
    ),
    Column("strengths", "What is strong here"),
    Column("reason", "Why it is or is not a priority"),
    Column("distance_method", "How distance was measured"),
]

#: Every column of an assessment by name, in the order that files carry them.
COLUMNS: dict[str, Column] = {column.name: column for column in _ALL}

_NEAREST = [
    Column("area_code", "Area code"),
    Column("theme", "Theme"),
    Column("kind", "Kind of place", "", "", "", "Empty for all kinds of the theme together."),
    Column(
        "nearest_m",
        "Nearest, on foot",
        "metres",
        "lower = nearer",
        "Walking distance; see distance_method",
        _ONE_POINT,
    ),
    Column(
        "walk_min",
        "Nearest, on foot",
        "minutes",
        "lower = nearer",
        "Walking distance over walking speed",
        _ONE_POINT,
    ),
]

_WITHIN = [
    column
    for minutes in CUT_OFFS_MIN
    for column in (
        Column(
            f"count_{minutes}_min",
            f"Places within {minutes} minutes on foot",
            "places",
            "higher = more",
            "Cumulative count (Wachs and Kumagai 1973)",
            f"{_ONE_POINT} None known is not the same as none.",
        ),
        Column(
            f"share_{minutes}_min",
            f"Residents with one within {minutes} minutes on foot",
            "share of residents",
            "1 = everyone",
            "Walking distance over walking speed",
            "Either 0 or 1 where walks are measured from one point an area.",
        ),
    )
]

#: Every column of the table of access: one row an area and theme, and an area and kind.
ACCESS_COLUMNS: dict[str, Column] = {
    column.name: column for column in [*_NEAREST, *_WITHIN, COLUMNS["distance_method"]]
}

_SWITCHED = [
    Column("axis", "What is switched"),
    Column("choice", "To"),
    Column(
        "areas_moved",
        "Areas that move by two deciles or more",
        "areas",
        "",
        "Against the settings’ own choice",
        "None is given in places of under 50 areas.",
    ),
    Column(
        "spearman",
        "Agreement with the ranks as they are",
        "",
        "1 = the same order",
        "Spearman’s correlation of ranks",
    ),
    Column("priorities", "Priority neighbourhoods then", "areas"),
    Column("drop_out", "Priorities that drop out"),
    Column("come_in", "Priorities that come in"),
]

#: Every column of the table that switches one choice at a time.
SWITCHED_COLUMNS: dict[str, Column] = {column.name: column for column in _SWITCHED}

_LOW = "Low A., Low A. (2004), as phe_sii of PHEindicatormethods computes it"
_ENDS = "Mean over residents of the areas at that end"
_GROUPED = "Areas are grouped by deprivation; most people in a deprived area are not themselves deprived."
_SPREAD = (
    "From how much areas of a group differ, not from a sample; lists that are not complete are not in it."
)

#: Every column of the table of inequality: one row a theme or kind, and a figure of access.
INEQUALITY_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        ACCESS_COLUMNS["theme"],
        ACCESS_COLUMNS["kind"],
        Column("figure", "Figure of access", "", "", "", "See the table of access for what each figure is."),
        Column("direction", "Which way the figure runs"),
        Column(
            "groups",
            "Groups compared",
            "groups",
            "the first = most deprived",
            "Tenths of the residents by deprivation of their area, fifths in places of under 50 areas",
            _GROUPED,
        ),
        Column("most_deprived_mean", "Most deprived group", "that of the figure", "", _ENDS, _GROUPED),
        Column("least_deprived_mean", "Least deprived group", "that of the figure", "", _ENDS, _GROUPED),
        Column(
            "sii",
            "Slope index of inequality",
            "that of the figure",
            "above 0 = the figure is higher towards the least deprived",
            _LOW,
            "A straight line across all groups; look at the two ends too.",
        ),
        Column(
            "sii_lower",
            "Slope index, lower end of the 95 % interval",
            "that of the figure",
            "",
            _LOW,
            _SPREAD,
        ),
        Column(
            "sii_upper",
            "Slope index, upper end of the 95 % interval",
            "that of the figure",
            "",
            _LOW,
            _SPREAD,
        ),
        Column(
            "rii",
            "Relative index of inequality",
            "least deprived end over most deprived end",
            "above 1 = the figure is higher towards the least deprived",
            _LOW,
            "None where the line starts at nought or below.",
        ),
        Column("rii_lower", "Relative index, lower end of the 95 % interval", "ratio", "", _LOW, _SPREAD),
        Column("rii_upper", "Relative index, upper end of the 95 % interval", "ratio", "", _LOW, _SPREAD),
        Column(
            "concentration_index",
            "Concentration index",
            "",
            "above 0 = the figure gathers towards the least deprived; from -1 to 1",
            "Kakwani, Wagstaff and van Doorslaer (1997)",
            "0 may also mean that both ends have as much and the middle less.",
        ),
        Column("areas", "Areas counted", "areas"),
        Column(
            "areas_left_out",
            "Areas left out",
            "areas",
            "",
            "",
            "Their deprivation, access or number of residents is unknown, or nobody lives there.",
        ),
        Column("people", "Residents counted", "residents"),
        Column(
            "sentence",
            "In words",
            "",
            "",
            "Begun minutes count; walks less than half a minute apart are alike",
        ),
        COLUMNS["distance_method"],
    )
}
