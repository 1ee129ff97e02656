"""What the callback reads of a bot's settings. Apart from `Bot`, whose backends would slow its cold start."""

# Without `from __future__ import annotations`, here and in the files this imports: msgspec would compile each
# annotation when the callback starts.

from typing import Annotated, Literal

import msgspec

from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp
from rag_on_dingtalk.settings.strict import Count, Strict


class AnswerFunction(Strict, frozen=True, kw_only=True):
    """A function of the bot's own that answers its questions, in place of the one that all bots share.

    instances: how many it may have at most; they are kept for this bot, and the bot never has more.
    concurrency: answers that share an instance.
    """

    instances: Count = 1
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=100)] = 60


class BotBase(msgspec.Struct, frozen=True, kw_only=True):
    """The settings that both the callback and the answering functions use.

    Settings that only `Bot` has are allowed here: the callback decodes the same compiled file and skips them.
    """

    dingtalk: DingTalkApp
    title: str = "知识助手"
    language: Literal["zh", "en"] = "zh"
    texts: dict[str, str] = msgspec.field(default_factory=dict)
    answer_function: AnswerFunction | None = None

    def answered_by(self, shared: str, name: str) -> str:
        """The function that answers this bot's questions; shared: the one that all others share.

        name: of the bot.
        """
        return shared if self.answer_function is None else f"{shared}-{name}"
