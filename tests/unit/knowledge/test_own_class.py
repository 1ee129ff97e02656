"""A skill that asks a class of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.skills.calling import ApiCaller
from rag_on_dingtalk.knowledge.skills.files import check_skills
from rag_on_dingtalk.settings.secret import Secret
from tests.skipping_loop import skipping
from tests.unit.knowledge.test_checking import changed
from tests.unit.knowledge.world import asked, skill_bot, skill_worker, skills

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = "tests.unit.knowledge.test_own_class"


class Balance:
    """Days of leave, by staff id."""

    API = 1

    class Settings(msgspec.Struct, forbid_unknown_fields=True):
        days: dict[str, int]

    def __init__(self, settings: Settings) -> None:
        self._days = settings.days

    async def call(self, values: Mapping[str, str], key: str) -> dict[str, str]:
        assert key
        return {"days": str(self._days[values["user"]]), "more": "ignored"}


class NoBackend:
    """Lacks the method."""

    API = 1

    class Settings(msgspec.Struct):
        pass


LEAVE: dict[str, Any] = {
    "id": "leave",
    "triggers": {"command": "/leave"},
    "python": {"factory": f"{HERE}:Balance", "settings": {"days": {"user0001": 7}}, "results": ["days"]},
    "answer": "{nick} 还剩 {days} 天。",
}


@skipping
async def test_its_results_fill_the_answer_and_what_it_raises_is_told_in_words() -> None:
    worker = skill_worker(LEAVE)
    worker.apis = ApiCaller((), lambda _: Secret(""))
    async with worker.started():
        seen = await worker.answer(asked("/leave"))
    broken = skill_worker(changed(LEAVE, "python/settings", {"days": {}}))
    broken.apis = ApiCaller((), lambda _: Secret(""))
    async with broken.started():
        failed = await broken.answer(asked("/leave"))

    assert seen.card == ["小明 还剩 7 天。"]
    assert failed.card is not None
    assert "没有响应" in failed.card[-1]


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ({"factory": "nowhere.at.all:X"}, "cannot be imported"),
        ({"factory": f"{HERE}:NoBackend"}, "call"),
        ({"factory": f"{HERE}:Balance", "settings": {"day": 1}}, "A setting of"),
        ({"factory": f"{HERE}:Balance", "settings": {"days": {}}, "results": ["user"]}, "which is taken"),
    ],
)
def test_a_class_that_cannot_be_used_is_named_by_check(python: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        check_skills("handbook", skill_bot(), skills({**LEAVE, "python": python, "answer": "x"}))
    assert said in str(raised.value)
