"""One bot and all of them, as settings: an app of DingTalk, a backend, and its manners."""

from __future__ import annotations

from typing import Literal

import msgspec

from rag_on_dingtalk.config.backends import BackendSettings
from rag_on_dingtalk.config.dingtalk import DingTalkApp
from rag_on_dingtalk.config.files import FileSettings
from rag_on_dingtalk.config.strict import Positive, Strict


class SessionSettings(Strict, frozen=True, kw_only=True):
    """What one conversation remembers.

    idle_minutes: after this long without a question the next one starts afresh.
    group: `person` keeps each asker's context apart, `shared` gives the group one.
    """

    idle_minutes: Positive = 120.0
    group: Literal["person", "shared"] = "person"


class SourceSettings(Strict, frozen=True, kw_only=True):
    """How sources are shown.

    link: where the originals can be read, for backends that name a document without a link; `{title}` stands
        for its name, percent-encoded. Empty: no link.
    """

    link: str = ""


class Bot(Strict, frozen=True, kw_only=True):
    """One bot: the name in `/robot/{bot}` is its key in `bots.yaml`.

    streaming: how often the card is overwritten while the answer grows: `live` once a second, `economical`
        six times at most, `final` only at the end.
    reasoning: whether a model's thoughts are shown, folded into one line, or kept back.
    share_name: tells the backend the asker's name.
    administrators: staff ids of those who are told when a quota runs out.
    texts: sentences of the bot in other words, by their name in `messages.py`.
    """

    dingtalk: DingTalkApp
    backend: BackendSettings
    title: str = "知识助手"
    language: Literal["zh", "en"] = "zh"
    session: SessionSettings = SessionSettings()
    streaming: Literal["live", "economical", "final"] = "economical"
    reasoning: Literal["hidden", "folded", "shown"] = "hidden"
    sources: SourceSettings = SourceSettings()
    files: FileSettings = FileSettings()
    share_name: bool = False
    administrators: tuple[str, ...] = ()
    texts: dict[str, str] = msgspec.field(default_factory=dict)


class Bots(Strict, frozen=True, kw_only=True):
    """The whole of `bots.yaml`."""

    bots: dict[str, Bot]
