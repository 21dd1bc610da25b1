"""Files that hold other files, or that can swell when they are opened: looked through before anything in them is used.

A zip may name a path outside its folder, or unpack to a thousand times its size; marked-up text may define words
that stand for ever more words, or for a file of this computer. None of that is in an honest file, so it is refused,
and the message names what was found.
"""

from __future__ import annotations

import bz2
import gzip
import io
import math
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn
from xml.parsers import expat

from assetmap.errors import PlaceError, Problem

__all__ = ["LARGEST_UPLOAD", "check_parts", "inflated", "receive", "root_of_xml", "unpack"]

#: More bytes than this are not taken through the browser; a file in the place folder may be larger.
LARGEST_UPLOAD = 200 * 1024**2

#: No archive may unpack to more bytes than this, …
_LARGEST = 1024**3

#: … hold more files, …
_MOST_FILES = 1_000

#: … or hold a large file that was packed to less than this part of its size. Text and tables pack to a tenth or a
#: fiftieth; deflate itself can go to a thousandth.
_STEEPEST = 300
_LARGE = 10_000_000

#: Files that are zips by nature; each is looked through in its own right when it is opened.
_ZIPPED_DOCUMENTS = {".xlsx", ".xlsm", ".docx", ".pptx", ".ods", ".odt", ".kmz"}
_ARCHIVES = {".zip", ".7z", ".rar", ".tar", ".tgz", ".jar"}
_MARKED_UP = {".xml", ".rels", ".vml", ".kml", ".gpx", ".osm"}

#: What computers add to an archive by themselves.
_LITTER = {"__macosx", ".ds_store", "thumbs.db", "desktop.ini"}

#: What to do with a file that swells, and is yet one to trust.
_UNPACK = "If you trust it, unpack it yourself and name the file that you need."
_EXPORT = "If you trust it, export what you need of it: a table as CSV (UTF-8), shapes as GeoJSON."

_CHUNK = 4096
_PIECE = 16 * 1024**2


def _refuse(file: str, what: str, remedy: str) -> NoReturn:
    raise PlaceError(Problem(file, what, remedy))


def receive(name: str, content: bytes, folder: Path) -> list[Path]:
    """Put an upload into an empty folder as checked files: itself, or what its zip holds.

    Parameters
    ----------
    name
        The file name that came with it.
    content
        Its bytes.
    folder
        Where to; a folder of its own, so that nothing there is overwritten.

    Raises
    ------
    PlaceError
        Where it is empty or larger than `LARGEST_UPLOAD`, or is refused as by `unpack`, `check_parts` or
        `root_of_xml`.
    """
    if not content:
        _refuse(name, "The file is empty (0 bytes).", "Download or export it again.")
    if len(content) > LARGEST_UPLOAD:
        # Rounded up: it is more than may be, if only by a byte.
        size = math.ceil(len(content) / 1024**2 * 10) / 10
        what = f"It is {size:,.1f} MB; an upload may be {_size(LARGEST_UPLOAD)} at most."
        _refuse(name, what, "Put it into the place folder itself; a file there may be larger.")
    if _leads_out(name) or "/" in name or "\\" in name:
        _refuse(name, "Its name is that of a file elsewhere on the computer.", "Rename it, and try again.")
    if Path(name).suffix.lower() == ".zip":
        files = unpack(io.BytesIO(content), folder, name)
    else:
        files = [folder / name]
        try:
            files[0].write_bytes(content)
        except OSError as error:
            _refuse(name, f"It cannot be kept: {error.strerror}.", "Rename it, or make room on the disk.")
    for path in files:
        ending, file = path.suffix.lower(), path.relative_to(folder).as_posix()
        if ending in _ZIPPED_DOCUMENTS:
            check_parts(file, path)
        elif ending in _MARKED_UP:
            with path.open("rb") as stream:
                root_of_xml(file, stream)
    return files


def _size(number: int) -> str:
    return f"{number / 1024**2:,.0f} MB"


