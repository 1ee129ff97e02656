"""Client ID and Client Secret: does DingTalk give an access token for them? Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.doctor.dingtalk.refusals import about, obstacle, told
from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong

if TYPE_CHECKING:
    from rag_on_dingtalk.errors import DingTalkError

SUBJECT = "DingTalk token"


def judge(client_id: str, refusal: DingTalkError | None) -> Line:
    """What asking for a token says."""
    if refusal is None:
        return well(SUBJECT, f"DingTalk gives {client_id} an access token.")
    if about(refusal) == "address":
        return unchecked(SUBJECT, obstacle(refusal))
    if refusal.code == "unreachable":
        return wrong(
            SUBJECT,
            told(refusal, "Check that this machine reaches DINGTALK_API_URL, and its proxy and DNS."),
        )
    if about(refusal) == "content":
        return wrong(SUBJECT, told(refusal, "Compare dingtalk.client_id with the developer console."))
    return wrong(SUBJECT, told(refusal, "Run doctor again; if it stays, look at DingTalk's status."))
