"""The address DingTalk posts to. Pure."""

from __future__ import annotations

from rag_on_dingtalk.doctor.line import Line, unchecked, well, wrong

SUBJECT = "callback URL"

NO_URL = unchecked(SUBJECT, "say with --url where the callback function is.")

_FOUND = 200
#: What the callback answers to a request that only tries the address.
_PROBED = b"{}"


def judge(url: str, status: int, body: bytes) -> Line:
    """What GET says.

    url: without the path secret.
    status: 0 when there was no answer, and body says why.
    """
    if status == 0:
        return wrong(
            SUBJECT,
            f"{url} does not answer ({body.decode('utf-8', 'replace')}). Check the address and "
            "the domain's DNS, and that the trigger's disableURLInternet is false.",
        )
    if (status, body.strip()) == (_FOUND, _PROBED):
        return well(SUBJECT, f"{url} answers. It is what 消息接收地址 in the developer console begins with.")
    return wrong(
        SUBJECT,
        f"{url} answers {status}, and not as the callback function does. Give --url the function's own "
        "address, without a path; if it is, look into the function's log.",
    )
