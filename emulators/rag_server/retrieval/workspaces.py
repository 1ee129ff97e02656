"""The workspaces of the server: which documents each one answers from, and how."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from emulators.rag_server.retrieval.chunks import split_document
from emulators.rag_server.retrieval.ranking import Index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emulators.rag_server.retrieval.documents import Document

#: What AnythingLLM says in query mode when a workspace has no refusal text of its own.
DEFAULT_REFUSAL = "There is no relevant information in this workspace to answer your query."

_IT_DOCUMENTS = ("it-services", "information-security")


@dataclass(frozen=True)
class Workspace:
    """One knowledge base.

    chat_mode: `chat`, `query` or `automatic`; used when a request names none.
    refusal: said in query mode when nothing was found; None for the product's default.
    history_window: how many earlier turns of a session are looked at.
    """

    id: int
    slug: str
    name: str
    index: Index
    chat_mode: str = "chat"
    refusal: str | None = None
    history_window: int = 20
    top: int = 4
    threshold: float = 0.2

    @property
    def refusal_text(self) -> str:
        """What to say when nothing was found."""
        return DEFAULT_REFUSAL if self.refusal is None else self.refusal


def workspaces_over(documents: Sequence[Document]) -> dict[str, Workspace]:
    """`handbook` over every document and `it` over the IT ones, by slug."""
    it_documents = tuple(document for document in documents if document.name in _IT_DOCUMENTS)
    handbook = Workspace(1, "handbook", "员工手册", _index(tuple(documents)))
    it = Workspace(
        2, "it", "IT 服务台", _index(it_documents), refusal="IT 知识库里没有相关内容，请拨分机 8000。"
    )
    return {workspace.slug: workspace for workspace in (handbook, it)}


@lru_cache(maxsize=8)
def _index(documents: tuple[Document, ...]) -> Index:
    # An index is only read: servers over the same documents share one, and start without building it anew.
    return Index([chunk for document in documents for chunk in split_document(document)])
