"""AnythingLLM: a workspace's streaming chat over its developer API."""

from rag_on_dingtalk.backends.anythingllm.backend import AnythingLLMBackend

__all__ = ["AnythingLLMBackend"]
