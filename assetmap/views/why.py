"""Why other settings give other priorities: what each condition said before and says now, area by area, in words.

Text that came from a file passes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from assetmap.errors import counted
from assetmap.gaps import STANDARDS, low_rank
from assetmap.model import DEPRIVATION_DOMAINS, THEMES, Assessment
from assetmap.reasons import minutes
from assetmap.taxonomy import themes
from assetmap.views.tables import table_html

__all__ = ["flips", "moves", "why", "why_html"]

#: So many areas are told of those whose rank moved.
_MOST_MOVED = 5


def flips(before: Assessment, after: Assessment) -> tuple[list[str], list[str]]:
    """The codes of the areas that became priorities, first priority first, and of those that no longer are."""
    was, now = before.areas["priority"], after.areas["priority"]
    came = [str(code) for code in after.priorities.index if not was[code]]
    went = [str(code) for code in before.priorities.index if not now[code]]
    return came, went


def moves(before: Assessment, after: Assessment) -> list[str]:
    """The codes of the areas that stayed what they were and whose rank moved most, the farthest first.

    None where the ranks are not among the same areas.
    """
    one, other = before.areas, after.areas
    if one["resource_of"].iloc[0] != other["resource_of"].iloc[0]:
        return []
    moved = (other["resource_rank"] - one["resource_rank"]).abs()
    moved = moved[(moved > 0) & (one["priority"] == other["priority"])]
    return [str(code) for code in moved.sort_values(ascending=False, kind="stable").index[:_MOST_MOVED]]


def why(before: Assessment, after: Assessment, code: str) -> str:
    """What an area passes or fails now and did not before, in a sentence; what moved its rank, where that is the reason.

    Parameters
    ----------
    before, after
        The same place by other settings.
    code
        The area.
    """
    one: Any = before.areas.loc[code]
    other: Any = after.areas.loc[code]
    told = []
    low = _low(one), _low(other)
    if low[0] != low[1]:
        said = {
            True: "now low on social resources",
            False: "no longer low on social resources",
            None: "cannot be ranked now",
        }
        through = _through(before, after, code)
        told.append(f"{said[low[1]]}: {_ranked(after, other)}; before, {_ranked(before, one)}{through}")
    deprived = _deprived(before, one), _deprived(after, other)
    if deprived[0] != deprived[1]:
        said = {
            True: "deprivation is now high",
            False: "deprivation is no longer high",
            None: "deprivation is not known now",
        }
        told.append(f"{said[deprived[1]]}: {_decile(after, other)}; before, {_decile(before, one)}")
    for each in STANDARDS:
        short = one[each.column], other[each.column]
        if pd.isna(short[1]) or (not pd.isna(short[0]) and short[0] == short[1]):
            continue
        walks = [area[f"{each.theme}_walk_min"] for area in (other, one)]
        now, then = ("none can be walked to" if pd.isna(walk) else minutes(walk) for walk in walks)
        falls = each.shortfall if short[1] else f"no longer short of {themes()[each.theme].lower()}"
        told.append(f"{falls}: the nearest is {now} away now; before, {then}")
    return f"{'; '.join(told)}." if told else "no condition of its own changed."


def _low(area: Any) -> bool | None:
    return None if pd.isna(area["resource_rank"]) else bool(area["resource_low"])


def _deprived(found: Assessment, area: Any) -> bool | None:
    decile = area["deprivation_decile"]
    return None if pd.isna(decile) else bool(decile <= found.settings.high_deprivation_decile)


def _ranked(found: Assessment, area: Any) -> str:
    if pd.isna(area["resource_rank"]):
        return "not ranked"
    of = int(area["resource_of"])
    return f"rank {area['resource_rank']:g} of {of:,}, where low is up to {low_rank(of, found.settings):g}"


def _decile(found: Assessment, area: Any) -> str:
    if pd.isna(area["deprivation_decile"]):
        return "not known"
    domain = DEPRIVATION_DOMAINS[found.settings.deprivation_domain].lower()
    high = found.settings.high_deprivation_decile
    return f"decile {area['deprivation_decile']} ({domain}; 1 = most deprived), where high is up to {high}"


def _through(before: Assessment, after: Assessment, code: str) -> str:
    """Through which theme an area's rank moved most: the one whose part in the mean changed most beside that of other areas.

    Nothing where the themes are not put together by an arithmetic mean both times, for then they have no part of their own.
    """
    if {before.settings.aggregation, after.settings.aggregation} != {"arithmetic"}:
        return ""
    moved = _figure(after, code, "resource_rank") - _figure(before, code, "resource_rank")
    weights = [_weights(found) for found in (before, after)]
    gained: dict[str, float] = {}
    for theme in THEMES:
        lacks = [found.areas[f"{theme}_lack"].astype(float) for found in (before, after)]
        parts = [
            0.0 if not weight[theme] else weight[theme] * lack
            for weight, lack in zip(weights, lacks, strict=True)
        ]
        change: Any = parts[1] - parts[0]
        if isinstance(change, pd.Series) and pd.notna(change[code]):
            gained[theme] = float(change[code] - change.median())
    # A higher lack is a lower rank.
    way = -1 if moved > 0 else 1
    theme = max(gained, key=lambda each: way * gained[each], default="")
    if not theme or way * gained[theme] <= 0 or not moved:
        return ""
    label, words = themes()[theme].lower(), []
    then, now = (_figure(found, code, f"{theme}_lack") for found in (before, after))
    if f"{then:.0f}" != f"{now:.0f}":
        words.append(f"whose lack is {now:.0f} of 100 there (100 = fewest resources) and was {then:.0f}")
    if abs(weights[0][theme] - weights[1][theme]) > 1e-9:
        words.append(f"which counts for {weights[1][theme]:.0%} now and did for {weights[0][theme]:.0%}")
    return f"; mostly through {label}{', ' if words else ''}{' and '.join(words)}"


def _figure(found: Assessment, code: str, column: str) -> float:
    value: Any = found.areas.at[code, column]
    return float(value)


def _name(found: Assessment, code: str) -> str:
    return str(found.areas.at[code, "area_name"])


def _weights(found: Assessment) -> dict[str, float]:
    """The weight of each theme in the mean, adding up to 1; 0 of one that is not scored."""
    given = {theme: found.settings.weights[theme] * (theme in found.place.themes) for theme in THEMES}
    total = sum(given.values()) or 1.0
    return {theme: weight / total for theme, weight in given.items()}


def why_html(before: Assessment, after: Assessment, alone: Sequence[tuple[str, Assessment]]) -> str:
    """What other settings change: who became a priority, who no longer is, whose rank moved most, and which setting did it.

    Parameters
    ----------
    before, after
        The place by its own settings, and by the others.
    alone
        Each setting that differs, in words, with the place judged by that one alone made otherwise; nothing where only one differs.
    """
    came, went = flips(before, after)
    stayed = len(after.priorities) - len(came)

    def told(codes: Sequence[str]) -> str:
        items = "".join(
            f"<li><strong>{escape(_name(after, code))}</strong>: {escape(why(before, after, code))}</li>"
            for code in codes
        )
        return f"<ul>{items}</ul>"

    if came or went:
        parts = [
            f"{counted(len(came), 'area')} became {_one(came)}" if came else "",
            f"{counted(len(went), 'area')} {'is' if len(went) == 1 else 'are'} no longer {_one(went)}"
            if went
            else "",
            f"{stayed:,} stayed" if stayed else "" if came else "none is left",
        ]
        headline = f"<p><strong>{', '.join(filter(None, parts))}.</strong></p>"
    else:
        same = f"the same {counted(stayed, 'area')}" if stayed else "none, as before"
        headline = f"<p><strong>Which areas are a priority does not change: {same}.</strong></p>"
    text = headline
    if came:
        text += f"<h3>Became a priority</h3>{told(came)}"
    if went:
        text += f"<h3>No longer a priority</h3>{told(went)}"
    return f'<div class="am-account">{text}{_moved(before, after)}{_alone(before, alone)}</div>'


def _one(codes: Sequence[str]) -> str:
    return "a priority" if len(codes) == 1 else "priorities"


def _moved(before: Assessment, after: Assessment) -> str:
    if before.areas["resource_of"].iloc[0] != after.areas["resource_of"].iloc[0]:
        return "<p>Ranks are among other areas than before, so they are not compared.</p>"
    codes = moves(before, after)
    if not codes:
        return "<p>No other area’s rank on social resources moved.</p>"

    def item(code: str) -> str:
        one, other = (_figure(found, code, "resource_rank") for found in (before, after))
        words = f"rank {other:g}, before {one:g}{_through(before, after, code)}."
        return f"<li><strong>{escape(_name(after, code))}</strong>: {escape(words)}</li>"

    return (
        f"<details><summary>Ranks that moved most</summary><p>By social resources, 1 = fewest.</p>"
        f"<ul>{''.join(map(item, codes))}</ul></details>"
    )


def _alone(before: Assessment, alone: Sequence[tuple[str, Assessment]]) -> str:
    """What each setting would change by itself."""
    if not alone:
        return ""

    def row(words: str, found: Assessment) -> str:
        names = ("; ".join(_name(found, code) for code in codes) for codes in flips(before, found))
        cells = "".join(f"<td>{escape(each) or 'none'}</td>" for each in names)
        return f'<tr><th scope="row">{escape(words)}</th><td class="am-number">{len(found.priorities)}</td>{cells}</tr>'

    caption = "Each setting by itself, all others as the place has them. What none of them does alone comes from several together."
    heads = ("Setting", "Priorities", "Become a priority", "No longer a priority")
    rows = (row(words, found) for words, found in alone)
    return f"<h3>Which setting does it</h3>{table_html('Each setting by itself', caption, heads, rows)}"
