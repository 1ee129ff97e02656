"""The JSON that Coze sends: chats, messages, recall; and the framing of its streams."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulators.rag_server.agents.telling import Telling

Json = dict[str, Any]

WORDS = {
    "4000": "Request parameter error",
    "4015": "The bot_id {bot} has not been published to the channel Agent As API.",
    "4016": "Conversation occupied: a chat of this conversation is running.",
    "4028": "You have exceeded the limit of your free quota.",
    "4100": "authentication is invalid",
    "4101": "The token you entered does not have the required permissions.",
    "4200": "The requested resource bot_id={bot} does not exist.",
    "5000": "internal server error",
    "700012006": "access token invalid",
    "103000001": "agent/user not match",
    "103000002": "conversation not found",
    "103100002": "agent not published",
    "720702011": "Workflow node failed",
}


def refusal(code: str, bot: str = "") -> Json:
    """A business error, mostly under HTTP 200."""
    words = WORDS.get(code, "unknown error").format(bot=bot)
    return {"code": int(code), "msg": words, "detail": {"logid": "20260301120000ABCDEF"}}


def event_bytes(event: Json) -> bytes:
    """`event:` and `data:` without a space behind the colon."""
    data = event["data"]
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event:{event['name']}\ndata:{text}\n\n".encode()


def chat(telling: Telling, bot: str, status: str, **more: object) -> Json:
    """A chat object; ids are strings of digits."""
    return {
        "id": str(int(telling.id.replace("-", "")[:12], 16)),
        "conversation_id": telling.session.id if telling.session else "",
        "bot_id": bot,
        "status": status,
        "last_error": {"code": 0, "msg": ""},
        "section_id": "1",
        **more,
    }


def message(telling: Telling, bot: str, kind: str, content: str, **more: object) -> Json:
    """A message object."""
    return {
        "id": telling.id,
        "conversation_id": telling.session.id if telling.session else "",
        "bot_id": bot,
        "chat_id": chat(telling, bot, "")["id"],
        "role": "assistant",
        "type": kind,
        "content": content,
        "content_type": "text",
        "section_id": "1",
        **more,
    }


def recall(telling: Telling) -> Json:
    """What was found, and the request that found it."""
    chunks = [
        {
            "slice": one.text,
            "score": one.score,
            "meta": {
                "dataset": {"id": "7", "name": "员工手册"},
                "document": {"id": one.document, "name": one.title, "format_type": 0, "source_type": 0},
                "link": {"title": "", "url": ""},
                "card": {"title": "", "con": "", "index": ""},
            },
        }
        for one in telling.briefing.passages
    ]
    return {"chunks": chunks, "ori_req": '{"query":"internal"}', "status_code": 0}
