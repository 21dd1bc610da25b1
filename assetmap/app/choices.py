"""What the reader has chosen: the place, the settings, and what the link says of them."""

from __future__ import annotations

import dataclasses
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path
from threading import Event, Thread
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from assetmap.clusters import Clusters, clusters, with_clusters
from assetmap.errors import AssetMapError, PlaceError, Problem, SettingsError
from assetmap.evidence import Evidence, evidence, with_evidence
from assetmap.levels import levels
from assetmap.model import (
    AGGREGATIONS,
    DEPRIVATION_DOMAINS,
    MEASURES,
    NORMALISATIONS,
    OPEN_AT,
    RESOURCE_BASES,
    SETTING_BOUNDS,
    SETTING_WORDS,
    THEMES,
    Assessment,
    Place,
    Settings,
)
from assetmap.sources import DEMO, demo_folder
from assetmap.sources.place import Progress
from assetmap.taxonomy import themes
from assetmap.uncertainty import Uncertainty, uncertainty, with_bands
from assetmap.views import catchment, page
from assetmap.views.evidence import OFFICERS
from assetmap.views.patterns import levels_html
from assetmap.views.questions import Questions, asked_of, questions
from assetmap.what_if import one_more

__all__ = [
    "Judged",
    "alike",
    "asked",
    "assessed",
    "at_levels",
    "begin",
    "changed",
    "choose_place",
    "choose_settings",
    "judged",
    "known_places",
    "link_of",
    "listed",
    "loaded",
    "prepare",
    "remember",
    "settings_of_link",
    "starts_listed",
    "tell",
    "telling",
]

_logger = logging.getLogger(__name__)

#: A load that is over sooner than this, in seconds, needs no bar.
_SHOWN_AFTER_S = 1


def known_places() -> dict[str, str]:
    """The folder of each place that may be opened by name; the first is the one to begin with.

    Those the app was started with, the demo, those directly below the current folder, and those the
    reader opened.
    """
    given = [Path(text) for text in os.environ.get("ASSETMAP_PLACES", "").split(os.pathsep) if text]
    below = sorted(path.parent for path in Path.cwd().glob("*/place.toml"))
    opened = [Path(text) for text in st.session_state.get("opened", ())]
    folders = dict.fromkeys(path.resolve() for path in (*given, *below, *opened))
    folders.pop(demo_folder().resolve(), None)
    places = {} if given else {DEMO: DEMO}
    for folder in folders:
        name = re.sub(r"[^\w.-]+", "-", folder.name)
        while name in places or name == DEMO:
            name += "-2"
        places[name] = str(folder)
    return places | {DEMO: DEMO}


@st.cache_resource(show_spinner="Reading the place …", max_entries=10)
def loaded(folder: str, _progress: Progress | None = None) -> Place:
    """The place, read once; the Data page has a button to read it again."""
    from assetmap.sources import load

    with _bar() as progress:
        return load(folder, progress=_progress or progress)


@contextmanager
def _bar() -> Iterator[Progress]:
    """Show on the page how far a load has come, once it has taken a second.

    By a thread of its own: what the page draws while a result is made that is kept, is drawn again whenever it is used.
    """
    page, over, news = get_script_run_ctx(), Event(), [(0.0, "")]

    def show() -> None:
        if page is None or over.wait(_SHOWN_AFTER_S):
            return
        bar = st.progress(*news[0])
        while not over.wait(0.25):
            bar.progress(*news[0])
        bar.empty()

    def tell(done: int, total: int, what: str) -> None:
        news[0] = done / max(total, 1), what

    shown = Thread(target=show, daemon=True)
    add_script_run_ctx(shown, page)
    shown.start()
    try:
        yield tell
    finally:
        over.set()
        shown.join()


@st.cache_resource(show_spinner="Working out the measures …", max_entries=10)
def _assessed(fingerprint: str, settings: Settings, _place: Place) -> Assessment:  # noqa: ARG001 - the cache's key
    from assetmap.assess import assess

    return assess(_place, settings)


def assessed(place: Place, settings: Settings) -> Assessment:
    """The assessment of the place with these settings."""
    return _assessed(place.fingerprint, settings, place)


def prepare(place: Place) -> Assessment:
    """Work out, before anybody asks, what the first look at a place needs."""
    settings = place.settings
    assessment, _ = _sure(place.fingerprint, settings, assessed(place, settings))
    return _evident(place.fingerprint, settings, False, assessment)[0]


