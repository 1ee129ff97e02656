"""A shell that sources the file reads what was written."""

from __future__ import annotations

import subprocess

import pytest

from rag_on_dingtalk.setup.files.env_file import changed


@pytest.mark.parametrize(
    "value",
    ["", "plain", "two words", "a'b", 'a"b', "$HOME", "`id`", "a\\b", "#no remark", "中文", "a;b", "~/x"],
)
def test_a_shell_reads_what_was_written(value: str) -> None:
    text, _ = changed("", {"X": value})
    shell = subprocess.run(["/bin/sh", "-c", f'{text}printf %s "$X"'], capture_output=True, check=True)

    assert shell.stdout.decode() == value
