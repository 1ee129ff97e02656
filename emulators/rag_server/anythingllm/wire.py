"""The JSON that AnythingLLM sends: answers, stream events, sources, metrics, stored chats."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from emulators.rag_server.retrieval.tokens import tokenise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emulators.rag_server.answering.briefing import Briefing
    from emulators.rag_server.answering.history import Conversation, Turn
    from emulators.rag_server.retrieval.passages import Passage
    from emulators.rag_server.retrieval.workspaces import Workspace

Json = dict[str, Any]

NO_COMPLETION = "No text completion could be completed with this input."
HISTORY_WAS_RESET = "Chat history was reset!"

#: What was measured up to 1.8.
OLD_METRICS = frozenset(("prompt_tokens", "completion_tokens", "total_tokens", "duration", "outputTps"))

#: The documents that were read from the web; the others were uploaded.
_WEB_PAGES = {
    "it-services": "https://wiki.xinghe.example/it/services",
    "meeting-rooms-and-visitors": "https://wiki.xinghe.example/office/meeting-rooms",
}


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


def text_chunk(stream: str, text: str, *, close: bool = False, sources: Sequence[Json] = ()) -> Json:
    """A piece of a streamed answer; `close` marks the last piece of text, not the end of the stream."""
    return {
        "uuid": stream,
        "sources": list(sources),
        "type": "textResponseChunk",
        "textResponse": text,
        "close": close,
        "error": False,
    }


def finalize(stream: str, turn: Turn | None = None, *, cites: bool = True) -> Json:
    """The last event; without a turn (an empty answer) it names no chat and no sources."""
    event: Json = {"uuid": stream, "type": "finalizeResponseStream", "close": True, "error": False}
    if turn is not None:
        event |= {"chatId": turn.chat_id, "metrics": turn.metrics}
        if cites:
            event["sources"] = sources(turn)
    return event


def event_bytes(event: Json) -> bytes:
    """One server-sent event: a `data:` line and nothing else."""
    return f"data: {json.dumps(event, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def sources(turn: Turn) -> list[Json]:
    """What a turn cites."""
    return [source(passage) for passage in turn.passages]


def source(passage: Passage) -> Json:
    """A chunk as the product describes it: the title is the uploaded file's name, the text has a header.

    A document that came with the question has no score.
    """
    brought = passage.score is None
    page = "" if brought else _WEB_PAGES.get(passage.document, "")
    file_name = passage.title if brought or page else f"{passage.title}.md"
    published = _product_time(passage.effective)
    rating = (
        {} if passage.score is None else {"_distance": round(1 - passage.score, 4), "score": passage.score}
    )
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{passage.document}#{passage.position}")),
        "url": f"file:///app/collector/hotdir/{file_name}",
        "title": file_name,
        "docAuthor": "Unknown",
        "description": "Unknown",
        "docSource": "URL link uploaded by the user." if page else "a text file uploaded by the user.",
        # Only this one leads anywhere; the address above is a path on the server.
        "chunkSource": f"link://{page}" if page else "",
        "published": published,
        # The product counts what stands between spaces, which says little about Chinese.
        "wordCount": passage.words,
        "token_count_estimate": passage.tokens,
        "text": f"<document_metadata>\nsourceDocument: {file_name}\npublished: {published}\n"
        f"</document_metadata>\n\n{passage.text}",
        **rating,
    }


def search_result(passage: Passage) -> Json:
    """An entry of `vector-search`."""
    entry = source(passage)
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


def metrics(briefing: Briefing, answer: str, *, seconds: float, model: str, provider: str, at: float) -> Json:
    """What an answer took; tokens are counted as search terms."""
    prompt_tokens, completion_tokens = briefing.prompt_tokens, len(tokenise(answer))
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


def workspace_entry(workspace: Workspace, threads: Sequence[Conversation]) -> Json:
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
        "threads": [{"user_id": None, "slug": thread.id, "name": thread.name} for thread in threads],
    }


def thread_entry(workspace: Workspace, thread: Conversation) -> Json:
    """A thread that was just begun or renamed."""
    begun = datetime.fromtimestamp(thread.begun_at, timezone.utc).isoformat()
    return {
        "name": thread.name,
        "slug": thread.id,
        "workspace_id": workspace.id,
        "user_id": int(thread.owner) if thread.owner else None,
        "createdAt": begun,
        "lastUpdatedAt": begun,
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
                "sources": sources(turn),
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