@st.cache_resource(show_spinner="Working out how sure the ranks are …", max_entries=10)
def _sure(
    fingerprint: str,  # noqa: ARG001 - the cache's key
    settings: Settings,  # noqa: ARG001
    _assessment: Assessment,
) -> tuple[Assessment, Uncertainty]:
    found = uncertainty(_assessment)
    return with_bands(_assessment, found), found


@st.cache_resource(show_spinner="Working out what the lists can tell of gaps …", max_entries=10)
def _evident(
    fingerprint: str,  # noqa: ARG001 - the cache's key
    settings: Settings,  # noqa: ARG001
    for_officers: bool,
    _assessment: Assessment,
) -> tuple[Assessment, Evidence]:
    found = evidence(_assessment, for_officers=for_officers)
    return with_evidence(_assessment, found), found


@dataclasses.dataclass(frozen=True)
class Judged:
    """The chosen place as the reader has it judged.

    Attributes
    ----------
    name
        What the place is called in links.
    assessment
        With how sure each rank is, and what the lists can tell of gaps.
    found
        What the certainty of the ranks was worked out from.
    told
        What the account of gaps rests on.
    """

    name: str
    assessment: Assessment
    found: Uncertainty
    told: Evidence


def judged(name: str) -> Judged:
    """Let the reader choose how the place is judged, and head the page with the place and what was chosen."""
    place = loaded(known_places()[name])
    settings = choose_settings(place, link_of(name))
    assessment, found = _sure(place.fingerprint, settings, assessed(place, settings))
    officers = st.sidebar.toggle("Officers’ view", key="officers", help=OFFICERS, persist_state="session")
    assessment, told = _evident(place.fingerprint, settings, officers, assessment)
    st.html(page.heading_html(place))
    differing = "; ".join(changed(place, settings))
    if differing:
        st.html(f'<p class="am-note"><strong>Settings changed.</strong> {escape(differing)}.</p>')
    return Judged(name, assessment, found, told)


@st.cache_resource(show_spinner="Working out what would change each priority …", max_entries=10)
def _asked(
    fingerprint: str,  # noqa: ARG001 - the cache's key
    settings: Settings,  # noqa: ARG001
    for_officers: bool,  # noqa: ARG001
    _assessment: Assessment,
    _found: Uncertainty,
) -> list[Questions]:
    more = one_more(_assessment, asked_of(_assessment))
    return questions(_assessment, _found, more)


def asked(view: Judged) -> list[Questions]:
    """What a councillor may ask of each priority, with the answers."""
    assessment = view.assessment
    return _asked(
        assessment.place.fingerprint, assessment.settings, view.told.for_officers, assessment, view.found
    )


@st.cache_resource(show_spinner="Looking for where alike areas lie together …", max_entries=10)
def _alike(
    fingerprint: str,  # noqa: ARG001 - the cache's key
    settings: Settings,  # noqa: ARG001
    _assessment: Assessment,
) -> Clusters:
    return clusters(_assessment)


def alike(assessment: Assessment) -> tuple[Assessment, Clusters]:
    """The assessment with where alike areas lie together, and what that was worked out from."""
    found = _alike(assessment.place.fingerprint, assessment.settings, assessment)
    return with_clusters(assessment, found), found


@st.cache_resource(show_spinner="Looking at smaller and larger areas …", max_entries=10)
def _at_levels(
    fingerprint: str,  # noqa: ARG001 - the cache's key
    settings: Settings,  # noqa: ARG001
    _assessment: Assessment,
) -> str:
    return levels_html(_assessment, levels(_assessment))


def at_levels(assessment: Assessment) -> str:
    """Whether the headline holds at each level that the place gives, in HTML."""
    return _at_levels(assessment.place.fingerprint, assessment.settings, assessment)


def tell(error: AssetMapError, headline: str) -> None:
    """Say what went wrong and what to do about it."""
    st.error(headline)
    items = "".join(
        f"<li><strong>{escape(each.where)}</strong>: {escape(each.what)} {escape(each.remedy)}</li>"
        for each in error.problems
    )
    st.html(f"<ul>{items}</ul>")


@contextmanager
def telling() -> Iterator[None]:
    """Tell on the page whatever goes wrong within, so that no reader meets a traceback."""
    try:
        yield
    except AssetMapError as error:
        tell(error, "This place cannot be shown as it is.")
    except Exception:
        _logger.exception("The page could not be drawn.")
        st.error(
            "Sorry: assetmap met a fault of its own and could not draw this page. Reload the page, or choose "
            "another place. If it comes back, the window that assetmap was started from says more."
        )


