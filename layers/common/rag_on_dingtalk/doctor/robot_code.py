"""The robotCode to send with. Pure.

Source of the codes: "批量发送人与机器人会话中机器人消息"
(development/chatbots-send-one-on-one-chat-messages-in-batches).
That the robot is checked before the list of people is how the local system does it; DingTalk does not say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.doctor.line import Line, well, wrong

if TYPE_CHECKING:
    from rag_on_dingtalk.errors import DingTalkError

SUBJECT = "robot code"

_STOPPED = ("bot.stopped", "bot.forbidden.sendMessage")
_NOT_OURS = ("unauthorized", "auth.error", "resource.unavailable")


def judge(robot_code: str, refusal: DingTalkError | None) -> Line:
    """What sending to nobody says.

    refusal: the app has the permission, so it is about the call's content.
    """
    code = refusal.code if refusal else ""
    if code.startswith("invalidParameter.robotCode") or code in _NOT_OURS:
        return wrong(
            SUBJECT,
            f"{robot_code} is not this app's robot ({code}). Copy the RobotCode from 应用能力 > 机器人 in "
            "the developer console into dingtalk.robot_code, or remove that line when it is the Client ID.",
        )
    if code in _STOPPED:
        return wrong(
            SUBJECT, f"{robot_code} is switched off ({code}). Publish the robot and the app's version."
        )
    return well(SUBJECT, f"DingTalk does not object to {robot_code}.")
