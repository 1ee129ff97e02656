"""The bot's app in DingTalk's developer console, as settings."""

# No `from __future__ import annotations`: see `bot_base`.

from typing import Literal

from rag_on_dingtalk.settings.strict import Count, Positive, Strict

#: The template DingTalk's own Stream SDK embeds: good for a first try, import your own for production.
SHARED_CARD_TEMPLATE = "382e4302-551d-4880-bf29-a30acfab2e71.schema"


class CardTemplate(Strict, frozen=True, kw_only=True):
    """The AI card.

    id: of the template, from the card platform; ends in `.schema`. The default is a shared one, for a
        first try.
    variable: the streamed markdown variable of that template.
    buttons: the template has the buttons of `infra/dingtalk`; needs `card_callback` and a registered route,
        or `mode: stream`.
    """

    id: str = SHARED_CARD_TEMPLATE
    variable: str = "msgContent"
    buttons: bool = False


class CardCallback(Strict, frozen=True, kw_only=True):
    """Where clicks on cards come in: `/cards/{bot}`.

    secret: a reference to the `apiSecret` the route is registered with; it signs the clicks.
    route: `callbackRouteKey`, unique in the organisation.
    """

    secret: str
    route: str


class Events(Strict, frozen=True, kw_only=True):
    """The event subscription: `/events/{bot}`.

    token: 签名 token of the console's 事件订阅 page.
    aes_key: 加密 aes_key of the same page.
    """

    token: str
    aes_key: str


class Budget(Strict, frozen=True, kw_only=True):
    """What may be spent on DingTalk's API; shared by all instances and by all bots with the same Client ID.

    monthly_calls: of the organisation's plan, 5 000 on the standard edition; with `null` they are not
        counted.
    calls_per_second: of the app and each API, 20 on the standard edition.
    card_wait_seconds: when more people ask at once than that allows for, an answer whose card would come
        later than this goes without one: its asker is told at once that it takes a moment, and it comes as a
        message by the conversation's webhook, which costs no call. With `null` everybody waits for a card.
    """

    monthly_calls: Count | None = 5_000
    calls_per_second: Count = 20
    card_wait_seconds: Positive | None = 4.0


class DingTalkApp(Strict, frozen=True, kw_only=True):
    """The bot's app in DingTalk's developer console.

    client_secret: where the Client Secret is: `env:NAME`, `file:/path` or `kms:name`.
    mode: how messages, clicks and events come: `http`: DingTalk posts them to the callback function;
        `stream`: the bridge fetches them through a connection that it opens, and no address is public.
    next_client_secret: a second one that is accepted, too, while the secret is being changed.
    robot_code: the Client ID unless the console says otherwise.
    corp_id: when given, pushes for a robot of another organisation are refused.
    path_secret: a reference; when given, the address is `/robot/{bot}/{secret}` and no other is answered.
    message_minutes: messages older than this are refused, however fresh their signature is.
    aes_key: a reference; opens robot messages that come in an encrypted envelope.
    encrypted_only: refuses robot messages that come without one.
    card: with `null` the bot answers with markdown messages only.
    """

    client_id: str
    client_secret: str
    mode: Literal["http", "stream"] = "http"
    next_client_secret: str = ""
    robot_code: str = ""
    corp_id: str = ""
    path_secret: str = ""
    message_minutes: Positive = 10.0
    aes_key: str = ""
    encrypted_only: bool = False
    card: CardTemplate | None = CardTemplate()
    card_callback: CardCallback | None = None
    events: Events | None = None
    budget: Budget = Budget()

    @property
    def robot(self) -> str:
        """The robotCode to send with."""
        return self.robot_code or self.client_id

    @property
    def by_stream(self) -> bool:
        """Whether pushes come through a connection that the bridge holds open."""
        return self.mode == "stream"

    @property
    def takes_clicks(self) -> bool:
        """Whether a click on a card reaches the bot."""
        return self.by_stream or self.card_callback is not None

    @property
    def envelope_owners(self) -> tuple[str, ...]:
        """The owner keys of envelopes for this app, the likeliest first."""
        return (self.client_id, self.corp_id) if self.corp_id else (self.client_id,)
