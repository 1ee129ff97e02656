"""The function that answers, as the callback would call it. Pure.

Source: Function Compute API 2023-03-30, GetFunction. It runs nothing.
"""

from __future__ import annotations

from rag_on_dingtalk.doctor.line import Line, well, wrong

SUBJECT = "function"

_FOUND = 200
_FORBIDDEN = (401, 403)
_NOT_FOUND = 404


def judge(function: str, endpoint: str, status: int, answer: str) -> Line:
    """What GetFunction says.

    status: 0 when there was no answer; answer: the body's beginning, or why there is none.
    """
    if status == _FOUND:
        return well(
            SUBJECT, f"{endpoint} has {function}. Whether callback's role may invoke it, its log says."
        )
    if status == 0:
        return wrong(SUBJECT, f"{endpoint} does not answer ({answer}). Check INVOKE_ENDPOINT and its region.")
    if status == _NOT_FOUND:
        return wrong(
            SUBJECT,
            f"{endpoint} has no function {function}: {answer}. Check ANSWER_FUNCTION, the region and the "
            "account in INVOKE_ENDPOINT, and that it is deployed.",
        )
    if status in _FORBIDDEN:
        return wrong(
            SUBJECT,
            f"{endpoint} refuses this access key: {answer}. Check ALIBABA_CLOUD_ACCESS_KEY_ID and _SECRET, "
            "and grant fc:GetFunction.",
        )
    return wrong(
        SUBJECT, f"{endpoint} answers {status} for {function}: {answer}. Run doctor again in a minute."
    )
