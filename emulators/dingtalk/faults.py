"""The ways DingTalk can misbehave here, as they are listed to the person who switches them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulators.faults import FaultBoard

AWAY = "dingtalk.away"
SLOW = "dingtalk.slow"
ERROR_500 = "dingtalk.error_500"
QPS = "dingtalk.qps"
TOKEN_EXPIRED = "dingtalk.token_expired"
IP_REFUSED = "dingtalk.ip_refused"
CARD_REFUSED = "dingtalk.card_refused"
CARD_UNDELIVERED = "dingtalk.card_undelivered"
STREAMING_REFUSED = "dingtalk.streaming_refused"
TEMPLATE_MISSING = "dingtalk.template_missing"
SENDING_REFUSED = "dingtalk.sending_refused"
ROBOT_CODE_REFUSED = "dingtalk.robot_code_refused"
CONTACT_REFUSED = "dingtalk.contact_refused"
CONTACT_SCOPE = "dingtalk.contact_scope"
WEBHOOK_EXPIRED = "dingtalk.webhook_expired"
FLOW_CONTROLLED = "dingtalk.flow_controlled"
DOWNLOAD_GONE = "dingtalk.download_gone"
MEDIA_REFUSED = "dingtalk.media_refused"
PUSH_TWICE = "dingtalk.push_twice"
PUSH_QUOTA = "dingtalk.push_quota"
STREAM_REFUSED = "dingtalk.stream_refused"
STREAM_CUT = "dingtalk.stream_cut"
STREAM_SILENT = "dingtalk.stream_silent"

#: Seconds an answer waits when `dingtalk.slow` is switched on without a value.
SLOW_BY_DEFAULT = 3.0
#: The errcode of `dingtalk.media_refused` when it is switched on without a value: no permission.
REFUSED_BY_DEFAULT = 60011
#: The value of `dingtalk.away` that carries the call out before dropping the connection.
AFTERWARDS = "after"

_HELP = {
    AWAY: "An API call's connection is dropped; value 'after': only after the call took effect.",
    SLOW: "An API call is answered late; the value is seconds (3 if not given).",
    ERROR_500: "An API call is answered 500 system.busy; a sessionWebhook with errcode -1.",
    QPS: "An API call is answered 403 QpsLimitForAppkeyAndApi.",
    TOKEN_EXPIRED: "The access token in use stops being valid; asking for a token gives a new one.",
    IP_REFUSED: "An API call is answered 403 IpNotInWhiteList.",
    CARD_REFUSED: "Creating a card is answered 403 AccessTokenPermissionDenied.",
    CARD_UNDELIVERED: "A card is created but delivered nowhere: HTTP 200 with a failed deliverResult.",
    STREAMING_REFUSED: "A streaming frame is answered 403 AccessTokenPermissionDenied.",
    TEMPLATE_MISSING: "Creating a card is answered 400 param.templateNotExist.",
    SENDING_REFUSED: "Sending a message is answered 403 AccessTokenPermissionDenied.",
    ROBOT_CODE_REFUSED: "Sending a message is answered 400 invalidParameter.robotCode.auth.",
    CONTACT_REFUSED: "Looking a person up is answered errcode 60011, no permission.",
    CONTACT_SCOPE: "Looking a person up is answered errcode 50002, outside the app's contact scope.",
    WEBHOOK_EXPIRED: "A sessionWebhook is answered errcode 300001, session 不存在.",
    FLOW_CONTROLLED: "A one-to-one message is answered 200 but lists everybody as flow-controlled.",
    DOWNLOAD_GONE: "A downloadCode is answered 400, as when it has expired.",
    MEDIA_REFUSED: "An upload is refused; the value is the errcode (60011, no permission, if not given).",
    PUSH_TWICE: "Each message is pushed twice with the same msgId.",
    STREAM_REFUSED: "Opening a Stream connection is answered 401, as with a wrong Client Secret.",
    STREAM_CUT: "A Stream connection is cut when something is pushed into it.",
    STREAM_SILENT: "A Stream connection falls silent when something is pushed into it, and stays open.",
    PUSH_QUOTA: "A message is pushed without its content, as when the month's push quota is used up.",
}


def declare(faults: FaultBoard) -> None:
    """Make all of them known to the board."""
    for name, help_text in _HELP.items():
        faults.declare(name, help_text)
