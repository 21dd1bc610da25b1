"""What each column of an assessment is: the one registry that legends, exports and docs read."""

from __future__ import annotations

from dataclasses import dataclass

from assetmap.model import CUT_OFFS_MIN, DEPRIVATION_DOMAINS, MEASURES
from assetmap.standards import AGS, FIELDS_IN_TRUST, GreenStandard
from assetmap.taxonomy import themes

__all__ = [
    "ACCESS_COLUMNS",
    "CHANGE_COLUMNS",
    "CLUSTER_COLUMNS",
    "COLUMNS",
    "EVIDENCE_COLUMNS",
    "INDICATOR_COLUMNS",
    "INEQUALITY_COLUMNS",
    "LEVEL_COLUMNS",
    "MORAN_COLUMNS",
    "OPTION_COLUMNS",
    "PATCH_COLUMNS",
    "PLACE_CHANGE_COLUMNS",
    "POOL_COLUMNS",
    "SWITCHED_COLUMNS",
    "TABLES",
    "WALK_LIST_COLUMNS",
    "WEIGHTS_COLUMNS",
    "WHAT_IF_COLUMNS",
    "Column",
]


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
_INDEX = (
    "Mid-ranks and the Indices of Deprivation's exponential transform (MHCLG 2019, appendix), unless the settings name another "
    "normalisation or aggregation"
)
_MAPPED = "Mapped places and groups only; not friendship, trust or volunteering."
_DRAWN = "Draws of weights, normalisation, aggregation, catchment and walking speed (OECD and JRC 2008); see docs/methods.md"
_OF_METHOD = "Says how far a rank hangs on the method, not how complete the lists are."
_ONE_POINT = "Measured from one point an area, where its people are on average."
_EVIDENCE = "Two lists matched (Chapman 1951), pooled by kind and fifth of deprivation; see docs/methods.md"
_AS_FAR = "As far as the lists tell: a chance, not a fact about the area."


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
        Column(
            f"{theme}_evidence",
            f"{label}: gap or missing data",
            "",
            "",
            _EVIDENCE,
            _AS_FAR,
        ),
        Column(
            f"{theme}_evidence_words", f"{label}: gap or missing data, in words", "", "", _EVIDENCE, _AS_FAR
        ),
        Column(f"{theme}_lack", f"{label}: lack", "0 to 100", "100 = fewest resources", _INDEX, _MAPPED),
        Column(
            f"{theme}_decile",
            f"{label}: decile",
            "decile",
            _FEWEST,
            "Rank among the areas compared with (resource_base), equal areas sharing the middle one",
            "None is given where no place is known within reach, nor among under 50 areas.",
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
        "resource_of",
        "Areas that it is ranked among",
        "areas",
        "",
        "The areas compared with (resource_base) of which every scored theme is known",
    ),
    Column(
        "resource_decile",
        "Social resource decile",
        "decile",
        _FEWEST,
        "Rank of the index among the areas compared with (resource_base)",
        f"None is given among under 50 areas. {_MAPPED}",
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
        "cluster",
        "Social resources beside its neighbours",
        "",
        "",
        "Local Moran’s I (Anselin 1995), told where p is within the false discovery rate (Benjamini and Hochberg 1995)",
        "A pattern of areas, not of people.",
    ),
    Column(
        "cluster_p",
        "How often chance would give such neighbours",
        "",
        "lower = rarer",
        "Conditional permutations, two-sided",
    ),
    Column(
        "hot_cold",
        "Few or many together",
        "",
        "",
        "Gi* (Getis and Ord 1992), told at the same p",
        "A pattern of areas, not of people.",
    ),
    Column(
        "resource_low",
        "Low on social resources",
        "",
        "true = low",
        "Rank of the index within the share of areas that the settings call low",
        _MAPPED,
    ),
    Column(
        "resource_base",
        "Compared with",
        "",
        "",
        "This place, or its reference where the settings ask for that",
    ),
    Column(
        "deprivation_resource_class",
        "Deprivation and social resources together",
        "",
        "",
        "Thirds of the areas of this place by deprivation and by the index, equal areas sharing the third of their middle rank",
        "Of this place alone: its most deprived third need not be deprived elsewhere.",
    ),
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
        "patch",
        "Patch",
        "",
        "1 = the patch with the first priority in it",
        "Priority neighbourhoods that touch, along an edge or at a corner, are one patch",
        "Drawn from the areas’ boundaries, not from what people call their neighbourhood.",
    ),
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
    Column("flipped", "Priorities that drop out or come in", "areas"),
    Column("drop_out", "Priorities that drop out"),
    Column("come_in", "Priorities that come in"),
]

