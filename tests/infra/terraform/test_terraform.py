"""infra/terraform by itself: what an engineer may decide, what they are told, and what is made then."""

from __future__ import annotations

import re
from typing import Any

import pytest

from infra.terraform.tables import OUTPUT, tables_json
from tests.infra.terraform.workspace import DOMAIN, NETWORK, VARIABLES, TerraformError, Workspace


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
        ({"dingtalk_secrets": {"DINGTALK_CLIENT_SECRET": ""}}, "no secret may be empty"),
        ({"dingtalk_secrets": {"secret": "s"}}, "environment variable's name in capitals"),
        ({"dingtalk_secrets": {"FC_SECRET": "s"}}, "belong to the platform"),
        ({"backend_secrets": {"FC_KEY": "s"}}, "belong to the platform"),
        ({"name": "Rag_Bot"}, "lower-case letters"),
        ({"name": "rag-on-dingtalk-staging"}, "Set tablestore_instance"),
        ({"region": "Hangzhou"}, "such as cn-hangzhou"),
        ({"python": "3.11"}, "Choose one of them"),
        ({"log_level": "LOUD"}, "must be DEBUG, INFO"),
        ({"lease_seconds": 3}, "from 5 to 300 seconds"),
        ({"dingtalk_api_url": "http://api.dingtalk.com"}, "begin with https://"),
        ({"dingtalk_oapi_url": "oapi.dingtalk.com"}, "begin with https://"),
        ({"invoke_endpoint": "http://x"}, "empty or begin with https://"),
        ({"tablestore_instance": "x"}, "3 to 16 letters"),
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
