"""One call of a function: what goes in, what comes out, and the headers the platform adds. Pure."""

from __future__ import annotations

import msgspec

from emulators.function_compute.description.s_yaml import Function, LogConfig
from emulators.function_compute.http.event import HttpRequest, HttpResponse

INVOKE = "/invoke"
HTTP_INVOKE = "/http-invoke"
INITIALIZE = "/initialize"
PRE_STOP = "/pre-stop"

#: X-Fc-Error-Type. The cloud also knows HandledInvocationError; which failure gets which is undocumented.
UNHANDLED = "UnhandledInvocationError"

QUALIFIER = "LATEST"

# From Debian 11 on, a custom runtime finds the token in its environment only.
_RUNTIMES_WITH_TOKEN_HEADER = ("custom", "custom.debian10")


class Identity(msgspec.Struct, frozen=True):
    """Who the functions are: the account and the credentials of their role."""

    account_id: str
    access_key_id: str
    access_key_secret: str
    security_token: str

    def __repr__(self) -> str:
        return f"Identity({self.account_id!r}, {self.access_key_id!r}, …)"


class Invocation(msgspec.Struct, frozen=True):
    """What an instance is asked to do.

    control_path: INVOKE, HTTP_INVOKE, INITIALIZE or PRE_STOP.
    retry_count: 0 the first time.
    http: the client's own request, for a custom runtime behind an HTTP trigger.
    """

    request_id: str
    payload: bytes = b""
    control_path: str = INVOKE
    retry_count: int = 0
    http: HttpRequest | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What an instance answered.

    error_type: empty on success, else what X-Fc-Error-Type says.
    http: the response of a custom runtime behind an HTTP trigger.
    """

    payload: bytes
    error_type: str = ""
    instance_id: str = ""
    http: HttpResponse | None = None

    @property
    def failed(self) -> bool:
        """Whether this counts as a function error, which the queue retries."""
        return bool(self.error_type)


def failure(message: str, error_type: str = "") -> Outcome:
    """A function error the platform itself reports: a timeout, a crash, a server that did not start."""
    body = {"errorMessage": message}
    if error_type:
        body["errorType"] = error_type
    return Outcome(msgspec.json.encode(body), UNHANDLED)


def platform_headers(function: Function, invocation: Invocation, identity: Identity) -> dict[str, str]:
    """The `x-fc-*` headers a runtime receives with every request."""
    log = function.log_config if isinstance(function.log_config, LogConfig) else LogConfig()
    headers = {
        "x-fc-request-id": invocation.request_id,
        "x-fc-control-path": invocation.control_path,
        "x-fc-retry-count": str(invocation.retry_count),
        "x-fc-function-name": function.name,
        "x-fc-function-handler": function.handler,
        "x-fc-function-memory": str(function.memory_size),
        "x-fc-function-timeout": str(function.timeout),
        "x-fc-qualifier": QUALIFIER,
        "x-fc-version-id": "",
        "x-fc-region": function.region,
        "x-fc-account-id": identity.account_id,
        "x-fc-service-logproject": log.project,
        "x-fc-service-logstore": log.logstore,
        "x-fc-access-key-id": identity.access_key_id,
        "x-fc-access-key-secret": identity.access_key_secret,
    }
    if not function.is_custom or function.runtime in _RUNTIMES_WITH_TOKEN_HEADER:
        headers["x-fc-security-token"] = identity.security_token
    return headers
