from __future__ import annotations

import pytest

from emulators.dingtalk.organisation.chats import Chats, ConversationKind
from emulators.dingtalk.organisation.people import SHARED_TEMPLATE, Person, RobotApp

MING = Person(nick="小明", staff_id="user0001")
HONG = Person(nick="小红", staff_id="user0002")
OUTSIDER = Person(nick="老王", corp_id="dingother")
ROBOT = RobotApp(name="travel", client_id="dingapp1", client_secret="s1", title="差旅助手")


def test_a_person_has_one_private_chat_with_a_robot() -> None:
    chats = Chats("dingcorp")

    chat = chats.private(MING, ROBOT)

    assert chats.private(MING, ROBOT) is chat
    assert chats.private(HONG, ROBOT) is not chat
    assert (chat.kind, chat.title, chat.people) == (ConversationKind.ONE_TO_ONE, "差旅助手", [MING])


def test_a_restart_finds_the_same_conversations() -> None:
    before, after = Chats("dingcorp"), Chats("dingcorp")

    assert before.private(MING, ROBOT).id == after.private(MING, ROBOT).id
    assert before.add_group("群", [MING], [ROBOT]).id == after.add_group("群", [MING], [ROBOT]).id


def test_two_groups_of_one_title_would_share_an_id_and_are_refused() -> None:
    chats = Chats("dingcorp")
    chats.add_group("群", [MING], [ROBOT])

    with pytest.raises(ValueError, match="another title"):
        chats.add_group("群", [HONG], [ROBOT])


def test_an_outsider_has_no_staff_id_but_an_encrypted_one() -> None:
    assert OUTSIDER.staff_id == ""
    assert OUTSIDER.sender_id.startswith("$:LWCP_v1:$")
    assert OUTSIDER.key == OUTSIDER.sender_id
    assert MING.key == "user0001"


def test_the_encrypted_ids_of_people_and_robots_differ() -> None:
    assert len({MING.sender_id, HONG.sender_id, OUTSIDER.sender_id, ROBOT.dingtalk_id}) == 4


def test_the_robot_code_is_the_client_id_unless_given() -> None:
    assert ROBOT.robot_code == "dingapp1"


@pytest.mark.parametrize(
    ("template", "variable"),
    [
        (SHARED_TEMPLATE, "msgContent"),
        ("own.schema", "content"),
        ("named.schema", "markdown"),
        ("foreign.schema", None),
    ],
)
def test_each_template_has_its_streamed_variable(template: str, variable: str | None) -> None:
    robot = RobotApp(
        name="travel",
        client_id="dingapp1",
        client_secret="s1",
        card_templates={"own.schema": "", "named.schema": "markdown"},
    )

    assert robot.streamed_variable(template) == variable
