"""The Stream gateway: does DingTalk give a ticket for a connection? Pure.

The ticket is not used, so nothing is pushed to the doctor. Whether the robot is set to Stream 模式 shows only
when a message comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.doctor.dingtalk.refusals import told
from rag_on_dingtalk.doctor.line import Line, well, wrong

if TYPE_CHECKING:
    from rag_on_dingtalk.errors import DingTalkError

SUBJECT = "Stream gateway"

#: In the place of the lines about addresses.
NO_ADDRESS = "this bot is in Stream mode, nothing posts to an address."


def judge(refusal: DingTalkError | None) -> Line:
    """What asking for a connection says."""
    if refusal is None:
        return well(SUBJECT, "DingTalk would open a connection. The bridge must run for messages to come.")
    return wrong(SUBJECT, told(refusal, "Run doctor again; if it stays, look at the app in the console."))
