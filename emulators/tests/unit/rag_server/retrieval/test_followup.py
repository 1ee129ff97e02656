from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulators.rag_server.retrieval.followup import Exchange, query_for

if TYPE_CHECKING:
    from emulators.rag_server.retrieval.workspaces import Workspace

TRAVEL = "差旅报销标准（2026 版）"
OLD_TRAVEL = "差旅报销标准（2024 版）"
LEAVE = "休假制度"


def converse(workspace: Workspace, *questions: str) -> tuple[str, str] | None:
    """Title and heading of the best chunk for the last question, after the ones before it."""
    earlier: list[Exchange] = []
    found: tuple[str, str] | None = None
    for question in questions:
        query = query_for(question, earlier, workspace.index)
        hits = workspace.index.search(query, threshold=workspace.threshold)
        earlier.append(Exchange(question, frozenset(hit.chunk.document.title for hit in hits)))
        chunk = hits[0].chunk if hits else None
        found = (chunk.document.title, "".join(chunk.headings[-1:])) if chunk else None
    return found


TRAVEL_QUESTION = "最新的差旅报销标准是什么？"


@pytest.mark.parametrize(
    ("questions", "found"),
    [
        ((TRAVEL_QUESTION, "那一线城市的住宿呢？"), (TRAVEL, "住宿标准")),
        ((TRAVEL_QUESTION, "那国外出差呢？"), (TRAVEL, "国外出差")),
        ((TRAVEL_QUESTION, "那国外呢？"), (TRAVEL, "国外出差")),
        ((TRAVEL_QUESTION, "那成都呢？"), (TRAVEL, "城市分级")),
        ((TRAVEL_QUESTION, "那一线城市的住宿呢？", "总监呢？"), (TRAVEL, "住宿标准")),
        (
            (TRAVEL_QUESTION, "那一线城市的住宿呢？", "2024 年的呢？", "那现在呢？"),
            (TRAVEL, "差旅报销标准速览"),
        ),
        (("婚假有几天？", "要提前多久申请？"), (LEAVE, "婚假")),
        (("VPN 连不上怎么办", "691 是什么意思？"), ("IT 服务手册", "VPN 远程接入")),
        (("年终奖怎么算", "什么时候发？"), ("绩效考核办法", "结果的用途")),
    ],
)
def test_a_follow_up_is_about_what_was_asked_before(
    handbook: Workspace, questions: tuple[str, ...], found: tuple[str, str]
) -> None:
    assert converse(handbook, *questions) == found


@pytest.mark.parametrize("question", ["什么时候发？", "那现在呢？"])
def test_such_a_follow_up_means_nothing_alone(handbook: Workspace, question: str) -> None:
    assert converse(handbook, question) is None


def test_a_follow_up_alone_would_go_elsewhere(handbook: Workspace) -> None:
    assert converse(handbook, "要提前多久申请？") != (LEAVE, "婚假")
    assert converse(handbook, "总监呢？") != (TRAVEL, "住宿标准")


def test_asking_for_the_old_edition_stays_on_the_topic(handbook: Workspace) -> None:
    found = converse(handbook, TRAVEL_QUESTION, "那旧版呢？")
    assert found is not None
    assert found[0] == OLD_TRAVEL


@pytest.mark.parametrize(
    "question", ["年假有几天？", "那年假呢？", "VPN 连不上怎么办", "怎么预订会议室", "访客停车收费吗"]
)
def test_a_fresh_question_is_not_pulled_to_the_old_topic(handbook: Workspace, question: str) -> None:
    earlier = [Exchange(TRAVEL_QUESTION, frozenset({TRAVEL}))] * 3
    assert query_for(question, earlier, handbook.index) == query_for(question, (), handbook.index)


@pytest.mark.parametrize("question", ["今天天气怎么样？", "那明天会下雨吗？"])
def test_an_unrelated_question_stays_unanswered_in_a_conversation(handbook: Workspace, question: str) -> None:
    assert converse(handbook, TRAVEL_QUESTION, question) is None


def test_questions_before_a_change_of_topic_are_left_behind(handbook: Workspace) -> None:
    earlier = [
        Exchange("打车能报多少", frozenset({TRAVEL})),
        Exchange("年假几天", frozenset({LEAVE})),
        Exchange("没休完怎么办？", frozenset({LEAVE})),
    ]
    weights = query_for("那病假呢？", earlier, handbook.index).weights
    assert "年假" in weights
    assert "打车" not in weights


def test_the_questions_own_terms_weigh_most_and_older_ones_least(handbook: Workspace) -> None:
    earlier = [Exchange("年假几天", frozenset({LEAVE})), Exchange("婚假几天", frozenset({LEAVE}))]
    weights = query_for("那病假呢？", earlier, handbook.index).weights
    assert weights["病假"] > weights["婚假"] > weights["年假"]
