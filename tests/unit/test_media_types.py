"""What a file is, and what it may be called."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag_on_dingtalk.net.media_types import UNKNOWN, extension, named, safe_name, sniff

OFFICE = "application/vnd.openxmlformats-officedocument"
WORD = f"{OFFICE}.wordprocessingml.document"
SHEET = f"{OFFICE}.spreadsheetml.sheet"
SLIDES = f"{OFFICE}.presentationml.presentation"

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
BMP = b"BM" + bytes(12) + b"\x28\x00\x00\x00" + bytes(36)
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(24)

BEGINNINGS = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "image/gif": b"GIF89a\x01\x00\x01\x00",
    "image/webp": b"RIFF\x1a\x00\n\x00WEBPVP8L",
    "image/bmp": BMP,
    "application/pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
}

TYPES = (
    *BEGINNINGS,
    WORD,
    SHEET,
    SLIDES,
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "text/plain",
    "text/markdown",
    "text/csv",
    "text/html",
)

some_bytes = st.one_of(
    st.binary(max_size=200),
    st.builds(
        bytes.__add__, st.sampled_from([*BEGINNINGS.values(), OLE2, b"PK\x03\x04"]), st.binary(max_size=99)
    ),
)
some_names = st.one_of(
    st.text(max_size=300),
    st.builds(
        "{}.{}".format, st.text(max_size=200), st.sampled_from(["png", "JPG", "md", "docx", "x" * 9, ""])
    ),
)


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "<x/>" * 50)
    return file.getvalue()


@pytest.mark.parametrize(("media_type", "data"), BEGINNINGS.items())
@pytest.mark.parametrize("name", ["", "a.txt", "a.html", "a.docx"])
def test_first_bytes_count_for_more_than_a_name(media_type: str, data: bytes, name: str) -> None:
    assert sniff(data, name) == media_type


@pytest.mark.parametrize(
    "data",
    [
        b"<html><script>alert(1)</script></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"BMW is a maker of cars, and of nothing that has pixels",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"\x89PNG",
        b"",
    ],
)
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.bmp", "a.webp", "a.svg"])
def test_what_only_calls_itself_a_picture_is_none(data: bytes, name: str) -> None:
    assert sniff(data, name) == UNKNOWN


def test_a_text_that_begins_like_a_bitmap_is_a_text() -> None:
    assert sniff(b"BMW is a maker of cars and motorcycles", "a.txt") == "text/plain"


@pytest.mark.parametrize(
    ("names", "media_type"),
    [
        (("[Content_Types].xml", "_rels/.rels", "word/document.xml"), WORD),
        (("_rels/.rels", "docProps/app.xml", "xl/_rels/workbook.xml.rels", "xl/workbook.xml"), SHEET),
        (("[Content_Types].xml", "ppt/presentation.xml"), SLIDES),
    ],
)
@pytest.mark.parametrize("name", ["", "file", "a.zip", "a.docx", "a.pptx"])
def test_an_office_document_is_told_by_its_entries(
    names: tuple[str, ...], media_type: str, name: str
) -> None:
    assert sniff(zipped(*names), name) == media_type


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("季度报告.docx", WORD),
        ("a.XLSX", SHEET),
        ("a.pptx", SLIDES),
        ("a.zip", UNKNOWN),
        ("a.txt", UNKNOWN),
        ("a.doc", UNKNOWN),
        ("docx", UNKNOWN),
    ],
)
def test_another_zip_goes_by_its_name(name: str, media_type: str) -> None:
    assert sniff(zipped("a.xml", "b/document.xml"), name) == media_type


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.doc", "application/msword"),
        ("a.XLS", "application/vnd.ms-excel"),
        ("a.ppt", "application/vnd.ms-powerpoint"),
        ("locked.docx", UNKNOWN),
        ("a.msi", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_an_old_office_document_goes_by_its_name(name: str, media_type: str) -> None:
    assert sniff(OLE2, name) == media_type


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.txt", "text/plain"),
        ("a.LOG", "text/plain"),
        ("说明.md", "text/markdown"),
        ("a.csv", "text/csv"),
        ("a.htm", "text/html"),
        ("a.exe", UNKNOWN),
        ("txt", UNKNOWN),
        ("", UNKNOWN),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_text_goes_by_its_name(name: str, media_type: str, encoding: str) -> None:
    assert sniff("年假有几天？\n十天。".encode(encoding), name) == media_type


def test_a_text_may_be_cut_inside_a_character() -> None:
    text = "年" * 10_000
    assert sniff(text.encode()[:1000], "a.txt") == "text/plain"
    assert sniff(b"a" + text.encode("gb18030"), "a.txt") == "text/plain"


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"\xff\xff\xff\xff", bytes(range(256))])
def test_what_cannot_be_read_is_no_text(data: bytes) -> None:
    assert sniff(data, "a.txt") == UNKNOWN


@given(some_bytes, some_names)
def test_any_bytes_under_any_name_are_something(data: bytes, name: str) -> None:
    media_type = sniff(data, name)
    assert media_type in (*TYPES, UNKNOWN)
    assert media_type not in BEGINNINGS or sniff(data) == media_type


@pytest.mark.parametrize("media_type", TYPES)
def test_the_extension_of_a_type_leads_back_to_it(media_type: str) -> None:
    data = BEGINNINGS.get(media_type) or {
        "application/msword": OLE2,
        "application/vnd.ms-excel": OLE2,
        "application/vnd.ms-powerpoint": OLE2,
        WORD: zipped("a"),
        SHEET: zipped("a"),
        SLIDES: zipped("a"),
    }.get(media_type, b"a,b")
    assert sniff(data, named("", media_type)) == media_type


def test_an_unknown_type_has_an_extension_too() -> None:
    assert extension("image/png") == "png"
    assert extension("image/svg+xml") == "bin"
    assert extension("") == "bin"


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("", "image/png", "file.png"),
        ("图.png", "image/png", "图.png"),
        ("图.JPEG", "image/jpeg", "图.JPEG"),
        ("图", "image/jpeg", "图.jpg"),
        ("图.jpg", "image/png", "图.png"),
        ("v1.2", "application/pdf", "v1.2.pdf"),
        ("第1.5节 总结", "application/pdf", "第1.5节 总结.pdf"),
        ("", UNKNOWN, "file.bin"),
        ("data.parquet", UNKNOWN, "data.parquet"),
        ("README", UNKNOWN, "README.bin"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\me\\图.png", "image/png", "图.png"),
        ("a/", "image/png", "file.png"),
        ("..", "image/png", "file.png"),
        (".htaccess", "text/plain", "htaccess.txt"),
        (" a \r\n b\t.png ", "image/png", "a b .png"),
        ("\u202egnp.exe", "image/png", "gnp.exe.png"),
        ("a\x00.png", "image/png", "a .png"),
        ("\ud800", "image/png", "file.png"),
        ("年" * 200, "image/png", "年" * 96 + ".png"),
        ("年" * 200 + ".jpeg", "image/jpeg", "年" * 95 + ".jpeg"),
    ],
)
def test_a_file_is_named_for_what_it_is(name: str, media_type: str, expected: str) -> None:
    assert named(name, media_type) == expected


@given(some_names, st.sampled_from([*TYPES, UNKNOWN, "image/svg+xml", ""]))
@example("a." * 150 + "png", "image/jpeg")
def test_any_name_becomes_a_safe_one_with_an_extension(name: str, media_type: str) -> None:
    result = named(name, media_type)
    stem, dot, ending = result.rpartition(".")
    assert stem
    assert dot
    assert ending
    assert not result.startswith((".", " "))
    assert len(result) <= 100
    assert result.isprintable()
    assert not set(result) & set("/\\")
    assert named(result, media_type) == result
    assert media_type not in TYPES or sniff(b"", result) in (UNKNOWN, media_type)


@given(some_names)
def test_a_safe_name_stays_as_it_is(name: str) -> None:
    assert safe_name(safe_name(name)) == safe_name(name)
