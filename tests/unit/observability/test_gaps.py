"""Gaps of the documents: planted ones are found among a thousand questions, and little else."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag_on_dingtalk.observability.events import QuestionEvent
from rag_on_dingtalk.observability.report.gaps import LEAST_PEOPLE, alike, gaps, grams, normalised

NOON = 1_795_924_800_000
RANDOM = Random(7)  # noqa: S311 - made-up questions
#: Twenty things the documents do not say, each in the words of several people.
PLANTED = (
    ("VPN 怎么申请？", "请问vpn如何申请", "我想申请一下VPN", "ＶＰＮ申请流程"),
    ("停车证去哪里办？", "办停车证", "停车证怎么办理", "停车证办理在哪"),
    ("班车几点发车", "公司班车几点发车？", "班车发车是几点", "请问班车几点发车呢"),
    ("食堂周末开门吗", "周末食堂开不开门", "食堂周末开门不", "周末食堂开门吗"),
    ("会议室投影仪坏了找谁", "投影仪坏了找谁修", "会议室的投影仪坏了", "投影仪坏了报修找谁"),
    ("公积金缴存比例是多少", "公积金的缴存比例", "请问公积金缴存比例多少", "公积金缴存比例怎么算"),
    ("打印机怎么连接", "如何连接打印机", "打印机连接不上怎么办", "请问打印机连接方法"),
    ("体检套餐能换吗", "体检套餐可以更换吗", "换体检套餐", "体检套餐怎么换"),
    ("加班餐补贴标准", "加班餐补贴多少", "加班餐补贴是多少钱", "请问加班餐补贴标准"),
    ("工牌丢了怎么补办", "补办工牌", "工牌丢了如何补办", "工牌补办在哪里"),
    ("邮箱容量不够怎么扩容", "邮箱扩容", "邮箱容量扩容申请", "邮箱容量不够了扩容"),
    ("名片怎么印", "印名片找谁", "名片印制怎么申请", "申请印名片"),
    ("落户需要什么材料", "办理落户需要的材料", "落户材料有哪些", "落户需要材料"),
    ("健身房开放时间", "健身房什么时候开放", "健身房开放时间是几点", "请问健身房的开放时间"),
    ("离职证明怎么开", "开离职证明", "离职证明如何开具", "离职证明在哪开"),
    ("供应商付款周期多久", "供应商的付款周期", "付款给供应商的周期多久", "供应商付款周期是几天"),
    ("如何重置域账号密码", "域账号密码重置", "域账号密码忘了怎么重置", "重置一下域账号密码"),
    ("生日礼金什么时候发", "生日礼金发放时间", "生日礼金什么时间发放", "生日礼金何时发"),
    ("快递寄到哪个前台", "快递寄到哪里的前台", "快递前台寄到哪", "快递寄前台哪个"),
    ("海外出差签证谁来办", "出差签证谁办理", "海外出差的签证办理", "海外出差签证找谁办"),
)
#: Not answered either, each asked by one person only.
_LONELY = """
    宿舍热水器坏了 雨伞借用 团建预算上限 母婴室钥匙 绿植谁浇水 空调温度太低 茶水间咖啡机故障
    电梯限行时段 消防演练日期 图书角借书 年会节目报名 内推奖金发放 专利申报奖励 商务舱审批
    租房补贴资格 远程办公天数 工位调整申请 机房进入权限 测试手机借用 域名备案进度 合同用印排队
    发票抬头税号 对公账户开户行 保密协议模板 竞业限制期限 社保转移 居住证续签 档案存放地
    党组织关系 志愿者活动 献血假 哺乳假时长 丧假路程 调休过期 夜班津贴 外包人员门禁
    实习生转正答辩 导师带教费 英语考试报销 职称评审
