"""The knowledge server of this machine as the backend of a bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from rag_on_dingtalk.settings.sections.backends import (
    AnythingLLM,
    Bailian,
    Coze,
    Dify,
    Http,
    OpenAICompatible,
)

if TYPE_CHECKING:
    from rag_on_dingtalk.settings.bot import Bot
    from rag_on_dingtalk.settings.kinds.http import Preset
    from rag_on_dingtalk.settings.sections.backends import BackendSettings


def backend_here(there: AnythingLLM, *, kind: str, app: str, base_url: str) -> BackendSettings:
    """The demo's backend with the address that holds here, for the product the server speaks.

    The key's reference stays: infra/s.yaml passes that one on, and the server takes one key only.

    there: as devserver/bots.yaml has it.
    kind, app: as in `Settings`.
    """
    match kind:
        case "dify":
            dify = {"kind": kind, "base_url": base_url, "api_key": there.api_key, "app": app or "chat"}
            return msgspec.convert(dify, Dify)
        case "openai":
            # FastGPT and RAGFlow name their sources only when asked in their own way.
            flavour = app or "plain"
            model = {"base_url": base_url, "api_key": there.api_key, "model": there.workspace}
            return msgspec.convert({"kind": kind, **model, "flavour": flavour}, OpenAICompatible)
        case "bailian":
            return Bailian(base_url=base_url, api_key=there.api_key, app_id=there.workspace)
        case "coze":
            coze = Coze(base_url=base_url, api_key=there.api_key, bot_id=there.workspace)
            return msgspec.structs.replace(coze, product=app or "cloud")
        case "http":
            return Http(
                base_url=base_url,
                api_key=there.api_key,
                preset=cast("Preset", app or "native"),
                target=there.workspace,
            )
        case _:
            threads = {"threads": True, "user_id": 1} if app == "multi-user" else {}
            return msgspec.structs.replace(there, base_url=base_url, **threads)


def with_backends_here(bot: Bot, *, kind: str, app: str, base_url: str) -> Bot:
    """The bot with each AnythingLLM backend moved to the server of this machine; others stay.

    kind, app: as in `Settings`.
    """
    moved = {
        name: backend_here(one, kind=kind, app=app, base_url=base_url)
        if isinstance(one, AnythingLLM)
        else one
        for name, one in bot.all_backends.items()
    }
    if bot.backends:
        return msgspec.structs.replace(bot, backends=moved)
    return msgspec.structs.replace(bot, backend=next(iter(moved.values())))


#: What people call those that speak OpenAI's API.
_FLAVOURS = {
    "plain": "OpenAI-compatible",
    "fastgpt": "FastGPT",
    "ragflow": "RAGFlow",
    "ark-bots": "Volcengine Ark bots",
    "open-webui": "Open WebUI",
}


def backend_name(settings: BackendSettings) -> str:
    """What people call the product behind a bot."""
    match settings:
        case Dify():
            return f"Dify ({settings.app})"
        case OpenAICompatible():
            return _FLAVOURS[settings.flavour]
        case Coze():
            return "Coze" if settings.product == "cloud" else "Coze Studio"
        case Http():
            return f"HTTP ({settings.preset})"
        case Bailian():
            return "Model Studio (百炼)"
        case _:
            return "AnythingLLM"
