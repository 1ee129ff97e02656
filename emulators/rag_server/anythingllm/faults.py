"""What only AnythingLLM does differently."""

from __future__ import annotations

AGENT = "knowledge.anythingllm.agent"

FAULTS = {
    AGENT: "A question is answered by an agent, as one that begins with @agent always is.",
}
