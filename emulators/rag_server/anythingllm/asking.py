"""The body of a `/chat` or `/stream-chat` request, checked as AnythingLLM checks it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from starlette.responses import JSONResponse

from emulators.rag_server.anythingllm import wire
from emulators.rag_server.anythingllm.versions import V1_11, V1_12
from emulators.rag_server.http.router import RejectedError
from emulators.rag_server.retrieval.passages import Passage
from emulators.rag_server.retrieval.tokens import tokenise, well_formed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emulators.rag_server.versions import Version

#: `automatic` is `chat` for a provider without native tool calls, as the one here is.
_MODES = ("chat", "query", "automatic")
_OLD_MODES = ("chat", "query")

_DOCUMENT = "application/anythingllm-document"


def refusal(status: int, reason: str) -> RejectedError:
    """A request is answered with an `abort` and this HTTP status."""
    return RejectedError(JSONResponse(wire.abort(reason), status_code=status))


@dataclass(frozen=True)
class Ask:
    """What is asked.

    question: "" only with `reset`.
    session: None for the history shared by all callers.
    images: data URIs; documents: files that came with the question, read as text.
    """

    question: str
    mode: str
    session: str | None
    reset: bool
    images: tuple[str, ...] = ()
    documents: tuple[Passage, ...] = ()


def read_ask(body: Mapping[str, Any], workspace_mode: str, version: Version) -> Ask:
    """Read the body; raises RejectedError.

    workspace_mode: counts since 1.12 when the body names no mode; before, that is `query`.
    """
    default_mode = "query" if version < V1_12 else workspace_mode
    message, mode, reset = body.get("message"), body.get("mode") or default_mode, bool(body.get("reset"))
    if isinstance(message, list) and message:
        raise refusal(500, "message.startsWith is not a function")
    question = well_formed(message) if isinstance(message, str) else ""
    if not question and not reset:
        raise refusal(400, "Message is empty")
    if mode not in (_OLD_MODES if version < V1_12 else _MODES) and not reset:
        raise refusal(400, f"{mode} is not a valid mode.")
    attachments = list(_attachments(body))
    # A server from before November 2025 takes a document for a picture.
    document = "" if version < V1_11 else _DOCUMENT
    return Ask(
        question=question,
        mode=str(mode),
        session=session_of(body),
        reset=reset,
        images=tuple(content for _, mime, content in attachments if mime != document),
        documents=tuple(_document(name, content) for name, mime, content in attachments if mime == document),
    )


def session_of(body: Mapping[str, Any]) -> str | None:
    """The `sessionId`; a number is as good as a string."""
    session = body.get("sessionId")
    return None if session is None else well_formed(str(session))


def _attachments(body: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Name, MIME type and data URI of what came with the question."""
    listed = body.get("attachments")
    for one in listed if isinstance(listed, list) else []:
        content = one.get("contentString") if isinstance(one, dict) else None
        if isinstance(content, str):
            yield well_formed(str(one.get("name") or "")), str(one.get("mime") or ""), content


def _document(name: str, data_uri: str) -> Passage:
    text = _text_of(data_uri)
    return Passage(name, name, 0, text, words=len(text.split()), tokens=len(tokenise(text)))


def _text_of(data_uri: str) -> str:
    head, _, data = data_uri.partition(",")
    try:
        raw = base64.b64decode(data) if head.endswith(";base64") else unquote_to_bytes(well_formed(data))
    except (binascii.Error, ValueError):
        return ""
    return raw.decode("utf-8", "replace").strip()
