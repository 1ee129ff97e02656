"""Who is there: the people of one organisation and the robots its apps brought along."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The template DingTalk's own Stream SDK embeds; every app may use it.
SHARED_TEMPLATE = "382e4302-551d-4880-bf29-a30acfab2e71.schema"
#: The streamed variable of the shared template.
SHARED_VARIABLE = "msgContent"
#: The preset name of the streamed variable in a template made in the console.
PRESET_VARIABLE = "content"

CARD_SCOPE = "Card.Instance.Write"
STREAMING_SCOPE = "Card.Streaming.Write"
SENDING_SCOPE = "qyapi_robot_sendmsg"
#: Looking people up.
MEMBER_SCOPE = "qyapi_get_member"
#: Looking departments and roles up.
DEPARTMENT_SCOPE = "qyapi_get_department_list"
#: Who the person is that signs in to a page.
CONTACT_USER_SCOPE = "Contact.User.Read"
#: Tokens and uploads; every app has it from the start.
BASE_SCOPE = "qyapi_base"
ALL_SCOPES = frozenset(
    {
        CARD_SCOPE,
        STREAMING_SCOPE,
        SENDING_SCOPE,
        MEMBER_SCOPE,
        DEPARTMENT_SCOPE,
        BASE_SCOPE,
        CONTACT_USER_SCOPE,
    }
)


@dataclass(frozen=True)
class Person:
    """A person who can talk to a robot.

    staff_id: the userId; empty for people outside the organisation.
    corp_id: their own organisation's id; empty means ours.
    """

    nick: str
    staff_id: str = ""
    union_id: str = ""
    corp_id: str = ""
    is_admin: bool = False

    @property
    def key(self) -> str:
        """What tells this person from the others."""
        return self.staff_id or self.sender_id

    @property
    def sender_id(self) -> str:
        """The encrypted id, the only one an outsider has."""
        return _encrypted("person", self.staff_id or f"{self.corp_id}\n{self.nick}")


@dataclass(frozen=True)
class EventSubscription:
    """HTTP push of events, as set in the developer console (事件订阅).

    aes_key: the console's 43 characters.
    """

    url: str
    token: str
    aes_key: str = field(repr=False)


@dataclass(eq=False)
class RobotApp:
    """An internal app with the robot capability.

    name: the bot's name in our configuration.
    robot_code: the Client ID unless given.
    title: what people see in the chat.
    callback_url: 消息接收地址; may be set once the bot is up.
    card_templates: template id → name of its streamed variable; an empty name is the preset, `content`.
    scopes: the permissions granted to the app.
    events: where events go; None: not subscribed.
    redirect_urls: where a login may come back to (安全设置 > 重定向 URL).
    by_stream: what the console has set to Stream 模式: `messages`, `events`; cards say it one by one.
    """

    name: str
    client_id: str
    client_secret: str = field(repr=False)
    robot_code: str = ""
    title: str = ""
    callback_url: str = ""
    card_templates: Mapping[str, str] = field(default_factory=dict)
    scopes: frozenset[str] = ALL_SCOPES
    events: EventSubscription | None = None
    by_stream: frozenset[Literal["messages", "events"]] = frozenset()
    redirect_urls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.robot_code = self.robot_code or self.client_id
        self.title = self.title or self.name

    @property
    def dingtalk_id(self) -> str:
        """The robot's encrypted id, `chatbotUserId`."""
        return _encrypted("robot", self.robot_code)

    def streamed_variable(self, template_id: str) -> str | None:
        """The variable that may be streamed in this template; None when the app has no such template."""
        if template_id == SHARED_TEMPLATE:
            return SHARED_VARIABLE
        name = self.card_templates.get(template_id)
        return name if name is None else name or PRESET_VARIABLE


DEMO_CORP_ID = "dingexamplecorp0001"
DEMO_CORP_NAME = "星河科技"
DEMO_GROUP = "差旅咨询群"
DEMO_PEOPLE = (
    Person(nick="小明", staff_id="user0001", union_id="uni0001"),
    Person(nick="小红", staff_id="user0002", union_id="uni0002"),
    Person(nick="小周", staff_id="user0003", union_id="uni0003"),
    Person(nick="小林", staff_id="user0004", union_id="uni0004"),
)


def union_id_of(person: Person) -> str:
    """The person's id over all apps of one developer; given, or made of what tells people apart."""
    return person.union_id or "uni" + hashlib.sha256(person.key.encode()).hexdigest()[:20]


def _encrypted(kind: str, plain: str) -> str:
    digest = hashlib.sha256(f"{kind}\n{plain}".encode()).digest()
    return "$:LWCP_v1:$" + base64.b64encode(digest[:18]).decode()
