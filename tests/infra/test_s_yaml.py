"""`infra/s.yaml`: what is deployed, and what `python -m local` runs."""

from __future__ import annotations

import ast
import copy
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from infra.package.build import functions
from infra.package.target import TARGETS, Target
from local.function_compute.expressions import resolve
from local.function_compute.s_yaml import load
from tests.infra.fc3_lints import lint

ROOT = Path(__file__).parents[2]
S_YAML = ROOT / "infra" / "s.yaml"

#: What an engineer must set, at about the length such values have.
ENV = {
    "DINGTALK_CLIENT_SECRET": "s" * 64,
    "TABLESTORE_ENDPOINT": "https://rag-on-dingtalk.cn-hangzhou.ots.aliyuncs.com",
    "TABLESTORE_INSTANCE": "rag-on-dingtalk",
}
#: Set by the platform, or by the local host alone.
NOT_FROM_S_YAML = ("FC_", "ALIBABA_CLOUD_", "LISTEN_HOST")


def resources(**env: str) -> dict[str, Any]:
    """The resources with every expression resolved."""
    document = yaml.safe_load(S_YAML.read_text(encoding="utf-8"))
    resolved: dict[str, Any] = resolve(document, {**ENV, **env}, account_id="1000000000000001")["resources"]
    return resolved


def source(props: dict[str, Any]) -> Path:
    """The folder that the function's zip is made of."""
    return ROOT / "functions" / Path(props["code"]).stem


RESOURCES = resources()
FUNCTIONS = load(S_YAML.read_text(encoding="utf-8"), ENV, account_id="1000000000000001")

each_function = pytest.mark.parametrize(
    "props", [r["props"] for r in RESOURCES.values()], ids=list(RESOURCES)
)


@each_function
def test_every_function_satisfies_the_components_schema(props: dict[str, Any]) -> None:
    path = os.environ.get("FC3_SCHEMA")
    if not path:
        pytest.skip("FC3_SCHEMA is not set. Point it to src/schema.json of the fc3 component (devsapp/fc3).")
    schema = json.loads(Path(path).read_text(encoding="utf-8"))

    assert [error.message for error in Draft7Validator(schema).iter_errors(props)] == []


@each_function
def test_every_function_satisfies_the_rules_the_schema_does_not_know(props: dict[str, Any]) -> None:
    assert lint(props) == []


