"""The words around the map, in HTML, and the map as a page that stands alone.

Text that came from a file passes through `html.escape`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from assetmap.clusters import Clusters, clusters, with_clusters
from assetmap.columns import ACCESS_COLUMNS, COLUMNS, INEQUALITY_COLUMNS, SWITCHED_COLUMNS
from assetmap.errors import Problem, counted
from assetmap.gaps import STANDARDS
from assetmap.inequality import FIGURES, access_inequality
from assetmap.languages import say
from assetmap.levels import levels
from assetmap.model import ASSET_FIELDS, DEPRIVATION_DOMAINS, THEMES, Assessment, Place
from assetmap.options import Option, cited, family
from assetmap.reasons import amount, minutes
from assetmap.sources.grants import by_recipient, by_year
from assetmap.sources.guess import hidden
from assetmap.sources.mapping import Check
from assetmap.taxonomy import kinds, themes
from assetmap.uncertainty import Uncertainty
from assetmap.views import leaflet
from assetmap.views.maps import (
    contents,
    legend_html,
    look,
    mark_html,
    marks_css,
    paint,
    patch_lines,
    shadings,
)
from assetmap.views.neighbourhoods import section_html
from assetmap.views.patterns import clusters_html, in_patch, levels_html, patches_html
from assetmap.views.report import (
    Account,
    Nearby,
    accounts,
    in_draws,
    notices_text,
    of_draws,
    place_summary,
)
from assetmap.views.small_maps import by_deprivation_html, small_maps_html
from assetmap.views.tables import table_html
from assetmap.views.weights import section_html as weights_section_html

__all__ = [
    "ADDING",
    "COLUMN_LABELS",
    "COVERAGES",
    "KIND_WAYS",
    "ROLE_LABELS",
    "account_html",
    "area_labels",
    "areas_table_html",
    "as_label",
    "bodies_html",
    "check_html",
    "doubts_html",
    "grants_html",
    "heading_html",
    "inequality_html",
    "notes_html",
    "options_html",
    "patterns_html",
    "place_html",
    "preview_html",
    "priorities_html",
    "references_html",
    "standalone",
    "switched_html",
]

WHOLE_PLACE = "The whole place"


def area_labels(assessment: Assessment) -> dict[str, str]:
    """What to call each area in a list to choose from, by name; no code stands for the whole place."""
    kept = assessment.place.kept
    if "area labels" not in kept:
        names = assessment.place.areas["area_name"].sort_values(kind="stable")
        kept["area labels"] = {str(code): f"{name} ({code})" for code, name in names.items()}
    return {"": WHOLE_PLACE, **kept["area labels"]}


def heading_html(place: Place, language: str = "en") -> str:
    """The name of a place, and that it is made up where it is."""
    words = say("near.fictional", language)
    fictional = f'<p class="am-fictional-place">{words}</p>' if place.fictional else ""
    return f'<div class="am-heading"><h1>{escape(place.name)}</h1>{fictional}</div>'


def place_html(assessment: Assessment) -> str:
    """What is known of the whole place, shown until an area is chosen."""
    return (
        f'<div class="am-account"><h2>{WHOLE_PLACE}</h2>{_list("In short", place_summary(assessment))}'
        f"{_first_priorities(assessment)}"
        "<p>Choose an area on the map or from the list to read what is strong there, what is near and why "
        "it is or is not a priority.</p></div>"
    )


_FIRST = 6


def _first_priorities(assessment: Assessment) -> str:
    """The names of the first priorities; what is strong there, and why so, is told in the list of them."""
    found = assessment.priorities
    if found.empty:
        return ""
    items = "".join(
        f'<li><span class="am-count">{row.priority_rank}</span><span>{escape(str(row.area_name))}</span></li>'
        for row in found.head(_FIRST).itertuples()
    )
    more = (
        f"<p>{len(found) - _FIRST} more are in the list of priority neighbourhoods.</p>"
        if len(found) > _FIRST
        else ""
    )
    return f'<h3>In order of priority</h3><ol class="am-places">{items}</ol>{more}'


def account_html(told: Account) -> str:
    """What is known of one area: strengths first, then what is thin, why, and how sure we are."""
    yes = " am-yes" if told.priority else ""
    return "".join(
        [
            f'<div class="am-account"><h2>{escape(told.area_name)}</h2><p>{escape(told.headline)}</p>',
            _list(told.strengths_heading, told.strengths),
            _list("Less within reach than in most areas here", told.thin),
            f'<div class="am-verdict{yes}">{escape(told.verdict)}</div>',
            f"<details><summary>Ways that others have taken</summary>{options_html(told.options)}</details>"
            if told.options
            else "",
            _places(
                "In this area", [each for each in told.nearby if each.inside], "None known in this area."
            ),
            _places(
                "Near this area, on foot",
                [each for each in told.nearby if not each.inside],
                "None known near this area.",
            ),
            _list("Bodies for this area", told.bodies),
            _list("Figures", told.facts),
            _list("Also known (not in the index)", told.also_known),
            _list("How sure we are", told.how_sure),
            f'<p class="am-note">Area code {escape(told.area_code)}</p></div>',
        ]
    )


def options_html(found: Sequence[Option]) -> str:
    """The approaches that speak to what is thin, with what the guide says of the evidence; or that there is none."""
    if not found:
        return "<p>Nothing is thin here by these figures, so no approach is named. Residents may see it otherwise.</p>"

    def item(option: Option) -> str:
        builds = f" Known here to build on: {option.builds_on}." if option.builds_on else ""
        read = "; ".join(map(cited, option.references))
        return (
            f"<li><strong>{escape(option.label)}.</strong> {escape(option.what)}{escape(builds)} "
            f"<small>Speaks to: {escape('; '.join(option.speaks_to))}. Works by: {escape(', '.join(option.mechanisms))}. "
            f"To read: {escape(read)}.</small></li>"
        )

    about = family().about
    return (
        f"<p>{escape(about['lead'])}</p><ul>{''.join(map(item, found))}</ul>"
        f"<p>{escape(about['unknown'])} {escape(about['evidence'])}</p>"
    )


def references_html() -> str:
    """Every reference for the options in full."""
    source = (
        "South J. (2015). A guide to community-centred approaches for health and wellbeing. Public Health England and NHS England. "
        "It names the approaches; numbers in brackets are those of its list of references."
    )
    return f"<p>{escape(source)}</p><ul>{_items(sorted(family().references.values()))}</ul>"


def _list(heading: str, texts: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<h3>{escape(heading)}</h3><ul>{items}</ul>" if items else ""


def _places(heading: str, nearby: list[Nearby], none: str) -> str:
    items = [
        f"<li>{mark_html(each.theme)}<span>{escape(each.name)} "
        f"<small>({escape(each.kind)}, {minutes(each.walk_min)} on foot)</small></span></li>"
        for each in nearby
    ]
    text = f'<ul class="am-places">{"".join(items[:_FIRST])}</ul>' if items else f"<p>{escape(none)}</p>"
    if items[_FIRST:]:
        text += (
            f"<details><summary>{len(items) - _FIRST} more</summary>"
            f'<ul class="am-places">{"".join(items[_FIRST:])}</ul></details>'
        )
    return f"<h3>{escape(heading)}</h3>{text}"


def priorities_html(assessment: Assessment) -> str:
    """The priority neighbourhoods, first priority first, or why it is right that there are none."""
    found = assessment.priorities
    if assessment.areas["deprivation_decile"].isna().all():
        return "<p>Deprivation is not known here, so nobody can say which neighbourhoods are a priority.</p>"
    if assessment.areas["resource_rank"].isna().all():
        return (
            "<p>No list of places was given, so nobody can say which neighbourhoods are low on social "
            "resources, or which are a priority.</p>"
        )
    if found.empty:
        return (
            "<p><strong>No priority neighbourhoods.</strong> No area is highly deprived, low on social "
            "resources and short of a published standard all at once. That is a valid answer, as far as the "
            "lists of places are complete. Areas low on social resources are still marked on the map.</p>"
        )

    def item(row: Any) -> str:
        name, strengths, reason = (escape(text) for text in (row.area_name, row.strengths, row.reason))
        told = f"<strong>{name}</strong><p>{strengths}</p><p>{reason}</p>"
        if row.Index in patch_of:
            told += f"<p>{escape(patch_of[row.Index])}</p>"
        drawn = in_draws(row._asdict())
        told += "".join(f"<p>{escape(each)}</p>" for each in _evident(row._asdict()))
        if drawn:
            told += f"<p>A priority in {of_draws(row.priority_share)}; its rank is {drawn} (1 = fewest resources).</p>"
        return f'<li><span class="am-count">{row.priority_rank}</span><div>{told}</div></li>'

    patch_of = in_patch(assessment)
    items = "".join(map(item, found.itertuples()))
    return f'{patches_html(assessment)}<ol class="am-priorities">{items}</ol>'


def _evident(area: Mapping[str, Any]) -> Iterator[str]:
    """Whether each standard that an area misses is missed in truth, as far as the lists can tell."""
    for standard in STANDARDS:
        words = area.get(f"{standard.theme}_evidence_words")
        if words is not None and pd.notna(area[standard.column]) and area[standard.column]:
            yield f"{themes()[standard.theme]}: {words[0].lower()}{words[1:]}"


def switched_html(found: Uncertainty) -> str:
    """What each other choice of method would change by itself, and what draws of all of them together are made from."""

    def row(each: Any) -> str:
        def number(value: Any, form: str) -> str:
            return f'<td class="am-number">{"not known" if pd.isna(value) else format(value, form)}</td>'

        head = f'<th scope="row">{escape(each.axis.capitalize())}: {escape(each.choice)}</th>'
        numbers = "".join(
            (
                number(each.areas_moved, "d"),
                number(each.spearman, ".2f"),
                number(each.priorities, "d"),
                number(each.flipped, "d"),
            )
        )
        which = "".join(f"<td>{escape(text) or '–'}</td>" for text in (each.drop_out, each.come_in))
        return f"<tr>{head}{numbers}{which}</tr>"

    def flip(each: Any) -> str:
        ways = ((each.drop_out, "no longer a priority"), (each.come_in, "a priority"))
        told = " and ".join(f"{codes} {what}" for codes, what in ways if codes)
        return f"{each.axis.capitalize()}, {each.choice}: {told}."

    if found.switched.empty:
        return f"<p>{escape(found.none_since)}</p>"
    heads = ["Choice", *(escape(SWITCHED_COLUMNS[name].label) for name in list(SWITCHED_COLUMNS)[2:])]
    caption = "One choice made otherwise while all others stay as they are."
    table = table_html("One choice at a time", caption, heads, map(row, found.switched.itertuples()))
    flips = [flip(each) for each in found.switched.itertuples() if each.drop_out or each.come_in]
    changed = (
        f"<p>Which neighbourhoods are a priority would change with these:</p><ul>{_items(flips)}</ul>"
        if flips
        else "<p>None of these choices by itself would change which neighbourhoods are a priority.</p>"
    )
    priors = _items(f"{axis.capitalize()}: {prior}." for axis, prior in found.priors.items())
    return (
        f"{changed}{table}<p>The bands of ranks, and “in so many % of draws”, come from {found.draws:,} draws of all five together:</p>"
        f"<ul>{priors}</ul><p>Deprivation, thresholds and lists are the same in every draw: this tells how far a rank "
        "hangs on the method, not how complete the lists are.</p>"
    )


def notes_html(assessment: Assessment) -> str:
    """What a reader must know before quoting a figure, and what to read of the options."""
    return (
        f"<ul>{_items(assessment.notes)}</ul>"
        f"<details><summary>References for the ways that others have taken</summary>{references_html()}</details>"
    )


def areas_table_html(assessment: Assessment, *, buttons: bool = False, rows: slice = slice(None)) -> str:
    """Every area with the figures of the map, as a table.

    Parameters
    ----------
    assessment
        What to tell.
    buttons
        Whether an area's name is a button, for a page with a script that listens to it.
    rows
        Which of the areas to show, in the order of the table; all of them by default.
    """
    areas = assessment.areas
    resources = "resource_decile" if areas["resource_decile"].notna().any() else "resource_rank"
    heads = [
        "Area",
        "Standing",
        escape(COLUMNS["population"].label),
        *(
            f"{escape(COLUMNS[name].label)} <small>({escape(COLUMNS[name].direction)})</small>"
            for name in ("deprivation_decile", resources)
        ),
        *(escape(label) for label in themes().values()),
    ]
    ordered = areas.sort_values(["priority_rank", "resource_rank"], na_position="last", kind="stable")
    caption = (
        f"{len(areas)} areas: priority neighbourhoods first, then by social resources, fewest first. "
        f"For each theme: places known within "
        f"{assessment.settings.catchment_min:g} minutes’ walk, and how far the nearest is on foot "
        f"({escape(str(areas['distance_method'].iloc[0]))}). {escape(COLUMNS['deprivation_decile'].caveat)} "
        f"{escape(COLUMNS['near_edge'].label)}: {escape(COLUMNS['near_edge'].caveat.lower())}"
    )
    if "rank_low" in areas:
        caption += " Beside each rank: what it is between in nine of ten draws of weights, scale, mean, catchment and walking speed."
    shown = ordered.iloc[rows]
    if len(shown) < len(areas):
        first, last, _ = rows.indices(len(areas))
        caption = f"<strong>Areas {first + 1:,} to {last:,} of {len(areas):,}.</strong> {caption}"
    told = (_row(row, resources, buttons) for row in shown.itertuples())
    return table_html("All areas", caption, heads, told, ' id="am-table"')


def _row(row: Any, resources: str, buttons: bool) -> str:
    name, code = escape(row.area_name), escape(str(row.Index))
    shown = f'<button type="button" data-area="{code}">{name}</button>' if buttons else name
    standing = (
        f"Priority {row.priority_rank}" if row.priority else "Low on resources" if row.resource_low else "–"
    )
    population = "not known" if pd.isna(row.population) else f"{row.population:,.0f}"
    told = row._asdict()
    drawn = ""
    if in_draws(told):
        drawn = (
            f"<br><small>rank {row.resource_rank:g} ({row.rank_low:g}&nbsp;to&nbsp;{row.rank_high:g})</small>"
        )
        if row.priority or row.priority_share > 0:
            standing += f"<br><small>priority in {of_draws(row.priority_share)}</small>"
    if row.near_edge:
        standing += f"<br><small>{escape(COLUMNS['near_edge'].label.lower())}</small>"
    figures = (_figure(row.deprivation_decile), _figure(getattr(row, resources)) + drawn)
    cells = "".join(f'<td class="am-number">{text}</td>' for text in (population, *figures))
    reach = "".join(f"<td>{_reach(row, theme)}</td>" for theme in THEMES)
    return f'<tr><th scope="row">{shown}<br><small>{code}</small></th><td>{standing}</td>{cells}{reach}</tr>'


def _figure(value: Any) -> str:
    return "not known" if pd.isna(value) else f"{value:g}"


def _reach(row: Any, theme: str) -> str:
    none_known, walk = getattr(row, f"{theme}_none_known"), getattr(row, f"{theme}_walk_min")
    if pd.isna(none_known):
        return "not known"
    count = "none known" if none_known else amount(getattr(row, f"{theme}_count"))
    if pd.isna(walk):
        return count
    return f"{count}<br><small>nearest {minutes(walk).replace(' ', '&nbsp;')}</small>"


def inequality_html(assessment: Assessment) -> str:
    """What the most and the least deprived areas have within reach, theme by theme in words, and every figure as a table."""
    rows = access_inequality(assessment).to_dict("records")
    domain = DEPRIVATION_DOMAINS[assessment.settings.deprivation_domain].lower()
    told = [
        "<p>Residents are put in ten groups of about the same size (five, where areas are few) by the deprivation of the area "
        f"they live in ({escape(domain)}): the most deprived tenth of areas, the next, and so on. Each sentence begins with those "
        "who have more within reach.</p>"
    ]
    for theme, label in themes().items():
        of_theme = [row for row in rows if row["theme"] == theme]
        told.append(_list(label, dict.fromkeys(row["sentence"] for row in of_theme if row["kind"] == "")))
        by_kind = _items(
            row["sentence"] for row in of_theme if row["kind"] != "" and row["figure"] == "walk_min"
        )
        if by_kind:
            told.append(f"<details><summary>By kind of place</summary><ul>{by_kind}</ul></details>")
    slope, relative = INEQUALITY_COLUMNS["sii"], INEQUALITY_COLUMNS["rii"]
    heads = (
        "Theme and kind",
        "Most deprived",
        "Least deprived",
        f"{slope.label} <small>(95 % interval)</small>",
        f"{relative.label} <small>(95 % interval)</small>",
        INEQUALITY_COLUMNS["concentration_index"].label,
        "Areas",
    )
    told.append("<h3>All figures</h3>")
    for name in FIGURES:
        figure = ACCESS_COLUMNS[name]
        caption = (
            f"{figure.label}: {figure.unit}, {figure.direction}. Slope: {slope.direction}. Relative: {relative.direction}. "
            f"Walks: {rows[0]['distance_method']}."
        )
        of_figure = (_inequality_row(row) for row in rows if row["figure"] == name)
        table = table_html(f"Inequality of access: {figure.label}", escape(caption), heads, of_figure)
        told.append(f"<details><summary>{escape(figure.label)}</summary>{table}</details>")
    notes = ("groups", "sii_lower", "rii", "concentration_index")
    told.append(f"<ul>{_items(INEQUALITY_COLUMNS[name].caveat for name in notes)}</ul>")
    return "".join(told)


def _inequality_row(row: Mapping[Any, Any]) -> str:
    label = kinds()[row["kind"]].label if row["kind"] else themes()[row["theme"]]
    head = escape(label) if row["kind"] else f"<strong>{escape(label)}</strong>"
    slopes = (
        f"{_hundredths(row[name])}<br><small>{_interval(row[f'{name}_lower'], row[f'{name}_upper'])}</small>"
        for name in ("sii", "rii")
    )
    left_out = f"<br><small>{row['areas_left_out']:,} left out</small>" if row["areas_left_out"] else ""
    texts = (
        _hundredths(row["most_deprived_mean"]),
        _hundredths(row["least_deprived_mean"]),
        *slopes,
        _hundredths(row["concentration_index"]),
        f"{row['areas']:,}{left_out}",
    )
    cells = "".join(f'<td class="am-number">{text}</td>' for text in texts)
    return f'<tr><th scope="row">{head}</th>{cells}</tr>'


def _interval(low: float, high: float) -> str:
    return "no interval" if pd.isna(low) else f"{_hundredths(low)} to {_hundredths(high)}"


def _hundredths(value: float) -> str:
    return "–" if pd.isna(value) else f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def bodies_html(place: Place) -> str:
    """Who speaks for which areas; nothing where no list tells."""
    if place.bodies.empty:
        return ""

    def row(each: Any) -> str:
        number = len(each.area_codes)
        areas = "not known" if not number else "all" if number == len(place.areas) else f"{number:,}"
        texts = "".join(f"<td>{escape(text)}</td>" for text in (each.kind, each.covers))
        head = f'<th scope="row">{escape(each.name)}</th>'
        return f'<tr>{head}{texts}<td class="am-number">{areas}</td><td>{escape(each.list)}</td></tr>'

    heads = ("Body", "Kind", "Covers, in its list’s words", "Areas", "List")
    caption = _counted(len(place.bodies), "body", "bodies")
    return "<h2>Bodies for an area</h2>" + table_html(
        "Bodies", caption, heads, map(row, place.bodies.itertuples())
    )


_STANDING = {"mapped": "on the map", "listed": "listed, not mapped", "": "not by that name"}


def grants_html(place: Place) -> str:
    """What organisations were given, by year and by recipient; nothing where no list tells."""
    grants = place.grants
    if grants.empty:
        return ""
    years = by_year(grants)
    recipients = by_recipient(grants, place.assets["name"], place.organisations["name"])
    mapped, listed = ((recipients["standing"] == word).sum() for word in ("mapped", "listed"))
    told = (
        f"{counted(len(grants), 'grant')} to {counted(len(recipients), 'organisation')}. {mapped:,} of them have the name "
        f"of a place or group on the map, and {listed:,} that of an organisation which is listed and not mapped. Money is "
        "no asset: no grant is on the map or in a score. Grants to people are left out."
    )

    def pounds(value: Any) -> str:
        return "not known" if pd.isna(value) else f"£{value:,.0f}"

    def row(head: str, each: Any, more: str = "") -> str:
        numbers = (
            f'<td class="am-number">{each.grants:,}</td><td class="am-number">{pounds(each.pounds)}</td>'
        )
        return f'<tr><th scope="row">{escape(head)}</th>{numbers}{more}</tr>'

    def recipient(each: Any) -> str:
        return row(each.recipient, each, f"<td>{_STANDING[each.standing]}</td>")

    total = f"{pounds(years['pounds'].sum(min_count=1))} in all, by the year of the award."
    of_years = (row(str(each.Index) or "not known", each) for each in years.itertuples())
    heads = ("Organisation", "Grants", "Together", "In the lists")
    return "".join(
        (
            f"<h2>Grants to organisations</h2><p>{told}</p>",
            table_html("Grants by year", total, ("Year", "Grants", "Together"), of_years),
            table_html(
                "Grants by recipient", "The most first.", heads, map(recipient, recipients.itertuples())
            ),
        )
    )


ADDING = (
    "A council’s own table goes in as it is. assetmap guesses what its columns mean, you confirm it, and nothing is added "
    "before you have seen what would become of every row."
)

#: What each column of a list is called where somebody chooses it.
COLUMN_LABELS = {
    "title": "Name",
    "address": ASSET_FIELDS["address"],
    "lon": "Longitude",
    "lat": "Latitude",
    "easting": "Easting",
    "northing": "Northing",
    "latlon": "Latitude and longitude in one",
    "gridref": "Grid reference",
    "postcode": ASSET_FIELDS["postcode"],
    "uprn": "UPRN",
    **ASSET_FIELDS,
    "opening_hours": "When it is open",
    "area_of_benefit": "Area it serves",
    "role_column": "What the address is (venue, office, contact)",
}

#: The ways to say what the rows of a list are, by the key of a recipe that says it.
KIND_WAYS = {
    "kind": "They are all of one kind",
    "kind_column": "A column says it",
    "by name": "Work it out from the names",
}

ROLE_LABELS = {
    "venue": "Places that people go to",
    "base": "Offices: counted, not mapped",
    "contact": "Addresses for letters, perhaps homes: counted, never mapped",
    "area_served": "Services that come to people: counted, not mapped",
}

COVERAGES = {"place": "It stops at the border of the place", "beyond": "It goes on past the border"}


def as_label(text: str) -> str:
    r"""Text as a label of Streamlit shows it letter by letter; Markdown in it could fetch pictures from elsewhere.

    Examples
    --------
    >>> print(as_label("The Hub [Sale]"))
    The Hub \[Sale\]
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


