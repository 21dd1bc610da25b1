"""Archives and marked-up text that would do harm are refused before anything in them is used."""

from __future__ import annotations

import bz2
import gzip
import io
import re
import stat
import struct
import zipfile

import openpyxl
import pytest

from assetmap import PlaceError
from assetmap.sources.archives import LARGEST_UPLOAD, check_parts, inflated, receive, root_of_xml, unpack


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return content.getvalue()


def patched(content: bytes, offset: int, value: bytes) -> bytes:
    """A zip of one file whose entry in the directory at the end, and at the head, says something else."""
    for sign, shift in ((b"PK\x01\x02", 0), (b"PK\x03\x04", -2)):
        at = content.index(sign) + offset + shift
        content = content[:at] + value + content[at + len(value) :]
    return content


_FLAGS, _METHOD, _SIZE = 8, 10, 24


def refused(tmp_path, content: bytes) -> str:
    with pytest.raises(PlaceError) as caught:
        unpack(io.BytesIO(content), tmp_path, "lists.zip")
    assert not any(tmp_path.iterdir())
    (problem,) = caught.value.problems
    return str(problem)


def test_a_zip_is_unpacked_without_what_computers_add(tmp_path):
    content = zipped(
        ("areas/lsoa.csv", b"a"), ("hubs.csv", b"b"), ("__MACOSX/._hubs.csv", b"c"), ("areas/.DS_Store", b"d")
    )
    files = unpack(io.BytesIO(content), tmp_path, "lists.zip")
    assert [file.relative_to(tmp_path).as_posix() for file in files] == ["areas/lsoa.csv", "hubs.csv"]
    assert [file.read_bytes() for file in files] == [b"a", b"b"]
    assert len(list(tmp_path.rglob("*"))) == 3


@pytest.mark.parametrize(
    "name",
    [
        "../hubs.csv",
        "lists/../../hubs.csv",
        "/etc/hubs.csv",
        "C:/hubs.csv",
        "..\\hubs.csv",
        "\\\\server\\hubs.csv",
    ],
)
def test_a_path_out_of_the_folder_is_refused_and_nothing_is_written(tmp_path, name):
    content = zipped(("good.csv", b"a"), (name, b"b"))
    assert refused(tmp_path, content) == (
        f"lists.zip: It holds “{name}”, which would be put outside its own folder. "
        "Do not use it; ask whoever made it for the files themselves."
    )


def test_a_link_is_refused(tmp_path):
    link = zipfile.ZipInfo("hubs.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refused(tmp_path, zipped((link, b"/etc/passwd"))) == (
        "lists.zip: It holds “hubs.csv”, which is a link to somewhere else and not a file. Zip the file itself in its place."
    )


def test_a_file_that_was_packed_to_nothing_is_refused(tmp_path):
    told = refused(tmp_path, zipped(("hubs.csv", bytes(20_000_000))))
    assert re.sub(r"[\d,]+ times", "N times", told) == (
        "lists.zip: It holds “hubs.csv”, which unpacks to N times its size, as no real table or map does. "
        "If you trust it, unpack it yourself and name the file that you need."
    )


def test_an_archive_that_says_it_unpacks_to_more_than_a_gigabyte_is_refused(tmp_path):
    content = patched(zipped(("hubs.csv", b"a,b\n")), _SIZE, struct.pack("<I", 4_000_000_000))
    assert refused(tmp_path, content) == (
        "lists.zip: It unpacks to 3,815 MB, more than the 1,024 MB that are taken. "
        "If you trust it, unpack it yourself and name the file that you need."
    )


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path):
    content = patched(zipped(("hubs.csv", b"name\n" * 1_000)), _SIZE, struct.pack("<I", 10))
    with pytest.raises(PlaceError, match="It is not a whole zip file; it may be cut short or damaged"):
        unpack(io.BytesIO(content), tmp_path, "lists.zip")
    assert all(file.stat().st_size <= 10 for file in tmp_path.iterdir())


def test_too_many_files_are_refused(tmp_path):
    assert refused(tmp_path, zipped(*((f"{n}.csv", b"") for n in range(1_001)))) == (
        "lists.zip: It holds 1,001 files, more than the 1,000 that are taken. Zip only those that you need."
    )


@pytest.mark.parametrize("name", ["inner.zip", "INNER.ZIP", "inner.7z", "inner.csv"])
def test_an_archive_in_an_archive_is_refused_whatever_it_is_called(tmp_path, name):
    assert refused(tmp_path, zipped((name, zipped(("a.csv", b"a"))))) == (
        f"lists.zip: It holds “{name}”, an archive within the archive. Unpack it yourself, and zip the files that you need."
    )


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("again", ["hubs.csv", "HUBS.csv", "./hubs.csv"])
def test_two_files_of_one_name_are_refused(tmp_path, again):
    assert refused(tmp_path, zipped(("hubs.csv", b"a"), (again, b"b"))) == (
        f"lists.zip: It holds “{again}” twice. Zip the files again, each once."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped(), "It is an empty archive. Download or export it again."),
        (zipped((".DS_Store", b"a")), "It is an empty archive. Download or export it again."),
        (
            b"PK\x03\x04 and no more",
            "It is not a whole zip file; it may be cut short or damaged. Download it again.",
        ),
        (
            zipped(("hubs.csv", b"a" * 500))[:-30],
            "It is not a whole zip file; it may be cut short or damaged. Download it again.",
        ),
        (
            patched(zipped(("hubs.csv", b"a")), _FLAGS, b"\x01\x00"),
            "It is locked with a password. Unlock it, and zip the files again without one.",
        ),
        (
            patched(zipped(("hubs.csv", b"a")), _METHOD, b"\x61\x00"),
            "It is packed in a way that cannot be read here. Zip the files again in the ordinary way.",
        ),
    ],
)
def test_an_archive_that_cannot_be_opened(tmp_path, content, message):
    assert refused(tmp_path, content) == f"lists.zip: {message}"