#: Every column of the table that switches one choice at a time.
SWITCHED_COLUMNS: dict[str, Column] = {column.name: column for column in _SWITCHED}

_GUIDE = "South (2015), A guide to community-centred approaches for health and wellbeing"

#: Every column of the table of options: one row an area and approach that speaks to what is thin there.
OPTION_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        COLUMNS["area_code"],
        Column(
            "option",
            "Order in which it is told",
            "",
            "1 = first",
            "Those that build on what is known within reach first, then those that speak to more of the shortfalls",
            "No order of merit: nothing here says which would work.",
        ),
        Column("approach", "Approach", "", "", _GUIDE, "An option to talk over with residents, not advice."),
        Column("strand", "Strand of the family of approaches", "", "", _GUIDE),
        Column(
            "mechanism",
            "How it works",
            "",
            "",
            f"{_GUIDE}: those of its three core concepts that its paragraphs on the approach or its strand name",
        ),
        Column("what", "What people do"),
        Column(
            "speaks_to",
            "Shortfalls here that it speaks to",
            "",
            "",
            "assetmap/options.toml",
            "Our reading of the guide, and open to dispute.",
        ),
        Column(
            "builds_on",
            "Known here to build on",
            "",
            "",
            "Places within a 15-minute walk of the kinds that carry the approach (assetmap/taxonomy.toml)",
            "Blank where none is known, which is not the same as none.",
        ),
        Column("references", "What to read first", "", "", f"{_GUIDE}: its key reviews and references"),
    )
}

#: Every column of the table of what would change a priority: one row an area and theme.
WHAT_IF_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        COLUMNS["area_code"],
        Column("theme", "Theme of one more place"),
        Column(
            "kind",
            "Its kind",
            "",
            "",
            "Of the kinds of the theme least known within reach of the area, the one that the place has most of",
            "An example to reckon with, not a proposal.",
        ),
        Column(
            "minutes_nearer",
            "By how much the nearest would have to be nearer to meet the standard",
            "minutes",
            "lower = nearer to the standard",
            "Walk that half of the residents have at most, less the minutes of the standard",
            "Blank where the theme has no standard, or it is met, or there is no way to any.",
        ),
        Column(
            "rank_then",
            "Social resource rank with one more place",
            "rank",
            _FEWEST,
            "The index worked out again with one more place at the point that stands for where the area's people are",
            "Others near it gain too. It says how far the rank hangs on one place, and is no plan to open one.",
        ),
        Column(
            "low_then", "Low on social resources with it", "", "true = low", COLUMNS["resource_low"].source
        ),
        Column("priority_then", "A priority with it", "", "true = priority", COLUMNS["priority"].source),
    )
}

_LOCAL = "Anselin (1995); conditional permutations, two-sided; queen contiguity within a metre, islands with the nearest area"
_TOGETHER = "A pattern of areas, not of people; drawn otherwise, areas would show another."
_CHANCE = "Lists that are thin in one part of the place make a pattern too."