def choose_place() -> str:
    """Let the reader choose among the known places or open another; the chosen place's name."""
    places = known_places()
    if "place" not in st.session_state:
        first = next(iter(places))
        st.session_state.link = st.query_params.to_dict()
        named = st.session_state.link.setdefault("place", first)
        if named not in places:
            st.warning(
                f"The link names a place that this app does not know. Here is “{first}” instead. If it was opened by its folder, "
                "open that folder here too, under “Open another place”; the link then leads to what it names."
            )
        st.session_state.place = named if named in places else first
    with st.sidebar:
        st.selectbox("Place", list(places), key="place", persist_state="session")
        with st.expander("Open another place"), st.form("open", border=False):
            st.text_input("Folder of the place", key="folder", help="The folder that holds its place.toml.")
            st.form_submit_button("Open this folder", on_click=_open)
    fault = st.session_state.pop("fault", None)
    if fault is not None:
        tell(fault, "That place could not be opened.")
    return str(st.session_state.place)


def link_of(name: str) -> dict[str, str]:
    """What the link that the reader came by says of this place; nothing, where it is of another."""
    link: dict[str, str] = st.session_state.link
    return link if link["place"] == name else {}


_NAME_A_FOLDER = "Type the folder that holds the place’s place.toml."


def _open() -> None:
    """Put the folder that was typed on the list of known places, once it loads."""
    typed = st.session_state.folder.strip().strip("\"'")
    try:
        if not typed:
            raise PlaceError(Problem("Folder of the place", "Nothing was typed.", _NAME_A_FOLDER))
        folder = str(Path(typed).expanduser().resolve())
        loaded(folder)
    except AssetMapError as error:
        st.session_state.fault = error
        return
    except Exception:
        # Such as a name no folder can have, or a folder that this account may not look into.
        _logger.exception("The folder could not be opened.")
        unreadable = Problem(typed[:200], "It cannot be read as a folder.", _NAME_A_FOLDER)
        st.session_state.fault = PlaceError(unreadable)
        return
    st.session_state.opened = (*st.session_state.get("opened", ()), folder)
    st.session_state.place = next(name for name, known in known_places().items() if known == folder)


def settings_of_link(link: Mapping[str, str], base: Settings) -> Settings:
    """The settings that a link asks for, on top of the place's own.

    Raises
    ------
    SettingsError
        For a value that cannot be used.
    """
    asked: dict[str, Any] = {}
    faults = []
    for name, value in base.as_dict().items():
        try:
            if name in link:
                asked[name] = type(value)(link[name])
        except ValueError:
            sort = "a whole number" if isinstance(value, int) else "a number"
            remedy = "Choose a value under “How the place is judged”."
            faults.append(Problem(f"the link’s {name}", f"“{link[name]}” is not {sort}.", remedy))
    if faults:
        raise SettingsError(faults)
    return dataclasses.replace(base, **asked)


def _labels() -> dict[str, str]:
    """What each setting is called on screen."""
    return {
        "catchment_min": "A walk within reach, minutes",
        "walking_speed_kmh": "Walking speed, km/h",
        "detour_factor": "Detour factor",
        **{f"measure_{theme}": f"{label} measured by" for theme, label in themes().items()},
        "open_at": "Count venues open",
        **{f"weight_{theme}": f"Weight of {themes()[theme].lower()}" for theme in THEMES},
        "normalisation": "Scale of each theme",
        "aggregation": "Mean of the themes",
        "resource_base": "Areas are compared with",
        "low_resource_share": "Low on resources: lowest share of areas",
        "high_deprivation_decile": "High deprivation: decile up to",
        "deprivation_domain": "Deprivation by",
    }


def changed(place: Place, settings: Settings) -> list[str]:
    """Each setting that is not as the place has it, in words."""

    def said(name: str, value: float | str) -> str:
        return SETTING_WORDS[name][1][value] if isinstance(value, str) else f"{value:g}"

    usual, labels = place.settings.as_dict(), _labels()
    return [
        f"{labels[name]}: {said(name, value)} (usually {said(name, usual[name])})"
        for name, value in settings.as_dict().items()
        if value != usual[name]
    ]


