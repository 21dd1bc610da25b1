"""The command line: the same path as the app, without a browser."""

from __future__ import annotations

import socket
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Timer
from typing import Annotated, Any, get_type_hints

import typer

from assetmap import __version__
from assetmap.assess import assess
from assetmap.compare import compare as compare_dates
from assetmap.errors import SETTINGS, AssetMapError, OutputError, PlaceError, Problem, SettingsError, counted
from assetmap.evidence import evidence
from assetmap.model import Place, Settings
from assetmap.reference import reference_of
from assetmap.sources import DEMO, RECIPE_NAME, demo_folder, load, write_demo
from assetmap.sources import match as match_listings
from assetmap.sources import save as save_place
from assetmap.sources.accepted import accept as accept_files
from assetmap.sources.accepted import names_removed
from assetmap.sources.boundaries import outline_of
from assetmap.sources.open_referral import check_feed as check_open_referral
from assetmap.sources.open_referral import read_feed
from assetmap.sources.overpass import OVERPASS_URL
from assetmap.sources.overpass import fetch_osm as fetch_overpass
from assetmap.sources.place import Progress
from assetmap.sources.recipe import read_recipe
from assetmap.sources.reference import REFERENCE_NAME, reference_text
from assetmap.sources.stated import read_stated
from assetmap.taxonomy import themes
from assetmap.views import health
from assetmap.views.changes import summary as changes_summary
from assetmap.views.changes import write_changes
from assetmap.views.export import keep, write
from assetmap.views.open_referral import feed_told, write_feed
from assetmap.views.report import place_summary

__all__ = ["main"]

#: What a person must mend, as opposed to what assetmap got wrong.
_EXIT_BAD_INPUT = 2

app = typer.Typer(
    name="assetmap",
    help="Community asset mapping: where social resources are thin, why, and how surely.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

PlaceArgument = Annotated[
    str, typer.Argument(metavar="PLACE", help="A folder with a place.toml, or the word demo.")
]

WithoutOption = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="LICENCE",
        help="Leave out what is under this licence, such as ODbL; may be repeated.",
    ),
]

#: A load that is over sooner than this, in seconds, needs no bar.
_SHOWN_AFTER_S = 1

#: So many of a feed's faults are listed; the rest are counted.
_MOST_TOLD = 40


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Tell bad input in one clear message and end with exit code 2."""
    try:
        yield
    except AssetMapError as error:
        for problem in error.problems:
            typer.echo(f"assetmap: {problem}", err=True)
        raise typer.Exit(_EXIT_BAD_INPUT) from None


@contextmanager
def _bar() -> Iterator[Progress]:
    """Show on a terminal how far a load has come, once it has taken a second."""
    if not sys.stderr.isatty():
        yield lambda _done, _total, _what: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    what = TextColumn("{task.description}", markup=False)
    bar = Bar(
        what,
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("Reading", total=None)
    shown = Timer(_SHOWN_AFTER_S, bar.start)
    shown.daemon = True
    shown.start()
    try:
        yield lambda done, total, what: bar.update(task, completed=done, total=total, description=what)
    finally:
        shown.cancel()
        shown.join()
        bar.stop()


def _loaded(place: str, without: Collection[str] = ()) -> Place:
    """Load a place, with a bar to watch."""
    with _bar() as progress:
        return load(place, without, progress)


def _settings(base: Settings, changes: list[str]) -> Settings:
    """The recipe's settings with what the command line changes."""
    types = get_type_hints(Settings)
    values: dict[str, Any] = {}
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals:
            raise SettingsError(
                Problem("--set", f"“{change}” is not NAME=VALUE.", "Write it like --set catchment_min=10.")
            )
        try:
            values[name] = types.get(name, str)(text)
        except ValueError:
            raise SettingsError(
                Problem(SETTINGS, f"“{text}” is not a number.", "Write a number.", column=name)
            ) from None
    return Settings.from_mapping({**base.as_dict(), **values})


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"assetmap {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and stop.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Community asset mapping: where social resources are thin, why, and how surely."""


@app.command()
def gaps(
    place: PlaceArgument,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FOLDER", help="Folder for the files; made where it does not exist."),
    ],
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Change one setting, such as catchment_min=10; may be repeated.",
        ),
    ] = None,
    without: WithoutOption = None,
    for_officers: Annotated[
        bool,
        typer.Option(
            "--for-officers",
            help="Name the places that an area hangs on, before their groups are told; not to publish.",
        ),
    ] = False,
) -> None:
    """Write the gap analysis of a place: tables, map, what was left out, and provenance."""
    with _told_plainly():
        known = _loaded(place, without or ())
        assessment = assess(known, _settings(known.settings, change or []))
        files = write(assessment, out, evident=evidence(assessment, for_officers=for_officers))
    for sentence in place_summary(assessment):
        typer.echo(sentence)
    rejected = sum(layer.rows_rejected for layer in known.layers)
    if rejected:
        typer.echo(f"{counted(rejected, 'row')} could not be used; left_out.csv says which and why.")
    typer.echo(f"Written to {out}: {', '.join(path.name for path in files)}.")


