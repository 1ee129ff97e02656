"""The robotCode to send with. Pure.

Source of the codes: "批量发送人与机器人会话中机器人消息"
(development/chatbots-send-one-on-one-chat-messages-in-batches).
That the robot is checked before the list of people is how the local system does it; DingTalk does not say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.openapi.advice import advice
from rag_on_dingtalk.doctor.line import Line, well, wrong

if TYPE_CHECKING:
    from rag_on_dingtalk.errors import DingTalkError

SUBJECT = "robot code"

_API = "POST /v1.0/robot/oToMessages/batchSend"
_ABOUT_THE_ROBOT = (
    "auth.error",
    "bot.forbidden.sendMessage",
    "bot.stopped",
    "resource.unavailable",
    "unauthorized",
)


def judge(robot_code: str, refusal: DingTalkError | None) -> Line:
    """What sending to an empty list of people says.

    refusal: the app has the permission, so it is about the call's content.
    """
    code = refusal.code if refusal else ""
    if code.startswith("invalidParameter.robotCode") or code in _ABOUT_THE_ROBOT:
        todo = advice(code, _API) or "Compare dingtalk.robot_code with the developer console."
        return wrong(SUBJECT, f"DingTalk does not send as {robot_code} ({code}). {todo}")
    return well(SUBJECT, f"DingTalk does not object to {robot_code}.")
