"""What only OpenAI-compatible servers do wrong, or differently from each other."""

from __future__ import annotations

CODE = "knowledge.openai.code"
ERROR_SHAPE = "knowledge.openai.error_shape"
REASONING = "knowledge.openai.reasoning"
FINISH = "knowledge.openai.finish"
NO_DONE = "knowledge.openai.no_done"
ODD_CHUNKS = "knowledge.openai.odd_chunks"
KEEP_ALIVE = "knowledge.openai.keep_alive"
BLOCKED = "knowledge.openai.blocked"

FAULTS = {
    CODE: "A question is refused; value: the error code (insufficient_quota).",
    ERROR_SHAPE: "Errors have another shape; value: text, vllm, detail, flat, one_api, plain or html (text).",
    REASONING: "Reasoning is written in another way; value: reasoning, both or tag (reasoning).",
    FINISH: "The answer ends for another reason; value: length or content_filter (length).",
    NO_DONE: "A stream ends without [DONE].",
    ODD_CHUNKS: "A stream has chunks without choices, delta or content, and reasons that are empty.",
    KEEP_ALIVE: "Comments come while nothing else does; value: seconds between two (1).",
    BLOCKED: "Content review ends a stream midway; value: after how many pieces (5).",
}
