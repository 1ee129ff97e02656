"""The rules of running an instance: its command, its environment, its answers, its log lines."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.function_compute.description.s_yaml import Function
from emulators.function_compute.invocation import Identity
from emulators.function_compute.logs import MAX_LINE_BYTES, MAX_TAIL_BYTES, LineSplitter, LogTails
from emulators.function_compute.runtimes.custom import command_line, outcome_of
from emulators.function_compute.runtimes.environment import child_environment

CODE = Path("/somewhere/code")
PYTHON = ("/python", "-s")
IDENTITY = Identity("123", "AK", "SK", "STS")


def function(**props: object) -> Function:
    given = {
        "functionName": "f",
        "region": "cn-hangzhou",
        "runtime": "custom.debian11",
        "code": "code",
        **props,
    }
    return msgspec.convert(given, Function)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"command": ["python3", "app.py"]}, ["/python", "-s", "app.py"]),
        (
            {"command": ["/var/fc/lang/python3.12/bin/python3.12"], "args": ["-u", "/code/app.py"]},
            ["/python", "-s", "-u", "/somewhere/code/app.py"],
        ),
        ({"command": ["/code/bootstrap"]}, ["/somewhere/code/bootstrap"]),
        ({}, ["/somewhere/code/bootstrap"]),
        ({"command": ["node", "python3"]}, ["node", "python3"]),
    ],
)
def test_a_command_of_the_cloud_becomes_one_of_this_machine(config: object, expected: list[str]) -> None:
    assert command_line(function(customRuntimeConfig=config), CODE, PYTHON) == expected


@pytest.mark.parametrize(
    ("status", "headers", "failed"),
    [
        (200, {"x-fc-status": "200"}, False),
        (200, {}, False),
        (404, {"x-fc-status": "404"}, True),
        (200, {"x-fc-status": "404"}, True),
        # Without the header the platform takes the call as successful, whatever the status.
        (404, {}, False),
        # Unconfirmed; taken for a failure here.
        (500, {}, True),
        (503, {"x-fc-status": "200"}, True),
    ],
)
def test_a_custom_runtimes_answer_is_judged_by_header_and_status(
    status: int, headers: dict[str, str], *, failed: bool
) -> None:
    assert outcome_of(status, headers, b"body").failed is failed


@pytest.mark.parametrize(
    ("runtime", "version"),
    [
        ("python3.10", "FC_VER_ID"),
        ("custom.debian10", "FC_VER_ID"),
        ("python3.12", "FC_FUNCTION_VERSION"),
        ("custom.debian11", "FC_FUNCTION_VERSION"),
    ],
)
def test_an_instance_sees_the_platforms_variables(runtime: str, version: str) -> None:
    environment = child_environment(
        function(
            runtime=runtime, handler="index.handler", environmentVariables={"MINE": "1", "PATH": "/opt/bin"}
        ),
        identity=IDENTITY,
        instance_id="c-1",
        code=CODE,
        python_path=("/layer", "/other"),
        machine={"PATH": "/usr/bin", "SHELL_ONLY": "1"},
    )

    assert environment["PATH"] == "/usr/bin"
    assert environment["PYTHONPATH"] == "/layer:/other"
    assert environment["MINE"] == "1"
    assert "SHELL_ONLY" not in environment
    assert environment["FC_FUNC_CODE_PATH"] == "/somewhere/code"
    assert (environment["FC_ACCOUNT_ID"], environment["FC_INSTANCE_ID"]) == ("123", "c-1")
    assert (environment[version], environment["ALIBABA_CLOUD_SECURITY_TOKEN"]) == ("LATEST", "STS")


def test_secrets_do_not_print_themselves() -> None:
    assert "SK" not in repr(IDENTITY)
    assert "STS" not in repr(IDENTITY)


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))),
    st.lists(st.integers(1, 40)),
)
def test_lines_are_the_same_however_the_output_was_cut(lines: list[str], cuts: list[int]) -> None:
    output = "".join(f"{line}\n" for line in lines).encode()
    splitter, seen = LineSplitter(), []
    for cut in cuts:
        seen += splitter.feed(output[:cut])
        output = output[cut:]

    assert seen + splitter.feed(output) + splitter.finish() == lines


def test_an_endless_line_is_cut_into_entries() -> None:
    splitter = LineSplitter()

    assert [len(line) for line in splitter.feed(b"x" * (2 * MAX_LINE_BYTES + 1))] == [MAX_LINE_BYTES] * 2
    assert splitter.finish() == ["x"]


def test_a_tail_begins_with_the_request_and_holds_4_kb_at_most() -> None:
    tails = LogTails()
    for line in ("FC Invoke Start RequestId: 1", "first", "FC Invoke Start RequestId: 2", "x" * 5000, "end"):
        tails.add("c-1", line)

    assert tails.tail("c-1", "1").startswith(b"xxx")
    assert len(tails.tail("c-1", "2")) == MAX_TAIL_BYTES
    assert tails.tail("c-1", "2").endswith(b"x\nend\n")
    assert tails.tail("nobody", "1") == b""
