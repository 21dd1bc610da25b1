"""Why other settings give other priorities: what each condition said before and says now, area by area, in words.

Text that came from a file passes through `html.escape`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from assetmap.gaps import STANDARDS, low_rank
from assetmap.languages import say
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
        key = {True: "low", False: "low_no_more", None: "low_unknown"}[low[1]]
        told.append(say(f"priorities.{key}", now=_ranked(after, other), before=_ranked(before, one)))
        through = _through(before, after, code)
        if through:
            told.append(through)
    deprived = _deprived(before, one), _deprived(after, other)
    if deprived[0] != deprived[1]:
        key = {True: "deprived", False: "deprived_no_more", None: "deprived_unknown"}[deprived[1]]
        told.append(say(f"priorities.{key}", now=_decile(after, other), before=_decile(before, one)))
    for each in STANDARDS:
        short = one[each.column], other[each.column]
        if pd.isna(short[1]) or (not pd.isna(short[0]) and short[0] == short[1]):
            continue
        walks = [area[f"{each.theme}_walk_min"] for area in (other, one)]
        now, then = (say("priorities.no_walk") if pd.isna(walk) else minutes(walk) for walk in walks)
        told.append(
            say("priorities.falls_short", shortfall=each.shortfall, now=now, before=then)
            if short[1]
            else say("priorities.short_no_more", theme=themes()[each.theme].lower(), now=now, before=then)
        )
    return f"{'; '.join(told)}." if told else say("priorities.unchanged")


def _low(area: Any) -> bool | None:
    return None if pd.isna(area["resource_rank"]) else bool(area["resource_low"])


def _deprived(found: Assessment, area: Any) -> bool | None:
    decile = area["deprivation_decile"]
    return None if pd.isna(decile) else bool(decile <= found.settings.high_deprivation_decile)


def _ranked(found: Assessment, area: Any) -> str:
    if pd.isna(area["resource_rank"]):
        return say("priorities.not_ranked")
    of = int(area["resource_of"])
    return say("priorities.ranked", rank=area["resource_rank"], of=of, low=low_rank(of, found.settings))


def _decile(found: Assessment, area: Any) -> str:
    if pd.isna(area["deprivation_decile"]):
        return say("priorities.not_known")
    domain = DEPRIVATION_DOMAINS[found.settings.deprivation_domain].lower()
    high = found.settings.high_deprivation_decile
    return say("priorities.decile", decile=area["deprivation_decile"], domain=domain, high=high)


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
    then, now = (_figure(found, code, f"{theme}_lack") for found in (before, after))
    lack = f"{then:.0f}" != f"{now:.0f}"
    weight = abs(weights[0][theme] - weights[1][theme]) > 1e-9
    key = {
        (False, False): "through",
        (True, False): "through_lack",
        (False, True): "through_weight",
        (True, True): "through_both",
    }[lack, weight]
    return say(
        f"priorities.{key}",
        theme=themes()[theme].lower(),
        lack=now,
        lack_before=then,
        weight=weights[1][theme],
        weight_before=weights[0][theme],
    )


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
            say("priorities.became", n=len(came)) if came else "",
            say("priorities.no_longer", n=len(went)) if went else "",
            say("priorities.stayed", stayed=stayed)
            if stayed
            else ""
            if came
            else say("priorities.none_stayed"),
        ]
        headline = f"<p><strong>{', '.join(filter(None, parts))}.</strong></p>"
    else:
        same = say("priorities.same", n=stayed) if stayed else say("priorities.same_none")
        headline = f"<p><strong>{same}</strong></p>"
    text = headline
    if came:
        text += f"<h3>{say('priorities.heading_became')}</h3>{told(came)}"
    if went:
        text += f"<h3>{say('priorities.heading_no_longer')}</h3>{told(went)}"
    return f'<div class="am-account">{text}{_moved(before, after)}{_alone(before, alone)}</div>'


def _moved(before: Assessment, after: Assessment) -> str:
    if before.areas["resource_of"].iloc[0] != after.areas["resource_of"].iloc[0]:
        return f"<p>{say('priorities.moved_others')}</p>"
    codes = moves(before, after)
    if not codes:
        return f"<p>{say('priorities.moved_none')}</p>"

    def item(code: str) -> str:
        one, other = (_figure(found, code, "resource_rank") for found in (before, after))
        through = _through(before, after, code)
        key = "moved_through" if through else "moved"
        words = say(f"priorities.{key}", now=other, before=one, through=through)
        return f"<li><strong>{escape(_name(after, code))}</strong>: {escape(words)}</li>"

    return (
        f"<details><summary>{say('priorities.heading_moved')}</summary><p>{say('priorities.moved_about')}</p>"
        f"<ul>{''.join(map(item, codes))}</ul></details>"
    )


def _alone(before: Assessment, alone: Sequence[tuple[str, Assessment]]) -> str:
    """What each setting would change by itself."""
    if not alone:
        return ""

    def row(words: str, found: Assessment) -> str:
        names = ("; ".join(_name(found, code) for code in codes) for codes in flips(before, found))
        cells = "".join(f"<td>{escape(each) or say('priorities.alone_none')}</td>" for each in names)
        return f'<tr><th scope="row">{escape(words)}</th><td class="am-number">{len(found.priorities)}</td>{cells}</tr>'

    heads = (say(f"priorities.alone_{each}") for each in ("setting", "priorities", "became", "no_longer"))
    rows = (row(words, found) for words, found in alone)
    told = table_html(say("priorities.alone"), say("priorities.alone_caption"), heads, rows)
    return f"<h3>{say('priorities.heading_alone')}</h3>{told}"
