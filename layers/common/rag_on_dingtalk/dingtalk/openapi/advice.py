"""What to do about DingTalk's refusals: from an error code to one sentence for logs and for `doctor`. Pure.

A code that is not known gives nothing: a guess would send the reader the wrong way. People who ask the bot
never see these sentences.

Sources: "服务端 API 错误码" (development/server-api-error-codes-1), "添加接口调用权限"
(development/add-api-permission), "创建并投放卡片" (development/create-and-deliver-cards), "AI 卡片流式更新"
(development/api-streamingupdate), "注册卡片回调地址" (development/register-card-callback-address),
"机器人发送群聊消息" (development/the-robot-sends-a-group-message), "批量发送人与机器人会话中机器人消息"
(development/chatbots-send-one-on-one-chat-messages-in-batches), "自定义机器人发送群聊消息"
(development/custom-robots-send-group-messages).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SENDING = "qyapi_robot_sendmsg"
CARDS = "Card.Instance.Write"
STREAMING = "Card.Streaming.Write"

#: What the beginning of an API's path says about the scope it needs, the longest beginning first.
_SCOPES = (
    ("/v1.0/card/streaming", STREAMING),
    ("/v1.0/card/", CARDS),
    ("/v1.0/robot/groupMessages/", SENDING),
    ("/v1.0/robot/messageFiles/", SENDING),
    ("/v1.0/robot/oToMessages/", SENDING),
    ("/v1.0/robot/otoMessages/", SENDING),
    ("/topapi/v2/department/", "qyapi_get_department_list"),
    ("/topapi/v2/user/", "qyapi_get_member"),
    ("/topapi/user/", "qyapi_get_member"),
    ("/media/upload", "qyapi_base"),
)

_LONGEST_WORDS = 300
_STOPS = (".", "!", "?", "。", "！", "？")

_DENIED = "Forbidden.AccessDenied."
#: Of the new API, and of oapi.dingtalk.com.
_NO_PERMISSION = (f"{_DENIED}AccessTokenPermissionDenied", "60011")

_RATE = (
    "Wait a second; if it stays, set dingtalk.budget.calls_per_second in bots.yaml to what the app is "
    "granted for each API, 20 on the standard edition."
)
_EVERYBODYS_RATE = "All apps together call this API too often; it passes by itself, try again a second later."
_MONTH = (
    "The organisation's API calls of this month are used up: buy an add-on pack or a larger edition, or wait "
    "for the next month, and set dingtalk.budget.monthly_calls in bots.yaml to what the plan has."
)
_VARIABLE = (
    "Compare dingtalk.card in bots.yaml with the template in the card platform: `variable` is the name of "
    "the markdown variable of its Markdown component, which needs 流式组件 switched on."
)
_ADDRESSEE = (
    "The chat or the person is not known to the app: check that dingtalk.client_id is of the organisation "
    "that the question came from; with dingtalk.corp_id given, questions from others are refused."
)
_DELIVERER = (
    "Check dingtalk.robot_code: a card is delivered by the app's own robot, whose code in an ordinary group "
    "is the Client ID."
)
_GONE = "The app has no such card: look further up in the log for why it was not created."
_ROBOT = (
    "It is not this app's robot: copy the RobotCode from 应用能力 > 机器人 in the developer console into "
    "dingtalk.robot_code, or remove that line when it is the Client ID."
)
_SWITCHED_OFF = "The robot is switched off: publish the robot and the app's version in the developer console."
_DISSOLVED = "The group was dissolved; nothing is left to do."
_NOT_IN_GROUP = "Add the robot to the group again."
_AUDIT = "DingTalk's content audit stopped it: find the passage in the knowledge base and reword it."
_HELD_BACK = "DingTalk limits how fast a robot may send, and the figure is not published: try again later."
_CORRECT_ID = "if it is among `administrators` in bots.yaml, correct it there."
_NO_SUCH_PERSON = f"No person in the organisation has this staff id; {_CORRECT_ID}"
_OUT_OF_SIGHT = "Widen 通讯录权限范围 in the developer console under 权限管理 to who may ask the bot."

_ADVICE = {
    "invalidClientIdOrSecret": (
        "Copy Client ID and Client Secret again from 凭证与基础信息 in the developer console."
    ),
    f"{_DENIED}IpNotInWhiteList": (
        "Empty 服务器出口IP in the developer console under 安全设置, or add the caller's public address to "
        "it: a function has a fixed one only with a VPC and a NAT gateway."
    ),
    f"{_DENIED}QpsLimitForAppkeyAndApi": _RATE,
    f"{_DENIED}QpmLimitForAppkeyAndApi": _RATE,
    "90018": _RATE,
    f"{_DENIED}QpsLimitForApi": _EVERYBODYS_RATE,
    "90002": _EVERYBODYS_RATE,
    f"{_DENIED}ApiCountLimitForOrg": _MONTH,
    "90020": _MONTH,
    # Cards.
    "param.cardTemplateIdEmpty": "Put the card template's id into dingtalk.card.id, or remove that line.",
    "param.templateNotExist": (
        "Import the card template of infra/dingtalk in the card platform, bound to this app, and put its id "
        "into dingtalk.card.id."
    ),
    "param.templateUnpublished": "Publish the card template in the card platform.",
    "param.openSpaceIdEmpty": _ADDRESSEE,
    "param.openSpaceIdInvalid": _ADDRESSEE,
    "param.userIdNotExist": _ADDRESSEE,
    "param.openSpaceModelInvalid": (
        "Check in the card platform that the template is a 消息卡片 of the scene AI 卡片."
    ),
    "param.openDeliverModelEmpty": _DELIVERER,
    "param.openDeliverModelError": _DELIVERER,
    "param.stream.keyEmpty": _VARIABLE,
    "param.stream.content": (
        "The text is too long for a card: have the knowledge base's prompt ask for shorter answers, DingTalk "
        "recommends 3 K at most."
    ),
    "param.stream.outTrackId": _GONE,
    "param.cardNotExist": _GONE,
    "param.contentUnsafe": _AUDIT,
    "param.callbackRouteKeyEmpty": (
        "Put a name that nothing else in the organisation uses into dingtalk.card_callback.route."
    ),
    # Our own code for a card that was created and delivered to no one.
    "undelivered": (
        "Check that the robot is in the group, and that dingtalk.robot_code is what 应用能力 > 机器人 in the "
        "developer console shows."
    ),
    # Robots; those of a sessionWebhook are numbers.
    **dict.fromkeys(
        (f"invalidParameter.robotCode.{why}" for why in ("auth", "empty", "invalid", "missing", "notExsit")),
        _ROBOT,
    ),
    "invalidParameter.robotCode.coolApp": (
        "The robot came into the group with a 酷应用: add the robot itself to the group."
    ),
    "bot.stopped": _SWITCHED_OFF,
    "bot.forbidden.sendMessage": _SWITCHED_OFF,
    "400102": _SWITCHED_OFF,
    "400106": _NOT_IN_GROUP,
    "group.disbanded": _DISSOLVED,
    "400013": _DISSOLVED,
    "conversation.org.notMatch": "Use the robot in internal groups (内部群) of its own organisation only.",
    "robot.oto.notExist": "The person has no chat with the robot yet and has to write to it first.",
    "300001": (
        "The sessionWebhook has ended, as it does about 90 minutes after the question: from then on a reply "
        f"goes through the OpenAPI, for which the app needs {SENDING}."
    ),
    **dict.fromkeys(
        ("send.too.fast", "send.byToken.tooFast", "too.many.group", "too.many.people", "130101", "410100"),
        _HELD_BACK,
    ),
    **dict.fromkeys(
        (
            f"contain.{what}"
            for what in ("notAllowed.text", "notAllowed.picture", "notAllowed.content", "unsafe.url")
        ),
        _AUDIT,
    ),
    **dict.fromkeys(("430101", "430102", "430103", "430104"), _AUDIT),
    # People.
    "staffId.notExisted": _NO_SUCH_PERSON,
    "60121": _NO_SUCH_PERSON,
    "33012": f"This is no staff id; {_CORRECT_ID}",
    "50002": _OUT_OF_SIGHT,
    "50004": _OUT_OF_SIGHT,
}

#: Codes that say something at some APIs only: the beginnings of their paths, and the sentence.
_VAGUE = {
    "param.invalid": (("/v1.0/card/instances", "/v1.0/card/streaming"), _VARIABLE),
    "unauthorized": (("/v1.0/robot/",), _ROBOT),
    "auth.error": (("/v1.0/robot/",), _ROBOT),
    "resource.unavailable": (("/v1.0/robot/",), _ROBOT),
}


def lacks(scopes: Sequence[str]) -> str:
    """What to do about permissions that the app does not have."""
    return (
        f"The app lacks {', '.join(scopes) or 'a permission'}: request it in the developer console under "
        "权限管理 and publish a version of the app."
    )


def scope_of(api: str) -> str:
    """The scope an API needs; empty when it is not documented.

    api: method and path, `PUT /v1.0/card/streaming`.
    """
    path = _path(api)
    return next((scope for beginning, scope in _SCOPES if path.startswith(beginning)), "")


def advice(code: str, api: str = "", *, scopes: Sequence[str] = ()) -> str:
    """What to do about a refusal, as one sentence; empty when the code is not known.

    code: DingTalk's, an errcode as text, or our own `undelivered`.
    api: method and path, where known.
    scopes: those that DingTalk says are missing (`accessdenieddetail.requiredScopes`).
    """
    if scopes or code in _NO_PERMISSION:
        needed = scopes or [scope for scope in (scope_of(api),) if scope]
        return lacks(needed)
    if code in _VAGUE:
        beginnings, sentence = _VAGUE[code]
        return sentence if _path(api).startswith(beginnings) else ""
    return _ADVICE.get(code, "")


def explained(code: str, words: str, api: str = "", *, scopes: Sequence[str] = ()) -> str:
    """DingTalk's own words, shortened, and what to do; for the message of a DingTalkError."""
    todo = advice(code, api, scopes=scopes)
    words = words[:_LONGEST_WORDS].strip()
    if not (words and todo):
        return words or todo
    return f"{words}{'' if words.endswith(_STOPS) else '.'} {todo}"


def _path(api: str) -> str:
    return api.partition(" ")[2]