def choose_settings(place: Place, link: Mapping[str, str]) -> Settings:
    """Let the reader choose how the place is judged, beginning with what the link asks for."""
    own, labels = place.settings.as_dict(), _labels()
    keys = {name: f"{place.fingerprint[:8]} {name}" for name in own}

    def put(values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            st.session_state[keys[name]] = value

    if not all(key in st.session_state for key in keys.values()):
        base = place.settings
        try:
            base = settings_of_link(link, base)
            assessed(place, base)  # a domain that the place's table does not give is a fault too
        except SettingsError as error:
            base = place.settings
            tell(error, "The link asks for settings that cannot be used, so the place’s own are used.")
        put(base.as_dict())

    def number(name: str, step: float, tip: str = "") -> None:
        low, high = SETTING_BOUNDS[name]
        kind = type(st.session_state[keys[name]])
        st.number_input(
            labels[name],
            kind(low),
            kind(high),
            step=kind(step),
            format="%d" if kind is int else "%g",
            help=f"{tip} From {low:g} to {high:g}.".strip(),
            key=keys[name],
            persist_state="session",
        )

    def choice(name: str, options: Iterable[str], tip: str | None = None) -> None:
        said = SETTING_WORDS[name][1]
        st.selectbox(
            labels[name],
            list(options),
            format_func=said.__getitem__,
            help=tip,
            key=keys[name],
            persist_state="session",
        )

    with st.sidebar, st.form("settings", border=False):
        st.html("<h2>How the place is judged</h2>")
        number("catchment_min", 5)
        with st.expander("Walking"):
            number("walking_speed_kmh", 0.2, "4.8 is usual, 4.0 unhurried, 2.9 that of many older people.")
            number(
                "detour_factor",
                0.1,
                "Walking distance over straight-line distance; not used where the place has a walking network.",
            )
            tip = "A venue whose hours are not known is then told apart. Green space is always counted."
            choice("open_at", OPEN_AT, tip)
        with st.expander("How each theme is measured"):
            for theme in THEMES:
                choice(f"measure_{theme}", MEASURES)
        with st.expander("Weights of the themes"):
            for theme in THEMES:
                tip = "Only the proportions matter; a theme of weight 0 is shown and not scored."
                number(f"weight_{theme}", 1, tip)
        with st.expander("How themes are put together"):
            tip = "Exponential of ranks, as in the Indices of Deprivation, keeps plenty in one theme from hiding a lack in another."
            choice("normalisation", NORMALISATIONS, tip)
            choice(
                "aggregation",
                AGGREGATIONS,
                "By a geometric mean, plenty of one theme makes up for less of another.",
            )
            if place.reference is not None:
                tip = (
                    f"Its reference is {place.reference.name}, measured in the same way from the same lists."
                )
                choice("resource_base", RESOURCE_BASES, tip)
        with st.expander("What makes a priority"):
            number("low_resource_share", 0.05, "0.2 is the lowest fifth.")
            number("high_deprivation_decile", 1, "1 = most deprived.")
            given = (
                name for name in DEPRIVATION_DOMAINS if name == "imd" or f"{name}_decile" in place.deprivation
            )
            choice("deprivation_domain", given)
        st.form_submit_button("Apply", type="primary", width="stretch")
        values = {name: st.session_state[key] for name, key in keys.items()}
        if values != own:
            st.form_submit_button(
                "Back to the place’s own settings", on_click=put, args=(own,), width="stretch"
            )
    return Settings(**values)


#: The most areas that a list to choose from names: every change of the page sends the whole list anew.
_MOST_LISTED = 300


def listed(assessment: Assessment, labels: Mapping[str, str], *kept: str) -> list[str]:
    """The areas that a list to choose from names: all, or where they are many the first priorities and those chosen already.

    The other areas of a large place are found by the search, on the map, or in the table.
    """
    if len(labels) <= _MOST_LISTED:
        return list(labels)
    wanted = {"", *kept, *map(str, assessment.priorities.index[:_MOST_LISTED])}
    return [code for code in labels if code in wanted]


def starts_listed(starts: Mapping[str, str], chosen: str) -> list[str]:
    """The starts of a walk that a list names: all, or where places are many the ways to name one and the one chosen already."""
    if len(starts) <= _MOST_LISTED:
        return list(starts)
    ways = ("", catchment.OF_AREA, catchment.OF_POSTCODE, catchment.OF_TAP, chosen)
    return [start for start in starts if start in ways]


def begin(key: str, asked: str, known: Mapping[str, str], usual: str, what: str) -> None:
    """Begin a choice with what the link asks for; say so where the link names something unknown."""
    if key in st.session_state:
        return
    if asked not in known:
        st.warning(f"The link names an unknown {what}, so the usual view is shown.")
    st.session_state[key] = asked if asked in known else usual


def remember(place: Place, name: str, settings: Settings, **more: str) -> None:
    """Write the choices into the link as plain text, leaving out what is as the place has it."""
    usual = place.settings.as_dict()
    changed = {
        key: f"{value:g}" if isinstance(value, float) else str(value)
        for key, value in settings.as_dict().items()
        if value != usual[key]
    }
    if st.session_state.get("lang", "en") != "en":
        more["lang"] = st.session_state.lang
    wanted = {"place": name, **{key: value for key, value in more.items() if value}, **changed}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