"""
_SUBJECTS = ("年假", "病假", "婚假", "报销", "差旅", "入职", "培训", "绩效", "采购", "考勤", "访客", "加密盘")
_ASPECTS = ("规定", "流程", "天数", "标准", "审批人", "表格", "截止日期", "例外情况", "负责人", "最新版本")
_PLACES = ("上海", "北京", "深圳", "成都", "武汉", "杭州", "西安", "南京", "苏州", "青岛")


def a_question(number: int, text: str, asker: int, **more: object) -> QuestionEvent:
    fields = {
        "turn_id": f"t{number}",
        "bot": "handbook",
        "asked_ms": NOON + number * 60_000,
        "asker": f"u{asker}",
        "question": text,
        "outcome": "answered",
        "citations": 2,
        **more,
    }
    return QuestionEvent(**fields)  # type: ignore[arg-type]


def a_thousand() -> list[QuestionEvent]:
    """Eighty of the planted gaps, forty lonely failures, and answers."""
    asked = [
        (
            wording,
            asker,
            {"outcome": "nothing_found", "citations": 0} if asker % 2 else {"feedback": "dislike"},
        )
        for planted in PLANTED
        for asker, wording in enumerate(planted, start=RANDOM.randint(1, 300))
    ]
    for number in range(40):
        text = (
            f"{_PLACES[number % 10]}办公室{_SUBJECTS[number % 12]}的{_ASPECTS[number * 7 % 10]}第{number}条"
        )
        asked.append((text, 500 + number % 2, {"outcome": "nothing_found", "citations": 0}))
    while len(asked) < 1_000:
        text = f"{RANDOM.choice(_PLACES)}{RANDOM.choice(_SUBJECTS)}{RANDOM.choice(_ASPECTS)}是什么？"
        asked.append((text, RANDOM.randint(1, 300), {}))
    RANDOM.shuffle(asked)
    return [a_question(number, text, asker, **more) for number, (text, asker, more) in enumerate(asked)]


def test_of_twenty_planted_gaps_eighteen_are_found_and_two_others_at_most() -> None:
    found = gaps(a_thousand(), NOON + 1_000 * 60_000)
    planted = {wording: number for number, wordings in enumerate(PLANTED) for wording in wordings}

    hit = {planted[gap.question] for gap in found if gap.question in planted}
    false = [gap.question for gap in found if gap.question not in planted]
    assert len(hit) >= 18, [wordings[0] for n, wordings in enumerate(PLANTED) if n not in hit]
    assert len(false) <= 2, false
    assert len(found) - len(false) - len(hit) <= 2, "one gap in two groups"


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"outcome": "nothing_found"}, True),
        ({"citations": 0}, True),
        ({"feedback": "dislike"}, True),
        ({"feedback": "like"}, False),
        ({"outcome": "failed"}, False),
        ({"outcome": "nothing_found", "question": ""}, False),
    ],
)
def test_what_counts_as_not_answered(more: dict[str, object], counts: bool) -> None:  # noqa: FBT001 - a table
    events = [a_question(number * 10, "VPN 怎么申请", number, **more) for number in range(3)]

    assert [gap.people for gap in gaps(events, NOON)] == ([3] if counts else [])


def test_asking_much_the_same_again_within_two_minutes_counts_and_something_else_does_not() -> None:
    again = [
        one
        for asker in range(3)
        for one in (
            a_question(asker * 10, "VPN 怎么申请", asker),
            a_question(asker * 10 + 1, "请问怎么申请 VPN", asker),
        )
    ]
    other = [
        msgspec.structs.replace(one, question="食堂几点") if n % 2 else one for n, one in enumerate(again)
    ]

    assert [gap.people for gap in gaps(again, NOON)] == [3]
    assert gaps(other, NOON) == []


def test_what_fewer_than_three_people_ask_is_not_shown_however_often() -> None:
    events = [a_question(n, "老板的工资是多少", n % (LEAST_PEOPLE - 1), citations=0) for n in range(50)]

    assert gaps(events, NOON) == []


def test_the_newer_of_two_equal_gaps_comes_first() -> None:
    old = [a_question(n, "停车证去哪里办", n, citations=0, asked_ms=NOON - 9 * 86_400_000) for n in range(3)]
    new = [a_question(9 + n, "VPN 怎么申请", n, citations=0) for n in range(3)]

    assert [gap.question for gap in gaps(old + new, NOON)] == ["VPN 怎么申请", "停车证去哪里办"]


def test_a_question_of_nothing_but_fillers_is_not_empty() -> None:
    assert normalised("是什么？") == "是什么"


@given(st.lists(st.tuples(st.text("停车证办理年假几天 ab1", max_size=6), st.integers(0, 4)), max_size=14))
def test_groups_are_the_questions_that_are_alike_directly_or_by_way_of_others(
    asked: list[tuple[str, int]],
) -> None:
    events = [
        a_question(number, text, asker, outcome="nothing_found", citations=0)
        for number, (text, asker) in enumerate(asked)
        if text
    ]
    groups = {event.turn_id: {event.turn_id} for event in events}
    for one in events:
        for other in events:
            if alike(grams(one.question), grams(other.question)):
                joined = groups[one.turn_id] | groups[other.turn_id]
                groups.update(dict.fromkeys(joined, joined))
    by_id = {event.turn_id: event for event in events}
    wanted = {
        frozenset(group)
        for group in groups.values()
        if len({by_id[turn].asker for turn in group}) >= LEAST_PEOPLE
    }

    assert {frozenset(gap.turns) for gap in gaps(events, NOON)} == wanted


def test_the_newest_wordings_are_compared() -> None:
    old = [a_question(one, "停车证怎么办", one, outcome="nothing_found") for one in range(3)]
    new = [a_question(9 + one, "公积金比例", one, outcome="nothing_found") for one in range(3)]

    assert [gap.question for gap in gaps([*old, *new], NOON, most=1)] == ["公积金比例"]
