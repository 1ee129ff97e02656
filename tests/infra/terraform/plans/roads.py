"""Both deployments in one shape: per function what component fc3 calls `props`, and what is checked on it.

`infra/s.yaml` is nearly there already; Terraform's state is translated. What is compared is what would arrive
at Function Compute, not how either file happens to write it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from rag_on_dingtalk.storage.tables import TABLES
from tests.infra.terraform.plans.policies import POLICIES, POLICY_VALUES, Role, filled, grants, trusted

if TYPE_CHECKING:
    from collections.abc import Iterator

Props = dict[str, Any]

#: Not compared as they are. code: a path here, an OSS object there; `zips` compares them. region: part of
#: every destination.
_NOT_COMPARED = ("code", "region")
#: What a role in a VPC may do besides.
_NETWORK = "network"


class Road(msgspec.Struct, frozen=True):
    """One deployment; functions are called by their folders.

    tables: name → (time to live in seconds, whether rows may be updated, key columns in order).
    zips: function → name of the zip with its code, without `.zip` and hash.
    """

    functions: dict[str, Props]
    roles: dict[str, Role]
    tables: dict[str, tuple[int, bool, tuple[tuple[str, str], ...]]]
    zips: dict[str, str]


def program_of(key: str) -> str:
    """Whose program and role a function has: its own, or async_answer's if it answers for one bot."""
    return "async_answer" if key.startswith("async_answer") else key


def s_road(resources: dict[str, Any], policies: Path, values: dict[str, str]) -> Road:
    """The road of Serverless Devs.

    resources: of an `s.yaml` whose expressions are resolved.
    policies, values: the documents beside it, and what their placeholders stand for.
    """
    functions = {key: resource["props"] for key, resource in resources.items()}
    return Road(
        functions={key: _s_props(props) for key, props in functions.items()},
        roles={
            key: Role(
                name=props["role"],
                grants=grants(filled(policies / f"{key}.json", values)).union(
                    grants(filled(policies / f"{_NETWORK}.json", values)) if "vpcConfig" in props else ()
                ),
                trusted=trusted(filled(policies / "trust.json", values)),
            )
            for key, props in functions.items()
            if key == program_of(key)
        },
        # `python -m rag_on_dingtalk tables --create` makes what the library describes.
        tables={table.name: (table.ttl_seconds, table.updates, table.key) for table in TABLES},
        zips={key: Path(props["code"]).stem for key, props in functions.items()},
    )


def terraform_road(state: dict[str, Any]) -> Road:
    """The road of Terraform, from its state after an apply."""
    resources = list(state["root_module"].get("resources", ()))
    return Road(
        functions={
            key: _terraform_props(key, resources) for key, _ in _of(resources, "alicloud_fcv3_function")
        },
        roles={key: _terraform_role(key, resources) for key, _ in _of(resources, "alicloud_ram_role")},
        tables={
            table["table_name"]: (
                table["time_to_live"],
                table["allow_update"],
                tuple((column["name"], column["type"].upper()) for column in table["primary_key"]),
            )
            for _, table in _of(resources, "alicloud_ots_table")
        },
        zips={
            key: function["code"][0]["oss_object_name"].rpartition("-")[0]
            for key, function in _of(resources, "alicloud_fcv3_function")
        },
    )


def _s_props(props: Props) -> Props:
    """`props` with its defaults, without what only `s` needs."""
    plain = {key: value for key, value in props.items() if key not in _NOT_COMPARED}
    if plain["runtime"].startswith("custom"):
        plain.pop("handler", None)
    return {
        **plain,
        "layers": [_layer(arn) for arn in props["layers"]],
        "instanceConcurrency": props.get("instanceConcurrency", 1),
        "internetAccess": props.get("internetAccess", True),
        "triggers": _by_name({"qualifier": "LATEST", **trigger} for trigger in props.get("triggers", [])),
    }


