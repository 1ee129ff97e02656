"""The products whose API the server can speak."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from .anythingllm.app import AnythingLLMApi
from .bailian.answering import KINDS as BAILIAN_APPS
from .bailian.app import BailianApi
from .bailian.faults import FAULTS as BAILIAN_FAULTS
from .dify.app import DifyApi
from .dify.apps import APPS as DIFY_APPS
from .dify.faults import FAULTS as DIFY_FAULTS
from .misbehaviour import declare_faults
from .openai.app import BASES as OPENAI_BASES
from .openai.app import OpenAIApi
from .openai.faults import FAULTS as OPENAI_FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.routing import BaseRoute

    from local.faults import FaultBoard

    from .desk import Desk
    from .door import Door


class Api(Protocol):
    """A product's API over a desk."""

    door: Door

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

    build: from the desk, the key and the kind of app.
    base: what follows the server's address in the base URL that a client is given.
    apps: the kinds of app there are, the usual one first; none where there is no choice.
    bases: the base of those apps that are found elsewhere.
    faults: those that only this product has, with a sentence each.
    """

    title: str
    build: Callable[[Desk, str, str], Api]
    base: str = ""
    apps: Sequence[str] = ()
    bases: Mapping[str, str] = field(default_factory=dict)
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

    def declare(self, faults: FaultBoard) -> None:
        """Make known what can go wrong."""
        declare_faults(faults)
        for name, sentence in self.faults.items():
            faults.declare(name, sentence)


PRODUCTS: dict[str, Product] = {
    "anythingllm": Product("AnythingLLM", AnythingLLMApi),
    "dify": Product("Dify", DifyApi, base="/v1", apps=tuple(DIFY_APPS), faults=DIFY_FAULTS),
    "openai": Product(
        "OpenAI-compatible",
        OpenAIApi,
        base="/v1",
        apps=tuple(OPENAI_BASES),
        bases=OPENAI_BASES,
        faults=OPENAI_FAULTS,
    ),
    "bailian": Product("Bailian", BailianApi, apps=BAILIAN_APPS, faults=BAILIAN_FAULTS),
}


def declare_every_fault(faults: FaultBoard) -> None:
    """Make the faults of all products known, before it is known which one will be spoken."""
    for product in PRODUCTS.values():
        product.declare(faults)
