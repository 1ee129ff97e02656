"""Errors that a product writes into the text of its answer: nothing of them may be shown. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

#: How an answer begins that may be an error document.
_DOCUMENT = re.compile(
    r"\s*\{\s*\"(?:error|errors|code|status|statusCode|statusText|detail|details|message|msg|object|type"
    r"|success|request_id|requestId|event|error_code|error_msg|errorCode|errorMessage|data)\"\s*:"
)
#: The same while it is still growing.
_DOCUMENT_BEGUN = re.compile(r"\s*(?:\{\s*(?:\"\w{0,16}(?:\"\s*)?)?)?\Z")
#: A longer text is no error document, characters.
_LONGEST_DOCUMENT = 20_000
_MOST_WORDS = 4_000
#: FastAPI and Spring say no more than this.
_DETAILED = frozenset(("detail", "details", "status", "title", "type", "request_id"))


class ErrorTexts:
    """Looks for an error in a text that arrives in pieces.

    mark: begins an error at any place of the text; empty: there is no such mark.
    found: the error's words, known at the end; all that follows a mark is a part of them.
    """

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._held = ""
        self._at_start = True
        self._error: str | None = None
        self.found: str | None = None

    def feed(self, piece: str) -> str:
        """The text that certainly belongs to the answer."""
        if self._error is not None:
            self._error = (self._error + piece)[:_MOST_WORDS]
            return ""
        text, self._held = self._held + piece, ""
        if self._at_start:
            if len(text) <= _LONGEST_DOCUMENT and (_DOCUMENT.match(text) or _DOCUMENT_BEGUN.match(text)):
                self._held = text
                return ""
            self._at_start = False
        return self._unmarked(text)

    def end(self) -> str:
        """What was held back and is no error."""
        text, self._held = self._held, ""
        if self._at_start:
            if (words := error_document(text)) is not None:
                self.found = words
                return ""
            self._at_start = False
            text = self._unmarked(text) + self._held
            self._held = ""
        if self._error is not None:
            self.found = self._error.lstrip(":： ")
        return text

    def _unmarked(self, text: str) -> str:
        if not self._mark:
            return text
        at = text.find(self._mark)
        if at >= 0:
            self._error = text[at + len(self._mark) :]
            return text[:at].rstrip()
        kept = _settled(text, self._mark)
        self._held = text[kept:]
        return text[:kept]


def error_document(text: str) -> str | None:
    """The words of the error that a JSON text is; None when it is none."""
    if not _DOCUMENT.match(text):
        return None
    try:
        document: Any = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return _error_in(document) if isinstance(document, dict) and "choices" not in document else None


def _error_in(document: dict[str, Any]) -> str | None:
    error = document.get("error") or document.get("errors")
    if error:
        return (_words(error) if isinstance(error, dict) else str(error)) or "an error without words"
    wrong = document.get("code") not in (None, 0, "0", 200, "200") or document.get("success") is False
    failed = document.get("object") == "error" or document.get("type") == "error"
    only_detail = "detail" in document and set(document) <= _DETAILED
    return (_words(document) or None) if wrong or failed or only_detail else None


def _words(document: dict[str, Any]) -> str:
    names = ("code", "message", "msg", "detail", "statusText", "error_msg", "errorMessage", "type")
    return " ".join(str(document[name]) for name in names if document.get(name))


def _settled(text: str, mark: str) -> int:
    """How much of `text` cannot become a part of the mark, with the blanks before it, characters."""
    for length in range(min(len(mark) - 1, len(text)), 0, -1):
        if text.endswith(mark[:length]):
            return len(text[:-length].rstrip())
    return len(text.rstrip("\n")) if text.endswith("\n") else len(text)