def _terraform_props(key: str, resources: list[dict[str, Any]]) -> Props:
    function = dict(_of(resources, "alicloud_fcv3_function"))[key]
    custom = function["runtime"].startswith("custom")
    props = {
        "functionName": function["function_name"],
        "description": function["description"],
        "runtime": function["runtime"],
        "handler": None if custom else function["handler"],
        "role": function["role"].rpartition("/")[2],
        "layers": [_layer(arn) for arn in function["layers"]],
        "cpu": function["cpu"],
        "memorySize": function["memory_size"],
        "diskSize": function["disk_size"],
        "timeout": function["timeout"],
        "instanceConcurrency": function["instance_concurrency"],
        "internetAccess": function["internet_access"],
        "environmentVariables": function["environment_variables"],
        "logConfig": _camel(function["log_config"]),
        "customRuntimeConfig": _camel(function["custom_runtime_config"]),
        "instanceLifecycleConfig": _camel(function["instance_lifecycle_config"]),
        "vpcConfig": _vpc(function["vpc_config"]),
        "asyncInvokeConfig": _about(key, resources, "alicloud_fcv3_async_invoke_config"),
        "concurrencyConfig": _about(key, resources, "alicloud_fcv3_concurrency_config"),
        "triggers": _by_name(_triggers(function["function_name"], resources)),
    }
    return {name: value for name, value in props.items() if value is not None}


def _triggers(function: str, resources: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for _, trigger in _of(resources, "alicloud_fcv3_trigger"):
        if trigger["function_name"] == function:
            yield {
                "triggerName": trigger["trigger_name"],
                "triggerType": trigger["trigger_type"],
                "qualifier": trigger["qualifier"],
                "triggerConfig": json.loads(trigger["trigger_config"]),
            }


def _terraform_role(key: str, resources: list[dict[str, Any]]) -> Role:
    role = dict(_of(resources, "alicloud_ram_role"))[key]
    documents = {
        policy["policy_name"]: json.loads(policy["policy_document"])
        for _, policy in _of(resources, "alicloud_ram_policy")
    }
    attached = [
        attachment
        for _, attachment in _of(resources, "alicloud_ram_role_policy_attachment")
        if attachment["role_name"] == role["role_name"]
    ]
    assert all(attachment["policy_type"] == "Custom" for attachment in attached), (
        "a system policy is attached"
    )
    return Role(
        name=role["role_name"],
        grants=frozenset().union(*(grants(documents[attachment["policy_name"]]) for attachment in attached)),
        trusted=trusted(json.loads(role["assume_role_policy_document"])),
    )


def _about(key: str, resources: list[dict[str, Any]], kind: str) -> Any:
    """The settings that Terraform keeps in a resource of their own."""
    name = dict(_of(resources, "alicloud_fcv3_function"))[key]["function_name"]
    of_function = next((found for _, found in _of(resources, kind) if found["function_name"] == name), None)
    if of_function is None:
        return None
    about = (
        "id",
        "function_name",
        "function_arn",
        "create_time",
        "last_modified_time",
        "timeouts",
        "qualifier",
    )
    return _camel({name: value for name, value in of_function.items() if name not in about})


def _of(resources: list[dict[str, Any]], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The resources of a kind by their `for_each` key, or by name when they have none."""
    for resource in resources:
        if resource["type"] == kind:
            yield str(resource.get("index", resource["name"])), resource["values"]


def _camel(value: Any) -> Any:
    """Blocks as fc3 writes them: one block is an object, and what is not set is not there."""
    if isinstance(value, list) and (not value or isinstance(value[0], dict)):
        return _camel(value[0]) if value else None
    if isinstance(value, dict):
        named = {_camel_name(name): _camel(inner) for name, inner in value.items()}
        return {name: inner for name, inner in named.items() if inner is not None}
    return value


def _vpc(blocks: list[dict[str, Any]]) -> Any:
    """fc3 writes vSwitchIds, and the provider vswitch_ids."""
    vpc = _camel(blocks)
    return vpc and {"vSwitchIds" if name == "vswitchIds" else name: value for name, value in vpc.items()}


def _camel_name(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _by_name(triggers: Any) -> list[dict[str, Any]]:
    return sorted(triggers, key=lambda trigger: str(trigger["triggerName"]))


def _layer(arn: str) -> str:
    """A layer without its version, which is whatever was published last."""
    return arn.rpartition("/versions/")[0]


def s_road_of(resources: dict[str, Any], **values: str) -> Road:
    """The road of Serverless Devs with this repository's policies; `resources` as for `s_road`.

    values: placeholders that are not those of a deployment with every default.
    """
    return s_road(resources, POLICIES, {**POLICY_VALUES, **values})
