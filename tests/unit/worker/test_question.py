"""One question through the whole worker: claimed, answered, delivered, recorded."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from rag_on_dingtalk.backends.base import Text
from rag_on_dingtalk.errors import ConfigurationError, DingTalkError, TurnTakenError
from rag_on_dingtalk.settings.sections.dingtalk import DingTalkApp
from rag_on_dingtalk.storage.turns.lease import NEVER_MS, Lease
from rag_on_dingtalk.storage.turns.outcome import CardState, Outcome, Status
from rag_on_dingtalk.storage.turns.turns import Turns
from rag_on_dingtalk.texts import Texts
from tests.builders import NOW_MS, a_bot, a_question, a_webhook
from tests.in_process import TEMPLATE, Worker
from tests.in_process.dingtalk import FakeDingTalk
from tests.skipping_loop import skipping

WITH_CARDS = a_bot(dingtalk=DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=TEMPLATE))
MESSAGES = a_bot(dingtalk=DingTalkApp(client_id="ding1", client_secret="env:SECRET", card=None))
ANSWER = [Text("五"), Text("天。")]
POINTER = Texts("zh").say("see_message")


@skipping
async def test_an_answer_stands_on_a_finished_card_and_is_recorded() -> None:
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]

        seen = await worker.answer(a_question())

    assert (seen.result, seen.card and seen.card[-1], seen.finished) == ("answered", "五天。", True)
    assert seen.messages == []
    assert seen.row is not None
    assert seen.row.lease.finished
    assert seen.row.outcome.card is CardState.DELIVERED
    assert worker.rows.tables["inbox"] == {}


@skipping
async def test_without_cards_the_answer_is_a_message() -> None:
    async with Worker(MESSAGES).started() as worker:
        worker.backend.parts = [*ANSWER]

        seen = await worker.answer(a_question(webhook=a_webhook()))

    assert (seen.card, seen.messages) == (None, ["五天。"])


@skipping
async def test_a_finished_question_delivered_again_is_a_duplicate_even_without_tablestore() -> None:
    async with Worker(MESSAGES).started() as worker:
        worker.backend.parts = [*ANSWER]
        await worker.answer(a_question(webhook=a_webhook()))
        worker.rows.away = True

        seen = await worker.answer(a_question(webhook=a_webhook()))

    assert (seen.result, seen.messages) == ("duplicate", ["五天。"])


@skipping
async def test_on_another_instance_a_finished_question_is_a_duplicate() -> None:
    async with Worker(MESSAGES).started() as one:
        one.backend.parts = [*ANSWER]
        await one.answer(a_question(webhook=a_webhook()))
    async with Worker(MESSAGES, rows=one.rows, dingtalk=one.dingtalk).started() as other:
        seen = await other.answer(a_question(webhook=a_webhook()))

    assert (seen.result, len(seen.messages), other.backend.asked) == ("duplicate", 1, [])


@skipping
async def test_a_question_that_is_still_being_answered_elsewhere_is_not_acknowledged() -> None:
    async with Worker(MESSAGES).started() as worker:
        await _claimed_by_another(worker, until_ms=NOW_MS + 60_000)

        with pytest.raises(TurnTakenError):
            await worker.answer(a_question(), seconds=1.0)

    assert worker.backend.asked == []


@skipping
async def test_a_ready_reply_is_delivered_by_the_retry_and_not_asked_for_again() -> None:
    ready = Outcome(status=Status.ANSWERING, card=CardState.NONE, parts=("五天。", "另见附件。"), sent=1)
    async with Worker(MESSAGES).started() as worker:
        await _claimed_by_another(worker, until_ms=0, outcome=ready)

        seen = await worker.answer(a_question(webhook=a_webhook()))

    assert (seen.result, seen.messages, worker.backend.asked) == ("answered", ["另见附件。"], [])


@skipping
async def test_a_card_that_no_record_calls_delivered_is_not_relied_on() -> None:
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        worker.dingtalk.cards["t1"] = {"texts": [], "finished": False}
        await _claimed_by_another(worker, until_ms=0)

        seen = await worker.answer(a_question(webhook=a_webhook()))

    assert seen.messages == ["五天。"]
    assert (seen.card, seen.finished) == ([POINTER], True)


@skipping
async def test_a_card_that_the_record_calls_delivered_is_continued() -> None:
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        worker.dingtalk.cards["t1"] = {"texts": ["五"], "finished": False}
        await _claimed_by_another(worker, until_ms=0, outcome=Outcome(card=CardState.DELIVERED))

        seen = await worker.answer(a_question(webhook=a_webhook()))

    assert (seen.messages, seen.card and seen.card[-1], seen.finished) == ([], "五天。", True)
    assert not any("createAndDeliver" in call for call in worker.dingtalk.calls)


@skipping
async def test_a_card_that_reached_no_chat_is_replaced_by_a_message() -> None:
    undelivered = {"success": True, "result": {"deliverResults": [{"success": False, "errorMsg": "no"}]}}
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        worker.dingtalk.answers["/v1.0/card/instances/createAndDeliver"] = (200, undelivered)

        seen = await worker.answer(a_question(webhook=a_webhook()))

    assert seen.messages == ["五天。"]
    assert seen.row is not None
    assert seen.row.outcome.card is CardState.NONE


@skipping
async def test_a_card_that_cannot_be_closed_now_costs_no_answer_and_is_closed_later() -> None:
    refusals = ("/v1.0/card/streaming", "/v1.0/card/instances")
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        for path in refusals:
            worker.dingtalk.answers[path] = (503, {"code": "ServiceUnavailable", "message": "busy"})
        with pytest.raises(DingTalkError):
            await worker.answer(a_question(webhook=a_webhook()))
        assert worker.dingtalk.messages == ["五天。"]
        row = await worker.row("t1")
        worker.dingtalk.answers.clear()

        seen = await worker.answer(a_question(webhook=a_webhook()), retries=1)

    assert (seen.messages, seen.card and seen.card[-1], seen.finished) == (["五天。"], POINTER, True)
    # What the first attempt spent is in the record of both.
    assert row is not None
    assert seen.row is not None
    assert 0 < row.outcome.calls < seen.row.outcome.calls


@pytest.mark.parametrize("closed", [False, True], ids=["refused", "carried out, and its answer lost"])
@skipping
async def test_a_card_that_may_be_closed_is_closed_again_if_no_message_could_leave_either(
    closed: bool,  # noqa: FBT001 - a case
) -> None:
    away = (503, {"code": "ServiceUnavailable", "message": "busy"})
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        for path in ("/v1.0/card/streaming", "/v1.0/card/instances", "/robot/sendBySession"):
            worker.dingtalk.answers[path] = away
        worker.dingtalk.answers["/v1.0/robot/oToMessages/batchSend"] = away
        with pytest.raises(DingTalkError):
            await worker.answer(a_question(webhook=a_webhook()))
        worker.dingtalk.answers.clear()
        if closed:
            worker.dingtalk.cards["t1"] = {"texts": ["五天。"], "finished": True}

        seen = await worker.answer(a_question(webhook=a_webhook()), retries=1)

    assert (seen.messages, seen.card and seen.card[-1], seen.finished) == ([], "五天。", True)
    assert seen.row is not None
    assert (seen.row.outcome.card, seen.row.outcome.channel) == (CardState.DELIVERED, "card")
    assert len(worker.backend.asked) == 1


@skipping
async def test_a_bot_that_cannot_be_built_now_is_built_for_the_retry() -> None:
    async with Worker(MESSAGES).started() as worker:
        worker.backend.parts = [*ANSWER]
        worker.build_errors.append(ConfigurationError("KMS answered 503. It is asked again."))
        with pytest.raises(ConfigurationError):
            await worker.answer(a_question(webhook=a_webhook()))
        (entry,) = worker.rows.tables["inbox"].values()
        assert entry["running"] is False

        seen = await worker.answer(a_question(webhook=a_webhook()), retries=1)

    assert (seen.result, seen.messages) == ("answered", ["五天。"])
    assert worker.rows.tables["inbox"] == {}


@skipping
async def test_a_question_that_fails_stays_where_housekeeping_finds_it() -> None:
    async with Worker(MESSAGES).started() as worker:
        worker.backend.parts = [*ANSWER]
        worker.dingtalk.answers["/robot/sendBySession"] = (503, {"errcode": -1, "errmsg": "busy"})
        worker.dingtalk.answers["/v1.0/robot/oToMessages/batchSend"] = (503, {"code": "Unavailable"})
        with pytest.raises(DingTalkError):
            await worker.answer(a_question(webhook=a_webhook()))
        worker.dingtalk.answers.clear()
        worker.skipped_ms += 3_600_000

        told = await worker.dispatcher.clean_up(worker.invocation(120.0))

    assert told == 1
    assert "五天。" in worker.dingtalk.messages[0]
    assert worker.rows.tables["inbox"] == {}


@skipping
async def test_one_unreadable_row_does_not_keep_the_others_from_being_told() -> None:
    async with Worker(MESSAGES).started() as worker:
        for turn_id in ("t1", "t2"):
            worker.dingtalk.answers["/v1.0/robot/oToMessages/batchSend"] = (503, {"code": "Unavailable"})
            with pytest.raises(DingTalkError):
                await worker.answer(a_question(turn_id, asked_ms=NOW_MS + int(turn_id[1])))
        worker.rows.tables["turns"][("t1",)] = {"owner": "another library"}
        worker.dingtalk.answers.clear()
        worker.skipped_ms += 3_600_000

        told = await worker.dispatcher.clean_up(worker.invocation(120.0))

    assert told == 1
    assert [key[2] for key in worker.rows.tables["inbox"]] == ["t1"]


@skipping
async def test_many_dead_places_are_looked_at_and_removed_by_the_hundred() -> None:
    async with Worker(MESSAGES).started() as worker:
        worker.backend.parts = [*ANSWER]
        await worker.answer(a_question(webhook=a_webhook()))
        finished = worker.rows.tables["turns"][("t1",)]
        for number in range(1_500):
            turn_id = f"dead-{number:04}"
            worker.rows.tables["inbox"][f"s{number}", NOW_MS, turn_id] = {
                "lease_until": NOW_MS, "running": False, "stop": False, "followed": bool(number % 2)
            }  # fmt: skip
            if number % 3:
                worker.rows.tables["turns"][(turn_id,)] = finished
        worker.skipped_ms += 3_600_000
        worker.rows.calls.clear()

        told = await worker.dispatcher.clean_up(worker.invocation(120.0))

    assert (told, worker.rows.tables["inbox"]) == (0, {})
    assert worker.rows.calls.count("get_many turns") == 15
    assert len([call for call in worker.rows.calls if call.startswith("batch inbox")]) == 15
    assert not [call for call in worker.rows.calls if call.startswith("delete")]


@skipping
async def test_housekeeping_leaves_a_question_to_its_slow_retry() -> None:
    async with Worker(MESSAGES).started() as worker:
        worker.dingtalk.answers["/v1.0/robot/oToMessages/batchSend"] = (503, {"code": "Unavailable"})
        with pytest.raises(DingTalkError):
            await worker.answer(a_question())
        worker.dingtalk.answers.clear()
        worker.skipped_ms += 600_000

        assert await worker.dispatcher.clean_up(worker.invocation(120.0)) == 0


@skipping
async def test_an_owner_that_was_taken_over_sends_nothing_more() -> None:
    async with Worker(WITH_CARDS).started() as worker:
        hold = asyncio.Event()
        worker.backend.parts = [Text("五"), hold, Text("天。")]
        answering = asyncio.create_task(worker.answer(a_question()))
        await worker.dingtalk.frame_sent.wait()
        # The process was frozen: its clock has passed the lease, and another owner has finished the turn.
        worker.skipped_ms += 45_000
        await _claimed_by_another(worker, until_ms=NEVER_MS, forced=True)
        sent = len(worker.dingtalk.calls)
        hold.set()
        seen = await answering

    assert seen.result == "duplicate"
    assert len(worker.dingtalk.calls) == sent


class _NoConnection(FakeDingTalk):
    """The OpenAPI's host cannot be reached; the conversation's webhook, at another host, can."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/robot/sendBySession":
            raise httpx.ConnectError("refused", request=request)
        return await super().handle_async_request(request)


