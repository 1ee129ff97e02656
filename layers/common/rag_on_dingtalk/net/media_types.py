"""What a file is, told from its first bytes. Pure.

A sender's word counts for little: a picture is a picture only if its bytes begin like one, and what a browser
might run (HTML, SVG) never is. Only kinds of text, which have no first bytes of their own, go by their names.
"""

from __future__ import annotations

import codecs
import re

UNKNOWN = "application/octet-stream"

_DOCUMENT = "application/vnd.openxmlformats-officedocument"
_WORD = f"{_DOCUMENT}.wordprocessingml.document"
_SHEET = f"{_DOCUMENT}.spreadsheetml.sheet"
_SLIDES = f"{_DOCUMENT}.presentationml.presentation"

#: Extensions by media type; the first is the one to write.
_EXTENSIONS = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/gif": ("gif",),
    "image/bmp": ("bmp", "dib"),
    "image/webp": ("webp",),
    "application/pdf": ("pdf",),
    _WORD: ("docx",),
    _SHEET: ("xlsx",),
    _SLIDES: ("pptx",),
    "application/msword": ("doc",),
    "application/vnd.ms-excel": ("xls",),
    "application/vnd.ms-powerpoint": ("ppt",),
    "text/plain": ("txt", "text", "log"),
    "text/markdown": ("md", "markdown"),
    "text/csv": ("csv",),
    "text/html": ("html", "htm"),
}
_BY_EXTENSION = {spelling: kind for kind, spellings in _EXTENSIONS.items() for spelling in spellings}

_ZIPPED = frozenset((_WORD, _SHEET, _SLIDES))
_OLE2 = frozenset(("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"))

_MAGIC = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
    # "BM" alone begins many an English text; the size of the second header is one of these and no letters.
    (re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", re.DOTALL), "image/bmp"),
    (re.compile(rb"%PDF-"), "application/pdf"),
)
_ZIP_MAGIC = b"PK\x03\x04"
_OLE2_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# An entry's name follows 30 bytes of header. Which entry comes first differs from writer to writer.
_ENTRY = re.compile(
    rb"PK\x03\x04.{26}(word/(?:_rels/)?document|xl/(?:_rels/)?workbook|ppt/(?:_rels/)?presentation)\.xml",
    re.DOTALL,
)
_BY_ENTRY = {b"w": _WORD, b"x": _SHEET, b"p": _SLIDES}

#: How many bytes are looked at.
_HEAD = 8192
#: GB18030 holds GBK and GB2312, in which Chinese Windows saves text.
_TEXT_ENCODINGS = ("utf-8", "gb18030")

_LONGEST_NAME = 100
_PATH_SEPARATORS = re.compile(r"[/\\]")
_EXTENSION = re.compile(r"[A-Za-z0-9]{1,8}")


def sniff(data: bytes, name: str = "") -> str:
    """The media type of a file; `application/octet-stream` if it is none of those known here.

    data: the file, or its first bytes; 8 KiB are enough.
    name: tells apart what begins alike: kinds of text, and office documents.
    """
    head = data[:_HEAD]
    for magic, media_type in _MAGIC:
        if magic.match(head):
            return media_type
    called = _BY_EXTENSION.get(_split(name)[1].lower(), UNKNOWN)
    if head.startswith(_ZIP_MAGIC):
        entry = _ENTRY.search(head)
        if entry:
            return _BY_ENTRY[entry[1][:1]]
        return called if called in _ZIPPED else UNKNOWN
    if head.startswith(_OLE2_MAGIC):
        return called if called in _OLE2 else UNKNOWN
    return called if called.startswith("text/") and _is_text(head) else UNKNOWN


def extension(media_type: str) -> str:
    """The extension that files of a type bear, without its dot: `png`; `bin` for a type not known here."""
    return _EXTENSIONS.get(media_type, ("bin",))[0]


def safe_name(name: str) -> str:
    """A file name that is not ours: its last path segment, printable, at most 100 characters; may be empty.

    A long name keeps its extension. Nothing begins with a dot.
    """
    last = _PATH_SEPARATORS.split(name)[-1]
    # Invisible characters turn a name around on the screen: `exe.png` may be `gnp.exe`.
    printable = "".join(character if character.isprintable() else " " for character in last)
    return _shortened(" ".join(printable.split()).strip(". "))


def named(name: str, media_type: str) -> str:
    """A safe file name that says what the file is: `图.png`, or `file.png` where there is no name.

    An extension that contradicts the type is replaced; of a type not known here any extension will do.
    """
    whole = safe_name(name)
    stem, given = _split(whole)
    if media_type not in _EXTENSIONS:
        return whole if given else _shortened(f"{whole or 'file'}.{extension(media_type)}")
    if given.lower() in _EXTENSIONS[media_type]:
        return whole
    kept = stem if given.lower() in _BY_EXTENSION else whole
    return _shortened(f"{kept or 'file'}.{extension(media_type)}")


def _split(name: str) -> tuple[str, str]:
    """Stem and extension, as it is spelled; the extension is empty if there is none."""
    stem, dot, after = name.strip().rpartition(".")
    return (stem, after) if dot and _EXTENSION.fullmatch(after) else (name.strip(), "")


def _shortened(name: str) -> str:
    if len(name) <= _LONGEST_NAME:
        return name
    stem, given = _split(name)
    ending = f".{given}" if given else ""
    return stem[: _LONGEST_NAME - len(ending)].rstrip(". ") + ending


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    for encoding in _TEXT_ENCODINGS:
        try:
            # Not final: the first bytes of a file may end inside a character.
            codecs.getincrementaldecoder(encoding)().decode(head, final=False)
        except UnicodeDecodeError:
            continue
        return True
    return False
