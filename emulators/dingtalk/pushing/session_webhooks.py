"""The `sessionWebhook` of each push: who may answer where without a token, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.dingtalk.organisation.chats import Conversation
    from emulators.dingtalk.organisation.people import RobotApp

PATH = "/robot/sendBySession"
#: 90 minutes after `createAt` in every sample DingTalk has published.
LIFE_MS = 5_400_000


@dataclass(frozen=True)
class SessionWebhook:
    """One session: its holder may speak as this robot in this conversation.

    expires_ms: milliseconds since the epoch.
    """

    session: str
    conversation: Conversation
    robot: RobotApp
    expires_ms: int

    def url(self, host: str) -> str:
        """The address as it stands in the push; `host` without a trailing slash."""
        return f"{host}{PATH}?session={self.session}"


class SessionWebhooks:
    """The sessions that are open."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._open: dict[str, SessionWebhook] = {}

    def open(self, conversation: Conversation, robot: RobotApp, created_ms: int) -> SessionWebhook:
        """A new session for a message created at `created_ms`; drops those that have expired by then."""
        self._open = {key: one for key, one in self._open.items() if one.expires_ms > created_ms}
        webhook = SessionWebhook(self._new_id(), conversation, robot, created_ms + LIFE_MS)
        self._open[webhook.session] = webhook
        return webhook

    def find(self, session: str, now_ms: int) -> SessionWebhook | None:
        """The session, or None when it is unknown or expired."""
        webhook = self._open.get(session)
        return webhook if webhook is not None and now_ms < webhook.expires_ms else None
