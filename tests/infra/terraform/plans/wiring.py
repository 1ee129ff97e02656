"""What Terraform's resources say of each other: the zip that is uploaded is the zip that runs, and so on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.infra.terraform.plans.roads import program_of


def wiring(state: dict[str, Any]) -> list[str]:
    """Everything in a state that refers to something else than it should."""
    by_kind: dict[str, dict[str, dict[str, Any]]] = {}
    for resource in state["root_module"].get("resources", ()):
        kind = by_kind.setdefault(resource["type"].removeprefix("alicloud_"), {})
        kind[str(resource.get("index", resource["name"]))] = resource["values"]
    if not by_kind:
        return []
    return [*_packages(by_kind), *_layer(by_kind), *_logs(by_kind), *_tables(by_kind), *_qualifiers(by_kind)]


def _packages(by_kind: dict[str, Any]) -> list[str]:
    buckets = {bucket["bucket"] for bucket in by_kind["oss_bucket"].values()}
    uploaded = {
        (found["bucket"], found["key"]): Path(found["source"]).name
        for found in by_kind["oss_bucket_object"].values()
        if found["bucket"] in buckets
    }
    run = {**by_kind["fcv3_function"], "layer": by_kind["fcv3_layer_version"]["common"]}
    return [
        f"{key} runs an object that is not {program_of(key)}.zip"
        for key, resource in run.items()
        for code in resource["code"]
        if uploaded.get((code["oss_bucket_name"], code["oss_object_name"])) != f"{program_of(key)}.zip"
    ]


def _layer(by_kind: dict[str, Any]) -> list[str]:
    (layer,) = by_kind["fcv3_layer_version"].values()
    runtimes = {function["runtime"] for function in by_kind["fcv3_function"].values()}
    complaints = [
        f"the layer and the functions do not agree on {runtime}"
        for runtime in sorted(runtimes ^ set(layer["compatible_runtime"]))
    ]
    if f":layers/{layer['layer_name']}/" not in layer["layer_version_arn"]:
        complaints.append("the layer has another name than its ARN")
    return complaints


def _logs(by_kind: dict[str, Any]) -> list[str]:
    (project,), (store,), (index,) = (
        by_kind[kind].values() for kind in ("log_project", "log_store", "log_store_index")
    )
    name = project["project_name"]
    expected = {
        "project": name,
        "logstore": store["logstore_name"],
        "enable_request_metrics": True,
        "enable_instance_metrics": False,
        "log_begin_rule": "None",
    }
    complaints = [
        f"{key} does not log to the store that is there"
        for key, function in by_kind["fcv3_function"].items()
        if function["log_config"] != [expected]
    ]
    if store["project_name"] != name or (index["project"], index["logstore"]) != (
        name,
        store["logstore_name"],
    ):
        complaints.append("the log store or its index is in another project")
    return complaints


def _tables(by_kind: dict[str, Any]) -> list[str]:
    (instance,) = by_kind["ots_instance"].values()
    complaints = [
        f"the table {key} is not in the instance that the functions use, or keeps old versions"
        for key, table in by_kind["ots_table"].items()
        if table["instance_name"] != instance["name"] or table["max_version"] != 1
    ]
    for key, function in by_kind["fcv3_function"].items():
        environment = function["environment_variables"]
        if environment.get("TABLESTORE_INSTANCE", instance["name"]) != instance["name"]:
            complaints.append(f"{key} looks for another instance")
    return complaints


def _qualifiers(by_kind: dict[str, Any]) -> list[str]:
    return [
        f"{kind} {key} is about {resource['qualifier']}, which is not what is deployed"
        for kind in ("fcv3_trigger", "fcv3_async_invoke_config")
        for key, resource in by_kind[kind].items()
        if resource["qualifier"] != (_alias(by_kind) if key == "dingtalk" else "LATEST")
    ]


def _alias(by_kind: dict[str, Any]) -> str:
    """What DingTalk's address leads to: the alias where there is one."""
    aliases = by_kind.get("fcv3_alias", {}).values()
    return next((str(alias["alias_name"]) for alias in aliases), "LATEST")
