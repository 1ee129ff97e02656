"""The JSON that Dify sends: events, citations, usage."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from emulators.rag_server.dify.versions import V1_12
from emulators.rag_server.retrieval.tokens import tokenise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulators.rag_server.answering.briefing import Briefing
    from emulators.rag_server.answering.history import Turn
    from emulators.rag_server.retrieval.passages import Passage
    from emulators.rag_server.versions import Version

Json = dict[str, Any]

PING = b"event: ping\n\n"

_PER_TOKEN = 0.000001


def event_bytes(event: Mapping[str, Any], version: Version) -> bytes:
    """One event: a `data:` line, in 0.x in ASCII and with blanks, since 1.12 compact and in UTF-8 as it is.

    1.12 may escape slashes, so here it does.
    """
    if version < V1_12:
        return f"data: {json.dumps(event)}\n\n".encode()
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    return f"data: {text}\n\n".encode()


def resources(passages: Sequence[Passage], dataset: str, version: Version, *, flow: bool) -> list[Json]:
    """The citations.

    The score of a vector store or a reranker can exceed 1, so it does here. What only the retrieval node of a
    flow knows is left out by 0.x for other apps and null since 1.12, which sends every key always.
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
            "content": passage.text,
            **_known_to_nodes(passage, version, flow=flow),
        }
        for position, passage in enumerate(passages, 1)
    ]


def _known_to_nodes(passage: Passage, version: Version, *, flow: bool) -> Json:
    known: Json = {
        "hit_count": 1,
        "word_count": len(passage.text),
        "segment_position": passage.position + 1,
        "index_node_hash": _uuid(passage.text).replace("-", ""),
        "page": None,
    }
    if version < V1_12:
        return known if flow else {}
    unknown = dict.fromkeys(("title", "doc_metadata", "files", "summary"))
    return {**(known if flow else dict.fromkeys(known)), **unknown}


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


def message_entry(turn: Turn, conversation: str, feedback: str | None, cited: list[Json]) -> Json:
    """A stored message."""
    return {
        "id": turn.message_id,
        "conversation_id": conversation,
        "parent_message_id": None,
        "inputs": {},
        "query": turn.question,
        "answer": turn.answer,
        "feedback": {"rating": feedback} if feedback else None,
        "retriever_resources": cited,
        "agent_thoughts": [],
        "message_files": [],
        "status": "normal",
        "error": None,
        "created_at": int(turn.asked_at),
    }


def _uuid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))
