"""Which server each kind can be: versions of FastGPT and RAGFlow, and plain servers that differ for a client.

FastGPT: 4.8 was read in its source, the rest in documents. RAGFlow: its source of 2026; up to 0.25 it said
everything twice. Plain: vLLM renamed its reasoning field and its errors, new-api is a gateway with errors of
its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulators.rag_server.versions import Version

FASTGPT_4_8, FASTGPT_4_9, FASTGPT_4_18 = (Version.of(text) for text in ("4.8", "4.9", "4.18"))
RAGFLOW_0_24, RAGFLOW_0_25, RAGFLOW_0_26 = (Version.of(text) for text in ("0.24", "0.25", "0.26"))


@dataclass(frozen=True)
class Server:
    """A plain server.

    error_shape: as `knowledge.openai.error_shape` has it. reasoning: as `knowledge.openai.reasoning` has it.
    """

    error_shape: str
    reasoning: str


#: The usual one last.
SERVERS = {
    "vllm-0.7": Server("vllm", ""),
    "vllm-0.26": Server("openai", "reasoning"),
    "new-api": Server("new_api", ""),
    "openai": Server("openai", ""),
}

#: The kind of server → what it can be, the newest or usual one last.
VERSIONS = {
    "plain": tuple(SERVERS),
    "fastgpt": tuple(map(str, (FASTGPT_4_8, FASTGPT_4_9, FASTGPT_4_18))),
    "ragflow": tuple(map(str, (RAGFLOW_0_24, RAGFLOW_0_25, RAGFLOW_0_26))),
    "ark-bots": ("2026",),
    "open-webui": ("0.6",),
}
