"""Coze (扣子): bots and chatflows over its v3 API, in the cloud and in Coze Studio.

Read in its documentation, in its Python client and in the source of Coze Studio, never run.
"""

from rag_on_dingtalk.backends.coze.backend import CozeBackend

__all__ = ["CozeBackend"]
