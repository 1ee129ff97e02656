"""One message to several people, to each in private.

Source: "批量发送人与机器人会话中机器人消息" (development/chatbots-send-one-on-one-chat-messages-in-batches).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.dingtalk.client import OpenApi

#: Of one call.
_MOST_PEOPLE = 20


async def send_to_people(
    api: OpenApi, staff_ids: Sequence[str], *, robot_code: str, title: str, markdown: str
) -> list[str]:
    """Send everybody the message, one API call for every 20; returns those DingTalk did not send it to.

    Raises:
        DingTalkError: refused.
    """
    param = msgspec.json.encode({"title": title, "text": markdown}).decode()
    missed: list[str] = []
    for start in range(0, len(staff_ids), _MOST_PEOPLE):
        answer = await api.call(
            "POST",
            "/v1.0/robot/oToMessages/batchSend",
            {
                "robotCode": robot_code,
                "userIds": list(staff_ids[start : start + _MOST_PEOPLE]),
                "msgKey": "sampleMarkdown",
                "msgParam": param,
            },
        )
        # HTTP 200 says only that the call was understood.
        for left_out in ("invalidStaffIdList", "flowControlledStaffIdList"):
            missed += answer.get(left_out) or ()
    return missed
