"""The official SDK, unmodified, as a bot: one line of JSON on stdout for everything it hands to a handler.

DINGTALK_OPENAPI_ENDPOINT is the SDK's own variable. `click_answer` is what it answers to a click, JSON.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from typing import Any

import dingtalk_stream


def tell(kind: str, message: Any) -> None:
    # stdout is a pipe: each line must leave at once.
    headers = {**message.headers.to_dict(), "eventType": message.headers.event_type}
    print(json.dumps({"kind": kind, "headers": headers, "data": message.data}), flush=True)


class Robot(dingtalk_stream.ChatbotHandler):  # type: ignore[misc]  # the SDK has no types
    async def process(self, message: Any) -> tuple[int, str]:
        read = dingtalk_stream.ChatbotMessage.from_dict(message.data)
        message.data["read_by_the_sdk"] = {"type": read.message_type, "texts": texts_of(self, read)}
        tell("message", message)
        return dingtalk_stream.AckMessage.STATUS_OK, "OK"


def texts_of(handler: Robot, read: Any) -> list[str]:
    return handler.extract_text_from_incoming_message(read) or []  # None for a picture


class Clicks(dingtalk_stream.CallbackHandler):  # type: ignore[misc]
    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    async def process(self, message: Any) -> tuple[int, Any]:
        read = dingtalk_stream.CardCallbackMessage.from_dict(message.data)
        message.data["read_by_the_sdk"] = read.to_dict()
        tell("click", message)
        return dingtalk_stream.AckMessage.STATUS_OK, self.answer


class Events(dingtalk_stream.EventHandler):  # type: ignore[misc]
    async def process(self, message: Any) -> tuple[int, str]:
        tell("event", message)
        return dingtalk_stream.AckMessage.STATUS_OK, "OK"


def main(client_id: str, client_secret: str, click_answer: str) -> None:
    client = dingtalk_stream.DingTalkStreamClient(
        dingtalk_stream.Credential(client_id, client_secret), logging.getLogger("sdk")
    )
    client.register_callback_handler(dingtalk_stream.ChatbotMessage.TOPIC, Robot())
    client.register_callback_handler(
        dingtalk_stream.CallbackHandler.TOPIC_CARD_CALLBACK, Clicks(json.loads(click_answer))
    )
    client.register_all_event_handler(Events())
    asyncio.run(client.start())


if __name__ == "__main__":
    main(*sys.argv[1:])