# -- marked-up text ------------------------------------------------------------------------------

LAUGHS = (
    '<?xml version="1.0"?>\n<!-- a list of hubs -->\n<!DOCTYPE kml [\n<!ENTITY lol "lol">\n'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 or str()};" * 10}">\n' for n in range(1, 10))
    + "]>\n<kml><name>&lol9;</name></kml>"
)
OUTSIDE = '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]><kml><name>&x;</name></kml>'
PARAMETER = '<!DOCTYPE kml [<!ENTITY % x SYSTEM "http://192.0.2.1/x.dtd"> %x;]><kml/>'
DEFINES = (
    "hubs.kml: Its head defines “{}” as a word for something else (<!ENTITY … >), as XML bombs do. "
    "Do not use it as it is: export it again, or remove the part <!DOCTYPE … > at its head."
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(("text", "word"), [(LAUGHS, "lol"), (OUTSIDE, "x"), (PARAMETER, "x")])
def test_words_that_stand_for_something_else_are_refused_before_they_are_read(text, word, encoding):
    with pytest.raises(PlaceError) as caught:
        root_of_xml("hubs.kml", io.BytesIO(text.encode(encoding)))
    assert str(caught.value) == DEFINES.format(word)


def test_definitions_from_elsewhere_are_refused():
    text = b'<!DOCTYPE kml SYSTEM "http://192.0.2.1/kml.dtd"><kml/>'
    with pytest.raises(PlaceError) as caught:
        root_of_xml("hubs.kml", io.BytesIO(text))
    assert str(caught.value) == (
        "hubs.kml: Its head draws in definitions from elsewhere (<!DOCTYPE … >). "
        "Do not use it as it is: export it again, or remove the part <!DOCTYPE … > at its head."
    )


@pytest.mark.parametrize(
    ("content", "root"),
    [
        (b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>', "kml"),
        (b"<!DOCTYPE kml><kml/>", "kml"),
        (b"<osm version='0.6'>&undefined;", "osm"),
        (b"<!-- " + b"x" * 100_000 + b" --><gpx/>", "gpx"),
        (b"name,kind\nHub,Library\n", None),
        (b"", None),
        (b'<?xml version="1.0" encoding="no-such"?><kml/>', None),
    ],
)
def test_the_outermost_element_of_honest_text(content, root):
    assert root_of_xml("a.xml", io.BytesIO(content)) == root


def test_a_workbook_is_looked_through(tmp_path):
    path = tmp_path / "hubs.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active.append(["name"])
    workbook.save(path)
    assert "worksheet" in check_parts("hubs.xlsx", path)
    bomb = zipped(("xl/workbook.xml", b"<workbook/>"), ("xl/sharedStrings.xml", LAUGHS.encode()))
    with pytest.raises(PlaceError) as caught:
        check_parts("hubs.xlsx", bomb)
    assert str(caught.value) == DEFINES.format("lol").replace("hubs.kml", "hubs.xlsx")


# -- what is packed by itself --------------------------------------------------------------------


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (bz2.compress, "bz2")])
def test_a_packed_file_is_unpacked_as_far_as_is_safe(pack, name):
    whole = b"name,kind\n" * 50_000
    assert inflated("hubs.csv.gz", pack(whole)) == whole
    with pytest.raises(PlaceError, match="It unpacks to more than the 1 MB that are taken"):
        inflated("hubs.csv.gz", pack(bytes(20_000_000)), 1024**2)
    with pytest.raises(PlaceError) as caught:
        inflated("hubs.csv.gz", pack(whole)[:-10])
    assert str(caught.value) == f"hubs.csv.gz: The {name} file is cut short or damaged. Download it again."


def test_what_is_not_packed_stays_as_it_is():
    assert inflated("hubs.csv", b"BZhive,kind\n") == b"BZhive,kind\n"


# -- uploads -------------------------------------------------------------------------------------


def test_an_upload_is_kept_or_unpacked(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "many").mkdir()
    (kept,) = receive("hubs.csv", b"name\n", tmp_path / "one")
    assert kept.read_bytes() == b"name\n"
    unpacked = receive("Lists.ZIP", zipped(("b.csv", b"b"), ("a/a.csv", b"a")), tmp_path / "many")
    assert [path.name for path in unpacked] == ["a.csv", "b.csv"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("hubs.csv", b"", "hubs.csv: The file is empty (0 bytes). Download or export it again."),
        (
            "hubs.csv",
            bytes(LARGEST_UPLOAD + 1024**2),
            "hubs.csv: It is 201.0 MB; an upload may be 200 MB at most. "
            "Put it into the place folder itself; a file there may be larger.",
        ),
        (
            "../place.toml",
            b"[place]",
            "../place.toml: Its name is that of a file elsewhere on the computer. Rename it, and try again.",
        ),
        ("hubs.kml", LAUGHS.encode(), DEFINES.format("lol")),
        ("lists.zip", zipped(("hubs.kml", LAUGHS.encode())), DEFINES.format("lol")),
        ("lists.zip", zipped(("hubs.kmz", zipped(("doc.kml", OUTSIDE.encode())))), DEFINES.format("x").replace(".kml", ".kmz")),
    ],
)  # fmt: skip
def test_an_upload_that_is_refused(tmp_path, name, content, message):
    with pytest.raises(PlaceError) as caught:
        receive(name, content, tmp_path)
    assert str(caught.value) == message
