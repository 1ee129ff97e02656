"""The JSON of chat completions, whole and in chunks, and how Ark's bots and Open WebUI name sources.

Source of the latter: `bot_reference.py` of Ark's Python client; Open WebUI's page on its API and its chats.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulators.rag_server.retrieval.tokens import tokenise

if TYPE_CHECKING:
    from emulators.rag_server.answering.briefing import Briefing

Json = dict[str, Any]

DONE = b"data: [DONE]\n\n"

STREAM_HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}


@dataclass(frozen=True)
class Completion:
    """What every chunk of an answer repeats. created: seconds since the epoch."""

    model: str
    created: int
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")

    def chunk(self, delta: Json | None, *, finish: str | None = None) -> Json:
        """The next chunk."""
        return self.bare([{"index": 0, "delta": delta, "finish_reason": finish}])

    def bare(self, choices: list[Json]) -> Json:
        """A chunk with whatever choices, or none."""
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        }

    def whole(self, message: Json, *, finish: str, usage: Json) -> Json:
        """The answer in one piece."""
        return {
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}],
            "usage": usage,
        }


def usage(briefing: Briefing, answer: str) -> Json:
    """What an answer took; tokens are counted as search terms."""
    prompt, completion = briefing.prompt_tokens, len(tokenise(answer))
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def event_bytes(event: object) -> bytes:
    """One event: a `data:` line."""
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def model_entry(name: str, created: int) -> Json:
    """A model in the list."""
    return {"id": name, "object": "model", "created": created, "owned_by": "local"}


def no_sources(briefing: Briefing) -> Json:
    """A plain server names none."""
    del briefing
    return {}


def ark_sources(briefing: Briefing) -> Json:
    """`references` beside the choices, those of a knowledge base."""
    rows = [
        {
            "doc_id": one.document,
            "doc_name": f"{one.document}.md",
            "doc_title": one.title,
            "chunk_id": f"{one.document}-{one.position}",
            "chunk_title": one.text[:40],
            "collection_name": "handbook",
        }
        for one in briefing.passages
    ]
    return {"references": rows} if rows else {}


def webui_sources(briefing: Briefing) -> Json:
    """`sources`: one row a collection's file, with what was read of it."""
    rows = [
        {
            "source": {"id": one.document, "name": one.title},
            "document": [one.text],
            "metadata": [{"source": one.title, "file_id": one.document}],
            "distances": [one.score],
        }
        for one in briefing.passages
    ]
    return {"sources": rows} if rows else {}
