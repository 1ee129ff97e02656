"""The program inside an instance of a built-in Python runtime: one file, standard library only.

It is one loop: take an invocation from the runtime API, run the handler, report, take the next.
Usage: `python builtin_bootstrap.py <runtime>`, with FC's variables and FC_RUNTIME_API in the environment.
Source of the behaviour: the bootstrap of FC's own python3.9 runtime image (cheless/fc-runtime).
"""

from __future__ import annotations

import faulthandler
import http.client
import importlib
import json
import logging
import os
import signal
import sys
import time
import traceback
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping
    from http.client import HTTPMessage
    from types import TracebackType

_API = "/2020-11-11/runtime/invocation"
_MAX_LINE_BYTES = 128 * 1024
_STDERR = 2

_KEPT_VARIABLES = frozenset(
    (
        "FC_FUNC_CODE_PATH",
        "FC_FUNCTION_MEMORY_SIZE",
        "FC_RUNTIME_VERSION",
        "FC_ACCOUNT_ID",
        "FC_FUNCTION_HANDLER",
        "FC_FUNCTION_NAME",
        "FC_SERVICE_NAME",
        "FC_VER_ID",
        "FC_FUNCTION_VERSION",  # the name of FC_VER_ID from Debian 11 on
        "FC_QUALIFIER",
        "FC_REGION",
        "FC_INSTANCE_ID",
        "FC_SNAPSHOT_FLAG",
    )
)

_RUNTIMES_WITH_OLD_CONTEXT = ("python3", "python3.9", "python3.10")


class LoadError(Exception):
    """The handler cannot be had; `error_type` is FC's name for the reason."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class _Current:
    """The request being worked on: one at a time, so one for the process."""

    request_id = ""


class RuntimeApi:
    """Where invocations come from and answers go. A connection per call: none can go stale while frozen."""

    def __init__(self, address: str) -> None:
        self._host, _, prefix = address.partition("/")
        self._prefix = f"/{prefix}" if prefix else ""

    def next_invocation(self) -> tuple[HTTPMessage, bytes]:
        """Wait for work; ends the process when the host has none left for it."""
        status, headers, body = self._call("GET", "/next")
        if status != http.client.OK:
            sys.exit(0)
        return headers, body

    def report(self, request_id: str, kind: str, body: bytes) -> None:
        """`kind` is "response" or "error"."""
        self._call("POST", f"/{request_id}/{kind}", body)

    def _call(self, method: str, path: str, body: bytes | None = None) -> tuple[int, HTTPMessage, bytes]:
        connection = http.client.HTTPConnection(self._host)
        try:
            connection.request(method, f"{self._prefix}{_API}{path}", body=body)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()


def load(name: str) -> Callable[..., Any]:
    """`index.handler`, `dir/mod.func` or `a.b.func` → the function.

    Raises:
        LoadError: with FC's error type.
    """
    module_name, dot, attribute = name.rpartition(".")
    if not dot:
        raise LoadError("InvalidHandleName", f"Invalid handler name {name!r}: it must be like index.handler")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except SyntaxError as error:
        raise LoadError("UserCodeSyntaxError", f"Syntax error in module {module_name!r}: {error}") from error
    except ImportError as error:
        raise LoadError("ImportModuleError", f"Unable to import module {module_name!r}: {error}") from error
    except Exception as error:
        raise LoadError("UserCodeError", f"Module {module_name!r} failed: {error}") from error
    function = getattr(module, attribute, None)
    if not callable(function):
        raise LoadError("HandlerNotFound", f"Module {module_name!r} has no function {attribute!r}")
    return function  # type: ignore[no-any-return]  # whatever the user's module holds


def make_context(headers: HTTPMessage, runtime: str) -> SimpleNamespace:
    """The second argument of a handler; python3.12 dropped and added fields."""
    request_id = headers.get("x-fc-request-id", "")
    function = SimpleNamespace(
        name=headers.get("x-fc-function-name", ""),
        handler=headers.get("x-fc-function-handler", ""),
        memory=int(headers.get("x-fc-function-memory") or 0),
        timeout=int(headers.get("x-fc-function-timeout") or 0),
    )
    context = SimpleNamespace(
        request_id=request_id,
        requestId=request_id,
        function=function,
        region=headers.get("x-fc-region", ""),
        account_id=headers.get("x-fc-account-id", ""),
    )
    log = {
        "log_project": headers.get("x-fc-service-logproject", ""),
        "log_store": headers.get("x-fc-service-logstore", ""),
    }
    version = {
        "version_id": headers.get("x-fc-version-id", ""),
        "qualifier": headers.get("x-fc-qualifier", ""),
    }
    if runtime in _RUNTIMES_WITH_OLD_CONTEXT:
        context.credentials = _credentials(headers)
        context.service = SimpleNamespace(name="", **log, **version)
        context.retry_count = headers.get("x-fc-retry-count", "0")
        context.tracing = SimpleNamespace(span_context="", jaeger_endpoint="", span_baggages={})
        context.logger = logging.getLogger()
        context.getLogger = logging.getLogger
    else:
        vars(function).update(version)
        vars(context).update(log)
        context.logger = None
        context.getLogger = lambda: _hand_out_logger(context)
    return context


def _hand_out_logger(context: SimpleNamespace) -> logging.Logger:
    context.logger = logger = logging.getLogger()
    return logger


def _credentials(headers: HTTPMessage) -> SimpleNamespace:
    key_id = headers.get("x-fc-access-key-id", "")
    secret = headers.get("x-fc-access-key-secret", "")
    token = headers.get("x-fc-security-token", "")
    return SimpleNamespace(
        access_key_id=key_id,
        accessKeyId=key_id,
        access_key_secret=secret,
        accessKeySecret=secret,
        security_token=token,
        securityToken=token,
    )


def to_bytes(returned: Any) -> bytes:
    """What a handler returned, as the response's body."""
    if isinstance(returned, bytes):
        return returned
    if isinstance(returned, str):
        return returned.encode()
    return json.dumps(returned, default=_serialise, indent=4, sort_keys=True).encode()


