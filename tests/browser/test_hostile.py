"""Texts that try to break out, through every field of a place and every part of a link, over every page, in a real browser."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from urllib.parse import quote

import pytest

from assetmap import assess, load
from assetmap.app import pages
from assetmap.evidence import evidence
from assetmap.sources.decisions import Decision, listing_key, record
from assetmap.uncertainty import uncertainty, with_bands
from assetmap.views import evidence as words_of_evidence
from assetmap.views import near, questions
from assetmap.views.page import standalone
from assetmap.what_if import one_more
from tests.browser.hands import expect, frame, hosts, settled
from tests.toy import CODES, RECIPE, middle, write_toy

pytestmark = pytest.mark.browser

BREAK = "window.top.broken=1"
CORPUS = (
    f"<script>{BREAK}</script>",
    f"<img src=x onerror={BREAK}>",
    f'"><svg/onload={BREAK}>',
    f"'\" autofocus onfocus={BREAK} x='",
    f"</script><script>{BREAK}</script>",
    f"</style></title></textarea></template><iframe srcdoc='<script>{BREAK}</script>'></iframe>",
    f"javascript:{BREAK}",
    f'<a href="javascript:{BREAK}">press</a>',
    f'<a href="data:text/html,<script>{BREAK}</script>">press</a>',
    f"[press](javascript:{BREAK}) ![p](http://evil.example/p.png) <http://evil.example/>",
    "<style>*{background:url(http://evil.example/c.png)}</style>",
    "<div style='background:url(http://evil.example/d.png)'>d</div>",
    "<link rel=stylesheet href=http://evil.example/e.css><base href=http://evil.example/>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "<form action=http://evil.example/><input name=q><button>press</button></form>",
    "url(http://evil.example/f.png)",
    '=HYPERLINK("http://evil.example/","press")',
    "{{ 7*7 }} ${7*7} {% raw %} {0} {n} $title $contents %s",
    "&lt;img src=x onerror=alert(1)&gt; &#60;b&#62; &amp;",
    "\u202egnidaer\u202c \u2066x\u2069 \u200f\u0007",
    "`;alert(1)//` \\u003cscript\\u003e \u2028 \u2029 <!-- --> ]]>",
    "$$\\href{javascript:alert(1)}{x}$$ :material/home: :red[x]",
    "W" * 300,
)

#: What assetmap itself never puts into a page, and what each text would put there.
INJECTED = """() => [...document.querySelectorAll(
  'img[src="x"], iframe[srcdoc*="broken"], svg[onload], [onerror], [onfocus], [onload], [onclick*="broken"], form[action*="evil"],'
  + ' [href*="evil.example"], [src*="evil.example"], [style*="evil.example"], base[href*="evil"], meta[http-equiv="refresh"]'
)].map((each) => each.outerHTML.slice(0, 120)).concat(
  [...document.querySelectorAll('a[href]:not([href^="#"])')].map((each) => each.protocol).filter((each) => !['http:', 'https:', 'mailto:', 'tel:'].includes(each)),
  [...document.querySelectorAll('script, style')].filter((each) => /^(window.top.broken|\\*\\{background:url\\(http:\\/\\/evil)/.test(each.textContent)).map((each) => each.outerHTML),
)"""


def toml(text):
    return json.dumps(text, ensure_ascii=True)


def table(header, rows):
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([header, *rows])
    return written.getvalue()


def write_hostile(folder):
    """The toy place with a text of the corpus wherever a text may stand."""
    kinds = ("Library", "Hub", "Sports club", "Café", "Food bank", "GP practice")
    heads = [
        "name",
        "kind",
        "easting",
        "northing",
        "postcode",
        "about",
        "hours",
        "street",
        "web",
        "cost",
        "ages",
        "id",
    ]
    venues = []
    for n, text in enumerate(CORPUS):
        x, y = middle(n % 4)
        where = [kinds[n % len(kinds)], x + 10 * n, y + 10 * n, ""]
        venues.append([f"{text} {n}", *where, text, text, text, text, text, text, f"{n} {text}"])
    venues.append([CORPUS[1], CORPUS[0], middle(0)[0], middle(0)[1], "", *[CORPUS[2]] * 7])
    said = (
        f"source = {toml(CORPUS[1])}\nlicence = {toml(CORPUS[2])}\n"
        'description = "about"\nopening_hours = "hours"\naddress = "street"\nwebsite = "web"\ncost = "cost"\n'
        'for_age = "ages"\nidentifier = "id"\n'
    )
    more = f"""
[[indicators]]
name = {toml(CORPUS[0])}
file = "figures.csv"
code = "code"
value = "value"
unit = {toml(CORPUS[1])}
better = "higher"
outcome_level = "community"
term = "short"
period = {toml(CORPUS[5])}
source = {toml(CORPUS[3])}
licence = {toml(CORPUS[4])}

[[neighbourhoods]]
name = {toml(CORPUS[1] + " a")}
file = "patches.csv"
title = "patch"
code = "code"
method = {toml(CORPUS[0])}

[[bodies]]
name = {toml(CORPUS[1] + " b")}
file = "bodies.csv"
title = "body"
kind_column = "kind"
code = "codes"
website = "web"

[[grants]]
name = {toml(CORPUS[1] + " c")}
file = "grants.csv"
recipient = "who"
amount = "amount"
award_date = "day"
funder = "funder"
purpose = "what"
"""
    recipe = (RECIPE.replace('"Toytown"', toml(CORPUS[1])) + said + more).replace(
        '"the middle of each square"', toml(CORPUS[10])
    )
    write_toy(
        folder,
        place_toml=recipe,
        venues_csv=table(heads, venues),
        figures_csv=table(["code", "value"], [[code, 10 * n] for n, code in enumerate(CODES, 1)]),
        patches_csv=table(["patch", "code"], [[CORPUS[n], code] for n, code in enumerate(CODES)]),
        bodies_csv=table(
            ["body", "kind", "codes", "web"],
            [[f"{text} {n}", text, CODES[n % 4], text] for n, text in enumerate(CORPUS)],
        ),
        grants_csv=table(
            ["who", "amount", "day", "funder", "what"],
            [[text, 100, "2025-01-01", text, text] for text in CORPUS],
        ),
    )
    for file, key, texts in (("areas", "area_name", CORPUS[1:5]), ("green", "name", CORPUS[7:9])):
        path = folder / f"{file}.geojson"
        drawn = json.loads(path.read_text())
        for feature, text in zip(drawn["features"], texts, strict=False):
            feature["properties"][key] = text
        path.write_text(json.dumps(drawn))
    x, y = middle(2)
    key = listing_key(f"{CORPUS[2]} 2", x + 20, y + 20)
    record(folder, [Decision("2026-05-01", CORPUS[1], "correct", key, "description", CORPUS[4])])
    return folder


@pytest.fixture(scope="module")
def evil(app):
    return write_hostile(app.log.parent / "corpus")


def watched(visit):
    page = visit()
    page.told = []

    def dialog(shown):
        page.told.append(shown.message)
        shown.dismiss()

    page.on("dialog", dialog)
    return page


def unharmed(page, where):
    """Nothing of the corpus ran, asked another computer for anything, or became part of the page."""
    assert page.told == [], where
    assert page.evaluate("window.broken") is None, where
    for part in page.frames:
        assert part.evaluate(INJECTED) == [], where
    assert hosts(page) <= {"127.0.0.1", None}, where


def test_the_place_is_read_with_every_text_of_the_corpus(evil):
    place = load(evil)
    assert place.name == CORPUS[1]
    told = " ".join([*place.assets["name"], *place.assets["description"], *place.areas["area_name"]])
    for text in CORPUS:
        # Spaces and control characters are set right at the door; the rest is kept as somebody wrote it.
        assert text.split()[0].strip("\u202e") in told, text
    assert len(place.indicators_about) == 1
    assert place.problems


def test_no_text_of_a_place_breaks_out_on_any_page(app, visit, evil):
    page = watched(visit)
    for name in pages.NAMES:
        address = "" if name == pages.FIRST else name
        page.goto(f"{app.url}{address}?place={evil.name}&area={CODES[0]}&shade=both")
        expect(page.get_by_test_id("stMain").locator("h1").first).to_be_visible(timeout=90_000)
        settled(page)
        for part in page.get_by_test_id("stMain").locator("details:not([open]) > summary").all():
            if part.is_visible():
                part.click()
                settled(page)
        expect(page.get_by_text("assetmap met a fault of its own")).to_have_count(0)
        unharmed(page, name)
    assert page.failed == []


def test_no_text_breaks_out_of_the_maps_labels_and_pop_ups(app, visit, evil):
    page = watched(visit)
    page.goto(f"{app.url}map?place={evil.name}")
    expect(frame(page).locator(".am-figure span").first).to_be_attached(timeout=90_000)
    inside = page.locator('iframe[title^="Map of"]').element_handle().content_frame()
    shown = inside.evaluate(
        """() => {
          const texts = [];
          map.eachLayer((each) => {
            if (each.getPopup && each.getPopup()) { each.openPopup(); texts.push(each.getPopup().getElement().textContent); }
            if (each.getTooltip && each.getTooltip()) { each.openTooltip(); each.closeTooltip(); }
          });
          return texts;
        }"""
    )
    assert len(shown) >= len(CORPUS)
    assert any("<img src=x" in text for text in shown)
    unharmed(page, "map")


def test_no_value_of_a_link_breaks_out(app, visit):
    page = watched(visit)
    keys = (
        "place",
        "area",
        "shade",
        "part",
        "only",
        "themes",
        "within",
        "walk",
        "lang",
        "listing",
        "open_at",
        "with",
    )
    for name, text in zip(("", *pages.NAMES[1:]), (*CORPUS[:6], *CORPUS[7:11]), strict=False):
        asked = "&".join(f"{key}={quote(text)}" for key in keys[1:])
        page.goto(f"{app.url}{name}?place=demo&{asked}#{quote(text)}")
        expect(page.get_by_test_id("stMain").locator("h1").first).to_be_visible(timeout=90_000)
        settled(page)
        unharmed(page, f"{name}: {text}")
        if name == "methods":  # it is of no place
            continue
        page.goto(f"{app.url}{name}?place={quote(text)}")
        expect(page.get_by_text("The link names a place that this app does not know.").first).to_be_visible(
            timeout=90_000
        )
        unharmed(page, f"{name}: {text}")
    assert page.failed == []


def test_no_text_of_what_is_typed_breaks_out(app, visit, evil):
    page = watched(visit)
    page.goto(f"{app.url}?place={evil.name}")
    box = page.get_by_label("Your postcode")
    for text in ("<b>x</b>", "![x](//e)", "$x$ **b**"):
        box.fill(text)
        box.press("Enter")
        expect(page.get_by_text(f"“{text}” is not a postcode")).to_be_visible()
    unharmed(page, "postcode")


def test_no_text_breaks_out_of_the_pages_to_take_away(visit, evil, tmp_path):
    place = load(evil)
    assessment = assess(place)
    found = uncertainty(assessment)
    assessment = with_bands(assessment, found)
    told = evidence(assessment, for_officers=True)
    more = one_more(assessment, questions.asked_of(assessment))
    here = place.origins.iloc[0]
    moment = datetime(2026, 5, 1, 12)
    nearby = near.near(place, place.settings, here, moment)
    made = {
        "map": standalone(assessment),
        "questions": questions.page_html(assessment, questions.questions(assessment, found, more)),
        "walk_list": words_of_evidence.walk_list_html(assessment, told),
        "sheet": near.sheet(
            place, place.settings, CORPUS[1], nearby, near.notes(place, 1, ("free",)), moment
        ),
    }
    for name, text in made.items():
        path = tmp_path / f"{name}.html"
        path.write_text(text, encoding="utf-8")
        page = watched(visit)
        page.goto(path.as_uri())
        expect(page.locator("h1").first).to_be_visible()
        if name == "map":
            for code in CODES:
                page.get_by_label("Area", exact=True).select_option(code)
        unharmed(page, name)
        assert page.asked == [path.as_uri()], name
