"""An answer of DingTalk's that looks like success and names nothing is a failure."""

from __future__ import annotations

import httpx
import pytest

from rag_on_dingtalk.dingtalk.outbound.media import Media
from rag_on_dingtalk.errors import DingTalkError
from tests.builders import an_api


def media_that_hears(answer: dict[str, object]) -> Media:
    def respond(request: httpx.Request) -> httpx.Response:
        token = {"accessToken": "t", "expireIn": 7200}
        return httpx.Response(200, json=token if request.url.path.endswith("accessToken") else answer)

    http = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    api = an_api(http, "http://dingtalk.test")
    return Media(api=api, http=http, oapi_url="http://dingtalk.test", robot_code="ding1")


@pytest.mark.parametrize("answer", [{"errcode": 0}, {"errcode": 0, "media_id": None}, {"media_id": ""}])
async def test_an_upload_without_a_media_id_was_not_taken(answer: dict[str, object]) -> None:
    with pytest.raises(DingTalkError, match="without media_id"):
        await media_that_hears(answer).upload("image", name="a.png", media_type="image/png", data=b"a")


@pytest.mark.parametrize("answer", [{}, {"downloadUrl": None}, {"downloadUrl": ""}])
async def test_a_code_without_an_address_leads_nowhere(answer: dict[str, object]) -> None:
    with pytest.raises(DingTalkError, match="without downloadUrl"):
        await media_that_hears(answer).address_of("dc1")
