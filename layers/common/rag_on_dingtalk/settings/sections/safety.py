"""What is looked for in questions and answers, as settings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from rag_on_dingtalk.settings.kinds.plugin import check_factory
from rag_on_dingtalk.settings.strict import Strict

#: What becomes of a text that could not be judged.
OnModerationError = Literal["block", "pass", "local_only"]
#: Alibaba Cloud's levels, from the mildest to the worst; `none` is below them.
RiskLevel = Literal["low", "medium", "high"]

_Milliseconds = Annotated[int, msgspec.Meta(ge=100, le=10_000)]


class OnError(Strict, frozen=True, kw_only=True):
    """What becomes of a text that the moderation service did not judge, in time or at all.

    questions: `block` refuses it, `pass` lets it through; with `local_only` the word lists decide, and a
        word of the level `warn` blocks, too. It also holds for pictures and files that have no readable text.
    answers: the same for what the knowledge base says.
    """

    questions: OnModerationError = "block"
    answers: OnModerationError = "block"


class HttpModeration(Strict, frozen=True, kw_only=True, tag="http", tag_field="kind"):
    """A moderation service of your own: one POST in JSON for each text.

    url: gets `text`, `direction` (`question` or `answer`) and `session`; answers `action` (`pass` or
        `block`), `labels` and `answer`.
    api_key: sent as a bearer token.
    timeout_ms: how long one text may take.
    """

    url: str
    api_key: str = ""
    timeout_ms: _Milliseconds = 800
    on_error: OnError = OnError()


class AliyunModeration(Strict, frozen=True, kw_only=True, tag="aliyun", tag_field="kind"):
    """Alibaba Cloud Content Moderation (内容安全), asked as the function's role.

    region: where it is asked, for example cn-shanghai, cn-beijing, cn-hangzhou or cn-shenzhen.
    endpoint: in place of the region's public address, for example the one that a VPC reaches:
        `https://green-cip-vpc.cn-shanghai.aliyuncs.com`.
    question_service, answer_service: the services of its console.
    block_from: the risk level from which a text is blocked; what is below is only logged.
    timeout_ms: how long one text may take.
    """

    region: str = "cn-shanghai"
    endpoint: str = ""
    question_service: str = "llm_query_moderation"
    answer_service: str = "llm_response_moderation"
    block_from: RiskLevel = "medium"
    timeout_ms: _Milliseconds = 800
    on_error: OnError = OnError()


class PluginModeration(Strict, frozen=True, kw_only=True, tag="python", tag_field="kind"):
    """A moderation service from a package of your own: `kind: "python:package.module:Factory"`.

    factory: the part of `kind` behind `python:`.
    api_key: where the key is, where there is one.
    settings: the plug-in's own settings; in `bots.yaml` they stand beside the others.
    timeout_ms: how long one text may take.
    """

    factory: str
    api_key: str = ""
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    timeout_ms: _Milliseconds = 800
    on_error: OnError = OnError()

    def __post_init__(self) -> None:
        """It must name an object of a module."""
        check_factory(self.factory)


Moderation = HttpModeration | AliyunModeration | PluginModeration


class SafetySettings(Strict, frozen=True, kw_only=True):
    """What is looked for in questions and answers.

    words: files of sensitive words, relative to `bots.yaml`, such as `words/common.txt`.
    moderation: a service that judges questions and answers.
    """

    words: tuple[str, ...] = ()
    moderation: HttpModeration | AliyunModeration | PluginModeration | None = None

    @property
    def wanted(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.words) or self.moderation is not None
