"""Words are found in payloads of any shape, and what is not read is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from rag_on_dingtalk.dingtalk.inbound.payload import words_in
from tests.unit.dingtalk.json_values import JSON
from tests.unit.dingtalk.payloads import payloads


@given(payload=payloads())
def test_no_word_of_any_payload_is_lost(payload: tuple[Any, list[str]]) -> None:
    value, words = payload

    found = words_in(value)

    assert found.complete
    assert [word for word in words if word not in found.text] == []


@given(value=JSON)
def test_any_json_is_read(value: object) -> None:
    words_in(value).text.encode()
    words_in(json.dumps(value)).text.encode()


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({"elementType": "ROOT", "children": [{"elementType": "TEXT", "value": "逐级审批"}]}, ("逐级审批",)),
        ({"elementType": "BUTTON", "value": "approve_1", "text": "同意"}, ()),
        ({"tag": "button", "children": [{"elementType": "TEXT", "value": "同意吗"}]}, ("同意吗",)),
        ({"cardParamMap": {"content": "每月十日", "flowStatus": "3", "done": "true"}}, ("每月十日",)),
        ({"sys_full_json_obj": '{"order":["msgTitle"]}', "msgTitle": "考勤"}, ("考勤",)),
        ({"config": '{"autoLayout":true}', "body": "考勤"}, ("考勤",)),
        ({"approvalStatus": "已通过", "flowStatus": "DONE"}, ("已通过",)),
        ({"text": "同样的话", "content": "同样的话"}, ("同样的话",)),
        ({"text": "后面", "title": "前面"}, ("前面", "后面")),
        ({"value": '{"limit": 30}'}, ('{"limit": 30}',)),
        ({"senderNick": "李雷", "msgType": "text", "content": {"text": "早上好"}}, ("李雷:早上好",)),
        ({"senderNick": "李雷", "content": "第一行\n第二行"}, ("李雷:第一行 第二行",)),
        ({"senderNick": "李雷", "list": [{"senderNick": "韩梅", "text": "好"}]}, ("韩梅:好",)),
        ({"senderNick": "李雷", "downloadCode": ""}, ("李雷",)),
        (["一", ["二", {"x": "三"}], 4, None, True], ("一", "二", "三")),
        ("普通的话", ("普通的话",)),
        ("$:LWCP_v1:$abc", ()),
        ("[]", ()),
    ],
)
def test_what_people_read_is_told_from_what_programs_read(value: object, lines: tuple[str, ...]) -> None:
    assert words_in(value).lines == lines


def test_a_payload_deeper_than_is_read_says_so() -> None:
    value: object = "底"
    for _ in range(60):
        value = {"child": value}

    found = words_in(value)

    assert (found.lines, found.complete) == ((), False)


def test_a_payload_with_more_values_than_are_read_says_so() -> None:
    found = words_in(["字"] * 6_000)

    assert not found.complete
    assert len(found.lines) > 4_000


def test_a_picture_within_a_payload_has_its_mark() -> None:
    found = words_in(
        [{"text": "前"}, {"downloadCode": "dc"}], lambda value: "[图]" if "downloadCode" in value else ""
    )

    assert found.lines == ("前", "[图]")
