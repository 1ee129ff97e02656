"""A small knowledge server over a company handbook, which speaks the API of one of several RAG products.

`python -m local.knowledge` runs it alone. The demo and the tests run it inside their own event loop.
"""

from .products import PRODUCTS, UnknownAppError, declare_every_fault
from .server import KnowledgeServer

__all__ = ["PRODUCTS", "KnowledgeServer", "UnknownAppError", "declare_every_fault"]