def unpack(archive: Path | IO[bytes], folder: Path, file: str) -> list[Path]:
    """Unpack a zip into a folder, once every file in it has been looked at.

    Parameters
    ----------
    archive
        The zip.
    folder
        Where to; empty.
    file
        What readers call the zip.

    Returns
    -------
    list of Path
        The files, in the order of their names; without what computers add by themselves, such as ``.DS_Store``.

    Raises
    ------
    PlaceError
        Where it is damaged or locked, or would put a file outside the folder, holds a link, an archive within the
        archive or two files of one name, or unpacks to a gigabyte, a thousand files or 300 times its size.
    """
    files = []
    with _opened(archive, file) as opened:
        for member in _members(file, opened, _UNPACK):
            target = folder.joinpath(*_parts(member.filename))
            target.parent.mkdir(parents=True, exist_ok=True)
            # What is read stops at the size that the zip declares, which has been looked at.
            with opened.open(member) as packed, target.open("xb") as whole:
                shutil.copyfileobj(packed, whole)
            files.append(target)
    if not files:
        _refuse(file, "It is an empty archive.", "Download or export it again.")
    return sorted(files)


def check_parts(file: str, document: Path | IO[bytes] | bytes) -> list[str]:
    """Look through a document that is a zip of marked-up text, as a workbook (XLSX) and a KMZ are.

    Parameters
    ----------
    file
        What readers call it.
    document
        Where it is, or its bytes.

    Returns
    -------
    list of str
        The kinds of marked-up text in it, by their outermost element, such as "kml" or "worksheet".

    Raises
    ------
    PlaceError
        As `unpack` and `root_of_xml` do.
    """
    found = []
    with _opened(io.BytesIO(document) if isinstance(document, bytes) else document, file) as opened:
        for member in _members(file, opened, _EXPORT):
            if Path(member.filename).suffix.lower() in _MARKED_UP:
                with opened.open(member) as stream:
                    found.append(root_of_xml(file, stream) or "")
    return found


@contextmanager
def _opened(archive: Path | IO[bytes], file: str) -> Iterator[zipfile.ZipFile]:
    """The zip, with a plain word where it is damaged or locked."""
    try:
        with zipfile.ZipFile(archive) as opened:
            yield opened
    except PlaceError:
        raise
    except NotImplementedError:
        remedy = "Zip the files again in the ordinary way."
        _refuse(file, "It is packed in a way that cannot be read here.", remedy)
    except RuntimeError:
        _refuse(file, "It is locked with a password.", "Unlock it, and zip the files again without one.")
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError):
        _refuse(file, "It is not a whole zip file; it may be cut short or damaged.", "Download it again.")
    except OSError as error:
        _refuse(
            file, f"It cannot be unpacked: {error.strerror}.", "Make room on the disk, or unpack it yourself."
        )


