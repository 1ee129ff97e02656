"""Uploaded forms (`multipart/form-data`), read with the standard library; they are small here."""

from __future__ import annotations

import email.parser
import email.policy
from dataclasses import dataclass
from typing import Any

from emulators.rag_server.retrieval.tokens import well_formed


@dataclass(frozen=True)
class File:
    """An uploaded file."""

    name: str
    mime: str
    content: bytes


Form = dict[str, "str | File"]


def is_form(content_type: str) -> bool:
    """Whether the body is a form with files."""
    return content_type.lower().startswith("multipart/form-data")


def read_form(content_type: str, raw: bytes) -> Form:
    """Fields and files by name; what cannot be read is left out, as if it had not been sent."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + raw)
    form: Form = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            continue
        file_name = part.get_filename()
        if file_name is None:
            form[name] = content.decode("utf-8", "replace")
        else:
            # Browsers and HTTP clients write the name in UTF-8, which the mail reader keeps as loose bytes.
            decoded = file_name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            form[name] = File(decoded, part.get_content_type(), content)
    return form


def described(form: Form) -> dict[str, Any]:
    """The form without the files' contents."""
    return {
        name: {"name": value.name, "mime": value.mime, "size": len(value.content)}
        if isinstance(value, File)
        else well_formed(value)
        for name, value in form.items()
    }