#: Every column of the table of where alike areas lie together: one row an area, and the index or a theme.
CLUSTER_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        COLUMNS["area_code"],
        COLUMNS["area_name"],
        Column(
            "figure", "Index or theme", "", "", "Ranks among the areas of this place, 1 = fewest resources"
        ),
        Column("cluster", "Beside its neighbours", "", "", _LOCAL, f"{_TOGETHER} {_CHANCE}"),
        Column(
            "hot_cold",
            "Few or many together",
            "",
            "",
            "Getis and Ord (1992), Gi*; told at the same p as local Moran’s I",
            f"{_TOGETHER} {_CHANCE}",
        ),
        Column(
            "local_moran", "Local Moran’s I", "", "above 0 = like its neighbours", "Anselin (1995)", _TOGETHER
        ),
        Column("gi_star", "Gi*", "z-score", "above 0 = many together", "Ord and Getis (1995)", _TOGETHER),
        Column("p", "How often chance would give the like", "", "lower = rarer", _LOCAL),
        Column(
            "fdr_threshold",
            "Told up to this p",
            "",
            "0 = none is told",
            "Benjamini and Hochberg (1995) at 5 %, over the areas of the figure; Castro and Singer (2006)",
            "Of what is told, one in twenty may be chance.",
        ),
    )
}

#: Every column of the table of how alike neighbours are in the place as a whole: one row the index or a theme.
MORAN_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        CLUSTER_COLUMNS["figure"],
        Column("areas", "Areas counted", "areas"),
        Column("areas_left_out", "Areas left out", "areas", "", "", "Their rank is unknown."),
        Column(
            "moran",
            "Moran’s I",
            "",
            "above 0 = areas that touch are alike",
            "Moran (1950); 999 permutations of the whole place",
            _TOGETHER,
        ),
        Column(
            "p", "How often chance would give as much", "", "lower = rarer", "One-sided, 999 permutations"
        ),
        *(
            Column(f"{one}_among_{other}", f"{one.capitalize()} among {other}", "areas", "", _LOCAL, _CHANCE)
            for one, other in (("few", "few"), ("many", "many"), ("few", "many"), ("many", "few"))
        ),
        Column("sentence", "In words"),
    )
}

#: Every column of the table that looks at the headline for smaller and larger areas: one row a level and headline.
LEVEL_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("level", "Level", "", "smallest first"),
        Column("units", "Areas or points at that level", "units"),
        Column("headline", "What is looked at"),
        Column(
            "figure",
            "Figure",
            "minutes for a walk; share of residents",
            "walks: above 0 = longer towards the least deprived; correlation: above 0 = fewer for the more deprived",
            "Slope index over fifths of the residents (Low and Low 2004); Spearman’s correlation of ranks; share of residents",
            "Larger areas hide small pockets; smaller ones have the deprivation of the area they are in.",
        ),
        Column("lower", "Lower end of the 95 % interval", "that of the figure", "", "See docs/methods.md"),
        Column("upper", "Upper end of the 95 % interval", "that of the figure", "", "See docs/methods.md"),
        Column("most_deprived", "Mean walk from the most deprived fifth", "minutes", "lower = nearer"),
        Column("least_deprived", "Mean walk from the least deprived fifth", "minutes", "lower = nearer"),
        Column(
            "holds",
            "Whether what is said of areas holds there",
            "",
            "",
            "Openshaw (1984): the modifiable areal unit problem",
            "By a stated rule; blank for the areas themselves.",
        ),
        Column("sentence", "In words"),
    )
}

#: Every column of the table of patches: one row a patch of priority neighbourhoods.
PATCH_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        COLUMNS["patch"],
        Column(
            "patch_name",
            "Patch, by name",
            "",
            "",
            "The words that the names of its areas, and of no others, begin with; else its first priority",
        ),
        Column("areas", "Areas in the patch", "areas"),
        Column(
            "people",
            "Residents of the patch",
            "people",
            "",
            "The place's population table",
            "Blank where those of any of its areas are unknown.",
        ),
        Column("first_priority", "Its first priority", "rank", "1 = first", COLUMNS["priority_rank"].source),
        Column("area_codes", "Codes of its areas, first priority first"),
        Column("area_names", "Its areas, first priority first"),
    )
}

