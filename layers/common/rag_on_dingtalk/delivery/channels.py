"""What one bot reaches people with: its card template, the OpenAPI, its share of the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.delivery.card_pause import CardPause

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from rag_on_dingtalk.delivery.quota.quota import DingTalkQuota
    from rag_on_dingtalk.dingtalk.cards.ai_card import Cards
    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi


class Channels:
    """The ways one bot can reach people, and what they may cost.

    cards: None when the bot answers with markdown only.
    clock: milliseconds since the epoch.
    """

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        api: OpenApi,
        cards: Cards | None,
        robot_code: str,
        quota: DingTalkQuota,
        clock: Callable[[], int],
    ) -> None:
        self.http = http
        self.api = api
        self.cards = cards
        self.robot_code = robot_code
        self.quota = quota
        self.clock = clock
        self.card_pause = CardPause()