_ROWS_SHOWN = 5
_LONGEST_CELL = 120


def preview_html(table: pd.DataFrame, contacts: Sequence[str]) -> str:
    """The first rows of a list that somebody brought, without contact details."""
    # By position: nothing keeps two columns of a stranger's file from having one heading.
    kept = [n for n, column in enumerate(table.columns) if column not in contacts]

    def cell(value: str) -> str:
        text = hidden(str(value))
        return escape(text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]}…")

    rows = (
        f"<tr>{''.join(f'<td>{cell(row[n])}</td>' for n in kept)}</tr>"
        for row in table.head(_ROWS_SHOWN).itertuples(index=False, name=None)
    )
    shown = min(len(table), _ROWS_SHOWN)
    caption = (
        f"The first {shown} of {len(table):,} rows." if shown < len(table) else _counted(shown, "row", "rows")
    )
    return table_html(
        "First rows", caption, (escape(str(table.columns[n])) or "(no heading)" for n in kept), rows
    )


def doubts_html(doubts: Sequence[str], contacts: Sequence[str], left_behind: bool) -> str:
    """What somebody should look at in a list before it is used; and which columns of personal data are left behind."""
    left = escape(", ".join(f"“{column}”" for column in contacts))
    alone = (
        f"<p>Left out: {left}. They look like personal data, which assetmap never keeps: they are not shown or read, "
        "and not in the copy of the file that goes into the place folder.</p>"
        if left and left_behind
        else f"<p>Left alone: {left}. They look like personal data, and are neither shown nor read. But a file of this type is kept "
        "as it is: take them out of it before you add it.</p>"
        if left
        else ""
    )
    look = f"<p>Please look at these:</p><ul>{_items(doubts)}</ul>" if doubts else ""
    return f"<div>{alone}{look}</div>"


