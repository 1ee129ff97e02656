"""Client ID and Client Secret: does DingTalk give an access token for them? Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong
from rag_on_dingtalk.doctor.refusals import about, obstacle

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
            SUBJECT, f"{refusal}. Check that this machine reaches DINGTALK_API_URL, and its proxy and DNS."
        )
    if about(refusal) == "content":
        return wrong(
            SUBJECT,
            f"{refusal}. Copy Client ID and Client Secret again from 凭证与基础信息 in the console.",
        )
    return wrong(SUBJECT, f"{refusal}. Run doctor again; if it stays, look at DingTalk's status.")