@app.command()
def check(
    place: PlaceArgument,
    rejected: Annotated[
        Path | None,
        typer.Option(
            "--rejected",
            metavar="FOLDER",
            help="Write the rows left out there, a CSV for each list, to be mended and brought again.",
        ),
    ] = None,
) -> None:
    """Read a place and say how sound its data are, what was left out and why."""
    with _told_plainly():
        known = _loaded(place)
        files = _write_rejected(place, known, rejected) if rejected else []
    for sentence in health.summary(known, date.today()):
        typer.echo(sentence)
    for layer in known.layers:
        typer.echo(
            f"{layer.name} ({layer.file}): {counted(layer.rows_in, 'row')} read, {layer.rows_used:,} used, "
            f"{layer.rows_set_aside:,} set aside, {layer.rows_rejected:,} rejected"
        )
    for problem in known.problems:
        typer.echo(f"{problem.severity}: {problem}")
    if rejected:
        named = ", ".join(file.name for file in files)
        typer.echo(
            f"Written to {rejected}: {named}." if files else "Every row could be used; nothing was written."
        )


def _home(place: str) -> Path:
    """The folder of a place that loads."""
    path = demo_folder() if place == DEMO else Path(place)
    return path.parent if path.name == RECIPE_NAME else path


def _own(place: str) -> Path:
    """The folder of a place that may be written to."""
    if place == DEMO:
        what = "The demo town is part of assetmap, so nothing is written to it."
        raise OutputError(Problem(DEMO, what, "Copy it first: assetmap demo FOLDER."))
    return _home(place)


def _write_rejected(place: str, known: Place, folder: Path) -> list[Path]:
    """Write the rows left out of each layer; the files."""
    files = []
    for layer in health.with_rejected(known):
        text = health.rejected_rows(_home(place), known, layer)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = f"The rows left out cannot be written there: {error.strerror}."
            raise OutputError(Problem(str(folder), what, "Name a folder you may write to.")) from None
        files.append(folder / health.rejected_name(layer))
        # With a mark that tells a spreadsheet it is UTF-8.
        keep(files[-1], text.encode("utf-8-sig"))
    return files


@app.command()
def accept(
    place: PlaceArgument,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who accepts.")],
) -> None:
    """Take the files of a place as they are, in somebody's name; what is changed later is then told."""
    with _told_plainly():
        folder = _own(place)
        _loaded(place)  # what cannot be loaded is not accepted
        found = accept_files(folder, by, date.today())
    for each in found:
        typer.echo(f"{each.file}: {each.said}.")
    typer.echo(
        f"{counted(len({each.key for each in found}), 'file')} accepted."
        if found
        else "Nothing differs from what was accepted."
    )


@app.command()
def save(
    place: PlaceArgument,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder without a place in it.")],
) -> None:
    """Write the checked place as a place folder of its own, for QGIS and for quick loading."""
    with _told_plainly():
        known = _loaded(place)
        written = save_place(known, folder)
    if known.settings.resource_base != "place":
        typer.echo(
            "The saved place compares its areas with each other: its lists are no longer the files that the reference was made from."
        )
    typer.echo(f"Written to {written}. Try: assetmap serve {written}")


@app.command()
def compare(
    before: Annotated[
        str, typer.Argument(metavar="BEFORE", help="The place as it was: a folder, or the word demo.")
    ],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The same place later, in another folder.")],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FOLDER", help="Folder for the files; made where it does not exist."),
    ],
    stated: Annotated[
        Path | None,
        typer.Option(
            "--stated",
            metavar="FILE",
            help="A table of places that somebody states opened or closed: name, stated, by.",
        ),
    ] = None,
) -> None:
    """Tell what changed between two dates of a place, and what is real, boundary or method of it."""
    with _told_plainly():
        said, rejected = read_stated(stated) if stated else ({}, [])
        was, now = assess(_loaded(before)), assess(_loaded(after))
        removed = names_removed(read_recipe(_home(after) / RECIPE_NAME))
        found = compare_dates(was, now, said, removed)
        files = write_changes(found, out)
    for problem in rejected:
        typer.echo(f"{problem.severity}: {problem}")
    for sentence in changes_summary(found):
        typer.echo(sentence)
    typer.echo(f"Written to {out}: {', '.join(path.name for path in files)}.")


@app.command()
def match(place: PlaceArgument) -> None:
    """Find places that stand on several lists under different words; every load then joins them."""
    with _told_plainly():
        found = match_listings(place)
    same = int((found["verdict"] == "same").sum())
    typer.echo(
        f"{counted(same, 'pair is', 'pairs are')} one place and joined from now on; "
        f"{counted(len(found) - same, 'pair is', 'pairs are')} doubtful and waiting for a person, in the app under Listings."
    )
    typer.echo("Written to matches.csv in the place folder.")


