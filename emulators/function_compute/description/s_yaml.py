"""`infra/s.yaml` as structs: what Function Compute would be told about each function. Pure.

Only what changes a function's behaviour on one machine is kept: roles, logs, networks and layers are not.
Source: component `fc3` 0.1.22, `src/schema.json`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import yaml

from emulators.function_compute.description.expressions import SYamlError, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Ten times as fast where PyYAML was built with libyaml, as its wheels are.
YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Concurrent instances of one account and region, unless a function reserves its own number.
ACCOUNT_INSTANCES = 100

_BUILTIN = re.compile(r"python3(\.\d+)?")
_CUSTOM = re.compile(r"custom(\.debian\d+)?")
_FUNCTION_ARN = re.compile(r"acs:fc:[\w-]*:\d*:functions/(?P<name>[\w-]+)")


class _Camel(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Unknown keys pass: they belong to the cloud. `tests/infra` refuses misspelt ones."""


class HttpTriggerConfig(_Camel, frozen=True, kw_only=True):
    """An HTTP URL. Only anonymous ones can be served here."""

    auth_type: str
    methods: tuple[str, ...] = ()


class TimerTriggerConfig(_Camel, frozen=True, kw_only=True):
    """A schedule; `payload` is handed to the function as it is."""

    cron_expression: str
    enable: bool = False
    payload: str = ""


class HttpTrigger(_Camel, frozen=True, kw_only=True, tag="http", tag_field="triggerType"):
    """A trigger of type http."""

    trigger_name: str
    trigger_config: HttpTriggerConfig


class TimerTrigger(_Camel, frozen=True, kw_only=True, tag="timer", tag_field="triggerType"):
    """A trigger of type timer."""

    trigger_name: str
    trigger_config: TimerTriggerConfig


class Destination(_Camel, frozen=True, kw_only=True):
    """Where the record of a finished async invocation goes."""

    destination: str = ""

    @property
    def function(self) -> str:
        """The function's name, or "" when the target is none (an MNS topic, EventBridge …)."""
        match = _FUNCTION_ARN.fullmatch(self.destination)
        return match["name"] if match else ""


class DestinationConfig(_Camel, frozen=True, kw_only=True):
    """Both destinations; an empty one is off."""

    on_success: Destination = Destination()
    on_failure: Destination = Destination()


class AsyncInvokeConfig(_Camel, frozen=True, kw_only=True):
    """How the queue treats a function. Ages are seconds; the defaults are the component's."""

    async_task: bool = False
    max_async_retry_attempts: int = 3
    max_async_event_age_in_seconds: int = 18_000
    destination_config: DestinationConfig = DestinationConfig()


class CustomRuntimeConfig(_Camel, frozen=True, kw_only=True):
    """What starts a custom runtime's server, and where it listens in the cloud."""

    command: tuple[str, ...] = ("/code/bootstrap",)
    args: tuple[str, ...] = ()
    port: int = 9000


class LifecycleHook(_Camel, frozen=True, kw_only=True):
    """An initializer or preStop; `timeout` in seconds."""

    handler: str = ""
    command: tuple[str, ...] = ()
    timeout: int = 3


class InstanceLifecycleConfig(_Camel, frozen=True, kw_only=True):
    """What runs once before an instance's first request, and once before its end."""

    initializer: LifecycleHook | None = None
    pre_stop: LifecycleHook | None = None


class ConcurrencyConfig(_Camel, frozen=True, kw_only=True):
    """The number of instances a function may have at most."""

    reserved_concurrency: int


class LogConfig(_Camel, frozen=True, kw_only=True):
    """Names a function can read from its context."""

    project: str = ""
    logstore: str = ""


