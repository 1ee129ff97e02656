from __future__ import annotations

import pytest

from rag_on_dingtalk.backends.verdicts.finish_reasons import Ending, ending_of, reason_in

#: One word of every server that is known to send another; the table in the module has more.
WORDS = {
    "": Ending.NONE,
    "null": Ending.NONE,
    "stop": Ending.WHOLE,
    "STOP": Ending.WHOLE,
    "eos_token": Ending.WHOLE,
    "end_turn": Ending.WHOLE,
    "stop_sequence": Ending.WHOLE,
    "COMPLETE": Ending.WHOLE,
    "tool_calls": Ending.TOOLS,
    "function_call": Ending.TOOLS,
    "length": Ending.CUT,
    "MAX_TOKENS": Ending.CUT,
    "max_output_tokens": Ending.CUT,
    "model_context_window_exceeded": Ending.CUT,
    "model_length": Ending.CUT,
    "content_filter": Ending.BLOCKED,
    "sensitive": Ending.BLOCKED,
    "SAFETY": Ending.BLOCKED,
    "RECITATION": Ending.BLOCKED,
    "PROHIBITED_CONTENT": Ending.BLOCKED,
    "refusal": Ending.BLOCKED,
    "guardrail_intervened": Ending.BLOCKED,
    "abort": Ending.FAILED,
    "error": Ending.FAILED,
    "network_error": Ending.FAILED,
    "insufficient_system_resource": Ending.FAILED,
    "MALFORMED_FUNCTION_CALL": Ending.FAILED,
    "cancelled": Ending.FAILED,
    "OTHER": Ending.FAILED,
    "no_content": Ending.NOTHING_FOUND,
    "brand-new-reason": Ending.UNKNOWN,
    "stopped?": Ending.UNKNOWN,
}


@pytest.mark.parametrize("word", WORDS)
def test_a_reason_says_how_the_answer_ended(word: str) -> None:
    assert ending_of(word) is WORDS[word]


@pytest.mark.parametrize("written", ["max_tokens", "MAX_TOKENS", "MaxTokens", "max-tokens", "max tokens"])
def test_a_reason_may_be_written_in_several_ways(written: str) -> None:
    assert ending_of(written) is Ending.CUT


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        ({"finish_reason": "stop"}, "stop"),
        ({"finish_reason": None, "finishReason": "STOP"}, "STOP"),
        ({"done_reason": "stop"}, "stop"),
        ({"finish_reason": {"type": "abort", "message": "gone"}}, "abort"),
        ({"finish_reason": {"type": "length", "length": 4096}}, "length"),
        ({"finish_reason": ""}, ""),
        ({"finish_reason": None}, ""),
        ({"finish_reason": 3}, ""),
        ({}, ""),
    ],
)
def test_a_reason_is_found_where_servers_put_it(choice: dict[str, object], reason: str) -> None:
    assert reason_in(choice) == reason
