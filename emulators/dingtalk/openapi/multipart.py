"""A `multipart/form-data` body (RFC 7578), taken apart so that every byte of a picture is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

_PARAMETER = re.compile(rb';[ \t]*([\w*-]+)="((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Part:
    """One field of a form.

    filename: None for a field that is no file.
    """

    name: str
    filename: str | None
    data: bytes


def read_form(content_type: str, raw: bytes) -> dict[str, Part]:
    """The parts by name.

    Raises:
        ValueError: no multipart/form-data, or one that breaks off.
    """
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not boundary or not isinstance(boundary, str):
        raise ValueError("The body is no multipart/form-data with a boundary.")
    _, *pieces = (b"\r\n" + raw).split(b"\r\n--" + boundary.encode())
    if not pieces or not pieces[-1].startswith(b"--"):
        raise ValueError("The form breaks off before its last boundary.")
    parts = [_part(piece) for piece in pieces[:-1]]
    return {part.name: part for part in parts}


def _part(piece: bytes) -> Part:
    head, gap, data = piece.partition(b"\r\n\r\n")
    disposition = next(
        (line for line in head.split(b"\r\n") if line.lower().startswith(b"content-disposition:")), b""
    )
    found = {key.lower(): _text(value) for key, value in _PARAMETER.findall(disposition)}
    if not gap or b"name" not in found:
        raise ValueError("A part of the form has no name.")
    return Part(found[b"name"], found.get(b"filename"), data)


def _text(quoted: bytes) -> str:
    """Clients write UTF-8, and a quotation mark with a backslash or, as browsers do, as %22."""
    return _ESCAPED.sub(rb"\1", quoted).replace(b"%22", b'"').decode("utf-8", "replace")
