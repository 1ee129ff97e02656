"""Bailian (百炼, Alibaba Cloud Model Studio): an application over DashScope's completion API.

Read in the documentation and in the source of DashScope's Python package, never run. What the documentation
leaves open is taken either way: a session id that has expired may fail or begin anew.
"""

from rag_on_dingtalk.backends.bailian.backend import BailianBackend

__all__ = ["BailianBackend"]
