"""`infra/s.yaml`: what is deployed, and what `python -m devserver` runs."""

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

from emulators.function_compute.description.expressions import resolve
from emulators.function_compute.description.s_yaml import load
from infra.package.build import functions
from infra.package.publish import COMPONENT
from infra.package.wheels.target import TARGETS, Target
from tests.infra.serverless_devs.fc3_facts import complaints
from tests.infra.serverless_devs.fc3_lints import lint
from tests.infra.serverless_devs.reserved_names import read_by_s_yaml, set_in_env_file
from tests.infra.terraform.plans.changes import changes

ROOT = Path(__file__).parents[3]
S_YAML = ROOT / "infra" / "s.yaml"
S_VPC = ROOT / "infra" / "s.vpc.yaml"
FC3_SCHEMA = os.environ.get("FC3_SCHEMA", "")

#: Function Compute, "Limits": instances of a fresh account in one region, and the share that may be reserved.
ACCOUNT_INSTANCES = 100
RESERVABLE = 0.9

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
def test_the_component_takes_every_function(props: dict[str, Any]) -> None:
    assert complaints(props) == []


if FC3_SCHEMA:
    # An extra where fc3's own src/schema.json is at hand: fc3_facts.yaml is held against it.
    @each_function
    def test_the_facts_are_no_kinder_than_the_components_own_schema(props: dict[str, Any]) -> None:
        schema = json.loads(Path(FC3_SCHEMA).read_text(encoding="utf-8"))

        assert [error.message for error in Draft7Validator(schema).iter_errors(props)] == []
        for place, changed in changes(props):
            theirs = list(Draft7Validator(schema).iter_errors(changed))
            assert not theirs or complaints(changed), f"fc3 refuses {place} where fc3_facts.yaml takes it"


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


def test_every_function_queues_for_the_one_that_answers() -> None:
    answer = RESOURCES["async_answer"]["props"]["functionName"]
    environments = [resource["props"]["environmentVariables"] for resource in RESOURCES.values()]

    assert [one["ANSWER_FUNCTION"] for one in environments] == [answer] * len(RESOURCES)
    assert len({one["INVOKE_ENDPOINT"] for one in environments}) == 1


def test_dingtalk_can_reach_the_callback_and_nobody_the_other_functions() -> None:
    triggers = {name: resource["props"].get("triggers", []) for name, resource in RESOURCES.items()}
    (dingtalk,) = triggers.pop("callback")

    assert dingtalk["triggerConfig"]["authType"] == "anonymous"
    assert "POST" in dingtalk["triggerConfig"]["methods"]
    assert not [
        trigger for others in triggers.values() for trigger in others if trigger["triggerType"] == "http"
    ]


def test_two_deployments_fit_into_a_fresh_account() -> None:
    instances = {
        name: resource["props"]["concurrencyConfig"]["reservedConcurrency"]
        for name, resource in RESOURCES.items()
    }

    assert 2 * sum(instances.values()) <= RESERVABLE * ACCOUNT_INSTANCES
    assert min(instances.values()) > 0


def test_the_instances_of_every_function_that_people_make_busy_are_decided_by_a_variable() -> None:
    decided = resources(CALLBACK_INSTANCES="60", ANSWER_INSTANCES="10", FAILED_ANSWER_INSTANCES="4")

    assert {
        name: resource["props"]["concurrencyConfig"]["reservedConcurrency"]
        for name, resource in decided.items()
    } == {"callback": 60, "async_answer": 10, "failed_answer": 4, "housekeeping": 1}
    assert [problem for resource in decided.values() for problem in complaints(resource["props"])] == []


def test_every_secret_may_come_from_kms_alone() -> None:
    environment = {"TABLESTORE_ENDPOINT": "https://x", "TABLESTORE_INSTANCE": "x"}
    document = yaml.safe_load(S_YAML.read_text(encoding="utf-8"))

    resolved = resolve(document, environment, account_id="1000000000000001")["resources"]

    assert resolved["callback"]["props"]["environmentVariables"]["DINGTALK_CLIENT_SECRET"] == ""


def test_logs_go_to_a_store_of_our_own_and_no_rule_joins_lines() -> None:
    configs = [resource["props"]["logConfig"] for resource in RESOURCES.values()]

    assert configs == [
        {
            "project": "rag-on-dingtalk-1000000000000001-cn-hangzhou",
            "logstore": "functions",
            "enableRequestMetrics": True,
            "enableInstanceMetrics": False,
            "logBeginRule": "None",
        }
    ] * len(RESOURCES)


