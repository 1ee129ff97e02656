"""The products that a backend of the kind `http` can ask, by the preset that knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulators.rag_server.agents import flowise, langflow, lightrag, maxkb, n8n, native, weknora
from emulators.rag_server.dify.app import DifyApi
from emulators.rag_server.dify.versions import VERSIONS as DIFY_VERSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.rag_server.agents.product import AgentProduct
    from emulators.rag_server.answering.knowledge import KnowledgeBase

    Api = AgentProduct | DifyApi


@dataclass(frozen=True)
class Preset:
    """One of them.

    base: what follows the server's address in the base URL that a client is given.
    """

    title: str
    build: Callable[[KnowledgeBase, str, str, str], Api]
    faults: Mapping[str, str]
    base: str = ""


def _dify(knowledge: KnowledgeBase, api_key: str, _app: str, _version: str) -> DifyApi:
    return DifyApi(knowledge, api_key, "chat", str(DIFY_VERSIONS[-1]))


PRESETS = {
    "native": Preset("The HTTP agent", native.NativeApi, native.FAULTS, "/ask"),
    "n8n": Preset("n8n", n8n.N8nApi, n8n.FAULTS, "/webhook/handbook/chat"),
    "langflow": Preset("Langflow", langflow.LangflowApi, langflow.FAULTS),
    "flowise": Preset("Flowise", flowise.FlowiseApi, flowise.FAULTS),
    "lightrag": Preset("LightRAG", lightrag.LightRagApi, lightrag.FAULTS),
    "dify-like": Preset("Dify's API", _dify, {}, "/v1"),
    "maxkb": Preset("MaxKB", maxkb.MaxKbApi, maxkb.FAULTS),
    "weknora": Preset("WeKnora", weknora.WeKnoraApi, weknora.FAULTS),
}


def http_api(knowledge: KnowledgeBase, api_key: str, app: str, version: str) -> Api:
    """The API that the preset `app` asks."""
    return PRESETS[app].build(knowledge, api_key, app, version)
