"""From which address calls may come: the app's 服务器出口IP. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.dingtalk.openapi.advice import advice
from rag_on_dingtalk.doctor.dingtalk.refusals import about
from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rag_on_dingtalk.errors import DingTalkError

SUBJECT = "egress IP"

_REFUSED = "Forbidden.AccessDenied.IpNotInWhiteList"


def judge(refusals: Iterable[DingTalkError | None]) -> Line:
    """What the calls of one app say together.

    refusals: None for a call that was carried out.
    """
    kinds = {about(refusal) for refusal in refusals}
    if "address" in kinds:
        return wrong(
            SUBJECT,
            f"DingTalk refuses this machine's address. {advice(_REFUSED)}",
        )
    if kinds <= {"trouble"}:
        return unchecked(SUBJECT, "DingTalk carried out no call.")
    return well(
        SUBJECT,
        "DingTalk takes calls from this machine's address. If 服务器出口IP is filled in in the developer "
        "console, the functions need a fixed address in that list, too: theirs is another.",
    )
