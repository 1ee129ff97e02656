"""A company's wiki as a backend: it streams server-sent events and names the pages it read."""

from company_wiki.backend import Wiki

__all__ = ["Wiki"]
