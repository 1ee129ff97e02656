"""Handlers of the contract tests."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

STATE = Path(os.environ["STATE"])

_prepared = ""


def echo(event: bytes, context: Any) -> bytes:
    print("echoing")
    logging.getLogger().info("logged")
    return event


def describe(event: bytes, context: Any) -> dict[str, Any]:
    function = vars(context.function)
    return {
        "context": sorted(vars(context)),
        "function": function,
        "retry_count": getattr(context, "retry_count", None),
        "environ": dict(os.environ),
        "path": sys.path,
        "modules": sorted(sys.modules),
        "cwd": str(Path.cwd()),
    }


def hang(event: bytes, context: Any) -> None:
    print("hanging")
    threading.Event().wait()


def hang_the_first_time(event: bytes, context: Any) -> str:
    attempts = STATE / "attempts"
    first = not attempts.exists()
    attempts.touch()
    if first:
        hang(event, context)
    return "survived"


def tick_behind_the_back(event: bytes, context: Any) -> str:
    def tick() -> None:
        while True:
            time.sleep(0.001)

    threading.Thread(target=tick, daemon=True).start()
    return "ticking"


def start_a_program(event: bytes, context: Any) -> str:
    return str(subprocess.Popen(["sleep", "60"]).pid)  # noqa: S607 - wherever this machine keeps it


def initialize(context: Any) -> None:
    global _prepared  # noqa: PLW0603 - what an initializer is for
    _prepared += "prepared "


def echo_preparation(event: bytes, context: Any) -> str:
    return _prepared


def pre_stop(context: Any) -> None:
    print("said goodbye")


def fail(*_: Any) -> None:
    raise ValueError("no good")


def third_time_lucky(event: bytes, context: Any) -> str:
    if int(context.retry_count) < 2:
        raise ValueError("not yet")
    return f"after {context.retry_count} retries"


def remember(event: bytes, context: Any) -> None:
    with (STATE / context.function.name).open("a") as file:
        file.write(event.decode() + "\n")


def web(event: bytes, context: Any) -> Any:
    request = json.loads(event)
    if request["rawPath"] == "/broken":
        return "not a response"
    if request["rawPath"] == "/crash":
        raise ValueError("a secret detail")
    return {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json", "X-Own": "yes"},
        "isBase64Encoded": False,
        "body": json.dumps(request),
    }
