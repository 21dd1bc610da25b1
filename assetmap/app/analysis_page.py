"""What the map rests on, one part at a time; a part is worked out when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from assetmap.app import choices, weights_box
from assetmap.views import evidence, page, patterns, questions, small_maps

__all__ = ["show"]


def show() -> None:
    """Draw the page."""
    name = choices.choose_place()
    with choices.telling():
        view = choices.judged(name)
        titles = {part: title for part, (title, _) in _PARTS.items()}
        link = choices.link_of(name)
        usual = next(iter(titles))
        choices.begin("part", link.get("part", usual), titles, usual, "part of the analysis")
        st.selectbox(
            "Part of the analysis",
            list(titles),
            format_func=titles.__getitem__,
            key="part",
            persist_state="session",
        )
        part = st.session_state.part
        theirs = weights_box.in_link(view.assessment, link)
        choices.remember(view.assessment.place, name, view.assessment.settings, part=part, **theirs)
        title, draw = _PARTS[part]
        st.html(f"<h2>{title}</h2>")
        draw(view)
        st.html(f"<h2>What to bear in mind</h2>{page.notes_html(view.assessment)}")


def _html(make: Callable[[choices.Judged], str]) -> Callable[[choices.Judged], object]:
    return lambda view: st.html(make(view))


def _alike(view: choices.Judged) -> str:
    return patterns.clusters_html(*choices.alike(view.assessment))


def _inequality(view: choices.Judged) -> str:
    return small_maps.by_deprivation_html(view.assessment) + page.inequality_html(view.assessment)


#: Each part: its heading, and what draws it.
_PARTS: dict[str, tuple[str, Callable[[choices.Judged], object]]] = {
    "inequality": ("Who has least within reach: inequality of access", _html(_inequality)),
    "themes": (
        "Which theme is thin where",
        _html(lambda view: small_maps.small_maps_html(view.assessment)),
    ),
    "questions": (
        questions.HEADING,
        _html(lambda view: questions.details_html(view.assessment, choices.asked(view))),
    ),
    "evidence": (
        "Gap or missing data?",
        _html(lambda view: evidence.evidence_html(view.assessment, view.told)),
    ),
    "sure": (
        "How sure are the ranks? One choice at a time",
        _html(lambda view: page.switched_html(view.found)),
    ),
    "weights": ("The people’s weights", lambda view: weights_box.show(view.assessment)),
    "clusters": ("Where alike areas lie together", _html(_alike)),
    "levels": (
        "Does it hold for smaller and larger areas?",
        _html(lambda view: choices.at_levels(view.assessment)),
    ),
}
