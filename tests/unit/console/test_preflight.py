from __future__ import annotations

import pytest

from local.function_compute.s_yaml import Function
from local.preflight import check_passed_on, check_secrets
from rag_on_dingtalk.config import AnythingLLM, Bot, Bots, DingTalkApp
from rag_on_dingtalk.errors import ConfigurationError

BOTS = Bots(
    bots={
        "handbook": Bot(
            dingtalk=DingTalkApp(client_id="dingapp1", client_secret="env:SECRET"),
            backend=AnythingLLM(base_url="https://kb.example.com", api_key="env:KEY", workspace="handbook"),
        )
    }
)


def function(name: str, *passed_on: str) -> Function:
    return Function(
        name=name,
        region="cn-hangzhou",
        runtime="python3.12",
        code=".",
        environment_variables=dict.fromkeys(passed_on, ""),
    )


def test_everything_there_is_fine() -> None:
    check_secrets(BOTS, {"SECRET": "s", "KEY": "k"})
    functions = [function("callback", "SECRET"), function("answer", "SECRET", "KEY")]
    check_passed_on(BOTS, functions, callback="callback")


@pytest.mark.parametrize(
    ("missing", "where"), [("SECRET", "dingtalk.client_secret"), ("KEY", "backend.api_key")]
)
def test_a_missing_secret_is_named_with_its_place(missing: str, where: str) -> None:
    environ = {"SECRET": "s", "KEY": "k", missing: ""}

    with pytest.raises(ConfigurationError, match=f"bots.handbook.{where}.* {missing} "):
        check_secrets(BOTS, environ)


@pytest.mark.parametrize(
    ("callback", "answer", "sentence"),
    [
        ([], ["SECRET", "KEY"], "SECRET on to callback"),
        (["SECRET"], ["KEY"], "SECRET on to answer"),
        (["SECRET"], ["SECRET"], "KEY on to answer"),
    ],
)
def test_a_variable_that_s_yaml_forgets_is_named_with_what_to_add(
    callback: list[str], answer: list[str], sentence: str
) -> None:
    functions = [function("callback", *callback), function("answer", *answer)]

    with pytest.raises(ConfigurationError, match=f"{sentence}.*Add `"):
        check_passed_on(BOTS, functions, callback="callback")
