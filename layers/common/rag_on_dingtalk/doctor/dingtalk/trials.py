"""Asking DingTalk as one app: trial calls that reach no person.

Sources: "创建卡片" (development/interface-for-creating-a-card-instance), "AI 卡片流式更新"
(development/api-streamingupdate), "批量发送人与机器人会话中机器人消息"
(development/chatbots-send-one-on-one-chat-messages-in-batches), "查询用户详情"
(development/query-user-details).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.dingtalk.cards.card_route import Registration, register_card_route
from rag_on_dingtalk.dingtalk.openapi.client import OpenApi, exchange
from rag_on_dingtalk.dingtalk.stream.opening import StreamApp, open_connection
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from rag_on_dingtalk.doctor.web import Web
    from rag_on_dingtalk.settings.secret import Secret
    from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp

_JSON = {"content-type": "application/json"}
_LOOK_UP = "POST /topapi/v2/user/get"


class AppTrials:
    """Each trial returns how DingTalk refused it; None when it did not.

    api_url: `https://api.dingtalk.com`; oapi_url: `https://oapi.dingtalk.com`.
    """

    def __init__(
        self, web: Web, *, settings: DingTalkApp, client_secret: Secret, api_url: str, oapi_url: str
    ) -> None:
        self._web = web
        self._settings = settings
        self._secret = client_secret
        self._api_url = api_url.rstrip("/")
        self._oapi_url = oapi_url.rstrip("/")
        self._api = OpenApi(
            http=web,
            api_url=api_url,
            client_id=settings.client_id,
            client_secret=client_secret,
            clock=web.clock,
        )
        self._token = ""

    async def sign_in(self) -> DingTalkError | None:
        """Ask for an access token; asking again gives the same one."""
        try:
            answer = await exchange(
                self._web,
                "POST",
                f"{self._api_url}/v1.0/oauth2/accessToken",
                body={"appKey": self._settings.client_id, "appSecret": self._secret.reveal()},
                headers=_JSON,
                where="POST /v1.0/oauth2/accessToken",
            )
        except DingTalkError as error:
            return error
        self._token = str(answer.get("accessToken", ""))
        return None

    async def send_to_nobody(self) -> DingTalkError | None:
        """A message to an empty list of people."""
        return await self._try(
            "POST",
            "/v1.0/robot/oToMessages/batchSend",
            {
                "robotCode": self._settings.robot,
                "userIds": [],
                "msgKey": "sampleText",
                "msgParam": '{"content":"doctor"}',
            },
        )

    async def create_card(self, template_id: str, out_track_id: str) -> DingTalkError | None:
        """A card without a place: it is not seen unless it is delivered."""
        return await self._try(
            "POST",
            "/v1.0/card/instances",
            {
                "cardTemplateId": template_id,
                "outTrackId": out_track_id,
                "callbackType": "HTTP",
                "cardData": {"cardParamMap": {}},
                # A card has to say where it may live; that delivers it nowhere.
                "imRobotOpenSpaceModel": {"supportForward": True},
            },
        )

    async def stream_nothing(self) -> DingTalkError | None:
        """A frame without a card."""
        return await self._try("PUT", "/v1.0/card/streaming", {})

    async def register_route(self, route: str, url: str, secret: Secret) -> Registration | DingTalkError:
        """Without force; see `doctor.card_route`."""
        try:
            return await register_card_route(self._api, route=route, url=url, secret=secret, replace=False)
        except DingTalkError as error:
            return error

    async def open_stream(self) -> DingTalkError | None:
        """A ticket for a Stream connection that is never opened; not counted against the month."""
        app = StreamApp(self._settings.client_id, self._secret, self._api_url)
        return await _refusal(open_connection(self._web, app))

    async def look_up(self, staff_id: str) -> DingTalkError | None:
        """A person; not counted against the month."""
        return await _refusal(
            exchange(
                self._web,
                "POST",
                f"{self._oapi_url}/topapi/v2/user/get?access_token={self._token}",
                body={"userid": staff_id, "language": "zh_CN"},
                headers=_JSON,
                where=_LOOK_UP,
            )
        )

    async def _try(self, method: str, path: str, body: dict[str, Any]) -> DingTalkError | None:
        return await _refusal(self._api.call(method, path, body))


async def _refusal(call: Awaitable[object]) -> DingTalkError | None:
    try:
        await call
    except DingTalkError as error:
        return error
    return None
