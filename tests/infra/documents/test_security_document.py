"""`docs/security.md` names tests as its evidence: they exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", DOCUMENT)))
THREATS = DOCUMENT.partition("## Who could do what")[2].partition("\n## ")[0]
ROWS = [line for line in THREATS.splitlines() if line.startswith("| ")][1:]


def test_tests_are_named() -> None:
    assert len(NAMED) > 10


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}

    assert name in defined


def test_the_chinese_table_names_the_same_tests_row_by_row() -> None:
    chinese = (ROOT / "docs" / "security.zh-CN.md").read_text(encoding="utf-8")
    rows = [line for line in chinese.splitlines() if line.startswith("| ") and "::test_" in line]

    assert [re.findall(r"::(\w+)", row) for row in rows] == [re.findall(r"::(\w+)", row) for row in ROWS]


@pytest.mark.parametrize("row", ROWS)
def test_no_threat_is_without_a_test(row: str) -> None:
    assert "::test_" in row.rsplit(" | ", maxsplit=1)[-1]