_OFFICERS = "The weights of the settings"
_RESIDENTS_SAY = "The weights of the residents: see [residents_weights]"

#: Every column of the table of the people's weights: one row for the place, one a theme, one an area.
WEIGHTS_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("about", "What the row is about"),
        Column("code", "Theme, or area code"),
        Column("name", "Its name"),
        Column(
            "officers_weight", "Officers’ weight", "share of the whole weight", "1 = all of it", _OFFICERS
        ),
        Column(
            "residents_weight",
            "Residents’ weight",
            "share of the whole weight",
            "1 = all of it",
            _RESIDENTS_SAY,
            "Of those who placed tokens, not of all residents.",
        ),
        Column(
            "people",
            "Residents who gave weights",
            "people",
            "",
            _RESIDENTS_SAY,
            "Fewer than 5 are not shown.",
        ),
        Column("officers_rank", "Rank by the officers’ weights", "rank", _FEWEST, _OFFICERS, _MAPPED),
        Column("residents_rank", "Rank by the residents’ weights", "rank", _FEWEST, _RESIDENTS_SAY, _MAPPED),
        Column("officers_priority", "Priority by the officers’ weights", "", "true = priority", _OFFICERS),
        Column(
            "residents_priority", "Priority by the residents’ weights", "", "true = priority", _RESIDENTS_SAY
        ),
        Column(
            "flips", "What the residents’ weights change", "", "", "Drops out of the priorities, or comes in"
        ),
        Column(
            "spearman",
            "Agreement of the two orders",
            "",
            "1 = the same order",
            "Spearman’s correlation of ranks",
        ),
    )
}

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
            "Not given where the line starts at nought or below.",
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

_DEPENDENT = "Lists are seldom made apart, so more may exist, and the share that is known may be less."
_DUPLICATES = "Places told twice and not yet joined push the other way: see doubtful."
_EXACT = "Exact, by the hypergeometric distribution"

#: Every column of what two lists tell of each kind of place: one row a kind and fifth of deprivation.
POOL_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        ACCESS_COLUMNS["theme"],
        Column(
            "kind",
            "Kind of place",
            "",
            "",
            "",
            "Empty for all kinds of the theme that two lists or more name.",
        ),
        Column(
            "deprivation_fifth",
            "Fifth of deprivation",
            "fifth",
            _DEPRIVED,
            "Two deciles of the area that a place stands in",
            "Empty for all fifths together.",
        ),
        Column("list", "List with most of them"),
        Column("other_lists", "All other lists that name any, taken as one"),
        Column("first_count", "Places on that list", "places"),
        Column("second_count", "Places on any of the others", "places"),
        Column("matched", "Places on both", "places"),
        Column("known", "Places known", "places"),
        Column(
            "estimate",
            "Places there are, at least",
            "places",
            "",
            "Chapman (1951)",
            f"Blank under seven matches (Robson and Regier 1964). {_DEPENDENT} {_DUPLICATES}",
        ),
        Column("estimate_low", "Lower end of the 95 % interval", "places", "", _EXACT, _DEPENDENT),
        Column("estimate_high", "Upper end of the 95 % interval", "places", "", _EXACT, _DEPENDENT),
        Column(
            "completeness",
            "Share that is known, at most",
            "share of places",
            "1 = all",
            "Places known over places there are",
            f"{_DEPENDENT} {_DUPLICATES}",
        ),
        Column(
            "doubtful",
            "Pairs of listings that may be one place and wait for a person",
            "pairs",
            "",
            "matches.csv, over all fifths",
            "Blank where the lists were not compared. Each that is one place makes the estimate lower.",
        ),
        Column("words", "In words"),
    )
}

_REACHED = "Within the walk of the verdict; blank where there are none"

