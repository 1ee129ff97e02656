"""What infra/terraform makes besides the functions, and what an engineer is given to go on with."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from rag_on_dingtalk.webhook.routes import ROUTES
from tests.infra.serverless_devs.fc3_lints import lint
from tests.infra.terraform.plans.policies import POLICIES, POLICY_VALUES, filled, grants
from tests.infra.terraform.plans.roads import terraform_road
from tests.infra.terraform.plans.workspace import DOMAIN, INFRA, NETWORK, VARIABLES, output, resources

if TYPE_CHECKING:
    from tests.infra.terraform.plans.workspace import Workspace

ROOT = INFRA.parent


def test_the_addresses_for_dingtalk_are_put_out(workspace: Workspace) -> None:
    bots = workspace.folder / "bots.yaml"
    bots.write_text("bots: {handbook: {}, it-helpdesk: {}}", encoding="utf-8")
    workspace.set(**VARIABLES, bots_file=str(bots))

    base = "https://rag-on-dingtalk-callback-abcdefghij.cn-hangzhou.fcapp.run"
    assert output(workspace.outcome(), "robot_urls") == {
        "handbook": f"{base}/robot/handbook",
        "it-helpdesk": f"{base}/robot/it-helpdesk",
    }


def test_a_domain_of_ones_own_replaces_the_triggers(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, custom_domain=DOMAIN)

    state = workspace.outcome()

    (domain,) = resources(state, "alicloud_fcv3_custom_domain")
    (route,) = domain["route_config"][0]["routes"]
    assert domain["protocol"] == "HTTPS"
    assert route["function_name"] == output(state, "functions")["callback"]
    assert output(state, "robot_urls") == {"<bot>": "https://bot.example.com/robot/<bot>"}


def test_with_a_network_everything_leaves_by_one_address(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, network=NETWORK)

    state = workspace.outcome()

    (entry,) = resources(state, "alicloud_snat_entry")
    (instance,) = resources(state, "alicloud_ots_instance")
    functions = terraform_road(state).functions.values()
    assert output(state, "egress_ip") == entry["snat_ip"] == "203.0.113.7"
    assert instance["network_type_acl"] == ["VPC"]
    assert output(state, "tablestore")["TABLESTORE_ENDPOINT"].endswith(".vpc.tablestore.aliyuncs.com")
    assert all(function["vpcConfig"] and not function["internetAccess"] for function in functions)


def test_in_a_vpc_that_is_there_nothing_is_added_to_it(workspace: Workspace) -> None:
    vpc = {"vpc_id": "vpc-1", "vswitch_id": "vsw-1", "security_group_id": "sg-1"}
    workspace.set(**VARIABLES, vpc=vpc)

    state = workspace.outcome()

    functions = terraform_road(state).functions.values()
    assert not resources(state, "alicloud_vpc") + resources(state, "alicloud_nat_gateway")
    assert [function["vpcConfig"] for function in functions] == [
        {"vpcId": "vpc-1", "vSwitchIds": ["vsw-1"], "securityGroupId": "sg-1"}
    ] * 4


def test_without_a_network_tablestore_can_be_reached_from_outside(workspace: Workspace) -> None:
    state = workspace.outcome()

    (instance,) = resources(state, "alicloud_ots_instance")
    assert "INTERNET" in instance["network_type_acl"]
    assert output(state, "egress_ip") is None


def test_python_3_10_is_one_decision(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, python="3.10")

    functions = terraform_road(workspace.outcome()).functions

    assert {function["runtime"] for function in functions.values()} == {"python3.10", "custom.debian10"}
    assert "/var/fc/lang/python3.10/bin" in functions["async_answer"]["environmentVariables"]["PATH"]
    assert [problem for props in functions.values() for problem in lint(props)] == []


def test_the_callback_gets_no_key_of_a_knowledge_base(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, backend_secrets={"HANDBOOK_KEY": "k"})

    functions = terraform_road(workspace.outcome()).functions

    readers = {key for key, props in functions.items() if "HANDBOOK_KEY" in props["environmentVariables"]}
    assert readers == {"async_answer", "failed_answer", "housekeeping"}


def test_a_secret_in_kms_is_read_by_those_who_need_it(workspace: Workspace) -> None:
    workspace.set(
        **VARIABLES,
        kms_secrets={"dingtalk": {}, "handbook": {"readers": "answers", "create": True}},
        kms_secret_values={"handbook": "made up"},
        kms_instance={"id": "kst-1", "key_id": "key-1"},
    )

    state = workspace.outcome()

    readable = {
        key: {
            resource.rpartition("/")[2] for action, resource in role.grants if action == "kms:GetSecretValue"
        }
        for key, role in terraform_road(state).roles.items()
    }
    both = {"dingtalk", "handbook"}
    assert readable == {
        "callback": {"dingtalk"},
        "async_answer": both,
        "failed_answer": both,
        "housekeeping": both,
    }
    assert [secret["secret_name"] for secret in resources(state, "alicloud_kms_secret")] == ["handbook"]


def test_nobody_reads_kms_unless_asked_to(workspace: Workspace) -> None:
    roles = terraform_road(workspace.outcome()).roles.values()

    assert not [action for role in roles for action, _ in role.grants if action.startswith("kms:")]


def test_logs_are_kept_for_half_a_year_and_can_be_searched_in_chinese(workspace: Workspace) -> None:
    state = workspace.outcome()

    stores, indexes = (resources(state, kind) for kind in ("alicloud_log_store", "alicloud_log_store_index"))
    assert [store["retention_period"] >= 180 for store in stores] == [True, True]
    assert [index["full_text"][0]["include_chinese"] for index in indexes] == [True, True]


def test_alarms_search_for_words_that_the_code_logs(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, alarms={"action_policy": "on-call"})
    logged = {
        word
        for folder in ("functions", "layers")
        for source in (ROOT / folder).rglob("*.py")
        for word in re.findall(r"""log\(\s*"(\w+)\"""", source.read_text(encoding="utf-8"))
    }

    alarms = resources(workspace.outcome(), "alicloud_log_alert")

    searches = [alarm["query_list"][0]["query"].partition("|")[0] for alarm in alarms]
    searched = {word for search in searches for word in re.findall(r"\w+_\w+", search)}
    assert len(alarms) >= 4
    assert searched <= logged


