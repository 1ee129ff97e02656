"""Dify: its apps of all kinds over the service API.

Event shapes were observed on 0.6.16, 0.15.3 and 1.12.1; those of the New Agent and of Human Input nodes are
documented only.
"""

from rag_on_dingtalk.backends.dify.backend import DifyBackend

__all__ = ["DifyBackend"]
