"""/grant, /revoke, /grants and /whoami: what is done, and a sentence for everything that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rag_on_dingtalk.access.granting import until_of
from rag_on_dingtalk.models.question import Mention
from rag_on_dingtalk.storage.access.grants import Grants
from tests.builders import NOW_MS
from tests.skipping_loop import skipping
from tests.unit.access.world import ASKER, MEMBER, OWNER, access_worker, asked, in_group

if TYPE_CHECKING:
    from rag_on_dingtalk.models.access import Grant
    from tests.in_process import Worker

HOUR, DAY = 3_600_000, 86_400_000
WANG = Mention("@王芳", ASKER, "王芳")


async def said(worker: Worker, user: str, text: str, number: int = 5, **more: Any) -> str:
    """What a command is answered with."""
    seen = await worker.answer(asked(user, text, "t" + f"{number}" * 31, **more))
    assert seen.card is None
    return worker.dingtalk.messages[-1]


async def granted(worker: Worker, user: str = ASKER) -> tuple[Grant, ...]:
    """What the person was lent."""
    return await Grants(worker.rows).of("handbook", user)  # type: ignore[arg-type]


GIVEN = [
    (f"/grant {ASKER} finance 7d 季度审计", 7 * DAY, "季度审计"),
    (f"／Grant {ASKER} Finance 12h", 12 * HOUR, ""),
    (f"/授权 {ASKER} finance 2周 要 对账", 14 * DAY, "要 对账"),
    (f"/grant  {ASKER}  finance  30天", 30 * DAY, ""),
]


@skipping
@pytest.mark.parametrize(("text", "length", "why"), GIVEN, ids=[row[0][:28] for row in GIVEN])
async def test_an_owner_lends_a_route_until_a_moment(text: str, length: int, why: str) -> None:
    async with access_worker().started() as worker:
        told = await said(worker, OWNER, text)
        (grant,) = await granted(worker)
        answered = await worker.answer(asked())

    assert ASKER in told
    assert (grant.route, grant.granted_by, grant.why) == ("finance", OWNER, why)
    assert 0 <= grant.until_ms - NOW_MS - length < 1_000
    assert answered.card == ["财务的回答。"]


@skipping
async def test_a_person_is_mentioned_in_a_group_and_the_answer_is_private() -> None:
    async with access_worker().started() as worker:
        await said(worker, OWNER, "/grant @王芳 finance 7d", conversation=in_group(), mentions=(WANG,))
        (grant,) = await granted(worker)
        sent = [path for path, _ in worker.dingtalk.bodies]

    assert grant.user == ASKER
    assert "/v1.0/robot/oToMessages/batchSend" in sent
    assert not [path for path in sent if "group" in path]


@skipping
async def test_the_same_message_delivered_twice_is_one_grant() -> None:
    async with access_worker().started() as first:
        await said(first, OWNER, f"/grant {ASKER} finance 7d")
        async with access_worker(rows=first.rows).started() as second:
            await second.answer(asked(OWNER, f"/grant {ASKER} finance 7d", "t" + "5" * 31))
        grants = await granted(first)

    assert len(grants) == 1


REFUSED: list[tuple[str, str, str, dict[str, Any]]] = [
    (ASKER, f"/grant {MEMBER} finance 7d", "只有负责人", {}),
    ("audit01", f"/grant {MEMBER} finance 7d", "只有负责人", {}),
    ("", f"/grant {MEMBER} finance 7d", "只有负责人", {}),
    (OWNER, f"/grant {OWNER} finance 7d", "不能给自己授权", {}),
    (OWNER, f"/grant {ASKER} finanse 7d", "没有写明是哪个知识库", {}),
    (OWNER, f"/grant {ASKER}", "没有写明是哪个知识库", {}),
    (OWNER, "/grant", "没有写明是谁", {}),
    (OWNER, "/grant finance 7d", "没有写明是谁", {}),
    (OWNER, "/grant @王芳 finance 7d", "没有写明是谁", {}),
    (OWNER, "/grant 王芳 finance 7d", "没有写明是谁", {}),
    (OWNER, f"/grant {ASKER} {MEMBER} finance 7d", "没有写明是谁", {}),
    (OWNER, "/grant @a @b finance 7d", "一次只能写一个人", {"mentions": (WANG, Mention("@b", MEMBER, "b"))}),
    (OWNER, "/grant @客人 finance 7d", "没有写明是谁", {"mentions": (Mention("@客人", "", "客人"),)}),
    (OWNER, f"/grant {ASKER} finance", "没有写明多久", {}),
    (OWNER, f"/grant {ASKER} finance 很久", "没有写明多久", {}),
    (OWNER, f"/grant {ASKER} finance 2026-13-40", "没有写明多久", {}),
    (OWNER, f"/grant {ASKER} finance 0d", "已经过去了", {}),
    (OWNER, f"/grant {ASKER} finance 2020-01-01", "已经过去了", {}),
    (OWNER, f"/grant {ASKER} finance 31d", "最长 30 天", {}),
    (OWNER, f"/grant {ASKER} finance 999999w", "最长 30 天", {}),
    (OWNER, f"/grant {ASKER} finance 9999-12-31", "最长 30 天", {}),
    (OWNER, "/grant gone01 finance 7d", "组织里没有", {}),
    (OWNER, "/grant away01 finance 7d", "现在查不到通讯录", {}),
    (ASKER, f"/revoke {MEMBER} finance", "只有负责人", {}),
    (OWNER, "/revoke", "没有写明是谁", {}),
    (OWNER, f"/revoke {MEMBER} finance", "没有这样的授权", {}),
]


@skipping
@pytest.mark.parametrize(
    ("user", "text", "told", "more"), REFUSED, ids=[f"{n:02d}-{row[2]}" for n, row in enumerate(REFUSED, 1)]
)
async def test_what_cannot_be_done_gets_a_sentence_and_changes_nothing(
    user: str, text: str, told: str, more: dict[str, Any]
) -> None:
    async with access_worker().started() as worker:
        worker.people.gone.add("gone01")
        if "away01" in text:
            worker.people.away = True
        more = more if user else {"conversation": in_group(), **more}
        answer = await said(worker, user, text, **more)

    assert told in answer
    assert not worker.rows.tables.get("grants")


@skipping
async def test_what_is_taken_back_ends_at_once() -> None:
    async with access_worker().started() as worker:
        await said(worker, OWNER, f"/grant {ASKER} finance 7d")
        before = await worker.answer(asked())
        told = await said(worker, "boss02", f"/revoke {ASKER}", 6)
        after = await worker.answer(asked(turn_id="t" + "2" * 31))

    assert before.card == ["财务的回答。"]
    assert "1 项" in told
    assert after.card is not None
    assert "finance-team" in after.card[-1]


@skipping
async def test_owners_and_auditors_see_all_grants_and_others_their_own() -> None:
    async with access_worker().started() as worker:
        await said(worker, OWNER, f"/grant {ASKER} finance 7d 审计", 5)
        await said(worker, OWNER, f"/grant {MEMBER} everyone 1d", 6)
        seen = {}
        for number, user in zip("789a", (OWNER, "audit01", ASKER, "user0042"), strict=True):
            await worker.answer(asked(user, "/grants", "t" + number * 31))
            seen[user] = worker.dingtalk.messages[-1]

    assert "2 项" in seen[OWNER]
    assert "2 项" in seen["audit01"]
    assert "审计" in seen[ASKER]
    assert MEMBER not in seen[ASKER]
    assert "现在没有授权" in seen["user0042"]


@skipping
async def test_whoami_shows_ids_departments_roles_and_what_may_be_asked() -> None:
    async with access_worker().started() as worker:
        member = await said(worker, MEMBER, "/whoami", 5)
        asker = await said(worker, ASKER, "/我是谁", 6)
        worker.people.away = True
        stranger = await said(worker, "audit01", "/whoami", 7)

    for word in (MEMBER, "200 < 1", "✅ finance（`finance-team`）", "✅ everyone（`open`）"):
        assert word in member
    assert "🚫 finance（`finance-team`）" in asker
    assert "现在查不到" in stranger
    assert "auditor" in stranger


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("1h", HOUR),
        ("７ｄ", 7 * DAY),
        ("3小时", 3 * HOUR),
        ("1周", 7 * DAY),
        *((wrong, None) for wrong in ("", "d", "-1d", "1.5d", "1000000h0")),
    ],
)
def test_a_length_of_time_is_read_as_people_write_it(words: str, length: int | None) -> None:
    assert until_of(words, NOW_MS) == (None if length is None else NOW_MS + length)


def test_a_date_lasts_until_its_last_moment_in_beijing() -> None:
    assert until_of("2026-12-31", NOW_MS) == 1_798_732_800_000  # 2027-01-01 00:00 +08:00
