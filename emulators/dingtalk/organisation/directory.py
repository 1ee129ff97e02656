"""The organisation's directory: departments in a tree, who is in which, and roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The organisation itself; every department hangs below it.
ROOT = 1


@dataclass(frozen=True)
class Department:
    """One department; `parent` is 0 for the organisation itself."""

    id: int
    name: str
    parent: int


@dataclass(frozen=True)
class Role:
    """A role, in a group of roles."""

    id: int
    name: str
    group: str


@dataclass(eq=False)
class Directory:
    """Who is where.

    departments, roles: by id. members: staff id → departments; held: staff id → role ids.
    """

    departments: dict[int, Department] = field(default_factory=dict)
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[str, tuple[int, ...]] = field(default_factory=dict)
    held: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def departments_of(self, staff_id: str) -> tuple[int, ...]:
        """A member that is put nowhere is in the organisation itself."""
        return self.members.get(staff_id, (ROOT,))

    def chain(self, department: int) -> list[int]:
        """The department and all above it, the organisation last."""
        found = []
        while department in self.departments:
            found.append(department)
            department = self.departments[department].parent
        return found

    def roles_of(self, staff_id: str) -> list[Role]:
        """The person's roles."""
        return [self.roles[one] for one in self.held.get(staff_id, ()) if one in self.roles]

    def add_role(self, role: int, name: str, group: str) -> None:
        """Make a role."""
        self.roles[role] = Role(role, name, group)

    def set_department(self, department: int, name: str, parent: int = ROOT) -> None:
        """Make a department, or rename or move one.

        Raises:
            ValueError: it would hang below itself.
        """
        if department in self.chain(parent):
            raise ValueError(f"Department {department} cannot hang below itself.")
        self.departments[department] = Department(department, name, parent)


def listed(values: Sequence[Any]) -> str:
    """As the printed example of user/get has lists: JSON in a string."""
    return "[" + ",".join(str(one) for one in values) + "]"


def demo_directory() -> Directory:
    """The demo's organisation, one person of `DEMO_PEOPLE` in each department."""
    directory = Directory()
    directory.set_department(ROOT, "星河科技", 0)
    directory.set_department(100, "研发部")
    directory.set_department(110, "平台组", 100)
    directory.set_department(200, "财务部")
    directory.set_department(210, "薪酬组", 200)
    directory.roles = {501: Role(501, "主管", "岗位"), 502: Role(502, "财务", "职能")}
    directory.members = {"user0001": (200,), "user0002": (110,), "user0003": (100,), "user0004": (210,)}
    directory.held = {"user0001": (502,)}
    return directory