def test_a_bot_that_is_dead_is_told_of_although_no_line_says_so(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, alarm_webhook=WEBHOOK)

    state = workspace.outcome()

    alarms = {one["alert_name"]: one for one in resources(state, "alicloud_log_alert")}
    silent, given_up = (alarms[f"rag-on-dingtalk-{name}"]["query_list"][0] for name in ("silent", "given-up"))
    housekeeping = terraform_road(state).functions["housekeeping"]
    (timer,) = housekeeping["triggers"]
    (every,) = re.findall(r"@every (\d+)m", timer["triggerConfig"]["cronExpression"])
    assert housekeeping["functionName"] in silent["query"]
    assert silent["query"].endswith("having lines = 0")
    assert given_up["query"].endswith("having lines > 0")
    # Two rounds may be late before the third is missed.
    assert silent["start"] == f"-{3 * int(every)}m"
    assert housekeeping["logConfig"]["enableRequestMetrics"] is True


def test_no_alarm_is_made_without_a_receiver(workspace: Workspace) -> None:
    assert resources(workspace.outcome(), "alicloud_log_alert") == []


WEBHOOK = {"url": "https://oapi.dingtalk.com/robot/send?access_token=made-up", "secret": "SECmade-up"}


def test_a_robots_webhook_is_all_that_alarms_need(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, alarm_webhook=WEBHOOK)

    state = workspace.outcome()

    records = {record["resource_name"]: record for record in resources(state, "alicloud_log_resource_record")}
    webhook, policy = (
        json.loads(records[f"sls.alert.{name}"]["value"]) for name in ("action_webhook", "action_policy")
    )
    alarms = resources(state, "alicloud_log_alert")
    assert (webhook["url"], webhook["secret"], webhook["type"]) == (
        WEBHOOK["url"],
        WEBHOOK["secret"],
        "dingtalk",
    )
    assert f'webhook_id="{webhook["id"]}"' in policy["primary_policy_script"]
    assert policy["secondary_policy_script"] == policy["primary_policy_script"]
    assert {alarm["policy_configuration"][0]["action_policy_id"] for alarm in alarms} == {
        policy["action_policy_id"]
    }
    assert all(alarm["send_resolved"] for alarm in alarms)
    assert {resource["type"] for resource in resources(state, "alicloud_log_alert_resource")} == {
        "user",
        "project",
    }


def test_an_action_policy_that_exists_is_used_and_none_is_made(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, alarms={"action_policy": "on-call", "repeat_interval": "4h"})

    state = workspace.outcome()

    policies = {
        alarm["policy_configuration"][0]["action_policy_id"]
        for alarm in resources(state, "alicloud_log_alert")
    }
    assert policies == {"on-call"}
    assert resources(state, "alicloud_log_resource_record") == []


def test_in_a_vpc_the_instance_is_attached_and_every_role_may_have_interfaces(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, network=NETWORK)

    state = workspace.outcome()

    (attachment,) = resources(state, "alicloud_ots_instance_attachment")
    (instance,) = resources(state, "alicloud_ots_instance")
    assert attachment["instance_name"] == instance["name"]
    assert attachment["vswitch_id"] == resources(state, "alicloud_vswitch")[0]["id"]
    for role in terraform_road(state).roles.values():
        assert "ecs:CreateNetworkInterface" in {action for action, _ in role.grants}


