"""What only the cloud could know, made up and the same each time: ids, ARNs, addresses."""

from __future__ import annotations

from typing import Any

ACCOUNT_ID = "1000000000000001"

#: What the cloud would say, where something else is built from it. `{name}` is an attribute of the resource.
_SAID_BY_THE_CLOUD = {
    "alicloud_account.id": ACCOUNT_ID,
    "alicloud_ram_role.arn": f"acs:ram::{ACCOUNT_ID}:role/{{role_name}}",
    "alicloud_ram_role.id": "{role_name}",
    "alicloud_ram_policy.id": "{policy_name}",
    "alicloud_fcv3_layer_version.layer_version_arn": (
        f"acs:fc:cn-hangzhou:{ACCOUNT_ID}:layers/{{layer_name}}/versions/1"
    ),
    "alicloud_eip_address.ip_address": "203.0.113.7",
}
_URL = "https://{function_name}-abcdefghij.cn-hangzhou{inside}.fcapp.run"


def is_computed(block: dict[str, Any], name: str) -> bool:
    """Whether the cloud may decide the value."""
    return name == "id" or bool(block["arguments"].get(name, {}).get("computed"))


def filled(kind: str, block: dict[str, Any], value: dict[str, Any], missing: Any) -> dict[str, Any]:
    """`value` with something in every computed attribute that is `missing`."""
    return {
        name: _made_up(kind, name, block, value) if given == missing and is_computed(block, name) else given
        for name, given in value.items()
    }


def _made_up(kind: str, name: str, block: dict[str, Any], value: dict[str, Any]) -> Any:
    said = _SAID_BY_THE_CLOUD.get(f"{kind}.{name}")
    if said:
        return said.format_map(value)
    if name == "http_trigger":
        urls = (("url_internet", ""), ("url_intranet", "-vpc"))
        return [{key: _URL.format(inside=inside, **value) for key, inside in urls}]
    argument = block["arguments"].get(name, {"type": "string"})
    if argument["type"] == "list" and "element" in argument:
        return [_sample(argument["element"])]
    return {"string": f"{kind}.{name}", "list": [], "set": [], "map": {}, "bool": False}.get(
        argument["type"], 1
    )


def _sample(element: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"string": f"made-up-{name}", "bool": False, "list": [], "set": [], "map": {}}.get(
            argument["type"], 1
        )
        for name, argument in element["arguments"].items()
    }
