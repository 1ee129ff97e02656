"""`infra/s.yaml` and `infra/terraform` deploy the same thing, and a change to either alone is noticed."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.infra.terraform.plans.checks import CHECKS, Both
from tests.infra.terraform.plans.environments import ENVIRONMENTS
from tests.infra.terraform.plans.roads import s_road_of, terraform_road
from tests.infra.terraform.plans.s_yaml import DOCUMENT, resources
from tests.infra.terraform.plans.wiring import wiring
from tests.infra.terraform.plans.workspace import TerraformError, Workspace


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_both_roads_hold(environment: str, workspace: Workspace) -> None:
    both = ENVIRONMENTS[environment].both(workspace)

    assert {check: complaints for check in CHECKS if (complaints := CHECKS[check](both))} == {}


@pytest.mark.parametrize(
    ("place", "value", "caught_by"),
    [
        ("vars.name", "another", "same names"),
        ("vars.region", "cn-shanghai", "same queues"),
        ("failed_answer.logConfig.logBeginRule", "DefaultRegex", "same logs"),
        ("callback.logConfig", "auto", "same logs"),
        ("callback.logConfig.project", "elsewhere", "same logs"),
        ("callback.triggers.0.qualifier", "live", "same triggers"),
        ("callback.description", "Something else", "same names"),
        ("callback.runtime", "python3.10", "same runtimes"),
        ("failed_answer.handler", "index.main", "same runtimes"),
        ("callback.customRuntimeConfig.port", 9001, "same runtimes"),
        ("async_answer.customRuntimeConfig.command", ["python", "app.py"], "same runtimes"),
        ("async_answer.customRuntimeConfig.port", 8080, "same runtimes"),
        ("callback.cpu", 0.2, "same sizes"),
        ("async_answer.memorySize", 1024, "same sizes"),
        ("failed_answer.timeout", 60, "same sizes"),
        ("housekeeping.diskSize", 10240, "same sizes"),
        ("async_answer.instanceConcurrency", 10, "same concurrency"),
        ("callback.concurrencyConfig.reservedConcurrency", 19, "same concurrency"),
        ("async_answer.asyncInvokeConfig.maxAsyncRetryAttempts", 3, "same queues"),
        ("failed_answer.asyncInvokeConfig.maxAsyncEventAgeInSeconds", 600, "same queues"),
        ("async_answer.asyncInvokeConfig.destinationConfig", {}, "same queues"),
        ("callback.internetAccess", False, "same networks"),
        ("callback.triggers.0.triggerConfig.methods", ["POST"], "same triggers"),
        ("housekeeping.triggers.0.triggerConfig.enable", False, "same triggers"),
        ("async_answer.environmentVariables.PYTHONPATH", "/opt", "same environment"),
        ("callback.environmentVariables.EXTRA", "1", "same environment"),
        ("housekeeping.environmentVariables.ANSWER_FUNCTION", "another", "same environment"),
        ("failed_answer.environmentVariables.INVOKE_ENDPOINT", "https://fc.example", "same environment"),
        ("callback.role", "rag-on-dingtalk-async-answer", "own role each"),
        ("failed_answer.code", "../dist/python3.12/callback.zip", "own zip each"),
        ("failed_answer.instanceConcurrency", 2, "platform rules"),
        ("async_answer.asyncInvokeConfig.asyncTask", True, "platform rules"),
        ("callback.memorysize", 256, "platform rules"),
    ],
)
def test_a_changed_value_in_s_yaml_is_noticed(
    place: str, value: Any, caught_by: str, deployed: dict[str, Any]
) -> None:
    document = copy.deepcopy(DOCUMENT)
    _put(document, place, value)

    both = Both(s=s_road_of(resources(document)), terraform=terraform_road(deployed))

    assert CHECKS[caught_by](both)


@pytest.mark.parametrize(
    ("file", "old", "new", "caught_by"),
    [
        ("variables.tf", '"rag-on-dingtalk"', '"another"', "same names"),
        ("variables.tf", '= "cn-hangzhou"', '= "cn-shanghai"', "same queues"),
        ("locals.tf", '"python${var.python}"', '"python3.10"', "same runtimes"),
        ("functions.tf", "runtime = local.custom_runtime", "runtime = local.runtime", "same runtimes"),
        ("functions.tf", "port    = 9000", "port    = 8080", "same runtimes"),
        ("packages.tf", '"${var.name}-common"', '"common"', "same runtimes"),
        ("functions.tf", "timeout              = 10", "timeout              = 11", "same sizes"),
        ("functions.tf", "disk_size   = 512", "disk_size   = 10240", "same sizes"),
        ("functions.tf", "instance_concurrency = 50", "instance_concurrency = 51", "same concurrency"),
        ("functions.tf", "instance_concurrency = 60", "instance_concurrency = 10", "same concurrency"),
        ("variables.tf", "optional(number, 20)", "optional(number, 21)", "same concurrency"),
        ("functions.tf", 'log_begin_rule = "None"', 'log_begin_rule = "DefaultRegex"', "same logs"),
        ("../logs/store.json", '"functions"', '"other"', "same logs"),
        ("locals.tf", '${var.name}-${local.account}-${var.region}"', '${var.name}-logs"', "same logs"),
        ("locals.tf", '"LATEST" : "live"', '"live" : "LATEST"', "same triggers"),
        ("locals.tf", "${local.account}/${var.region}/", "", "same environment"),
        ("functions.tf", "retries = 2", "retries = 8", "same queues"),
        ("functions.tf", '"failed_answer"', '"housekeeping"', "invocations as named"),
        ("functions.tf", "!local.in_vpc", "false", "same networks"),
        ("triggers.tf", '["POST", "GET"]', '["POST"]', "same triggers"),
        ("triggers.tf", '"@every 10m"', '"@every 1m"', "same triggers"),
        ("functions.tf", 'PYTHONPATH = "/opt/python"', 'PYTHONPATH = "/opt"', "same environment"),
        ("functions.tf", "LOG_LEVEL           = var.log_level\n", "", "same environment"),
        ("tables.json", '"time_to_live": 604800', '"time_to_live": 86400', "same tables"),
        ("tables.json", '"allow_update": false', '"allow_update": true', "same tables"),
        (
            "tables.json",
            '"number",\n        "type": "Integer"',
            '"number",\n        "type": "String"',
            "same tables",
        ),
        ("packages.tf", "keys(local.functions)))", 'keys(local.functions), ["x"]))', "deployable"),
        (
            "functions.tf",
            "alicloud_oss_bucket_object.package[try(each.value.program, each.key)].key",
            'alicloud_oss_bucket_object.package["callback"].key',
            "own zip each",
        ),
        (
            "functions.tf",
            "alicloud_ram_role.this[try(each.value.program, each.key)].arn",
            'alicloud_ram_role.this["async_answer"].arn',
            "own role each",
        ),
        (
            "functions.tf",
            "custom_runtime_config.value\n",
            "custom_runtime_config.value\n      cpus = 1\n",
            "deployable",
        ),
        ("../policies/callback.json", '"fc:InvokeFunction"', '"fc:*"', "least privilege"),
        ("../policies/housekeeping.json", "instance/${TABLESTORE_INSTANCE}/table/*", "*", "least privilege"),
        (
            "../policies/trust.json",
            '"fc.aliyuncs.com"',
            '"fc.aliyuncs.com", "ecs.aliyuncs.com"',
            "least privilege",
        ),
        (
            "../policies/housekeeping.json",
            '${APP_NAME}-async-answer"',
            '${APP_NAME}-*"',
            "invocations as named",
        ),
        (
            "../policies/failed_answer.json",
            '${APP_NAME}-async-answer"',
            '${APP_NAME}-callback"',
            "invocations as named",
        ),
        ("../policies/async_answer.json", '"fc:InvokeFunction"', '"fc:GetFunction"', "actions as coded"),
        ("../policies/failed_answer.json", '"ots:PutRow", ', "", "actions as coded"),
        (
            "../policies/housekeeping.json",
            '"ots:DeleteRow"',
            '"ots:DeleteRow", "ots:DeleteTable"',
            "actions as coded",
        ),
        ("roles.tf", "policies/${each.key}.json", "policies/async_answer.json", "same grants"),
    ],
)
def test_a_changed_value_in_terraform_is_noticed(
    file: str, old: str, new: str, caught_by: str, workspace: Workspace
) -> None:
    workspace.replace(file, old, new)

    assert CHECKS[caught_by](_both(workspace))


def _both(workspace: Workspace) -> Both:
    """The roads after one file was changed; what is refused deploys nothing."""
    state: dict[str, Any] = {"root_module": {"resources": []}}
    refusals = []
    try:
        state = workspace.outcome()
    except TerraformError as error:
        refusals = [str(error)]
    return Both(
        s=s_road_of(resources()), terraform=terraform_road(state), refusals=refusals, crossed=wiring(state)
    )


def _put(document: dict[str, Any], place: str, value: Any) -> None:
    first, *path = place.split(".")
    node: Any = document["vars"] if first == "vars" else document["resources"][first]["props"]
    for key in path[:-1]:
        node = node[int(key) if isinstance(node, list) else key]
    node[path[-1]] = value