@pytest.mark.parametrize("reason", ["no connection", "no token"])
@skipping
async def test_a_card_whose_creation_never_left_is_none_and_needs_no_closing(reason: str) -> None:
    dingtalk = _NoConnection() if reason == "no connection" else FakeDingTalk()
    async with Worker(WITH_CARDS, dingtalk=dingtalk).started() as worker:
        worker.backend.parts = [*ANSWER]
        if reason == "no token":
            dingtalk.answers["/v1.0/oauth2/accessToken"] = (503, {"code": "Unavailable"})

        seen = await worker.answer(a_question(webhook=a_webhook()))

    assert (seen.result, seen.messages, seen.card) == ("answered", ["五天。"], None)
    assert seen.row is not None
    assert (seen.row.lease.finished, seen.row.outcome.card) == (True, CardState.NONE)
    assert not any("instances" in call or "streaming" in call for call in dingtalk.calls)


class _LastMessage(FakeDingTalk):
    """The table `turns` is away from the moment at which it takes a message."""

    worker: Worker

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if request.url.path == "/robot/sendBySession":
            self.worker.rows.tables_away = {"turns"}
        return response


@skipping
async def test_a_question_whose_end_is_recorded_by_housekeeping_is_counted_once() -> None:
    dingtalk = _LastMessage()
    async with Worker(MESSAGES, dingtalk=dingtalk).started() as worker:
        dingtalk.worker = worker
        worker.backend.parts = [*ANSWER]
        seen = await worker.answer(a_question(webhook=a_webhook()))
        counted_early = dict(worker.rows.tables.get("questions", {}))
        worker.rows.tables_away = set()
        worker.skipped_ms += 2_000_000
        told = await worker.dispatcher.clean_up(worker.invocation(120.0))
        row = await worker.row("t1")

    assert (seen.result, told, worker.dingtalk.messages) == ("answered", 1, ["五天。"])
    assert counted_early == {}
    assert len(worker.rows.tables["questions"]) == 1
    assert row is not None
    assert row.lease.finished


