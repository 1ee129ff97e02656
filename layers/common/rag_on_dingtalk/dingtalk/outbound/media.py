"""Pictures and files: fetched from DingTalk's messages, and handed over to be shown in them.

Sources: "下载机器人接收消息的文件内容"
(development/download-the-file-content-of-the-robot-receiving-message),
"上传媒体文件" (development/upload-media-files).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import httpx
import msgspec

from rag_on_dingtalk.dingtalk.inbound.fields import text_of
from rag_on_dingtalk.dingtalk.openapi.call_gate import Priority
from rag_on_dingtalk.dingtalk.openapi.client import unanswered
from rag_on_dingtalk.dingtalk.openapi.refusals import refusal_in
from rag_on_dingtalk.errors import DingTalkError

if TYPE_CHECKING:
    from rag_on_dingtalk.dingtalk.openapi.call_gate import Gate
    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi

#: What a message can carry as a file.
FILE_TYPES = frozenset(("xlsx", "pdf", "zip", "rar", "doc", "docx"))
#: What a message or a card can show.
PICTURE_TYPES = frozenset(("image/jpeg", "image/png", "image/gif", "image/bmp"))

_UPLOAD = "POST /media/upload"
_ATTEMPTS = 2
_TIMEOUT = httpx.Timeout(20.0, connect=3.0)


class Media:
    """One bot's pictures and files at DingTalk.

    oapi_url: `https://oapi.dingtalk.com`, where the older API lives; the newer one's token is good there.
    """

    def __init__(self, *, api: OpenApi, http: httpx.AsyncClient, oapi_url: str, robot_code: str) -> None:
        self._api = api
        self._http = http
        self._oapi_url = oapi_url.rstrip("/")
        self._robot_code = robot_code

    def charged_to(self, gate: Gate) -> Media:
        """The same, each of whose calls passes the gate."""
        return Media(
            api=self._api.charged_to(gate),
            http=self._http,
            oapi_url=self._oapi_url,
            robot_code=self._robot_code,
        )

    async def address_of(self, code: str) -> str:
        """Where the bytes behind a message's `downloadCode` are, for a while: fetch them at once.

        Raises:
            DingTalkError: DingTalk does not tell; the code may be too old.
        """
        answer = await self._api.call(
            "POST",
            "/v1.0/robot/messageFiles/download",
            {"downloadCode": code, "robotCode": self._robot_code},
            priority=Priority.EXTRA,
            attempts=_ATTEMPTS,
        )
        return _given(answer, "downloadUrl", "POST /v1.0/robot/messageFiles/download")

    async def upload(self, kind: Literal["image", "file"], *, name: str, media_type: str, data: bytes) -> str:
        """The `media_id` under which messages and cards can show it; it does not expire.

        Raises:
            DingTalkError: it was not taken.
        """

        async def _send(token: str) -> dict[str, Any]:
            return await self._post(token, kind, (name, data, media_type))

        answer = await self._api.with_token(_UPLOAD, _send, priority=Priority.EXTRA, attempts=_ATTEMPTS)
        return _given(answer, "media_id", _UPLOAD)

    async def _post(self, token: str, kind: str, file: tuple[str, bytes, str]) -> dict[str, Any]:
        try:
            response = await self._http.post(
                f"{self._oapi_url}/media/upload",
                params={"access_token": token},
                data={"type": kind},
                files={"media": file},
                timeout=_TIMEOUT,
            )
            answer = msgspec.json.decode(response.content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DingTalkError("unreadable", f"{_UPLOAD} was not answered in JSON") from error
        except Exception as error:  # httpx-aiohttp lets some of aiohttp's own errors through
            raise unanswered(_UPLOAD, error) from error
        if not isinstance(answer, dict):
            raise DingTalkError("unreadable", f"{_UPLOAD} was not answered with an object")
        refusal = refusal_in(answer, status=response.status_code, where=_UPLOAD)
        if refusal is not None:
            raise refusal
        return answer


def _given(answer: dict[str, Any], name: str, api: str) -> str:
    found = text_of(answer, name)
    if not found:
        raise DingTalkError("unreadable", f"{api} was answered without {name}", status=200)
    return found