class Function(_Camel, frozen=True, kw_only=True):
    """One function: the `props` of an `fc3` resource.

    timeout: seconds a request may take; memory_size: MB.
    code: a folder or a zip, relative to s.yaml.
    """

    name: str = msgspec.field(name="functionName")
    region: str
    runtime: str
    code: str
    handler: str = ""
    timeout: int = 3
    memory_size: int = 512
    instance_concurrency: int = 1
    environment_variables: dict[str, str] = {}
    triggers: tuple[HttpTrigger | TimerTrigger, ...] = ()
    async_invoke_config: AsyncInvokeConfig = AsyncInvokeConfig()
    custom_runtime_config: CustomRuntimeConfig = CustomRuntimeConfig()
    instance_lifecycle_config: InstanceLifecycleConfig = InstanceLifecycleConfig()
    concurrency_config: ConcurrencyConfig = ConcurrencyConfig(reserved_concurrency=ACCOUNT_INSTANCES)
    log_config: LogConfig | Literal["auto"] = LogConfig()

    @property
    def is_custom(self) -> bool:
        """Whether the function is an HTTP server of its own rather than a handler."""
        return self.runtime.startswith("custom")

    @property
    def http_trigger(self) -> HttpTrigger | None:
        """FC allows one HTTP trigger a function."""
        return next((trigger for trigger in self.triggers if isinstance(trigger, HttpTrigger)), None)

    @property
    def timers(self) -> list[TimerTrigger]:
        """The triggers of type timer."""
        return [trigger for trigger in self.triggers if isinstance(trigger, TimerTrigger)]

    def arn(self, account_id: str) -> str:
        """The name under which a destination record speaks of the function."""
        return f"acs:fc:{self.region}:{account_id}:functions/{self.name}"


def load(text: str, env: Mapping[str, str], *, account_id: str) -> dict[str, Function]:
    """The functions of an s.yaml, by name.

    env: what `${env('X')}` sees.

    Raises:
        SYamlError: says every place that cannot be read, and what to do.
    """
    try:
        document = yaml.load(text, Loader=YAML_LOADER)  # noqa: S506 - a safe one
    except yaml.YAMLError as error:
        raise SYamlError(f"s.yaml is not YAML: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("resources"), dict):
        raise SYamlError("s.yaml has no resources. Add one function under `resources:`.")
    resolved = resolve(document, env, account_id=account_id)
    functions = [
        _function(name, resource.get("props"))
        for name, resource in resolved["resources"].items()
        if isinstance(resource, dict) and str(resource.get("component")).partition("@")[0] == "fc3"
    ]
    by_name = {function.name: function for function in functions}
    if len(by_name) < len(functions):
        raise SYamlError("s.yaml, resources: two of them have the same functionName. Rename one.")
    return by_name


def _function(resource: str, props: Any) -> Function:
    where = f"s.yaml, resources.{resource}.props"
    try:
        # Not strict: what an expression puts in is text, also for a number.
        function = msgspec.convert(props, Function, strict=False)
    except msgspec.ValidationError as error:
        raise SYamlError(f"{where}: {error}.") from error
    problem = _unsupported(function)
    if problem:
        raise SYamlError(f"{where}: {problem}.")
    return function


def _unsupported(function: Function) -> str:
    """What this host cannot stand in for, as the rest of a sentence; "" when it can."""
    hooks = function.instance_lifecycle_config
    if not (_BUILTIN.fullmatch(function.runtime) or _CUSTOM.fullmatch(function.runtime)):
        return f"runtime {function.runtime} cannot run here, only python3.x and custom.debianNN"
    if not function.is_custom and not function.handler:
        return "a built-in runtime needs a handler such as index.handler"
    if not function.is_custom and function.instance_concurrency > 1:
        return "a built-in runtime takes one request at a time, set instanceConcurrency to 1"
    if any(hook and hook.command for hook in (hooks.initializer, hooks.pre_stop)):
        return "a lifecycle hook with a command cannot run here, name a handler"
    if function.http_trigger and function.http_trigger.trigger_config.auth_type != "anonymous":
        return "only an HTTP trigger with authType anonymous can be served here"
    return ""
