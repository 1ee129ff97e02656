"""How DingTalk says no: the new API by HTTP status and `code`, oapi.dingtalk.com by `errcode` under HTTP 200.

Throttling and quotas arrive as 403, not 429.
"""

from __future__ import annotations

from typing import Any


class CallError(Exception):
    """Ends a call with an error answer.

    code: what the ledger keeps of it.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    def body(self, request_id: str) -> dict[str, Any]:
        """The JSON answer."""
        raise NotImplementedError


class ApiError(CallError):
    """An error of the new API.

    required_scopes: told when a permission is missing.
    """

    def __init__(self, status: int, code: str, message: str, required_scopes: tuple[str, ...] = ()) -> None:
        super().__init__(status, code, message)
        self.required_scopes = required_scopes

    def body(self, request_id: str) -> dict[str, Any]:
        """`code`, `requestid`, `message` and, for a missing permission, `accessdenieddetail`."""
        body: dict[str, Any] = {"code": self.code, "requestid": request_id, "message": self.message}
        if self.required_scopes:
            body["accessdenieddetail"] = {"requiredScopes": list(self.required_scopes)}
        return body


class LegacyError(CallError):
    """An error of a webhook or another call at oapi.dingtalk.com: HTTP 200 with an `errcode`."""

    def __init__(self, errcode: int, message: str) -> None:
        super().__init__(200, str(errcode), message)
        self.errcode = errcode

    def body(self, request_id: str) -> dict[str, Any]:
        """`errcode`, `errmsg` and `request_id`."""
        return {"errcode": self.errcode, "errmsg": self.message, "request_id": request_id}


def refused(code: str, message: str) -> ApiError:
    """The caller's mistake."""
    return ApiError(400, code, message)


def invalid_authentication() -> ApiError:
    """The access token is missing, unknown or expired."""
    return ApiError(400, "InvalidAuthentication", "The access token is not valid. Ask for a new one.")


def permission_denied(scope: str) -> ApiError:
    """The app lacks a scope."""
    return ApiError(
        403,
        "Forbidden.AccessDenied.AccessTokenPermissionDenied",
        f"The app has not been granted {scope}. Apply for it in the developer console.",
        (scope,),
    )


def ip_refused() -> ApiError:
    """The app names the addresses it calls from (服务器出口IP), and this is none of them."""
    return ApiError(
        403,
        "Forbidden.AccessDenied.IpNotInWhiteList",
        "The caller's IP address is not in the app's list. Add it in the developer console.",
    )


def template_missing(template_id: str) -> ApiError:
    """The app has no such card template."""
    return refused("param.templateNotExist", f"The app has no template {template_id!r}.")


def wrong_robot(code: str) -> ApiError:
    """The robot belongs to another app, or there is none."""
    return refused("invalidParameter.robotCode.auth", f"robotCode {code!r} is not this app's robot.")


def qps_limit() -> ApiError:
    """Too many calls of this API by this app within a second."""
    return ApiError(
        403,
        "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi",
        "Too many calls of this API within one second. Wait one second and call again.",
    )


def quota_exceeded() -> ApiError:
    """The organisation's API calls of this month are used up."""
    return ApiError(
        403,
        "Forbidden.AccessDenied.ApiCountLimitForOrg",
        "The API calls of this month are used up. Wait for the next month or buy more.",
    )


def system_busy() -> ApiError:
    """DingTalk's own trouble."""
    return ApiError(500, "system.busy", "The system is busy. Call again later.")


def legacy_busy() -> LegacyError:
    """DingTalk's own trouble, at oapi.dingtalk.com."""
    return LegacyError(-1, "系统繁忙")


#: What stops a call before it does anything: `code` → `errcode` and `errmsg` at oapi.dingtalk.com. An address
#: that is not in the app's list has no published errcode.
_LEGACY = {
    "InvalidAuthentication": (40014, "不合法的access_token"),
    "Forbidden.AccessDenied.AccessTokenPermissionDenied": (60011, "没有调用该接口的权限"),
    "Forbidden.AccessDenied.IpNotInWhiteList": (88, "鉴权异常"),
    "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi": (90018, "您的服务器调用钉钉开放平台接口的频率过高"),
    "Forbidden.AccessDenied.ApiCountLimitForOrg": (90020, "您的企业本月接口调用次数已用完"),
    "system.busy": (-1, "系统繁忙"),
}


def as_legacy(error: ApiError) -> LegacyError:
    """The same refusal as oapi.dingtalk.com says it."""
    return LegacyError(*_LEGACY[error.code])
