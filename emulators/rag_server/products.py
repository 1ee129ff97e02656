"""The products whose API the server can speak."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from emulators.rag_server.agents.presets import PRESETS, http_api
from emulators.rag_server.anythingllm.app import MODES as ANYTHINGLLM_MODES
from emulators.rag_server.anythingllm.app import AnythingLLMApi
from emulators.rag_server.anythingllm.faults import FAULTS as ANYTHINGLLM_FAULTS
from emulators.rag_server.anythingllm.versions import VERSIONS as ANYTHINGLLM_VERSIONS
from emulators.rag_server.bailian.answering import KINDS as BAILIAN_APPS
from emulators.rag_server.bailian.app import BailianApi
from emulators.rag_server.bailian.faults import FAULTS as BAILIAN_FAULTS
from emulators.rag_server.coze.app import CozeApi
from emulators.rag_server.coze.faults import FAULTS as COZE_FAULTS
from emulators.rag_server.coze.versions import TITLES as COZE_TITLES
from emulators.rag_server.coze.versions import VERSIONS as COZE_VERSIONS
from emulators.rag_server.dify.app import DifyApi
from emulators.rag_server.dify.apps import APPS as DIFY_APPS
from emulators.rag_server.dify.faults import FAULTS as DIFY_FAULTS
from emulators.rag_server.dify.versions import VERSIONS as DIFY_VERSIONS
from emulators.rag_server.http.misbehaviour import declare_faults
from emulators.rag_server.openai.app import BASES as OPENAI_BASES
from emulators.rag_server.openai.app import TITLES as OPENAI_TITLES
from emulators.rag_server.openai.app import OpenAIApi
from emulators.rag_server.openai.faults import FAULTS as OPENAI_FAULTS
from emulators.rag_server.openai.versions import VERSIONS as OPENAI_VERSIONS
from emulators.rag_server.versions import UnknownVersionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.routing import BaseRoute

    from emulators.faults import FaultBoard
    from emulators.rag_server.answering.knowledge import KnowledgeBase
    from emulators.rag_server.http.router import CheckedRouter


class Api(Protocol):
    """A product's API over the knowledge base."""

    router: CheckedRouter

    def routes(self) -> list[BaseRoute]:
        """Every path."""
        ...

    async def close(self) -> None:
        """End what runs on its own."""
        ...


class UnknownAppError(ValueError):
    """Raised when a product is to be an app of a kind that it does not have."""


@dataclass(frozen=True)
class Product:
    """How to build an API.

    build: from the knowledge base, the key, the kind of app and the version.
    base: what follows the server's address in the base URL that a client is given.
    apps: the kinds of app there are, the usual one first; none where there is no choice.
    bases: the base of those apps that are found elsewhere, or of one version of them (`ragflow 0.24`).
    versions: which there are of each kind of app ("": of every kind), the newest last.
    titles: those apps that are a product of their own.
    faults: those that only this product has, with a sentence each.
    """

    title: str
    build: Callable[[KnowledgeBase, str, str, str], Api]
    base: str = ""
    apps: Sequence[str] = ()
    bases: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    def app(self, kind: str) -> str:
        """The kind of app, or the usual one for "".

        Raises:
            UnknownAppError: there is no such kind.
        """
        if not kind:
            return next(iter(self.apps), "")
        if kind not in self.apps:
            known = f"Its apps are: {', '.join(self.apps)}." if self.apps else "It has no kinds of app."
            raise UnknownAppError(f"{self.title} has no app of the kind {kind!r}. {known}")
        return kind

    def version(self, app: str, version: str) -> str:
        """The version, or the newest one for ""; "" where there is no choice.

        app: a kind of app that there is.

        Raises:
            UnknownVersionError: the server cannot be of that version.
        """
        known = self.versions.get(app, self.versions.get("", ()))
        if not version:
            return known[-1] if known else ""
        if version not in known:
            there_is = f"It can be: {', '.join(known)}." if known else "There is one version of it only."
            raise UnknownVersionError(f"{self.name(app)} cannot be of version {version!r}. {there_is}")
        return version

    def name(self, app: str, version: str = "") -> str:
        """What people call it: `Dify 1.12 (chatflow)`, `FastGPT 4.18`."""
        kind = f" ({app})" if app and app not in self.titles else ""
        return f"{self.titles.get(app, self.title)}{version and f' {version}'}{kind}"

    def base_of(self, app: str, version: str) -> str:
        """What follows the server's address."""
        return self.bases.get(f"{app} {version}", self.bases.get(app, self.base))

    def declare(self, faults: FaultBoard) -> None:
        """Make known what can go wrong."""
        declare_faults(faults)
        for name, sentence in self.faults.items():
            faults.declare(name, sentence)


PRODUCTS: dict[str, Product] = {
    "anythingllm": Product(
        "AnythingLLM",
        AnythingLLMApi,
        apps=ANYTHINGLLM_MODES,
        titles={"single-user": "AnythingLLM"},
        versions={"": tuple(map(str, ANYTHINGLLM_VERSIONS))},
        faults=ANYTHINGLLM_FAULTS,
    ),
    "dify": Product(
        "Dify",
        DifyApi,
        base="/v1",
        apps=tuple(DIFY_APPS),
        versions={"": tuple(map(str, DIFY_VERSIONS))},
        faults=DIFY_FAULTS,
    ),
    "openai": Product(
        "OpenAI-compatible",
        OpenAIApi,
        base="/v1",
        apps=tuple(OPENAI_VERSIONS),
        bases=OPENAI_BASES,
        versions=OPENAI_VERSIONS,
        titles=OPENAI_TITLES,
        faults=OPENAI_FAULTS,
    ),
    "bailian": Product("Bailian", BailianApi, apps=BAILIAN_APPS, faults=BAILIAN_FAULTS),
    "coze": Product(
        "Coze",
        CozeApi,
        apps=tuple(COZE_VERSIONS),
        versions=COZE_VERSIONS,
        titles=COZE_TITLES,
        faults=COZE_FAULTS,
    ),
    "http": Product(
        "HTTP",
        http_api,
        apps=tuple(PRESETS),
        bases={name: preset.base for name, preset in PRESETS.items()},
        titles={name: preset.title for name, preset in PRESETS.items()},
        faults={fault: said for preset in PRESETS.values() for fault, said in preset.faults.items()},
    ),
}


def every_version() -> str:
    """The versions of every product for the help of a command line; the last one is the usual one."""
    return "; ".join(
        f"{product.titles.get(app, app or name)}: {', '.join(versions)}"
        for name, product in PRODUCTS.items()
        for app, versions in product.versions.items()
    )


def declare_every_fault(faults: FaultBoard) -> None:
    """Make the faults of all products known, before it is known which one will be spoken."""
    for product in PRODUCTS.values():
        product.declare(faults)
