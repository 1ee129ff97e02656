"""The JSON that an application sends, and the framing of its streams."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulators.rag_server.retrieval.tokens import tokenise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulators.rag_server.answering.briefing import Briefing
    from emulators.rag_server.retrieval.passages import Passage

Json = dict[str, Any]

STREAM_HEADERS = {"Content-Type": "text/event-stream;charset=UTF-8", "Cache-Control": "no-cache"}

#: Until the answer is complete `finish_reason` is this string, not JSON's null.
UNFINISHED = "null"


def event_bytes(number: int, event: Json, *, name: str = "result", status: int = 200) -> bytes:
    """One event: no spaces after the colons, and a comment with the status."""
    data = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return f"id:{number}\nevent:{name}\n:HTTP_STATUS/{status}\ndata:{data}\n\n".encode()


def references(passages: Sequence[Passage]) -> list[Json]:
    """`doc_references`: one entry a passage; the address is signed and does not live long."""
    return [
        {
            "index_id": str(number),
            "title": passage.title,
            "doc_id": f"file_{passage.document}",
            "doc_name": passage.title,
            "doc_url": f"https://bailian.example.com/{passage.document}.md?Expires=1772000000&Signature=local",
            "text": passage.text,
            "biz_id": None,
            "images": [],
            "page_number": [passage.position + 1],
        }
        for number, passage in enumerate(passages, 1)
    ]


def thought(briefing: Briefing, reasoning: str) -> list[Json]:
    """`thoughts`: reasoning, or with none what was looked up."""
    empty = dict.fromkeys(
        ("action_type", "action_name", "action", "action_input", "observation", "response"), ""
    )
    if reasoning:
        return [{"thought": reasoning, **empty, "action_type": "reasoning", "action_name": "思考过程"}]
    found = json.dumps([passage.text for passage in briefing.passages], ensure_ascii=False)
    return [
        {
            "thought": "",
            **empty,
            "action_type": "agentRag",
            "action_name": "知识检索",
            "action": "agentRag",
            "action_input": briefing.question,
            "observation": found,
        }
    ]


def usage(briefing: Briefing, answer: str, model: str) -> Json:
    """What an answer took; tokens are counted as search terms."""
    tokens = {"input_tokens": briefing.prompt_tokens, "output_tokens": len(tokenise(answer))}
    return {"models": [{"model_id": model, **tokens}]}
