"""Whether the app may see the people its bot writes to: the contact scope (通讯录权限范围). Pure.

Source of the errcodes: "服务端 API 错误码" (development/server-api-error-codes-1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.doctor.dingtalk.refusals import told
from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rag_on_dingtalk.errors import DingTalkError

SUBJECT = "contact scope"

NO_ADMINISTRATORS = unchecked(
    SUBJECT, "bots.yaml names no administrators to look up. Name a staff id with --person."
)

#: No permission; outside the contact scope; no staff id; an unknown one.
_ABOUT_SETTINGS = ("60011", "50002", "50004", "33012", "60121")


def judge(lookups: Mapping[str, DingTalkError | None]) -> Line:
    """What looking each of these people up says.

    lookups: staff id → how DingTalk refused; None: it did not. A legacy API's code is its errcode as text.
    """
    for staff_id, refusal in lookups.items():
        if refusal is not None:
            if refusal.code not in _ABOUT_SETTINGS:
                return unchecked(SUBJECT, told(refusal, "Run doctor again in a minute."))
            return wrong(SUBJECT, f"{staff_id} cannot be looked up: {refusal}")
    return well(SUBJECT, f"The app may look up {', '.join(lookups)}.")
