"""Skills' calls over a real wire: the company's API is `emulators/company`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from emulators.company import CompanyEmulator
from emulators.faults import FaultBoard
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.knowledge.skills.calling import ApiCaller, CallFailedError
from rag_on_dingtalk.knowledge.skills.skill import Call
from rag_on_dingtalk.settings.secret import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "company-key-0001"
WORD = "BEARER-of-the-company"


@pytest.fixture
def faults() -> FaultBoard:
    return FaultBoard()


@pytest.fixture
async def company(faults: FaultBoard) -> AsyncIterator[CompanyEmulator]:
    emulator = CompanyEmulator(
        key=WORD, faults=faults, leave={"user0001": (10, 3)}, today=lambda: date(2026, 11, 17)
    )
    await emulator.start()
    yield emulator
    await emulator.stop()


def leave(company: CompanyEmulator, **more: Any) -> Call:
    fields: dict[str, Any] = {
        "url": f"{company.url}/api/leave/{{user}}",
        "secret": "env:COMPANY",
        "results": {"left": "data.annual.left", "used": "data.annual.used"},
        "refused": {"404": "没有你的记录。"},
        **more,
    }
    return Call(**fields)


def booking(company: CompanyEmulator) -> Call:
    return Call(
        url=f"{company.url}/api/rooms/bookings",
        method="POST",
        body={"room": "{room}", "day": "{day}", "user": "{user}"},
        secret="env:COMPANY",
        results={"number": "data.id"},
        refused={"409": "这一天已经有人订了。"},
    )


def caller(company: CompanyEmulator, *, word: str = WORD) -> ApiCaller:
    return ApiCaller((company.url,), lambda _: Secret(word))


BOOKED = {"room": "上海厅", "day": "2026-11-18", "user": "user0001"}


async def test_the_values_at_their_places_are_the_results(company: CompanyEmulator) -> None:
    assert await caller(company).call(leave(company), {"user": "user0001"}, key=KEY) == {
        "left": "7",
        "used": "3",
    }


async def test_one_key_is_one_booking_and_another_person_s_is_refused_in_words(
    company: CompanyEmulator,
) -> None:
    apis = caller(company)
    first = await apis.call(booking(company), BOOKED, key="t1")
    again = await apis.call(booking(company), BOOKED, key="t1")
    with pytest.raises(CallFailedError) as raised:
        await apis.call(booking(company), BOOKED, key="t2")

    assert first == again == {"number": "B0001"}
    assert raised.value.said == "这一天已经有人订了。"
    assert len(company.bookings) == 1


async def test_a_call_whose_answer_was_lost_is_the_same_order_when_it_is_tried_again(
    company: CompanyEmulator, faults: FaultBoard
) -> None:
    apis = caller(company)
    faults.switch_on("company.answer_lost")
    with pytest.raises(CallFailedError):
        await apis.call(booking(company), BOOKED, key="t1")
    faults.switch_off("company.answer_lost")
    assert await apis.call(booking(company), BOOKED, key="t1") == {"number": "B0001"}
    assert len(company.bookings) == 1


@pytest.mark.parametrize("fault", ["company.away", "company.broken", "company.redirect"])
async def test_what_goes_wrong_is_a_failure_that_names_no_secret(
    company: CompanyEmulator, faults: FaultBoard, fault: str
) -> None:
    faults.switch_on(fault)
    with pytest.raises(CallFailedError) as raised:
        await caller(company).call(leave(company), {"user": "user0001"}, key=KEY)
    assert not raised.value.said
    assert WORD not in str(raised.value)


async def test_a_wrong_secret_and_one_that_cannot_be_had_are_failures(company: CompanyEmulator) -> None:
    def away(_: str) -> Secret:
        raise ConfigurationError("The environment variable COMPANY is empty.")

    for apis in (caller(company, word="other"), ApiCaller((company.url,), away)):
        with pytest.raises(CallFailedError):
            await apis.call(leave(company), {"user": "user0001"}, key=KEY)


@pytest.mark.parametrize("user", ["..", ".", "...", "", "x/../user0001", "..\\user0001"])
async def test_a_value_cannot_climb_out_of_its_folder(company: CompanyEmulator, user: str) -> None:
    with pytest.raises(CallFailedError, match="does not fit the address"):
        await caller(company).call(leave(company), {"user": user}, key=KEY)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/api/leave/{user}",
        "http://169.254.169.254/latest/{user}",
        "https://evil.example/{user}",
    ],
)
async def test_only_the_origins_of_the_bot_are_called(company: CompanyEmulator, url: str) -> None:
    call = msgspec.structs.replace(leave(company), url=url)
    with pytest.raises(CallFailedError, match="is not called"):
        await caller(company).call(call, {"user": "user0001"}, key=KEY)


async def test_an_answer_that_is_too_long_is_not_read(company: CompanyEmulator) -> None:
    with pytest.raises(CallFailedError, match="larger than 10 bytes"):
        await caller(company).call(leave(company, most_bytes=10), {"user": "user0001"}, key=KEY)


async def test_a_place_that_is_not_there_or_holds_a_list_is_a_failure(company: CompanyEmulator) -> None:
    for place in ("data.annual.lost", "data.annual"):
        with pytest.raises(CallFailedError, match="no text or number at"):
            await caller(company).call(leave(company, results={"days": place}), {"user": "user0001"}, key=KEY)
