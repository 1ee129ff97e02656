"""What infra/terraform makes besides the functions, and what an engineer is given to go on with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.infra.fc3_lints import lint
from tests.infra.terraform.roads import terraform_road
from tests.infra.terraform.workspace import DOMAIN, INFRA, NETWORK, VARIABLES, output, resources

if TYPE_CHECKING:
    from tests.infra.terraform.workspace import Workspace

ROOT = INFRA.parent


def test_the_addresses_for_dingtalk_are_put_out(workspace: Workspace) -> None:
    bots = workspace.folder / "bots.yaml"
    bots.write_text("bots: {handbook: {}, it-helpdesk: {}}", encoding="utf-8")
    workspace.set(**VARIABLES, bots_file=str(bots))

    base = "https://rag-on-dingtalk-callback-abcdefghij.cn-hangzhou.fcapp.run"
    assert output(workspace.apply(), "robot_urls") == {
        "handbook": f"{base}/robot/handbook",
        "it-helpdesk": f"{base}/robot/it-helpdesk",
    }


def test_a_domain_of_ones_own_replaces_the_triggers(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, custom_domain=DOMAIN)

    state = workspace.apply()

    (domain,) = resources(state, "alicloud_fcv3_custom_domain")
    (route,) = domain["route_config"][0]["routes"]
    assert domain["protocol"] == "HTTPS"
    assert route["function_name"] == output(state, "functions")["callback"]
    assert output(state, "robot_urls") == {"<bot>": "https://bot.example.com/robot/<bot>"}


def test_with_a_network_everything_leaves_by_one_address(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, network=NETWORK)

    state = workspace.apply()

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

    state = workspace.apply()

    functions = terraform_road(state).functions.values()
    assert not resources(state, "alicloud_vpc") + resources(state, "alicloud_nat_gateway")
    assert [function["vpcConfig"] for function in functions] == [
        {"vpcId": "vpc-1", "vswitchIds": ["vsw-1"], "securityGroupId": "sg-1"}
    ] * 4


def test_without_a_network_tablestore_can_be_reached_from_outside(workspace: Workspace) -> None:
    state = workspace.apply()

    (instance,) = resources(state, "alicloud_ots_instance")
    assert "INTERNET" in instance["network_type_acl"]
    assert output(state, "egress_ip") is None


def test_python_3_10_is_one_decision(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, python="3.10")

    functions = terraform_road(workspace.apply()).functions

    assert {function["runtime"] for function in functions.values()} == {"python3.10", "custom.debian10"}
    assert "/var/fc/lang/python3.10/bin" in functions["async_answer"]["environmentVariables"]["PATH"]
    assert [problem for props in functions.values() for problem in lint(props)] == []


def test_the_callback_gets_no_key_of_a_knowledge_base(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, backend_secrets={"HANDBOOK_KEY": "k"})

    functions = terraform_road(workspace.apply()).functions

    readers = {key for key, props in functions.items() if "HANDBOOK_KEY" in props["environmentVariables"]}
    assert readers == {"async_answer", "failed_answer", "housekeeping"}


def test_a_secret_in_kms_is_read_by_those_who_need_it(workspace: Workspace) -> None:
    workspace.set(
        **VARIABLES,
        kms_secrets={"dingtalk": {}, "handbook": {"readers": "answers", "create": True}},
        kms_secret_values={"handbook": "made up"},
        kms_instance={"id": "kst-1", "key_id": "key-1"},
    )

    state = workspace.apply()

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
    roles = terraform_road(workspace.apply()).roles.values()

    assert not [action for role in roles for action, _ in role.grants if action.startswith("kms:")]


def test_logs_are_kept_for_half_a_year_and_can_be_searched_in_chinese(workspace: Workspace) -> None:
    state = workspace.apply()

    (store,) = resources(state, "alicloud_log_store")
    (index,) = resources(state, "alicloud_log_store_index")
    assert store["retention_period"] >= 180
    assert index["full_text"][0]["include_chinese"]


def test_alarms_search_for_words_that_the_code_logs(workspace: Workspace) -> None:
    workspace.set(**VARIABLES, alarms={"action_policy": "on-call"})
    logged = {
        word
        for folder in ("functions", "layers")
        for source in (ROOT / folder).rglob("*.py")
        for word in re.findall(r"""log\(\s*"(\w+)\"""", source.read_text(encoding="utf-8"))
    }

    alarms = resources(workspace.apply(), "alicloud_log_alert")

    searches = [alarm["query_list"][0]["query"].partition("|")[0] for alarm in alarms]
    searched = {word for search in searches for word in re.findall(r"\w+_\w+", search)}
    assert len(alarms) >= 4
    assert searched <= logged


def test_no_alarm_rings_unless_somebody_listens(workspace: Workspace) -> None:
    assert resources(workspace.apply(), "alicloud_log_alert") == []