def test_outside_a_vpc_no_role_may_have_interfaces(workspace: Workspace) -> None:
    roles = terraform_road(workspace.outcome()).roles.values()

    assert not [action for role in roles for action, _ in role.grants if action.startswith(("ecs:", "vpc:"))]


def test_every_address_of_a_bot_is_put_out(workspace: Workspace) -> None:
    bots = workspace.folder / "bots.yaml"
    bots.write_text("bots: {handbook: {}}", encoding="utf-8")
    workspace.set(**VARIABLES, bots_file=str(bots))

    state = workspace.outcome()

    base = output(state, "callback_url")
    assert base == "https://rag-on-dingtalk-callback-abcdefghij.cn-hangzhou.fcapp.run"
    for name, path in (("robot_urls", "robot"), ("card_urls", "cards"), ("event_urls", "events")):
        assert output(state, name) == {"handbook": f"{base}/{path}/handbook"}


def test_the_paths_of_the_outputs_are_those_that_the_callback_serves() -> None:
    outputs = (INFRA / "terraform" / "outputs.tf").read_text(encoding="utf-8")
    paths = re.findall(r"callback_url}/(\w+)/", outputs)
    assert sorted(paths) == sorted(ROUTES)


def test_a_canary_shares_the_pushes_between_two_published_versions(workspace: Workspace) -> None:
    workspace.set(
        **VARIABLES,
        releases=["v1", "v2"],
        canary={"stable": "v1", "next": "v2", "weight": 0.1},
        custom_domain=DOMAIN,
    )

    state = workspace.outcome()

    versions = resources(state, "alicloud_fcv3_function_version")
    (alias,) = resources(state, "alicloud_fcv3_alias")
    (domain,) = resources(state, "alicloud_fcv3_custom_domain")
    assert [version["description"] for version in versions] == ["v1", "v2"]
    assert alias["version_id"] == versions[0]["version_id"]
    assert alias["additional_version_weight"] == {versions[1]["version_id"]: 0.1}
    assert domain["route_config"][0]["routes"][0]["qualifier"] == alias["alias_name"] == "live"
    callback = output(state, "functions")["callback"]
    assert {version["function_name"] for version in versions} == {callback}


def test_a_release_that_is_added_leaves_the_others_alone(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, releases=["v1"])
    workspace.apply()
    workspace.set(**VARIABLES, releases=["v1", "v2"])

    changes = {
        change["index"]: change["change"]["actions"]
        for change in workspace.plan()["resource_changes"]
        if change["type"] == "alicloud_fcv3_function_version"
    }

    assert changes == {"v1": ["no-op"], "v2": ["create"]}


def test_going_back_from_a_canary_takes_no_pushes_to_the_new_version(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, releases=["v1", "v2"], canary={"stable": "v1"})

    (alias,) = resources(workspace.outcome(), "alicloud_fcv3_alias")

    assert not alias["additional_version_weight"]


#: Which service's rights Terraform needs for a kind of resource: the beginning of its name, and the service.
SERVICES = {
    "fcv3": "fc",
    "oss": "oss",
    "ots": "ots",
    "log": "log",
    "sls": "log",
    "ram": "ram",
    "kms": "kms",
    "vpc": "vpc",
    "vswitch": "vpc",
    "nat": "vpc",
    "eip": "vpc",
    "snat": "vpc",
    "security": "ecs",
}


def test_the_deployers_policy_covers_every_service_that_terraform_uses() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (INFRA / "terraform").rglob("*.tf"))
    kinds = set(re.findall(r'^resource "alicloud_(\w+)"', text, re.MULTILINE))
    actions = {action for action, _ in grants(filled(POLICIES / "deployer-terraform.json", POLICY_VALUES))}

    needed = {SERVICES[kind.split("_")[0]] for kind in kinds}
    assert len(kinds) > 25
    assert needed == {action.partition(":")[0] for action in actions}
    assert {"ram:PassRole", "ram:CreateServiceLinkedRole"} <= actions


def test_the_deployers_policies_touch_roles_and_functions_of_this_deployment_only() -> None:
    for road in ("serverless-devs", "terraform"):
        found = grants(filled(POLICIES / f"deployer-{road}.json", POLICY_VALUES))
        roles = {resource for action, resource in found if action in ("ram:PassRole", "ram:CreateRole")}

        assert ("ram:PassRole", "acs:ram::1000000000000001:role/rag-on-dingtalk-*") in found
        assert all("rag-on-dingtalk-" in resource for resource in roles)
        assert not [one for one in found if one[0] in ("*", "ram:*") or one == ("fc:*", "*")]
