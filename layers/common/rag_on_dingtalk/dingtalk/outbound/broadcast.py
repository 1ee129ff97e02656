"""One message to several people, to each in private, or to a group.

Sources: "批量发送人与机器人会话中机器人消息" (development/chatbots-send-one-on-one-chat-messages-in-batches),
"机器人发送群聊消息" (development/the-robot-sends-a-group-message).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.dingtalk.openapi.client import OpenApi

#: Of one call.
_MOST_PEOPLE = 20


async def send_to_people(
    api: OpenApi, staff_ids: Sequence[str], *, robot_code: str, title: str, markdown: str
) -> list[str]:
    """Send each of them the message, one API call for every 20; returns those DingTalk did not send it to.

    title: what the list of chats shows, in place of the message.

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


async def send_to_group(api: OpenApi, group: str, *, robot_code: str, title: str, markdown: str) -> None:
    """Send a message to a group that the robot is in.

    group: its openConversationId. title: what the list of chats shows, in place of the message.

    Raises:
        DingTalkError: refused.
    """
    await api.call(
        "POST",
        "/v1.0/robot/groupMessages/send",
        {
            "robotCode": robot_code,
            "openConversationId": group,
            "msgKey": "sampleMarkdown",
            "msgParam": msgspec.json.encode({"title": title, "text": markdown}).decode(),
        },
    )
