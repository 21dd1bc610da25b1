"""What a councillor may ask of each priority: why here, compared with whom, how sure, what would change it, what could be done.

One page that reads without a script and prints in black and white.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from assetmap import gaps
from assetmap.errors import counted
from assetmap.model import DEPRIVATION_DOMAINS, Assessment
from assetmap.options import Option, in_a_sentence
from assetmap.reasons import CANNOT_TELL, Row, minutes
from assetmap.taxonomy import kinds, themes
from assetmap.uncertainty import Uncertainty
from assetmap.views import leaflet
from assetmap.views.page import heading_html, options_html, references_html
from assetmap.views.report import Account, accounts, in_draws

__all__ = [
    "HEADING",
    "MOST_TOLD",
    "Questions",
    "asked_of",
    "details_html",
    "lead",
    "not_said",
    "page_html",
    "questions",
]

#: So many priorities are told of, first priority first: working out what would change each takes a moment.
MOST_TOLD = 25

#: Where there is no priority, so many areas that come nearest to it are told of instead.
_EXAMPLES = 2

HEADING = "Questions a councillor may ask"


@dataclass(frozen=True)
class Questions:
    """The questions and answers on one area.

    Parameters
    ----------
    account
        What is to be said of it: its strengths come first here too.
    answers
        Each question with its answers, a sentence each.
    options
        What could be done.
    """

    account: Account
    answers: dict[str, list[str]]
    options: list[Option]


def asked_of(assessment: Assessment) -> list[str]:
    """The areas that are asked about: the first priorities; or, where there is none, those that come nearest to it.

    Nearest are the areas that meet most of the three conditions (low resources, high deprivation, a standard missed) and, among those,
    have the fewest resources. None where no area can be judged.
    """
    found = assessment.priorities
    if len(found):
        return [str(code) for code in found.index[:MOST_TOLD]]
    areas = assessment.areas
    judged = areas[~areas["reason"].str.startswith(CANNOT_TELL)]
    met = _conditions(assessment, judged).sum(axis=1)
    order = judged.assign(met=met).sort_values(
        ["met", "resource_rank"], ascending=[False, True], kind="stable"
    )
    return [str(code) for code in order.index[:_EXAMPLES]]


def _conditions(assessment: Assessment, areas: pd.DataFrame) -> pd.DataFrame:
    """Which of the three conditions of a priority each area meets."""
    missed = areas[[standard.column for standard in gaps.STANDARDS]].fillna(False).any(axis=1)
    deprived = areas["deprivation_decile"] <= assessment.settings.high_deprivation_decile
    return pd.DataFrame({"low": areas["resource_low"], "deprived": deprived, "missed": missed}).astype(bool)


def questions(
    assessment: Assessment,
    found: Uncertainty,
    one_more_place: pd.DataFrame,
    area_codes: Iterable[str] | None = None,
) -> list[Questions]:
    """The questions on each area that is asked about, in order of priority.

    Parameters
    ----------
    assessment
        What was found, with its bands.
    found
        How sure the ranks are.
    one_more_place
        What one more place would change in those areas, as `assetmap.what_if.one_more` gives it.
    area_codes
        Which areas; those of `asked_of` unless told.
    """
    codes = asked_of(assessment) if area_codes is None else list(area_codes)
    told = accounts(assessment, codes)
    return [
        Questions(
            told[code],
            {
                "Why here?" if told[code].priority else "Why not here?": [
                    told[code].verdict,
                    *told[code].thin,
                ],
                "Compared with whom?": list(_compared(assessment, code)),
                "How sure are we?": [*_drawn(assessment, code), *told[code].how_sure],
                "What would change it?": list(_changes(assessment, found, one_more_place, code)),
            },
            told[code].options,
        )
        for code in codes
    ]


def _compared(assessment: Assessment, code: str) -> Iterator[str]:
    """Whom the area is compared with, in each of the three conditions."""
    settings = assessment.settings
    area: Any = assessment.areas.loc[code]
    share, of = settings.low_resource_share, int(area["resource_of"])
    # Ranks go by halves.
    highest = math.floor(gaps.low_rank(of, settings) * 2) / 2
    yield (
        f"For social resources, with {area['resource_base']}. Low means the {share * 100:g} % of them with the fewest: rank {highest:g} of "
        f"{of:,} or lower (1 = fewest). This area has rank {area['resource_rank']:g}."
    )
    if settings.resource_base == "place":
        yield "It is compared with no area elsewhere: what is low here need not be low there."
    domain = DEPRIVATION_DOMAINS[settings.deprivation_domain].lower()
    yield (
        f"For deprivation ({domain}), with all areas of {assessment.place.deprivation_index}. High means decile "
        f"{settings.high_deprivation_decile} or lower (1 = most deprived). This area is in decile {area['deprivation_decile']}."
    )
    for standard in gaps.STANDARDS:
        yield (
            f"For {themes()[standard.theme].lower()}, with a standard that is the same for all areas: {standard.within_min:g} minutes on foot "
            f"({standard.source})."
        )


def _drawn(assessment: Assessment, code: str) -> Iterator[str]:
    area: Any = assessment.areas.loc[code]
    drawn = in_draws(area)
    if drawn:
        yield f"Its rank is {drawn} of other choices of method (1 = fewest)."


def _changes(
    assessment: Assessment, found: Uncertainty, one_more_place: pd.DataFrame, code: str
) -> Iterator[str]:
    """What would make the answer another: a nearer place, one more place, another choice, another threshold."""
    area: Any = assessment.areas.loc[code]
    more = one_more_place[one_more_place["area_code"] == code].to_dict("records")
    for row in more:
        if pd.notna(row["minutes_nearer"]):
            within = next(each.within_min for each in gaps.STANDARDS if each.theme == row["theme"])
            yield (
                f"{themes()[row['theme']]}: with the nearest {minutes(row['minutes_nearer'])} nearer on foot, the {within:g}-minute "
                "standard would be met."
            )
    for row in more:
        kind = in_a_sentence(kinds()[row["kind"]].label)
        yield (
            f"{themes()[row['theme']]}, one more place where its people are (reckoned as: {kind}): rank {row['rank_then']:g} of "
            f"{area['resource_of']:,} (1 = fewest), {_low_then(area, row['low_then'])}, {_priority_then(area, row['priority_then'])}."
        )
    yield from _switched(found, area, code)
    yield from _thresholds(assessment.settings.high_deprivation_decile, area)


def _low_then(area: Row, low: bool) -> str:
    if low == bool(area["resource_low"]):
        return "still low" if low else "not low, as now"
    return "low" if low else "no longer low"


def _priority_then(area: Row, priority: bool) -> str:
    if priority == bool(area["priority"]):
        return "still a priority" if priority else "not a priority, as now"
    return "a priority" if priority else "no longer a priority"


def _switched(found: Uncertainty, area: Row, code: str) -> Iterator[str]:
    """Which single choices of method would make the answer another."""
    if found.switched.empty:
        return
    column = "drop_out" if area["priority"] else "come_in"
    item = f"; {code} {area['area_name']}; "
    flips = [
        f"{each.axis}, {each.choice}"
        for each in found.switched.itertuples()
        if item in f"; {getattr(each, column)}; "
    ]
    tried = len(found.switched)
    if flips:
        other = "would not be a priority" if area["priority"] else "would be a priority"
        yield f"Of {tried} choices of method, made otherwise one at a time, it {other} with {len(flips)}: {'; '.join(flips)}."
    else:
        yield f"None of {tried} choices of method, made otherwise one at a time, would change whether it is a priority."


def _thresholds(threshold: int, area: Row) -> Iterator[str]:
    decile = area["deprivation_decile"]
    within = decile <= threshold
    if within and decile > 1:
        told = f"were high deprivation to mean decile {decile - 1} or lower"
    elif not within:
        told = f"were high deprivation to mean decile {decile} or lower"
    else:
        yield "Deprivation: it is in decile 1 (1 = most deprived), so no threshold would leave it out."
        return
    outcome = "it would not count as high" if within else "it would count as high"
    yield f"Deprivation: {told} (1 = most deprived), {outcome} here."


# -- in HTML --------------------------------------------------------------------------------------


def not_said(assessment: Assessment, told: Account) -> list[str]:
    """What the answers do not say, beside the figures that they bear on."""
    area = assessment.areas.loc[told.area_code]
    return [
        "How people get on here. The index counts mapped places and groups within a walk; it does not measure friendship, trust or "
        "volunteering.",
        "Anything about one person. The figures are of an area: most people in a deprived area are not themselves deprived, and what holds "
        "between areas need not hold between people.",
        "What lies just over the border, where a list stops there. "
        + ("This area is near such an edge." if area["near_edge"] else "This area is not near such an edge."),
        f"How long a real walk takes. Distances are {area['distance_method']}; slopes, crossings and lighting are not in them.",
        "That a place is good, open to all or wanted. A place on a list counts, whatever goes on there.",
    ]


def _sections_html(assessment: Assessment, told: Questions, level: int) -> str:
    """The questions on one area in HTML, strengths first; headings from a level on.

    Parameters
    ----------
    assessment
        What was found.
    told
        The questions and answers.
    level
        Level of the headings, such as 3 beneath a heading 2.
    """
    account = told.account

    def part(heading: str, html: str) -> str:
        return f"<h{level}>{escape(heading)}</h{level}>{html}"

    answers = "".join(part(question, _list(sentences)) for question, sentences in told.answers.items())
    return "".join(
        (
            f"<p>{escape(account.headline)}</p>",
            part(account.strengths_heading, _list(account.strengths)),
            answers,
            part("What could be done?", options_html(told.options)),
            part("What does this not say?", _list(not_said(assessment, account))),
        )
    )


def lead(assessment: Assessment) -> str:
    """Whom the questions are about, in a sentence or two; and, where there is no priority, that this is so."""
    number, asked = len(assessment.priorities), asked_of(assessment)
    if number > len(asked):
        return (
            f"The first {len(asked)} of {number:,} priority neighbourhoods, first priority first. The reason for each of the others is in "
            "areas.csv."
        )
    if number:
        return f"{counted(number, 'priority neighbourhood')}, first priority first."
    if not asked:
        return "No area can be judged here, so there is no priority neighbourhood to ask about."
    names = " and ".join(str(assessment.areas.at[code, "area_name"]) for code in asked)
    return (
        "There is no priority neighbourhood here: in no area do low resources, high deprivation and a missed standard meet. That is a "
        f"valid answer. {names} come{'s' if len(asked) == 1 else ''} nearest, and show why not."
    )


def details_html(assessment: Assessment, told: Iterable[Questions]) -> str:
    """The questions on every area that is asked about, each to be opened by itself, beneath a heading 2."""
    areas = "".join(
        f"<details><summary>{escape(each.account.area_name)}</summary>{_sections_html(assessment, each, 3)}</details>"
        for each in told
    )
    return f'<div class="am-account"><p>{escape(lead(assessment))}</p>{areas}</div>'


def page_html(assessment: Assessment, told: Iterable[Questions]) -> str:
    """The questions on every area that is asked about, as one page: the same assessment gives the same text."""
    place, every = assessment.place, list(told)
    links = "".join(
        f'<li><a href="#{escape(each.account.area_code)}">{escape(each.account.area_name)}</a></li>'
        for each in every
    )
    sections = "".join(
        f'<section id="{escape(each.account.area_code)}" aria-label="{escape(each.account.area_name)}">'
        f"<h2>{escape(each.account.area_name)}</h2>{_sections_html(assessment, each, 3)}"
        f'<p class="am-note">Area code {escape(each.account.area_code)}</p></section>'
        for each in every
    )
    notes = _list(assessment.notes)
    return leaflet.page_template("questions.html").substitute(
        title=escape(f"{HEADING}: {place.name}"),
        style=leaflet.inlined_css("page.css", "questions.css"),
        heading=heading_html(place),
        question=HEADING,
        lead=escape(lead(assessment)),
        links=f'<nav aria-label="Areas"><ol>{links}</ol></nav>' if len(every) > 1 else "",
        sections=sections,
        notes=notes,
        references=references_html(),
    )


def _list(texts: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"