@app.command()
def fetch_osm(
    place: PlaceArgument,
    url: Annotated[str, typer.Option("--url", help="An Overpass server.")] = OVERPASS_URL,
) -> None:
    """Fetch a place's OpenStreetMap data once, and keep it in the place folder (needs the extra overpass)."""
    with _told_plainly():
        folder = _own(place)
        file = fetch_overpass(outline_of(_loaded(place).areas), folder, url)
    typer.echo(f"Written to {file}. To use it, add these lines to place.toml:")
    typer.echo(f'\n[[assets]]\nname = "OpenStreetMap"\nfile = "{file.name}"')


@app.command()
def reference(
    place: PlaceArgument,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="A file that ends in .json, or a folder for it.")
    ],
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Measure by another setting; may be repeated."),
    ] = None,
    without: WithoutOption = None,
) -> None:
    """Write what the areas of a large place have, so that other places can be compared with it."""
    with _told_plainly():
        known = _loaded(place, without or ())
        found = reference_of(known, _settings(known.settings, change or []))
        file = out if out.suffix == ".json" else out / REFERENCE_NAME
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = f"The reference cannot be written there: {error.strerror}."
            raise OutputError(Problem(str(out), what, "Name a file you may write to.")) from None
        keep(file, reference_text(found).encode())
    measured = ", ".join(themes()[str(theme)].lower() for theme in found.figures)
    typer.echo(f"Written to {file}: {found.name}, {counted(len(found.figures), 'area')}; {measured}.")
    typer.echo("To compare a place with it, put the file beside its place.toml and add these lines there:")
    typer.echo(f'\n[reference]\nfile = "{file.name}"\n\n[settings]\nresource_base = "reference"')


@app.command()
def feed(
    place: PlaceArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder for the feed.")],
    without: WithoutOption = None,
) -> None:
    """Write a place as an Open Referral UK feed: files that any web server can serve."""
    with _told_plainly():
        known = _loaded(place, without or ())
        write_feed(known, out)
    typer.echo(f"Written to {out} as Open Referral UK (HSDS-UK 3.0): {feed_told(known)}.")


@app.command()
def check_feed(
    source: Annotated[str, typer.Argument(metavar="FEED", help="A URL, a folder or a JSON file.")],
) -> None:
    """Say whether an Open Referral UK feed passes, warns or fails, and why."""
    with _told_plainly():
        found = check_open_referral(source)
    for heading, problems in (("fails", found.failures), ("warns", found.warnings), ("note", found.notes)):
        for problem in problems[:_MOST_TOLD]:
            typer.echo(f"{heading}: {problem}")
        if len(problems) > _MOST_TOLD:
            typer.echo(f"{heading}: {len(problems) - _MOST_TOLD:,} more.")
    typer.echo(f"This feed: {found.verdict}.")
    if found.verdict == "fail":
        raise typer.Exit(1)


@app.command()
def fetch_feed(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the feed is.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to keep it; ends in .json.")],
) -> None:
    """Keep an Open Referral UK feed as a file, so that a place loads without a network."""
    with _told_plainly():
        found = read_feed(url)
        keep(file, found.raw)
    typer.echo(
        f"Written to {file}: {counted(found.rows_in, 'service at a location', 'services at locations')}."
    )
    for problem in found.problems[:_MOST_TOLD]:
        typer.echo(f"{problem.severity}: {problem}")


@app.command()
def demo(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or empty folder.")]) -> None:
    """Write the bundled fictional town out as a place folder, to copy and change."""
    with _told_plainly():
        written = write_demo(folder)
    typer.echo(f"Written to {written}. Try: assetmap gaps {written} --out results")


@app.command()
def serve(
    place: Annotated[
        str, typer.Argument(metavar="[PLACE]", help="A folder with a place.toml, or the word demo.")
    ] = DEMO,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    public_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The address that readers use, where a web server on this machine passes them on, such as https://maps.example/town/.",
        ),
    ] = None,
) -> None:
    """Run the interactive map in a browser on this machine (127.0.0.1 only)."""
    # Imported late: only this command needs Streamlit, and the others need not wait for it.
    from assetmap.app.server import prepare, public_address, run

    with _told_plainly():
        public = None if public_url is None else public_address(public_url)
        _refuse_taken_port(port)
        with _bar() as progress:
            prepare(place, progress)
    run(port, public)


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PlaceError(
                Problem(
                    "--port",
                    f"Port {port} is in use by another program.",
                    f"Choose another, such as --port {port + 1 if port < 65535 else 8502}.",
                )
            ) from None


def main() -> None:
    """Entry point of the ``assetmap`` command."""
    app()


if __name__ == "__main__":
    main()
