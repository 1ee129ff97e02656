from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.rag_server.answering.briefing import prepare
from emulators.rag_server.retrieval.chunks import split_document
from emulators.rag_server.retrieval.documents import Document
from emulators.rag_server.retrieval.ranking import Index, Query

if TYPE_CHECKING:
    from emulators.rag_server.retrieval.workspaces import Workspace

TRAVEL = "差旅报销标准（2026 版）"
OLD_TRAVEL = "差旅报销标准（2024 版）"
LEAVE = "休假制度"
CLAIMS = "费用报销流程"
IT = "IT 服务手册"
SECURITY = "信息安全规定"
ONBOARDING = "新员工入职指南"
ATTENDANCE = "考勤与加班管理规定"
PROCUREMENT = "采购流程"
ROOMS = "会议室与访客管理"
PERFORMANCE = "绩效考核办法"
TRAINING = "培训与发展"
BENEFITS = "福利与保险"


@pytest.mark.parametrize(
    ("question", "title", "heading"),
    [
        ("最新的差旅报销标准是什么？", TRAVEL, "差旅报销标准速览"),
        ("打车能报多少", TRAVEL, "市内交通与打车"),
        ("出差住酒店上限", TRAVEL, "住宿标准"),
        ("出差坐高铁可以坐一等座吗", TRAVEL, "交通工具与席别"),
        ("国外出差每天补贴多少", TRAVEL, "国外出差"),
        ("差旅报销逾期提交会怎样", TRAVEL, "提交期限"),
        ("出国住宿标准", TRAVEL, "国外出差"),
        ("2024 年的差旅住宿标准", OLD_TRAVEL, "住宿标准"),
        ("旧版差旅标准", OLD_TRAVEL, "差旅报销标准速览"),
        ("年假几天", LEAVE, "年假"),
        ("病假工资怎么发", LEAVE, "病假"),
        ("陪产假有多少天", LEAVE, "产假、陪产假与育儿假"),
        ("结婚能请几天假？婚假", LEAVE, "婚假"),
        ("发票抬头写错了怎么办", CLAIMS, "发票要求"),
        ("报销多久到账", CLAIMS, "五个步骤"),
        ("请客户吃饭人均标准", CLAIMS, "业务招待费"),
        ("VPN 连不上怎么办", IT, "VPN 远程接入"),
        ("忘记密码", IT, "忘记密码与账号解锁"),
        ("工牌丢了怎么补办", IT, "工牌与门禁"),
        ("wifi 密码", IT, "无线网络"),
        ("电脑坏了", IT, "电脑与设备"),
        ("U盘能用吗", SECURITY, "电脑与移动设备"),
        ("可以把代码贴到 ChatGPT 吗", SECURITY, "使用人工智能工具"),
        ("入职要带什么材料", ONBOARDING, "入职前准备的材料"),
        ("试用期多长", ONBOARDING, "试用期与转正"),
        ("内推奖金", ONBOARDING, "内部推荐"),
        ("迟到会扣钱吗", ATTENDANCE, "迟到、早退与旷工"),
        ("加班有加班费吗", ATTENDANCE, "加班补偿"),
        ("加班到晚上打车能报销吗", ATTENDANCE, "加班"),
        ("居家办公一周几天", ATTENDANCE, "居家办公"),
        ("采购 10 万元的设备走什么流程", PROCUREMENT, "采购方式与金额"),
        ("怎么预订会议室", ROOMS, "预订会议室"),
        ("访客停车收费吗", ROOMS, "停车"),
        ("年终奖怎么算", PERFORMANCE, "结果的用途"),
        ("绩效等级有哪些", PERFORMANCE, "等级与比例"),
        ("外部培训预算多少", TRAINING, "外部培训"),
        ("体检什么时候做", BENEFITS, "体检"),
        ("餐补多少", BENEFITS, "餐饮"),
    ],
)
def test_a_question_finds_its_section(handbook: Workspace, question: str, title: str, heading: str) -> None:
    best = prepare(handbook, question, "query", ()).hits[0].chunk
    assert (best.document.title, best.headings[-1]) == (title, heading)


@pytest.mark.parametrize(
    "question",
    [
        "今天天气怎么样",
        "红烧肉怎么做",
        "世界杯冠军是谁",
        "明天上海会下雨吗",
        "帮我写一首诗",
        "你好",
        "？？？",
        " ",
    ],
)
def test_a_question_about_something_else_finds_nothing(handbook: Workspace, question: str) -> None:
    assert prepare(handbook, question, "query", ()).refused


def test_the_superseded_edition_is_not_offered_unless_asked_for(handbook: Workspace) -> None:
    cited = {
        hit.chunk.document.title for hit in prepare(handbook, "最新的差旅报销标准是什么？", "query", ()).hits
    }
    assert OLD_TRAVEL not in cited


def test_a_workspace_knows_only_its_own_documents(workspaces: dict[str, Workspace]) -> None:
    assert prepare(workspaces["it"], "年假几天", "query", ()).refused
    assert prepare(workspaces["it"], "VPN 连不上怎么办", "query", ()).hits


def index_of(*texts: str) -> Index:
    return Index(
        [chunk for at, text in enumerate(texts) for chunk in split_document(Document(f"d{at}", "", text))]
    )


def test_a_rare_term_counts_more_than_a_common_one() -> None:
    index = index_of("苹果 香蕉", "苹果 梨子", "苹果 橙子")
    assert index.rarity("香蕉") > index.rarity("苹果")
    best = index.search(Query({"苹果": 1.0, "橙子": 1.0}))[0]
    assert best.chunk.document.name == "d2"


def test_a_term_in_a_heading_counts_more_than_one_in_the_text() -> None:
    best = index_of("## 别的\n\n苹果", "## 苹果\n\n别的")
    assert best.search(Query({"苹果": 1.0}))[0].chunk.document.name == "d1"


def test_an_empty_index_finds_nothing() -> None:
    assert Index([]).search(Query({"年假": 1.0})) == []


@given(st.dictionaries(st.sampled_from(["年假", "住宿", "vpn", "没有", "600"]), st.floats(0.01, 1)))
def test_scores_are_from_0_to_1_best_first(handbook: Workspace, weights: dict[str, float]) -> None:
    scores = [hit.score for hit in handbook.index.search(Query(weights), top=200)]
    assert all(0 < score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)
