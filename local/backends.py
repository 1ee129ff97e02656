"""The knowledge server of this machine as the backend of a bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from rag_on_dingtalk.config import AnythingLLM, Bailian, Dify, OpenAICompatible

if TYPE_CHECKING:
    from rag_on_dingtalk.config import BackendSettings


def backend_here(there: AnythingLLM, *, kind: str, app: str, base_url: str) -> BackendSettings:
    """The demo's backend with the address that holds here, for the product the server speaks.

    The key's reference stays: infra/s.yaml passes that one on, and the server takes one key only.

    there: as local/bots.yaml has it.
    kind, app: as in `Settings`.
    """
    match kind:
        case "dify":
            dify = {"kind": kind, "base_url": base_url, "api_key": there.api_key, "app": app or "chat"}
            return msgspec.convert(dify, Dify)
        case "openai":
            return OpenAICompatible(base_url=base_url, api_key=there.api_key, model=there.workspace)
        case "bailian":
            return Bailian(base_url=base_url, api_key=there.api_key, app_id=there.workspace)
        case _:
            return msgspec.structs.replace(there, base_url=base_url)
