"""What administrators do in the directory; each change is pushed to the apps that subscribed to events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulators.dingtalk.organisation.directory import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from emulators.dingtalk.organisation.ledger import Push
    from emulators.dingtalk.organisation.people import Person, RobotApp
    from emulators.dingtalk.tenant import Tenant


class Administration:
    """Changes the directory.

    push: pushes an event to one app.
    """

    def __init__(
        self, tenant: Tenant, push: Callable[[RobotApp, str, Mapping[str, Any]], Awaitable[Push]]
    ) -> None:
        self._tenant = tenant
        self._push = push

    async def move(self, person: Person, *departments: int, told: bool = True) -> None:
        """Put a person into other departments. told: False: the event is lost on its way."""
        self._tenant.directory.members[person.staff_id] = departments
        if told:
            await self._tell("user_modify_org", {"userId": [person.staff_id]})

    async def give_roles(self, person: Person, *roles: int) -> None:
        """Give a person these roles and no others; the list of people comes as JSON in a string."""
        self._tenant.directory.held[person.staff_id] = roles
        fields = {"userIdList": json.dumps([person.staff_id]), "action": "add", "labelIdList": list(roles)}
        await self._tell("label_user_change", fields)

    async def set_department(self, department: int, name: str, parent: int = ROOT) -> None:
        """Make a department, or rename or move one with everything below it."""
        known = department in self._tenant.directory.departments
        self._tenant.directory.set_department(department, name, parent)
        await self._tell("org_dept_modify" if known else "org_dept_create", {"deptId": [department]})

    async def leave(self, person: Person) -> None:
        """The person leaves the organisation."""
        self._tenant.people.remove(person)
        await self._tell("user_leave_org", {"userId": [person.staff_id]})

    async def _tell(self, event_type: str, fields: Mapping[str, Any]) -> None:
        for robot in self._tenant.robots:
            if robot.events is not None:
                await self._push(robot, event_type, fields)
