"""What must hold for both roads; each check returns its complaints, and an empty list when all is well."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from rag_on_dingtalk.storage.instance_name import default_name
from tests.infra.serverless_devs.fc3_facts import complaints as fc3_complaints
from tests.infra.serverless_devs.fc3_lints import lint
from tests.infra.terraform.plans.made_up import ACCOUNT_ID
from tests.infra.terraform.plans.roads import Road, program_of

_CLIENT = (
    Path(__file__).parents[4] / "layers" / "common" / "rag_on_dingtalk" / "storage" / "rows" / "client.py"
)

#: Settings by what they decide, so that a difference has a telling name.
_ASPECTS = {
    "names": ("functionName", "description"),
    "runtimes": ("runtime", "handler", "customRuntimeConfig", "instanceLifecycleConfig", "layers"),
    "sizes": ("cpu", "memorySize", "diskSize", "timeout"),
    "concurrency": ("instanceConcurrency", "concurrencyConfig"),
    "queues": ("asyncInvokeConfig",),
    "networks": ("internetAccess", "vpcConfig"),
    "logs": ("logConfig",),
    "triggers": ("triggers",),
}


class Both(msgspec.Struct, frozen=True):
    """The two roads.

    name, region: what both were told.
    refusals: why Terraform would not deploy.
    crossed: what in its state leads elsewhere than it should.
    """

    s: Road
    terraform: Road
    name: str = "rag-on-dingtalk"
    region: str = "cn-hangzhou"
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
        for role in [f"{both.name}-{program_of(key).replace('_', '-')}"]
        if props["role"] != role or road.roles[program_of(key)].name != role
    ]


def _grants(both: Both) -> list[str]:
    return _differences(
        *({key: sorted(role.grants) for key, role in road.roles.items()} for road in (both.s, both.terraform))
    )


def _tables(both: Both) -> list[str]:
    return _differences(both.s.tables, both.terraform.tables)


def _zips(both: Both) -> list[str]:
    expected = {key: program_of(key) for key in both.s.functions}
    return [*_differences(expected, both.s.zips), *_differences(expected, both.terraform.zips)]


def _platform_rules(both: Both) -> list[str]:
    # What only `s` needs is not in a road; the rest is what component fc3 takes, on either road.
    apart = {"region": "cn-hangzhou", "code": "x.zip"}
    return [
        f"{key}: {problem}"
        for road in (both.s, both.terraform)
        for key, props in road.functions.items()
        for problem in [*lint(props), *fc3_complaints({**apart, **props})]
    ]


def _least_privilege(both: Both) -> list[str]:
    complaints = []
    own = _own(both.name, both.region)
    for key, role in both.terraform.roles.items():
        if role.trusted != {"fc.aliyuncs.com"}:
            complaints.append(f"{key}: {sorted(role.trusted)} may take the role")
        for action, resource in role.grants:
            if "*" in action:
                complaints.append(f"{key}: {action} is a wildcard")
            if not resource.startswith(own) and action not in _NETWORK_ACTIONS:
                complaints.append(f"{key}: {resource} is not ours alone")
    return complaints


def _own(name: str, region: str) -> tuple[str, ...]:
    """Beginnings of what belongs to this deployment."""
    instance = default_name(name, ACCOUNT_ID, region)
    return tuple(
        f"acs:{service}:{region}:{ACCOUNT_ID}:{what}"
        for service, what in (
            ("fc", f"functions/{name}-"),
            ("ots", f"instance/{instance}/table/"),
            ("log", f"project/{name}-{ACCOUNT_ID}-{region}/logstore/functions"),
            ("kms", "secret/"),
        )
    )


#: What Function Compute does for a function in a VPC, in the function's name.
_NETWORK_ACTIONS = {
    *(f"ecs:{verb}NetworkInterface" for verb in ("Create", "Delete")),
    *(f"ecs:{verb}NetworkInterfacePermission" for verb in ("Create", "Delete")),
    "ecs:DescribeNetworkInterfaces",
    "ecs:DescribeNetworkInterfacePermissions",
    "vpc:DescribeVSwitchAttributes",
    "vpc:DescribeVpcAttribute",
}


def _what_functions_do(both: Both) -> list[str]:
    """Each role has exactly the actions that its function's code calls."""
    storage = tablestore_actions(_CLIENT) | tablestore_actions(_CLIENT.with_name("many_rows.py"))
    queueing = {"log:PostLogStoreLogs", "fc:InvokeFunction"}
    does = {"callback": queueing}
    does |= dict.fromkeys(("async_answer", "failed_answer", "housekeeping"), queueing | storage)
    if "console" in both.terraform.functions:
        does["console"] = queueing | storage
    for key, props in both.terraform.functions.items():
        does[program_of(key)] |= _NETWORK_ACTIONS if "vpcConfig" in props else set()
    return _differences(
        does, {key: {action for action, _ in role.grants} for key, role in both.terraform.roles.items()}
    )


def _invocations(both: Both) -> list[str]:
    """A function may invoke those that its settings name: async_answer, and where its failures go.

    With async_answer those that answer for one bot, which are named after it.
    """
    complaints = []
    for key, role in both.terraform.roles.items():
        props = both.terraform.functions[key]
        answering = props["environmentVariables"].get("ANSWER_FUNCTION")
        named = {answering, answering and f"{answering}-*"}
        destination = props.get("asyncInvokeConfig", {}).get("destinationConfig", {}).get("onFailure", {})
        named.add(destination.get("destination", "").rpartition("/")[2] or None)
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
