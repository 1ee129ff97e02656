"""The pure parts of the program inside a built-in instance."""

from __future__ import annotations

import json
import logging
import sys
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from emulators.function_compute.runtimes import builtin_bootstrap as bootstrap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Money:
    def to_json(self) -> str:
        return "7 CNY"


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("文", "文".encode()),
        (b"\xff", b"\xff"),
        (None, b"null"),
        ({"b": 1, "a": Decimal("1.5")}, b'{\n    "a": 1.5,\n    "b": 1\n}'),
        (date(2026, 1, 2), b'"2026-01-02"'),
        (datetime(2026, 1, 2, tzinfo=timezone.utc), b'"2026-01-02T00:00:00+00:00"'),
        (Money(), b'"7 CNY"'),
    ],
)
def test_text_and_bytes_pass_through_and_the_rest_becomes_json(returned: Any, expected: bytes) -> None:
    assert bootstrap.to_bytes(returned) == expected


def test_what_json_cannot_say_is_the_functions_error() -> None:
    with pytest.raises(TypeError, match="is not JSON serializable"):
        bootstrap.to_bytes(object())


@pytest.fixture
def user_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize(
    "name", ["user_index.handler", "folder/user_index.handler", "folder.user_index.handler"]
)
def test_a_handler_is_found_by_module_and_folder(user_code: Path, name: str) -> None:
    (user_code / "folder").mkdir()
    for folder in (user_code, user_code / "folder"):
        (folder / "user_index.py").write_text("def handler(event, context): return 'found'")

    assert bootstrap.load(name)(b"", None) == "found"


@pytest.mark.parametrize(
    ("code", "name", "error_type"),
    [
        ("", "handler", "InvalidHandleName"),
        ("", "user_index.handler", "HandlerNotFound"),
        ("handler = 1", "user_index.handler", "HandlerNotFound"),
        ("def handler(:", "user_index.handler", "UserCodeSyntaxError"),
        ("import no_such_module", "user_index.handler", "ImportModuleError"),
        ("", "no_such_module.handler", "ImportModuleError"),
        ("1/0", "user_index.handler", "UserCodeError"),
    ],
)
def test_a_handler_that_cannot_be_loaded_has_the_platforms_error_type(
    user_code: Path, code: str, name: str, error_type: str
) -> None:
    (user_code / "user_index.py").write_text(code)

    with pytest.raises(bootstrap.LoadError) as refused:
        bootstrap.load(name)

    described = json.loads(bootstrap.describe(refused.value))
    assert described["errorType"] == error_type
    assert described["errorMessage"]


def test_an_error_in_user_code_points_to_its_line(user_code: Path) -> None:
    (user_code / "user_index.py").write_text("x = 1\n1/0\n")

    with pytest.raises(bootstrap.LoadError) as refused:
        bootstrap.load("user_index.handler")

    assert json.loads(bootstrap.describe(refused.value))["stackTrace"] == [
        [f"File {user_code / 'user_index.py'}", "line 2", "in <module>", "1/0"]
    ]


def test_the_platforms_own_variables_are_hidden() -> None:
    environ = {"FC_RUNTIME_API": "x", "_FC_INITIALIZER": "x", "FC_REGION": "cn", "FCOTHER": "1", "HOME": "/"}
    bootstrap.hide_platform_variables(environ)

    assert environ == {"FC_REGION": "cn", "FCOTHER": "1", "HOME": "/"}


def test_a_log_entry_is_cut_at_128_kib() -> None:
    record = logging.LogRecord("x", logging.WARNING, "f", 1, "值" * 100_000, None, None)
    record.created, record.msecs = 1767323045.678, 678.0
    entry = bootstrap.LogFormatter().format(record)

    assert entry.startswith("2026-01-02T03:04:05.678Z  [WARNING] 值")
    assert 128 * 1024 - 3 < len(entry.encode()) <= 128 * 1024
