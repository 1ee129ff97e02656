"""What `/help` and an @ without words offer."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rag_on_dingtalk.settings.bot import Bot
from rag_on_dingtalk.settings.sections.backends import AnythingLLM
from rag_on_dingtalk.settings.sections.dingtalk import CardCallback, CardTemplate, DingTalkApp
from rag_on_dingtalk.texts import Texts
from tests.builders import a_question, a_webhook
from tests.in_process import Seen, Worker
from tests.skipping_loop import skipping

ZH = Texts("zh")
EXAMPLES = ("几号发工资？", "工位怎么换？")
HELP = ZH.say("help", title="知识助手")
CALLBACK = CardCallback(secret="env:C", route="r")


def bot(
    examples: tuple[str, ...] = EXAMPLES, *, buttons: bool = False, callback: CardCallback | None = None
) -> Bot:
    return Bot(
        dingtalk=DingTalkApp(
            client_id="a",
            client_secret="env:S",
            card=CardTemplate(id="x.schema", buttons=buttons),
            card_callback=callback,
        ),
        backend=AnythingLLM(base_url="https://kb.example", api_key="env:K", workspace="w"),
        examples=examples,
    )


async def help_of(settings: Bot) -> Seen:
    async with Worker(settings).started() as worker:
        return await worker.answer(a_question(text="/help", webhook=a_webhook()))


@skipping
async def test_a_bot_without_examples_says_what_it_always_said() -> None:
    seen = await help_of(bot(()))

    assert (seen.card, seen.messages) == (None, [HELP])


@skipping
async def test_a_card_with_buttons_offers_them() -> None:
    seen = await help_of(bot(buttons=True, callback=CALLBACK))

    assert (seen.card, seen.messages) == ([HELP], [])
    assert seen.row is not None
    assert seen.row.outcome.suggestions == EXAMPLES


@pytest.mark.parametrize("settings", [{}, {"buttons": True}, {"callback": CALLBACK}])
@skipping
async def test_without_buttons_or_an_address_for_clicks_they_are_only_listed(
    settings: dict[str, Any],
) -> None:
    (message,) = (await help_of(bot(**settings))).messages

    assert all(f"- {one}" in message for one in EXAMPLES)


@skipping
async def test_where_no_card_can_be_had_they_are_listed_in_the_message() -> None:
    async with Worker(bot(buttons=True, callback=CALLBACK)).started() as worker:
        refusal = {"code": "Forbidden.AccessDenied", "message": "no"}
        worker.dingtalk.answers["/v1.0/card/instances/createAndDeliver"] = (403, refusal)
        seen = await worker.answer(a_question(text="", webhook=a_webhook()))

    (message,) = seen.messages
    assert all(f"- {one}" in message for one in EXAMPLES)


@pytest.mark.parametrize("examples", [["a"] * 4, [""], ["长" * 101], ["a", 1]])
def test_more_than_buttons_can_hold_is_refused(examples: list[object]) -> None:
    settings = msgspec.to_builtins(bot(())) | {"examples": examples}

    with pytest.raises(msgspec.ValidationError, match="examples"):
        msgspec.convert(settings, Bot)
