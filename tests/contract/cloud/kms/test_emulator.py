"""The local KMS and our client: what is given, what is refused, and which failures pass."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from emulators.faults import FaultBoard
from emulators.kms import KmsEmulator
from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.cloud.kms import Kms
from rag_on_dingtalk.errors import ConfigurationError, SecretUnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SECRETS = {"bot/client-secret": "s3cret"}


@pytest.fixture
def faults() -> FaultBoard:
    return FaultBoard()


@pytest.fixture
async def emulator(faults: FaultBoard) -> AsyncIterator[KmsEmulator]:
    emulator = KmsEmulator(secrets=SECRETS, credentials={"AKID": "SECRET"}, faults=faults)
    await emulator.start()
    yield emulator
    await emulator.stop()


async def ask(emulator: KmsEmulator, name: str = "bot/client-secret", key: str = "SECRET") -> str:
    kms = Kms(endpoint=emulator.url, credentials=Credentials("AKID", key, "STS"), sleep=lambda _: None)
    return await asyncio.to_thread(kms.secret, name)


async def test_a_secret_is_given_to_those_who_sign(emulator: KmsEmulator) -> None:
    assert await ask(emulator) == "s3cret"
    assert emulator.asked == ["bot/client-secret"]


@pytest.mark.parametrize("fault", ["away", "busy", "throttle"])
async def test_a_fault_that_passes_is_survived(emulator: KmsEmulator, faults: FaultBoard, fault: str) -> None:
    faults.switch_on(f"kms.{fault}", count=2)

    assert await ask(emulator) == "s3cret"
    assert faults.struck() == {f"kms.{fault}": 2}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("away", "did not answer"),
        ("busy", "503 ServiceUnavailableTemporary"),
        ("throttle", "429 Rejected.Throttling"),
    ],
)
async def test_an_outage_is_told_from_a_mistake(
    emulator: KmsEmulator, faults: FaultBoard, fault: str, words: str
) -> None:
    faults.begin_outage(f"kms.{fault}", 3600)

    with pytest.raises(SecretUnavailableError, match=words):
        await ask(emulator)


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("bot/cleint-secret", "SECRET", "404 Forbidden.ResourceNotFound"),
        ("bot/client-secret", "WRONG", "400 SignatureDoesNotMatch"),
    ],
)
async def test_a_mistake_is_refused_at_once(emulator: KmsEmulator, name: str, key: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as refused:
        await ask(emulator, name, key)

    assert not isinstance(refused.value, SecretUnavailableError)
