"""Whether DingTalk's answer is a refusal, whatever its HTTP status says. Pure.

A call of the new API fails with a status and `code`; oapi.dingtalk.com and a sessionWebhook answer 200 with
`errcode`; and clients of others have seen `{"success": false}` and `{"code", "message"}` under 200, too.

Sources: "服务端 API 错误码" (development/server-api-error-codes-1), "错误码" of the older API
(development/server-side-error-codes).
"""

from __future__ import annotations

from typing import Any

from rag_on_dingtalk.dingtalk.openapi.advice import explained
from rag_on_dingtalk.errors import DingTalkError

#: Our own code where DingTalk gives none.
UNSUCCESSFUL = "unsuccessful"
#: The older API's words for what the newer one calls InvalidAuthentication.
_BAD_TOKENS = frozenset(("40001", "40014", "41001", "42001"))
_NO_FAILURE = frozenset(("", "0", "None", "200", "OK", "ok", "success"))


def refusal_in(answer: dict[str, Any], *, status: int, where: str) -> DingTalkError | None:
    """The error that an answer stands for; None when it says that the call was carried out.

    status: HTTP's.
    where: names the call in the error, method and path.
    """
    code = _code(answer) or (UNSUCCESSFUL if is_false(answer.get("success")) else "")
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP
        if not code:
            return None
    else:
        code = code if code and code != UNSUCCESSFUL else str(status)
    code = "InvalidAuthentication" if code in _BAD_TOKENS else code
    words = explained(code, _words(answer), where, scopes=_missing_scopes(answer))
    return DingTalkError(code, f"{where}: {words}", status=status)


def _code(answer: dict[str, Any]) -> str:
    """The code of a failure, whatever it is called; empty for none."""
    for name in ("errcode", "code"):
        value = answer.get(name)
        written = "" if isinstance(value, (bool, dict, list)) else str(value).strip()
        if written not in _NO_FAILURE:
            return written
    return ""


def is_false(value: object) -> bool:
    """Whether DingTalk says no, with the word or with the value."""
    return value is False or (isinstance(value, str) and value.strip().lower() == "false")


def _words(answer: dict[str, Any]) -> str:
    for name in ("errmsg", "message", "errorMsg", "msg"):
        if isinstance(value := answer.get(name), str) and value:
            return value
    return ""


def _missing_scopes(answer: dict[str, Any]) -> list[str]:
    denied = answer.get("accessdenieddetail")
    scopes = denied.get("requiredScopes") if isinstance(denied, dict) else None
    return [str(scope) for scope in scopes] if isinstance(scopes, list) else []
