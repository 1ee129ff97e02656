"""No value of either road is beyond the checks: each is changed in turn, and some check complains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.infra.terraform.plans.changes import changes
from tests.infra.terraform.plans.checks import CHECKS, Both
from tests.infra.terraform.plans.roads import Road, s_road_of, terraform_road
from tests.infra.terraform.plans.s_yaml import resources
from tests.infra.terraform.plans.wiring import wiring

if TYPE_CHECKING:
    from tests.infra.terraform.plans.workspace import Workspace

#: What has no counterpart in s.yaml and leads nowhere else. test_terraform.py holds those that people notice.
DECIDED_BY_TERRAFORM_ALONE = {
    "fcv3_function.handler",
    "fcv3_layer_version.description",
    # test_log_service.py holds it.
    "log_dashboard.attribute.type",
    "log_dashboard.char_list",
    "log_dashboard.dashboard_name",
    "log_dashboard.display_name",
    "log_dashboard.project_name",
    "log_project.description",
    "log_store.auto_split",
    "log_store.max_split_shard_count",
    "log_store.retention_period",
    "log_store.shard_count",
    "log_store_index.field_search.enable_analytics",
    "log_store_index.field_search.include_chinese",
    "log_store_index.field_search.json_keys.doc_value",
    "log_store_index.field_search.json_keys.name",
    "log_store_index.field_search.json_keys.type",
    "log_store_index.field_search.name",
    "log_store_index.field_search.token",
    "log_store_index.field_search.type",
    "log_store_index.full_text.case_sensitive",
    "log_store_index.full_text.include_chinese",
    "log_store_index.full_text.token",
    "ots_instance.description",
    "ots_instance.instance_type",
    "ots_instance.network_type_acl",
    "ram_policy.description",
    "ram_policy.rotate_strategy",
    "ram_role.description",
}

RESOURCES = resources()


def test_no_value_of_s_yaml_is_beyond_the_checks(deployed: dict[str, Any]) -> None:
    terraform = terraform_road(deployed)
    unchanged = _complaints(s_road_of(RESOURCES), terraform)

    unnoticed = {
        ".".join(place[2:])
        for place, changed in changes(RESOURCES)
        if _complaints(s_road_of(changed), terraform) == unchanged
    }

    # The region is part of environments and destinations. test_package_zips.py runs the zips of `code`, and
    # test_serverless_devs.py the hook.
    hook = {"pre-deploy.plugin", *(f"pre-deploy.args.{name}" for name in ("name", "python", "region"))}
    assert unnoticed - hook == {"", "region", "code"}


def test_no_value_of_terraform_is_beyond_the_checks(deployed: dict[str, Any], workspace: Workspace) -> None:
    s = s_road_of(RESOURCES)
    unchanged = _complaints(s, terraform_road(deployed))
    module = deployed["root_module"]
    states = {found["address"]: found for found in module["resources"]}

    unnoticed = set()
    for planned in workspace.plan()["resource_changes"]:
        if "module_address" in planned:
            # test_log_service.py holds the audit's copy, which both roads make from the same files.
            continue
        found = states[planned["address"]]
        for place, changed in changes(planned["change"]["after"]):
            values = {**found["values"], place[0]: changed[place[0]]}
            others = [other for other in module["resources"] if other is not found]
            state = {"root_module": {"resources": [*others, {**found, "values": values}]}}
            try:
                noticed = _complaints(s, terraform_road(state)) != unchanged or wiring(state) != []
            except (KeyError, AssertionError):
                noticed = True
            if not noticed:
                unnoticed.add(".".join((planned["type"].removeprefix("alicloud_"), *place)))

    assert unnoticed == DECIDED_BY_TERRAFORM_ALONE


def _complaints(s: Road, terraform: Road) -> list[list[str]]:
    return [check(Both(s=s, terraform=terraform)) for check in CHECKS.values()]