@each_function
def test_the_code_that_is_named_exists(props: dict[str, Any]) -> None:
    code = source(props)
    if props["runtime"].startswith("custom"):
        assert (code / props["customRuntimeConfig"]["command"][-1]).is_file()
        return
    hooks = props.get("instanceLifecycleConfig", {}).values()
    for handler in [props["handler"], *(hook["handler"] for hook in hooks)]:
        module, _, name = handler.rpartition(".")
        tree = ast.parse((code / f"{module}.py").read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@each_function
def test_every_variable_a_function_reads_is_given_to_it(props: dict[str, Any]) -> None:
    read = set[str]()
    for module in source(props).glob("*.py"):
        read |= _environment_reads(ast.parse(module.read_text(encoding="utf-8")))

    assert {name for name in read if not name.startswith(NOT_FROM_S_YAML)} <= set(
        props["environmentVariables"]
    )


def test_the_callback_queues_for_the_function_that_answers() -> None:
    callback, answer = RESOURCES["callback"]["props"], RESOURCES["async_answer"]["props"]

    assert callback["environmentVariables"]["ANSWER_FUNCTION"] == answer["functionName"]


def test_dingtalk_can_reach_the_callback_and_nobody_the_other_functions() -> None:
    triggers = {name: resource["props"].get("triggers", []) for name, resource in RESOURCES.items()}
    (dingtalk,) = triggers.pop("callback")

    assert dingtalk["triggerConfig"]["authType"] == "anonymous"
    assert "POST" in dingtalk["triggerConfig"]["methods"]
    assert not [
        trigger for others in triggers.values() for trigger in others if trigger["triggerType"] == "http"
    ]


def test_the_bill_is_capped() -> None:
    assert all(
        resource["props"]["concurrencyConfig"]["reservedConcurrency"] <= 50 for resource in RESOURCES.values()
    )


@pytest.mark.parametrize("target", TARGETS.values(), ids=list(TARGETS))
def test_one_variable_decides_the_python_of_everything(target: Target) -> None:
    deployed = {name: resource["props"] for name, resource in resources(FC_PYTHON=target.version).items()}

    assert deployed["async_answer"].pop("runtime") == target.custom_runtime
    path = deployed["async_answer"]["environmentVariables"]["PATH"]
    assert path.startswith(f"/var/fc/lang/{target.runtime}/bin:")
    assert {props.get("runtime", target.runtime) for props in deployed.values()} == {target.runtime}
    assert {name: props["code"] for name, props in deployed.items()} == {
        name: f"../dist/{target.runtime}/{name}.zip" for name in functions()
    }


def test_without_that_variable_python_is_the_newest() -> None:
    assert resources(FC_PYTHON="3.12") == RESOURCES


def test_whatever_is_deployed_is_packaged_first() -> None:
    hooks = [resource["actions"] for resource in RESOURCES.values()]

    assert hooks == [{"pre-deploy": [{"run": "make package ARGS=--publish", "path": "../"}]}] * len(hooks)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^package:.*", makefile, re.MULTILINE)


def test_every_function_runs_as_a_role_of_its_own() -> None:
    roles = [resource["props"]["role"] for resource in RESOURCES.values()]

    assert roles == [f"rag-on-dingtalk-{name.replace('_', '-')}" for name in RESOURCES]


def test_a_secret_is_given_to_nobody_who_does_not_need_it() -> None:
    variables = {name: set(r["props"]["environmentVariables"]) for name, r in RESOURCES.items()}
    callback = variables.pop("callback")
    of_pushes = {
        f"DINGTALK_{name}" for name in ("CLIENT_SECRET_NEXT", "CARD_SECRET", "EVENT_TOKEN", "AES_KEY")
    }

    assert of_pushes <= callback
    assert not {name for name in callback if name.endswith("_API_KEY")}
    assert all(not of_pushes & others for others in variables.values())


def test_what_is_given_up_goes_to_a_function_of_this_file() -> None:
    for function in FUNCTIONS.values():
        destinations = function.async_invoke_config.destination_config
        for destination in (destinations.on_success, destinations.on_failure):
            assert not destination.destination or destination.function in FUNCTIONS


def test_the_local_host_can_run_every_function() -> None:
    assert list(FUNCTIONS) == [resource["props"]["functionName"] for resource in RESOURCES.values()]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"memorysize": 512}, "props.memorysize is no setting"),
        ({"asyncInvokeConfig": {"maxRetries": 1}}, "props.asyncInvokeConfig.maxRetries is no setting"),
        ({"instanceLifecycleConfig": {"preStop": {"timeOut": 1}}}, "preStop.timeOut is no setting"),
        ({"instanceLifecycleConfig": {"preStop": {"timeout": 91}}}, "preStop may take 90 s"),
        ({"cpu": 0.25, "memorySize": 128}, "GB per vCPU must be from 1 to 4"),
        ({"cpu": 0.1, "memorySize": 512}, "GB per vCPU must be from 1 to 4"),
        ({"cpu": 0.33, "memorySize": 512}, "no multiple of 0.05"),
        ({"runtime": "python3.12"}, "only custom runtimes"),
        ({"asyncInvokeConfig": {"asyncTask": True}}, "must not be combined"),
        ({"asyncInvokeConfig": {"maxAsyncEventAgeInSeconds": 5}}, "shorter than one run"),
        ({"environmentVariables": {"FC_ENDPOINT": "x"}}, "FC_ENDPOINT is reserved"),
        ({"environmentVariables": {"A-B": "x"}}, "'A-B' is no variable name"),
        ({"environmentVariables": {"A": "x" * 4096}}, "the environment has 4097 bytes"),
        ({"triggers": [{"triggerType": "http", "triggerConfig": {"authType": "anon"}}]}, "authType 'anon'"),
        (
            {"triggers": [{"triggerType": "timer", "triggerConfig": {"cron": "x"}}]},
            "timer trigger.cron is no setting",
        ),
    ],
)
def test_a_mistake_the_schema_lets_pass_is_found(change: dict[str, Any], complaint: str) -> None:
    props = {**copy.deepcopy(RESOURCES["async_answer"]["props"]), **change}

    assert complaint in "\n".join(lint(props))


def _environment_reads(tree: ast.AST) -> set[str]:
    """The names in `os.environ["X"]` and `os.environ.get("X", …)`."""
    names = set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name))):
                names.add(name)
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="environ"), attr="get"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                names.add(name)
    return names


def test_the_example_environment_names_what_is_read() -> None:
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    read = set(re.findall(r"env\('(\w+)'", S_YAML.read_text(encoding="utf-8")))

    # Tables are created from a person's machine, with a key of their own.
    assert named - read == {"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"}
