"""The app's pages, run without a browser."""

from __future__ import annotations

import json
from datetime import date
from html import escape

import pytest
from streamlit.testing.v1 import AppTest

from assetmap import Assessment, Settings, SettingsError, assess, load
from assetmap.app import choices
from assetmap.columns import TABLES
from assetmap.evidence import evidence, with_evidence
from assetmap.uncertainty import uncertainty, with_bands
from assetmap.views import health, page, report
from tests.screens import screen, words
from tests.toy import write_toy


@pytest.fixture
def app(monkeypatch, tmp_path):
    """The app as started in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ASSETMAP_PLACES", raising=False)
    return screen("map")


def shown(app: AppTest) -> dict:
    """What the map was given to draw."""
    return json.loads(app.get("component_instance")[0].proto.json_args)


def shown_of(name: str, settings: Settings | None = None) -> Assessment:
    """The assessment as the app shows it, with how sure each rank is."""
    assessment = assess(load(name), settings)
    banded = with_bands(assessment, uncertainty(assessment))
    return with_evidence(banded, evidence(assessment))


def area_list(app: AppTest):
    """The list of areas, whose key names the place it belongs to."""
    return next(each for each in app.selectbox if each.label.startswith("Area"))


def test_the_map_page_opens_on_the_demo_town(app):
    demo = shown_of("demo")
    app.run()
    assert not app.exception
    assert not app.error
    assert not app.warning
    assert page.heading_html(demo.place) in words(app)
    assert page.place_html(demo) in words(app)
    assert page.areas_table_html(demo) in words(app)
    assert page.notes_html(demo) in words(app)
    assert app.query_params == {"place": "demo", "shade": "deprivation"}


def test_the_map_asks_for_nothing_but_the_apps_own_files(app):
    given = shown(app.run())
    assert given["js_links"]
    assert given["css_links"]
    for address in (*given["js_links"], *given["css_links"]):
        assert address.startswith("../assetmap.app.served.files/")
    assert "http" not in given["script"] + given["feature_group"]


def test_choosing_an_area_shows_its_account_and_keeps_it_in_the_link(app):
    demo = shown_of("demo")
    code = demo.areas.index[7]
    app.run()
    area_list(app).select(code).run()
    assert page.account_html(report.account(demo, code)) in words(app)
    assert app.query_params["area"] == code
    assert f'"selected":"{code}"' in shown(app)["feature_group"]


def test_other_settings_give_another_assessment_and_a_plain_link(app):
    app.run()
    number = next(each for each in app.number_input if each.label.startswith("A walk"))
    number.set_value(10.0)
    next(button for button in app.button if button.label == "Apply").click()
    app.run()
    again = shown_of("demo", Settings(catchment_min=10))
    assert page.areas_table_html(again) in words(app)
    assert app.query_params["catchment_min"] == "10"


def test_a_link_opens_what_it_says(app):
    app.query_params.update({"place": "demo", "area": "WM058", "shade": "hubs", "catchment_min": "5"})
    app.run()
    told = report.account(shown_of("demo", Settings(catchment_min=5)), "WM058")
    assert told.area_name in words(app)
    assert app.selectbox(key="shade").value == "hubs"
    assert not app.warning


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"place": "../../etc"}, "The link names a place that this app does not know."),
        ({"area": "<script>"}, "The link names an unknown area"),
        ({"shade": "nonsense"}, "The link names an unknown way of shading"),
    ],
)
def test_a_bad_link_is_told_and_the_usual_view_shown(app, link, said):
    app.query_params.update(link)
    app.run()
    assert not app.exception
    assert said in app.warning[0].value
    assert page.place_html(shown_of("demo")) in words(app)


@pytest.mark.parametrize("value", ["soon", "-1", "nan"])
def test_a_bad_setting_in_a_link_is_told(app, value):
    app.query_params["catchment_min"] = value
    app.run()
    assert not app.exception
    assert "settings that cannot be used" in app.error[0].value
    assert page.areas_table_html(shown_of("demo")) in words(app)


def test_places_come_from_the_command_line_and_the_current_folder(app, monkeypatch, tmp_path):
    given = write_toy(tmp_path / "elsewhere" / "given town")
    write_toy(tmp_path / "below")
    monkeypatch.setenv("ASSETMAP_PLACES", str(given))
    app.run()
    assert app.selectbox(key="place").options == ["given-town", "below", "demo"]
    assert page.heading_html(load(given)) in words(app)
    assert str(tmp_path) not in words(app)


def test_another_place_opens_by_its_folder(app, tmp_path):
    folder = write_toy(tmp_path / "far" / "away")
    app.run()
    app.text_input(key="folder").set_value(str(folder))
    next(button for button in app.button if button.label == "Open this folder").click()
    app.run()
    assert not app.error
    assert app.selectbox(key="place").value == "away"
    assert page.heading_html(load(folder)) in words(app)


@pytest.mark.parametrize("name", ["nowhere", "", "<img src=x>"])
def test_a_folder_that_is_no_place_is_told_with_a_remedy(app, tmp_path, name):
    app.run()
    app.text_input(key="folder").set_value(str(tmp_path / name))
    next(button for button in app.button if button.label == "Open this folder").click()
    app.run()
    assert not app.exception
    assert app.error[0].value == "That place could not be opened."
    assert "Name a folder" in words(app) or "Write one" in words(app)
    assert "<img src" not in words(app)
    assert app.selectbox(key="place").value == "demo"


@pytest.mark.parametrize("typed", ["", "  ", "a\0b", "~nobody-of-this-name/town", "x" * 5000])
def test_what_no_folder_can_be_called_is_told_with_a_remedy(app, typed):
    app.run()
    app.text_input(key="folder").set_value(typed)
    next(button for button in app.button if button.label == "Open this folder").click()
    app.run()
    assert not app.exception
    assert app.error[0].value == "That place could not be opened."
    assert "Type the folder" in words(app) or "Name a folder" in words(app)
    assert page.heading_html(load("demo")) in words(app)


@pytest.mark.parametrize("broken", ["assetmap.app.choices.assessed", "assetmap.app.map_page.account"])
def test_a_fault_of_its_own_is_told_in_words_and_not_as_a_traceback(app, monkeypatch, broken):
    def fail(*_):
        raise RuntimeError("a secret of the machine")

    monkeypatch.setattr(broken, fail)
    app.query_params["area"] = "WM058"
    app.run()
    assert not app.exception
    assert "Reload the page" in app.error[0].value
    assert "secret" not in app.error[0].value


def test_changed_settings_are_said_and_can_be_put_back(app):
    app.query_params.update({"place": "demo", "catchment_min": "10", "deprivation_domain": "income"})
    app.run()
    assert "A walk within reach, minutes: 10 (usually 15)" in words(app)
    assert "Deprivation by: Income (usually Overall index)" in words(app)
    next(button for button in app.button if button.label.startswith("Back to")).click()
    app.run()
    assert "(usually " not in words(app)
    assert app.query_params == {"place": "demo", "shade": "deprivation"}
    assert not [button for button in app.button if button.label.startswith("Back to")]


def test_a_known_place_with_a_fault_is_told_and_another_can_be_chosen(app, tmp_path):
    write_toy(tmp_path / "broken", place_toml="[place]\n")
    app.run()
    app.selectbox(key="place").select("broken").run()
    assert not app.exception
    assert app.error[0].value == "This place cannot be shown as it is."
    app.selectbox(key="place").select("demo").run()
    assert not app.error


def test_changing_place_forgets_the_area_without_a_word(app, tmp_path):
    write_toy(tmp_path / "below")
    app.query_params["area"] = "WM058"
    app.run()
    app.selectbox(key="place").select("below").run()
    assert not app.warning
    assert area_list(app).value == ""


def test_weights_of_nought_are_told(app):
    app.run()
    for each in app.number_input:
        if each.key.split()[-1].startswith("weight_"):
            each.set_value(0.0)
    next(button for button in app.button if button.label == "Apply").click()
    app.run()
    assert not app.exception
    assert "Every theme has weight 0." in words(app)


def test_the_data_page_tells_every_layer(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    place = load("demo")
    app = screen("data").run()
    assert not app.exception
    assert health.layers_html(place, date.today()) in words(app)
    assert health.notes_html(place) in words(app)
    assert all(layer.name in words(app) for layer in place.layers)


def test_the_methods_page_shows_the_methods():
    app = screen("methods").run()
    assert app.markdown[0].value == report.methods_text().strip()
    for name, columns in TABLES.items():
        assert f"<summary>{name}.csv</summary>" in words(app)
        assert all(escape(column.label) in words(app) for column in columns.values())


def test_settings_of_a_link_keep_the_places_own_for_the_rest():
    base = Settings(detour_factor=1.5)
    assert choices.settings_of_link({"catchment_min": "20", "area": "x"}, base) == Settings(
        detour_factor=1.5, catchment_min=20
    )
    with pytest.raises(SettingsError, match="catchment_min"):
        choices.settings_of_link({"catchment_min": "soon"}, base)


def test_a_resident_finds_home_by_postcode(app):
    app.run()
    place = load("demo")
    postcode = place.postcodes.index[0]
    home = place.areas.index[place.areas.intersects(place.postcodes.iloc[0])][0]
    box = next(each for each in app.text_input if each.label.startswith("Find"))
    box.set_value(f" {postcode[:3].lower()} {postcode[3:]}").run()
    assert area_list(app).value == home
    assert not app.warning
    box.set_value("ZZ99 9ZZ").run()
    told = "“ZZ99 9ZZ” is not a postcode in the table of this place. Check it, or choose your area from the list."
    assert [each.value for each in app.warning] == [page.as_label(told)]
    assert area_list(app).value == home
