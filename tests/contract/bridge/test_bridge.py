"""What the bridge puts into the queue, and what it acknowledges."""

from __future__ import annotations

import asyncio
import urllib.request
from functools import partial
from typing import TYPE_CHECKING, Any, get_args
from urllib.error import HTTPError

import httpx
import pytest

from bridge import app
from bridge.handing_over import HandOver
from bridge.health import HealthServer
from bridge.retries import Retries
from emulators.dingtalk import StreamTimes
from emulators.dingtalk.pushing.pushes import PushKind
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.models.jobs import CardAction, Notice, OrganisationEvent
from rag_on_dingtalk.models.question import Question, turn_id_of
from rag_on_dingtalk.settings.bot_base import AnswerFunction
from tests.contract.bridge.conftest import CLIENT_ID, CORP_ID, PATIENCE, Running

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.dingtalk import Card, Message
    from emulators.faults import FaultBoard

_PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32
_TURN = turn_id_of("handbook", "a message")


def said_as(kind: PushKind, before: Message) -> dict[str, Any]:
    """The least that makes a message of this kind."""
    special: dict[str, dict[str, Any]] = {
        "picture": {"pictures": [_PNG]},
        "richText": {"text": "看图", "pictures": [_PNG]},
        "file": {"file": ("a.pdf", b"%PDF-")},
        "chatRecord": {"forward": [before]},
    }
    return special.get(kind, {"text": "住宿标准？", "kind": kind})


async def test_every_kind_of_message_becomes_the_question_that_http_makes_of_it(between: Running) -> None:
    side, robot = between.side, between.robot
    person = side.person("小明")
    chat = side.private(person, robot)
    async with between.running():
        first = await side.say(person=person, conversation=chat, robot=robot, text="年假？")
        for kind in get_args(PushKind):
            said = said_as(kind, first.message)
            outcome = await side.say(person=person, conversation=chat, robot=robot, **said)
            assert outcome.body == '{"response":null}', (kind, outcome.pushes[0].error)

    questions = [job for job in between.jobs if isinstance(job, Question)]
    assert [one.message_type for one in questions] == ["text", *get_args(PushKind)]
    assert {one.turn_id for one in questions} == {turn_id_of("handbook", entry.id) for entry in chat.messages}
    assert all(one.webhook is not None and one.sender.staff_id == "user0001" for one in questions)
    assert side.ledger.violations == []


async def test_the_messages_of_a_bot_with_an_answering_function_of_its_own_go_there(between: Running) -> None:
    async with between.running(answer_function=AnswerFunction()):
        await between.ask()
    async with between.running():
        await between.ask()

    assert [task.function for task in between.host.tasks()] == ["answer-handbook", "answer"]


async def test_an_event_is_read_out_of_headers_and_data(between: Running) -> None:
    async with between.running():
        push = await between.side.push_event(
            between.robot, "user_leave_org", {"userId": ["user0002"], "timeStamp": 5}, event_id="evt1"
        )

    (event,) = between.jobs
    assert isinstance(event, OrganisationEvent)
    assert (event.type, event.event_id, event.corp_id) == ("user_leave_org", "evt1", between.side.corp_id)
    assert event.user_ids == ("user0002",)
    assert event.occurred_ms > 1_000_000_000_000
    assert push.delivered, push.error


async def a_card(between: Running) -> Card:
    side = between.side
    async with httpx.AsyncClient(trust_env=False) as http:
        credentials = {"appKey": CLIENT_ID, "appSecret": "secret-1"}
        signed_in = await http.post(f"{side.url}/v1.0/oauth2/accessToken", json=credentials)
        answer = await http.post(
            f"{side.url}/v1.0/card/instances/createAndDeliver",
            headers={"x-acs-dingtalk-access-token": signed_in.json()["accessToken"]},
            json={
                "cardTemplateId": "own.schema",
                "outTrackId": _TURN,
                "callbackType": "STREAM",
                "cardData": {"cardParamMap": {"content": ""}},
                "openSpaceId": f"dtv1.card//IM_GROUP.{side.group().id}",
                "imGroupOpenSpaceModel": {"supportForward": True},
                "imGroupOpenDeliverModel": {"robotCode": CLIENT_ID},
            },
        )
    assert answer.is_success, answer.text
    return side.card(_TURN)


