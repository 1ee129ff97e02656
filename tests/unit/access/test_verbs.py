"""Which role may do what: the table that the guides print."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag_on_dingtalk.access.roles import CHANGING, MATRIX, ROLES, VERBS, matrix_table, may, roles_of
from rag_on_dingtalk.settings.sections.access import RoleHolders

HOLDERS = RoleHolders(owner=("boss01",), curator=("hr01",), operator=("ops01",), auditor=("audit01",))


def test_each_role_has_its_verbs_and_no_others() -> None:
    table = {role: "".join("x" if verb in MATRIX[role] else "." for verb in VERBS) for role in ROLES}

    assert VERBS == (
        "ask", "see_sources", "export", "manage_skills", "manage_access",
        "grant", "approve", "read_audit", "read_questions", "operate",
    )  # fmt: skip
    assert table == {
        "owner": "xxxxxxxxxx",
        "curator": "xxxx....x.",
        "operator": "xx.......x",
        "auditor": "xxx....xx.",
        "asker": "xx........",
    }


def test_an_auditor_changes_nothing_and_an_operator_reads_no_questions() -> None:
    assert not MATRIX["auditor"] & CHANGING
    assert "read_questions" not in MATRIX["operator"]


@pytest.mark.parametrize(
    ("user", "roles", "grants"),
    [("boss01", "owner asker", True), ("ops01", "operator asker", False), ("", "asker", False)],
)
def test_a_person_has_the_roles_that_are_written_and_the_askers(
    user: str,
    roles: str,
    grants: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    assert roles_of(user, HOLDERS) == tuple(roles.split())
    assert may(user, "grant", HOLDERS) is grants


@pytest.mark.parametrize("guide", ["access.md", "access.zh-CN.md"])
def test_the_guides_print_the_matrix_of_the_code(guide: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / "guides" / guide).read_text(encoding="utf-8")

    assert matrix_table() in text
