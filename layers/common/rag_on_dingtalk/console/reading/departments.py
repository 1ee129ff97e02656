"""The organisation's departments, from the top down, in a bounded number of calls outside the quota."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag_on_dingtalk.dingtalk.directory.people import People

_TOP = 1
_MOST, _CALLS = 300, 60


async def read_departments(people: People) -> tuple[tuple[int, str], ...]:
    """Ids and whole names, `研发部 / 平台组`, a department before those below it.

    Raises:
        DingTalkError: DingTalk refused, or could not be asked.
    """
    names: dict[int, str] = {}
    waiting = [_TOP]
    for _ in range(_CALLS):
        if not waiting or len(names) >= _MOST:
            break
        above = waiting.pop(0)
        for id_, name in await people.departments_below(above):
            names[id_] = f"{names[above]} / {name}" if above in names else name
            waiting.append(id_)
    return tuple(sorted(names.items(), key=lambda one: one[1]))[:_MOST]
