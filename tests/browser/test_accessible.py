"""Every page at every width, for whoever enlarges it, prints it, uses colours of their own, or has no mouse; docs/accessibility.md."""

from __future__ import annotations

import re

import pytest

from assetmap.app import pages
from tests.browser.hands import expect, faults, frame, settled, sideways

pytestmark = pytest.mark.browser

#: The pages by address; the first is the bare one.
NAMES = ["" if name == pages.FIRST else name for name in pages.NAMES]

#: Those with a map, which comes after the words.
WITH_MAP = {"", "map", "priorities", "neighbourhoods"}

#: What can be pressed and is smaller than 24 by 24 pixels. WCAG 2.5.8 leaves out links within a sentence.
SMALL = """() => {
  const can = 'a[href], button, input, select, textarea, summary, [role=button], [role=radio], [role=checkbox], [role=switch]';
  const found = [];
  for (const each of document.querySelectorAll(can)) {
    const style = getComputedStyle(each);
    let box = each.getBoundingClientRect();
    if (style.visibility === 'hidden' || !box.width || !box.height || each.closest('[aria-hidden=true]')) continue;
    // Of one pixel until it has the focus: the ways past what everybody else sees.
    if (each.closest('.am-skip, [data-testid=stSkipToContent]')) continue;
    const around = each.tagName === 'A' && style.display === 'inline' && each.closest('p, li, td, dd');
    if (around && around.textContent.trim().length > each.textContent.trim().length) continue;
    const whole = each.closest('label') || (each.tagName === 'INPUT' && each.closest('[data-testid]'));
    if (whole) box = whole.getBoundingClientRect();
    if (box.width < 23.5 || box.height < 23.5) found.push(each.outerHTML.slice(0, 160));
  }
  return found;
}"""

#: Words that are cut off: what does not fit into a box that shows no more.
CUT_OFF = """() => [...document.querySelectorAll('p, span, a, button, label, h1, h2, h3, li, td, th, div')].filter((each) => {
  const style = getComputedStyle(each);
  if (style.visibility === 'hidden' || each.closest('.am-unseen, .am-skip, .am-scroll, [aria-hidden=true], [data-testid=stSkipToContent]')) return false;
  if (![...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) return false;
  const hides = /hidden|clip/;
  return (hides.test(style.overflowX) && each.scrollWidth > each.clientWidth + 1)
    || (hides.test(style.overflowY) && each.scrollHeight > each.clientHeight + 4);
}).map((each) => each.outerHTML.slice(0, 160))"""

#: What has the focus, and how it is shown: the width of its outline or its label's, and the outline's colour.
FOCUSED = """() => {
  let at = document.activeElement;
  const inside = at && at.tagName === 'IFRAME' ? at.contentDocument : document;
  at = inside.activeElement;
  if (!at || at === inside.body) return null;
  const shown = at.matches('input[type=radio], input[type=checkbox]') ? at.closest('label') || at : at;
  const style = getComputedStyle(shown);
  const frames = [...(at.ownerDocument.defaultView.frameElement ? [at.ownerDocument.defaultView.frameElement] : [])];
  return {
    what: (at.getAttribute('aria-label') || at.textContent || at.id || at.tagName).trim().slice(0, 60),
    width: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth), colour: style.outlineColor,
    framed: frames.length > 0, x: at.getBoundingClientRect().x,
  };
}"""


def opened(page, app, name, **link):
    """Open a page of the demo town by its address, and wait until it is there."""
    asked = "&".join(f"{key}={value}" for key, value in {"place": "demo", **link}.items())
    page.goto(f"{app.url}{name}?{asked}")
    expect(page.get_by_test_id("stMain").locator("h1").first).to_be_visible(timeout=90_000)
    settled(page)
    if name in WITH_MAP:
        drawn(page)


def drawn(page):
    """Wait until the map has its marks."""
    expect(frame(page).locator(".leaflet-control-scale-line")).to_be_visible(timeout=90_000)


def map_of(page):
    shown = page.locator('iframe[title^="Map of"]')
    return shown.element_handle().content_frame() if shown.count() else None


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_no_page_has_a_fault_scrolls_sideways_or_has_a_target_too_small(app, visit, width):
    page = visit(width, 900)
    found = {}
    for name in NAMES:
        opened(page, app, name)
        inside = map_of(page)
        found[name] = {
            "axe": faults(page.main_frame),
            "axe of the map": faults(inside) if inside else {},
            "sideways": max(0, sideways(page)),
            "small": page.evaluate(SMALL) + (inside.evaluate(SMALL) if inside else []),
            "language": set(page.evaluate("[document.documentElement.lang]")) - {"en-GB"},
            "mains": page.locator("main").count() - 1,
            "untitled frames": page.locator("iframe:not([title]), iframe[title='']").count(),
        }
    assert {name: {what: it for what, it in each.items() if it} for name, each in found.items()} == {
        name: {} for name in NAMES
    }


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_off_where_text_is_twice_the_size(app, visit, width):
    page = visit(width, 900)
    found = {}
    for name in NAMES:
        opened(page, app, name)
        page.add_style_tag(content="html { font-size: 200% !important; }")
        # Streamlit measures its own links anew for the new size.
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found[name] = (max(0, sideways(page)), page.evaluate(CUT_OFF))
    assert found == dict.fromkeys(NAMES, (0, []))