class _TakenOver(FakeDingTalk):
    """When it has taken a message, another invocation owns the turn until `until_ms`; `ends`: and ends it."""

    def __init__(self, *, until_ms: int, ends: bool) -> None:
        super().__init__()
        self.worker: Worker
        self._until_ms = until_ms
        self._ends = ends

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if request.url.path == "/robot/sendBySession":
            await _claimed_by_another(self.worker, until_ms=self._until_ms, forced=True)
            if self._ends:
                asyncio.get_running_loop().call_later(30, self._end)
        return response

    def _end(self) -> None:
        self.worker.rows.tables["turns"][("t1",)]["lease_until"] = NEVER_MS


@pytest.mark.parametrize("ends", [False, True], ids=["is killed", "goes on"])
@skipping
async def test_a_reply_that_is_out_is_not_acknowledged_before_its_turn_is_finished(
    ends: bool,  # noqa: FBT001 - a case
) -> None:
    # Frozen after DingTalk took its message, taken over, and awake again: the next owner may be dead.
    dingtalk = _TakenOver(until_ms=NOW_MS + 60_000, ends=ends)
    async with Worker(MESSAGES, dingtalk=dingtalk).started() as worker:
        dingtalk.worker = worker
        worker.backend.parts = [*ANSWER]

        seen = await worker.answer(a_question(webhook=a_webhook()))

    assert (seen.result, seen.messages) == ("duplicate" if ends else "answered", ["五天。"])
    assert (len(worker.backend.asked), worker.log.count("INFO answered")) == (1, 0 if ends else 1)
    assert seen.row is not None
    assert seen.row.lease.finished


