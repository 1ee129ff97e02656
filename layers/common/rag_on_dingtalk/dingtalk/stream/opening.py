"""A ticket for one connection: `POST /v1.0/gateway/connections/open`.

Source: DingTalk's developerpedia, learn/stream/protocol. A ticket is good for 90 s and for one connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec

from rag_on_dingtalk.dingtalk.openapi.client import exchange
from rag_on_dingtalk.dingtalk.stream.frames import CALLBACK, CARD_TOPIC, EVENT, EVENT_TOPIC, ROBOT_TOPIC
from rag_on_dingtalk.errors import DingTalkError
from rag_on_dingtalk.settings.secret import Secret

if TYPE_CHECKING:
    import httpx

OPEN = "/v1.0/gateway/connections/open"

#: What a bot hears: its messages, the clicks on its cards, its organisation's events.
SUBSCRIPTIONS = ((EVENT, EVENT_TOPIC), (CALLBACK, ROBOT_TOPIC), (CALLBACK, CARD_TOPIC))

_USER_AGENT = "rag-on-dingtalk-python/1"

_CREDENTIALS = (400, 401, 403)


class StreamApp(msgspec.Struct, frozen=True):
    """Whose connections these are.

    api_url: `https://api.dingtalk.com`.
    """

    client_id: str
    client_secret: Secret
    api_url: str


class Opening(msgspec.Struct, frozen=True):
    """Where a connection may be opened, once.

    url: with the ticket in it; nothing may print it.
    """

    url: Secret


async def open_connection(http: httpx.AsyncClient, app: StreamApp) -> Opening:
    """Ask for a ticket.

    Raises:
        DingTalkError: DingTalk refused or did not answer; `endpoint` when it answered with something that is
            no address for a WebSocket.
    """
    body = {
        "clientId": app.client_id,
        "clientSecret": app.client_secret.reveal(),
        "subscriptions": [{"type": type_, "topic": topic} for type_, topic in SUBSCRIPTIONS],
        "ua": _USER_AGENT,
    }
    answer = await exchange(
        http,
        "POST",
        app.api_url.rstrip("/") + OPEN,
        body=body,
        headers={"content-type": "application/json", "accept": "application/json"},
        where=f"POST {OPEN}",
    )
    endpoint, ticket = answer.get("endpoint"), answer.get("ticket")
    if not isinstance(endpoint, str) or not isinstance(ticket, str) or not ticket:
        raise DingTalkError("endpoint", f"POST {OPEN} was answered without endpoint and ticket", status=200)
    # In the clear only where the API is, too: on this machine.
    schemes = ("wss",) if app.api_url.startswith("https:") else ("ws", "wss")
    parts = urlsplit(endpoint)
    if parts.scheme not in schemes or not parts.hostname:
        raise DingTalkError(
            "endpoint", f"POST {OPEN} was answered with an endpoint that is not wss://", status=200
        )
    return Opening(Secret(f"{endpoint}{'&' if parts.query else '?'}ticket={quote(ticket, safe='')}"))


def is_refusal(error: DingTalkError) -> bool:
    """Whether DingTalk does not accept the app: a wrong secret, an app that is switched off."""
    return error.status in _CREDENTIALS and not error.throttled