def contrast_with_white(colour):
    parts = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


@pytest.mark.parametrize("name", ["", "map", "listings"])
def test_whatever_has_the_focus_shows_it_and_nothing_out_of_sight_takes_it(app, visit, name):
    page = visit(390, 900)
    opened(page, app, name)
    seen = []
    for _ in range(34):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is not None:
            seen.append(at)
    assert len({each["what"] for each in seen}) > 10
    assert [each for each in seen if each["width"] < 2 or contrast_with_white(each["colour"]) < 3] == []
    assert [each for each in seen if each["x"] < -5] == []


def test_colours_of_the_readers_own_leave_what_is_chosen_and_the_legend_told_apart(app, visit):
    page = visit()
    page.emulate_media(forced_colors="active")
    opened(page, app, "")
    chosen = page.get_by_role("radio", name="15 minutes", exact=True)
    tick = "(each) => getComputedStyle(each, '::before').content"
    assert "✓" in chosen.evaluate(tick)
    assert "✓" not in page.get_by_role("radio", name="5 minutes", exact=True).evaluate(tick)
    opened(page, app, "map")
    colours = page.locator(".am-swatch").evaluate_all(
        "(all) => all.map((each) => getComputedStyle(each).background)"
    )
    assert len(colours) > 5
    assert len(set(colours)) == len(colours)
    assert all(
        "url(" in each
        for each in page.locator(".am-legend .am-mark").evaluate_all(
            "(all) => all.map((each) => getComputedStyle(each).backgroundImage)"
        )
    )


def test_the_map_does_not_move_of_itself_for_who_asks_for_less_motion(app, visit):
    page = visit()
    page.emulate_media(reduced_motion="reduce")
    opened(page, app, "map")
    moved = map_of(page).evaluate(
        """() => {
          const press = (name) => document.querySelector(`[aria-label="${name}"]`).click();
          const [before, zoom] = [map.getCenter().lat, map.getZoom()];
          press('Zoom in');
          press('Move up');
          return { up: map.getCenter().lat > before, nearer: map.getZoom() > zoom };
        }"""
    )
    assert moved == {"up": True, "nearer": True}


def test_on_paper_are_the_account_the_table_and_the_legend_and_nothing_to_press(app, visit):
    page = visit()
    opened(page, app, "map")
    page.emulate_media(media="print")
    for gone in (
        page.get_by_test_id("stSidebar"),
        page.get_by_test_id("stHeader"),
        page.get_by_role("button", name="Gap analysis (zip)"),
        frame(page).get_by_role("button", name="Zoom in"),
    ):
        expect(gone).to_be_hidden()
    for kept in (".am-account", ".am-legend", "#am-table", 'iframe[title^="Map of"]'):
        expect(page.locator(kept).first).to_be_visible()
    # The whole table, not the part of it that a screen shows.
    assert page.locator("#am-table").evaluate("(table) => table.scrollHeight - table.clientHeight") <= 1
    assert (
        page.evaluate("getComputedStyle(document.querySelector('[data-testid=stMain]')).overflowY")
        == "visible"
    )


def press_until(page, key, wanted, most=80):
    """Press a key until what has the focus is what is wanted, as somebody does who looks where the focus is."""
    for _ in range(most):
        page.keyboard.press(key)
        at = page.evaluate(FOCUSED)
        if at is not None and re.search(wanted, at["what"]):
            return
    raise AssertionError(f"{wanted} was never reached by {key}")


def test_with_the_keyboard_alone_from_the_first_screen_to_the_gap_analysis(app, visit):
    page = visit(1280, 900)
    opened(page, app, "")
    press_until(page, "Tab", "^Your postcode$")
    page.keyboard.type("zz1 7py")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Near ZZ1 7PY")).to_be_visible()
    settled(page)
    press_until(page, "Tab", "^Past the map, to the list$")
    page.keyboard.press("Enter")
    press_until(page, "Tab", "A walk from my door", most=3)  # the map’s own buttons are behind

    press_until(page, "Shift+Tab", "^The whole place")
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("^Map"))
    drawn(page)
    settled(page)
    press_until(page, "Tab", r"^Area \(or choose")
    page.keyboard.type("Sallows Sluice")
    expect(page.get_by_role("option").first).to_contain_text("Sallows Sluice")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    account = page.locator(".st-key-explore .am-account")
    expect(account.locator("h2")).to_have_text("Sallows Sluice")
    settled(page)

    inside = map_of(page)
    before = inside.evaluate("[map.getZoom(), map.getCenter().lat]")
    press_until(page, "Tab", "^Zoom in$")
    page.keyboard.press("Enter")
    press_until(page, "Tab", "^Move up$")
    page.keyboard.press("Enter")
    inside.wait_for_function("([zoom, lat]) => map.getZoom() > zoom && map.getCenter().lat > lat", arg=before)
    press_until(page, "Tab", r"^Gap analysis \(zip\)$")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "gap-analysis.zip"
    assert page.failed == []
