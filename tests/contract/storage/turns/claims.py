"""Two ways to let one of many answer a question, behind one protocol: ours, and Powertools' as the oracle."""

from __future__ import annotations

import asyncio
import datetime as dt
from enum import Enum
from functools import cache
from threading import Lock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol

import boto3.session
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyItemAlreadyExistsError
from aws_lambda_powertools.utilities.idempotency.persistence import base, datarecord, dynamodb

from rag_on_dingtalk.models.question import Conversation, ConversationType, Question, Sender
from rag_on_dingtalk.storage.turns.turns import Claimed, Refused, Turns

if TYPE_CHECKING:
    import pytest

    from rag_on_dingtalk.storage.rows.client import Rows

TABLE = "idempotency"
QUESTION = Question(
    turn_id="t1",
    bot="handbook",
    message_id="m",
    text="年假有几天？",
    message_type="text",
    sender=Sender("encrypted", "user0001"),
    conversation=Conversation("cid", ConversationType.ONE_TO_ONE),
    asked_ms=0,
)


class Outcome(Enum):
    """What a claim comes to."""

    WON = "won"
    IN_PROGRESS = "in progress"
    DONE = "done"


class Claims(Protocol):
    """The claim on one question; all times in milliseconds since the epoch."""

    async def claim(self, owner: str, /, *, now_ms: int, lease_ms: int) -> Outcome: ...

    async def finish(self, owner: str, /) -> None: ...

    async def release(self, owner: str, /) -> None: ...


class OurClaims:
    """`Turns` on Tablestore."""

    def __init__(self, rows: Rows) -> None:
        self._turns = Turns(rows)
        self._claimed: dict[str, Claimed] = {}

    async def claim(self, owner: str, /, *, now_ms: int, lease_ms: int) -> Outcome:
        claim = await self._turns.claim(QUESTION, owner=owner, now_ms=now_ms, until_ms=lease_ms)
        if isinstance(claim, Claimed):
            self._claimed[owner] = claim
            return Outcome.WON
        return Outcome.DONE if claim is Refused.DONE else Outcome.IN_PROGRESS

    async def finish(self, owner: str, /) -> None:
        claimed = self._claimed[owner]
        await self._turns.finish(QUESTION, claimed.lease, claimed.outcome)

    async def release(self, owner: str, /) -> None:
        claimed = self._claimed[owner]
        await self._turns.release(QUESTION, claimed.lease, claimed.outcome)


@cache
def _session() -> boto3.session.Session:
    # Each new one reads the list of all of AWS's endpoints.
    return boto3.session.Session(region_name="us-east-1")


class PowertoolsClaims:
    """Powertools' DynamoDB layer, driven as its `idempotent` decorator drives it, on moto's DynamoDB.

    keeps_seconds: how long a finished record counts.
    """

    def __init__(self, patch: pytest.MonkeyPatch, *, keeps_seconds: int) -> None:
        self._now_ms = 0
        clock = SimpleNamespace(
            datetime=SimpleNamespace(now=self._now, fromtimestamp=dt.datetime.fromtimestamp),
            timedelta=dt.timedelta,
        )
        for module in (base, datarecord, dynamodb):
            patch.setattr(module, "dt", clock)
        self._layer = DynamoDBPersistenceLayer(table_name=TABLE, boto3_session=_session())
        self._layer.configure(IdempotencyConfig(expires_after_seconds=keeps_seconds), "answer")
        self._layer.client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        # DynamoDB decides a conditional put in one step. Moto reads, then writes: two threads may both win.
        put, one_at_a_time = self._layer.client.put_item, Lock()

        def _put(**item: Any) -> Any:
            with one_at_a_time:
                return put(**item)

        patch.setattr(self._layer.client, "put_item", _put)
        self._event = {"turn_id": QUESTION.turn_id}

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._now_ms / 1000, tz=dt.timezone.utc)

    async def claim(self, _owner: str, /, *, now_ms: int, lease_ms: int) -> Outcome:
        self._now_ms = now_ms
        try:
            await asyncio.to_thread(
                self._layer.save_inprogress, self._event, remaining_time_in_millis=lease_ms - now_ms
            )
        except IdempotencyItemAlreadyExistsError as refusal:
            found = refusal.old_data_record
            completed = found is not None and found.status == datarecord.STATUS_CONSTANTS["COMPLETED"]
            return Outcome.DONE if completed else Outcome.IN_PROGRESS
        return Outcome.WON

    async def finish(self, _owner: str, /) -> None:
        self._layer.save_success(self._event, result={"answer": "五天"})

    async def release(self, _owner: str, /) -> None:
        self._layer.delete_record(self._event, RuntimeError("the backend was away"))
