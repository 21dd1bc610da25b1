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
from assetmap.errors import Problem
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


def area_labels(assessment: Assessment) -> dict[str, str]:
    """What to call each area in a list to choose from, by name; no code stands for the whole place."""
    kept = assessment.place.kept
    if "area labels" not in kept:
        names = assessment.place.areas["area_name"].sort_values(kind="stable")
        kept["area labels"] = {str(code): f"{name} ({code})" for code, name in names.items()}
    return {"": say("page.whole_place"), **kept["area labels"]}


def heading_html(place: Place, language: str = "en") -> str:
    """The name of a place, and that it is made up where it is."""
    words = say("near.fictional", language)
    fictional = f'<p class="am-fictional-place">{words}</p>' if place.fictional else ""
    return f'<div class="am-heading"><h1>{escape(place.name)}</h1>{fictional}</div>'


def place_html(assessment: Assessment) -> str:
    """What is known of the whole place, shown until an area is chosen."""
    return (
        f'<div class="am-account"><h2>{say("page.whole_place")}</h2>{_list(say("page.in_short"), place_summary(assessment))}'
        f"{_first_priorities(assessment)}"
        f"<p>{say('page.choose')}</p></div>"
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
    more = f"<p>{say('page.more_priorities', number=len(found) - _FIRST)}</p>" if len(found) > _FIRST else ""
    return f'<h3>{say("page.in_order")}</h3><ol class="am-places">{items}</ol>{more}'


def account_html(told: Account) -> str:
    """What is known of one area: strengths first, then what is thin, why, and how sure we are."""
    yes = " am-yes" if told.priority else ""
    return "".join(
        [
            f'<div class="am-account"><h2>{escape(told.area_name)}</h2><p>{escape(told.headline)}</p>',
            _list(told.strengths_heading, told.strengths),
            _list(say("page.less"), told.thin),
            f'<div class="am-verdict{yes}">{escape(told.verdict)}</div>',
            f"<details><summary>{say('page.options')}</summary>{options_html(told.options)}</details>"
            if told.options
            else "",
            _places(
                say("page.inside"), [each for each in told.nearby if each.inside], say("page.inside_none")
            ),
            _places(
                say("page.near"), [each for each in told.nearby if not each.inside], say("page.near_none")
            ),
            _list(say("page.bodies_here"), told.bodies),
            _list(say("page.figures"), told.facts),
            _list(say("page.also_known"), told.also_known),
            _list(say("page.how_sure"), told.how_sure),
            f'<p class="am-note">{escape(say("page.area_code", code=told.area_code))}</p></div>',
        ]
    )


def options_html(found: Sequence[Option]) -> str:
    """The approaches that speak to what is thin, with what the guide says of the evidence; or that there is none."""
    if not found:
        return f"<p>{say('page.no_options')}</p>"

    def item(option: Option) -> str:
        builds = f" {say('page.builds_on', places=option.builds_on)}" if option.builds_on else ""
        speaks = say(
            "page.speaks_to",
            themes="; ".join(option.speaks_to),
            mechanisms=", ".join(option.mechanisms),
            references="; ".join(map(cited, option.references)),
        )
        return (
            f"<li><strong>{escape(option.label)}.</strong> {escape(option.what)}{escape(builds)} "
            f"<small>{escape(speaks)}</small></li>"
        )

    about = family().about
    return (
        f"<p>{escape(about['lead'])}</p><ul>{''.join(map(item, found))}</ul>"
        f"<p>{escape(about['unknown'])} {escape(about['evidence'])}</p>"
    )


def references_html() -> str:
    """Every reference for the options in full."""
    return f"<p>{escape(say('page.guide'))}</p><ul>{_items(sorted(family().references.values()))}</ul>"


def _list(heading: str, texts: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<h3>{escape(heading)}</h3><ul>{items}</ul>" if items else ""


def _places(heading: str, nearby: list[Nearby], none: str) -> str:
    items = [
        f"<li>{mark_html(each.theme)}<span>{escape(each.name)} "
        f"<small>{say('page.on_foot', kind=escape(each.kind), walk=minutes(each.walk_min))}</small></span></li>"
        for each in nearby
    ]
    text = f'<ul class="am-places">{"".join(items[:_FIRST])}</ul>' if items else f"<p>{escape(none)}</p>"
    if items[_FIRST:]:
        text += (
            f"<details><summary>{say('page.more', number=len(items) - _FIRST)}</summary>"
            f'<ul class="am-places">{"".join(items[_FIRST:])}</ul></details>'
        )
    return f"<h3>{escape(heading)}</h3>{text}"


def priorities_html(assessment: Assessment) -> str:
    """The priority neighbourhoods, first priority first, or why it is right that there are none."""
    found = assessment.priorities
    if assessment.areas["deprivation_decile"].isna().all():
        return f"<p>{say('page.no_deprivation')}</p>"
    if assessment.areas["resource_rank"].isna().all():
        return f"<p>{say('page.no_lists')}</p>"
    if found.empty:
        return f"<p>{say('page.no_priorities')}</p>"

    def item(row: Any) -> str:
        name, strengths, reason = (escape(text) for text in (row.area_name, row.strengths, row.reason))
        told = f"<strong>{name}</strong><p>{strengths}</p><p>{reason}</p>"
        if row.Index in patch_of:
            told += f"<p>{escape(patch_of[row.Index])}</p>"
        drawn = in_draws(row._asdict())
        told += "".join(f"<p>{escape(each)}</p>" for each in _evident(row._asdict()))
        if drawn:
            told += f"<p>{say('page.priority_in', draws=of_draws(row.priority_share), rank=drawn)}</p>"
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
            return f'<td class="am-number">{say("page.not_known") if pd.isna(value) else format(value, form)}</td>'

        choice = say("page.switched_choice", axis=each.axis.capitalize(), choice=each.choice)
        head = f'<th scope="row">{escape(choice)}</th>'
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
        way = "both" if each.drop_out and each.come_in else "out" if each.drop_out else "in"
        return say(
            f"page.switched_{way}",
            axis=each.axis.capitalize(),
            choice=each.choice,
            out=each.drop_out,
            come=each.come_in,
        )

    if found.switched.empty:
        return f"<p>{escape(found.none_since)}</p>"
    heads = [
        say("page.switched_head"),
        *(escape(SWITCHED_COLUMNS[name].label) for name in list(SWITCHED_COLUMNS)[2:]),
    ]
    table = table_html(
        say("page.switched_table"),
        say("page.switched_caption"),
        heads,
        map(row, found.switched.itertuples()),
    )
    flips = [flip(each) for each in found.switched.itertuples() if each.drop_out or each.come_in]
    changed = (
        f"<p>{say('page.switched_some')}</p><ul>{_items(flips)}</ul>"
        if flips
        else f"<p>{say('page.switched_none')}</p>"
    )
    priors = _items(f"{axis.capitalize()}: {prior}." for axis, prior in found.priors.items())
    return (
        f"{changed}{table}<p>{say('page.drawn_from', draws=found.draws)}</p>"
        f"<ul>{priors}</ul><p>{say('page.drawn_same')}</p>"
    )


def notes_html(assessment: Assessment) -> str:
    """What a reader must know before quoting a figure, and what to read of the options."""
    return (
        f"<ul>{_items(assessment.notes)}</ul>"
        f"<details><summary>{say('page.references')}</summary>{references_html()}</details>"
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
        say("page.area"),
        say("page.standing"),
        escape(COLUMNS["population"].label),
        *(
            f"{escape(COLUMNS[name].label)} <small>({escape(COLUMNS[name].direction)})</small>"
            for name in ("deprivation_decile", resources)
        ),
        *(escape(label) for label in themes().values()),
    ]
    ordered = areas.sort_values(["priority_rank", "resource_rank"], na_position="last", kind="stable")
    caption = say(
        "page.areas_caption",
        number=len(areas),
        minutes=assessment.settings.catchment_min,
        method=escape(str(areas["distance_method"].iloc[0])),
    )
    caption += (
        f" {escape(COLUMNS['deprivation_decile'].caveat)} "
        f"{escape(COLUMNS['near_edge'].label)}: {escape(COLUMNS['near_edge'].caveat.lower())}"
    )
    if "rank_low" in areas:
        caption += f" {say('page.areas_drawn')}"
    shown = ordered.iloc[rows]
    if len(shown) < len(areas):
        first, last, _ = rows.indices(len(areas))
        these = say("page.areas_shown", first=first + 1, last=last, number=len(areas))
        caption = f"<strong>{these}</strong> {caption}"
    told = (_row(row, resources, buttons) for row in shown.itertuples())
    return table_html(say("page.areas_table"), caption, heads, told, ' id="am-table"')


def _row(row: Any, resources: str, buttons: bool) -> str:
    name, code = escape(row.area_name), escape(str(row.Index))
    shown = f'<button type="button" data-area="{code}">{name}</button>' if buttons else name
    standing = (
        say("page.priority", rank=row.priority_rank)
        if row.priority
        else say("page.resource_low")
        if row.resource_low
        else "–"
    )
    population = say("page.not_known") if pd.isna(row.population) else f"{row.population:,.0f}"
    told = row._asdict()
    drawn = ""
    if in_draws(told):
        rank = say("page.rank_drawn", rank=row.resource_rank, low=row.rank_low, high=row.rank_high)
        drawn = f"<br><small>{rank}</small>"
        if row.priority or row.priority_share > 0:
            standing += f"<br><small>{say('page.priority_drawn', draws=of_draws(row.priority_share))}</small>"
    if row.near_edge:
        standing += f"<br><small>{escape(COLUMNS['near_edge'].label.lower())}</small>"
    figures = (_figure(row.deprivation_decile), _figure(getattr(row, resources)) + drawn)
    cells = "".join(f'<td class="am-number">{text}</td>' for text in (population, *figures))
    reach = "".join(f"<td>{_reach(row, theme)}</td>" for theme in THEMES)
    return f'<tr><th scope="row">{shown}<br><small>{code}</small></th><td>{standing}</td>{cells}{reach}</tr>'


def _figure(value: Any) -> str:
    return say("page.not_known") if pd.isna(value) else f"{value:g}"


def _reach(row: Any, theme: str) -> str:
    none_known, walk = getattr(row, f"{theme}_none_known"), getattr(row, f"{theme}_walk_min")
    if pd.isna(none_known):
        return say("page.not_known")
    count = say("page.none_known") if none_known else amount(getattr(row, f"{theme}_count"))
    if pd.isna(walk):
        return count
    return f"{count}<br><small>{say('page.nearest', walk=minutes(walk).replace(' ', '&nbsp;'))}</small>"


def inequality_html(assessment: Assessment) -> str:
    """What the most and the least deprived areas have within reach, theme by theme in words, and every figure as a table."""
    rows = access_inequality(assessment).to_dict("records")
    domain = DEPRIVATION_DOMAINS[assessment.settings.deprivation_domain].lower()
    told = [f"<p>{say('page.inequality', domain=escape(domain))}</p>"]
    for theme, label in themes().items():
        of_theme = [row for row in rows if row["theme"] == theme]
        told.append(_list(label, dict.fromkeys(row["sentence"] for row in of_theme if row["kind"] == "")))
        by_kind = _items(
            row["sentence"] for row in of_theme if row["kind"] != "" and row["figure"] == "walk_min"
        )
        if by_kind:
            told.append(f"<details><summary>{say('page.by_kind')}</summary><ul>{by_kind}</ul></details>")
    slope, relative = INEQUALITY_COLUMNS["sii"], INEQUALITY_COLUMNS["rii"]
    heads = (
        say("page.theme_and_kind"),
        say("page.most_deprived"),
        say("page.least_deprived"),
        say("page.with_interval", figure=slope.label),
        say("page.with_interval", figure=relative.label),
        INEQUALITY_COLUMNS["concentration_index"].label,
        say("page.areas"),
    )
    told.append(f"<h3>{say('page.all_figures')}</h3>")
    for name in FIGURES:
        figure = ACCESS_COLUMNS[name]
        caption = say(
            "page.inequality_caption",
            figure=figure.label,
            unit=figure.unit,
            direction=figure.direction,
            slope=slope.direction,
            relative=relative.direction,
            method=rows[0]["distance_method"],
        )
        of_figure = (_inequality_row(row) for row in rows if row["figure"] == name)
        name_of_table = say("page.inequality_table", figure=figure.label)
        table = table_html(name_of_table, escape(caption), heads, of_figure)
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
    left_out = (
        f"<br><small>{say('page.left_out_number', number=row['areas_left_out'])}</small>"
        if row["areas_left_out"]
        else ""
    )
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
    if pd.isna(low):
        return say("page.no_interval")
    return say("page.interval", low=_hundredths(low), high=_hundredths(high))


def _hundredths(value: float) -> str:
    return "–" if pd.isna(value) else f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def bodies_html(place: Place) -> str:
    """Who speaks for which areas; nothing where no list tells."""
    if place.bodies.empty:
        return ""

    def row(each: Any) -> str:
        number = len(each.area_codes)
        areas = (
            say("page.not_known")
            if not number
            else say("page.all_areas")
            if number == len(place.areas)
            else f"{number:,}"
        )
        texts = "".join(f"<td>{escape(text)}</td>" for text in (each.kind, each.covers))
        head = f'<th scope="row">{escape(each.name)}</th>'
        return f'<tr>{head}{texts}<td class="am-number">{areas}</td><td>{escape(each.list)}</td></tr>'

    heads = (say(f"page.{head}") for head in ("body", "kind", "covers", "areas", "list"))
    number = len(place.bodies)
    caption = say("page.bodies_caption", n=number, number=number)
    return f"<h2>{say('page.bodies')}</h2>" + table_html(
        say("page.bodies_table"), caption, heads, map(row, place.bodies.itertuples())
    )


def grants_html(place: Place) -> str:
    """What organisations were given, by year and by recipient; nothing where no list tells."""
    grants = place.grants
    if grants.empty:
        return ""
    years = by_year(grants)
    recipients = by_recipient(grants, place.assets["name"], place.organisations["name"])
    mapped, listed = ((recipients["standing"] == word).sum() for word in ("mapped", "listed"))
    told = say(
        "page.grants_told",
        grants=say("page.grants_number", n=len(grants)),
        organisations=say("page.grants_organisations", n=len(recipients)),
        mapped=mapped,
        listed=listed,
    )

    def pounds(value: Any) -> str:
        return say("page.not_known") if pd.isna(value) else f"£{value:,.0f}"

    def row(head: str, each: Any, more: str = "") -> str:
        numbers = (
            f'<td class="am-number">{each.grants:,}</td><td class="am-number">{pounds(each.pounds)}</td>'
        )
        return f'<tr><th scope="row">{escape(head)}</th>{numbers}{more}</tr>'

    def recipient(each: Any) -> str:
        standing = say(f"page.grants_{each.standing or 'unlisted'}")
        return row(each.recipient, each, f"<td>{standing}</td>")

    total = say("page.grants_total", pounds=pounds(years["pounds"].sum(min_count=1)))
    of_years = (row(str(each.Index) or say("page.not_known"), each) for each in years.itertuples())
    sums = (say("page.grants_head"), say("page.together"))
    return "".join(
        (
            f"<h2>{say('page.grants')}</h2><p>{told}</p>",
            table_html(say("page.grants_by_year"), total, (say("page.year"), *sums), of_years),
            table_html(
                say("page.grants_by_recipient"),
                say("page.grants_most"),
                (say("page.organisation"), *sums, say("page.in_lists")),
                map(recipient, recipients.itertuples()),
            ),
        )
    )


ADDING = say("page.adding")

#: What each column of a list is called where somebody chooses it.
COLUMN_LABELS = {
    "title": say("page.column_title"),
    "address": ASSET_FIELDS["address"],
    "lon": say("page.column_lon"),
    "lat": say("page.column_lat"),
    "easting": say("page.column_easting"),
    "northing": say("page.column_northing"),
    "latlon": say("page.column_latlon"),
    "gridref": say("page.column_gridref"),
    "postcode": ASSET_FIELDS["postcode"],
    "uprn": say("page.column_uprn"),
    **ASSET_FIELDS,
    "opening_hours": say("page.column_opening_hours"),
    "area_of_benefit": say("page.column_area_of_benefit"),
    "role_column": say("page.column_role_column"),
}

#: The ways to say what the rows of a list are, by the key of a recipe that says it.
KIND_WAYS = {
    "kind": say("page.way_kind"),
    "kind_column": say("page.way_kind_column"),
    "by name": say("page.way_by_name"),
}

ROLE_LABELS = {role: say(f"page.role_{role}") for role in ("venue", "base", "contact", "area_served")}

COVERAGES = {reach: say(f"page.coverage_{reach}") for reach in ("place", "beyond")}


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
        say("page.first_rows_of", shown=shown, number=len(table))
        if shown < len(table)
        else say("page.rows", n=shown)
    )
    heads = (escape(str(table.columns[n])) or say("page.no_heading") for n in kept)
    return table_html(say("page.first_rows"), caption, heads, rows)


def doubts_html(doubts: Sequence[str], contacts: Sequence[str], left_behind: bool) -> str:
    """What somebody should look at in a list before it is used; and which columns of personal data are left behind."""
    left = escape(", ".join(f"“{column}”" for column in contacts))
    fate = "page.left_out_columns" if left_behind else "page.left_alone_columns"
    alone = f"<p>{say(fate, columns=left)}</p>" if left else ""
    look = f"<p>{say('page.doubts')}</p><ul>{_items(doubts)}</ul>" if doubts else ""
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
    facts = [say("page.check_read", n=check.rows_in)]
    if check.venues:
        share = check.located / check.venues
        facts.append(say("page.check_located", located=check.located, places=check.venues, share=share))
    facts.append(say("page.check_mapped", number=check.mapped))
    if check.organisations:
        facts.append(say("page.check_listed", number=check.organisations))
    aside = check.rows_in - check.mapped - check.organisations - len(check.rejected)
    if aside:
        facts.append(say("page.check_aside", number=aside))
    facts.append(
        say("page.check_left_out", number=len(check.rejected))
        if check.rejected
        else say("page.check_none_left_out")
    )
    said, understood = check.hours
    if said:
        facts.append(say("page.check_hours", n=said, understood=understood))
    found = [
        say("page.check_kind", kind=kinds()[kind].label, number=number)
        for kind, number in check.kinds.items()
    ]
    unknown = [
        say("page.check_unknown", n=number, word=word, number=number)
        for word, number in check.unknown_kinds.items()
    ]
    notes = [f"{each.what} {each.remedy}" for each in check.notes]

    def row(alike: Sequence[Problem]) -> str:
        numbers = [str(each.row) for each in alike if each.row]
        named = ", ".join(numbers[:_ROWS_NAMED])
        more = len(alike) - _ROWS_NAMED
        rows = say("page.more_rows", rows=named, number=more) if more > 0 else named
        like = ""
        if len(alike) > 1:
            like = f" <small>{say('page.more_alike', number=len(alike) - 1)}</small>"
        head = f'<th scope="row">{escape(alike[0].what)}{like}</th>'
        return f"<tr>{head}<td>{rows}</td><td>{escape(alike[0].remedy)}</td></tr>"

    left_out = ""
    if check.rejected:
        reasons = _reasons(check.rejected)
        told = say(
            "page.left_out_rows",
            n=len(check.rejected),
            reasons=say("page.left_out_reasons", n=len(reasons)),
        )
        more = say("page.left_out_commonest" if len(reasons) > _REASONS_TOLD else "page.left_out_all")
        heads = (say("page.what"), say("page.rows_head"), say("page.what_to_do"))
        left_out = f"<h3>{say('page.left_out')}</h3>" + table_html(
            say("page.left_out"), f"{told} {more}", heads, map(row, reasons[:_REASONS_TOLD])
        )
    return "".join(
        (
            f'<div class="am-account"><h2>{say("page.check")}</h2>',
            _list(say("page.in_short"), facts),
            _list(say("page.check_kinds"), found),
            _list(say("page.check_unknown_kinds"), unknown),
            _list(say("page.check_notes"), notes),
            left_out,
            "</div>",
        )
    )


def patterns_html(assessment: Assessment, found: Clusters, at_levels: pd.DataFrame) -> str:
    """Which theme is thin where, where alike areas lie together, and whether the headline holds for smaller and larger areas."""
    parts = (
        (say("page.patterns_deprivation"), by_deprivation_html(assessment)),
        (say("page.patterns_clusters"), clusters_html(assessment, found)),
        (say("page.patterns_levels"), levels_html(assessment, at_levels)),
    )
    details = "".join(f"<details><summary>{head}</summary>{body}</details>" for head, body in parts)
    return f"<h2>{say('page.patterns')}</h2>{small_maps_html(assessment)}{details}"


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
        title=escape(say("page.title", place=place.name)),
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
            say("page.source", name=each.name, source=each.source, licence=each.licence, date=each.date)
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