async def test_a_click_is_queued_and_answered_within_the_push(between: Running) -> None:
    async with between.running():
        card = await a_card(between)
        person = between.side.person("小红")
        push = await between.side.click(card, person=person, action_id="like", params={"action": "like"})

    (click,) = between.jobs
    assert isinstance(click, CardAction)
    assert (click.action, click.user_id, click.turn_id) == ("like", "user0002", _TURN)
    assert push.delivered, push.error
    assert card.seen_by("user0002")["feedback"] == "like"


async def test_a_click_that_the_queue_does_not_take_changes_nothing(
    between: Running, faults: FaultBoard
) -> None:
    async with between.running():
        card = await a_card(between)
        faults.switch_on("function_compute.away")
        person = between.side.person("小红")
        push = await between.side.click(card, person=person, action_id="like", params={"action": "like"})

    assert push.delivered, push.error
    assert "feedback" not in card.seen_by("user0002")


async def test_a_message_that_the_queue_does_not_take_is_not_acknowledged_and_is_tried_again(
    between: Running, faults: FaultBoard, at_once: None
) -> None:
    between.side.gateway.times = StreamTimes(ping=3600.0, message_again=(), acknowledge=0.2)
    async with between.running() as bridge:
        faults.switch_on("function_compute.away")
        outcome = await between.ask()
        assert (outcome.delivered, outcome.status) == (False, None)
        assert between.jobs == []
        faults.switch_off()
        while bridge.hand_overs["handbook"].retries.waiting:  # noqa: ASYNC110 - a thread has no event for us
            await asyncio.sleep(0.01)

    (question,) = between.jobs
    assert isinstance(question, Question)
    assert question.turn_id == turn_id_of("handbook", outcome.message.id)


async def test_a_message_that_never_gets_into_the_queue_is_told_to_its_asker(
    between: Running, faults: FaultBoard, at_once: None
) -> None:
    async with between.running() as bridge:
        faults.switch_on("function_compute.away")
        await between.ask()
        said = await between.side.wait_for(
            lambda: [one for one in between.side.messages(between.side.group()) if one.from_robot], PATIENCE
        )

    assert "没有收下你的问题" in said[0].text
    assert bridge.hand_overs["handbook"].given_up == 1
    assert ("question_lost", 1) in [(line, fields.get("told")) for line, fields in between.lines]


async def test_stopped_it_tries_what_waits_and_tells_the_others(between: Running, faults: FaultBoard) -> None:
    async with between.running():
        faults.switch_on("function_compute.away")
        await between.ask()
    (said,) = [one for one in between.side.messages(between.side.group()) if one.from_robot]

    assert "没有收下你的问题" in said.text


async def test_an_event_that_the_queue_does_not_take_comes_again(
    between: Running, faults: FaultBoard
) -> None:
    async with between.running():
        faults.switch_on("function_compute.away", count=1)
        push = await between.side.push_event(between.robot, "user_leave_org", event_id="evt1")
        await between.side.wait_for(lambda: len(between.side.ledger.pushes) == 2, PATIENCE)

    assert not push.delivered
    assert "LATER" in push.body
    assert between.side.ledger.pushes[-1].delivered
    assert [type(job) for job in between.jobs] == [OrganisationEvent]


async def test_a_push_for_another_organisation_changes_nothing(between: Running) -> None:
    async with between.running(corp_id="dinganothercorp0001"):
        outcome = await between.ask()

    assert between.side.corp_id == CORP_ID
    assert (outcome.status, between.jobs) == (400, [])
    assert ("refused", "other_organisation") in [
        (line, fields.get("reason")) for line, fields in between.lines
    ]