async def _claimed_by_another(
    worker: Worker, *, until_ms: int, outcome: Outcome | None = None, forced: bool = False
) -> None:
    """Let another invocation own the turn `t1`."""
    turns = Turns(worker.rows)  # type: ignore[arg-type]  # the same methods over a dictionary
    question = a_question(webhook=a_webhook())
    if forced:
        row = await turns.read("t1")
        assert row is not None
        worker.rows.tables["turns"].clear()
        outcome = row.outcome
    lease = Lease("another", NOW_MS, attempt=1)
    await turns.write(question, lease, outcome or Outcome())
    worker.rows.tables["turns"][("t1",)]["lease_until"] = until_ms


@skipping
async def test_every_log_line_names_its_question_also_when_two_are_answered_at_once() -> None:
    async with Worker(WITH_CARDS).started() as worker:
        worker.backend.parts = [*ANSWER]
        refusal = {"code": "param.error", "message": "no"}
        worker.dingtalk.answers["/v1.0/card/instances/createAndDeliver"] = (400, refusal)

        await asyncio.gather(*(worker.answer(a_question(turn, webhook=a_webhook())) for turn in ("t1", "t2")))

    told = {(line["message"], line.get("turn_id"), line.get("bot")) for line in worker.lines}
    # The card is created in a task of its own, beside the one that asks the backend.
    assert told == {
        (message, turn, "handbook") for message in ("card_refused", "answered") for turn in ("t1", "t2")
    }
