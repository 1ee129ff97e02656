"""A small knowledge server: AnythingLLM's developer API over a company handbook.

`python -m local.knowledge` runs it alone. The demo and the tests run it inside their own event loop.
"""

from .server import KnowledgeServer

__all__ = ["KnowledgeServer"]