def test_a_function_that_another_names_is_deployed_before_it() -> None:
    order = list(RESOURCES)
    names = {resource["props"]["functionName"]: name for name, resource in RESOURCES.items()}

    for number, resource in enumerate(RESOURCES.values()):
        own = resource["props"]["functionName"]
        # failed_answer and housekeeping queue again what callback, the last one, has queued before.
        later = "" if order[number] == "callback" else "ANSWER_FUNCTION"
        environment = resource["props"]["environmentVariables"]
        kept = {name: value for name, value in environment.items() if name != later}
        text = json.dumps({**resource["props"], "environmentVariables": kept})
        named = {names[name] for name in names if name != own and re.search(rf"{name}(?![\w-])", text)}
        assert named <= set(order[:number])


def test_what_reads_a_job_is_deployed_before_what_writes_it() -> None:
    assert list(RESOURCES) == ["failed_answer", "housekeeping", "async_answer", "callback"]


def test_the_component_is_of_one_version_everywhere() -> None:
    components = {resource["component"] for resource in RESOURCES.values()}

    assert components == {COMPONENT}
    assert re.fullmatch(r"fc3@\d+\.\d+\.\d+", COMPONENT)


@pytest.mark.parametrize("target", TARGETS.values(), ids=list(TARGETS))
def test_one_variable_decides_the_python_of_everything(target: Target) -> None:
    deployed = {name: resource["props"] for name, resource in resources(DEPLOY_PYTHON=target.version).items()}

    for name in ("callback", "async_answer"):
        assert deployed[name].pop("runtime") == target.custom_runtime
        path = deployed[name]["environmentVariables"]["PATH"]
        assert path.startswith(f"/var/fc/lang/{target.runtime}/bin:")
    assert {props.get("runtime", target.runtime) for props in deployed.values()} == {target.runtime}
    assert {name: props["code"] for name, props in deployed.items()} == {
        # The console is deployed where bots.yaml has it.
        name: f"../dist/{target.runtime}/{name}.zip"
        for name in functions()
        if name != "console"
    }


def test_without_that_variable_python_is_the_newest() -> None:
    assert resources(DEPLOY_PYTHON="3.12") == RESOURCES


def test_whatever_is_deployed_is_packaged_first() -> None:
    arguments = {"name": "rag-on-dingtalk", "region": "cn-hangzhou", "python": "3.12"}
    hooks = [resource["actions"] for resource in RESOURCES.values()]

    assert hooks == [{"pre-deploy": [{"plugin": "./package/hook", "args": arguments}]}] * len(hooks)
    assert (S_YAML.parent / "package" / "hook" / "index.js").is_file()


@pytest.mark.parametrize("app", ["rag-on-dingtalk", "staging"])
def test_every_function_runs_as_a_role_of_its_own_named_after_the_deployment(app: str) -> None:
    deployed = resources(APP_NAME=app)
    roles = [resource["props"]["role"] for resource in deployed.values()]

    assert roles == [f"{app}-{name.replace('_', '-')}" for name in deployed]


def test_two_deployments_of_one_account_share_no_name() -> None:
    ones, others = (
        {
            resource["props"]["functionName"],
            resource["props"]["role"],
            resource["props"]["logConfig"]["project"],
        }
        for app in ("one", "other")
        for resource in [resources(APP_NAME=app)["callback"]]
    )

    assert ones & others == set()


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


def test_the_example_environment_names_everything_that_is_read() -> None:
    """A second environment's file is a copy: what it leaves out would come from the first one's `.env`."""
    named = set(set_in_env_file((ROOT / ".env.example").read_text(encoding="utf-8")))
    files = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in (S_YAML, S_VPC))
    read = {name for file in files for name in read_by_s_yaml(file)}

    # Commands on a person's machine read these, and `s` itself CICD_ENV.
    assert named - read == {
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "DEPLOY_ACCOUNT_ID",
        "CICD_ENV",
    }
    assert read - named == set()


def test_in_a_vpc_every_function_is_in_it() -> None:
    extension = yaml.safe_load(S_VPC.read_text(encoding="utf-8"))
    network = {"VPC_ID": "vpc-1", "VSWITCH_ID": "vsw-1", "SECURITY_GROUP_ID": "sg-1"}

    inside = resolve(extension, network, account_id="1000000000000001")["resources"]

    assert extension["extend"] == "./s.yaml"
    assert set(inside) == set(RESOURCES)
    for name, resource in inside.items():
        assert complaints({**RESOURCES[name]["props"], **resource["props"]}) == []
        assert not resource["props"]["internetAccess"]