#: Every column of whether there is a gap or the data lack one: one row an area and theme.
EVIDENCE_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        ACCESS_COLUMNS["area_code"],
        ACCESS_COLUMNS["theme"],
        Column("evidence", "Gap or missing data", "", "", _EVIDENCE, _AS_FAR),
        Column("words", "In words", "", "", _EVIDENCE, _AS_FAR),
        Column(
            "within_min",
            "The walk that it is about",
            "minutes",
            "",
            "The theme's standard, else the catchment",
        ),
        Column("places_in_reach", "Places known that any resident can walk to", "places", "higher = more"),
        Column(
            "hangs_on",
            "Places without any one of which most residents would have none",
            "",
            "",
            "Walks of the area's residents",
            "Blank until the group has been told, but for officers.",
        ),
        Column(
            "expected_unlisted",
            "Places on no list to be expected within reach",
            "places",
            "higher = more missing from the lists",
            f"{_EVIDENCE}; shared out by residents, less where few are known (Clayton and Kaldor 1987)",
            "Of the least that two lists tell of; an area may have none of them, or several.",
        ),
        Column(
            "missing_chance",
            "Chance that a place within reach is on no list",
            "chance",
            "1 = certain",
            f"{_EVIDENCE}; shared out by residents, less where few are known (Clayton and Kaldor 1987)",
            "Of the least that two lists tell of.",
        ),
        Column(
            "missing_chance_high",
            "The same, at the upper end of the interval",
            "chance",
            "1 = certain",
            f"{_EVIDENCE}; shared out by residents, less where few are known (Clayton and Kaldor 1987)",
            "Kinds that two lists cannot tell of are taken to be as complete as the others.",
        ),
        Column("told_share", "Known places of kinds that two lists tell of", "share of places", "1 = all"),
        Column("named_share", "Kinds of the theme that some list names", "share of kinds", "1 = all"),
        Column("covered_share", "Ground within reach that the lists cover", "share of ground", "1 = all"),
        Column(
            "unchecked_share",
            "Places within reach without a check or edit in 24 months",
            "share of places",
            "1 = all unchecked",
            "Counted to the newest date in the place's files; the ohsome quality API's threshold for shops and pubs",
            f"{_REACHED}. A date that no list gives counts as none.",
        ),
        Column(
            "unmatched_share",
            "Places within reach on one list only",
            "share of places",
            "1 = all on one list only",
            "Of kinds that two lists or more name",
            f"{_REACHED}.",
        ),
    )
}

#: Every column of the walk list: one row a thing to look for or to check.
WALK_LIST_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        ACCESS_COLUMNS["area_code"],
        COLUMNS["area_name"],
        ACCESS_COLUMNS["theme"],
        Column(
            "what",
            "What to do",
            "",
            "",
            "",
            "Look for a kind that may be there, or check a place that is listed.",
        ),
        Column("kind", "Kind of place"),
        Column("name", "Place"),
        Column("address", "Address"),
        Column("postcode", "Postcode"),
        Column("why", "Why"),
    )
}

_OWN_TABLE = "The indicator’s own table; see source and period"
_BESIDE = "Shown beside the social resource index, and no part of it."