def _serialise(value: Any) -> Any:
    from datetime import date
    from datetime import time as time_of_day
    from decimal import Decimal

    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | time_of_day):
        return value.isoformat()
    if hasattr(value, "to_json"):
        return value.to_json()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def describe(error: BaseException) -> bytes:
    """An exception as FC reports it."""
    cause = error.__cause__ if isinstance(error, LoadError) and error.__cause__ else error
    return json.dumps(
        {
            "errorMessage": str(error),
            "errorType": error.error_type if isinstance(error, LoadError) else type(error).__name__,
            "stackTrace": _stack_trace(cause.__traceback__),
        }
    ).encode()


def _stack_trace(trace: TracebackType | None) -> list[list[str]]:
    return [
        [f"File {frame.filename}", f"line {frame.lineno}", f"in {frame.name}", frame.line or ""]
        for frame in traceback.extract_tb(trace)
        if frame.filename not in (__file__, importlib.__file__)
        and not frame.filename.startswith("<frozen importlib")
    ]


class LogFormatter(logging.Formatter):
    """`2026-01-02T03:04:05.678Z <requestId> [INFO] message`, in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """One entry, cut at 128 KiB."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        message = super().format(record)
        entry = f"{stamp}.{int(record.msecs):03d}Z {_Current.request_id} [{record.levelname}] {message}"
        return entry.encode()[:_MAX_LINE_BYTES].decode("utf-8", "ignore")


def set_up_logging(level: str) -> None:
    """Root logger → standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(LogFormatter())
    logging.basicConfig(handlers=[handler], level=level)


def hide_platform_variables(environ: MutableMapping[str, str]) -> None:
    """User code sees only the documented ones of FC_* and _FC_*."""
    for name in [n for n in environ if n.startswith(("FC_", "_FC_")) and n not in _KEPT_VARIABLES]:
        del environ[name]


@contextmanager
def stacks_shown_on_sigterm() -> Iterator[None]:
    """While user code runs, SIGTERM is its timeout: show where every thread is, then end.

    Not a Python handler: one that arrives just before a blocking call would wait for the call's end.
    """
    faulthandler.register(signal.SIGTERM, file=_STDERR, all_threads=True, chain=True)
    try:
        yield
    finally:
        faulthandler.unregister(signal.SIGTERM)


def serve_one(api: RuntimeApi, runtime: str, hooks: Mapping[str, str]) -> None:
    """Take one invocation and report how it went.

    hooks: control path → name of the function it calls; any other path calls the handler.
    """
    headers, event = api.next_invocation()
    path = headers.get("x-fc-control-path", "")
    kind = {"/initialize": "Initialize", "/pre-stop": "PreStop"}.get(path, "Invoke")
    request_id = headers.get("x-fc-request-id", "")
    _Current.request_id = request_id
    print(f"FC {kind} Start RequestId: {request_id}", flush=True)
    try:
        context = make_context(headers, runtime)
        with stacks_shown_on_sigterm():
            if path in hooks:
                load(hooks[path])(context)
                outcome, body = "response", b""
            else:
                handler = load(os.environ["FC_FUNCTION_HANDLER"])
                outcome, body = "response", to_bytes(handler(event, context))
    except Exception as error:  # noqa: BLE001 - whatever user code raises is its answer
        traceback.print_exc()
        outcome, body = "error", describe(error)
    ending = "" if outcome == "response" else ", Error: Unhandled function error"
    print(f"FC {kind} End RequestId: {request_id}{ending}", flush=True)
    api.report(request_id, outcome, body)


def main(runtime: str) -> None:
    """Serve until the host ends the process."""
    api = RuntimeApi(os.environ["FC_RUNTIME_API"])
    names = {
        "/initialize": os.environ.get("_FC_INITIALIZER", ""),
        "/pre-stop": os.environ.get("_FC_PRE_STOP", ""),
    }
    hooks = {path: name for path, name in names.items() if name}
    set_up_logging(os.environ.get("FC_SERVER_LOG_LEVEL", "INFO"))
    # The script's own folder is there; user code belongs in its place.
    sys.path[0] = os.environ["FC_FUNC_CODE_PATH"]
    hide_platform_variables(os.environ)
    # When the host is gone no reader is left.
    with suppress(ConnectionError):
        while True:
            serve_one(api, runtime, hooks)


if __name__ == "__main__":
    main(sys.argv[1])
