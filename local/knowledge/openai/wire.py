"""The JSON of chat completions, whole and in chunks."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.knowledge.tokens import tokenise

if TYPE_CHECKING:
    from local.knowledge.briefing import Briefing

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
