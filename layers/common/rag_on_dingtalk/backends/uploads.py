"""A person's files on their way to a backend. Pure."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag_on_dingtalk.backends.base import Upload


def data_url(upload: Upload) -> str:
    """The file as a `data:` URL."""
    return f"data:{upload.media_type};base64,{base64.b64encode(upload.data).decode()}"
