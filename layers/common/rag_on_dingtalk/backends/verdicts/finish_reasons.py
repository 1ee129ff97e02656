"""Why a model stopped writing: the words of the servers that speak OpenAI's protocol, or nearly. Pure."""

from __future__ import annotations

from enum import Enum, auto


class Ending(Enum):
    """What a finish reason says about the answer."""

    NONE = auto()  # it goes on
    TOOLS = auto()  # whole, unless a gateway runs the tools itself and goes on in the same stream
    WHOLE = auto()
    CUT = auto()  # the model had more to say
    BLOCKED = auto()  # a filter has stopped it
    FAILED = auto()
    NOTHING_FOUND = auto()
    UNKNOWN = auto()  # to be treated as CUT


#: Without case, `_`, `-` and blanks. Sources: OpenAI, Azure, vLLM, SGLang, DeepSeek, Zhipu, Moonshot,
#: MiniMax, Gemini's compatible endpoint, Anthropic's words passed on by gateways, Ollama, llama.cpp, TGI,
#: Cohere, FastGPT.
_WORDS: dict[Ending, str] = {
    Ending.NONE: "null none",
    Ending.TOOLS: "tool_calls tool_call tool_use function_call tool pause_turn",
    Ending.WHOLE: "stop end eos eos_token end_turn stop_sequence stop_word complete completed done finish "
    "finished success",
    Ending.CUT: "length max_tokens max_token max_output_tokens max_completion_tokens max_length token_limit "
    "limit max_context_length model_length model_context_window_exceeded context_length_exceeded "
    "context_window_exceeded incomplete error_limit error_toxic_limit truncated",
    Ending.BLOCKED: "content_filter content_filtered content_filter_error sensitive safety recitation "
    "blocklist prohibited_content spii image_safety image_prohibited_content refusal error_toxic moderation "
    "content_moderation guardrail_intervened guardrails risk risk_control data_inspection_failed "
    "prompt_blocked blocked language",
    Ending.FAILED: "error abort aborted cancel canceled cancelled network_error timeout time_out "
    "insufficient_system_resource insufficient_system_resources overloaded engine_overloaded "
    "malformed_function_call unexpected_tool_call too_many_tool_calls malformed_response internal_error "
    "server_error failed failure exception interrupted close closed disconnect disconnected preempted "
    "image_other other finish_reason_unspecified unspecified user_cancel",
    # AnythingLLM's facade: its refusal in query mode.
    Ending.NOTHING_FOUND: "no_content",
}


def _plain(word: str) -> str:
    return "".join(character for character in word.lower() if character.isalnum())


_ENDINGS = {_plain(word): ending for ending, words in _WORDS.items() for word in words.split()}


def reason_in(choice: dict[str, object]) -> str:
    """The finish reason of a choice, empty while there is none; some send an object."""
    for name in ("finish_reason", "finishReason", "done_reason"):
        reason = choice.get(name)
        if isinstance(reason, dict):
            reason = reason.get("type") or reason.get("reason")
        if isinstance(reason, str) and reason:
            return reason
    return ""


def ending_of(reason: str) -> Ending:
    """What `reason` says; UNKNOWN for one that no known server sends."""
    return _ENDINGS.get(_plain(reason), Ending.UNKNOWN) if reason.strip() else Ending.NONE
