"""An answer that is no stream: a refusal, a small JSON document, or the web page of another server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import httpx


class Reply(msgspec.Struct, frozen=True):
    """One such answer.

    document: the body, if it is a JSON object, or nothing.
    words: the beginning of any other body; what kind of thing it is where the body says nothing.
    web_page: it is HTML, so something else answers at that address.
    """

    status: int
    document: dict[str, Any]
    words: str
    web_page: bool

    @property
    def well(self) -> bool:
        """It was done, and the product itself says so."""
        return 200 <= self.status < 300 and not self.web_page  # noqa: PLR2004 - HTTP

    def text(self, *fields: str) -> str:
        """The first of the document's `fields` that holds words, else `words`."""
        return text_of(self.document, *fields) or self.words


def read_reply(response: httpx.Response, body: bytes) -> Reply:
    """The reply with this `body`, or as much of it as arrived."""
    words = body.decode("utf-8", "replace").strip()
    web_page = "text/html" in response.headers.get("Content-Type", "") or words.startswith("<")
    try:
        # A stream's last word may follow a document that came in its place.
        document, _ = json.JSONDecoder(strict=False).raw_decode(words)
    except (ValueError, RecursionError):
        document = None
    if response.has_redirect_location:
        words = "a redirect to " + response.headers["Location"].partition("?")[0]
    elif web_page:
        words = "a web page"
    return Reply(response.status_code, document if isinstance(document, dict) else {}, words, web_page)


def text_of(document: dict[str, Any], *fields: str) -> str:
    """The first of `fields` that holds words, or nothing."""
    found = (value for value in map(document.get, fields) if isinstance(value, str) and value)
    return next(found, "")


def objects(value: object) -> list[dict[str, Any]]:
    """The JSON objects of a list, which may be no list and hold anything."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def object_of(value: object) -> dict[str, Any]:
    """A JSON object, or nothing in place of anything else."""
    return value if isinstance(value, dict) else {}


def is_error(document: dict[str, Any]) -> bool:
    """Whether a document says that something went wrong, in any of the products' shapes."""
    if document.get("error") or document.get("errors") or document.get("success") is False:
        return True
    if document.get("type") in ("abort", "error") or document.get("object") == "error":
        return True
    if document.get("code") not in (None, "", 0, "0", 200, "200"):
        return True
    # FastAPI and Spring say no more than this.
    return bool(document.get("detail")) and not any(
        name in document for name in ("choices", "answer", "output")
    )
