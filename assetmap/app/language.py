"""The language that the reader chose, kept for every page and in the link."""

from __future__ import annotations

import streamlit as st

from assetmap.languages import LANGUAGES, say

__all__ = ["choose", "chosen", "tell_browser"]

_USUAL = next(iter(LANGUAGES))

_SCRIPT = "export default ({ data }) => { document.documentElement.lang = data.language; };"


def chosen() -> str:
    """The code of the language, one of `LANGUAGES`: what the reader chose, else what the link asks for."""
    if "lang" not in st.session_state:
        asked = st.query_params.get("lang", _USUAL)
        st.session_state.lang = asked if asked in LANGUAGES else _USUAL
        st.session_state.no_such_language = asked not in LANGUAGES
    return str(st.session_state.lang)


def choose() -> None:
    """Draw the choice of a language."""
    language = chosen()
    if st.session_state.pop("no_such_language", False):
        st.warning(say("near.link_language", language))
    st.segmented_control(
        say("near.language", language),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key="lang",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )


def tell_browser(language: str) -> None:
    """Tell the browser, and by it a screen reader, which language the page is in: Streamlit always says "en"."""
    said = st.components.v2.component("assetmap.language", js=_SCRIPT, isolate_styles=False)
    with st.container(key="language"):
        said(key="told language", data={"language": "en-GB" if language == "en" else language})
