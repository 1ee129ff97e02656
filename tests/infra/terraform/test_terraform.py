"""infra/terraform by itself: what an engineer may decide, what they are told, and what is made then."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from infra.terraform.tables import OUTPUT, tables_json
from rag_on_dingtalk.storage.instance_name import default_name
from tests.infra.terraform.plans.made_up import ACCOUNT_ID
from tests.infra.terraform.plans.roads import terraform_road
from tests.infra.terraform.plans.workspace import (
    DOMAIN,
    INFRA,
    NETWORK,
    VARIABLES,
    TerraformError,
    Workspace,
    every_resource,
    resources,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_formatted(workspace: Workspace) -> None:
    assert workspace.formatted() == ""


def test_the_provider_would_take_it(workspace: Workspace) -> None:
    assert workspace.validate() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("functions.tf", "memory_size = each.value.memory_size", "memory = 512", 'argument named "memory"'),
        ("functions.tf", "  code {", "  kode {", 'type "kode"'),
        ("tables.tf", "time_to_live  = each.value.time_to_live\n", "", '"time_to_live" is required'),
        ("tables.tf", "max_version   = 1", "max_version   = 0", "0 is not from 1"),
        ("functions.tf", "try(each.value.runtime, local.runtime)", '"python3.11"', "'python3.11' is none of"),
        ("roles.tf", 'file("${path.module}/../policies/trust.json")', '"{"', "StringIsJSON"),
        ("logs.tf", "project_name = local.log_project", "name = local.log_project", "has been deprecated"),
        ("outputs.tf", "alicloud_ots_instance.this.name", "alicloud_ots_instance.this.nick", "no argument"),
    ],
)
def test_the_provider_would_not_take(
    file: str, old: str, new: str, complaint: str, workspace: Workspace
) -> None:
    workspace.replace(file, old, new)

    assert complaint in "\n".join(workspace.validate())


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {
            "network": NETWORK,
            "domain": DOMAIN,
            "releases": ["v1", "v2"],
            "canary": {"stable": "v1", "next": "v2", "weight": 0.1},
            "kms_endpoint": "https://kms.example.com",
        },
    ],
)
def test_what_a_plan_foretells_is_what_applying_leaves(
    variables: dict[str, Any], workspace: Workspace
) -> None:
    workspace.set(**VARIABLES, **variables)

    foretold, applied = workspace.outcome(), workspace.apply()

    assert foretold["outputs"] == applied["outputs"]
    kinds = {one["type"] for one in every_resource(applied["root_module"]) if one["mode"] == "managed"}
    for kind in kinds:
        assert resources(foretold, kind) == resources(applied, kind)


def test_a_second_apply_changes_nothing(workspace: Workspace) -> None:
    workspace.apply()

    changes = {tuple(change["change"]["actions"]) for change in workspace.plan()["resource_changes"]}

    assert changes <= {("no-op",), ("read",)}


def test_the_tables_file_is_what_the_library_describes() -> None:
    assert OUTPUT.read_text(encoding="utf-8") == tables_json(), "Run: python infra/terraform/tables.py"


def test_everything_to_decide_and_to_read_is_explained(workspace: Workspace) -> None:
    module = workspace.plan()["configuration"]["root_module"]

    described = [*module["variables"].items(), *module["outputs"].items()]

    assert [name for name, one in described if len(one.get("description", "")) < 20] == []


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"dingtalk_secrets": {"secret": "s"}}, "environment variable's name in capitals"),
        ({"dingtalk_secrets": {"FC_SECRET": "s"}}, "belong to the platform"),
        ({"backend_secrets": {"FC_KEY": "s"}}, "belong to the platform"),
        ({"name": "Rag_Bot"}, "lower-case letters"),
        ({"region": "Hangzhou"}, "such as cn-hangzhou"),
        ({"python": "3.11"}, "Choose one of them"),
        ({"log_level": "LOUD"}, "must be DEBUG, INFO"),
        ({"lease_seconds": 3}, "from 5 to 300 seconds"),
        ({"dingtalk_api_url": "http://api.dingtalk.com"}, "begin with https://"),
        ({"dingtalk_oapi_url": "oapi.dingtalk.com"}, "begin with https://"),
        ({"invoke_endpoint": "http://x"}, "empty or begin with https://"),
        ({"tablestore_instance": "x"}, "3 to 16 letters"),
        *(
            ({"tablestore_instance": f"kb-{word}-1"}, "Choose another tablestore_instance")
            for word in ("ali", "ay", "ots", "taobao", "admin", "Ali")
        ),
        ({"instances": {"callback": 0}}, "set paused = true"),
        ({"instances": {"async_answer": 1.5}}, "in whole numbers"),
        ({"instances": {"callback": 82}}, "90 % of an account's instances"),
        ({"account_instances": 20}, "90 % of an account's instances"),
        ({"kms_recovery_days": 3}, "from 7 to 30 days"),
        ({"alarms": {}}, "needs an action_policy"),
        ({"alarm_webhook": {"url": "http://oapi.dingtalk.com"}}, "begin with https://"),
        ({"canary": {"stable": "v1"}}, "must be labels of releases"),
        ({"releases": ["v1"], "canary": {"stable": "v1", "next": "v2"}}, "must be labels of releases"),
        ({"releases": ["v1"], "canary": {"stable": "v1", "weight": 1}}, "from 0 to less than 1"),
        ({"tablestore_type": "Fast"}, "HighPerformance or Capacity"),
        ({"log_retention_days": 0}, "from 1 to 3650"),
        ({"kms_secrets": {"key": {"readers": "me"}}}, "all or answers"),
        ({"kms_secrets": {"key": {"create": True}}}, "needs its value"),
        (
            {"kms_secrets": {"key": {"create": True}}, "kms_secret_values": {"key": "v"}},
            "only be created in a KMS instance",
        ),
        ({"network": {"zone": "cn-beijing-a"}}, "one of the region"),
        ({"network": {**NETWORK, "cidr": "everything"}}, "networks such as"),
        (
            {"network": NETWORK, "vpc": {"vpc_id": "v", "vswitch_id": "s", "security_group_id": "g"}},
            "Choose one",
        ),
        ({"custom_domain": {**DOMAIN, "name": "https://bot.example.com/"}}, "bare name"),
        ({"backend_secrets": {"DIFY_API_KEY": "k" * 4000}}, "Move secrets to KMS"),
    ],
)
def test_a_decision_that_cannot_work_is_refused_with_a_reason(
    variables: dict[str, Any], complaint: str, workspace: Workspace
) -> None:
    workspace.set(**{**VARIABLES, **variables})

    with pytest.raises(TerraformError) as refused:
        workspace.plan()

    # Terraform breaks lines and draws a frame around them.
    assert complaint in re.sub(r"[\s│]+", " ", str(refused.value))


def test_a_missing_package_says_how_to_build_it(workspace: Workspace) -> None:
    (workspace.packages / "callback.zip").unlink()

    with pytest.raises(TerraformError, match="make package"):
        workspace.plan()


def test_new_code_of_one_function_reaches_that_function_only(workspace: Workspace) -> None:
    workspace.apply()
    (workspace.packages / "callback.zip").write_bytes(b"changed")

    changes = {
        change["address"]: change["change"]["actions"]
        for change in workspace.plan()["resource_changes"]
        if change["change"]["actions"] != ["no-op"]
    }

    assert changes == {
        'alicloud_fcv3_function.this["callback"]': ["update"],
        'alicloud_oss_bucket_object.package["callback"]': ["create", "delete"],
    }


def test_a_new_layer_reaches_every_function(workspace: Workspace) -> None:
    workspace.apply()
    (workspace.packages / "layer.zip").write_bytes(b"changed")

    changes = [
        change["address"]
        for change in workspace.plan()["resource_changes"]
        if change["type"] == "alicloud_fcv3_function" and change["change"]["actions"] == ["update"]
    ]

    assert len(changes) == 4


def test_the_provider_is_of_a_release_that_sends_one_destination_alone(workspace: Workspace) -> None:
    """Up to 1.289 the provider sent an empty destination for successes beside one for failures."""
    configs = resources(workspace.outcome(), "alicloud_fcv3_async_invoke_config")
    alone = [one for config in configs for one in config["destination_config"] if not one["on_success"]]
    (lowest,) = set(re.findall(r">= ([\d.]+), < 2\.0\.0", "".join(map(_text, _VERSIONS))))

    assert alone
    assert _number(lowest) > _number("1.289.0")


def test_the_lock_file_and_every_module_ask_for_the_same_provider() -> None:
    lock = _text(INFRA / "terraform" / ".terraform.lock.hcl")
    (locked,), (constraints,) = (
        re.findall(rf'^  {name} *= "([^"]+)"', lock, re.MULTILINE) for name in ("version", "constraints")
    )
    asked = {
        found
        for file in _VERSIONS
        for found in re.findall(r'^ +version += "([^"]+)"', _text(file), re.MULTILINE)
    }

    assert asked == {constraints}
    assert _number(locked) >= _number(constraints.split(",")[0].removeprefix(">= "))


@pytest.mark.parametrize(
    ("forgotten", "kept"),
    [((), "alicloud_ots_table.this"), (("alicloud_ots_table.this",), "alicloud_ots_instance.this")],
)
def test_tables_and_their_instance_cannot_be_destroyed_by_mistake(
    forgotten: tuple[str, ...], kept: str, workspace: Workspace
) -> None:
    workspace.apply()
    if forgotten:
        workspace.forget(*forgotten)

    with pytest.raises(TerraformError, match="prevent_destroy") as refused:
        workspace.destroy()

    assert kept in str(refused.value)


def test_what_is_forgotten_stays_and_the_rest_can_be_removed(workspace: Workspace) -> None:
    """The way that docs/guides/remove.md describes."""
    workspace.apply()

    workspace.forget("alicloud_ots_table.this", "alicloud_ots_instance.this")
    workspace.destroy()

    assert workspace.state() == {}


def test_a_bot_whose_secret_has_no_value_is_not_deployed(workspace: Workspace) -> None:
    bots = workspace.folder / "bots.yaml"
    bots.write_text(
        "bots: {a: {key: 'env:DINGTALK_CLIENT_SECRET', other: 'env:HANDBOOK_KEY'}}", encoding="utf-8"
    )
    workspace.set(**VARIABLES, bots_file=str(bots))

    with pytest.raises(TerraformError, match=r"no value here: HANDBOOK_KEY\."):
        workspace.plan()

    workspace.set(**VARIABLES, bots_file=str(bots), backend_secrets={"HANDBOOK_KEY": "k"})
    workspace.plan()


def test_a_bot_with_all_its_secrets_in_kms_needs_no_secret_here(workspace: Workspace) -> None:
    bots = workspace.folder / "bots.yaml"
    bots.write_text("bots: {a: {key: 'kms:dingtalk', other: 'kms:handbook'}}", encoding="utf-8")
    workspace.set(bots_file=str(bots), kms_secrets={"dingtalk": {}, "handbook": {"readers": "answers"}})

    functions = terraform_road(workspace.outcome()).functions

    assert functions["callback"]["environmentVariables"]["DINGTALK_CLIENT_SECRET"] == ""


def test_upgrading_the_readers_first_leaves_the_writer_alone(workspace: Workspace) -> None:
    """The first of the two commands in docs/guides/upgrade.md."""
    workspace.apply()
    for name in ("layer", "callback", "async_answer", "failed_answer", "housekeeping"):
        (workspace.packages / f"{name}.zip").write_bytes(b"changed")
    readers = ("failed_answer", "housekeeping", "async_answer")

    plan = workspace.plan(*(f'alicloud_fcv3_function.this["{name}"]' for name in readers))

    changed = {
        change["index"]
        for change in plan["resource_changes"]
        if change["type"] == "alicloud_fcv3_function" and change["change"]["actions"] == ["update"]
    }
    assert changed == set(readers)


def test_a_changed_kms_value_is_another_version(workspace: Workspace) -> None:
    secret: dict[str, Any] = {
        "kms_secrets": {"handbook": {"create": True}},
        "kms_instance": {"id": "kst-1", "key_id": "key-1"},
    }
    versions = []
    for value in ("one", "two", "one"):
        workspace.set(**VARIABLES, **secret, kms_secret_values={"handbook": value})
        (made,) = resources(workspace.apply(), "alicloud_kms_secret")
        versions.append((made["version_id"], made["secret_data"]))
        assert value not in made["version_id"]

    assert versions[0] == versions[2]
    assert versions[0][0] != versions[1][0]


def test_a_changed_kms_value_keeps_the_secret(workspace: Workspace) -> None:
    secret: dict[str, Any] = {
        "kms_secrets": {"handbook": {"create": True}},
        "kms_instance": {"id": "kst-1", "key_id": "key-1"},
    }
    workspace.set(**VARIABLES, **secret, kms_secret_values={"handbook": "one"})
    workspace.apply()
    workspace.set(**VARIABLES, **secret, kms_secret_values={"handbook": "two"})

    changes = [
        change["change"]["actions"]
        for change in workspace.plan()["resource_changes"]
        if change["type"] == "alicloud_kms_secret"
    ]

    assert changes == [["update"]]


@pytest.mark.parametrize("name", ["a_b", "a/b", "team.one", "a-b", "A_B+C=@"])
def test_a_policy_for_a_kms_secret_has_a_name_that_ram_takes(name: str, workspace: Workspace) -> None:
    workspace.set(**VARIABLES, kms_secrets={name: {}, f"{name}2": {}, "a-b": {}, "a_b": {}})

    policies = [
        policy["policy_name"]
        for policy in resources(workspace.outcome(), "alicloud_ram_policy")
        if "-secret-" in policy["policy_name"]
    ]

    assert len(set(policies)) == len({name, f"{name}2", "a-b", "a_b"})
    assert [found for found in policies if not re.fullmatch(r"[a-zA-Z0-9-]{1,128}", found)] == []


@pytest.mark.parametrize(
    "name", ["rag-on-dingtalk", "rag-on-dingtalk-staging", "today-bot", "admin-helper", "a-1"]
)
def test_the_instance_is_named_as_the_library_names_it(name: str, workspace: Workspace) -> None:
    workspace.set(**VARIABLES, name=name)

    (instance,) = resources(workspace.outcome(), "alicloud_ots_instance")

    assert instance["name"] == default_name(name, ACCOUNT_ID, "cn-hangzhou")


def test_paused_only_the_callback_refuses(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, paused=True)

    functions = resources(workspace.outcome(), "alicloud_fcv3_function")

    paused = [f["function_name"] for f in functions if any(r["disable"] for r in f["invocation_restriction"])]
    assert paused == ["rag-on-dingtalk-callback"]


def test_missing_receivers_of_alarms_are_said_at_every_plan(workspace: Workspace) -> None:
    assert "Alarms have no receiver" in workspace.warnings()

    workspace.set(**VARIABLES, alarm_webhook={"url": "https://oapi.dingtalk.com/robot/send?access_token=t"})
    assert workspace.warnings() == ""


def test_a_function_waits_for_every_right_of_its_role(workspace: Workspace) -> None:
    module = workspace.plan()["configuration"]["root_module"]["resources"]
    (function,) = (one for one in module if one["address"] == "alicloud_fcv3_function.this")
    attachments = {one["address"] for one in module if one["type"] == "alicloud_ram_role_policy_attachment"}

    assert len(attachments) == 3
    assert attachments <= set(function["depends_on"])


def test_the_address_exists_when_everything_behind_it_does(workspace: Workspace) -> None:
    module = workspace.plan()["configuration"]["root_module"]["resources"]
    (trigger,) = (one for one in module if one["address"] == "alicloud_fcv3_trigger.dingtalk")

    assert {
        "alicloud_fcv3_function.this",
        "alicloud_fcv3_async_invoke_config.this",
        "alicloud_fcv3_concurrency_config.this",
    } <= set(trigger["depends_on"])


_VERSIONS = sorted((INFRA / "terraform").rglob("versions.tf"))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
