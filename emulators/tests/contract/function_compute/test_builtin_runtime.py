"""Built-in Python runtimes: what a handler sees, and what becomes of what it returns."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulators.tests.contract.function_compute.watched import Watched


async def test_a_handler_receives_the_payload_as_bytes_and_bytes_come_back_unchanged(
    watched: Watched,
) -> None:
    outcome = await watched.host.invoke("echo", b"\x00\xffraw")

    assert (outcome.payload, outcome.error_type) == (b"\x00\xffraw", "")


async def test_an_instance_is_used_again(watched: Watched) -> None:
    first = await watched.host.invoke("echo", b"1")
    second = await watched.host.invoke("echo", b"2")

    assert first.instance_id == second.instance_id
    assert watched.kinds().count("instance_starting") == 1


async def test_every_invocation_is_framed_by_the_platforms_log_lines(watched: Watched) -> None:
    await watched.host.invoke("echo", b"")
    await watched.printed("FC Invoke End")

    start, echoing, logged, end = (line for _, _, line in watched.lines)
    request_id = start.removeprefix("FC Invoke Start RequestId: ")
    assert echoing == "echoing"
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z {request_id} \[INFO\] logged", logged)
    assert end == f"FC Invoke End RequestId: {request_id}"


async def test_an_exception_is_a_function_error_with_its_stack(watched: Watched) -> None:
    outcome = await watched.host.invoke("hopeless", b"")

    error = json.loads(outcome.payload)
    assert outcome.error_type == "UnhandledInvocationError"
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no good")
    (file, _, function, code) = error["stackTrace"][-1]
    assert file.endswith("index.py")
    assert (function, code) == ("in fail", 'raise ValueError("no good")')
    await watched.printed("Error: Unhandled function error")


async def test_the_instance_survives_an_exception(watched: Watched) -> None:
    first = await watched.host.invoke("hopeless", b"")
    second = await watched.host.invoke("hopeless", b"")

    assert first.instance_id == second.instance_id


async def test_a_module_that_cannot_be_imported_is_named(watched: Watched) -> None:
    error = await watched.ask("broken")

    assert error["errorType"] == "ImportModuleError"
    assert "no_such_module_anywhere" in error["errorMessage"]


async def test_a_hanging_handler_is_killed_at_its_timeout_and_shows_where_it_hung(watched: Watched) -> None:
    outcome = await watched.host.invoke("hanging", b"")

    assert outcome.error_type == "UnhandledInvocationError"
    assert json.loads(outcome.payload)["errorMessage"] == "Function timed out after 1 seconds"
    await watched.printed("in hang")
    assert watched.host.instances() == []


async def test_the_initializer_runs_once_for_many_invocations(watched: Watched) -> None:
    await watched.host.invoke("prepared", b"")
    outcome = await watched.host.invoke("prepared", b"")

    assert outcome.payload == b"prepared "


async def test_a_failed_initializer_fails_the_invocation_and_the_next_one_gets_another_instance(
    watched: Watched,
) -> None:
    first = await watched.host.invoke("unprepared", b"")
    second = await watched.host.invoke("unprepared", b"")

    assert json.loads(first.payload)["errorType"] == "ValueError"
    assert first.instance_id != second.instance_id


async def test_the_context_of_python_3_12_carries_no_credentials(watched: Watched) -> None:
    seen = await watched.ask("describe")

    assert not {"credentials", "service", "retry_count", "tracing"} & set(seen["context"])
    assert {"request_id", "requestId", "region", "account_id", "log_project", "log_store"} <= set(
        seen["context"]
    )
    assert seen["function"] == {
        "name": "describe",
        "handler": "index.describe",
        "memory": 512,
        "timeout": 3,
        "version_id": "",
        "qualifier": "LATEST",
    }


async def test_the_context_of_python_3_10_has_the_older_shape(watched: Watched) -> None:
    seen = await watched.ask("describe_old")

    assert {"credentials", "service", "retry_count", "tracing", "logger"} <= set(seen["context"])
    assert set(seen["function"]) == {"name", "handler", "memory", "timeout"}
    assert seen["retry_count"] == "0"


async def test_user_code_sees_the_documented_variables_only(watched: Watched) -> None:
    environ = (await watched.ask("describe"))["environ"]

    assert {name for name in environ if name.startswith(("FC_", "_FC_"))} == {
        "FC_FUNC_CODE_PATH",
        "FC_ACCOUNT_ID",
        "FC_FUNCTION_HANDLER",
        "FC_FUNCTION_MEMORY_SIZE",
        "FC_FUNCTION_NAME",
        "FC_REGION",
        "FC_INSTANCE_ID",
        "FC_FUNCTION_VERSION",
    }
    assert environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] == "LTAI-local"
    assert environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] == "local-secret"
    assert environ["ALIBABA_CLOUD_SECURITY_TOKEN"]


async def test_paths_of_the_clouds_file_system_are_replaced_by_this_machines(watched: Watched) -> None:
    seen = await watched.ask("describe")

    assert "/opt/bin" not in seen["environ"]["PATH"]
    assert seen["path"][0] == seen["cwd"] == seen["environ"]["FC_FUNC_CODE_PATH"]
    assert seen["path"][1] == "/layer/python"


async def test_the_host_leaves_nothing_of_itself_in_a_functions_imports(watched: Watched) -> None:
    modules = (await watched.ask("describe"))["modules"]

    # What the interpreter's own start-up brought along does not count.
    strangers = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)
    assert strangers <= {
        "__main__",
        "__mp_main__",
        "index",
        "sitecustomize",
        "usercustomize",
        "_distutils_hack",
    }


@pytest.mark.parametrize("function", ["describe", "describe_old"])
async def test_the_shells_own_variables_stay_outside(
    watched: Watched, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORGOTTEN_IN_S_YAML", "1")

    assert "FORGOTTEN_IN_S_YAML" not in (await watched.ask(function))["environ"]
