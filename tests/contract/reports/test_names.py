"""Names of people whom DingTalk tells by their ids alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulators.dingtalk import Person
from emulators.dingtalk import faults as fault
from emulators.dingtalk.organisation.people import MEMBER_SCOPE
from rag_on_dingtalk.dingtalk.directory.person_names import USER_GET
from rag_on_dingtalk.settings.sections.dingtalk import Budget
from tests.contract.reports.conftest import text

if TYPE_CHECKING:
    from tests.contract.reports.conftest import World


def mentions(*staff_ids: str) -> dict[str, Any]:
    listed = [{"dingtalkId": f"$:LWCP_v1:${one}", "staffId": one} for one in staff_ids]
    return {**text("  谁带班？"), "atUsers": listed}


@pytest.fixture
def members(world: World) -> list[Person]:
    people = [Person("刘洋", "stock07"), Person("赵 敏\n（仓库）", "stock08")]
    return [world.front.side.add_person(person) for person in people]


def looked_up(world: World) -> int:
    return len(world.front.side.ledger.calls_to(USER_GET))


@pytest.mark.usefixtures("members")
async def test_the_model_gets_the_names(world: World) -> None:
    await world.push(mentions("stock07", "stock08"))

    assert world.asked == ["@刘洋 @赵 敏 （仓库） 谁带班？"]


@pytest.mark.usefixtures("members")
async def test_a_person_is_looked_up_once_by_an_instance(world: World) -> None:
    for _ in range(3):
        await world.push(mentions("stock07"))

    assert world.asked == ["@刘洋 谁带班？"] * 3
    assert looked_up(world) == 1


async def test_where_nobody_is_mentioned_nobody_is_looked_up(world: World) -> None:
    await world.push(text("谁带班？"))
    await world.push({**text(" "), "atUsers": []})

    assert looked_up(world) == 0


@pytest.mark.usefixtures("members")
@pytest.mark.parametrize("name", [fault.CONTACT_REFUSED, fault.CONTACT_SCOPE, fault.ERROR_500])
async def test_a_refusal_leaves_the_id_and_one_log_line(world: World, name: str) -> None:
    if name == fault.ERROR_500:
        # Only this call is refused: the others of DingTalk answer the question.
        world.wire.answers[USER_GET.partition(" ")[2]] = {"errcode": -1, "errmsg": "busy"}
    else:
        world.faults.switch_on(name)

    for _ in range(3):
        await world.push(mentions("stock07"))

    assert world.asked == ["@stock07 谁带班？"] * 3
    assert world.worker.log.count("WARNING name_not_looked_up") == 1
    # Being busy passes; a permission or a scope is not asked for with every question.
    assert looked_up(world) == (0 if name == fault.ERROR_500 else 1)


@pytest.mark.usefixtures("members")
async def test_an_app_without_the_scope_is_refused_by_dingtalks_side(world: World) -> None:
    robot = world.front.side.robot("handbook")
    robot.scopes -= {MEMBER_SCOPE}

    await world.push(mentions("stock07"))

    assert world.asked == ["@stock07 谁带班？"]
    assert [call.code for call in world.front.side.ledger.calls_to(USER_GET)] == ["60011"]


async def test_a_person_who_is_not_found_stays_an_id(world: World) -> None:
    await world.push(mentions("gone01"))

    assert world.asked == ["@gone01 谁带班？"]


@pytest.mark.usefixtures("members")
async def test_a_name_that_takes_long_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag_on_dingtalk.pipeline.wording.mention_names._SECONDS", 0.05)
    world.wire.hanging.add(USER_GET.partition(" ")[2])

    await world.push(mentions("stock07"))

    assert world.asked == ["@stock07 谁带班？"]


@pytest.mark.usefixtures("members")
@pytest.mark.parametrize("budget", [Budget(monthly_calls=1)])
async def test_a_month_that_is_spent_has_no_call_for_a_name(world: World) -> None:
    await world.push(mentions("stock07"))

    assert world.asked == ["@stock07 谁带班？"]
    assert looked_up(world) == 0


@pytest.mark.usefixtures("members")
async def test_the_call_is_counted_with_those_of_the_answer(world: World) -> None:
    await world.push(text("谁带班？"))
    await world.push(mentions("stock07"))

    first, second = [int(row["calls"]) for row in world.worker.rows.tables["turns"].values()]
    assert second == first + 1
