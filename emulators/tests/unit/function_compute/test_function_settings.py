"""s.yaml → functions."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from emulators.function_compute.description.expressions import SYamlError
from emulators.function_compute.description.s_yaml import Function, load

BUILTIN = {
    "region": "cn-hangzhou",
    "functionName": "callback",
    "runtime": "python3.12",
    "handler": "index.handler",
    "code": "code",
}
CUSTOM = {"region": "cn-hangzhou", "functionName": "answer", "runtime": "custom.debian11", "code": "code"}


def read(
    *resources: dict[str, Any], component: str = "fc3", env: dict[str, str] | None = None
) -> dict[str, Function]:
    document = {
        "resources": {f"r{n}": {"component": component, "props": props} for n, props in enumerate(resources)}
    }
    return load(yaml.safe_dump(document), env or {}, account_id="123")


def test_what_is_left_out_has_the_components_defaults() -> None:
    function = read(BUILTIN)["callback"]

    assert (function.timeout, function.memory_size, function.instance_concurrency) == (3, 512, 1)
    assert function.async_invoke_config.max_async_retry_attempts == 3
    assert (function.http_trigger, function.timers, function.is_custom) == (None, [], False)


def test_everything_that_matters_is_read() -> None:
    function = read(
        {
            **CUSTOM,
            "timeout": 300,
            "instanceConcurrency": 20,
            "environmentVariables": {"A": "1"},
            "customRuntimeConfig": {"command": ["python3"], "args": ["app.py"], "port": 8080},
            "instanceLifecycleConfig": {"preStop": {"handler": "x", "timeout": 9}},
            "asyncInvokeConfig": {
                "asyncTask": True,
                "maxAsyncEventAgeInSeconds": 600,
                "destinationConfig": {"onFailure": {"destination": "acs:fc:cn-hangzhou::functions/failed"}},
            },
            "concurrencyConfig": {"reservedConcurrency": 5},
            "triggers": [
                {
                    "triggerName": "t",
                    "triggerType": "timer",
                    "triggerConfig": {"cronExpression": "@every 5m", "enable": True},
                },
                {
                    "triggerName": "h",
                    "triggerType": "http",
                    "triggerConfig": {"authType": "anonymous", "methods": ["POST"]},
                },
            ],
        }
    )["answer"]

    assert (function.is_custom, function.timeout, function.instance_concurrency) == (True, 300, 20)
    assert function.custom_runtime_config.command == ("python3",)
    assert function.async_invoke_config.destination_config.on_failure.function == "failed"
    assert function.concurrency_config.reserved_concurrency == 5
    assert function.http_trigger
    assert function.http_trigger.trigger_config.methods == ("POST",)
    assert [timer.trigger_config.cron_expression for timer in function.timers] == ["@every 5m"]
    assert function.arn("123") == "acs:fc:cn-hangzhou:123:functions/answer"


def test_a_number_may_come_from_a_variable() -> None:
    function = read({**BUILTIN, "timeout": "${env('T')}", "memorySize": "${env('M', 256)}"}, env={"T": "7"})[
        "callback"
    ]

    assert (function.timeout, function.memory_size) == (7, 256)


def test_a_destination_that_is_no_function_has_no_function_name() -> None:
    topic = {
        "destinationConfig": {"onFailure": {"destination": "acs:mns:cn-hangzhou:1:/topics/dead/messages"}}
    }
    function = read({**BUILTIN, "asyncInvokeConfig": topic})["callback"]

    assert function.async_invoke_config.destination_config.on_failure.function == ""


def test_other_components_are_left_alone() -> None:
    assert read({"domainName": "auto"}, component="fc3-domain") == {}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"runtime": "nodejs20"}, "runtime nodejs20 cannot run here"),
        ({"runtime": "custom-container"}, "runtime custom-container cannot run here"),
        ({"handler": ""}, "needs a handler"),
        ({"instanceConcurrency": 2}, "takes one request at a time"),
        ({"timeout": "soon"}, "timeout"),
        ({"code": {"ossBucketName": "b"}}, "code"),
        ({"environmentVariables": {"A": 1}}, "environmentVariables"),
        (
            {"instanceLifecycleConfig": {"initializer": {"command": ["sh"]}}},
            "hook with a command cannot run here",
        ),
        (
            {"triggers": [{"triggerName": "h", "triggerType": "http", "triggerConfig": {"authType": "jwt"}}]},
            "only an HTTP trigger with authType anonymous",
        ),
        ({"triggers": [{"triggerName": "h", "triggerType": "oss", "triggerConfig": {}}]}, "oss"),
    ],
)
def test_what_cannot_be_had_here_is_refused_with_its_place(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SYamlError, match=r"s\.yaml, resources\.r0\.props") as refused:
        read({**BUILTIN, **change})

    assert complaint in str(refused.value)


def test_two_functions_of_one_name_are_refused() -> None:
    with pytest.raises(SYamlError, match="same functionName"):
        read(BUILTIN, BUILTIN)


@pytest.mark.parametrize(
    "text", ["", "[]", "resources: []", "a: b: c", "\t", "resources: {r: {component: fc3}}"]
)
def test_what_is_no_s_yaml_is_refused(text: str) -> None:
    with pytest.raises(SYamlError):
        load(text, {}, account_id="123")
