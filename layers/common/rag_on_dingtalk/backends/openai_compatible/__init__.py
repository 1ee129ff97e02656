"""Anything that speaks OpenAI's chat completions, with what FastGPT and RAGFlow add to them.

FastGPT and RAGFlow were read in source and documentation, never run; OpenAI's own shapes are everybody's.
"""

from rag_on_dingtalk.backends.openai_compatible.backend import OpenAIBackend

__all__ = ["OpenAIBackend"]
