"""A bot of Coze, as settings."""

from __future__ import annotations

from typing import Literal

import msgspec

from rag_on_dingtalk.settings.kinds.base import Connection, ReasoningStart, Timeouts
from rag_on_dingtalk.settings.strict import Strict


class CozeOAuth(Strict, frozen=True, kw_only=True):
    """An OAuth app of the kind JWT, in place of a personal access token; `api_key` is its private key (PEM).

    client_id: the app's id.
    key_id: the fingerprint of its public key.
    """

    client_id: str
    key_id: str


class Coze(Strict, frozen=True, kw_only=True, tag="coze", tag_field="kind"):
    """A bot or a chatflow of Coze (扣子), in the cloud or in a Coze Studio of your own.

    base_url: `https://api.coze.cn`, `https://api.coze.com`, or the address of your Coze Studio. A token is
        good for one of them only.
    api_key: where the personal access token is; with `oauth` the app's private key.
    bot_id: the number in the bot's address; it must be published to the channel "Agent as API".
    workflow_id: of a chatflow that is asked in place of the bot.
    product: `studio` for a Coze Studio of your own, which takes no votes.
    variables: values for `{{name}}` in the bot's prompt, or a chatflow's parameters; `{user_name}` in one
        stands for the asker's name.
    no_answer: how an answer begins that says that the documents hold nothing, as the prompt puts it.
    reasoning: `starts_open` for a model that begins every answer with its reasoning and no opening mark:
        nothing is shown before the closing one.
    """

    base_url: str = "https://api.coze.cn"
    api_key: str
    bot_id: str
    workflow_id: str = ""
    product: Literal["cloud", "studio"] = "cloud"
    oauth: CozeOAuth | None = None
    variables: dict[str, str] = msgspec.field(default_factory=dict)
    no_answer: tuple[str, ...] = ()
    reasoning: ReasoningStart = "marked"
    timeouts: Timeouts = Timeouts(first_byte=60.0)
    connection: Connection = Connection()
