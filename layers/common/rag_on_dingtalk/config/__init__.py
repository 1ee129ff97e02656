"""`bots.yaml` as structs: the bots, and for each its DingTalk app, its backend and its manners."""

from rag_on_dingtalk.config.backends import (
    AnythingLLM,
    BackendSettings,
    Bailian,
    Connection,
    Dify,
    DifyApp,
    OpenAICompatible,
    Patience,
)
from rag_on_dingtalk.config.bot import Bot, Bots, SessionSettings, SourceSettings
from rag_on_dingtalk.config.dingtalk import (
    SHARED_CARD_TEMPLATE,
    Budget,
    CardCallback,
    CardTemplate,
    DingTalkApp,
    Events,
)
from rag_on_dingtalk.config.files import FileSettings
from rag_on_dingtalk.config.reading import (
    PATH_SECRET,
    check,
    convert_bots,
    decode_bots,
    encode_bots,
    resolve_setting,
    secret_references,
)
from rag_on_dingtalk.secrets import Secret, resolve_secret

__all__ = [
    "PATH_SECRET",
    "SHARED_CARD_TEMPLATE",
    "AnythingLLM",
    "BackendSettings",
    "Bailian",
    "Bot",
    "Bots",
    "Budget",
    "CardCallback",
    "CardTemplate",
    "Connection",
    "Dify",
    "DifyApp",
    "DingTalkApp",
    "Events",
    "FileSettings",
    "OpenAICompatible",
    "Patience",
    "Secret",
    "SessionSettings",
    "SourceSettings",
    "check",
    "convert_bots",
    "decode_bots",
    "encode_bots",
    "resolve_secret",
    "resolve_setting",
    "secret_references",
]
