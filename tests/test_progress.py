"""How far a load has come: told to a program, shown on a terminal and on the page."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assetmap import PlaceError, load
from assetmap.app import choices
from tests.screens import screen
from tests.toy import RECIPE, VENUES, write_toy

#: Long enough that a load of it takes more than a second on any computer.
MANY = VENUES + "".join(
    f"Hall {n},Hub,{400_000 + n % 4_000},{300_000 + n // 4_000},\n" for n in range(150_000)
)


def check(folder: Path, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "assetmap.cli", "check", str(folder)],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        **options,
    )


def test_a_load_tells_how_far_it_has_come(tmp_path):
    folder, told = write_toy(tmp_path), []
    load(folder, progress=lambda *news: told.append(news))
    done, total, what = zip(*told, strict=True)
    assert list(what) == [
        "Reading areas",
        "Reading population",
        "Reading deprivation",
        "Reading origins",
        "Reading postcodes",
        "Reading green space",
        "Reading assets: Venues",
        "Telling the kinds of assets: Venues",
        "Locating assets: Venues",
        "Putting the lists together",
        "Done",
    ]
    assert list(done) == sorted(done)
    sizes = {name: (folder / name).stat().st_size for name in ("areas.geojson", "venues.csv")}
    assert done[:2] == (0, sizes["areas.geojson"])
    assert done[9] == done[6] + sizes["venues.csv"]
    assert set(total) == {done[-1]} == {done[9] + sizes["venues.csv"]}


def test_a_load_that_tells_still_says_what_is_wrong(tmp_path):
    told = []
    recipe = RECIPE.replace("population.csv", "nowhere.csv")
    with pytest.raises(PlaceError, match=r"nowhere\.csv: There is no such file"):
        load(write_toy(tmp_path, place_toml=recipe), progress=lambda *news: told.append(news))
    assert told[-1][2] == "Locating assets: Venues"


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of one's own is had on POSIX alone")
def test_a_long_load_shows_a_bar_on_a_terminal_and_takes_it_away_again(tmp_path):
    import pty

    ours, theirs = pty.openpty()
    running = check(write_toy(tmp_path, venues_csv=MANY), stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65_536):
            shown += piece
    except OSError:  # how Linux tells that the other side has closed
        pass
    assert running.communicate()[0].decode("utf-8").startswith("7 layers: 150,")
    assert running.returncode == 0
    screen = shown.decode("utf-8")
    assert "assets: Venues" in screen
    assert "━" in screen
    assert "%" in screen
    # The last that is written: up to the bar's line, and rub it out.
    assert screen.endswith("\x1b[1A\x1b[2K")


def test_no_bar_is_written_into_a_file_or_a_pipe(tmp_path):
    running = check(write_toy(tmp_path, venues_csv=MANY), stderr=subprocess.PIPE)
    assert running.communicate()[1] == b""


@pytest.fixture
def bars(monkeypatch, tmp_path) -> list[str]:
    """What the bars of the page said, one after another; they are shown at once, not after a second."""
    seen: list[str] = []
    draw = choices.st.progress

    def drawn(value: float, text: str):
        seen.append(text)
        return draw(value, text)

    monkeypatch.setattr(choices.st, "progress", drawn)
    monkeypatch.setattr(choices, "_SHOWN_AFTER_S", 0.05)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSETMAP_PLACES", str(write_toy(tmp_path / "toy", venues_csv=MANY)))
    return seen


def test_a_long_load_shows_a_bar_on_the_page_once(bars):
    choices.loaded.clear()
    app = screen("map").run()
    assert not app.exception
    assert len(bars) == 1
    assert bars[0].startswith("Reading ")
    # Nothing of it is left, and nothing is drawn again when the place is already there.
    assert not app.get("progress")
    app.run()
    assert len(bars) == 1
    assert not app.get("progress")


def test_a_short_load_shows_none(bars, tmp_path, monkeypatch):
    choices.loaded.clear()
    monkeypatch.setenv("ASSETMAP_PLACES", str(write_toy(tmp_path / "small")))
    monkeypatch.setattr(choices, "_SHOWN_AFTER_S", 60)
    app = screen("map").run()
    assert not app.exception
    assert bars == []
