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
NO_STREAM_OPTIONS = "knowledge.openai.no_stream_options"
WHOLE = "knowledge.openai.whole"
REFUSAL = "knowledge.openai.refusal"
INTERACTIVE = "knowledge.openai.interactive"
NESTED_SOURCES = "knowledge.openai.nested_sources"
OLD_MARKS = "knowledge.openai.old_marks"

FAULTS = {
    CODE: "A question is refused; value: the error code (insufficient_quota).",
    ERROR_SHAPE: "Errors have another shape; value: text, vllm, detail, flat, one_api, new_api, plain, html.",
    REASONING: "Reasoning is written in another way; value: reasoning, both or tag (reasoning).",
    FINISH: "The answer ends for another reason; value: length, content_filter or any word (length).",
    NO_DONE: "A stream ends without [DONE].",
    ODD_CHUNKS: "A stream has chunks without choices, delta or content, and reasons that are empty.",
    KEEP_ALIVE: "Comments come while nothing else does; value: seconds between two (1).",
    BLOCKED: "Content review ends a stream midway; value: after how many pieces (5).",
    NO_STREAM_OPTIONS: "A request with stream_options is refused; value: the status (422).",
    WHOLE: "A stream is asked for and a whole document is sent.",
    REFUSAL: "The model refuses, in a field of its own.",
    INTERACTIVE: "FastGPT waits for a choice, or a form, before it answers; value: userSelect or userInput.",
    NESTED_SOURCES: "FastGPT's sources are those of a tool, inside another node's details.",
    OLD_MARKS: "RAGFlow's citation marks are the old ones, ##0$$.",
}
