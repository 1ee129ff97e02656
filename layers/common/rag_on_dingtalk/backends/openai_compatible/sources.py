"""Where the products name their sources, each in a field of its own. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag_on_dingtalk.backends.citations.sources import excerpt, web_link
from rag_on_dingtalk.backends.transport.reply import object_of, objects, text_of
from rag_on_dingtalk.models.answer import Citation

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where FastGPT nests the nodes of a tool, a plug-in, a loop or a sub-flow.
_DETAILS = ("toolDetail", "pluginDetail", "loopDetail", "childrenResponses", "parallelDetail")
_MOST_QUOTATIONS = 1_000


def further_sources(flavour: str, fields: dict[str, Any]) -> Iterator[Citation]:
    """The sources that a chunk of Ark's bots or of Open WebUI names beside its choices."""
    if flavour == "ark-bots":
        # Of the web `url`, `title`, `summary`; of a knowledge base `doc_name`, `chunk_title` and no address.
        for one in objects(fields.get("references")):
            yield Citation(
                title=text_of(one, "title", "doc_title", "doc_name", "chunk_title").strip(),
                url=web_link(one.get("url")),
                excerpt=excerpt(text_of(one, "summary", "content", "chunk_title")),
                place=text_of(one, "site_name"),
            )
    elif flavour == "open-webui":
        for one in objects(fields.get("sources")):
            source, documents = object_of(one.get("source")), one.get("document")
            said = documents[0] if isinstance(documents, list) and documents else ""
            about = next(iter(objects(one.get("metadata"))), {})
            yield Citation(
                title=text_of(source, "name") or text_of(about, "name", "source"),
                url=web_link(source.get("url") or about.get("source")),
                excerpt=excerpt(said) if isinstance(said, str) else "",
            )


def quotations(responses: object) -> list[dict[str, Any]]:
    """The quotations of all nodes, those of tools, plug-ins and sub-flows included."""
    found: list[dict[str, Any]] = []
    waiting = objects(responses)[::-1]
    while waiting and len(found) < _MOST_QUOTATIONS:
        node = waiting.pop()
        found += objects(node.get("quoteList"))
        for name in _DETAILS:
            waiting += objects(node.get(name))[::-1]
    return found


def quotation(row: dict[str, Any]) -> Citation:
    """One of them as a person is shown it."""
    said = " ".join(filter(None, (text_of(row, "q"), text_of(row, "a"))))
    return Citation(title=text_of(row, "sourceName").strip(), excerpt=excerpt(said))


def chunks(reference: object) -> list[dict[str, Any]]:
    """RAGFlow's chunks: in a list, or by number, on their own or as one member among others."""
    found = object_of(reference).get("chunks", reference)
    return objects(list(found.values()) if isinstance(found, dict) else found)


def chunk_citation(chunk: dict[str, Any]) -> Citation:
    """One of them as a person is shown it."""
    return Citation(
        title=text_of(chunk, "document_name").strip(),
        url=web_link(chunk.get("url")),
        excerpt=excerpt(text_of(chunk, "content")),
    )
