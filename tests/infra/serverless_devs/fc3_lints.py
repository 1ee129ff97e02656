"""What the fc3 component's schema lets pass and the cloud does not.

The schema knows no unknown keys, no vCPU to memory ratio and no rule between a runtime and its concurrency; a
wrong pair fails only when deployed.
Sources: component `fc3` 0.1.22; Function Compute, "Limits" and "Environment variables".
"""

from __future__ import annotations

import re
from typing import Any

_HOOK = {"handler": None, "command": None, "timeout": None}
_DESTINATION = {"destination": None}
_TRIGGER_CONFIG = {
    "http": {"authType": None, "methods": None, "disableURLInternet": None, "authConfig": None},
    "timer": {"cronExpression": None, "enable": None, "payload": None},
}
_TRIGGER = {
    "triggerName": None,
    "triggerType": None,
    "triggerConfig": None,
    "qualifier": None,
    "description": None,
    "invocationRole": None,
    "sourceArn": None,
}

#: Every key this project may use; None stands for a value without keys of its own.
KNOWN: dict[str, Any] = {
    "region": None,
    "functionName": None,
    "description": None,
    "runtime": None,
    "handler": None,
    "code": None,
    "layers": None,
    "role": None,
    "cpu": None,
    "memorySize": None,
    "diskSize": None,
    "timeout": None,
    "instanceConcurrency": None,
    "internetAccess": None,
    "environmentVariables": None,
    "triggers": None,
    "tags": None,
    "logConfig": {
        "project": None,
        "logstore": None,
        "enableRequestMetrics": None,
        "enableInstanceMetrics": None,
        "logBeginRule": None,
    },
    "vpcConfig": {"vpcId": None, "vSwitchIds": None, "securityGroupId": None},
    "concurrencyConfig": {"reservedConcurrency": None},
    "customRuntimeConfig": {"command": None, "args": None, "port": None, "healthCheckConfig": None},
    "instanceLifecycleConfig": {"initializer": _HOOK, "preStop": _HOOK},
    "asyncInvokeConfig": {
        "asyncTask": None,
        "maxAsyncRetryAttempts": None,
        "maxAsyncEventAgeInSeconds": None,
        "destinationConfig": {"onSuccess": _DESTINATION, "onFailure": _DESTINATION},
    },
}

MAX_ENVIRONMENT_BYTES = 4 * 1024
#: Every tool agrees on ages up to this one.
MAX_EVENT_AGE_SECONDS = 86_400
MAX_HOOK_SECONDS = {"initializer": 300, "preStop": 90}

_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def lint(props: dict[str, Any]) -> list[str]:
    """Everything that is wrong with one function's resolved `props`; empty when all is well."""
    return [
        *_unknown_keys(props, KNOWN, "props"),
        *_triggers(props.get("triggers", [])),
        *_size(props),
        *_concurrency(props),
        *_environment(props.get("environmentVariables", {})),
        *_times(props),
    ]


def _unknown_keys(value: Any, known: dict[str, Any], where: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    problems = [f"{where}.{key} is no setting" for key in value if key not in known]
    for key, inner in known.items():
        if inner is not None and key in value:
            problems += _unknown_keys(value[key], inner, f"{where}.{key}")
    return problems


def _triggers(triggers: list[dict[str, Any]]) -> list[str]:
    problems = []
    for trigger in triggers:
        kind, config = trigger.get("triggerType", ""), trigger.get("triggerConfig", {})
        problems += _unknown_keys(trigger, _TRIGGER, "trigger")
        problems += _unknown_keys(config, _TRIGGER_CONFIG.get(kind, {}), f"{kind} trigger")
        if kind == "http" and config.get("authType") not in ("anonymous", "function", "jwt"):
            problems.append(f"authType {config.get('authType')!r} does not exist")
    return problems


def _size(props: dict[str, Any]) -> list[str]:
    cpu, memory = props.get("cpu", 0.35), props.get("memorySize", 512)
    problems = []
    if not 1 <= memory / 1024 / cpu <= 4:
        problems.append(f"{cpu} vCPU with {memory} MB: GB per vCPU must be from 1 to 4")
    if round(cpu * 100) % 5:
        problems.append(f"{cpu} vCPU is no multiple of 0.05")
    return problems


def _concurrency(props: dict[str, Any]) -> list[str]:
    if props.get("instanceConcurrency", 1) == 1:
        return []
    problems = []
    if not props.get("runtime", "").startswith("custom"):
        problems.append("only custom runtimes take more than one request at once")
    if props.get("asyncInvokeConfig", {}).get("asyncTask"):
        problems.append("asyncTask and instanceConcurrency > 1 must not be combined")
    return problems


def _environment(variables: dict[str, str]) -> list[str]:
    problems = [f"{name} is reserved for the platform" for name in variables if name.startswith("FC_")]
    problems += [f"{name!r} is no variable name" for name in variables if not _VARIABLE.fullmatch(name)]
    size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
    if size > MAX_ENVIRONMENT_BYTES:
        problems.append(f"the environment has {size} bytes, more than {MAX_ENVIRONMENT_BYTES}")
    return problems


def _times(props: dict[str, Any]) -> list[str]:
    problems = []
    config = props.get("asyncInvokeConfig", {})
    age = config.get("maxAsyncEventAgeInSeconds", MAX_EVENT_AGE_SECONDS)
    if not props.get("timeout", 3) <= age <= MAX_EVENT_AGE_SECONDS:
        problems.append(f"an event age of {age} s is shorter than one run or longer than a day")
    for name, longest in MAX_HOOK_SECONDS.items():
        seconds = props.get("instanceLifecycleConfig", {}).get(name, {}).get("timeout", 3)
        if seconds > longest:
            problems.append(f"{name} may take {longest} s, not {seconds}")
    return problems
