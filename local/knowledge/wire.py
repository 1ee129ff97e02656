"""The JSON that AnythingLLM 1.16 sends: answers, stream events, sources, metrics, stored chats."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from .tokens import tokenise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .history import Turn
    from .retrieval import Hit
    from .workspaces import Workspace

Json = dict[str, Any]

NO_COMPLETION = "No text completion could be completed with this input."
HISTORY_WAS_RESET = "Chat history was reset!"


def well_formed(text: str) -> str:
    """The text without half characters, which JSON can spell and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def abort(error: str, *, mid_stream: str | None = None) -> Json:
    """A failure. Its id key is `id`, except in a stream that has begun, where it is that stream's `uuid`."""
    identity = {"uuid": mid_stream} if mid_stream else {"id": str(uuid.uuid4())}
    return {
        **identity,
        "type": "abort",
        "textResponse": None,
        "sources": [],
        "close": True,
        "error": error,
    }


def complete_answer(text: str, *, sources: list[Json], metrics: Json, chat_id: int | None = None) -> Json:
    """The blocking answer; refusals and resets have no chat id and empty metrics."""
    stored = {} if chat_id is None else {"chatId": chat_id}
    return {
        "id": str(uuid.uuid4()),
        "type": "textResponse",
        "close": True,
        "error": None,
        **stored,
        "textResponse": text,
        "sources": sources,
        "metrics": metrics,
    }


def text_chunk(stream: str, text: str, *, close: bool = False) -> Json:
    """A piece of a streamed answer; `close` marks the last piece of text, not the end of the stream."""
    return {
        "uuid": stream,
        "sources": [],
        "type": "textResponseChunk",
        "textResponse": text,
        "close": close,
        "error": False,
    }


def finalize(stream: str, turn: Turn | None = None) -> Json:
    """The last event; without a turn (an empty answer) it names no chat and no sources."""
    event: Json = {"uuid": stream, "type": "finalizeResponseStream", "close": True, "error": False}
    if turn is not None:
        event |= {"chatId": turn.chat_id, "metrics": turn.metrics, "sources": turn.sources}
    return event


def event_bytes(event: Json) -> bytes:
    """One server-sent event: a `data:` line and nothing else."""
    return f"data: {json.dumps(event, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def source(hit: Hit) -> Json:
    """A chunk as the product describes it: the title is the uploaded file's name, the text has a header."""
    document = hit.chunk.document
    file_name = f"{document.title}.md"
    published = _product_time(document.effective)
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{document.name}#{hit.chunk.position}")),
        "url": f"file:///app/collector/hotdir/{file_name}",
        "title": file_name,
        "docAuthor": "Unknown",
        "description": "Unknown",
        "docSource": "a text file uploaded by the user.",
        "chunkSource": "",
        "published": published,
        # The product counts what stands between spaces, which says little about Chinese.
        "wordCount": len(document.text.split()),
        "token_count_estimate": len(tokenise(document.text)),
        "text": f"<document_metadata>\nsourceDocument: {file_name}\npublished: {published}\n"
        f"</document_metadata>\n\n{hit.chunk.text.strip()}",
        "_distance": round(1 - hit.score, 4),
        "score": hit.score,
    }


def cited_titles(sources: Iterable[Json]) -> frozenset[str]:
    """The document titles behind sources."""
    return frozenset(str(entry["title"]).removesuffix(".md") for entry in sources)


def search_result(hit: Hit) -> Json:
    """An entry of `vector-search`."""
    entry = source(hit)
    return {
        "id": entry["id"],
        "text": entry["text"],
        "metadata": {
            "url": entry["url"],
            "title": entry["title"],
            "author": entry["docAuthor"],
            "description": entry["description"],
            "docSource": entry["docSource"],
            "chunkSource": entry["chunkSource"],
            "published": entry["published"],
            "wordCount": entry["wordCount"],
            "tokenCount": entry["token_count_estimate"],
        },
        "distance": entry["_distance"],
        "score": entry["score"],
    }


def metrics(prompt: str, answer: str, *, seconds: float, model: str, provider: str, at: float) -> Json:
    """What an answer took; tokens are counted as search terms."""
    prompt_tokens, completion_tokens = len(tokenise(prompt)), len(tokenise(answer))
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "duration": round(seconds, 3),
        "outputTps": round(completion_tokens / seconds, 2) if seconds else 0,
        "model": model,
        "provider": provider,
        "timestamp": datetime.fromtimestamp(at, timezone.utc).isoformat(),
    }


def workspace_entry(workspace: Workspace) -> Json:
    """A workspace in a list; a single one is sent as a list of one."""
    return {
        "id": workspace.id,
        "name": workspace.name,
        "slug": workspace.slug,
        "openAiHistory": workspace.history_window,
        "similarityThreshold": workspace.threshold,
        "topN": workspace.top,
        "chatMode": workspace.chat_mode,
        "queryRefusalResponse": workspace.refusal,
        "threads": [],
    }


def history_entries(turns: Iterable[Turn]) -> list[Json]:
    """Stored turns, each as a question and an answer."""
    entries: list[Json] = []
    for turn in turns:
        shared = {"sentAt": int(turn.asked_at), "chatId": turn.chat_id}
        entries.append({"role": "user", "content": turn.question, "attachments": [], **shared})
        entries.append(
            {
                "type": turn.mode,
                "role": "assistant",
                "content": turn.answer,
                "sources": turn.sources,
                "feedbackScore": None,
                "metrics": turn.metrics,
                **shared,
            }
        )
    return entries


def _product_time(day: str) -> str:
    if not day:
        return "Unknown"
    year, month, date = (int(part) for part in day.split("-"))
    return f"{month}/{date}/{year}, 9:00:00 AM"