def _members(file: str, archive: zipfile.ZipFile, trusted: str) -> list[zipfile.ZipInfo]:
    """The files in a zip, every one looked at before any is used; and what to do with one that is large and trusted."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > _MOST_FILES:
        what = f"It holds {len(members):,} files, more than the {_MOST_FILES:,} that are taken."
        _refuse(file, what, "Zip only those that you need.")
    total = sum(member.file_size for member in members)
    if total > _LARGEST:
        what = f"It unpacks to {_size(total)}, more than the {_size(_LARGEST)} that are taken."
        _refuse(file, what, trusted)
    seen: set[str] = set()
    kept = []
    for member in members:
        name = member.filename
        kind = stat.S_IFMT(member.external_attr >> 16)
        if _leads_out(name):
            what = f"It holds “{name}”, which would be put outside its own folder."
            _refuse(file, what, "Do not use it; ask whoever made it for the files themselves.")
        if kind not in (0, stat.S_IFREG):
            what = f"It holds “{name}”, which is a link to somewhere else and not a file."
            _refuse(file, what, "Zip the file itself in its place.")
        if member.file_size > _LARGE and member.file_size > _STEEPEST * member.compress_size:
            what = f"It holds “{name}”, which unpacks to {member.file_size / max(member.compress_size, 1):,.0f} times its size, as no real table or map does."
            _refuse(file, what, trusted)
        if _LITTER & {part.casefold() for part in _parts(name)}:
            continue
        if _is_archive(archive, member):
            what = f"It holds “{name}”, an archive within the archive."
            _refuse(file, what, "Unpack it yourself, and zip the files that you need.")
        plain = "/".join(_parts(name)).casefold()
        if plain in seen:
            _refuse(file, f"It holds “{name}” twice.", "Zip the files again, each once.")
        seen.add(plain)
        kept.append(member)
    return kept


def _parts(name: str) -> list[str]:
    return [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]


def _leads_out(name: str) -> bool:
    """Whether a path goes up, or starts at the top of a disk: Windows names disks by a colon."""
    return ".." in _parts(name) or name.startswith(("/", "\\")) or bool(re.search(r"[:\x00-\x1f]", name))


def _is_archive(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    ending = Path(member.filename).suffix.lower()
    if ending in _ARCHIVES:
        return True
    if ending in _ZIPPED_DOCUMENTS:
        return False
    with archive.open(member) as stream:
        return stream.read(4) == b"PK\x03\x04"


def root_of_xml(file: str, stream: IO[bytes]) -> str | None:
    """The outermost element of marked-up text (XML), such as "kml"; None where it is no XML.

    Only the head is read, up to that element, for that is where definitions stand.

    Parameters
    ----------
    file
        What readers call it.
    stream
        Its bytes.

    Raises
    ------
    PlaceError
        Where the head defines entities, which can stand for a thousand times their own length or for another
        file, or draws in definitions from elsewhere. Source: OWASP, XML External Entity Prevention.
    """
    found: list[str] = []
    remedy = "Do not use it as it is: export it again, or remove the part <!DOCTYPE … > at its head."

    def start(name: str, _: object) -> None:
        found.append(name.rpartition(" ")[2])

    def doctype(_name: str, system: str | None, public: str | None, _inside: int) -> None:
        if system or public:
            _refuse(file, "Its head draws in definitions from elsewhere (<!DOCTYPE … >).", remedy)

    def entity(name: str, *_: object) -> None:
        what = f"Its head defines “{name}” as a word for something else (<!ENTITY … >), as XML bombs do."
        _refuse(file, what, remedy)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = entity
    try:
        while not found and (chunk := stream.read(_CHUNK)):
            parser.Parse(chunk)
    except PlaceError:
        raise
    except (expat.ExpatError, ValueError, LookupError):
        pass  # what is no XML has no outermost element, unless that came before the fault
    return found[0] if found else None


def inflated(file: str, content: bytes, most: int = _LARGEST) -> bytes:
    """What a file packed by gzip or bzip2 holds.

    Parameters
    ----------
    file
        What readers call it.
    content
        Its bytes; those of a file that is not packed come back as they are.
    most
        The most bytes that it may unpack to.

    Raises
    ------
    PlaceError
        Where it is cut short, or unpacks to more than `most`.
    """
    by_gzip = content[:2] == b"\x1f\x8b"
    if not by_gzip and not (content[:3] == b"BZh" and content[4:10] == b"1AY&SY"):
        return content
    name, stream = ("gzip" if by_gzip else "bz2"), io.BytesIO(content)
    try:
        with gzip.open(stream) if by_gzip else bz2.open(stream) as packed:
            # In pieces: asked for all at once, it makes room for as much as there may be.
            pieces, size = [], 0
            while size <= most and (piece := packed.read(_PIECE)):
                pieces.append(piece)
                size += len(piece)
    except (EOFError, OSError, ValueError, zlib.error):
        _refuse(file, f"The {name} file is cut short or damaged.", "Download it again.")
    if size > most:
        what = f"It unpacks to more than the {_size(most)} that are taken."
        _refuse(file, what, _UNPACK)
    return b"".join(pieces)