_ROWS_NAMED = 5
_REASONS_TOLD = 20


def _reasons(problems: Sequence[Problem]) -> list[list[Problem]]:
    """Problems that are alike but for what they quote and count, those of the most rows first."""
    alike: dict[tuple[str, str], list[Problem]] = {}
    for each in problems:
        alike.setdefault((re.sub(r"“[^”]*”|\d[\d,.]*", "…", each.what), each.remedy), []).append(each)
    return sorted(alike.values(), key=len, reverse=True)


def check_html(check: Check) -> str:
    """What would become of a list: what is found and where, what it is, and what would be left out and why."""
    facts = [f"{counted(check.rows_in, 'row')} read."]
    if check.venues:
        share = check.located / check.venues
        facts.append(f"{check.located:,} of {check.venues:,} places have a location ({share:.0%}).")
    facts.append(f"{check.mapped:,} would be on the map.")
    if check.organisations:
        facts.append(f"{check.organisations:,} would be listed and counted, and not mapped.")
    aside = check.rows_in - check.mapped - check.organisations - len(check.rejected)
    if aside:
        facts.append(
            f"{aside:,} would be set aside: too far away, or of a kind that is not counted; see the notes."
        )
    facts.append(
        f"{len(check.rejected):,} would be left out." if check.rejected else "No row would be left out."
    )
    said, understood = check.hours
    if said:
        facts.append(
            f"{counted(said, 'place')} {'says' if said == 1 else 'say'} when it is open; {understood:,} in a way that can be read."
        )
    found = [f"{kinds()[kind].label}: {number:,}" for kind, number in check.kinds.items()]
    unknown = [
        f"“{word}” in {_counted(number, 'row', 'rows')}" for word, number in check.unknown_kinds.items()
    ]
    notes = [f"{each.what} {each.remedy}" for each in check.notes]

    def row(alike: Sequence[Problem]) -> str:
        numbers = [str(each.row) for each in alike if each.row]
        named = ", ".join(numbers[:_ROWS_NAMED])
        more = len(alike) - _ROWS_NAMED
        rows = f"{named} and {more:,} more" if more > 0 else named
        like = f" <small>And {len(alike) - 1:,} like it.</small>" if len(alike) > 1 else ""
        head = f'<th scope="row">{escape(alike[0].what)}{like}</th>'
        return f"<tr>{head}<td>{rows}</td><td>{escape(alike[0].remedy)}</td></tr>"

    left_out = ""
    if check.rejected:
        reasons = _reasons(check.rejected)
        more = (
            " The commonest are shown; the file has all."
            if len(reasons) > _REASONS_TOLD
            else " The file has all."
        )
        caption = f"{counted(len(check.rejected), 'row')}, for {counted(len(reasons), 'reason')}.{more}"
        left_out = "<h3>Left out</h3>" + table_html(
            "Left out", caption, ("What", "Rows", "What to do"), map(row, reasons[:_REASONS_TOLD])
        )
    return "".join(
        (
            '<div class="am-account"><h2>What would become of it</h2>',
            _list("In short", facts),
            _list("Kinds found", found),
            _list("Words that are no known kind", unknown),
            _list("Notes", notes),
            left_out,
            "</div>",
        )
    )