async def test_a_spent_plan_is_told_to_the_administrators(between: Running, faults: FaultBoard) -> None:
    async with between.running():
        faults.switch_on("dingtalk.push_quota")
        outcome = await between.ask()

    assert outcome.delivered
    assert [type(job) for job in between.jobs] == [Notice]


async def test_an_old_message_is_taken(between: Running) -> None:
    """No signature can be replayed here, and what comes late by Stream was not acknowledged before."""
    async with between.running():
        outcome = await between.ask(fields={"createAt": 1_700_000_000_000})

    assert outcome.delivered
    assert len(between.jobs) == 1


async def test_two_replicas_share_what_comes(between: Running) -> None:
    async with between.running() as one, between.running() as two:
        outcomes = await asyncio.gather(*(between.ask(f"第{number}个？") for number in range(40)))

    assert all(outcome.delivered for outcome in outcomes)
    assert len(between.jobs) == 40
    assert min(len(bridge.clients) for bridge in (one, two)) == 1
    counted = [bridge.hand_overs["handbook"].handed_over for bridge in (one, two)]
    assert sum(counted) == 40
    assert min(counted) > 0


async def test_nothing_of_a_question_reaches_a_log_line(between: Running) -> None:
    async with between.running():
        await between.ask("我的工资是多少？")

    told = str(between.lines)
    assert "queued" in told
    for secret in ("工资", "secret-1", "SECRET", "sendBySession", "ticket"):
        assert secret not in told


async def test_health_says_whether_every_bot_is_connected(between: Running) -> None:
    async with between.running() as bridge:
        await between.ask()
        with HealthServer(bridge, host="127.0.0.1", port=0) as health:

            def get(path: str) -> tuple[int, str]:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{health.port}{path}") as answer:
                        return answer.status, answer.read().decode()
                except HTTPError as error:
                    return error.code, ""

            look: Callable[[str], Any] = lambda path: asyncio.to_thread(get, path)  # noqa: E731
            assert await look("/healthz") == (200, "ok\n")
            assert (await look("/readyz"))[0] == 200
            assert (await look("/elsewhere"))[0] == 404
            _, metrics = await look("/metrics")
            bridge.stop()
            await between.side.wait_for(lambda: not bridge.ready, PATIENCE)
            assert (await look("/readyz"))[0] == 503

    assert 'rag_bridge_connections{bot="handbook"} 1' in metrics
    assert 'rag_bridge_pushes_total{bot="handbook",topic="/v1.0/im/bot/messages/get"} 1' in metrics
    assert 'rag_bridge_acknowledgements_total{bot="handbook",code="200"} 2' in metrics
    assert metrics.count("# TYPE rag_bridge_acknowledgements_total counter") == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ANSWER_FUNCTION": ""}, "ANSWER_FUNCTION"),
        ({"SECRET": ""}, "SECRET"),
        ({"INVOKE_ENDPOINT": ""}, "INVOKE_ENDPOINT"),
        ({"INVOKE_ENDPOINT": "ftp://x"}, "INVOKE_ENDPOINT"),
    ],
)
async def test_what_is_missing_is_said_at_the_start(
    between: Running, change: dict[str, str], words: str
) -> None:
    between.environ |= change
    with pytest.raises(ConfigurationError, match=words):
        between.bridge()


async def test_without_a_bot_in_stream_mode_there_is_nothing_to_do(between: Running) -> None:
    with pytest.raises(ConfigurationError, match="mode: stream"):
        between.bridge(mode="http")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are tried again without pauses."""

    def quick(**collaborators: Any) -> Retries:
        return Retries(**collaborators, pauses=(0.05,), attempts=60)

    monkeypatch.setattr(app, "HandOver", partial(HandOver, retries=quick))