#: Every column of the table of indicators: one row an indicator and area.
INDICATOR_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("indicator", "Indicator", "", "", "", _BESIDE),
        Column("outcome_level", "Level", "", "", "South (2015), table 2; context is what is no outcome"),
        Column("term", "Term", "", "", "Stansfield et al. (2020), element 10, which puts no years to it"),
        Column("period", "What time it is of"),
        Column("unit", "Unit"),
        Column("better", "Which way is good news"),
        COLUMNS["area_code"],
        COLUMNS["area_name"],
        Column(
            "value",
            "Value",
            "that of the indicator",
            "see better",
            _OWN_TABLE,
            "Of the area, not of anybody in it. Blank where it is unknown, or so few answered that it is left out.",
        ),
        Column("lower", "Interval, lower end", "that of the indicator", "", _OWN_TABLE),
        Column("upper", "Interval, upper end", "that of the indicator", "", _OWN_TABLE),
        Column(
            "rank",
            "Rank among the areas of this place",
            "rank",
            "1 = best; where neither way is good news, 1 = highest",
            "Mid-rank: equal areas share the middle one",
            "Of values without regard to their intervals.",
        ),
        Column("areas", "Areas of which it is known", "areas"),
        Column(
            "median",
            "Median of the areas of this place",
            "that of the indicator",
            "",
            "Each area counts the same",
        ),
        Column(
            "spearman",
            "Goes together with social resources",
            "",
            "above 0 = higher where there are more resources; from -1 to 1",
            "Spearman’s correlation with the rank of the social resource index",
            "Of areas, not of people; what goes together need not be cause and effect.",
        ),
        Column("source", "Source"),
        Column("licence", "Licence"),
    )
}

_CHANGE_KIND = Column(
    "change_kind",
    "What kind of change",
    "",
    "",
    "See docs/methods.md: real, boundary, method or cannot tell",
    "New on a list is not the same as new: only what is stated, or differs beyond chance, is called real.",
)
_CHANGE_WORDS = Column("change_words", "In words")

#: Every column of the table of changes: one row a figure of an area that is not what it was.
CHANGE_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        COLUMNS["area_code"],
        COLUMNS["area_name"],
        Column(
            "about",
            "About",
            "",
            "",
            "",
            "A theme, the index, deprivation, an indicator by its name, or the area itself.",
        ),
        Column("figure", "Figure", "", "", "", "See the table of areas for what each figure is."),
        Column("unit", "Unit"),
        Column("direction", "Which way the figure runs"),
        Column("before", "Before", "that of the figure"),
        Column("after", "After", "that of the figure"),
        Column("change", "After less before", "that of the figure", "see direction"),
        Column(
            "towards",
            "Gained or lost",
            "",
            "",
            "Gained is more resources, or good news of an indicator",
            "Blank where the change is of method or boundary, or no way is better; and of ranks and what rests on them, which move "
            "when other areas do.",
        ),
        _CHANGE_KIND,
        _CHANGE_WORDS,
    )
}

#: Every column of the table of changed places: one row a place and what is different of it.
PLACE_CHANGE_COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column(
            "what",
            "What is different",
            "",
            "",
            "The same identifier on a list, or the same name and kind within 100 m",
        ),
        Column("name", "Place"),
        Column("name_before", "Place, as it was called before"),
        Column("kind", "Kind of place"),
        Column("kind_before", "Kind of place before"),
        Column("theme", "Theme"),
        Column("lists", "Lists that name it"),
        Column("area_code", "Area code", "", "", "", "Blank where it is outside all areas."),
        Column("moved_m", "How far its point moved", "metres", "", "Straight line"),
        _CHANGE_KIND,
        _CHANGE_WORDS,
    )
}

#: The tables of a gap analysis that are told column by column, in the order that a reader meets them.
TABLES: dict[str, dict[str, Column]] = {
    "areas": COLUMNS,
    "access": ACCESS_COLUMNS,
    "uncertainty": SWITCHED_COLUMNS,
    "weights": WEIGHTS_COLUMNS,
    "evidence": POOL_COLUMNS,
    "gap_or_missing": EVIDENCE_COLUMNS,
    "walk_list": WALK_LIST_COLUMNS,
    "inequality": INEQUALITY_COLUMNS,
    "clusters": CLUSTER_COLUMNS,
    "clusters_of_place": MORAN_COLUMNS,
    "levels": LEVEL_COLUMNS,
    "patches": PATCH_COLUMNS,
    "indicators": INDICATOR_COLUMNS,
    "options": OPTION_COLUMNS,
    "what_if": WHAT_IF_COLUMNS,
}
