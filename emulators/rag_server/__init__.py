"""A small knowledge server over a company handbook, which speaks the API of one of several RAG products.

`python -m emulators.rag_server` runs it alone. The demo and the tests run it inside their own event loop.
"""

from emulators.rag_server.products import PRODUCTS, UnknownAppError, declare_every_fault, every_version
from emulators.rag_server.server import KnowledgeServer
from emulators.rag_server.versions import UnknownVersionError

__all__ = [
    "PRODUCTS",
    "KnowledgeServer",
    "UnknownAppError",
    "UnknownVersionError",
    "declare_every_fault",
    "every_version",
]
