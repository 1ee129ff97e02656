"""Anything that answers over HTTP: settings say what is sent, and where the answer is in what comes back."""

from rag_on_dingtalk.backends.http.backend import HttpBackend

__all__ = ["HttpBackend"]