def _counted(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}."


def patterns_html(assessment: Assessment, found: Clusters, at_levels: pd.DataFrame) -> str:
    """Which theme is thin where, where alike areas lie together, and whether the headline holds for smaller and larger areas."""
    parts = (
        ("Walks by deprivation, theme by theme", by_deprivation_html(assessment)),
        ("Where alike areas lie together", clusters_html(assessment, found)),
        ("Does it hold for smaller and larger areas?", levels_html(assessment, at_levels)),
    )
    details = "".join(f"<details><summary>{head}</summary>{body}</details>" for head, body in parts)
    return f"<h2>Which theme is thin where</h2>{small_maps_html(assessment)}{details}"


def standalone(assessment: Assessment, name: str = "deprivation") -> str:
    """The map as one HTML page that needs no network: the same assessment gives the same text.

    Parameters
    ----------
    assessment
        What to show.
    name
        The one of `shadings` to open with; the page offers all of them.
    """
    place, found = assessment.place, clusters(assessment)
    assessment = with_clusters(assessment, found)
    ways = shadings(place)
    figure: Any = leaflet.place_map("assetmapContents", {**look(place), "base": None}).get_root()
    figure.render()
    legends = "".join(
        f'<template id="legend-{escape(each)}">{legend_html(assessment, each)}</template>' for each in ways
    )
    told = f'<template id="account-">{place_html(assessment)}</template>' + "".join(
        f'<template id="account-{escape(code)}">{account_html(each)}</template>'
        for code, each in accounts(assessment).items()
    )
    return leaflet.page_template().substitute(
        title=escape(f"Community assets in {place.name}"),
        style=leaflet.inlined_css(*leaflet.STYLES, "page.css", "standalone.css") + marks_css(),
        heading=heading_html(place),
        shadings=_options(ways.items(), name),
        areas=_options(area_labels(assessment).items(), ""),
        priorities=priorities_html(assessment),
        table=areas_table_html(assessment, buttons=True),
        patterns=patterns_html(assessment, found, levels(assessment)),
        neighbourhoods=section_html(assessment),
        weights=weights_section_html(assessment),
        sources=_items(
            f"{each.name}: {each.source}. Licence: {each.licence}. Date: {each.date}."
            for each in place.layers
        ),
        notes=notes_html(assessment),
        notices=escape(notices_text()),
        templates=legends + told,
        page=leaflet.as_script(
            {"paint": {each: paint(assessment, each) for each in ways}, "patches": patch_lines(assessment)}
        ),
        libraries=leaflet.inlined_js(*leaflet.SCRIPTS),
        contents=contents(place),
        drawing=figure.script.render(),
        script=leaflet.inlined_js("page.js"),
    )


def _items(texts: Iterable[str]) -> str:
    return "".join(f"<li>{escape(text)}</li>" for text in texts)


def _options(options: Iterable[tuple[str, str]], chosen: str) -> str:
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(label)}</option>'
        for value, label in options
    )
