"""What must hold for both roads; each check returns its complaints, and an empty list when all is well."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tests.infra.fc3_lints import lint
from tests.infra.terraform.roads import Road

_CLIENT = Path(__file__).parents[3] / "layers" / "common" / "rag_on_dingtalk" / "state" / "client.py"

#: Settings by what they decide, so that a difference has a telling name.
_ASPECTS = {
    "names": ("functionName", "description"),
    "runtimes": ("runtime", "handler", "customRuntimeConfig", "instanceLifecycleConfig", "layers"),
    "sizes": ("cpu", "memorySize", "diskSize", "timeout"),
    "concurrency": ("instanceConcurrency", "concurrencyConfig"),
    "queues": ("asyncInvokeConfig",),
    "networks": ("internetAccess", "vpcConfig"),
    "triggers": ("triggers",),
}


class Both(msgspec.Struct, frozen=True):
    """The two roads.

    refusals: why Terraform would not deploy.
    crossed: what in its state leads elsewhere than it should.
    """

    s: Road
    terraform: Road
    refusals: list[str] = []
    crossed: list[str] = []


Check = Callable[[Both], list[str]]


def _settings(*names: str) -> Check:
    def check(both: Both) -> list[str]:
        return _differences(
            *(
                {
                    f"{key}.{name}": props.get(name)
                    for key, props in road.functions.items()
                    for name in names
                    if name in props
                }
                for road in (both.s, both.terraform)
            )
        )

    return check


def _environment(both: Both) -> list[str]:
    return _differences(
        *(
            {
                f"{key}.{name}": value
                for key, props in road.functions.items()
                for name, value in props["environmentVariables"].items()
            }
            for road in (both.s, both.terraform)
        )
    )


def _role_names(both: Both) -> list[str]:
    return [
        f"{key} runs as {props['role']}, not as its own role {role}"
        for road in (both.s, both.terraform)
        for key, props in road.functions.items()
        for role in [f"rag-on-dingtalk-{key.replace('_', '-')}"]
        if props["role"] != role or road.roles[key].name != role
    ]


def _grants(both: Both) -> list[str]:
    return _differences(
        *({key: sorted(role.grants) for key, role in road.roles.items()} for road in (both.s, both.terraform))
    )


def _tables(both: Both) -> list[str]:
    return _differences(both.s.tables, both.terraform.tables)


def _zips(both: Both) -> list[str]:
    expected = {key: key for key in both.s.functions}
    return [*_differences(expected, both.s.zips), *_differences(expected, both.terraform.zips)]


def _platform_rules(both: Both) -> list[str]:
    return [
        f"{key}: {problem}"
        for road in (both.s, both.terraform)
        for key, props in road.functions.items()
        for problem in lint(props)
    ]


def _least_privilege(both: Both) -> list[str]:
    complaints = []
    for key, role in both.terraform.roles.items():
        if role.trusted != {"fc.aliyuncs.com"}:
            complaints.append(f"{key}: {sorted(role.trusted)} may take the role")
        for action, resource in role.grants:
            if "*" in action:
                complaints.append(f"{key}: {action} is a wildcard")
            if not resource.startswith(_OWN):
                complaints.append(f"{key}: {resource} is not ours alone")
    return complaints


#: Beginnings of what belongs to this deployment.
_OWN = tuple(
    f"acs:{service}:cn-hangzhou:1000000000000001:{what}"
    for service, what in (
        ("fc", "functions/rag-on-dingtalk-"),
        ("ots", "instance/rag-on-dingtalk/table/"),
        ("log", "project/rag-on-dingtalk-1000000000000001-cn-hangzhou/logstore/functions"),
        ("kms", "secret/"),
    )
)


def _what_functions_do(both: Both) -> list[str]:
    """Each role has exactly the actions that its function's code calls."""
    storage = tablestore_actions(_CLIENT)
    logs = {"log:PostLogStoreLogs"}
    does = {
        "callback": logs | {"fc:InvokeFunction"},
        "async_answer": logs | storage | {"fc:InvokeFunction"},
        "failed_answer": logs | storage,
        "housekeeping": logs | storage,
    }
    return _differences(
        does, {key: {action for action, _ in role.grants} for key, role in both.terraform.roles.items()}
    )


def _invocations(both: Both) -> list[str]:
    """A function may invoke those that its settings name, and async_answer itself for another try."""
    complaints = []
    for key, role in both.terraform.roles.items():
        props = both.terraform.functions[key]
        named = {props["environmentVariables"].get("ANSWER_FUNCTION")}
        destination = props.get("asyncInvokeConfig", {}).get("destinationConfig", {}).get("onFailure", {})
        named.add(destination.get("destination", "").rpartition("/")[2] or None)
        if key == "async_answer":
            named.add(props["functionName"])
        granted = {
            resource.partition(":functions/")[2].removesuffix("/*")
            for action, resource in role.grants
            if action == "fc:InvokeFunction"
        }
        if granted != named - {None}:
            complaints.append(
                f"{key} may invoke {sorted(granted)} and names {sorted(named - {None}, key=str)}"
            )
    return complaints


def _deployable(both: Both) -> list[str]:
    return both.refusals


def _wired(both: Both) -> list[str]:
    return both.crossed


def tablestore_actions(client: Path) -> set[str]:
    """The RAM actions behind the SDK calls in `client`: `self._client.get_row` is `ots:GetRow`."""
    tree = ast.parse(client.read_text(encoding="utf-8"))
    called = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "_client"
    }
    return {f"ots:{name.title().replace('_', '')}" for name in called - {"close"}}


def _differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [
        f"{name}: {one.get(name)!r} and {other.get(name)!r}"
        for name in sorted({*one, *other})
        if one.get(name) != other.get(name)
    ]


CHECKS: dict[str, Check] = {
    **{f"same {aspect}": _settings(*names) for aspect, names in _ASPECTS.items()},
    "same environment": _environment,
    "same grants": _grants,
    "same tables": _tables,
    "own role each": _role_names,
    "own zip each": _zips,
    "platform rules": _platform_rules,
    "least privilege": _least_privilege,
    "actions as coded": _what_functions_do,
    "invocations as named": _invocations,
    "deployable": _deployable,
    "wired together": _wired,
}
