"""The JSON that Dify 1.12 sends: events, citations, usage."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from local.knowledge.tokens import tokenise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.knowledge.briefing import Briefing
    from local.knowledge.history import Turn
    from local.knowledge.passages import Passage

Json = dict[str, Any]

PING = b"event: ping\n\n"

_PER_TOKEN = 0.000001


def event_bytes(event: Mapping[str, Any]) -> bytes:
    """One event: a `data:` line in ASCII, without spaces."""
    return f"data: {json.dumps(event, separators=(',', ':'))}\n\n".encode()


def resources(passages: Sequence[Passage], dataset: str) -> list[Json]:
    """The citations; 1.12 sends all of these keys always.

    The score of a vector store or a reranker can exceed 1, so it does here.
    """
    return [
        {
            "position": position,
            "dataset_id": _uuid(dataset),
            "dataset_name": dataset,
            "document_id": _uuid(passage.document),
            "document_name": f"{passage.title}.md",
            "data_source_type": "upload_file",
            "segment_id": _uuid(f"{passage.document}#{passage.position}"),
            "retriever_from": "api",
            "score": round((passage.score or 0) * 2, 4),
            "hit_count": 1,
            "word_count": len(passage.text),
            "segment_position": passage.position + 1,
            "index_node_hash": None,
            "content": passage.text,
            "page": None,
            "title": None,
            "doc_metadata": None,
            "files": None,
            "summary": None,
        }
        for position, passage in enumerate(passages, 1)
    ]


def usage(briefing: Briefing, answer: str, seconds: float) -> Json:
    """What an answer took; tokens are counted as search terms."""
    prompt, completion = briefing.prompt_tokens, len(tokenise(answer))
    return {
        "prompt_tokens": prompt,
        "prompt_unit_price": "0.001",
        "prompt_price_unit": "0.001",
        "prompt_price": f"{prompt * _PER_TOKEN:.7f}",
        "completion_tokens": completion,
        "completion_unit_price": "0.001",
        "completion_price_unit": "0.001",
        "completion_price": f"{completion * _PER_TOKEN:.7f}",
        "total_tokens": prompt + completion,
        "total_price": f"{(prompt + completion) * _PER_TOKEN:.7f}",
        "currency": "USD",
        "latency": round(seconds, 3),
    }


def thought(
    ids: Mapping[str, Any], number: int, *, text: str = "", tool: str = "", given: str = "", seen: str = ""
) -> Json:
    """An `agent_thought`; one is sent several times with the same id while it fills."""
    return {
        "event": "agent_thought",
        **ids,
        "id": _uuid(f"{ids['message_id']}/{number}"),
        "position": number,
        "thought": text,
        "observation": seen,
        "tool": tool,
        "tool_labels": {tool: {"en_US": tool, "zh_Hans": tool}} if tool else {},
        "tool_input": json.dumps({tool: {"query": given}}, ensure_ascii=False) if tool else "",
        "message_files": [],
    }


def message_entry(turn: Turn, conversation: str, feedback: str | None, dataset: str) -> Json:
    """A stored message."""
    return {
        "id": turn.message_id,
        "conversation_id": conversation,
        "parent_message_id": None,
        "inputs": {},
        "query": turn.question,
        "answer": turn.answer,
        "feedback": {"rating": feedback} if feedback else None,
        "retriever_resources": resources(turn.passages, dataset),
        "agent_thoughts": [],
        "message_files": [],
        "status": "normal",
        "error": None,
        "created_at": int(turn.asked_at),
    }


def _uuid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))
