"""The name of what an address led to, from a response's header and the address. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes, urlsplit

from rag_on_dingtalk.net.media_types import safe_name

# RFC 6266: a parameter's value is a token or a quoted string.
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))')


def name_of(url: str, disposition: str) -> str:
    """A safe file name; may be empty.

    disposition: the header Content-Disposition, or empty.
    """
    return _told_name(disposition) or safe_name(_decoded(urlsplit(url).path.rpartition("/")[2]))


def _told_name(disposition: str) -> str:
    """The file name of a Content-Disposition header (RFC 6266); empty if it has none."""
    parameters = {
        key.lower(): re.sub(r"\\(.)", r"\1", quoted) or token.strip(' "')
        for key, quoted, token in _PARAMETER.findall(disposition)
    }
    # RFC 8187: charset, language, percent-encoded text.
    extended = parameters.get("filename*", "").rpartition("'")[2]
    return safe_name(_decoded(extended)) or safe_name(_decoded(parameters.get("filename", "")))


def _decoded(text: str) -> str:
    """Percent-encoded or raw text of a URL or a header; servers in China write GBK, too."""
    raw = unquote_to_bytes(text.encode("utf-8", "surrogateescape"))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")
