"""The profile of one area, or of one neighbourhood of people's own making: in words and charts, to share and to print."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from assetmap.app import choices, pages
from assetmap.model import Assessment
from assetmap.views import catchment, indicators, maps, neighbourhoods, page, profile, small_maps
from assetmap.views.report import account

__all__ = ["show"]

#: What stands before the label of a neighbourhood of the place's own where one chooses; no area code begins so.
_OWN = "own: "


def show() -> None:
    """Draw the page."""
    st.html(f"<style>{maps.marks_css()}</style>")
    name = choices.choose_place()
    with choices.telling():
        view = choices.judged(name)
        assessment = view.assessment
        subject = _choose(assessment, choices.link_of(name))
        own = subject.removeprefix(_OWN) if subject.startswith(_OWN) else ""
        named = {"own": own} if own else {"area": subject}
        choices.remember(assessment.place, name, assessment.settings, **named)
        if own:
            _of_own(assessment, own)
        else:
            _of_area(assessment, subject)
        st.html("<h2>To share</h2>")
        st.html("<p>This page’s address leads here again. Put this after the address of the app:</p>")
        st.code(f"profile?{urlencode(st.query_params.to_dict())}", language=None, wrap_lines=True)
        st.html(f"<h2>What to bear in mind</h2>{page.notes_html(assessment)}")


def _choose(assessment: Assessment, link: dict[str, str]) -> str:
    """Let the reader choose; the area's code, or the neighbourhood's label after `_OWN`."""
    place = assessment.place
    mark = place.fingerprint[:8]
    area_key, key, followed = f"area {mark}", f"profile {mark}", f"profile of {mark}"
    labels = {code: label for code, label in page.area_labels(assessment).items() if code}
    named = neighbourhoods.choice_labels(place.neighbourhoods)
    labels |= {f"{_OWN}{label}": label for (_, one), label in named.items() if one is not None}
    usual = str(next(iter(assessment.priorities.index), next(iter(labels))))
    asked = (
        f"{_OWN}{link['own']}"
        if "own" in link
        else link.get("area") or st.session_state.get(area_key) or usual
    )
    choices.begin(key, asked, labels, usual, "area or neighbourhood")
    # What was chosen on another page since is followed here.
    elsewhere = st.session_state.get(area_key, "")
    if followed in st.session_state and elsewhere and elsewhere != st.session_state[followed]:
        st.session_state[key] = elsewhere

    def chosen() -> None:
        if st.session_state[key] in assessment.areas.index:
            st.session_state[area_key] = st.session_state[key]

    st.selectbox(
        "Area or neighbourhood",
        list(labels),
        format_func=labels.__getitem__,
        key=key,
        on_change=chosen,
        persist_state="session",
    )
    subject = str(st.session_state[key])
    if followed not in st.session_state and subject in assessment.areas.index:
        st.session_state[area_key] = subject
    st.session_state[followed] = st.session_state.get(area_key, "")
    return subject


def _of_area(assessment: Assessment, code: str) -> None:
    told = account(assessment, code)
    with st.container(key="profile"):
        # The ways that others have taken follow by themselves, so that they are printed too.
        st.html(page.account_html(dataclasses.replace(told, options=[])))
        st.html(_where(assessment.place.fingerprint, (code,), told.area_name, assessment))
    st.html("<h2>Theme by theme, beside the other areas here</h2>")
    _chart(profile.standing_chart(assessment, code))
    st.html(
        '<p class="am-note">Dots: this area. Band: the middle half of areas. Dashed: the middle.</p>'
        + profile.standing_html(assessment, code)
    )
    st.html("<h2>How far to the nearest, kind by kind</h2>")
    within = assessment.settings.catchment_min
    _chart(profile.walks_chart(assessment, code))
    st.html(
        f'<p class="am-note">Line: {within:g} minutes. Hollow: farther than that. A walk of over an hour is drawn at the edge.</p>'
        + catchment.access_html(assessment, code)
        + catchment.standards_html(assessment, code)
    )
    if len(assessment.place.indicators_about):
        st.html(f"<h2>Community outcomes and context</h2>{indicators.indicators_html(assessment, code)}")
    st.html(f"<h2>Ways that others have taken</h2>{page.options_html(told.options)}")
    if told.priority:
        with st.container(key="whole"):
            pages.link(
                "analysis",
                "Questions to ask of it: the analysis",
            )


def _of_own(assessment: Assessment, label: str) -> None:
    named = neighbourhoods.choice_labels(assessment.place.neighbourhoods)
    of_list, one = next(each for each, known in named.items() if known == label)
    members = assessment.place.neighbourhoods
    members = members[(members["list"] == of_list) & (members["neighbourhood"] == one)]
    with st.container(key="profile"):
        st.html(neighbourhoods.account_html(assessment, members, label))
        st.html(_where(assessment.place.fingerprint, tuple(members["area_code"]), label, assessment))
    st.html("<h2>Theme by theme, beside the whole place</h2>")
    _chart(profile.own_themes(assessment, members, label))
    st.html(
        '<p class="am-note">Dots: here. Upright strokes: the whole place.</p>'
        + profile.own_themes_html(assessment, members)
    )
    st.html(f"<h2>Which areas were counted</h2>{neighbourhoods.counted_html(assessment, members)}")


@st.cache_resource(show_spinner=False, max_entries=50)
def _where(fingerprint: str, codes: tuple[str, ...], name: str, _assessment: Assessment) -> str:  # noqa: ARG001 - the cache's key
    return small_maps.where_html(
        _assessment, codes, f"Small map: where {name} lies in {_assessment.place.name}."
    )


def _chart(chart: profile.Chart) -> Any:
    return st.altair_chart(chart.drawing, theme=None, width="stretch", alt=chart.told)
