"""Carries a plan out: people in chats, pushes, faults switched on and off."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.dingtalk import Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.chaos.plan import Act, Chat, Plan, Utterance
    from local.dingtalk import Conversation, PushOutcome
    from local.system import LocalSystem


#: Some faults let nothing come to an end.
_LASTING_SECONDS = 10.0


@dataclass(frozen=True)
class Said:
    """An utterance and what became of its push."""

    utterance: Utterance
    chat: Chat
    outcome: PushOutcome


class Traffic:
    """The chats of one plan in a running system."""

    def __init__(self, system: LocalSystem, plan: Plan) -> None:
        self._system = system
        self._plan = plan
        dingtalk = system.dingtalk
        self._people = [
            dingtalk.add_person(Person(nick=f"同事{number}", staff_id=f"chaos{number:04}"))
            for number in range(plan.people)
        ]
        self._conversations = [self._conversation(number) for number in range(len(plan.chats))]
        # One chat's messages leave in the order they were said; only then can their answers be in order.
        self._speaking = [asyncio.Lock() for _ in plan.chats]

    async def flow(self, on_act: Callable[[Act], None]) -> list[Said]:
        """Say everything; returns when every push has been answered, with all faults off.

        on_act: told each act before it begins.
        """
        faults = self._system.faults
        saying = []
        for act in self._plan.acts:
            on_act(act)
            faults.switch_off()
            for spell in act.spells:
                spell.begin(faults)
            for utterance in act.utterances:
                saying.append(asyncio.create_task(self._say(utterance)))
                await asyncio.sleep(utterance.pause)
        said = await asyncio.gather(*saying)
        if self._plan.lasting:
            # Or a function that starts slowly would never meet them.
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._system.functions.idle(), _LASTING_SECONDS)
        faults.switch_off()
        return said

    def _conversation(self, number: int) -> Conversation:
        chat = self._plan.chats[number]
        robot = self._system.dingtalk.robot(chat.robot)
        people = [self._people[person] for person in chat.people]
        if len(people) == 1:
            return self._system.dingtalk.private(people[0], robot)
        return self._system.dingtalk.add_group(f"群 {number}", people, [robot])

    async def _say(self, utterance: Utterance) -> Said:
        chat = self._plan.chats[utterance.chat]
        async with self._speaking[utterance.chat]:
            outcome = await self._system.dingtalk.say(
                person=self._people[utterance.person],
                conversation=self._conversations[utterance.chat],
                text=utterance.text,
                robot=self._system.dingtalk.robot(chat.robot),
                times=utterance.times,
            )
        return Said(utterance, chat, outcome)
