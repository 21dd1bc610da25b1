"""Near me: what is within a walk of one point, nearest first, and the same as a sheet in large print."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from html import escape
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from assetmap import measures
from assetmap.access import theme_places
from assetmap.languages import say, table
from assetmap.model import CUT_OFFS_MIN, THEMES, Place, Settings
from assetmap.reasons import whole_minutes
from assetmap.sources.hours import open_at
from assetmap.taxonomy import kinds
from assetmap.views.maps import mark_html

__all__ = [
    "FILTERS",
    "Near",
    "chosen",
    "here_html",
    "how_measured",
    "kind_label",
    "minutes",
    "near",
    "near_html",
    "notes",
    "sheet",
    "unshaded",
]

#: What a reader may ask of places, and the field of `Near` that answers it.
FILTERS = ("open_now", "weekend", "step_free", "free")


def minutes(walk_min: float, language: str = "en") -> str:
    """Minutes on foot, in words; begun minutes count, as in `assetmap.reasons.minutes`."""
    return say("near.minutes", language, whole_minutes(walk_min))


def kind_label(kind: str, language: str = "en") -> str:
    """What a kind of place is called; in English where the language has no word for it.

    Examples
    --------
    >>> kind_label("library", "cy"), kind_label("golf_course", "cy")
    ('Llyfrgell', 'Golf course')
    """
    return str(table().get(f"kinds.{kind}", {}).get(language, kinds()[kind].label))


class Near(NamedTuple):
    """One place within a walk.

    Parameters
    ----------
    name, kind, theme
        What it is; `kind` as readers know it, `theme` one of `THEMES`.
    walk_min
        Minutes on foot.
    told
        What its lists say of it, label and text.
    open_now, weekend, step_free, free
        "yes", "no", or "" where no list tells. Green space open to all is open and free.
    """

    name: str
    kind: str
    theme: str
    walk_min: float
    told: tuple[tuple[str, str], ...]
    open_now: str
    weekend: str
    step_free: str
    free: str


#: What is told of a place, in this order, where its lists say it.
_TOLD = ("opening_hours", "address", "step_free", "cost", "for_age", "description", "last_checked")


def near(
    place: Place, settings: Settings, point: shapely.Point, moment: datetime, language: str = "en"
) -> list[Near]:
    """Every known place within the longest cut-off of a point, nearest first.

    Parameters
    ----------
    place, settings
        The place, and how fast one walks.
    point
        Where the walk starts, in the CRS of the place.
    moment
        When it is, by the clock on the wall there.
    language
        What it is told in, as everywhere here: one of `assetmap.languages.LANGUAGES`.
    """
    start = gpd.GeoSeries([point], index=["here"], crs=place.crs)
    longest_m = CUT_OFFS_MIN[-1] * settings.metres_per_min
    found = []
    for theme in THEMES:
        pairs = measures.walks(
            start, theme_places(place, theme), longest_m, settings.detour_factor, place.network
        ).pairs
        rows = place.green_space if theme == "green_space" else place.assets
        for identifier, walk_m in zip(pairs["place_id"], pairs["walk_m"], strict=True):
            row = rows.loc[identifier]
            told = () if theme == "green_space" else tuple(field for field in _TOLD if row[field])
            answers = ("yes", "yes", "", "yes") if theme == "green_space" else _answers(row, moment)
            said = tuple(
                (say(f"near.field_{field}", language), _answer(field, str(row[field]), language))
                for field in told
            )
            walk_min = walk_m / settings.metres_per_min
            kind = kind_label(row["kind"], language)
            found.append(Near(str(row["name"]), kind, theme, walk_min, said, *answers))
    return sorted(found, key=lambda each: (each.walk_min, each.name))


def _answer(field: str, value: str, language: str) -> str:
    """What a list says of a place: the words of assetmap’s own in the language, all else as it stands there."""
    own = {"step_free": ("yes", "no", "limited"), "cost": ("free",)}
    return say(f"near.answer_{value}", language) if value in own.get(field, ()) else value


def _answers(row: pd.Series, moment: datetime) -> tuple[str, str, str, str]:
    hours, cost = row["opening_hours"], row["cost"]
    return (
        open_at(hours, moment) if hours else "",
        row["open_weekends"],
        # With help for some is no answer for all.
        "" if row["step_free"] == "limited" else row["step_free"],
        "yes" if cost == "free" else "no" if cost else "",
    )


def chosen(
    found: Iterable[Near], within_min: float, asked: Collection[str], of_themes: Collection[str] = THEMES
) -> tuple[list[Near], int]:
    """The places that are near enough and answer yes to all that is asked; and how many may, but do not tell.

    Parameters
    ----------
    found
        What `near` found.
    within_min
        Minutes on foot.
    asked
        Some of `FILTERS`.
    of_themes
        The themes to show.
    """
    close = [each for each in found if each.walk_min <= within_min and each.theme in of_themes]
    answers = [(each, {getattr(each, name) for name in asked}) for each in close]
    return (
        [each for each, said in answers if said <= {"yes"}],
        sum("" in said and "no" not in said for _, said in answers),
    )


def how_measured(place: Place, settings: Settings, language: str = "en") -> str:
    """How the minutes were measured, as a sentence."""
    how = (
        say("near.along_streets", language)
        if place.network
        else say("near.straight", language, factor=settings.detour_factor)
    )
    return say("near.how_measured", language, speed=settings.walking_speed_kmh, how=how)


def notes(place: Place, unknown: int, asked: Collection[str], language: str = "en") -> list[str]:
    """What to say beside the places shown, each a sentence.

    Parameters
    ----------
    place
        The place.
    unknown
        How many more may be what is asked for, as far as no list tells.
    asked
        Some of `FILTERS`.
    """
    told = []
    if unknown:
        words = [say(f"near.filter_{name}", language).lower() for name in FILTERS if name in asked]
        told.append(say("near.may_be", language, unknown, asked=say("near.and", language).join(words)))
    missing = [say(f"near.theme_{theme}", language).lower() for theme in THEMES if theme not in place.themes]
    if missing:
        told.append(say("near.no_list", language, themes=say("near.or", language).join(missing)))
    return [*told, say("near.only_listed", language)]


def here_html(place: Place, language: str = "en") -> str:
    """How much of each theme the whole place has: what is shown before a walk begins."""
    sizes = {theme: len(theme_places(place, theme)) for theme in THEMES if theme in place.themes}
    items = "".join(
        f"<li>{mark_html(theme)}<span>{escape(say(f'near.theme_{theme}', language))}: {size:,}</span></li>"
        for theme, size in sizes.items()
    )
    known = (
        f'<ul class="am-places am-here">{items}</ul>'
        if items
        else f"<p>{say('near.here_none', language)}</p>"
    )
    return f"<h2>{escape(say('near.here', language, place=place.name))}</h2>{known}"


def unshaded(place: Place) -> dict[str, dict[str, Any]]:
    """What each area is to show where nothing is said of areas: its outline and name."""
    plain = {"fill": "#f3f0e6", "unknown": False, "figure": "", "value": "", "low": False, "rank": 0}
    return dict.fromkeys(map(str, place.areas.index), plain)


def near_html(shown: list[Near], within_min: float, told: Iterable[str], language: str = "en") -> str:
    """The places as a list in order of walking time, and what to say beside them."""
    head = (
        f"<p><strong>{say('near.found', language, len(shown), within=within_min)}</strong>, {say('near.nearest_first', language)}.</p>"
        if shown
        else f"<p><strong>{say('near.none_found', language, within=within_min)}</strong> {say('near.try_longer', language)}</p>"
    )
    items = "".join(
        f"<li>{mark_html(each.theme)}<div><strong>{escape(each.name)}</strong> "
        f"<span>{escape(each.kind)}, {minutes(each.walk_min, language)}</span>{_lines(each, language)}</div></li>"
        for each in shown
    )
    listed = f'<ol class="am-near">{items}</ol>' if items else ""
    return head + listed + "".join(f'<p class="am-note">{escape(text)}</p>' for text in told)


def _lines(each: Near, language: str) -> str:
    open_now = f"{say(f'near.open_{each.open_now}', language)} " if each.open_now else ""
    if each.theme == "green_space":
        return ""
    texts = [f"{label}: {text}" for label, text in each.told]
    told = f"{open_now}{'. '.join(texts)}" if texts else say("near.not_known", language)
    return f"<small>{escape(told)}</small>"


def sheet(
    place: Place,
    settings: Settings,
    label: str,
    shown: list[Near],
    told: Iterable[str],
    printed: datetime,
    language: str = "en",
) -> str:
    """A page in large print of what is within a walk, to be printed and carried: the same input gives the same text.

    Parameters
    ----------
    place, settings
        The place, and how fast one walks.
    label
        Where the walk starts, in words.
    shown
        The places on it.
    told
        What to say besides, each a sentence.
    printed
        When it was made: shown, since hours change.
    """
    blocks = []
    for within in CUT_OFFS_MIN:
        earlier = max((each for each in CUT_OFFS_MIN if each < within), default=0)
        here = [each for each in shown if earlier < max(each.walk_min, 1e-9) <= within]
        rows = "".join(
            f"<li><strong>{escape(each.name)}</strong><br>{escape(each.kind)}, "
            f"{say('near.on_foot', language, walk=minutes(each.walk_min, language))}"
            + "".join(f"<br>{escape(name)}: {escape(text)}" for name, text in each.told)
            + "</li>"
            for each in here
        )
        blocks.append(
            f"<h2>{say('near.sheet_within', language, within=within)}</h2>"
            + (f"<ul>{rows}</ul>" if rows else f"<p>{say('near.sheet_none', language)}</p>")
        )
    title = escape(say("near.sheet_title", language, start=label))
    sources = dict.fromkeys(f"{layer.source} ({layer.licence})" for layer in place.layers)
    fictional = f"<p><strong>{say('near.fictional', language)}.</strong></p>" if place.fictional else ""
    said = "".join(f"<p>{escape(text)}</p>" for text in (how_measured(place, settings, language), *told))
    month = say("near.months", language).split()[printed.month - 1]
    made = say("near.made_on", language, day=printed.day, month=month, year=printed.year)
    return (
        f'<!DOCTYPE html>\n<html lang="{"en-GB" if language == "en" else language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_LARGE_PRINT}</style></head><body><main><h1>{title}</h1>{fictional}{said}"
        f"{''.join(blocks)}<p>{made}</p><h2>{say('near.sources', language)}</h2><p>{escape('; '.join(sources))}.</p></main></body></html>\n"
    )


#: RNIB calls 16 to 18 points large print.
_LARGE_PRINT = (
    "body{color:#000;background:#fff;font:18pt/1.4 Arial,Helvetica,sans-serif;margin:0 auto;max-width:40rem;padding:1rem}"
    "h1{font-size:26pt;line-height:1.2}h2{font-size:21pt;margin:1.2em 0 .3em}ul{list-style:none;padding:0}"
    "li{border-left:4px solid #000;margin:0 0 .8em;padding-left:.6em;break-inside:avoid;overflow-wrap:anywhere}"
    "@media print{body{max-width:none;padding:0}h2{break-after:avoid}}"
)
